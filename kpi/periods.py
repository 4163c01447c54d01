"""Which days a page looks at, and how a period widens by itself when few people are in it.

A number whose people must be followed reaches back that much further: "6 months" are six months
of people followed to the end, with everybody since then still being followed (docs/kpi.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from kpi.metrics import Metric
from kpi.reads import Cell

#: The periods offered, in months; each widens to the next ones.
MONTHS = (1, 3, 6, 12)
DEFAULT = 6


@dataclass(frozen=True)
class Period:
    """Days [first, until); `months` 0 is a period somebody typed."""

    first: dt.date
    until: dt.date
    months: int = 0

    @property
    def last(self) -> dt.date:
        """The last day that belongs to it."""
        return self.until - dt.timedelta(days=1)


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day of an earlier month, or that month's last day."""
    place = day.year * 12 + day.month - 1 - months
    year, month = divmod(place, 12)
    following = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return dt.date(year, month + 1, min(day.day, (following - dt.timedelta(days=1)).day))


def ending(metric: Metric, months: int, today: dt.date) -> Period:
    """The period of so many months that ends with `today`."""
    until = today + dt.timedelta(days=1)
    if metric.days:
        return Period(until - dt.timedelta(days=metric.days), until, months)
    followed = today - dt.timedelta(days=metric.parts[0].horizon)
    return Period(months_before(followed, months), today + dt.timedelta(days=1), months)


def last_twelve(metric: Metric, today: dt.date) -> Period:
    """Twelve whole months and the days of the running one, for the chart by month."""
    followed = today - dt.timedelta(days=metric.parts[0].horizon)
    first = months_before(followed.replace(day=1), 12)
    return Period(first, followed + dt.timedelta(days=1), 12)


def widened(
    ask: Callable[[Period], Cell], metric: Metric, months: int, today: dt.date
) -> tuple[Period, Cell]:
    """The shortest offered period, not shorter than `months`, that has people enough.

    When none has, the longest one that holds somebody at all; else the one asked for.
    """
    asked = ending(metric, months, today)
    best = (asked, ask(asked))
    for wider in (step for step in MONTHS if step > months):
        if not best[1].few:
            break
        period = ending(metric, wider, today)
        found = (period, ask(period))
        if found[1].denominator > best[1].denominator or not best[1].units:
            best = found
    return best
