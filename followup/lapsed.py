"""Who has not come for half a year and is expected by nobody: gently invited, then called, then
once a year (docs/protocols.md, "Long away"). The due work of the kind "lapsed", each morning."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from clinics import clock
from clinics.public import Branch
from followup import absences, contacts, engine, enrolments, sql
from followup.models import Contact, ContactKind, DecisionEnd, Sequence, SequenceKind
from patients.public import Patient, Visit

#: The look each morning, before anybody may be written to.
LOOK_AT = dt.time(6)
#: People of one branch who are taken up a day, the latest to lapse first: the desk has to answer.
A_DAY = 30
TEMPLATE = "recall"


def next_due() -> dt.datetime | None:
    """The next morning, in a clinic that has visits."""
    if not Visit.objects.exists():
        return None
    now = clock.now()
    today = clock.at(clock.day_of(now), LOOK_AT)
    return today if now < today else clock.at(clock.day_of(now) + engine.DAY, LOOK_AT)


@transaction.atomic
def look() -> None:
    """Begin with everybody who has lapsed; done again it adds nobody."""
    now = clock.now()
    begun = _begin(sql.lapsed(absences.lapsed_before(clock.day_of(now)), A_DAY), now)
    whose = _whose(begun)
    Contact.objects.bulk_create(
        _contact(row, turn, now)
        for row in begun
        for turn in absences.lapsed(clock.day_of(row.t0), now, whose[row.patient_id])
    )


def _begin(found: list[sql.Lapsed], now: dt.datetime) -> list[Sequence]:
    """Their sequences; the database lets one absence have one."""
    return Sequence.objects.bulk_create(
        Sequence(
            kind=SequenceKind.LAPSED,
            patient_id=one.patient_id,
            branch_id=one.branch_id,
            dentist_id=one.dentist_id,
            t0=one.last_at,
            recorded_at=now,
        )
        for one in found
    )


def _whose(begun: list[Sequence]) -> dict[int, engine.Whose]:
    """Each patient's hour and her branch's calendar; three statements."""
    branches = Branch.objects.filter(pk__in={row.branch_id for row in begun})
    calendars = enrolments.calendars(branches)
    hours = dict(
        Patient.objects.filter(pk__in=[row.patient_id for row in begun]).values_list(
            "pk", "preferred_hour"
        )
    )
    return {
        row.patient_id: engine.Whose(
            engine.sayable_hour(hours[row.patient_id]), calendars[row.branch_id]
        )
        for row in begun
    }


def _contact(row: Sequence, turn: absences.Turn, now: dt.datetime) -> Contact:
    return Contact(
        kind=turn.kind,
        patient_id=row.patient_id,
        branch_id=row.branch_id,
        sequence=row,
        cycle=turn.cycle,
        template=TEMPLATE if turn.kind == ContactKind.INVITE else "",
        planned_for=turn.at,
        due_at=turn.due,
        created_at=now,
    )


def came(visit: Visit) -> None:
    """She is back: nothing more is said about her absence."""
    waiting = contacts.waiting_for(visit.patient).filter(sequence__kind=SequenceKind.LAPSED)
    contacts.end(waiting, end=DecisionEnd.STOPPED, reason="came")


def next_year(said: list[Contact]) -> None:
    """After the last contact of a row that has not brought her back: one more, a year later."""
    now = clock.now()
    for row in said:
        away = row.sequence
        if away is None or away.kind != SequenceKind.LAPSED:
            continue
        if not absences.is_last(row.kind, row.cycle):
            continue
        whose = enrolments.whose(row.patient, row.branch)
        turn = absences.a_year_later(clock.day_of(now), whose, row.cycle)
        Contact.objects.bulk_create([_contact(away, turn, now)], ignore_conflicts=True)
