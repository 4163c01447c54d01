"""When hints are said (docs/protocols.md, "Hints"). Pure, as `engine.py`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from clinics import clock
from followup import engine


def times(
    step: engine.StepRule,
    t0: dt.datetime,
    whose: engine.Whose,
    *,
    busy: Collection[dt.date],
    last: dt.date | None = None,
) -> list[engine.Planned]:
    """A hint a month between two visits: from the step's first day to its last, 30 days after
    the one that was said `last`, on an open day on which the plan says nothing else (`busy`)."""
    begin, end = (
        clock.day_of(t0) + (n or 0) * engine.DAY for n in (step.window_from, step.window_to)
    )
    wanted = begin if last is None else max(begin, last + engine.MONTH * engine.DAY)
    found: list[engine.Planned] = []
    while (day := _quiet_day(wanted, busy, whose.calendar)) <= end:
        at = clock.at(day, whose.hour)
        found.append(engine.Planned(step.key, "hint", at, at))
        wanted = day + engine.MONTH * engine.DAY
    return found


def _quiet_day(day: dt.date, busy: Collection[dt.date], days: engine.Calendar) -> dt.date:
    day = days.next_open(day)
    while day in busy:
        day = days.next_open(day + engine.DAY)
    return day
