"""Treatments nobody signed: at closing time a task for their dentist, at the next opening the
manager is told (docs/protocols.md, "Not signed"). Part of the due work of the kind "task"."""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction
from django.utils.translation import gettext

from clinics import clock, due
from clinics.public import Staff
from followup import engine, enrolments, tasks
from followup.models import Task, TaskKind
from patients.public import Treatment, treatments


def closing_after(moment: dt.datetime, shift: engine.Shift) -> dt.datetime:
    """When the branch closes next: the same day, else on its next open day."""
    day = clock.day_of(moment)
    if shift.calendar.is_open(day) and moment < clock.at(day, shift.closes):
        return clock.at(day, shift.closes)
    return clock.at(shift.calendar.next_open(day + engine.DAY), shift.closes)


def opening_after(closing: dt.datetime, shift: engine.Shift) -> dt.datetime:
    """When the branch opens after it closed."""
    day = shift.calendar.next_open(clock.day_of(closing) + engine.DAY)
    return clock.at(day, shift.opens)


def watch(treatment: Treatment) -> None:
    """It was recorded: look again when its branch closes."""
    shift = enrolments.shift_of(treatment.branch)
    here = str(connection.schema_name)  # type: ignore[attr-defined]
    due.leave(here, "task", closing_after(treatment.recorded_at, shift))


def _waiting() -> list[tuple[Treatment, dt.datetime, engine.Shift]]:
    """Unsigned treatments without a task, with the closing time they must be signed by."""
    given = Task.objects.filter(kind=TaskKind.UNSIGNED).values("treatment_id")
    shifts: dict[int, engine.Shift] = {}
    found = []
    for row in treatments.unsigned().exclude(pk__in=given):
        if row.branch_id not in shifts:
            shifts[row.branch_id] = enrolments.shift_of(row.branch)
        shift = shifts[row.branch_id]
        found.append((row, closing_after(row.recorded_at, shift), shift))
    return found


@transaction.atomic
def give_due() -> int:
    """A task for the dentist of every treatment that was not signed when its branch closed.
    Returns how many; done again it adds none."""
    now = clock.now()
    late = [
        Task(
            kind=TaskKind.UNSIGNED,
            patient=row.patient,
            branch=row.branch,
            treatment=row,
            role="dentist",
            assignee=row.dentist,
            opened_at=now,
            due_at=opening_after(closing, shift),
            escalate_at=opening_after(closing, shift),
        )
        for row, closing, shift in _waiting()
        if closing <= now
    ]
    return len(Task.objects.bulk_create(late, ignore_conflicts=True))


def settle(treatment: Treatment, *, by: Staff | None) -> None:
    """It is signed, or removed: its task is done."""
    result = gettext("Removed.") if treatment.voided_at else gettext("Signed.")
    for task in Task.objects.filter(treatment=treatment, done_at__isnull=True):
        tasks.done(task, by=by, result=result)


def work_off() -> None:
    """The visit of due work of the kind "task"."""
    give_due()
    tasks.escalate_due()


def next_due() -> dt.datetime | None:
    """When a branch with something unsigned closes, or a task would have to be told of."""
    times = [closing for _row, closing, _shift in _waiting()]
    return min(filter(None, [*times, tasks.next_due()]), default=None)
