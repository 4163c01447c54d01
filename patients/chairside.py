"""A dentist's own day, and what waits for his signature."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from clinics import clock
from clinics.public import Service, Staff

from patients import appointments, board, treatments
from patients.appointments import Line
from patients.models import Appointment, Episode, Patient, Treatment, TreatmentStatus
from patients.refusals import NotPossible

#: How far back a visit without anything written is still asked for.
LOOK_BACK = dt.timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """A visit that waits for a signature: `ready` when what was done is written already."""

    line: Line
    ready: treatments.Line | None


@dataclass(frozen=True)
class Day:
    """A dentist's day: what to sign, who comes, who has been."""

    date: dt.date
    to_sign: list[Waiting]
    coming: list[board.Entry]
    finished: list[board.Entry]

    @property
    def patients(self) -> int:
        return len(self.coming) + len(self.finished)


def read(dentist: Staff) -> Day:
    """Today and what was left unsigned; four statements however full the day is."""
    now = clock.now()
    today = clock.day_of(now)
    lines = appointments.of_dentist(dentist, today)
    entries = [board.entry_of(line, now) for line in lines if line.outcome not in board.LET_GO]
    over = [entry for entry in entries if entry.line.outcome]
    return Day(
        date=today,
        to_sign=_unsigned(dentist, today),
        coming=[entry for entry in entries if not entry.line.outcome],
        finished=over,
    )


def _unsigned(dentist: Staff, today: dt.date) -> list[Waiting]:
    """Who sat in the chair these days and has nothing signed by him yet."""
    written = {line.appointment_uid: line for line in treatments.to_sign(dentist)}
    seen = Appointment.objects.filter(
        dentist=dentist, on_date__gte=today - LOOK_BACK, on_date__lte=today
    ).filter(in_chair_at__isnull=False) | Appointment.objects.filter(
        dentist=dentist, on_date__gte=today - LOOK_BACK, on_date__lte=today, status="done"
    )
    signed = Treatment.objects.filter(
        appointment__in=seen, dentist=dentist, status=TreatmentStatus.SIGNED
    ).values_list("appointment_id", flat=True)
    rows = appointments.lines(seen.exclude(pk__in=signed).order_by("during", "id"))
    ready = appointments.lines(
        Appointment.objects.filter(uid__in=[uid for uid in written if uid]).order_by("during")
    ) if written else []
    known = {line.uid for line in rows}
    both = rows + [line for line in ready if line.uid not in known]
    return [Waiting(line, written.get(line.uid)) for line in both]


@dataclass(frozen=True)
class Sheet:
    """What the signing page starts from."""

    appointment: Appointment
    line: Line
    written: list[treatments.Line]
    signed: list[treatments.Line]
    history: list[treatments.Line]
    plans: list[Episode]

    def plan_tooth(self, service: Service | None) -> int | None:
        """The tooth of her open plan of this service: the likeliest one today."""
        for plan in self.plans:
            if service is not None and plan.service_id == service.pk:
                return plan.tooth
        return None
