"""Who looks after a patient: her responsible dentist and her care agent, with history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from clinics import clock
from clinics.public import Staff
from patients.models import CareAssignment, CareJob, Patient


@dataclass(frozen=True)
class Assigned:
    """Who had the job, from when until when (None = still)."""

    job: str
    job_label: str
    staff: Staff
    since: dt.datetime
    until: dt.datetime | None


@transaction.atomic
def assign(*, patient: Patient, job: CareJob, staff: Staff | None, by: Staff | None) -> bool:
    """Give the job to somebody from now on (None: to nobody). False when it is so already."""
    Patient.objects.select_for_update().only("pk").get(pk=patient.pk)
    now = clock.now()
    current = CareAssignment.objects.filter(patient=patient, job=job, until__isnull=True).first()
    if (current.staff_id if current else None) == (staff.pk if staff else None):
        return False
    if current is not None:
        CareAssignment.objects.filter(pk=current.pk).update(until=now)
    if staff is not None:
        CareAssignment.objects.create(patient=patient, job=job, staff=staff, since=now, noted_by=by)
    return True


def team(patient: Patient) -> dict[str, Staff]:
    """Who has each job now; one statement."""
    rows = CareAssignment.objects.filter(patient=patient, until__isnull=True)
    return {row.job: row.staff for row in rows.select_related("staff__user")}


def history(patient: Patient) -> list[Assigned]:
    """Everybody who ever had a job, the latest first; one statement."""
    rows = CareAssignment.objects.filter(patient=patient).select_related("staff__user")
    return [
        Assigned(row.job, str(CareJob(row.job).label), row.staff, row.since, row.until)
        for row in rows.order_by("-since", "-id")
    ]
