"""The door of this app: what the others may use."""

from messaging import accounts, events, links, outbox, routes
from messaging.models import Message, MessageState, ProviderAccount, Template
from messaging.routes import Reach, Route, Want

__all__ = [
    "Message",
    "MessageState",
    "ProviderAccount",
    "Reach",
    "Route",
    "Template",
    "Want",
    "accounts",
    "events",
    "links",
    "outbox",
    "routes",
]
