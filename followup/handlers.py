"""What this app does when the lower apps tell news. Only rows are written, in the same
transaction."""

from __future__ import annotations

from clinics import clock
from followup import (
    alarms,
    contacts,
    engine,
    enrolments,
    lapsed,
    restarts,
    sequences,
    tasks,
    unsigned,
)
from followup.models import Contact, ContactKind, Decision, DecisionEnd, StepKind, TaskKind
from messaging.public import events as messaging
from patients.public import Appointment, Outcome, Patient, Visit
from patients.public import events as patients

#: How a slot's end reads as the reason of what is not said any more.
_REASONS = {
    Outcome.MOVED: "moved",
    Outcome.LATE_MOVE: "moved",
    Outcome.CANCELLED: "cancelled",
    Outcome.LATE_CANCEL: "cancelled",
    Outcome.CLINIC_CANCELLED: "cancelled",
}


@patients.treatment_recorded.handler
def watch_signature(news: patients.TreatmentNews) -> None:
    unsigned.watch(news.treatment)


@patients.treatment_signed.handler
def start_protocol(news: patients.TreatmentNews) -> None:
    unsigned.settle(news.treatment, by=news.by)
    enrolments.begin(news.treatment)
    day = clock.day_of(news.treatment.done_at)
    visit = Visit.objects.filter(
        patient_id=news.treatment.patient_id, on_date=day, voided_at__isnull=True
    ).first()
    if visit is not None:
        enrolments.came(visit)


@patients.treatment_voided.handler
def stop_protocol(news: patients.TreatmentNews) -> None:
    unsigned.settle(news.treatment, by=news.by)
    enrolments.stop(news.treatment, reason="treatment_voided")
    restarts.give_back(news.treatment)


@patients.episode_closed.handler
def finish_course(news: patients.EpisodeNews) -> None:
    restarts.finished(news.episode)


@patients.appointment_booked.handler
def announce(news: patients.AppointmentNews) -> None:
    """Confirmation now, reminder later. Booked while a danger sign is open, it is part of
    dealing with it and is not held back."""
    appointment = news.appointment
    danger = bool(tasks.danger_of([appointment.patient_id]))
    contacts.for_appointment(appointment, safety=danger)


@patients.appointment_ended.handler
def withdraw_slot(news: patients.AppointmentNews) -> None:
    """The slot has its outcome: nothing more is said about it. When she does not come, the
    visit that was wanted is asked for again the next day."""
    appointment = news.appointment
    reason = _REASONS.get(Outcome(appointment.outcome or Outcome.CANCELLED), "appointment_over")
    own = contacts.of_appointment(appointment)
    contacts.end(own, end=DecisionEnd.STOPPED, reason=reason)
    contacts.withdraw(own)
    tasks.close_for(appointment, kind=TaskKind.MOVE, result=reason, by=news.by)
    if appointment.outcome not in (Outcome.ON_TIME, Outcome.LATE):
        planned = bool(_ask_again(appointment))
        if appointment.outcome in sequences.MISSED:
            sequences.missed(appointment, planned=planned)


def _ask_again(appointment: Appointment) -> int:
    patient = appointment.patient
    hour = engine.sayable_hour(patient.preferred_hour)
    tomorrow = clock.at(clock.today() + engine.DAY, hour)
    waiting = contacts.waiting_for(patient).filter(kind__in=contacts.AROUND_VISIT)
    return contacts.release(waiting, reason="booked", due_at=tomorrow)


@patients.appointment_reopened.handler
def speak_again(news: patients.AppointmentNews) -> None:
    """An outcome was taken back: the reminder that fell with it stands again, if still ahead, and
    nothing is said about a missed slot."""
    sequences.taken_back(news.appointment)
    row = contacts.of_appointment(news.appointment).filter(
        kind=ContactKind.REMINDER,
        planned_for__gt=clock.now(),
        decision__end=DecisionEnd.STOPPED,
        decision__reason__in=[*_REASONS.values(), "appointment_over"],
    )
    for contact in row.select_for_update(of=("self",)):
        Decision.objects.filter(contact=contact).delete()
        Contact.objects.filter(pk=contact.pk).update(due_at=contact.planned_for)


@patients.move_asked.handler
def ask_desk_to_move(news: patients.AppointmentNews) -> None:
    appointment = news.appointment
    tasks.give(
        kind=TaskKind.MOVE,
        patient=appointment.patient,
        branch=appointment.branch,
        appointment=appointment,
        why=appointment.move_wish,
    )


@patients.visit_completed.handler
def count_visit(news: patients.VisitNews) -> None:
    enrolments.came(news.visit)
    lapsed.came(news.visit)


@messaging.unreached.handler
def note_unreached(news: messaging.Unreached) -> None:
    """Every way was tried. It stands on the branch's data list; after surgery somebody calls."""
    contact = contacts.by_intent(news.intent)
    if contact is None:
        return
    Decision.objects.filter(contact=contact).update(detail=news.reason[:200] or "unreached")
    if not contact.safety or contact.step is None or contact.step.kind != StepKind.ASK:
        return
    own = Contact.objects.filter(
        enrolment=contact.enrolment_id, step=contact.step_id, kind=ContactKind.CALL
    )
    contacts.end(own, end=DecisionEnd.STOPPED, reason="already_calling")
    tasks.give(
        kind=TaskKind.UNDELIVERED,
        patient=contact.patient,
        branch=contact.branch,
        contact=contact,
    )


@messaging.worried.handler
def raise_sign(news: messaging.Worried) -> None:
    """She wrote of a sign that worries: somebody must act on it, as on the same answer."""
    patient = Patient.objects.select_related("branch").get(pk=news.patient_id)
    alarms.raise_for(patient, tier=news.tier, words=news.text)
