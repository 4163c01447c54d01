"""Contacts: written ahead, put off, released, ended. What is decided about them: `gate.py`."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import QuerySet

from clinics import clock
from followup import engine, protocols
from followup.models import (
    Contact,
    ContactKind,
    Decision,
    DecisionEnd,
    Deferral,
    Enrolment,
    ProtocolStep,
)
from messaging.public import outbox
from patients.public import Appointment, Outcome, Patient

#: Kinds that stand around a wanted visit.
AROUND_VISIT = (
    ContactKind.INVITE,
    ContactKind.NUDGE,
    ContactKind.CALL,
    ContactKind.CLINICIAN,
)


def write(
    enrolment: Enrolment,
    planned: Sequence[engine.Planned],
    steps: Iterable[ProtocolStep],
    *,
    cycle: int = 0,
) -> list[Contact]:
    """Write an enrolment's contacts ahead; those missed by a late signature end at once."""
    return write_all(drafts(enrolment, planned, steps, cycle=cycle))


def write_all(drafted: Iterable[Contact]) -> list[Contact]:
    """Write contacts of any number of enrolments; those missed end at once."""
    rows = Contact.objects.bulk_create(drafted)
    now = clock.now()
    missed = [row for row in rows if row.due_at is None]
    Decision.objects.bulk_create(
        Decision(contact=row, end=DecisionEnd.STOPPED, reason="signed_late", decided_at=now)
        for row in missed
    )
    return rows


def drafts(
    enrolment: Enrolment,
    planned: Sequence[engine.Planned],
    steps: Iterable[ProtocolStep],
    *,
    cycle: int = 0,
) -> list[Contact]:
    """The contacts of an enrolment, not written yet."""
    by_key = {step.key: step for step in steps}
    now = clock.now()
    return [
        Contact(
            kind=plan.kind,
            patient_id=enrolment.patient_id,
            branch_id=enrolment.branch_id,
            enrolment=enrolment,
            step=by_key[plan.step],
            cycle=cycle,
            template=_template(plan.kind, by_key[plan.step]),
            safety=by_key[plan.step].safety,
            window_from=plan.window[0] if plan.window else None,
            window_to=plan.window[1] if plan.window else None,
            planned_for=plan.at,
            due_at=None if plan.missed else plan.due,
            created_at=now,
        )
        for plan in planned
    ]


def _template(kind: str, step: ProtocolStep) -> str:
    if kind in (ContactKind.ASK, ContactKind.INVITE, ContactKind.HINT):
        return step.template
    return "nudge" if kind == ContactKind.NUDGE else ""


def for_appointment(appointment: Appointment, *, safety: bool = False) -> list[Contact]:
    """Write the confirmation, due now, and the reminder of a booking that is still ahead.

    Booked after the reminder's own hour there is none: the confirmation has just said it.
    `safety` = booked because of a danger sign: not held back by it.
    """
    now = clock.now()
    start = start_of(appointment)
    if start <= now:
        return []
    hour = engine.sayable_hour(appointment.patient.preferred_hour)
    plan = [(ContactKind.CONFIRMATION, "booking_confirmation", now)]
    if engine.is_reminded(appointment.booked_at, start, hour):
        plan.append((ContactKind.REMINDER, "reminder", engine.reminder_at(start, hour)))
    return Contact.objects.bulk_create(
        Contact(
            kind=kind,
            patient_id=appointment.patient_id,
            branch_id=appointment.branch_id,
            appointment=appointment,
            template=template,
            safety=safety,
            planned_for=at,
            due_at=at,
            created_at=now,
        )
        for kind, template, at in plan
    )


def of_patient(patient: Patient, uid: uuid.UUID) -> Contact | None:
    """One contact of this patient."""
    found = Contact.objects.select_related("step", "enrolment__patient", "enrolment__branch")
    return found.filter(uid=uid, patient=patient).first()


