"""When something is said about a slot she missed, or to somebody who stays away for long
(docs/protocols.md, "Missed appointments" and "Long away"). Pure: no database, no "now"."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from clinics import clock
from followup.engine import DAY, Whose, add_months

CARE_AFTER = dt.timedelta(minutes=30)
CALL_UNTIL = 14 * DAY
#: Months after the last visit: a gentle invitation, and the call of the team that knows her.
LAPSED_MONTHS, CALL_MONTHS = 6, 12
APART = 21 * DAY
YEAR_MONTHS = 12
#: Invitations and calls, two each, before it becomes once a year.
TWICE = 2


@dataclass(frozen=True)
class Turn:
    """One contact: `at` as the rule has it, `due` = now when it was noted late, `until` = the
    last moment at which it still makes sense."""

    kind: str  # care, offer, invite, call
    at: dt.datetime
    due: dt.datetime
    until: dt.datetime
    cycle: int = 0  # the second of its kind is 1


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


def lapsed_before(today: dt.date) -> dt.date:
    """The last day of a last visit that is half a year ago today."""
    return add_months(today, -LAPSED_MONTHS)


def lapsed(last: dt.date, noted: dt.datetime, whose: Whose) -> list[Turn]:
    """Invitations 6 months after the last visit and 21 days later; calls after 12 months and 21
    days later. Noted late they begin that day; away for a year already, she is called."""
    today = clock.day_of(noted)
    first = max(add_months(last, LAPSED_MONTHS), today)
    call = max(add_months(last, CALL_MONTHS), today)
    turns = [_turn("call", call, whose, noted, cycle) for cycle in range(TWICE)]
    if call > today:
        turns = [_turn("invite", first, whose, noted, cycle) for cycle in range(TWICE)] + turns
        spare = turns[TWICE - 1].at + APART - turns[TWICE].at
        if spare > dt.timedelta():  # never nearer to each other than 21 days
            later = clock.day_of(turns[TWICE - 1].at) + APART
            turns[TWICE:] = [_turn("call", later, whose, noted, cycle) for cycle in range(TWICE)]
    return turns


def _turn(kind: str, first: dt.date, whose: Whose, noted: dt.datetime, cycle: int) -> Turn:
    at = clock.at(whose.calendar.next_open(first + cycle * APART), whose.hour)
    return Turn(kind, at, max(at, noted), dt.datetime.max.replace(tzinfo=dt.UTC), cycle)


def is_last(kind: str, cycle: int) -> bool:
    """Whether nothing of the row stands after this one: the second call, a yearly invitation."""
    return cycle >= TWICE or (kind == "call" and cycle == TWICE - 1)


def a_year_later(day: dt.date, whose: Whose, cycle: int) -> Turn:
    """One gentle invitation a year, for as long as she stays away."""
    at = clock.at(whose.calendar.next_open(add_months(day, YEAR_MONTHS)), whose.hour)
    return Turn("invite", at, at, dt.datetime.max.replace(tzinfo=dt.UTC), max(cycle + 1, TWICE))
