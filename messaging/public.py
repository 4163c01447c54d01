"""The door of this app: what the others may use."""

from messaging import (
    accounts,
    calls,
    channels,
    events,
    followers,
    guides,
    inbox,
    links,
    outbox,
    routes,
    samples,
    templates,
)
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
    "channels",
    "events",
    "followers",
    "guides",
    "inbox",
    "links",
    "outbox",
    "routes",
    "samples",
    "templates",
]
