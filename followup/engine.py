"""When things are said: the time rules of docs/protocols.md. Pure: no database, no "now".

Instants are UTC, days and hours are the clinic's clock.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from clinics import clock
from clinics.public import quiet

DAY = dt.timedelta(days=1)
#: A month in the tables of docs/protocols.md that count in days.
MONTH = 30
#: Days a wanted adjustment of braces stays open (28 to 42), also at the dentist's own weeks.
WIDTH = 14
DEFAULT_HOUR = dt.time(9, 30)
LAST_HOUR = dt.time(19, 30)  # for who prefers an hour that is quiet

INVITE_BEFORE = 5 * DAY
NUDGE_AFTER = 1 * DAY
CALL_AFTER = 4 * DAY
CLINICIAN_AFTER = 14 * DAY
CLINICIAN_AFTER_SAFETY = 3 * DAY
EARLY = 3  # a visit counts for a window from 3 days before it
LATE = 30  # to 30 days after
ASK_GRACE = 2 * DAY  # a question held longer than this is no longer asked
_LONGEST_CLOSURE = 60


@dataclass(frozen=True)
class Calendar:
    """The days a branch receives patients. No weekdays = every day."""

    closed: frozenset[dt.date] = frozenset()
    weekdays: frozenset[int] = frozenset()

    def is_open(self, day: dt.date) -> bool:
        return day not in self.closed and (not self.weekdays or day.weekday() in self.weekdays)

    def next_open(self, day: dt.date) -> dt.date:
        """This day, or the first open one after it."""
        return self._walk(day, DAY)

    def previous_open(self, day: dt.date) -> dt.date:
        """This day, or the last open one before it."""
        return self._walk(day, -DAY)

    def _walk(self, day: dt.date, stride: dt.timedelta) -> dt.date:
        for _ in range(_LONGEST_CLOSURE):
            if self.is_open(day):
                return day
            day += stride
        return day


@dataclass(frozen=True)
class StepRule:
    """What the time rules need of a protocol's step."""

    key: str
    kind: str  # ask, revisit, recall, hint
    day: int | None = None
    window_from: int | None = None
    window_to: int | None = None
    every_months: int | None = None
    safety: bool = False
    only_if_asked: bool = False
    by_call: bool = False
    says: tuple[str, ...] = ()  # the contacts it gets; none named = all of its kind
    invite_days: int | None = None  # before the window; none = as usual
    nudge_days: int | None = None  # after the window, as are the next two
    call_days: int | None = None
    clinician_days: int | None = None


@dataclass(frozen=True)
class Whose:
    """Whose time it is: her hour, and the calendar of her branch."""

    hour: dt.time
    calendar: Calendar


@dataclass(frozen=True)
class Planned:
    """One contact to write ahead. `missed` = its time had passed when the dentist signed."""

    step: str
    kind: str  # ask, invite, nudge, call, clinician, hint
    at: dt.datetime
    due: dt.datetime
    window: tuple[dt.date, dt.date] | None = None
    missed: bool = False
    until: dt.date | None = None  # signed late it is valid up to this day; none = as usual


def sayable_hour(preferred: dt.time | None) -> dt.time:
    """The hour at which a patient is written to: hers, moved out of the quiet hours."""
    if preferred is None:
        return DEFAULT_HOUR
    if preferred < quiet.OPENS:
        return quiet.OPENS
    return preferred if preferred < quiet.CLOSES else LAST_HOUR


def quiet_until(moment: dt.datetime, *, safety: bool) -> dt.datetime | None:
    """When it may be said, if this moment is quiet (20:00–08:00; safety until 21:00)."""
    return quiet.next_opening(moment) if quiet.is_quiet(moment, safety=safety) else None


def day_one(t0: dt.datetime, hour: dt.time) -> dt.datetime:
    """D1: the first such hour within [T0+24 h, T0+48 h], closed or not."""
    earliest = t0 + DAY
    at = clock.at(clock.day_of(earliest), hour)
    return at if at >= earliest else clock.at(clock.day_of(earliest) + DAY, hour)


def day_n(t0: dt.datetime, n: int, whose: Whose, *, safety: bool) -> dt.datetime:
    """D+n: her hour on the n-th day after T0; a closing day moves it on, safety excepted."""
    if n == 1:
        return day_one(t0, whose.hour)
    day = clock.day_of(t0) + n * DAY
    return clock.at(day if safety else whose.calendar.next_open(day), whose.hour)


def reminder_at(start: dt.datetime, hour: dt.time) -> dt.datetime:
    """The last such hour within [start−48 h, start−24 h]."""
    latest = start - DAY
    at = clock.at(clock.day_of(latest), hour)
    return at if at <= latest else clock.at(clock.day_of(latest) - DAY, hour)


