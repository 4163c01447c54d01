"""The providers a clinic can have, by the kind of their account."""

from __future__ import annotations

from messaging.providers.base import Provider
from messaging.providers.esms.client import Esms
from messaging.providers.zalo.client import Zalo

_ALL: dict[str, Provider] = {each.kind: each for each in (Zalo(), Esms())}


def provider_of(kind: str) -> Provider:
    """The provider that serves accounts of this kind."""
    return _ALL[kind]
