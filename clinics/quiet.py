"""When a clinic writes to people, and when it waits until morning: to patients (docs/messages.md),
and to its staff about what is not urgent (docs/alerts.md). Pure."""

from __future__ import annotations

import datetime as dt
import random

from clinics import clock

OPENS = dt.time(8)
CLOSES = dt.time(20)
CLOSES_FOR_SAFETY = dt.time(21)


def is_quiet(moment: dt.datetime, *, safety: bool = False) -> bool:
    """Whether it is night for messages: 20:00-08:00, for safety 21:00-08:00."""
    hour = clock.local(moment).time()
    return hour < OPENS or hour >= (CLOSES_FOR_SAFETY if safety else CLOSES)


def next_opening(moment: dt.datetime) -> dt.datetime:
    """The first 08:00 on the clinic's clock that is later than the moment."""
    day = clock.day_of(moment)
    opening = clock.at(day, OPENS)
    return opening if opening > moment else clock.at(day + dt.timedelta(days=1), OPENS)


#: What waits for the morning is spread over so long: not everybody at eight sharp.
JITTER = dt.timedelta(minutes=20)


def spread(moment: dt.datetime) -> dt.datetime:
    """The next opening, and up to twenty minutes."""
    return next_opening(moment) + random.random() * JITTER  # noqa: S311 - no secret


def awake(moment: dt.datetime, *, safety: bool = False) -> dt.datetime:
    """The moment itself, or the next opening when it falls into the quiet hours."""
    return next_opening(moment) if is_quiet(moment, safety=safety) else moment
