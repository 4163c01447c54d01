"""Which times are free: the dentist's, the chair's, within the branch's hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Branch, Chair, Staff, places, rota
from patients.models import Appointment
from patients.models.appointments import FREEING

STEP = dt.timedelta(minutes=30)
_Busy = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Slot:
    """A time that can be booked."""

    start: dt.datetime
    end: dt.datetime


def _holding() -> QuerySet[Appointment]:
    """Appointments that keep their dentist and chair, overbooked ones included."""
    return Appointment.objects.filter(during__isnull=False, voided_at__isnull=True).exclude(
        outcome__in=[str(value) for value in FREEING]
    )


def taken(wanted: Appointment) -> str:
    """Who is in the way of this slot: the dentist's or the chair's name, or ""."""
    near = _holding().filter(during__overlap=wanted.during).exclude(pk=wanted.pk)
    if wanted.dentist is not None and near.filter(dentist=wanted.dentist).exists():
        return wanted.dentist.short_name
    if wanted.chair is not None and near.filter(chair=wanted.chair).exists():
        return _("Chair %(name)s") % {"name": wanted.chair.name}
    return ""


def away(wanted: Appointment) -> str:
    """Why its dentist is not there then: "off" (that day), "away" (no shift then), or ""."""
    if wanted.dentist is None or wanted.during is None:
        return ""
    day = wanted.on_date
    found = rota.presence(wanted.branch, [wanted.dentist], day, day)
    if found.there(wanted.dentist, wanted.during.lower, wanted.during.upper):
        return ""
    return "off" if found.off(wanted.dentist, day) else "away"


def free_slots(
    *,
    branch: Branch,
    minutes: int,
    first_day: dt.date,
    days: int = 7,
    dentist: Staff | None = None,
    chair: Chair | None = None,
    limit: int = 50,
) -> list[Slot]:
    """Free times from `first_day` on, every half hour within the branch's hours and the dentist's
    shifts (docs/rota.md); four statements, without a dentist two.

    Without dentist and chair every hour the branch is open is free.
    """
    begin = clock.day_bounds(first_day)[0]
    end = clock.day_bounds(first_day + dt.timedelta(days=days))[0]
    busy = _busy(begin, end, dentist=dentist, chair=chair)
    closed = places.closed_days([branch.pk])[branch.pk]
    there = (
        rota.presence(branch, [dentist], first_day, first_day + dt.timedelta(days=days - 1))
        if dentist is not None
        else None
    )
    now = clock.now()
    found: list[Slot] = []
    for offset in range(days):
        day = first_day + dt.timedelta(days=offset)
        if places.is_open(branch, day, closed):
            free = _free_on(branch, day, dt.timedelta(minutes=minutes), busy, now)
            found += free if there is None or dentist is None else _within(there, dentist, free)
        if len(found) >= limit:
            break
    return found[:limit]


def _busy(
    begin: dt.datetime, end: dt.datetime, *, dentist: Staff | None, chair: Chair | None
) -> list[_Busy]:
    whose = Q(pk__in=[])
    if dentist is not None:
        whose |= Q(dentist=dentist)
    if chair is not None:
        whose |= Q(chair=chair)
    rows = _holding().filter(whose, during__overlap=DateTimeTZRange(begin, end))
    held = rows.values_list("during", flat=True)
    return sorted((during.lower, during.upper) for during in held if during is not None)


def _free_on(
    branch: Branch, day: dt.date, length: dt.timedelta, busy: Sequence[_Busy], now: dt.datetime
) -> list[Slot]:
    closes = clock.at(day, branch.closes_at)
    start = clock.at(day, branch.opens_at)
    found = []
    while start + length <= closes:
        end = start + length
        if start >= now and not any(low < end and start < high for low, high in busy):
            found.append(Slot(start, end))
        start += STEP
    return found


def _within(there: rota.Presence, dentist: Staff, free: Sequence[Slot]) -> list[Slot]:
    return [slot for slot in free if there.there(dentist, slot.start, slot.end)]


def free_starts(
    *,
    branch: Branch,
    minutes: int,
    near: dt.datetime,
    dentist: Staff | None = None,
    chair: Chair | None = None,
    count: int = 2,
) -> list[dt.datetime]:
    """The free times nearest to one that is taken: later that day first, then the next days."""
    day = max(clock.day_of(near), clock.today())
    slots = free_slots(
        branch=branch, minutes=minutes, first_day=day, days=7, dentist=dentist, chair=chair
    )
    later = [slot.start for slot in slots if slot.start > near]
    earlier = [slot.start for slot in slots if slot.start <= near]
    same_day = [start for start in later if clock.day_of(start) == day][:1]
    next_days = [start for start in later if clock.day_of(start) > day]
    picks = (same_day or earlier[-1:]) + next_days
    return sorted(picks[:count])
