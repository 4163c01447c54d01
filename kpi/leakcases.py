"""Cases of leaked data: what was found, what somebody said of it, and why (docs/kpi.md)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import ngettext, pgettext

from clinics import clock
from clinics.public import Role, Staff
from kpi.models import ChainCheck, LeakCase, LeakKind, LeakRecord, LeakVerdict, Verdict
from kpi.stock import LOSSES

PAGE = 50
#: The list looks so far back.
LOOKS_BACK = dt.timedelta(days=90)


class NotHers(Exception):
    """A manager does not judge what she did herself."""


@dataclass(frozen=True)
class Said:
    """One verdict of a case."""

    verdict: str
    reason: str
    by: str
    at: dt.datetime

    @property
    def words(self) -> str:
        if self.verdict == Verdict.CONFIRMED:
            return pgettext("leak", "Confirmed")
        return pgettext("leak", "It was right")


@dataclass(frozen=True)
class Case:
    """A case as a list shows it. `state`: pending, confirmed, dismissed, lost."""

    uid: str
    kind: str
    state: str
    who: str
    actor_id: int | None
    actor_uid: str
    at: dt.datetime
    until: dt.datetime
    off_hours: bool
    records: int
    said: Sequence[Said] = ()

    @property
    def title(self) -> str:
        """What happened, with its count."""
        words = {
            LeakKind.BULK_READ: ngettext(
                "%(n)s record opened in a few minutes", "%(n)s records opened in a few minutes",
                self.records,
            ),
            LeakKind.CROSS_BRANCH: ngettext(
                "%(n)s record of another branch seen", "%(n)s records of other branches seen",
                self.records,
            ),
            LeakKind.EXPORT: ngettext(
                "%(n)s record taken out as a file", "%(n)s records taken out as a file",
                self.records,
            ),
            LeakKind.DELETED: ngettext(
                "%(n)s record with something deleted", "%(n)s records with something deleted",
                self.records,
            ),
            LeakKind.VOIDED: ngettext(
                "%(n)s record voided without a reason", "%(n)s records voided without a reason",
                self.records,
            ),
            LeakKind.IDENTITY: ngettext(
                "%(n)s record with another name written over it",
                "%(n)s records with another name written over them",
                self.records,
            ),
            LeakKind.CONTACT: ngettext(
                "%(n)s record whose last number was taken away",
                "%(n)s records whose last number was taken away",
                self.records,
            ),
        }[LeakKind(self.kind)]  # fmt: skip
        return words % {"n": self.records}

    @property
    def why(self) -> str:
        """Who and when: "tài khoản Lê Diễm, 21:40–21:49 16/11, ngoài giờ mở cửa"."""
        begin, end = clock.local(self.at), clock.local(self.until)
        span = f"{begin:%H:%M}"
        if f"{end:%H:%M}" != span:
            span += f"–{end:%H:%M}"
        said = [self.who or pgettext("leak", "past the product, without a name")]
        said.append(f"{span} {begin:%d/%m/%Y}")
        if self.off_hours:
            said.append(pgettext("leak", "outside opening hours"))
        return ", ".join(said)

    @property
    def state_said(self) -> str:
        return {
            "pending": pgettext("leak", "To be looked into"),
            "confirmed": pgettext("leak", "Confirmed"),
            "dismissed": pgettext("leak", "It was right"),
            "lost": pgettext("leak", "Counted as lost"),
        }[self.state]

    @property
    def is_open(self) -> bool:
        """Whether nobody has said yet what it was."""
        return self.state in ("pending", "lost") and not self.said

    @property
    def is_loss(self) -> bool:
        return self.kind in LOSSES


def state_of(kind: str, last: str) -> str:
    """How a case stands by its last verdict."""
    if last == Verdict.DISMISSED:
        return "dismissed"
    if kind in LOSSES:
        return "lost"
    return "confirmed" if last == Verdict.CONFIRMED else "pending"


def cases() -> list[Case]:
    """Those of the last 90 days, the ones nobody has judged first; three statements."""
    rows = LeakCase.objects.filter(happened_at__gte=clock.now() - LOOKS_BACK)
    found = _read(list(rows.select_related("actor").order_by("-happened_at", "-id")))
    return sorted(found, key=lambda case: not case.is_open)


def waiting() -> list[Case]:
    """Those of the last 30 days nobody has judged, the latest first."""
    limit = clock.now() - dt.timedelta(days=30)
    return [case for case in cases() if case.is_open and case.at >= limit]


def get(uid: uuid.UUID) -> Case | None:
    """One case by its uid."""
    return next(iter(_read(list(LeakCase.objects.filter(uid=uid).select_related("actor")))), None)


def _read(rows: Sequence[LeakCase]) -> list[Case]:
    ids = [row.pk for row in rows]
    counts = dict(
        LeakRecord.objects.filter(case__in=ids).values_list("case").annotate(n=Count("id"))
    )
    said = _said(ids)
    return [
        Case(
            uid=str(row.uid),
            kind=row.kind,
            state=state_of(row.kind, said[row.pk][-1].verdict if row.pk in said else ""),
            who=str(row.actor or ""),
            actor_id=row.actor_id,
            actor_uid=str(row.actor.uid) if row.actor else "",
            at=row.happened_at,
            until=row.until_at,
            off_hours=row.off_hours,
            records=counts.get(row.pk, 0),
            said=said.get(row.pk, ()),
        )
        for row in rows
    ]


def _said(ids: Sequence[int]) -> Mapping[int, list[Said]]:
    found: dict[int, list[Said]] = {}
    rows = LeakVerdict.objects.filter(case__in=ids).select_related("by").order_by("at", "id")
    for row in rows:
        found.setdefault(row.case_id, []).append(Said(row.verdict, row.reason, str(row.by), row.at))
    return found


@dataclass(frozen=True)
class Touched:
    """A record of a case."""

    uid: str
    name: str
    salutation: str
    branch: str


def records(case: Case, *, page: int = 1) -> list[Touched]:
    """A page of the records of a case by name; who was deleted stands without one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(p.uid::text, ''), coalesce(nullif(p.full_name, ''),"
            " '#' || p.external_id, ''), coalesce(p.salutation, ''), coalesce(b.name, '')"
            " FROM kpi_leakrecord r JOIN kpi_leakcase c ON c.id = r.case_id AND c.uid = %s"
            " LEFT JOIN patients_patient p ON p.id = r.patient_id"
            " LEFT JOIN clinics_branch b ON b.id = p.branch_id"
            " ORDER BY p.sort_key, r.id LIMIT %s OFFSET %s",
            [case.uid, PAGE, (page - 1) * PAGE],
        )
        return [Touched(*row) for row in cursor.fetchall()]


