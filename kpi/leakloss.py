"""Losses in the trail of changes: records deleted, voided, overwritten, their last number gone.

What the product itself does with a reason is no loss: an import taken back, a treatment voided
with its reason, a number struck after a wrong call, a misspelt name put right (docs/kpi.md).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from clinics.public import ChangeEvent
from kpi.models import LeakKind
from messaging.public import calls
from patients.public import Patient, PatientContactPoint, Treatment, names

#: Tables that make up a patient's record.
RECORD = (
    "patients_patient", "patients_appointment", "patients_episode", "patients_treatment",
    "patients_visit", "patients_basis",
)  # fmt: skip
_POINTS = "patients_patientcontactpoint"
#: A wrong number is struck in the same minutes in which the call is written down.
NEAR = dt.timedelta(minutes=2)


@dataclass
class Found:
    """A case as it stands out; `patients` are ids of records."""

    kind: LeakKind
    key: str
    actor_id: int | None
    at: dt.datetime
    until: dt.datetime
    patients: set[int] = field(default_factory=set)
    off_hours: bool = False


def losses(after: int, until: int) -> list[Found]:
    """The losses among these rows of the trail of changes: one case a kind of loss and request."""
    updates = Q(deed="update", kind="patients_patient", fields__overlap=["voided_at", "full_name"])
    updates |= Q(deed="update", kind="patients_treatment", fields__contains=["voided_at"])
    updates |= Q(deed="update", kind=_POINTS, fields__contains=["ended_at"])
    rows = list(
        ChangeEvent.objects.filter(
            Q(deed="delete", kind__in=[*RECORD, _POINTS]) | updates,
            id__gt=after,
            id__lte=until,
            batch="",
            patient_id__isnull=False,
            before__isnull=False,  # emptied because she asked to be forgotten: no loss
        ).order_by("id")
    )
    if not rows:
        return []
    seen = _Around(rows)
    found: dict[str, Found] = {}
    for row in rows:
        kind = _kind(row, seen)
        if kind is None or row.patient_id is None:
            continue
        key = f"{kind}:{row.request or f'row {row.pk}'}"[:80]
        case = found.setdefault(
            key, Found(kind, key, row.actor_id, row.happened_at, row.happened_at)
        )
        case.until = max(case.until, row.happened_at)
        case.patients.add(row.patient_id)
    return list(found.values())


def _kind(row: ChangeEvent, seen: _Around) -> LeakKind | None:
    """What was lost by this change; None when it is no loss."""
    was = row.before or {}
    if row.kind == _POINTS:
        gone = row.deed == "delete" or was.get("ended_at", "") is None
        return LeakKind.CONTACT if gone and seen.unreachable(row) else None
    if row.deed == "delete":
        return LeakKind.DELETED
    if row.kind == "patients_treatment":
        silent = was.get("voided_at", "") is None and row.object_id in seen.without_reason
        return LeakKind.VOIDED if silent else None
    if was.get("voided_at", "") is None:
        return LeakKind.VOIDED
    return LeakKind.IDENTITY if seen.overwritten(row) else None


class _Around:
    """What must be known of the records these changes are about; four statements."""

    def __init__(self, rows: Sequence[ChangeEvent]) -> None:
        ids = {row.patient_id for row in rows if row.patient_id is not None}
        of_treatments = [row.object_id or 0 for row in rows if row.kind == "patients_treatment"]
        self.without_reason = set(
            Treatment.objects.filter(pk__in=of_treatments, void_reason="").values_list(
                "pk", flat=True
            )
        )
        struck = {row.patient_id for row in rows if row.kind == _POINTS and row.patient_id}
        standing = PatientContactPoint.objects.filter(patient__in=struck, ended_at__isnull=True)
        self._reached = set(standing.values_list("patient_id", flat=True)) if struck else set()
        first = min(row.happened_at for row in rows)
        self._calls = calls.since(struck, first - NEAR) if struck else {}
        self._names = _names(ids, rows)

    def unreachable(self, row: ChangeEvent) -> bool:
        """Whether her last number went, and no call had shown that it is wrong."""
        if row.patient_id is None or row.patient_id in self._reached:
            return False
        return not any(
            call.result == "wrong_number" and abs(call.at - row.happened_at) <= NEAR
            for call in self._calls.get(row.patient_id, [])
        )

    def overwritten(self, row: ChangeEvent) -> bool:
        """Whether another name stands there: fewer than half of the words of the old one."""
        was = names.fold(str((row.before or {}).get("full_name", ""))).split()
        became = names.fold(self._names.get(row.pk, "")).split()
        return bool(was) and 2 * len(set(was) & set(became)) < len(set(was))


def _names(ids: Collection[int], rows: Sequence[ChangeEvent]) -> dict[int, str]:
    """The name that each change of a name wrote: what the next one overwrote, or today's."""
    changes = [row for row in rows if "full_name" in row.fields and row.deed == "update"]
    if not changes:
        return {}
    later: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for pk, patient, was in (
        ChangeEvent.objects.filter(
            patient_id__in=ids,
            kind="patients_patient",
            fields__contains=["full_name"],
            id__gt=changes[0].pk,
        )
        .order_by("id")
        .values_list("id", "patient_id", "before")
    ):
        if patient is not None:
            later[patient].append((pk, str((was or {}).get("full_name", ""))))
    today = dict(Patient.objects.filter(pk__in=ids).values_list("pk", "full_name"))
    return {
        row.pk: next(
            (was for pk, was in later.get(row.patient_id or 0, []) if pk > row.pk),
            today.get(row.patient_id or 0, ""),
        )
        for row in changes
    }  # fmt: skip
