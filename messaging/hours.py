"""When somebody is there to answer: a branch's hours and closing days (docs/inbox.md)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from clinics import clock
from clinics.public import Branch, places

#: So far ahead an opening is looked for; longer closed, nothing is promised.
LOOK_AHEAD = 30


@dataclass(frozen=True)
class Hours:
    """The hours of one branch, read once."""

    branch: Branch
    closed: frozenset[dt.date]

    def day(self, day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
        """From when to when it is open on a day, or None."""
        if not places.is_open(self.branch, day, self.closed):
            return None
        return clock.at(day, self.branch.opens_at), clock.at(day, self.branch.closes_at)

    def is_open(self, moment: dt.datetime) -> bool:
        span = self.day(clock.day_of(moment))
        return span is not None and span[0] <= moment < span[1]

    def opens_next(self, moment: dt.datetime) -> dt.datetime | None:
        """The first opening after the moment."""
        first = clock.day_of(moment)
        for ahead in range(LOOK_AHEAD):
            span = self.day(first + dt.timedelta(days=ahead))
            if span is not None and span[0] > moment:
                return span[0]
        return None

    def closed_since(self, moment: dt.datetime) -> dt.datetime | None:
        """When it closed last before the moment; None when that is too long ago."""
        first = clock.day_of(moment)
        for back in range(LOOK_AHEAD):
            span = self.day(first - dt.timedelta(days=back))
            if span is not None and span[1] <= moment:
                return span[1]
        return None

    def open_minutes(self, since: dt.datetime, until: dt.datetime) -> int:
        """How many minutes between two instants it was open."""
        seconds = 0.0
        day = clock.day_of(since)
        while day <= clock.day_of(until):
            span = self.day(day)
            if span is not None:
                overlap = min(span[1], until) - max(span[0], since)
                seconds += max(overlap.total_seconds(), 0)
            day += dt.timedelta(days=1)
        return int(seconds // 60)


def of(branch: Branch) -> Hours:
    """The hours of a branch; one statement."""
    return Hours(branch, places.closed_days([branch.pk])[branch.pk])
