"""The providers a clinic can have: every folder beside this file is one (docs/providers.md).

A folder's package says `PROVIDER = …`. Adding a folder adds the provider, its form in the
settings and its webhook address; deleting it takes them away, and accounts of that kind rest.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from messaging.providers.abilities import AnyProvider, BundlingProvider

_FOUND: list[AnyProvider] = [
    import_module(f"{__name__}.{each.name}").PROVIDER
    for each in iter_modules(__path__)
    if each.ispkg
]
_ALL: dict[str, AnyProvider] = {
    each.kind: each for each in sorted(_FOUND, key=lambda found: found.order)
}


class NoSuchProvider(LookupError):
    """Nobody here speaks to providers of this kind (any more)."""


def provider_of(kind: str) -> AnyProvider:
    """The provider that serves accounts of this kind. Raises NoSuchProvider."""
    try:
        return _ALL[kind]
    except KeyError:
        raise NoSuchProvider(kind) from None


def title_of(kind: str) -> str:
    """What people call accounts of this kind; the kind itself where nobody speaks for it."""
    return str(_ALL[kind].title) if kind in _ALL else kind


def providers() -> tuple[AnyProvider, ...]:
    """All of them, in the order in which their channels are tried."""
    return tuple(_ALL.values())


def kinds() -> tuple[str, ...]:
    """The kinds of accounts somebody here can speak for."""
    return tuple(_ALL)


def bundling_kinds() -> tuple[str, ...]:
    """Those whose advertising goes in bundles: messaging/bundles.py sends it and asks about it."""
    return tuple(kind for kind, each in _ALL.items() if isinstance(each, BundlingProvider))


def channels() -> tuple[str, ...]:
    """The channels there are, in the order in which they are tried."""
    return tuple(dict.fromkeys(each.channel for each in _ALL.values()))