def may_judge(case: Case, staff: Staff) -> bool:
    """Who did it does not judge it, unless she is the owner: then there is nobody above her."""
    return case.actor_id != staff.pk or staff.role == Role.OWNER


@transaction.atomic
def judge(case: Case, *, verdict: Verdict, reason: str, by: Staff) -> None:
    """Say what a case was, and why; said again, the last word holds and all stay readable.

    Raises NotHers: who did it does not judge it, unless she is the owner.
    """
    if not may_judge(case, by):
        raise NotHers
    row = LeakCase.objects.select_for_update().get(uid=case.uid)
    LeakVerdict.objects.create(
        case=row, verdict=verdict, reason=" ".join(reason.split())[:300], by=by, at=clock.now()
    )


@dataclass(frozen=True)
class Chain:
    """The last proof of the audit trails; `at` None = none was made yet."""

    at: dt.datetime | None
    passed: bool
    sealed: int
    faults: int
    first_fault: str


def chain() -> Chain:
    """Whether the chain of hashes was whole when it was last proved."""
    row: Any = ChainCheck.objects.order_by("-at", "-id").first()
    if row is None:
        return Chain(None, passed=True, sealed=0, faults=0, first_fault="")
    return Chain(row.at, row.passed, row.sealed, row.faults, row.first_fault)
