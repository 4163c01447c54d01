"""Sequences: contacts without a treatment behind them, begun, judged by what she does, taken back
(docs/protocols.md, "Missed appointments")."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence as Rows

from django.db import transaction
from django.db.models import Max

from clinics import clock
from followup import absences, contacts, enrolments
from followup.models import Contact, ContactKind, DecisionEnd, Sequence, SequenceKind
from patients.public import Appointment, Outcome, Visit, appointments

#: How a slot must end for its patient to be asked about it.
MISSED = (Outcome.NO_SHOW, Outcome.LATE_CANCEL)
_TEMPLATES = {ContactKind.CARE: "missed_care", ContactKind.OFFER: "missed_offer"}


@transaction.atomic
def missed(slot: Appointment, *, planned: bool) -> list[Contact]:
    """She did not come, or cancelled late: ask after her, offer times, call. `planned` = a care
    plan waits for this visit and asks for it again by itself: then only the first is said."""
    now = clock.now()
    row, _fresh = Sequence.objects.get_or_create(
        appointment=slot,
        defaults={
            "kind": SequenceKind.MISSED,
            "patient_id": slot.patient_id,
            "branch_id": slot.branch_id,
            "t0": _since(slot, now),
            "recorded_at": now,
        },
    )
    whose = enrolments.whose(slot.patient, slot.branch)
    turns = absences.missed(_since(slot, now), now, whose)
    cycle = Contact.objects.filter(sequence=row).aggregate(last=Max("cycle"))["last"]
    return Contact.objects.bulk_create(
        Contact(
            kind=turn.kind,
            patient_id=slot.patient_id,
            branch_id=slot.branch_id,
            sequence=row,
            cycle=0 if cycle is None else cycle + 1,
            template=_TEMPLATES.get(ContactKind(turn.kind), ""),
            planned_for=turn.at,
            due_at=turn.due,
            created_at=now,
        )
        for turn in turns
        if not planned or turn.kind == ContactKind.CARE
    )


def _since(slot: Appointment, now: dt.datetime) -> dt.datetime:
    """From when it counts: the start of the slot, or the moment she cancelled it."""
    if slot.outcome == Outcome.NO_SHOW and slot.during is not None:
        return appointments.start_of(slot)
    return slot.outcome_at or now


@transaction.atomic
def taken_back(slot: Appointment) -> None:
    """The outcome was a mistake: nothing is said about it."""
    own = Contact.objects.filter(sequence__appointment=slot)
    contacts.end(own, end=DecisionEnd.STOPPED, reason="taken_back")
    contacts.withdraw(own)


def over(batch: Rows[Contact]) -> dict[int, str]:
    """Sequence → why nothing more is said: she has booked or come, or a care plan asks for her.
    Three statements for a batch, none without a sequence in it. An appointment only holds back
    what is said about a long absence, as it does for a visit that is wanted."""
    rows = {row.sequence_id: row.sequence for row in batch if row.sequence is not None}
    if not rows:
        return {}
    who = {row.patient_id for row in rows.values() if row}
    booked = set(
        Appointment.objects.filter(
            patient_id__in=who,
            outcome__isnull=True,
            voided_at__isnull=True,
            on_date__gte=clock.today(),
        ).values_list("patient_id", flat=True)
    )
    planned = set(
        contacts.of_plans(row.patient_id for row in rows.values() if row).values_list(
            "patient_id", flat=True
        )
    )
    since = min(clock.day_of(row.t0) for row in rows.values() if row)
    days: dict[int, list[dt.date]] = defaultdict(list)
    visits = Visit.objects.filter(patient_id__in=who, on_date__gte=since, voided_at__isnull=True)
    for patient, day in visits.values_list("patient_id", "on_date"):
        days[patient].append(day)
    found: dict[int, str] = {}
    for key, row in rows.items():
        if row is None or key is None:
            continue
        if any(_is_back(day, row) for day in days[row.patient_id]):
            found[key] = "came"
        elif row.kind == SequenceKind.LAPSED:
            if row.patient_id in planned:
                found[key] = "care_plan"
        elif row.patient_id in booked:
            found[key] = "booked_anew"
    return found


def _is_back(day: dt.date, row: Sequence) -> bool:
    """Whether a visit of this day ends it; a long absence begins with a visit of its own."""
    begin = clock.day_of(row.t0)
    return day > begin if row.kind == SequenceKind.LAPSED else day >= begin


def two_times(contact: Contact) -> list[dt.datetime]:
    """The next two free times with the dentist of the missed slot, on two days, from tomorrow
    on and at the slot's hour or the nearest to it; fewer when fewer are free."""
    slot = contact.sequence.appointment if contact.sequence else None
    if slot is None:
        return []
    hour = clock.local(appointments.start_of(slot)).time() if slot.during else dt.time(9)
    minutes = slot.service.duration_min if slot.service else 30
    free = appointments.free_slots(
        branch=slot.branch,
        minutes=minutes,
        first_day=clock.today() + dt.timedelta(days=1),
        dentist=slot.dentist,
        chair=slot.chair,
        limit=200,
    )
    best: dict[dt.date, dt.datetime] = {}
    for one in free:
        day = clock.day_of(one.start)
        if day not in best or _away(one.start, hour) < _away(best[day], hour):
            best[day] = one.start
    return [best[day] for day in sorted(best)][:2]


def _away(moment: dt.datetime, hour: dt.time) -> int:
    here = clock.local(moment)
    return abs((here.hour - hour.hour) * 60 + here.minute - hour.minute)
