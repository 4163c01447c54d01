"""Visits: checked in and at least one treatment signed, one a patient and day (docs/kpi.md, B0)."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Min

from clinics import clock
from clinics.public import Staff
from patients import events
from patients.models import Appointment, Episode, Patient, Treatment, TreatmentStatus, Visit


@transaction.atomic
def settle(*, patient: Patient, day: dt.date, by: Staff | None = None) -> Visit | None:
    """Make, correct or void the one visit of a patient and a day from what stands recorded.

    It is a return when a new episode was opened by a treatment of that day, or when it is for a
    purpose that counts as one; further visits inside a plan are not. Called again it changes
    nothing. Tells `visit_completed` when the visit comes to be.
    """
    Patient.objects.select_for_update().only("pk").get(pk=patient.pk)  # one at a time
    slots = list(
        Appointment.objects.filter(
            patient=patient, on_date=day, checked_in_at__isnull=False, voided_at__isnull=True
        ).order_by("checked_in_at", "id")
    )
    signed = _signed(patient, day)
    standing = Visit.objects.filter(patient=patient, on_date=day, voided_at__isnull=True).first()
    if not slots or not signed:
        _void(standing)
        return None
    facts = {
        "appointment": slots[0],
        "branch_id": slots[0].branch_id,
        "started_at": slots[0].checked_in_at,
        "is_return": any(slot.counts_as_return for slot in slots) or _opened(signed, day),
    }
    if standing is not None:
        return _corrected(standing, facts)
    visit = Visit.objects.create(patient=patient, on_date=day, recorded_at=clock.now(), **facts)
    events.visit_completed.tell(events.VisitNews(visit, by))
    return visit


def _signed(patient: Patient, day: dt.date) -> list[Treatment]:
    begin, end = clock.day_bounds(day)
    return list(
        Treatment.objects.filter(
            patient=patient,
            status=TreatmentStatus.SIGNED,
            done_at__gte=begin,
            done_at__lt=end,
        ).select_related("episode")
    )


def _opened(signed: list[Treatment], day: dt.date) -> bool:
    """Whether one of these treatments is of an episode that begins on this day."""
    return any(clock.day_of(treatment.episode.opened_at) == day for treatment in signed)


def _void(visit: Visit | None) -> None:
    """What made it a visit is gone. An imported visit stands on its own file."""
    if visit is not None and visit.import_batch_id is None:
        Visit.objects.filter(pk=visit.pk, voided_at__isnull=True).update(voided_at=clock.now())


def _corrected(visit: Visit, facts: dict[str, object]) -> Visit:
    changed = {name: value for name, value in facts.items() if getattr(visit, name) != value}
    if changed:
        Visit.objects.filter(pk=visit.pk).update(**changed)
        visit.refresh_from_db()
    return visit


def opening(episode: Episode) -> dt.datetime | None:
    """When the first treatment that still stands in an episode was done."""
    rows = episode.treatment_set.exclude(status=TreatmentStatus.VOIDED)
    return rows.aggregate(first=Min("done_at"))["first"]  # type: ignore[no-any-return]


def of_patient(patient: Patient) -> list[Visit]:
    """Her visits, the latest first."""
    return list(
        Visit.objects.filter(patient=patient, voided_at__isnull=True)
        .select_related("branch")
        .order_by("-on_date")
    )
