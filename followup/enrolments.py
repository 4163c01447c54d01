"""Enrolments: a signed treatment starts its service's protocol, its contacts written ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q
from django.utils.translation import pgettext

from clinics import clock
from clinics.public import Branch, places
from followup import contacts, ends, engine, hints, protocols, restarts
from followup.models import (
    Contact,
    ContactKind,
    DecisionEnd,
    Enrolment,
    EnrolmentState,
    OverWhen,
    ProtocolStep,
    ProtocolVersion,
    StepKind,
)
from patients.public import NotPossible, Patient, Treatment, Visit


@transaction.atomic
def begin(treatment: Treatment) -> Enrolment | None:
    """Start the protocol of a signed treatment, on its active version. Counted from when the
    treatment was done; signed late, only what is valid now is said (docs/protocols.md).

    None when the service has no protocol, nothing follows this step of a course, or it was
    started already: by this treatment, or by an earlier one of the same plan. Where each
    treatment of a plan begins it anew, the one before ends, and the latest holds.
    """
    version = protocols.active_for(treatment.service)
    if version is None or _started(treatment, version):
        return None
    said = protocols.said_of(treatment)
    steps = protocols.after(version.protocolstep_set.all(), said)
    if not steps:
        return None
    if version.restarts:
        restarts.take_over(treatment, version)
    enrolment = Enrolment.objects.create(
        patient_id=treatment.patient_id,
        treatment=treatment,
        version=version,
        branch_id=treatment.branch_id,
        t0=treatment.done_at,
        recorded_at=clock.now(),
    )
    who = whose(treatment.patient, treatment.branch)
    planned = engine.plan(
        protocols.rules(steps, said),
        t0=treatment.done_at,
        signed_at=clock.now(),
        whose=who,
        deep_cavity=treatment.deep_cavity,
        recall_months=treatment.recall_months,
    )
    contacts.write(enrolment, planned, steps)
    hints.write(enrolment, steps, said, who, planned)
    return enrolment


def _started(treatment: Treatment, version: ProtocolVersion) -> bool:
    same_plan = Q(
        treatment__episode_id=treatment.episode_id,
        version__protocol_id=version.protocol_id,
        state=EnrolmentState.RUNNING,
    )
    if version.restarts:
        same_plan &= Q(t0__gt=treatment.done_at)
    itself = Q(treatment=treatment, version__protocol_id=version.protocol_id)
    return Enrolment.objects.filter(itself | same_plan).exists()


def whose(patient: Patient, branch: Branch) -> engine.Whose:
    """Her hour, and the calendar of the branch."""
    return engine.Whose(engine.sayable_hour(patient.preferred_hour), calendar_of(branch))


def calendar_of(branch: Branch) -> engine.Calendar:
    """The days a branch receives patients."""
    return calendars([branch])[branch.pk]


def calendars(branches: Iterable[Branch]) -> dict[int, engine.Calendar]:
    """The days each of these branches receives patients, by its key; one statement."""
    every = list(branches)
    closed = places.closed_days(branch.pk for branch in every)
    return {
        branch.pk: engine.Calendar(closed[branch.pk], frozenset(branch.open_weekdays))
        for branch in every
    }


def shift_of(branch: Branch) -> engine.Shift:
    """A branch's hours, for what people must do."""
    return engine.Shift(calendar_of(branch), branch.opens_at, branch.closes_at)


@transaction.atomic
def stop(treatment: Treatment, *, reason: str) -> None:
    """Stop what a treatment started: its waiting contacts end with this reason."""
    found = Enrolment.objects.filter(treatment=treatment, state=EnrolmentState.RUNNING)
    for enrolment in found.select_for_update():
        own = Contact.objects.filter(enrolment=enrolment)
        contacts.end(own, end=DecisionEnd.STOPPED, reason=reason)
        contacts.withdraw(own)
        Enrolment.objects.filter(pk=enrolment.pk).update(
            state=EnrolmentState.STOPPED, stopped_reason=reason
        )


def ask_to_come(enrolment: Enrolment, answered_at: dt.datetime) -> None:
    """An uneasy answer: write the visit that hangs on it, once."""
    steps = list(enrolment.version.protocolstep_set.filter(only_if_asked=True))
    written = set(
        Contact.objects.filter(enrolment=enrolment, step__in=steps).values_list(
            "step_id", flat=True
        )
    )
    for step in steps:
        if step.pk not in written:
            who = whose(enrolment.patient, enrolment.branch)
            planned = engine.asked_revisit(protocols.rule(step), enrolment.t0, answered_at, who)
            contacts.write(enrolment, planned, [step])


