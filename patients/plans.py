"""Plans (episodes): which one a treatment joins or opens, and when it begins (docs/patients.md)."""

from __future__ import annotations

import datetime as dt

from django.db.models import F

from clinics import clock
from clinics.public import Branch, Service
from patients import courses, visits
from patients.models import Appointment, Episode, Patient, Treatment


def find_or_open(
    *,
    patient: Patient,
    branch: Branch,
    service: Service,
    tooth: int | None,
    done_at: dt.datetime,
    appointment: Appointment | None,
) -> Episode:
    """The plan that a treatment joins or opens."""
    known = _open_plan(patient, service, tooth) or _plan_of_step(service, appointment)
    return known or Episode.objects.create(
        patient=patient,
        branch=branch,
        service=service,
        tooth=tooth,
        opened_at=done_at,
        recorded_at=clock.now(),
    )


def _open_plan(patient: Patient, service: Service, tooth: int | None) -> Episode | None:
    code = courses.ENDS.get(service.code)
    if service.single_visit and code is None:
        return None
    own = {} if code or courses.is_of_the_mouth(service.code) else {"tooth": tooth}
    return (
        Episode.objects.filter(
            patient=patient,
            service__code=code or service.code,
            **own,
            closed_at__isnull=True,
            voided_at__isnull=True,
        )
        .order_by("-opened_at")
        .first()
    )


def _plan_of_step(service: Service, appointment: Appointment | None) -> Episode | None:
    """The plan that a visit belongs to when it was booked as a step of one (sutures, healing).

    What is done on a tooth of its own opens its own plan, and so does what counts as a return.
    """
    if appointment is None or not appointment.purpose:
        return None
    if appointment.counts_as_return or service.by_tooth:
        return None
    plans = Episode.objects.filter(patient_id=appointment.patient_id, voided_at__isnull=True)
    return plans.order_by(F("closed_at").desc(nulls_first=True), "-opened_at").first()


def begin_by(plan: Episode, moment: dt.datetime) -> None:
    """It begins no later than what was done in it."""
    if moment < plan.opened_at:
        Episode.objects.filter(pk=plan.pk).update(opened_at=moment)
        plan.opened_at = moment


def settle(plan: Episode) -> None:
    """It begins with its first treatment that stands; without one it is no plan."""
    first = visits.opening(plan)
    facts = {"voided_at": clock.now()} if first is None else {"opened_at": first}
    Episode.objects.filter(pk=plan.pk).update(**facts)


def reopen(end: Treatment) -> None:
    """What had ended the course did not happen: the course goes on."""
    Episode.objects.filter(pk=end.episode_id, closed_at__gte=end.signed_at).exclude(
        service=end.service
    ).update(closed_at=None, closed_by=None)
