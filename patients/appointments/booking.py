"""Booking, confirming and moving an appointment (docs/patients.md)."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Branch, Chair, Service, Staff, audit, rota
from patients import events
from patients.appointments.slots import away, free_starts, taken
from patients.models import Appointment, Outcome, Patient, Status
from patients.refusals import Clash, NotPossible

#: Cancelling or moving less than this before the start is late (docs/kpi.md, B9).
LATE = dt.timedelta(hours=24)
USUAL_MINUTES = 30
_DOUBLE = {"dentist_not_double", "chair_not_double"}


def start_of(appointment: Appointment) -> dt.datetime:
    """When it begins; of a day without an hour, the first moment of that day."""
    if appointment.during is not None:
        return appointment.during.lower  # type: ignore[no-any-return]
    return clock.day_bounds(appointment.on_date)[0]


@transaction.atomic
def book(
    *,
    patient: Patient,
    branch: Branch,
    start: dt.datetime,
    minutes: int | None = None,
    service: Service | None = None,
    dentist: Staff | None = None,
    chair: Chair | None = None,
    purpose: str = "",
    counts_as_return: bool = False,
    by: Staff | None = None,
    overbook_reason: str = "",
) -> Appointment:
    """Agree a slot. Its length is `minutes`, else the service's usual one, else 30.

    Pressed twice it is one appointment: the same patient, branch, start and dentist give back
    the one that stands. Raises Clash (with the nearest free times) when the dentist or chair has
    somebody then, or the dentist is not there (docs/rota.md), unless `overbook_reason` says why
    it is allowed: that is noted in the audit.
    Raises NotPossible for a day that is over.
    """
    if (same := _standing(patient, branch, start, dentist)) is not None:
        return same
    appointment = _slot(
        patient=patient,
        branch=branch,
        start=start,
        minutes=minutes or (service.duration_min if service else USUAL_MINUTES),
        service=service,
        dentist=dentist,
        chair=chair,
    )
    appointment.purpose = purpose
    appointment.counts_as_return = counts_as_return
    _place(appointment, by=by, overbook_reason=overbook_reason)
    events.appointment_booked.tell(events.AppointmentNews(appointment, by))
    return appointment


def _standing(
    patient: Patient, branch: Branch, start: dt.datetime, dentist: Staff | None
) -> Appointment | None:
    return Appointment.objects.filter(
        patient=patient,
        branch=branch,
        dentist=dentist,
        during__startswith=start,
        outcome__isnull=True,
        voided_at__isnull=True,
    ).first()


def _slot(
    *,
    patient: Patient,
    branch: Branch,
    start: dt.datetime,
    minutes: int,
    service: Service | None,
    dentist: Staff | None,
    chair: Chair | None,
) -> Appointment:
    if minutes <= 0:
        raise NotPossible(_("An appointment lasts at least a few minutes."))
    if clock.day_of(start) < clock.today():
        raise NotPossible(_("That day is over. Choose today or a later day."))
    now = clock.now()
    return Appointment(
        patient=patient,
        branch=branch,
        dentist=dentist,
        chair=chair,
        service=service,
        on_date=clock.day_of(start),
        during=DateTimeTZRange(start, start + dt.timedelta(minutes=minutes)),
        booked_at=now,
        recorded_at=now,
    )


def _place(appointment: Appointment, *, by: Staff | None, overbook_reason: str) -> None:
    """Insert the slot, or say who is in the way, or that the dentist is not there.

    The database has the last word in a race; the rota waits until this has ended (rota.hold).
    """
    if appointment.dentist is not None:
        rota.hold([appointment.dentist])
    in_the_way = taken(appointment)
    not_there = away(appointment)
    if in_the_way and not overbook_reason:
        raise _clash(appointment, in_the_way)
    if not_there and not overbook_reason and appointment.dentist is not None:
        raise _clash(appointment, appointment.dentist.short_name, why=not_there)
    appointment.overbooked = bool(in_the_way)
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
    except IntegrityError as error:
        if _constraint(error) not in _DOUBLE:
            raise
        raise _clash(appointment, taken(appointment)) from error
    if appointment.overbooked or not_there:
        audit.record(
            verb="appointment.overbooked",
            actor=by,
            subject=appointment.uid,
            note=overbook_reason[:300],
        )


def _constraint(error: IntegrityError) -> str:
    diag = getattr(error.__cause__, "diag", None)
    return getattr(diag, "constraint_name", None) or ""


def _clash(wanted: Appointment, in_the_way: str, *, why: str = "taken") -> Clash:
    start = start_of(wanted)
    minutes = int((wanted.during.upper - start).total_seconds() // 60)
    return Clash(
        who=in_the_way or _("Somebody"),
        why=why,
        start=start,
        free=free_starts(
            branch=wanted.branch,
            minutes=minutes,
            dentist=wanted.dentist,
            chair=wanted.chair,
            near=start,
        ),
    )


@transaction.atomic
def confirm(appointment: Appointment, *, by: Staff | None = None) -> Appointment:
    """She said she will come. Twice is the same as once; NotPossible when it has ended."""
    now = clock.now()
    changed = Appointment.objects.filter(
        pk=appointment.pk, status=Status.BOOKED, outcome__isnull=True, voided_at__isnull=True
    ).update(status=Status.CONFIRMED, confirmed_at=now)
    appointment.refresh_from_db()
    if changed:
        events.appointment_confirmed.tell(events.AppointmentNews(appointment, by))
    else:
        refuse_ended(appointment)
    return appointment


@transaction.atomic
def ask_move(appointment: Appointment, wish: str, *, by: Staff | None = None) -> Appointment:
    """She would like another time: somebody has to offer her one. The slot stands meanwhile."""
    wish = " ".join(wish.split())[:200]
    waiting = Appointment.objects.filter(
        pk=appointment.pk,
        status__in=[Status.BOOKED, Status.CONFIRMED],
        outcome__isnull=True,
        voided_at__isnull=True,
    )
    changed = waiting.exclude(move_asked_at__isnull=False, move_wish=wish).update(
        move_asked_at=clock.now(), move_wish=wish
    )
    appointment.refresh_from_db()
    if changed:
        events.move_asked.tell(events.AppointmentNews(appointment, by))
    else:
        refuse_ended(appointment)
    return appointment


@transaction.atomic
def move(
    appointment: Appointment,
    start: dt.datetime,
    *,
    minutes: int | None = None,
    branch: Branch | None = None,
    dentist: Staff | None = None,
    chair: Chair | None = None,
    by: Staff | None = None,
    overbook_reason: str = "",
) -> Appointment:
    """Agree another time instead; what is not said (dentist, chair, length) stays.

    The old one ends as moved, or as moved late when less than 24 h were left. Moved again to the
    same start gives back the new one. Raises Clash, and NotPossible when the old one has ended.
    """
    after = Appointment.objects.filter(moved_from=appointment, voided_at__isnull=True).first()
    if after is not None and start_of(after) == start:
        return after
    old_start = start_of(appointment)
    if start == old_start and dentist is None and chair is None and minutes is None:
        return appointment
    _end_moved(appointment, old_start, by)
    target = branch or appointment.branch
    here = target.pk == appointment.branch_id
    new = _slot(
        patient=appointment.patient,
        branch=target,
        start=start,
        minutes=minutes or _minutes(appointment),
        service=appointment.service,
        dentist=dentist or (appointment.dentist if here else None),
        chair=chair or (appointment.chair if here else None),
    )
    new.purpose = appointment.purpose
    new.counts_as_return = appointment.counts_as_return
    new.moved_from = appointment
    _place(new, by=by, overbook_reason=overbook_reason)
    events.appointment_ended.tell(events.AppointmentNews(appointment, by))
    events.appointment_booked.tell(events.AppointmentNews(new, by))
    events.appointment_moved.tell(events.MoveNews(appointment, new, by))
    return new


def _end_moved(appointment: Appointment, old_start: dt.datetime, by: Staff | None) -> None:
    now = clock.now()
    outcome = Outcome.MOVED if old_start - now >= LATE else Outcome.LATE_MOVE
    changed = Appointment.objects.filter(
        pk=appointment.pk,
        status__in=[Status.BOOKED, Status.CONFIRMED],
        outcome__isnull=True,
        voided_at__isnull=True,
    ).update(outcome=outcome, outcome_at=now)
    appointment.refresh_from_db()
    if not changed:
        refuse_ended(appointment)
        raise NotPossible(_("She is already here; this appointment cannot be moved."))


def _minutes(appointment: Appointment) -> int:
    if appointment.during is None:
        return USUAL_MINUTES
    length = appointment.during.upper - appointment.during.lower
    return int(length.total_seconds() // 60)


def refuse_ended(appointment: Appointment) -> None:
    """Raise NotPossible, saying how, when the appointment has ended."""
    if appointment.voided_at is not None:
        raise NotPossible(_("This appointment was removed."))
    if appointment.outcome is not None:
        raise NotPossible(
            _("This appointment has ended: %(outcome)s.")
            % {"outcome": str(Outcome(appointment.outcome).label).lower()}
        )
