"""A dentist's own day, what waits for his signature, and signing one visit."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from clinics import clock
from clinics.public import Branch, Service, Staff
from patients import appointments, board, courses, preparing, treatments
from patients.appointments import Line
from patients.models import Appointment, Episode, Status, Treatment, TreatmentStatus

#: How far back a visit without a signature is still asked for.
LOOK_BACK = dt.timedelta(days=14)


@dataclass(frozen=True)
class Day:
    """A dentist's day: what to sign, who comes, who has been."""

    date: dt.date
    to_sign: list[Line]
    coming: list[board.Entry]
    finished: list[board.Entry]
    prepared: dict[str, list[treatments.Line]]  # by appointment: noted, not signed yet

    @property
    def patients(self) -> int:
        today = [line for line in self.to_sign if line.on_date == self.date]
        return len(self.coming) + len(self.finished) + len(today)


def read(dentist: Staff, *, branches: Iterable[Branch] | None = None) -> Day:
    """Today and what was left unsigned; three statements however full the day is.

    `branches`: only what happens there, for who does not see every place of the dentist's.
    """
    now = clock.now()
    today = clock.day_of(now)
    seen = None if branches is None else {branch.pk for branch in branches}
    lines, to_sign = (
        [line for line in found if seen is None or line.branch_id in seen]
        for found in (appointments.of_dentist(dentist, today), _unsigned(dentist, today))
    )
    prepared: dict[str, list[treatments.Line]] = defaultdict(list)
    for noted in treatments.noted_in([line.id for line in to_sign]):
        prepared[noted.appointment_uid].append(noted)
    waits = {line.uid for line in to_sign}
    entries = [
        board.entry_of(line, now)
        for line in lines
        if line.outcome not in board.LET_GO and line.uid not in waits
    ]
    return Day(
        date=today,
        to_sign=to_sign,
        coming=[entry for entry in entries if not entry.line.outcome],
        finished=[entry for entry in entries if entry.line.outcome],
        prepared=dict(prepared),
    )


def _unsigned(dentist: Staff, today: dt.date) -> list[Line]:
    """Who was in his chair these days, or left, and has nothing signed by him, or has something
    that was noted for him and waits."""
    own = Treatment.objects.filter(dentist=dentist, appointment__isnull=False)
    signed = own.filter(status=TreatmentStatus.SIGNED).values("appointment")
    noted = own.filter(status=TreatmentStatus.DONE).values("appointment")
    rows = Appointment.objects.filter(
        Q(dentist=dentist) & ~Q(pk__in=signed)
        | Q(pk__in=noted) & (Q(dentist=dentist) | Q(dentist__isnull=True)),
        status__in=[Status.IN_CHAIR, Status.DONE],
        on_date__gte=today - LOOK_BACK,
        on_date__lte=today,
        import_batch__isnull=True,
    )
    return appointments.lines(rows.order_by("during", "id"))


@dataclass(frozen=True)
class Sheet:
    """What the signing page starts from."""

    appointment: Appointment
    entry: board.Entry
    here: list[treatments.Line]  # of this appointment
    history: list[treatments.Line]  # of the patient, the latest first
    plans: list[Episode]

    @property
    def written(self) -> list[treatments.Line]:
        """Noted by somebody at the chair, not signed yet."""
        return [line for line in self.here if line.signed_at is None]

    @property
    def signed(self) -> list[treatments.Line]:
        return [line for line in self.here if line.signed_at is not None]

    def weeks_of(self, plan: Episode | None) -> int | None:
        """The weeks to the next adjustment that were said last in this course."""
        own = [line for line in self.history if plan and line.episode_uid == str(plan.uid)]
        return next((line.revisit_weeks for line in own if line.revisit_weeks), None)

    def plan_of(self, service: Service | None) -> Episode | None:
        """Her open plan of this service: its tooth is the likeliest one today."""
        for plan in self.plans:
            if service is not None and plan.service_id == service.pk:
                return plan
        return None


def sheet(uid: uuid.UUID, *, dentist: Staff | None, branches: Iterable[Branch]) -> Sheet:
    """The visit a dentist signs, or (without one) somebody prepares for her.

    Raises Appointment.DoesNotExist when it is not this dentist's.
    """
    appointment = appointments.get(uid, branches=branches)
    if dentist is not None and appointment.dentist_id not in (None, dentist.pk):
        raise Appointment.DoesNotExist
    line = appointments.lines(Appointment.objects.filter(pk=appointment.pk))[0]
    return Sheet(
        appointment=appointment,
        entry=board.entry_of(line, clock.now()),
        here=treatments.of_appointment(appointment),
        history=treatments.of_patient(appointment.patient),
        plans=treatments.open_plans(appointment.patient),
    )


@transaction.atomic
def sign(
    *,
    appointment: Appointment,
    service: Service,
    dentist: Staff,
    done_at: dt.datetime,
    tooth: int | None = None,
    deep_cavity: bool = False,
    recall_months: int | None = None,
    agreed_value: int | None = None,
    remark: str = "",
    said: courses.Said = courses.NOTHING,
    entry: Treatment | None = None,
) -> Treatment:
    """Write down what was done in this visit and sign it, in one go.

    `entry` was prepared at the chair; without one it is what somebody noted of the same service
    and tooth in this visit. What is said here wins over what was noted. Pressed twice it is one
    treatment: what is signed already is given back as it is.

    A course is signed with its step, `said.stage`.

    Raises ValidationError beside its field, NotPossible.
    """
    courses.must_say(said, service.code)
    before = (
        entry
        or Treatment.objects.filter(
            appointment=appointment, service=service, tooth=tooth, dentist=dentist
        )
        .exclude(status=TreatmentStatus.VOIDED)
        .first()
    )
    facts: dict[str, Any] = {
        "service": service,
        "tooth": tooth,
        "done_at": done_at,
        "deep_cavity": deep_cavity,
        "recall_months": recall_months,
        "agreed_value": agreed_value,
        "remark": remark,
        "said": said,
    }
    if before is not None:
        return treatments.sign(preparing.correct(before, **facts), by=dentist)
    made = treatments.record(
        patient=appointment.patient,
        dentist=dentist,
        branch=appointment.branch,
        appointment=appointment,
        **facts,
    )
    return treatments.sign(made, by=dentist)
