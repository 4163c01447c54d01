"""Calls: who was called, by whom, and what came of it (docs/messages.md)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
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


@dataclass(frozen=True)
class Spoke:
    """When somebody called and what came of it."""

    at: dt.datetime
    result: str


def since(patient_ids: Iterable[int], at: dt.datetime) -> dict[int, list[Spoke]]:
    """The calls of many patients from an instant on, the first one first; one statement."""
    found: dict[int, list[Spoke]] = defaultdict(list)
    rows = Call.objects.filter(patient_id__in=list(patient_ids), happened_at__gte=at)
    for patient, when, result in rows.order_by("happened_at", "id").values_list(
        "patient_id", "happened_at", "result"
    ):
        found[patient].append(Spoke(when, result))
    return found


def in_vain(patient: Patient) -> int:
    """How many calls in a row have reached nobody, up to the last that did."""
    count = 0
    for call in of_patient(patient):
        if call.result not in IN_VAIN:
            break
        count += 1
    return count
