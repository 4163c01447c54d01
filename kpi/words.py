"""Numbers said in people, as a clinic speaks (docs/kpi.md, "On the page"). Statistics stay out."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from html import unescape

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html, strip_tags
from django.utils.translation import ngettext, pgettext, pgettext_lazy

from kpi.metrics import REASONS

Text = str | Promise

#: key → (rate, few, nobody yet, nothing): the sentence of a number in each of its states.
SENTENCES: dict[str, tuple[Text, Text, Text, Text]] = {
    "revisit": (
        pgettext_lazy("kpi", "Of 100 patients about <b>{n} come again</b> within 6 months"),
        pgettext_lazy("kpi", "patients came again within 6 months. Few, no conclusion yet."),
        pgettext_lazy(
            "kpi", "patients have come again so far. Nobody has been followed for 6 months yet."
        ),
        pgettext_lazy("kpi", "Nobody has finished a plan of treatment in this period."),
    ),
    "no_show": (
        pgettext_lazy("kpi", "Of 100 appointments <b>about {n} patients did not come</b>"),
        pgettext_lazy("kpi", "appointments the patient did not come to. Few, no conclusion yet."),
        pgettext_lazy("kpi", "appointments have an outcome so far."),
        pgettext_lazy("kpi", "There was no appointment in this period."),
    ),
}

#: key → role → (name of the list, what it says under its count).
LISTS: dict[str, dict[str, tuple[Text, Text]]] = {
    "revisit": {
        "counted": (
            pgettext_lazy("kpi", "Counted"),
            pgettext_lazy("kpi", "came again within 6 months"),
        ),
        "not_counted": (
            pgettext_lazy("kpi", "Not counted"),
            pgettext_lazy("kpi", "6 months are over, not back in that time"),
        ),
        "immature": (
            pgettext_lazy("kpi", "Not long enough yet"),
            pgettext_lazy("kpi", "being followed, no conclusion yet"),
        ),
        "excluded": (
            pgettext_lazy("kpi", "Left out"),
            pgettext_lazy("kpi", "with the reason of each"),
        ),
        "missing": (pgettext_lazy("kpi", "Not known"), ""),
    },
    "no_show": {
        "counted": (
            pgettext_lazy("kpi", "Counted"),
            pgettext_lazy("kpi", "did not come and did not say so"),
        ),
        "not_counted": (
            pgettext_lazy("kpi", "Not counted"),
            pgettext_lazy("kpi", "came, or cancelled less than 24 hours ahead"),
        ),
        "immature": (
            pgettext_lazy("kpi", "Not due yet"),
            pgettext_lazy("kpi", "the day is not over yet"),
        ),
        "missing": (
            pgettext_lazy("kpi", "No outcome yet"),
            pgettext_lazy("kpi", "the day is over, nobody said how it ended"),
        ),
        "excluded": (
            pgettext_lazy("kpi", "Left out"),
            pgettext_lazy("kpi", "cancelled in time, moved, or by the clinic"),
        ),
    },
}


def grouped(n: int) -> str:
    """1.204, as people write it."""
    return number_format(n, decimal_pos=0, use_l10n=True, force_grouping=True)


def hundred(share: float) -> int:
    """58 from 0.5763: people in a hundred, half up."""
    return int((Decimal(str(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def of(counted: int, total: int) -> str:
    """14 of 18."""
    return pgettext("kpi", "%(n)s of %(total)s") % {"n": grouped(counted), "total": grouped(total)}


def of_page(first: int, last: int, total: int) -> str:
    """1–25 of 402."""
    return pgettext("kpi", "%(first)s–%(last)s of %(total)s") % {
        "first": grouped(first),
        "last": grouped(last),
        "total": grouped(total),
    }


def sentence(key: str, *, value: float | None, few: bool, total: int, open_: int) -> str:
    """What a number means, in its state: a rate, few, nobody followed to the end, nothing."""
    rate, some, early, nothing = SENTENCES[key]
    if value is not None and not few:
        return format_html(str(rate), n=hundred(value))
    if total:
        return str(some)
    return str(early) if open_ else str(nothing)


def after(key: str) -> str:
    """The words after a rate: 20 of 100 appointments."""
    return {
        "revisit": pgettext("kpi", "of 100 patients come again within 6 months"),
        "no_show": pgettext("kpi", "of 100 appointments: the patient did not come"),
    }[key]


def before(months: int, share: float) -> str:
    """6 months ago: 54."""
    said = ngettext("%(n)s month ago: %(was)s", "%(n)s months ago: %(was)s", months)
    return said % {"n": months, "was": hundred(share)}


def units(key: str, n: int) -> str:
    """How many people or appointments stand on a number's page."""
    said = {
        "revisit": ngettext(
            "%(n)s patient finished a plan of treatment in these days.",
            "%(n)s patients finished a plan of treatment in these days.",
            n,
        ),
        "no_show": ngettext(
            "%(n)s appointment in these days.", "%(n)s appointments in these days.", n
        ),
    }[key]
    return said % {"n": grouped(n)}


def listed(key: str, n: int) -> str:
    """The head of a list."""
    said = {
        "revisit": ngettext("%(n)s patient", "%(n)s patients", n),
        "no_show": ngettext("%(n)s appointment", "%(n)s appointments", n),
    }[key]
    return said % {"n": grouped(n)}


def since(reason: str, came_on: dt.date | None, index_day: dt.date, followed: int) -> str:
    """How long ago she was last here, or when she came again, or why she is not followed."""
    if came_on is not None and reason.startswith("returned"):
        return pgettext("kpi", "came again on %(day)s, after %(n)s days") % {
            "day": f"{came_on:%d/%m/%Y}",
            "n": (came_on - index_day).days,
        }
    if reason in ("never_returned", "waiting"):
        return ngettext("%(n)s day", "%(n)s days", followed) % {"n": grouped(followed)}
    return str(REASONS[reason])


def branches_said(hero_change: int | None, hero_rate: float | None) -> str:
    """The first half of the sentence on top: how the clinic keeps its patients."""
    if hero_change is not None and hero_change > 0:
        return pgettext("kpi", "More patients come again")
    if hero_change is not None and hero_change < 0:
        return pgettext("kpi", "Fewer patients come again")
    if hero_change == 0:
        return pgettext("kpi", "As many patients come again as before")
    if hero_rate is not None:
        return pgettext("kpi", "About %(n)s of 100 patients come again") % {"n": hundred(hero_rate)}
    return pgettext("kpi", "Too early to say how many patients come again")


def spread(interval: tuple[float, float] | None) -> str:
    """(55–60), never torn at the end of a line; nothing when both ends are one number."""
    if interval is None:
        return ""
    low, high = hundred(interval[0]), hundred(interval[1])
    return f"({low}\u2060–\u2060{high})" if low != high else ""


def change(key: str, by: int) -> str:
    """more, fewer or as many people as a period ago."""
    if by == 0:
        return pgettext("kpi", "as before")
    n = abs(by)
    if key == "no_show":
        more, fewer = (
            ngettext("%(n)s appointment more", "%(n)s appointments more", n),
            ngettext("%(n)s appointment fewer", "%(n)s appointments fewer", n),
        )
    else:
        more, fewer = (
            ngettext("%(n)s person more", "%(n)s people more", n),
            ngettext("%(n)s person fewer", "%(n)s people fewer", n),
        )
    return (more if by > 0 else fewer) % {"n": n}


def plain(html: str) -> str:
    """A sentence without its marks, for those who hear it."""
    return unescape(strip_tags(html))
