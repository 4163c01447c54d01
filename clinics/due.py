"""What is due, and where: one read for all clinics, a visit only where something waits.

Every kind of wait registers two callables here. Its visit runs inside the clinic and does
all the work that is due now, in transactions of its own; its `next_due` says when more will
be. See docs/decisions/due-hints.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django_tenants.utils import schema_context

from clinics import acting, clock, sql
from clinics.registry.models import Clinic, DueHint

log = structlog.get_logger(__name__)

#: In the order in which one clinic's work is done: what is heard, decided, said, counted, sealed.
#: Looking after accounts asks providers, who may be slow: nobody's message waits for that.
ORDER = (
    "inbound", "task", "lapsed", "contact", "outbox", "talks", "alert", "account", "kpi", "audit",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """How one kind of due work is done, and when there will be more of it."""

    visit: Callable[[], None]
    next_due: Callable[[], dt.datetime | None]


_kinds: dict[str, Kind] = {}


def register(
    kind: str, visit: Callable[[], None], next_due: Callable[[], dt.datetime | None]
) -> None:
    """Name the work of a kind (an app's apps.py does this in `ready`)."""
    if kind not in ORDER:
        raise ValueError(f"{kind!r} has no place in the order of work")
    _kinds[kind] = Kind(visit, next_due)


@dataclass(frozen=True, order=True)
class Due:
    """A clinic with something due, and the hints that say so."""

    schema: str
    place: int
    kind: str
    hints: tuple[int, ...]


def due_now(schema: str | None = None) -> list[Due]:
    """Clinics with due work, by kind: one statement, whatever the number of clinics."""
    hints = DueHint.objects.filter(due_at__lte=clock.now(), kind__in=_kinds)
    if schema is not None:
        hints = hints.filter(schema=schema)
    rows = hints.values("schema", "kind").annotate(hints=ArrayAgg("id"))
    return sorted(
        Due(row["schema"], ORDER.index(row["kind"]), row["kind"], tuple(row["hints"]))
        for row in rows
    )


def visit(due: Due) -> bool:
    """Do a clinic's due work of one kind, then forget the hints that asked for it.

    What remains is looked up after the forgetting and in the same transaction, so a hint
    that came in meanwhile is never lost. False when another process is at this work.
    """
    with sql.advisory_lock(f"due:{due.schema}:{due.kind}") as mine:
        if not mine:
            return False
        kind = _kinds[due.kind]
        with schema_context(due.schema):
            with acting.within("task"):
                kind.visit()
            with transaction.atomic():
                sql.forget_hints(due.hints)
                leave(due.schema, due.kind, kind.next_due())
    return True


def leave(schema: str, kind: str, due_at: dt.datetime | None) -> None:
    """Leave a hint by hand, unless an earlier one stands already."""
    if due_at is not None:
        sql.leave_hint(schema, kind, due_at)


def knock(schema: str, kind: str) -> None:
    """Leave a hint for now whatever stands, so that what this transaction changes is looked at
    after it is committed, not by a visit that is under way."""
    with schema_context("public"):
        DueHint.objects.create(schema=schema, kind=kind, due_at=clock.now())


def work_off(schema: str, rounds: int = 20, *, leave_out: Collection[str] = ()) -> int:
    """Visit one clinic until nothing is due there. Returns the number of visits.

    `leave_out`: kinds of work that may wait for a later call.
    """
    visits = 0
    for _ in range(rounds):
        tried: set[str] = set()
        # Looked up anew after each visit: what it left for a kind that has yet to come is seen.
        while waiting := _next(schema, {*leave_out, *tried}):
            tried.add(waiting.kind)
            visits += visit(waiting)
        if not tried:
            break
    return visits


def _next(schema: str, leave_out: Collection[str]) -> Due | None:
    return next((due for due in due_now(schema) if due.kind not in leave_out), None)


def repair() -> int:
    """Leave the hints that are missing, for every clinic and kind (nightly). Returns visits."""
    schemas = [clinic.schema_name for clinic in Clinic.objects.filter(ready_at__isnull=False)]
    for schema in schemas:
        for name, kind in _kinds.items():
            with schema_context(schema):
                later = kind.next_due()
            leave(schema, name, later)
    return len(schemas)
