"""What a history says, in one short word: equal histories have equal words.

Only meaning goes in: who, what, when to the minute of the clinic's clock, how it ended. Keys,
uids and the moments at which rows were written stay out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable

from clinics.public import AuditEntry, clock
from followup.public import Answer, Contact, Task
from patients.public import Appointment, Patient, Treatment


def digest() -> str:
    """The word of the current clinic's history."""
    lines = sorted("|".join(map(_said, row)) for row in _rows())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _said(value: object) -> str:
    if isinstance(value, dt.datetime):
        return clock.local(value).strftime("%Y-%m-%d %H:%M")
    return str(value)


def _rows() -> Iterable[tuple[object, ...]]:
    who = "patient__full_name"
    yield from Patient.objects.values_list(
        "full_name", "birth_date", "branch__code", "source", "household_id",
        "patientcontactpoint__contact_point__value", "patientcontactpoint__relation",
    )  # fmt: skip
    slots = Appointment.objects.values_list(
        who, "during", "service__code", "dentist__full_name", "status", "outcome", "reason"
    )
    for name, during, *rest in slots:
        yield (name, during.lower if during else "", *rest)
    yield from Treatment.objects.values_list(
        who, "service__code", "tooth", "stage", "status", "done_at", "dentist__full_name"
    )
    yield from Contact.objects.values_list(
        who, "kind", "step__key", "cycle", "planned_for", "decision__end", "decision__reason"
    )
    yield from Answer.objects.values_list(
        f"contact__{who}", "contact__step__key", "choice", "signs", "answered_at"
    )
    yield from Task.objects.values_list(who, "kind", "tier", "due_at", "result")
    yield from AuditEntry.objects.values_list("actor__user__username", "verb", "happened_at")
