"""The few statements of this app that the ORM cannot say."""

from __future__ import annotations

from typing import Any

from django.db import connection

#: Last digits, first digits (Vietnam's zero or 84 left out), or the start of an outside number.
_ENDS = """
SELECT patient_id FROM (
  (SELECT l.patient_id, 0 AS place, c.reversed_value AS key
   FROM patients_contactpoint c
   JOIN patients_patientcontactpoint l ON l.contact_point_id = c.id AND l.ended_at IS NULL
   JOIN patients_patient p ON p.id = l.patient_id
   WHERE c.kind = 'phone' AND c.reversed_value >= %(reversed)s
     AND c.reversed_value < %(reversed)s || ':'
     AND p.voided_at IS NULL AND p.branch_id = ANY(%(branches)s)
   ORDER BY c.reversed_value, l.patient_id LIMIT %(limit)s)
  UNION ALL
  (SELECT l.patient_id, 1, c.value
   FROM patients_contactpoint c
   JOIN patients_patientcontactpoint l ON l.contact_point_id = c.id AND l.ended_at IS NULL
   JOIN patients_patient p ON p.id = l.patient_id
   WHERE c.kind = 'phone' AND c.value >= %(value)s AND c.value < %(value)s || ':'
     AND p.voided_at IS NULL AND p.branch_id = ANY(%(branches)s)
   ORDER BY c.value, l.patient_id LIMIT %(limit)s)
  UNION ALL
  (SELECT p.id, 2, p.external_id
   FROM patients_patient p
   WHERE p.external_id LIKE %(outside)s
     AND p.voided_at IS NULL AND p.branch_id = ANY(%(branches)s)
   ORDER BY p.external_id, p.id LIMIT %(limit)s)
) hits ORDER BY place, key, patient_id
"""

#: Digits in the middle: a trigram index, asked only when the ends did not fill the answer.
_INNER = """
SELECT l.patient_id
FROM patients_contactpoint c
JOIN patients_patientcontactpoint l ON l.contact_point_id = c.id AND l.ended_at IS NULL
JOIN patients_patient p ON p.id = l.patient_id
WHERE c.kind = 'phone' AND c.value LIKE %(inner)s
  AND p.voided_at IS NULL AND p.branch_id = ANY(%(branches)s)
LIMIT %(limit)s
"""


def ids_by_digit_ends(digits: str, branch_ids: list[int], limit: int) -> list[int]:
    """Patients whose phone ends or begins with these digits, or whose outside number does."""
    return _ids(
        _ENDS,
        {
            "reversed": digits[::-1],
            "value": "+84" + _national(digits),
            "outside": digits + "%",
            "branches": branch_ids,
            "limit": limit,
        },
    )


def ids_by_inner_digits(digits: str, branch_ids: list[int], limit: int) -> list[int]:
    """Patients with these digits anywhere in a phone."""
    return _ids(_INNER, {"inner": f"%{digits}%", "branches": branch_ids, "limit": limit})


def _national(digits: str) -> str:
    """What follows +84 when a number begins like this."""
    if digits.startswith("84"):
        return digits[2:]
    return digits.removeprefix("0")


def _ids(statement: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]
