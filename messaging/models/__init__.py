"""The tables of how it is said and what came back, one noun a file."""

from messaging.models.accounts import ProviderAccount, Template
from messaging.models.calls import Call, CallResult, Direction
from messaging.models.inbound import Inbound
from messaging.models.outbox import Link, Message, MessageState, Unreachable
from messaging.models.talks import (
    JoinCode,
    LineKind,
    LineState,
    QuickReply,
    Talk,
    TalkLine,
    Wait,
    ZaloPerson,
)

__all__ = [
    "Call",
    "CallResult",
    "Direction",
    "Inbound",
    "JoinCode",
    "LineKind",
    "LineState",
    "Link",
    "Message",
    "MessageState",
    "ProviderAccount",
    "QuickReply",
    "Talk",
    "TalkLine",
    "Template",
    "Unreachable",
    "Wait",
    "ZaloPerson",
]
