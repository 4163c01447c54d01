"""Whether values fit the blanks a provider registered, before anything is sent.

What is too long is cut at a word where a shorter form still says the truth (a name, a branch);
an hour, a day, a number to call or an address is never cut: the message fails and says which
blank and why (docs/templates.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import pgettext

from messaging import texts
from messaging.placeholders import PLACEHOLDERS

_MOMENT = re.compile(
    r"\d{2}:\d{2}(:\d{2})?([ ,-]+\d{2}/\d{2}/\d{4})?"
    r"|\d{2}/\d{2}/\d{4}([ ,-]+\d{2}:\d{2}(:\d{2})?)?|\d{2}/\d{4}"
)
_NUMBER = re.compile(r"[\d.,]+")
#: How a value of a provider's kind must look; other kinds take any words.
KINDS = {
    "DATE": _MOMENT,
    "TIME": _MOMENT,
    "PHONE": re.compile(r"\+?[\d .]{8,15}"),
    "NUMBER": _NUMBER,
    "QUANTITY": _NUMBER,
    "CURRENCY": re.compile(r"[\d.,]+( ?(đ|VND|₫))?"),
    "URL": re.compile(r"https?://\S+"),
}


class Why(StrEnum):
    MISSING = "missing"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    WRONG_KIND = "wrong_kind"


@dataclass(frozen=True, slots=True)
class Param:
    """One blank as registered; `kind` in the provider's word, "" = any words."""

    name: str
    max_length: int
    min_length: int = 0
    required: bool = True
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Misfit:
    """One value that its blank does not take."""

    name: str
    why: Why
    value: str
    limit: int

    @property
    def says(self) -> str:
        """For who looks after it: what does not fit, and what to do."""
        known = PLACEHOLDERS.get(self.name)
        blank = {"blank": str(known.means) if known else self.name, "n": self.limit}
        if self.why == Why.MISSING:
            return pgettext("misfit", "Nothing to fill in for “%(blank)s”.") % blank
        if self.why == Why.TOO_SHORT:
            return pgettext("misfit", "“%(blank)s” needs at least %(n)s letters.") % blank
        if self.why == Why.TOO_LONG:
            return pgettext("misfit", "“%(blank)s” is longer than %(n)s letters.") % blank
        return pgettext("misfit", "“%(blank)s” is not written as the provider wants it.") % blank


@dataclass(frozen=True, slots=True)
class Fitted:
    """The values to send. `cut`: names that were shortened; `misfits`: why it may not be sent."""

    values: dict[str, str]
    cut: tuple[str, ...]
    misfits: tuple[Misfit, ...]


def misfits(params: Iterable[Param], values: Mapping[str, str]) -> list[Misfit]:
    """Every value that its blank does not take, in the blanks' order."""
    found = (_misfit(param, texts.compose(values.get(param.name, ""))) for param in params)
    return [one for one in found if one is not None]


def _misfit(param: Param, value: str) -> Misfit | None:
    if not value:
        return Misfit(param.name, Why.MISSING, value, param.max_length) if param.required else None
    if len(value) > param.max_length:
        return Misfit(param.name, Why.TOO_LONG, value, param.max_length)
    if len(value) < param.min_length:
        return Misfit(param.name, Why.TOO_SHORT, value, param.min_length)
    form = KINDS.get(param.kind.upper())
    if form is not None and not form.fullmatch(value):
        return Misfit(param.name, Why.WRONG_KIND, value, param.max_length)
    return None


def fit(params: Iterable[Param], values: Mapping[str, str]) -> Fitted:
    """The values, those cut that may be cut, and what still does not fit."""
    wanted = list(params)
    fitted = {name: texts.compose(value) for name, value in values.items()}
    cut = []
    for one in misfits(wanted, fitted):
        known = PLACEHOLDERS.get(one.name)
        if one.why == Why.TOO_LONG and known is not None and known.may_cut:
            fitted[one.name] = shorten(one.value, one.limit)
            cut.append(one.name)
    return Fitted(fitted, tuple(cut), tuple(misfits(wanted, fitted)))


def shorten(value: str, length: int) -> str:
    """At most so many letters, whole words where there are any; no open bracket is left."""
    short = value[: length + 1]
    whole = short.rpartition(" ")[0] if len(value) > length else value
    kept = (whole or value[:length])[:length]
    if kept.count("(") > kept.count(")"):
        kept = kept.rpartition("(")[0] or kept
    return kept.rstrip(" ,(-")
