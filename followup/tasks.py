"""Tasks: what a person must do, by when, and who is told if nobody does (docs/protocols.md)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, Count, IntegerField, Min, Q, QuerySet, Value, When

from clinics import clock
from clinics.public import Branch, Staff, alerts
from followup import contacts, engine, enrolments
from followup.models import Contact, Task, TaskKind
from patients.public import Appointment, Patient

#: Who must, by kind.
ROLES = {
    TaskKind.DANGER: "dentist",
    TaskKind.CLINICIAN: "dentist",
}
DESK = "reception"


@transaction.atomic
def give(
    *,
    kind: str,
    patient: Patient,
    branch: Branch,
    contact: Contact | None = None,
    appointment: Appointment | None = None,
    tier: str = "",
    why: str = "",
    assignee: Staff | None = None,
) -> Task:
    """Give a task with its clock to a role. The same contact opens one of a kind while it stands: a
    worse answer then shortens its clock instead."""
    now = clock.now()
    due = now + engine.TIER_CLOCK[tier] if tier else _same_day(branch, now)
    standing = _standing(kind, contact, appointment)
    if standing is not None and standing.done_at is None:
        return worsen(standing, tier=tier, why=why)
    return Task.objects.create(
        kind=kind,
        tier=tier,
        patient=patient,
        branch=branch,
        contact=contact if standing is None else None,  # a contact names one task of a kind
        appointment=appointment,
        role=ROLES.get(TaskKind(kind), DESK),
        assignee=assignee,
        why=why[:300],
        opened_at=now,
        due_at=due,
        escalate_at=due,
    )


def _standing(kind: str, contact: Contact | None, appointment: Appointment | None) -> Task | None:
    found = Task.objects.select_for_update().filter(kind=kind)
    if contact is not None:
        return found.filter(contact=contact).first()
    if appointment is not None:
        return found.filter(appointment=appointment, done_at__isnull=True).first()
    return None


def worsen(task: Task, *, tier: str, why: str) -> Task:
    """The task stands: take the nearer clock, the worse tier and the newer words."""
    now = clock.now()
    due = now + engine.TIER_CLOCK[tier] if tier else _same_day(task.branch, now)
    nearer = due < task.due_at
    task.tier = min(filter(None, (task.tier, tier)), default="")
    task.why = why[:300] or task.why
    if nearer:
        task.due_at, task.escalate_at, task.escalated_at = due, due, None
    task.save(update_fields=["tier", "why", "due_at", "escalate_at", "escalated_at"])
    return task


def _same_day(branch: Branch, now: dt.datetime) -> dt.datetime:
    return engine.same_day(now, enrolments.shift_of(branch))


@transaction.atomic
def done(task: Task, *, by: Staff | None, result: str) -> Task:
    """Close a task with its result. The last danger sign closed lets go what it held back.

    Done twice it keeps the first result.
    """
    row = Task.objects.select_for_update().get(pk=task.pk)
    if row.done_at is None:
        row.done_at, row.done_by, row.result = clock.now(), by, result[:300]
        row.escalate_at = None
        row.save(update_fields=["done_at", "done_by", "result", "escalate_at"])
        if row.kind == TaskKind.DANGER and not danger_of([row.patient_id]):
            contacts.release(contacts.waiting_for(row.patient), reason="danger_open")
    return row


def close_for(appointment: Appointment, *, kind: str, result: str, by: Staff | None) -> None:
    """Close the open tasks of a slot (moved or cancelled by somebody already)."""
    for task in Task.objects.filter(appointment=appointment, kind=kind, done_at__isnull=True):
        done(task, by=by, result=result)


@transaction.atomic
def escalate_due() -> int:
    """Tell the manager of every task that nobody did in time. Returns how many."""
    now = clock.now()
    late = Task.objects.filter(escalate_at__lte=now)
    late.filter(done_at__isnull=False).update(escalate_at=None)
    return late.filter(done_at__isnull=True).update(escalated_at=now, escalate_at=None)


def next_due() -> dt.datetime | None:
    """When the next task would have to be told of."""
    at: dt.datetime | None = Task.objects.filter(escalate_at__isnull=False).aggregate(
        at=Min("escalate_at")
    )["at"]
    return at


@dataclass(frozen=True)
class Dropped:
    """Open tasks whose time is over and which nobody has been given: how many, and since when."""

    n: int
    dangers: int
    oldest: dt.datetime | None


def dropped(branches: Iterable[Branch]) -> Dropped:
    """What nobody does in these branches; what waits for a signature has its own dentist."""
    rows = Task.objects.filter(
        branch__in=branches, done_at__isnull=True, assignee__isnull=True, due_at__lt=clock.now()
    ).exclude(kind=TaskKind.UNSIGNED)
    found = rows.aggregate(
        n=Count("id"), dangers=Count("id", filter=Q(kind=TaskKind.DANGER)), oldest=Min("due_at")
    )
    return Dropped(**found)


_RANK = Case(
    When(kind=TaskKind.DANGER, tier="R1", then=Value(0)),
    When(kind=TaskKind.DANGER, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)


def open_in(branches: Iterable[Branch]) -> QuerySet[Task]:
    """Open tasks of these branches: danger first, then by their clock."""
    return (
        Task.objects.filter(branch__in=branches, done_at__isnull=True)
        .select_related(
            "patient",
            "branch",
            "assignee",
            "appointment",
            "contact__step",
            "contact__sequence__appointment",
            "contact__sequence__dentist",
            "treatment__service",
            "treatment__appointment",
        )
        .order_by(_RANK, "due_at", "id")
    )


def of_role(found: QuerySet[Task], role: str) -> QuerySet[Task]:
    """Of these, what a dentist or the desk must do."""
    return found.filter(role="dentist") if role == "dentist" else found


def get(uid: uuid.UUID | str) -> Task | None:
    """One task by its uid."""
    return Task.objects.select_related("patient", "branch").filter(uid=uid).first()


def danger_of(patient_ids: Iterable[int]) -> dict[int, Task]:
    """The open danger task of each patient who has one; the worst first."""
    rows = (
        Task.objects.filter(
            patient_id__in=list(patient_ids), kind=TaskKind.DANGER, done_at__isnull=True
        )
        .select_related("assignee", "branch")
        .order_by("-due_at")
    )
    return {row.patient_id: row for row in rows}


def left(task: Task, now: dt.datetime) -> str:
    """How much time is left: "36 min left", "5 h left", or how long it is late."""
    return alerts.left(task.due_at, now)
