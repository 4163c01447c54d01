"""Calls: who was called, by whom, and what came of it (docs/messages.md)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction

from clinics import clock
from clinics.public import Staff
from messaging.models import Call, CallResult, Direction
from patients.public import ContactPoint, Patient, people

#: Attempts that reached nobody.
IN_VAIN = (CallResult.NO_ANSWER, CallResult.WRONG_NUMBER)


@dataclass(frozen=True)
class Noted:
    """A call that was written down. `is_new` is False when it had been already."""

    call: Call
    is_new: bool


@transaction.atomic
def note(
    *,
    uid: uuid.UUID,
    patient: Patient,
    direction: Direction,
    result: CallResult,
    number: ContactPoint | None = None,
    text: str = "",
    by: Staff,
) -> Noted:
    """Write a call down. A wrong number is not used for this patient any more.

    The same `uid` again changes nothing: a button pressed twice is one call.
    """
    call, is_new = Call.objects.get_or_create(
        uid=uid,
        defaults={
            "patient": patient,
            "branch_id": patient.branch_id,
            "contact_point": number,
            "direction": direction,
            "result": result,
            "note": " ".join(text.split())[:300],
            "by": by,
            "happened_at": clock.now(),
        },
    )
    if is_new and result == CallResult.WRONG_NUMBER and number is not None:
        people.end_phone(patient=patient, contact_point=number)
    return Noted(call, is_new)


def of_patient(patient: Patient) -> list[Call]:
    """Her calls, the latest first; one statement."""
    rows = Call.objects.filter(patient=patient).select_related("by__user")
    return list(rows.order_by("-happened_at", "-id"))


def in_vain(patient: Patient) -> int:
    """How many calls in a row have reached nobody, up to the last that did."""
    count = 0
    for call in of_patient(patient):
        if call.result not in IN_VAIN:
            break
        count += 1
    return count
