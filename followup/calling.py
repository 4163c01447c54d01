"""Calls about a patient, made to her or, while she is a minor, to who speaks for her."""

from __future__ import annotations

import uuid

from django.db import transaction

from clinics.public import Staff
from messaging.public import CallResult, Direction, calls
from patients.public import ContactPoint, Patient, guardians, people


@transaction.atomic
def note(
    *,
    uid: uuid.UUID,
    patient: Patient,
    to: guardians.Receiver | None,
    direction: Direction,
    result: CallResult,
    number: ContactPoint | None,
    text: str,
    by: Staff,
) -> calls.Noted:
    """Write a call down as the patient's. A wrong number is not used any more for whose it was."""
    noted = calls.note(
        uid=uid,
        patient=patient,
        direction=direction,
        result=result,
        number=number,
        text=text,
        by=by,
    )
    if to is not None and noted.is_new and number and result == CallResult.WRONG_NUMBER:
        people.end_phone(patient=to.patient, contact_point=number)
    return noted