def is_reminded(booked_at: dt.datetime, start: dt.datetime, hour: dt.time) -> bool:
    """Whether a booking gets a reminder: its hour must come after the booking itself.

    Booked later than that, the confirmation has just said the same.
    """
    return reminder_at(start, hour) > booked_at


def invite_floor(
    t0: dt.datetime, last_answer: dt.datetime | None, question_days: Collection[dt.date]
) -> dt.date:
    """The first day of an invitation: the day after the last answered check, else D2.

    Never on the day of a question: after surgery in the afternoon D1 is asked on D2, and the
    invitation follows the question of D3.
    """
    day = clock.day_of(t0) + 2 * DAY if last_answer is None else clock.day_of(last_answer) + DAY
    while day in question_days:
        day += DAY
    return day


def invite_day(
    window_from: dt.date,
    floor: dt.date,
    days: Calendar,
    *,
    safety: bool,
    lead: dt.timedelta = INVITE_BEFORE,
) -> dt.date:
    """Window start −5 days (or its own lead), not before the floor. A closing day moves it to
    the next open day, unless that is no longer ahead of the window: then it is offered early.
    Without a lead it is said on the window's first day, or the next open one."""
    day = max(window_from - lead, floor)
    if safety or days.is_open(day):
        return day
    later = days.next_open(day)
    if later < window_from or not lead:
        return later
    earlier = days.previous_open(day)
    return earlier if earlier >= floor else later


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or its last day."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def visit_fits(
    day: dt.date, window: tuple[dt.date, dt.date], *, before: int = EARLY, after: int = LATE
) -> bool:
    """Whether a visit on this day counts for a wanted window: [x−3, y+30]; for a periodic
    check `before` is its own tolerance."""
    return window[0] - before * DAY <= day <= window[1] + after * DAY


def _asked(step: StepRule, t0: dt.datetime, whose: Whose) -> list[Planned]:
    at = day_n(t0, step.day or 1, whose, safety=step.safety)
    return [Planned(step.key, "ask", at, at)]


def around_window(
    step: StepRule, window: tuple[dt.date, dt.date], floor: dt.date, whose: Whose
) -> list[Planned]:
    """What belongs to one wanted visit: invitation, second invitation, call, dentist."""

    def after(wait: dt.timedelta) -> dt.datetime:
        day = window[1] + wait
        return clock.at(day if step.safety else whose.calendar.next_open(day), whose.hour)

    lead, nudge, call, clinician = waits(step)
    first = invite_day(window[0], floor, whose.calendar, safety=step.safety, lead=lead)
    plan = [
        ("invite", clock.at(first, whose.hour), None),
        ("nudge", after(nudge), window[1] + call),
    ]
    if step.kind == "revisit" or step.by_call:
        plan.append(("call", after(call), window[1] + max(clinician, CLINICIAN_AFTER)))
    if step.kind == "revisit":
        late = clinician if clinician > CLINICIAN_AFTER else dt.timedelta()
        plan.append(("clinician", after(clinician), window[1] + late + CLINICIAN_AFTER))
    return [
        Planned(step.key, kind, at, at, window, until=until)
        for kind, at, until in plan
        if not step.says or kind in step.says
    ]


def waits(step: StepRule) -> tuple[dt.timedelta, dt.timedelta, dt.timedelta, dt.timedelta]:
    """Before the window: the invitation; after it: second invitation, call, dentist. A step's
    own days go before the usual ones."""

    def own(days: int | None, usual: dt.timedelta) -> dt.timedelta:
        return usual if days is None else days * DAY

    usual = CLINICIAN_AFTER_SAFETY if step.safety else CLINICIAN_AFTER
    return (
        own(step.invite_days, INVITE_BEFORE),
        own(step.nudge_days, NUDGE_AFTER),
        own(step.call_days, CALL_AFTER),
        own(step.clinician_days, usual),
    )


def revisit(
    step: StepRule, t0: dt.datetime, whose: Whose, question_days: Collection[dt.date] = ()
) -> list[Planned]:
    """The contacts of a visit the plan asks for. A visit that hangs on an answer is not
    offered before the day after its question."""
    day0 = clock.day_of(t0)
    window = (day0 + (step.window_from or 0) * DAY, day0 + (step.window_to or 0) * DAY)
    floor = window[0] + DAY if step.only_if_asked else invite_floor(t0, None, question_days)
    return around_window(step, window, floor, whose)


