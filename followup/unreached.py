"""The branch's data list: who could not be reached, and why, so that records get better."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from clinics import clock
from clinics.public import Branch
from followup import reasons
from followup.models import Decision, DecisionEnd
from patients.public import names

#: How far back the list looks, from the product's clock.
LOOKS_BACK = dt.timedelta(days=90)
PAGE = 50
UNDELIVERED = "undelivered"


@dataclass(frozen=True)
class Line:
    """One person who was not reached: with what, when, and why."""

    patient_uid: str
    name: str
    branch: str
    title: str
    why: str
    at: dt.datetime


@dataclass(frozen=True)
class Pile:
    """How many stand on the list for one reason."""

    code: str
    name: str
    n: int


def _found(branches: Sequence[Branch], query: str) -> QuerySet[Decision]:
    found = Decision.objects.filter(
        Q(end=DecisionEnd.FAILED) | ~Q(detail=""),
        contact__branch__in=branches,
        decided_at__gt=clock.now() - LOOKS_BACK,
    )
    if query:
        found = found.filter(
            Q(contact__patient__name_key__contains=names.fold(query))
            | Q(contact__patient__external_id=query)
        )
    return found


def _of(found: QuerySet[Decision], code: str) -> QuerySet[Decision]:
    if code == UNDELIVERED:
        return found.exclude(detail="")
    return found.filter(end=DecisionEnd.FAILED, reason=code) if code else found


def piles(branches: Sequence[Branch], *, query: str = "") -> list[Pile]:
    """How many stand on the list, by reason; the largest first."""
    rows = _found(branches, query).values_list("end", "reason").annotate(n=Count("id"))
    counts: dict[str, int] = {}
    for end, reason, n in rows:
        code = reason if end == DecisionEnd.FAILED else UNDELIVERED
        counts[code] = counts.get(code, 0) + n
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return [Pile(code, reasons.short(code), n) for code, n in ordered]


def page(
    branches: Sequence[Branch], *, query: str = "", code: str = "", number: int = 1
) -> tuple[list[Line], bool]:
    """One page of the list, the latest first, and whether there is another."""
    start = (max(number, 1) - 1) * PAGE
    rows = (
        _of(_found(branches, query), code)
        .select_related("contact__patient", "contact__branch", "contact__step")
        .order_by("-decided_at", "-id")[start : start + PAGE + 1]
    )
    listed = [_line(row) for row in rows]
    return listed[:PAGE], len(listed) > PAGE


def _line(row: Decision) -> Line:
    contact, step = row.contact, row.contact.step
    failed = row.end == DecisionEnd.FAILED
    return Line(
        patient_uid=str(contact.patient.uid),
        name=str(contact.patient),
        branch=contact.branch.name,
        title=reasons.title(
            contact.kind, purpose=step.purpose if step else "", day=step.day if step else None
        ),
        why=reasons.short(row.reason) if failed else reasons.unreached(row.detail),
        at=row.decided_at,
    )
