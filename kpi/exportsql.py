"""What a file of patients holds beside their names: numbers and days; one statement each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from clinics import clock

#: The number that is tried first.
_FIRST_PHONE = (
    "SELECT c.value FROM patients_patientcontactpoint l"
    " JOIN patients_contactpoint c ON c.id = l.contact_point_id AND c.kind = 'phone'"
    " WHERE l.patient_id = p.id AND l.ended_at IS NULL ORDER BY l.position, l.id LIMIT 1"
)


def phones_of(uids: Sequence[str]) -> dict[str, str]:
    """The first number (E.164) of each of these records that has one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.uid::text, ({_FIRST_PHONE}) FROM patients_patient p"
            " WHERE p.uid = ANY(%s::uuid[])",
            [list(uids)],
        )
        return {uid: phone for uid, phone in cursor.fetchall() if phone}


@dataclass(frozen=True)
class Listed:
    """A patient as the list shows her, with her number in full."""

    uid: str
    salutation: str
    name: str
    external_id: str
    phone: str
    born: int | None
    last_came: dt.date | None
    next_on: dt.date | None
    branch: str


def patients(branches: Sequence[int], only: Sequence[int] | None) -> list[Listed]:
    """The patients of these branches by given name; `only` these ids when they are named."""
    slots = (
        "SELECT {what}(a.on_date) FROM patients_appointment a WHERE a.patient_id = p.id"
        " AND a.voided_at IS NULL AND {which}"
    )
    came = slots.format(what="max", which="a.outcome IN ('on_time', 'late')")
    coming = slots.format(what="min", which="a.outcome IS NULL AND a.on_date >= %(today)s")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.uid::text, p.salutation, p.full_name, coalesce(p.external_id, ''),"
            f" coalesce(({_FIRST_PHONE}), ''), extract(year FROM p.birth_date)::int,"
            f" ({came}), ({coming}), b.name"
            " FROM patients_patient p JOIN clinics_branch b ON b.id = p.branch_id"
            " WHERE p.branch_id = ANY(%(branches)s::bigint[]) AND p.voided_at IS NULL"
            " AND (%(only)s::bigint[] IS NULL OR p.id = ANY(%(only)s::bigint[]))"
            " ORDER BY p.sort_key, p.id",
            {
                "branches": list(branches),
                "only": None if only is None else list(only),
                "today": clock.today(),
            },
        )
        return [Listed(*row) for row in cursor.fetchall()]