def moved_revisit(step: StepRule, t0: dt.datetime, months: int, whose: Whose) -> list[Planned]:
    """The same visit, moved by the dentist to so many months (of 30 days) after T0; its window
    stays as wide and lies around the new day as it lay around its own."""
    later = MONTH * (months - usual_month(step))
    return revisit(
        replace(
            step,
            window_from=(step.window_from or 0) + later,
            window_to=(step.window_to or 0) + later,
        ),
        t0,
        whose,
    )


def usual_month(step: StepRule) -> int:
    """The month after T0 in the middle of a step's own window."""
    return round(((step.window_from or 0) + (step.window_to or 0)) / 2 / MONTH)


def asked_revisit(
    step: StepRule, t0: dt.datetime, answered: dt.datetime, whose: Whose
) -> list[Planned]:
    """The same visit when an uneasy answer asks for it: offered the day after the answer, but
    not before the question of the window's first day. Answered late, the window moves along."""
    first = clock.day_of(t0) + (step.window_from or 0) * DAY
    width = ((step.window_to or 0) - (step.window_from or 0)) * DAY
    start = max(first, clock.day_of(answered) + DAY)
    floor = max(first, clock.day_of(answered)) + DAY
    end = first + width if start <= floor <= first + width else start + width
    return around_window(step, (start, end), floor, whose)


def recall(
    step: StepRule, since: dt.date, whose: Whose, *, months: int | None = None
) -> list[Planned]:
    """One round of a periodic check, so many months after `since` (the dentist's own number
    goes before the step's). She is expected within [due, due + tolerance]."""
    due = add_months(since, months or step.every_months or 6)
    window = (due, due + (step.window_to or LATE) * DAY)
    return around_window(step, window, since + 2 * DAY, whose)


def plan(
    steps: Sequence[StepRule],
    *,
    t0: dt.datetime,
    signed_at: dt.datetime,
    whose: Whose,
    deep_cavity: bool = False,
    recall_months: int | None = None,
) -> list[Planned]:
    """All contacts of an enrolment, written ahead, with what a late signature does to them."""
    found = [one for step in steps if step.kind == "ask" for one in _asked(step, t0, whose)]
    question_days = {clock.day_of(one.at) for one in found}
    for step in steps:
        if step.kind in ("ask", "hint"):
            continue
        if step.kind == "recall":
            found += recall(step, clock.day_of(t0), whose, months=recall_months)
        elif deep_cavity or not step.only_if_asked:
            found += revisit(step, t0, whose, question_days)
    return signed_late(found, t0=t0, signed_at=signed_at, hour=whose.hour)


def said_until(planned: Planned, t0: dt.datetime) -> dt.datetime:
    """Until when a step is the one that is valid: a question for a day (D1 until T0+48 h),
    an invitation while its window is open, the second one until the call."""
    if planned.window is None:
        return max(planned.at + DAY, t0 + 2 * DAY)
    return clock.at(planned.until or planned.window[1] + DAY, dt.time())


def signed_late(
    found: Sequence[Planned], *, t0: dt.datetime, signed_at: dt.datetime, hour: dt.time
) -> list[Planned]:
    """Signed late: only the step valid now is said, at once; missed ones are marked so.

    A question goes first; an invitation that is still open then follows the day after.
    """
    past = [p for p in found if p.at < signed_at]
    valid = [p for p in past if said_until(p, t0) >= signed_at]
    questions = [p for p in valid if p.window is None]
    now = max(questions or valid, key=lambda p: p.at, default=None)
    tomorrow = clock.at(clock.day_of(signed_at) + DAY, hour)
    out: list[Planned] = []
    for p in found:
        if p is now:
            out.append(replace(p, due=signed_at))
        elif questions and p.kind == "invite" and p.at < tomorrow and (p not in past or p in valid):
            out.append(replace(p, due=tomorrow))
        elif p not in past:
            out.append(p)
        else:
            out.append(replace(p, missed=True))
    return out


@dataclass(frozen=True)
class Shift:
    """A branch's hours on its calendar, for what people must do."""

    calendar: Calendar
    opens: dt.time
    closes: dt.time


def same_day(now: dt.datetime, shift: Shift) -> dt.datetime:
    """By when the desk does a thing "the same day": closing time when two hours are left,
    else two hours after the next opening."""
    today = clock.day_of(now)
    closing = clock.at(today, shift.closes)
    if shift.calendar.is_open(today) and now + dt.timedelta(hours=2) <= closing:
        return closing
    first = today if now < clock.at(today, shift.opens) else today + DAY
    day = shift.calendar.next_open(first)
    return clock.at(day, shift.opens) + dt.timedelta(hours=2)


#: How soon a person must act on a danger sign (docs/protocols.md, tiers).
TIER_CLOCK = {"R1": dt.timedelta(minutes=60), "R2": DAY, "R3": 7 * DAY}
