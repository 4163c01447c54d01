"""A provider's own names for the blanks of a text, and which of ours fills each
(docs/templates.md, "Zalo's own names").

Kept with the text as "ten_khach=full_call,gio=time"; a name that is ours already is left out. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from messaging.models import Template
from messaging.texts import LINK as LINK_OPEN
from messaging.wordings import LINK

#: Before a provider's name among a message's values.
_THEIRS = "="


def read(template: Template) -> dict[str, str]:
    """The provider's name → ours, where they differ."""
    pairs = (each.partition("=") for each in template.mapping.split(",") if each)
    return {theirs: ours for theirs, _is, ours in pairs}


def written(pairs: Mapping[str, str]) -> str:
    """As it is kept."""
    return ",".join(f"{theirs}={ours}" for theirs, ours in pairs.items() if theirs != ours)


def names(template: Template) -> list[str]:
    """The blanks of a text by our names, in the provider's order."""
    known = read(template)
    return [known.get(name, name) for name in template.params.split(",") if name]


def wants_link(template: Template) -> bool:
    """Whether her own address stands in it, under whichever name."""
    return LINK in names(template)


def as_theirs(template: Template, values: Mapping[str, str]) -> dict[str, str]:
    """The values, those of this text under the provider's names beside ours; the address stays
    open until it is sent."""
    kept = {name: value for name, value in values.items() if not name.startswith(_THEIRS)}
    theirs = {
        _THEIRS + name: LINK_OPEN if ours == LINK else values.get(ours, "")
        for name, ours in read(template).items()
    }
    return kept | theirs


def value_of(values: Mapping[str, str], name: str) -> str:
    """What fills a blank of the provider's name: a name that is ours too may mean another there."""
    return values.get(_THEIRS + name, values.get(name, ""))