def start_of(appointment: Appointment) -> dt.datetime:
    """When it begins; with only a day known, the first moment of that day."""
    if appointment.during is not None and appointment.during.lower is not None:
        begins: dt.datetime = appointment.during.lower
        return begins
    return clock.day_bounds(appointment.on_date)[0]


@transaction.atomic
def end(waiting: QuerySet[Contact], *, end: str, reason: str) -> int:
    """End the contacts that still wait, with one decision each. Returns how many."""
    rows = list(waiting.filter(due_at__isnull=False).select_for_update(of=("self",)).order_by("id"))
    now = clock.now()
    Decision.objects.bulk_create(
        Decision(contact=row, end=end, reason=reason, decided_at=now) for row in rows
    )
    Contact.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=None)
    return len(rows)


def withdraw(said: QuerySet[Contact]) -> None:
    """Take back what was queued and has not been handed to a provider yet."""
    gone = said.filter(decision__end=DecisionEnd.SENT)
    outbox.withdraw(list(gone.values_list("uid", flat=True)))


@transaction.atomic
def release(waiting: QuerySet[Contact], *, reason: str, due_at: dt.datetime | None = None) -> int:
    """Let go contacts that wait for this reason: due now (or then), not before their own time.

    Returns how many.
    """
    rows = list(waiting.filter(due_at__isnull=False).select_for_update(of=("self",)).order_by("id"))
    latest = {
        row.contact_id: row.reason
        for row in Deferral.objects.filter(contact__in=rows).order_by("id")
    }
    at = due_at or clock.now()
    freed = [row for row in rows if latest.get(row.pk) == reason]
    for row in freed:
        row.due_at = max(at, row.planned_for)
    Contact.objects.bulk_update(freed, ["due_at"])
    return len(freed)


def waiting_for(patient: Patient) -> QuerySet[Contact]:
    """What is still to be decided for a patient."""
    return Contact.objects.filter(patient=patient, due_at__isnull=False)


def of_plans(patients: Iterable[int]) -> QuerySet[Contact]:
    """What the care plans of these patients have still to say."""
    return Contact.objects.filter(
        patient__in=patients, enrolment__isnull=False, due_at__isnull=False
    )


def around_visit(patient: Patient, purpose: str) -> QuerySet[Contact]:
    """What still waits for a visit that this purpose serves."""
    wanted = [purpose] + [
        other for other in protocols.SUPERSETS if protocols.serves(purpose, wanted=other)
    ]
    return waiting_for(patient).filter(kind__in=AROUND_VISIT, step__purpose__in=wanted)


def of_appointment(appointment: Appointment) -> QuerySet[Contact]:
    """The confirmation and the reminder of one slot."""
    return Contact.objects.filter(appointment=appointment, enrolment__isnull=True)


def by_intent(uid: uuid.UUID | str) -> Contact | None:
    """The contact behind a message or a link, with what its pages need."""
    return (
        Contact.objects.select_related(
            "patient",
            "branch",
            "step",
            "appointment__dentist",
            "appointment__service",
            "appointment__branch",
            "sequence__appointment__dentist",
            "sequence__appointment__service",
            "sequence__appointment__branch",
            "sequence__appointment__chair",
            "enrolment__treatment__dentist",
            "enrolment__treatment__episode",
            "enrolment__version__protocol",
        )
        .filter(uid=uid)
        .first()
    )


def slots_of(contact: Contact) -> list[Appointment]:
    """The appointments a message was about, the ones merged into it included; of each the one
    that stands in its place after moves."""
    merged = Contact.objects.filter(decision__merged_into=contact).select_related(
        "appointment__dentist", "appointment__branch"
    )
    rows = [contact.appointment, *(row.appointment for row in merged)]
    return [_standing(row) for row in rows if row is not None]


def _standing(appointment: Appointment) -> Appointment:
    row = appointment
    while row.outcome in (Outcome.MOVED, Outcome.LATE_MOVE):
        later = (
            Appointment.objects.filter(moved_from=row).select_related("dentist", "branch").first()
        )
        if later is None:
            break
        row = later
    return row
