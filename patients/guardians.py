"""Who receives what is said to a minor: who speaks for her (docs/patients.md, "Minors").

Under 18, a patient is written to through the first of those who speak for her that is a patient
with a mobile number; what she refused is not written to her about the child either. From the 18th
birthday on the patient's own numbers count, and her consent is asked anew (patients.basis).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from clinics import clock
from patients import ages, basis
from patients.models import Patient, PatientContactPoint, Tie


@dataclass(frozen=True)
class Receiver:
    """Who is written to for a patient. `relation`: what she is to the patient."""

    patient: Patient
    relation: str


def receivers(patient_ids: Collection[int]) -> dict[int, Receiver]:
    """Of these patients, those who are written to through somebody now; one statement."""
    if not patient_ids:
        return {}
    reached = PatientContactPoint.objects.filter(
        patient=OuterRef("relative"),
        ended_at__isnull=True,
        contact_point__kind="phone",
        contact_point__can_sms=True,
    )
    ties = Tie.objects.filter(
        Exists(reached),
        patient__in=patient_ids,
        is_guardian=True,
        ended_at__isnull=True,
        relative__voided_at__isnull=True,
        relative__deceased_on__isnull=True,
    ).select_related("patient", "relative")
    today = clock.today()
    found: dict[int, Receiver] = {}
    for tie in ties.order_by("recorded_at", "id"):
        if tie.relative is not None and ages.is_minor(tie.patient, today):
            found.setdefault(tie.patient_id, Receiver(tie.relative, tie.relation))
    return found


@dataclass(frozen=True)
class Line:
    """Who is called for a patient, and the number to be tried first (E.164)."""

    receiver: Receiver
    number: str


def lines(patient_ids: Collection[int]) -> dict[int, Line]:
    """Of these patients, those for whom somebody else is called now; two statements at most."""
    through = receivers(patient_ids)
    firsts: dict[int, str] = {}
    ways = PatientContactPoint.objects.filter(
        patient__in={receiver.patient.pk for receiver in through.values()},
        ended_at__isnull=True,
        contact_point__kind="phone",
        contact_point__can_sms=True,
    ).order_by("position", "id")
    if through:
        for who, number in ways.values_list("patient_id", "contact_point__value"):
            firsts.setdefault(who, number)
    return {
        patient: Line(receiver, firsts[receiver.patient.pk])
        for patient, receiver in through.items()
        if receiver.patient.pk in firsts
    }


def receiver_of(patient: Patient) -> Receiver | None:
    """Who is written to and called for her now; None = she herself; one statement."""
    return receivers([patient.pk]).get(patient.pk)


def wards(guardian: Patient) -> list[int]:
    """The ids of the patients who are written to through her now; two statements."""
    own = Tie.objects.filter(relative=guardian, is_guardian=True, ended_at__isnull=True)
    through = receivers(list(own.values_list("patient_id", flat=True)))
    return [child for child, receiver in through.items() if receiver.patient.pk == guardian.pk]


def verdicts(
    patient_ids: Collection[int], purpose: str, through: Mapping[int, Receiver]
) -> dict[int, dict[str, basis.Verdict]]:
    """As basis.verdicts; what the receiver refused is refused for the child too; one statement."""
    wanted = {*patient_ids, *(receiver.patient.pk for receiver in through.values())}
    own = basis.verdicts(wanted, purpose)
    found = {pk: dict(own[pk]) for pk in patient_ids}
    for child, receiver in through.items():
        for channel, verdict in own[receiver.patient.pk].items():
            if verdict.reason == "refused":
                found[child][channel] = verdict
    return found
