"""The tables of how it is said and what came back, one noun a file."""

from messaging.models.accounts import Consent, ProviderAccount, Template
from messaging.models.calls import Call, CallResult, Direction
from messaging.models.inbound import Inbound
from messaging.models.outbox import Link, Message, MessageState, Unreachable

__all__ = [
    "Call",
    "CallResult",
    "Consent",
    "Direction",
    "Inbound",
    "Link",
    "Message",
    "MessageState",
    "ProviderAccount",
    "Template",
    "Unreachable",
]