@transaction.atomic
def move(contact: Contact, *, months: int) -> bool:
    """The dentist moves a wanted visit to so many months after T0 (docs/protocols.md).

    What waited for it ends as moved and is written anew. False when it stood there already.
    Raises NotPossible when its protocol does not allow these months or nothing waits any more.
    """
    step, enrolment = contact.step, contact.enrolment
    if step is None or enrolment is None or months not in move_targets(step):
        raise NotPossible(pgettext("move", "This visit cannot be moved so."))
    Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    round_ = Contact.objects.filter(enrolment=enrolment, step=step, cycle=contact.cycle)
    if not round_.filter(due_at__isnull=False).exists():
        raise NotPossible(pgettext("move", "Nobody waits for this visit any more."))
    who = whose(enrolment.patient, enrolment.branch)
    planned = engine.moved_revisit(protocols.rule(step), enrolment.t0, months, who)
    if planned[0].window == (contact.window_from, contact.window_to):
        return False
    contacts.end(round_, end=DecisionEnd.STOPPED, reason="moved_by_dentist")
    contacts.withdraw(round_)
    contacts.write(enrolment, planned, [step], cycle=contact.cycle + 1)
    return True


def month_of(enrolment: Enrolment, step: ProtocolStep, window_from: dt.date) -> int:
    """The month after T0 in which this window of a movable visit lies."""
    later = (window_from - clock.day_of(enrolment.t0)).days - (step.window_from or 0)
    return engine.usual_month(protocols.rule(step)) + round(later / engine.MONTH)


def move_targets(step: ProtocolStep) -> list[int]:
    """The months after T0 to which the dentist may move this visit."""
    return [int(months) for months in step.may_move_to.split(",") if months]


@transaction.atomic
def came(visit: Visit) -> int:
    """A completed visit: end what waited for it, and begin the next round of a periodic check.

    Returns how many waiting contacts it ended.
    """
    waiting = list(
        contacts.waiting_for(visit.patient)
        .filter(kind__in=contacts.AROUND_VISIT, window_from__isnull=False)
        .select_related("step", "enrolment__treatment", "enrolment__branch", "patient")
    )
    if not waiting:
        return 0
    in_plans = set(
        Treatment.objects.filter(
            patient=visit.patient, status="signed", done_at__range=clock.day_bounds(visit.on_date)
        ).values_list("episode_id", flat=True)
    )
    purpose = visit.appointment.purpose if visit.appointment else ""
    met = [
        row
        for row in waiting
        if satisfies(
            row,
            day=visit.on_date,
            purpose=purpose,
            is_return=visit.is_return,
            episodes=in_plans,
        )
    ]
    ended = contacts.end(
        Contact.objects.filter(pk__in=[row.pk for row in met]),
        end=DecisionEnd.STOPPED,
        reason="came",
    )
    for row in {(row.enrolment_id, row.step_id, row.cycle): row for row in met}.values():
        next_round(row, since=visit.on_date)
    return ended


def satisfies(
    contact: Contact, *, day: dt.date, purpose: str, is_return: bool, episodes: set[int]
) -> bool:
    """Whether a completed visit is the one this contact waits for: in its time, and for its
    purpose or more (the same plan treated again; for a periodic check, any return)."""
    step, enrolment = contact.step, contact.enrolment
    if step is None or enrolment is None or not (contact.window_from and contact.window_to):
        return False
    if step.over_when == OverWhen.RESTORED:
        return False  # a visit alone does not restore the tooth
    window = (contact.window_from, contact.window_to)
    if step.kind == StepKind.RECALL:
        fits = engine.visit_fits(day, window, before=step.window_from or engine.LATE)
        return fits and (is_return or protocols.serves(purpose, wanted=step.purpose))
    fits = engine.visit_fits(day, window)
    same_plan = enrolment.treatment.episode_id in episodes
    return fits and (same_plan or protocols.serves(purpose, wanted=step.purpose))


def next_round(contact: Contact, *, since: dt.date) -> None:
    """Write the next round of a periodic check, once."""
    step, enrolment = contact.step, contact.enrolment
    if step is None or enrolment is None or not step.every_months:
        return
    cycle = contact.cycle + 1
    if cycle >= (step.rounds or cycle + 1) or ends.over(contact, ends.load([contact])):
        return
    if Contact.objects.filter(enrolment=enrolment, step=step, cycle=cycle).exists():
        return
    planned = engine.recall(
        protocols.rule(step),
        since,
        whose(contact.patient, enrolment.branch),
        months=enrolment.treatment.recall_months,
    )
    contacts.write(enrolment, planned, [step], cycle=cycle)


def close_rounds(ended: list[Contact]) -> None:
    """Nobody came for a periodic check: with its last contact decided, the next round begins,
    counted from the day it was due."""
    for row in ended:
        if row.step is None or row.step.kind != StepKind.RECALL or row.window_from is None:
            continue
        last = ContactKind.CALL if row.step.by_call else ContactKind.NUDGE
        if row.kind == last:
            next_round(row, since=row.window_from)
