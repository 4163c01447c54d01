"""What finding and counting leaks asks of the rows (docs/kpi.md, "data_leak")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

_TABLES = {"entry": "clinics_auditentry", "change": "clinics_changeevent"}


@dataclass(frozen=True)
class Known:
    """A record as the trails name it by its uid."""

    pk: int
    branch_id: int


def patients_of(uids: Collection[UUID]) -> dict[UUID, Known]:
    """The records behind uids; those of staff and of deleted records are not there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uid, id, branch_id FROM patients_patient WHERE uid = ANY(%s::uuid[])",
            [[str(uid) for uid in uids]],
        )
        return {UUID(str(uid)): Known(pk, branch) for uid, pk, branch in cursor.fetchall()}


def with_business(patients: Collection[int], branches: Collection[int]) -> set[int]:
    """Of these records, those with an appointment, a visit or a task in these branches."""
    if not patients:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ".join(
                f"SELECT patient_id FROM {table} WHERE patient_id = ANY(%(patients)s::bigint[])"
                " AND branch_id = ANY(%(branches)s::bigint[])"
                for table in ("patients_appointment", "patients_visit", "followup_task")
            ),
            {"patients": list(patients), "branches": list(branches)},
        )
        return {row[0] for row in cursor.fetchall()}


def first_since(trail: str, at: dt.datetime, *, above: int = 0) -> int:
    """The first row of a trail noted since an instant; one more than the newest when none was."""
    table = _TABLES[trail]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(min(id) FILTER (WHERE happened_at >= %s), max(id) + 1, 1)"
            f" FROM {table} WHERE id > %s",
            [at, above],
        )
        (found,) = cursor.fetchone()
        return int(found)
