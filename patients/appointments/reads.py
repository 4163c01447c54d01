"""Lists of appointments, joined with all a page shows: as many statements for 50 as for 1."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from clinics import clock
from clinics.public import Branch, Staff
from patients import names, phones
from patients.models import (
    Appointment,
    Outcome,
    Patient,
    PatientContactPoint,
    Status,
    Treatment,
    TreatmentStatus,
)


@dataclass(frozen=True)
class Line:
    """One appointment with everything a list, a calendar or the waiting room shows.

    `start` and `end` are None when only the day is known. `unresolved` = past, no outcome.
    `waiting_since` is set while she waits. `phone` is masked.
    """

    id: int
    uid: str
    patient_id: int
    patient_uid: str
    name: str
    called: str
    title: str  # "chị Nguyễn Thị Thu Trang"
    initials: str
    phone: str
    branch_id: int
    branch: str
    on_date: dt.date
    start: dt.datetime | None
    end: dt.datetime | None
    dentist_uid: str
    dentist: str
    chair_uid: str
    chair: str
    service: str
    purpose: str
    status: str
    status_label: str
    outcome: str
    outcome_label: str
    reason: str
    overbooked: bool
    unresolved: bool
    move_asked_at: dt.datetime | None
    move_wish: str
    waiting_since: dt.datetime | None
    first_visit: bool
    counts_as_return: bool


def joined(rows: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Live appointments with what `line` reads, in one statement."""
    phone = PatientContactPoint.objects.filter(
        patient=OuterRef("patient"), ended_at__isnull=True, contact_point__kind="phone"
    ).order_by("position", "id")
    earlier = Appointment.objects.filter(
        patient=OuterRef("patient"),
        outcome__in=[Outcome.ON_TIME, Outcome.LATE],
        on_date__lt=OuterRef("on_date"),
        voided_at__isnull=True,
    )
    return (
        rows.filter(voided_at__isnull=True)
        .select_related("patient", "branch", "dentist", "chair", "service")
        .annotate(
            first_phone=Subquery(phone.values("contact_point__value")[:1]),
            came_before=Subquery(earlier.values("id")[:1]),
        )
    )


def line(row: Appointment, now: dt.datetime) -> Line:
    """What a page shows of an appointment read by `joined`."""
    patient = row.patient
    given = patient.given_name
    past = (row.during.upper if row.during else clock.day_bounds(row.on_date)[1]) <= now
    return Line(
        id=row.pk,
        uid=str(row.uid),
        patient_id=patient.pk,
        patient_uid=str(patient.uid),
        name=str(patient),
        called=f"{patient.salutation or 'anh/chị'} {given}" if given else str(patient),
        title=f"{patient.salutation} {patient}".strip(),
        initials=names.initials(patient.full_name),
        phone=phones.masked(row.first_phone or ""),  # type: ignore[attr-defined]
        branch_id=row.branch_id,
        branch=row.branch.name,
        on_date=row.on_date,
        start=row.during.lower if row.during else None,
        end=row.during.upper if row.during else None,
        dentist_uid=str(row.dentist.uid) if row.dentist else "",
        dentist=row.dentist.short_name if row.dentist else "",
        chair_uid=str(row.chair.uid) if row.chair else "",
        chair=row.chair.name if row.chair else "",
        service=row.service.name if row.service else "",
        purpose=row.purpose,
        status=row.status,
        status_label=str(Status(row.status).label),
        outcome=row.outcome or "",
        outcome_label=str(Outcome(row.outcome).label) if row.outcome else "",
        reason=row.reason,
        overbooked=row.overbooked,
        unresolved=past and row.outcome is None and row.status in _AWAITED,
        move_asked_at=row.move_asked_at,
        move_wish=row.move_wish,
        waiting_since=row.checked_in_at if row.status == Status.CHECKED_IN else None,
        first_visit=row.came_before is None,  # type: ignore[attr-defined]
        counts_as_return=row.counts_as_return,
    )


_AWAITED = (Status.BOOKED, Status.CONFIRMED)


def lines(rows: QuerySet[Appointment], limit: int | None = None) -> list[Line]:
    """These appointments as pages show them; one statement."""
    now = clock.now()
    return [line(row, now) for row in joined(rows)[:limit]]


