"""A sign that worries in what a patient wrote by herself: a person must act on it, by a clock, as
on the same sign in an answer (docs/inbox.md, "Signs")."""

from __future__ import annotations

from django.db import transaction

from clinics.public import Staff
from followup import tasks
from followup.models import Enrolment, Task, TaskKind
from patients.public import Patient


@transaction.atomic
def raise_for(patient: Patient, *, tier: str, words: str) -> Task:
    """R1 and R2 are for the dentist and hold other messages back, R3 is for the desk. What is
    open already is not opened twice: it takes the nearer clock and the newer words."""
    kind = TaskKind.DANGER if tier in ("R1", "R2") else TaskKind.CALL_BACK
    Patient.objects.select_for_update().only("pk").get(pk=patient.pk)
    standing = Task.objects.filter(
        patient=patient, kind=kind, contact__isnull=True, appointment__isnull=True,
        done_at__isnull=True,
    ).first()  # fmt: skip
    if standing is not None:
        return tasks.worsen(standing, tier=tier, why=words)
    return tasks.give(
        kind=kind,
        patient=patient,
        branch=patient.branch,
        tier=tier,
        why=words,
        assignee=_dentist(patient) if kind == TaskKind.DANGER else None,
    )


def _dentist(patient: Patient) -> Staff | None:
    """Who treated her last in a care plan; None = whoever of the dentists is there."""
    plans = Enrolment.objects.filter(treatment__patient=patient).select_related(
        "treatment__dentist"
    )
    last = plans.order_by("-treatment__done_at", "-id").first()
    return last.treatment.dentist if last else None
