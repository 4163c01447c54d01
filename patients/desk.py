"""What the desk does in one go: a new patient and her first appointment, all or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from clinics import clock
from clinics.public import Branch, Service, Staff, places
from patients import appointments, courses, guardians, people, treatments
from patients.appointments import Line, Slot
from patients.models import (
    Appointment,
    BasisKind,
    Channel,
    Episode,
    Language,
    Patient,
    Purpose,
)


@dataclass(frozen=True)
class Newcomer:
    """Who is written down while booking. `may_write`: she knows that we write about her care."""

    full_name: str
    phone: str
    salutation: str
    may_write: bool
    source: str = ""
    language: str = Language.VI


def register(who: Newcomer, *, branch: Branch, by: Staff) -> Patient:
    """Write down a new patient, with the basis for care messages she was told of.

    Raises ValidationError beside its field: full_name, phone.
    """
    return people.register(
        branch=branch,
        full_name=who.full_name,
        phone=who.phone,
        salutation=who.salutation,
        source=who.source,
        language=who.language,
        basis=BasisKind.CARE_RELATION if who.may_write else None,
        text_version=places.profile().care_basis_text,
        by=by,
    )


@transaction.atomic
def book(
    *,
    who: Patient | Newcomer,
    branch: Branch,
    start: dt.datetime,
    service: Service | None,
    dentist: Staff | None,
    purpose: str,
    counts_as_return: bool,
    by: Staff,
    overbook_reason: str = "",
) -> Appointment:
    """Book for a patient, or for somebody new; when the slot is taken nobody is written down.

    Raises ValidationError beside its field (new patient), Clash, NotPossible.
    """
    patient = register(who, branch=branch, by=by) if isinstance(who, Newcomer) else who
    return appointments.book(
        patient=patient,
        branch=branch,
        start=start,
        service=service,
        dentist=dentist,
        purpose=purpose,
        counts_as_return=counts_as_return,
        by=by,
        overbook_reason=overbook_reason,
    )


def reached(patient: Patient) -> str:
    """Whether she, or who speaks for her, gets our care messages: "" when so, else why not.

    Codes: refused, no_basis, of_age, no_phone.
    """
    through = guardians.receivers([patient.pk])
    verdicts = guardians.verdicts([patient.pk], Purpose.CARE, through)[patient.pk]
    written = [verdicts[channel] for channel in (Channel.ZALO, Channel.SMS)]
    if not any(verdict.allowed for verdict in written):
        return written[0].reason
    has_phone = bool(through) or any(point.can_sms for point in people.points(patient))
    return "" if has_phone else "no_phone"


def told(patient: Patient) -> str:
    """Who gets our messages about this patient, as she is spoken to, with a capital letter."""
    to = guardians.receivers([patient.pk]).get(patient.pk)
    called = people.called(to.patient if to else patient)
    return called[:1].upper() + called[1:]


@dataclass(frozen=True)
class Wanted:
    """A plan that is open while she has no appointment, and when its dentist is free."""

    plan: Episode
    dentist: Staff
    slots: list[Slot]


#: Appointments a page shows beside the next one; the thread has them all.
PAST_SHOWN = 6


@dataclass(frozen=True)
class Overview:
    """What the page of a patient shows beside her thread."""

    done: list[treatments.Line]
    plans: list[Episode]
    progress: dict[str, courses.Progress]  # of braces, by their plan
    next: Line | None
    past: list[Line]  # the other appointments, the latest first
    wanted: Wanted | None


def overview(patient: Patient) -> Overview:
    """Her treatments, plans and appointments; as many statements for 50 as for 1."""
    done = treatments.of_patient(patient)
    plans = treatments.open_plans(patient)
    following = appointments.next_of(patient)
    slots = appointments.of_patient(patient, limit=PAST_SHOWN + 1)
    return Overview(
        done=done,
        plans=plans,
        progress=_progress(plans, done),
        next=following,
        past=[slot for slot in slots if slot != following][:PAST_SHOWN],
        wanted=None if following or not plans else _wanted(plans[0], done),
    )


def _progress(
    plans: Iterable[Episode], done: Iterable[treatments.Line]
) -> dict[str, courses.Progress]:
    """How far her courses of braces are, where their dentist said how long; no statement."""
    bonded = [line for line in done if line.planned_months]  # the latest first
    found: dict[str, courses.Progress] = {}
    for plan in plans:
        last = next((line for line in bonded if line.episode_uid == str(plan.uid)), None)
        if last is not None and last.planned_months:
            began = clock.day_of(last.done_at)
            found[str(plan.uid)] = courses.progress(began, clock.today(), last.planned_months)
    return found


def _wanted(plan: Episode, done: Iterable[treatments.Line]) -> Wanted | None:
    """Three near times of the dentist who did the last treatment of the plan."""
    latest = plan.treatment_set.select_related("dentist").order_by("-done_at").first()
    if latest is None or not latest.dentist.is_active:
        return None
    free = appointments.free_slots(
        branch=plan.branch,
        minutes=plan.service.duration_min,
        first_day=clock.today() + dt.timedelta(days=1),
        days=14,
        dentist=latest.dentist,
        limit=200,
    )
    return Wanted(plan, latest.dentist, _one_a_day(free)[:3])


def _one_a_day(slots: Iterable[Slot]) -> list[Slot]:
    """The first slot from the middle of the morning on, one for each day."""
    by_day: dict[dt.date, Slot] = {}
    for slot in slots:
        day = clock.day_of(slot.start)
        if day not in by_day or clock.local(by_day[day].start).hour < 9:
            by_day[day] = slot
    return list(by_day.values())
