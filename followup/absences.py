"""When something is said about a slot she missed (docs/protocols.md, "Missed appointments").
Pure: no database, no "now"."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from clinics import clock
from followup.engine import DAY, Whose

CARE_AFTER = dt.timedelta(minutes=30)
CALL_UNTIL = 14 * DAY


@dataclass(frozen=True)
class Turn:
    """One contact: `at` as the rule has it, `due` = now when it was noted late, `until` = the
    last moment at which it still makes sense."""

    kind: str  # care, offer, call
    at: dt.datetime
    due: dt.datetime
    until: dt.datetime


def missed(t0: dt.datetime, noted: dt.datetime, whose: Whose) -> list[Turn]:
    """+30 minutes: is she well?; +1 day: two free times; +3 days: a call. Noted late, only the
    last one that still makes sense is said, at once; what had passed is left out."""

    def on(days: int) -> dt.datetime:
        day = whose.calendar.next_open(clock.day_of(t0) + days * DAY)
        return clock.at(day, whose.hour)

    plan = [
        ("care", t0 + CARE_AFTER, t0 + DAY),
        ("offer", on(1), on(1) + DAY),
        ("call", on(3), t0 + CALL_UNTIL),
    ]
    turns = [Turn(kind, at, max(at, noted), until) for kind, at, until in plan]
    ahead = [turn for turn in turns if turn.at >= noted]
    valid = [turn for turn in turns if turn.at < noted <= turn.until]
    return valid[-1:] + ahead
