"""What is noted at the chair for the dentist to sign, and what she makes of it (docs/patients.md).

Prepared is noted and not signed: an assistant writes it down, its dentist alone signs. What she
types when she signs wins over what was prepared; both stand in the trail.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Service, Staff
from patients import courses, plans, treatments, visits
from patients.models import Appointment, Episode, Status, Treatment, TreatmentStatus
from patients.refusals import NotPossible

REMARK = 200


def usual_end(appointment: Appointment) -> dt.datetime:
    """When what was done is likely to have been done: now, or when a past visit ended."""
    now = clock.now()
    if appointment.on_date == clock.day_of(now):
        return now
    if appointment.done_at is not None:
        return appointment.done_at
    end = appointment.during.upper if appointment.during else None
    return min(end or clock.day_bounds(appointment.on_date)[1] - dt.timedelta(minutes=1), now)


@transaction.atomic
def prepare(
    *,
    appointment: Appointment,
    service: Service,
    dentist: Staff,
    tooth: int | None,
    agreed_value: int | None,
    remark: str,
    by: Staff,
) -> Treatment:
    """Note for the dentist what was done in this visit. `agreed_value` whole VND.

    Noted again (the same service on the same tooth), it is corrected. Raises ValidationError
    beside its field (tooth), and NotPossible before she sits in the chair or once it is signed.
    """
    if appointment.status not in (Status.IN_CHAIR, Status.DONE):
        raise NotPossible(_("She is not in the chair yet. Call her in first."))
    done_at = usual_end(appointment)
    remark = " ".join(remark.split())[:REMARK]
    known = _same(appointment, service, tooth)
    if known is None:
        return treatments.record(
            patient=appointment.patient,
            service=service,
            dentist=dentist,
            done_at=done_at,
            branch=appointment.branch,
            appointment=appointment,
            tooth=tooth,
            agreed_value=agreed_value,
            remark=remark,
            prepared_by=by,
        )
    changed = Treatment.objects.filter(pk=known.pk, status=TreatmentStatus.DONE).update(
        agreed_value=agreed_value, remark=remark, prepared_by=by
    )
    known.refresh_from_db()
    if not changed:
        raise NotPossible(_("This is signed already. Only its dentist adds to it."))
    return known


def _same(appointment: Appointment, service: Service, tooth: int | None) -> Treatment | None:
    rows = Treatment.objects.filter(appointment=appointment, service=service, tooth=tooth)
    return rows.exclude(status=TreatmentStatus.VOIDED).order_by("id").first()


@transaction.atomic
def take_back(treatment: Treatment, *, by: Staff) -> None:
    """It was prepared by mistake. Twice is once; NotPossible once it is signed."""
    treatment.refresh_from_db()
    if treatment.status == TreatmentStatus.SIGNED:
        raise NotPossible(_("This is signed already. Only its dentist adds to it."))
    treatments.void(treatment, reason=_("prepared by mistake"), by=by)


def entry(uid: UUID | str, *, appointment: Appointment) -> Treatment | None:
    """What was noted in this visit under this uid, while it stands."""
    rows = Treatment.objects.filter(uid=uid, appointment=appointment)
    return rows.exclude(status=TreatmentStatus.VOIDED).select_related("service").first()


@transaction.atomic
def correct(
    treatment: Treatment,
    *,
    service: Service,
    tooth: int | None,
    done_at: dt.datetime,
    deep_cavity: bool,
    recall_months: int | None,
    agreed_value: int | None,
    remark: str,
    said: courses.Said,
) -> Treatment:
    """What the dentist says of it instead; once signed it stands and nothing is changed.

    Of another service or tooth it belongs to another plan. Raises ValidationError beside its
    field, and NotPossible when the same is noted in this visit already.
    """
    treatments.check(service, done_at, tooth, recall_months)
    facts = asdict(courses.clean(said, service.code))
    moved = (service.pk, tooth) != (treatment.service_id, treatment.tooth)
    if moved and treatment.appointment is not None:
        other = _same(treatment.appointment, service, tooth)
        if other is not None and treatment.status == TreatmentStatus.DONE:
            raise NotPossible(_("This is noted in this visit already."))
    changed = Treatment.objects.filter(pk=treatment.pk, status=TreatmentStatus.DONE).update(
        service=service,
        tooth=tooth,
        done_at=done_at,
        deep_cavity=deep_cavity,
        recall_months=recall_months,
        agreed_value=agreed_value,
        remark=" ".join(remark.split())[:REMARK],
        **facts,
    )
    treatment.refresh_from_db()
    if changed:
        _replan(treatment, moved=moved)
    return treatment


def _replan(treatment: Treatment, *, moved: bool) -> None:
    """Put it into the plan of what was really done, and let both plans begin when they did."""
    before = treatment.episode
    if moved:
        Treatment.objects.filter(pk=treatment.pk).update(episode=_plan_of(treatment))
        treatment.refresh_from_db()
    for plan in {before.pk: before, treatment.episode_id: treatment.episode}.values():
        if visits.opening(plan) != plan.opened_at:
            plans.settle(plan)


def _plan_of(treatment: Treatment) -> Episode:
    others = treatment.episode.treatment_set.exclude(pk=treatment.pk)
    if not others.exclude(status=TreatmentStatus.VOIDED).exists():
        # It had opened this plan, for what was not done: nothing may join it.
        Episode.objects.filter(pk=treatment.episode_id).update(voided_at=clock.now())
    return plans.find_or_open(
        patient=treatment.patient,
        branch=treatment.branch,
        service=treatment.service,
        tooth=treatment.tooth,
        done_at=treatment.done_at,
        appointment=treatment.appointment,
    )
