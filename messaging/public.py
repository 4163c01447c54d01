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
    visitors,
)
from messaging.models import (
    CallResult,
    Direction,
    Message,
    MessageState,
    ProviderAccount,
    Template,
    Visitor,
)
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
    "Visitor",
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
    "visitors",
]