def day(branch: Branch, date: dt.date) -> list[Line]:
    """A branch's day by the hour, ended ones included; one statement."""
    return lines(Appointment.objects.filter(branch=branch, on_date=date).order_by("during", "id"))


def between(
    branch: Branch, first: dt.date, last: dt.date, *, dentist: Staff | None = None
) -> list[Line]:
    """A branch's days from first to last, of one dentist when one is named; one statement."""
    rows = Appointment.objects.filter(branch=branch, on_date__range=(first, last))
    if dentist is not None:
        rows = rows.filter(dentist=dentist)
    return lines(rows.order_by("on_date", "during", "id"))


def of_dentist(dentist: Staff, date: dt.date) -> list[Line]:
    """A dentist's own day, in every branch; one statement."""
    return lines(Appointment.objects.filter(dentist=dentist, on_date=date).order_by("during", "id"))


def of_patient(patient: Patient, *, limit: int = 200) -> list[Line]:
    """Her appointments, the latest first; one statement."""
    rows = Appointment.objects.filter(patient=patient).order_by("-on_date", "-during", "-id")
    return lines(rows, limit)


def get(uid: UUID | str, *, branches: Iterable[Branch]) -> Appointment:
    """One appointment of these branches. Raises Appointment.DoesNotExist."""
    return Appointment.objects.select_related(
        "patient", "branch", "dentist", "chair", "service"
    ).get(uid=uid, voided_at__isnull=True, branch__in=branches)


def line_of(uid: uuid.UUID | str, *, branches: Iterable[Branch]) -> Line:
    """One appointment of these branches as pages show it. Raises Appointment.DoesNotExist."""
    found = lines(Appointment.objects.filter(uid=uid, branch__in=branches))
    if not found:
        raise Appointment.DoesNotExist
    return found[0]


def untreated(patient: Patient, *, limit: int = 200) -> list[Line]:
    """Her appointments in which nothing stands as done, the latest first; one statement."""
    treated = Treatment.objects.filter(appointment=OuterRef("pk")).exclude(
        status=TreatmentStatus.VOIDED
    )
    rows = Appointment.objects.filter(~Exists(treated), patient=patient)
    return lines(rows.order_by("-on_date", "-during", "-id"), limit)


def next_of(patient: Patient) -> Line | None:
    """Her next appointment as pages show it: the first that still stands; one statement."""
    rows = Appointment.objects.filter(
        patient=patient, outcome__isnull=True, on_date__gte=clock.today()
    )
    return next(iter(lines(rows.order_by("on_date", "during", "id"), limit=1)), None)


def open_for(patient: Patient, purpose: str | None = None) -> Appointment | None:
    """Her next appointment that still stands, of this purpose when one is named."""
    rows = Appointment.objects.filter(
        patient=patient,
        outcome__isnull=True,
        voided_at__isnull=True,
        on_date__gte=clock.today(),
    )
    if purpose is not None:
        rows = rows.filter(purpose=purpose)
    return rows.select_related("branch", "dentist").order_by("on_date", "during", "id").first()


def _unresolved(branches: Iterable[Branch]) -> QuerySet[Appointment]:
    now = clock.now()
    return Appointment.objects.filter(
        Q(during__endswith__lte=now) | Q(during__isnull=True, on_date__lt=clock.today()),
        branch__in=branches,
        on_date__lte=clock.today(),
        outcome__isnull=True,
        status__in=[Status.BOOKED, Status.CONFIRMED],
        voided_at__isnull=True,
    )


def unresolved(branches: Iterable[Branch], *, limit: int = 100) -> list[Line]:
    """Past and nobody said how it ended: the list to settle, oldest first; one statement."""
    return lines(_unresolved(branches).order_by("on_date", "during", "id"), limit)


def inside(branch: Branch, *, limit: int = 100) -> list[Line]:
    """Checked in and not over yet, up to today, the oldest first; one statement."""
    rows = Appointment.objects.filter(
        branch=branch,
        on_date__lte=clock.today(),
        outcome__isnull=True,
        status__in=[Status.CHECKED_IN, Status.IN_CHAIR],
        voided_at__isnull=True,
    )
    return lines(rows.order_by("on_date", "during", "id"), limit)


def count_unresolved(branches: Iterable[Branch]) -> int:
    return _unresolved(branches).count()
