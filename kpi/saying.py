"""The shape of what a number says of its people (docs/kpi.md, "On the page")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

Text = str | Promise
#: One thing and many of them, as ngettext wants them; `%(n)s` is the count.
Counted = Callable[[int], str]


def said(text: str) -> Text:
    return pgettext_lazy("kpi", text)


_FOLLOWED = said("not long enough yet, being followed")


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """The words of one number. `{n}` in `rate` is people in a hundred; a count stands before it."""

    name: Text  # of a part; a number has its own
    rate: Text
    none: Text = ""  # of records held: none was seen
    few: Text
    early: Text  # nobody has been followed to the end
    nothing: Text
    after: Text  # behind the big number of a small cell
    noun: Text  # behind "690 of 1.204"
    open: Text = _FOLLOWED  # behind the count of those
    period: Text  # with %(first)s and %(last)s
    column: Text  # head of the last column of its people
    trend: Text
    trend_unit: Text
    units: Counted
    listed: Counted
    more: Counted
    fewer: Counted
    lists: Mapping[str, tuple[Text, Text]]


def lists_of(
    counted: str, not_counted: str, immature: str, excluded: str, missing: str = ""
) -> dict[str, tuple[Text, Text]]:
    return {
        "counted": (said("Counted"), said(counted)),
        "not_counted": (said("Not counted"), said(not_counted)),
        "immature": (said("Not long enough yet"), said(immature)),
        "excluded": (said("Left out"), said(excluded)),
        "missing": (said("Not known"), said(missing) if missing else ""),
    }
