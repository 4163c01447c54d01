"""What a patient will get once a treatment is signed: the plan of its protocol, written nowhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from clinics import clock
from clinics.public import Branch, Service
from followup import engine, enrolments, hints, protocols, reasons
from followup.models import ContactKind
from patients.public import Patient

#: What reaches the patient herself; calls and decisions of people come later, if at all.
_HEARD = {ContactKind.ASK, ContactKind.INVITE, ContactKind.HINT}
_ICONS = {ContactKind.ASK: "message-circle-question-mark", ContactKind.HINT: "lightbulb"}


@dataclass(frozen=True)
class Coming:
    """One message ahead. `late` = it is due at once, because its time has just passed."""

    at: dt.datetime
    title: str
    icon: str
    window: tuple[dt.date, dt.date] | None
    late: bool
    this_year: bool


def of(
    *,
    patient: Patient,
    branch: Branch,
    service: Service,
    done_at: dt.datetime,
    deep_cavity: bool = False,
    recall_months: int | None = None,
    said: protocols.Said = protocols.NOTHING,
) -> list[Coming] | None:
    """The messages in order, as the engine would write them now; None without a protocol."""
    version = protocols.active_for(service)
    if version is None:
        return None
    steps = {step.key: step for step in protocols.after(version.protocolstep_set.all(), said)}
    now = clock.now()
    whose = enrolments.whose(patient, branch)
    planned = engine.plan(
        protocols.rules(steps.values(), said),
        t0=done_at,
        signed_at=now,
        whose=whose,
        deep_cavity=deep_cavity,
        recall_months=recall_months,
    )
    if hints.agreed(patient):
        busy = {clock.day_of(one.at) for one in planned}
        planned += hints.planned(patient, steps.values(), said, t0=done_at, whose=whose, busy=busy)
    return [
        Coming(
            at=one.due,
            title=reasons.title(one.kind, purpose=steps[one.step].purpose, day=steps[one.step].day),
            icon=_ICONS.get(ContactKind(one.kind), "calendar-plus"),
            window=one.window,
            late=one.due <= now,
            this_year=clock.day_of(one.due).year == clock.day_of(now).year,
        )
        for one in sorted(planned, key=lambda one: one.due)
        if one.kind in _HEARD and not one.missed and (one.kind != "hint" or one.at > now)
    ]
