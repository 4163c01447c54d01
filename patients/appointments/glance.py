"""What is next for each of a few patients, and when they last came: for lists of people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Max

from clinics import clock
from patients.appointments.reads import Line, lines
from patients.models import Appointment, Outcome


@dataclass(frozen=True)
class Glance:
    """Her next (or today's) appointment that still stands, and the day she last came."""

    next: Line | None
    last_came: dt.date | None


def glance(patient_ids: Collection[int]) -> dict[int, Glance]:
    """For each of these patients; two statements however many."""
    standing = Appointment.objects.filter(
        patient_id__in=patient_ids, outcome__isnull=True, on_date__gte=clock.today()
    )
    coming: dict[int, Line] = {}
    for line in lines(standing.order_by("on_date", "during", "id")):
        coming.setdefault(line.patient_id, line)
    came = dict(
        Appointment.objects.filter(
            patient_id__in=patient_ids,
            outcome__in=[Outcome.ON_TIME, Outcome.LATE],
            voided_at__isnull=True,
        )
        .values_list("patient_id")
        .annotate(day=Max("on_date"))
    )
    return {pk: Glance(coming.get(pk), came.get(pk)) for pk in patient_ids}
