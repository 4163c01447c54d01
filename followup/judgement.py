"""What becomes of a contact that is due. Pure: facts in, one verdict out.

The order of the questions is the order of docs/protocols.md, "At the gate"; every code is a
reason of `reasons.py`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from clinics import clock
from followup import engine


@dataclass(frozen=True)
class Send:
    """Say it, over these channels in this order."""

    channels: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Wait:
    """Not now: look again at `until`."""

    until: dt.datetime
    reason: str


@dataclass(frozen=True)
class Stop:
    """It need not or must not be said any more."""

    reason: str


@dataclass(frozen=True)
class Fail:
    """It should be said and cannot."""

    reason: str


@dataclass(frozen=True)
class GiveTask:
    """A person does it."""

    reason: str


Verdict = Send | Wait | Stop | Fail | GiveTask

#: Why a slot that has ended needs no message, by its outcome.
_ENDED = {
    "cancelled": "cancelled",
    "late_cancel": "cancelled",
    "clinic_cancelled": "cancelled",
    "moved": "moved",
    "late_move": "moved",
    "no_show": "appointment_over",
    "on_time": "appointment_over",
    "late": "appointment_over",
}


@dataclass(frozen=True)
class Plan:
    """The facts that only a step of a plan has."""

    stopped: str = ""  # treatment_voided, …
    asks: bool = False  # of a question's step (a call about silence, too)
    answered: bool = False
    was_fine: bool = False  # the step hangs on an uneasy answer, and the last one was "fine"
    silence_known: bool = False  # a person is already calling about the same plan
    window: tuple[dt.date, dt.date] | None = None
    came: bool = False
    over: str = ""  # restored, healed, rides_along; of a sequence: booked_anew, came, care_plan
    sequence: str = ""  # missed, lapsed: no plan, but a row of contacts about one slot or absence
    booked_for: dt.datetime | None = None  # the visit wanted is booked
    not_before: dt.datetime | None = None  # an invitation follows the answered check


@dataclass(frozen=True)
class Facts:
    """All that the decision about one contact rests on, as known at `now`."""

    now: dt.datetime
    kind: str
    planned_for: dt.datetime
    hour: dt.time = engine.DEFAULT_HOUR
    safety: bool = False
    why: str = "planned"  # the reason it is said, when it is said
    # the patient
    gone: str = ""  # deceased, moved_away, patient_voided, test_patient
    no_contact_point: bool = False
    allowed: tuple[str, ...] = ()  # channels with a basis, in order of preference
    call_allowed: bool = True
    no_basis: str = "no_basis"  # or refused, of_age; of a hint no_content
    routes: tuple[str, ...] = ()  # channels that can be used, in order of preference
    no_route: str = "no_account"
    danger_open: bool = False
    plan: Plan = field(default_factory=Plan)
    # the slot
    start: dt.datetime | None = None
    outcome: str = ""
    slot_voided: bool = False


def judge(facts: Facts) -> Verdict:
    """Decide on one contact (docs/protocols.md, "At the gate")."""
    return (
        _purpose(facts)
        or _nobody(facts)
        or _hold(facts)
        or (_by_a_person(facts) if facts.kind in ("call", "clinician") else _said(facts))
    )


def _purpose(f: Facts) -> Verdict | None:
    """Is there still a reason to say it?"""
    if f.gone:
        return Stop(f.gone)
    if f.plan.stopped:
        return Stop(f.plan.stopped)
    if f.start is not None:
        return _slot(f, f.start)
    if f.plan.over:
        return Stop(f.plan.over)
    if f.kind in ("care", "offer", "hint") and f.now > f.planned_for + engine.ASK_GRACE:
        return Stop("too_late")
    if f.plan.asks:
        return _question(f)
    if f.plan.came:
        return Stop("came")
    return _window(f)


def _slot(f: Facts, start: dt.datetime) -> Verdict | None:
    if f.slot_voided:
        return Stop("appointment_voided")
    if f.outcome:
        return Stop(_ENDED[f.outcome])
    return Stop("appointment_past") if start <= f.now else None


def _question(f: Facts) -> Verdict | None:
    if f.plan.answered:
        return Stop("answered")
    if f.plan.was_fine:
        return Stop("was_fine")
    if f.kind == "call":
        return Stop("already_calling") if f.plan.silence_known else None
    return Stop("too_late") if f.now > f.planned_for + engine.ASK_GRACE else None


def _window(f: Facts) -> Verdict | None:
    """An invitation makes sense while its window is open, the second one for two weeks more."""
    if f.plan.window is None:
        return None
    if f.plan.was_fine:
        return Stop("was_fine")
    today = clock.day_of(f.now)
    last = {
        "invite": f.plan.window[1],
        "nudge": f.plan.window[1] + engine.CLINICIAN_AFTER,
    }.get(f.kind)
    return Stop("window_over") if last is not None and today > last else None


def _nobody(f: Facts) -> Verdict | None:
    """Is there anybody to say it to, and may we?"""
    if f.kind == "clinician":
        return None
    if f.no_contact_point:
        return Fail("no_contact_point")
    if f.kind == "call":
        return None if f.call_allowed else Stop("refused")
    return None if f.allowed else Stop(f.no_basis)


def _hold(f: Facts) -> Verdict | None:
    """Booked, or a danger sign open: it waits."""
    if f.plan.booked_for is not None and f.kind in ("invite", "nudge", "call"):
        after = clock.at(clock.day_of(max(f.plan.booked_for, f.now)) + engine.DAY, f.hour)
        return Wait(after, "booked")
    if f.danger_open and not f.safety:
        return Wait(clock.at(clock.day_of(f.now) + engine.DAY, f.hour), "danger_open")
    return None


def _by_a_person(f: Facts) -> Verdict:
    if f.plan.asks:
        return GiveTask("silence")
    if f.plan.sequence:
        return GiveTask(f.plan.sequence)
    return GiveTask("not_booked" if f.kind == "call" else "dentist_decides")


def _said(f: Facts) -> Verdict:
    if f.plan.not_before is not None and f.now < f.plan.not_before:
        return Wait(f.plan.not_before, "after_check")
    opening = engine.quiet_until(f.now, safety=f.safety)
    if opening is not None:
        return Wait(opening, "quiet_hours")
    usable = tuple(channel for channel in f.routes if channel in f.allowed)
    if not usable:
        return Fail(f.no_route)
    return Send(usable, f.why)
