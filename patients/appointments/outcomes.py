"""The day of an appointment, and the one outcome it ends with (docs/kpi.md, B9).

Nothing is marked by itself: past and without an outcome is "unresolved" and stays on a list.
Every verb compares before it sets, so a button pressed twice, or by two people, does one thing.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Staff
from patients import events, visits
from patients.appointments.booking import LATE, refuse_ended, start_of
from patients.appointments.slots import taken
from patients.models import Appointment, Outcome, Status
from patients.refusals import NotPossible

#: Checked in more than this after the start counts as late.
GRACE = dt.timedelta(minutes=15)
_AWAITED = [Status.BOOKED, Status.CONFIRMED]


def _advance(appointment: Appointment, *, from_status: list[Status], **values: object) -> bool:
    """Set fields if the row still stands in one of these statuses; the instance is read anew."""
    changed = Appointment.objects.filter(
        pk=appointment.pk,
        status__in=from_status,
        outcome__isnull=True,
        voided_at__isnull=True,
    ).update(**values)
    appointment.refresh_from_db()
    return bool(changed)


@transaction.atomic
def check_in(appointment: Appointment, *, by: Staff | None = None) -> Appointment:
    """She has come and waits. On her day or, written down later, with the agreed time.

    Twice is the same as once. NotPossible before her day and after it ended.
    """
    if appointment.on_date > clock.today():
        raise NotPossible(
            _("This appointment is on %(day)s.") % {"day": f"{appointment.on_date:%d/%m/%Y}"}
        )
    here_at = clock.now() if appointment.on_date == clock.today() else start_of(appointment)
    if _advance(appointment, from_status=_AWAITED, status=Status.CHECKED_IN, checked_in_at=here_at):
        news = events.AppointmentNews(appointment, by)
        visits.settle(patient=appointment.patient, day=appointment.on_date, by=by)
        events.appointment_checked_in.tell(news)
    else:
        refuse_ended_unless(appointment, came=True)
    return appointment


@transaction.atomic
def seat(appointment: Appointment, *, by: Staff | None = None) -> Appointment:
    """She is asked in. Twice is the same as once; NotPossible when she has not checked in."""
    if _advance(
        appointment,
        from_status=[Status.CHECKED_IN],
        status=Status.IN_CHAIR,
        in_chair_at=clock.now(),
    ):
        return appointment
    refuse_ended_unless(appointment, came=True)
    if appointment.status in _AWAITED:
        raise NotPossible(_("She has not been checked in yet."))
    return appointment


@transaction.atomic
def done(appointment: Appointment, *, by: Staff | None = None) -> Appointment:
    """The visit is over: on time, or late when she checked in more than 15 minutes after the start.

    Twice is the same as once; NotPossible when she has not checked in.
    """
    now = clock.now()
    appointment.refresh_from_db()
    outcome = Outcome.ON_TIME
    if appointment.during is not None and appointment.checked_in_at is not None:
        late = appointment.checked_in_at - start_of(appointment) > GRACE
        outcome = Outcome.LATE if late else Outcome.ON_TIME
    if _advance(
        appointment,
        from_status=[Status.CHECKED_IN, Status.IN_CHAIR],
        status=Status.DONE,
        outcome=outcome,
        outcome_at=now,
        done_at=now,
    ):
        events.appointment_ended.tell(events.AppointmentNews(appointment, by))
        return appointment
    refuse_ended_unless(appointment, came=True)
    if appointment.status in _AWAITED:
        raise NotPossible(_("She has not been checked in yet."))
    return appointment


def refuse_ended_unless(appointment: Appointment, *, came: bool) -> None:
    """Raise NotPossible for an ended appointment, but not for the end that was asked for."""
    if came and appointment.outcome in (Outcome.ON_TIME, Outcome.LATE):
        return
    refuse_ended(appointment)


@transaction.atomic
def cancel(
    appointment: Appointment,
    reason: str,
    *,
    by_clinic: bool = False,
    by: Staff | None = None,
) -> Appointment:
    """She will not come (or, `by_clinic`, we cannot receive her); the slot is free again.

    At least 24 h before the start it is cancelled in time, later it is a late cancellation.
    Twice is the same as once; NotPossible once she has come.
    """
    now = clock.now()
    if by_clinic:
        outcome = Outcome.CLINIC_CANCELLED
    else:
        in_time = start_of(appointment) - now >= LATE
        outcome = Outcome.CANCELLED if in_time else Outcome.LATE_CANCEL
    if _advance(
        appointment,
        from_status=_AWAITED,
        outcome=outcome,
        outcome_at=now,
        reason=" ".join(reason.split())[:200],
    ):
        events.appointment_ended.tell(events.AppointmentNews(appointment, by))
        return appointment
    if appointment.outcome in (
        Outcome.CANCELLED,
        Outcome.LATE_CANCEL,
        Outcome.CLINIC_CANCELLED,
    ):
        return appointment
    refuse_ended(appointment)
    raise NotPossible(_("She is already here; this appointment cannot be cancelled."))


@transaction.atomic
def miss(appointment: Appointment, *, by: Staff | None = None) -> Appointment:
    """She did not come. Only after the start; twice is the same as once."""
    now = clock.now()
    if start_of(appointment) > now:
        raise NotPossible(_("It is not her time yet."))
    if _advance(appointment, from_status=_AWAITED, outcome=Outcome.NO_SHOW, outcome_at=now):
        events.appointment_ended.tell(events.AppointmentNews(appointment, by))
        return appointment
    if appointment.outcome == Outcome.NO_SHOW:
        return appointment
    refuse_ended(appointment)
    raise NotPossible(_("She is already here."))


@transaction.atomic
def undo_outcome(appointment: Appointment, *, by: Staff | None = None) -> Appointment:
    """Take back how it ended; it stands as it did before. A moved one cannot be taken back.

    NotPossible when somebody else has the slot by now.
    """
    appointment.refresh_from_db()
    if appointment.outcome is None:
        return appointment
    if appointment.outcome in (Outcome.MOVED, Outcome.LATE_MOVE):
        raise NotPossible(_("It was moved. Move the new appointment instead."))
    try:
        with transaction.atomic():
            changed = Appointment.objects.filter(
                pk=appointment.pk, outcome=appointment.outcome
            ).update(
                outcome=None,
                outcome_at=None,
                done_at=None,
                reason="",
                status=_status_before(appointment),
            )
    except IntegrityError as error:
        raise NotPossible(
            _("%(who)s has another patient in this slot by now.") % {"who": taken(appointment)}
        ) from error
    appointment.refresh_from_db()
    if changed:
        events.appointment_reopened.tell(events.AppointmentNews(appointment, by))
    return appointment


def _status_before(appointment: Appointment) -> Status:
    if appointment.in_chair_at is not None:
        return Status.IN_CHAIR
    if appointment.checked_in_at is not None:
        return Status.CHECKED_IN
    return Status.CONFIRMED if appointment.confirmed_at is not None else Status.BOOKED
