"""The door of this app: what the others may use."""

from messaging import accounts, calls, events, followers, inbox, links, outbox, routes
from messaging.models import CallResult, Direction, Message, MessageState, ProviderAccount, Template
from messaging.routes import Reach, Route, Want

__all__ = [
    "CallResult",
    "Direction",
    "Message",
    "MessageState",
    "ProviderAccount",
    "Reach",
    "Route",
    "Template",
    "Want",
    "accounts",
    "calls",
    "events",
    "followers",
    "inbox",
    "links",
    "outbox",
    "routes",
]
