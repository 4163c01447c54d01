"""Checked in and signed: the appointment is over by itself (docs/patients.md).

What nobody signed, and whom nobody checked in, stays on the end-of-day list.
"""

from __future__ import annotations

import datetime as dt

from clinics import clock
from clinics.public import Staff
from patients import events
from patients.appointments import outcomes
from patients.models import Appointment, Patient, Status, Treatment, TreatmentStatus


@events.treatment_signed.handler
def after_signature(news: events.TreatmentNews) -> None:
    """The dentist signed: her appointment of that day is done, if she was checked in."""
    treatment = news.treatment
    complete(treatment.patient, clock.day_of(treatment.done_at), by=news.by)


@events.appointment_checked_in.handler
def after_check_in(news: events.AppointmentNews) -> None:
    """Checked in only after the dentist had signed."""
    complete(news.appointment.patient, news.appointment.on_date, by=news.by)


def complete(patient: Patient, day: dt.date, *, by: Staff | None) -> None:
    """End the checked-in appointments of this day that a signed treatment names, or all of
    them when the treatments name none. What has ended already stays as it ended."""
    open_slots = list(
        Appointment.objects.filter(
            patient=patient,
            on_date=day,
            status__in=(Status.CHECKED_IN, Status.IN_CHAIR),
            outcome__isnull=True,
            voided_at__isnull=True,
        )
    )
    if not open_slots:
        return
    begin, end = clock.day_bounds(day)
    named = set(
        Treatment.objects.filter(
            patient=patient, status=TreatmentStatus.SIGNED, done_at__gte=begin, done_at__lt=end
        ).values_list("appointment_id", flat=True)
    )
    for slot in open_slots:
        if slot.pk in named or None in named:
            outcomes.done(slot, by=by)
