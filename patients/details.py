"""What is known of a patient beside her treatments, read and corrected (docs/patients.md)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Staff
from patients import care, families, people
from patients.families import Relative
from patients.models import CareJob, Language, Patient, Source, Visit

NOTE_LIMIT = 400


@dataclass(frozen=True)
class Details:
    """What the desk and the dentist should know before they speak to her."""

    first_visit: dt.date | None
    source: str
    channel: str
    language: str  # "" = Vietnamese, as everybody's
    team: list[tuple[str, str]]
    family: list[Relative]
    history: list[care.Assigned]


@dataclass(frozen=True)
class Wanted:
    """What her record shall say."""

    full_name: str
    salutation: str
    gender: str
    birth_date: dt.date | None
    source: str
    language: str
    preferred_channel: str
    preferred_hour: dt.time | None
    wishes: str
    fears: str


def read(patient: Patient) -> Details:
    """Four statements, however long she has been a patient."""
    first = Visit.objects.filter(patient=patient, voided_at__isnull=True)
    assigned = care.history(patient)
    standing = {one.job: one.staff for one in assigned if one.until is None}
    return Details(
        first_visit=first.aggregate(at=Min("on_date"))["at"],
        source=str(Source(patient.source).label) if patient.source else "",
        channel={"zalo": "Zalo", "sms": "SMS"}.get(patient.preferred_channel, ""),
        language="" if patient.language == Language.VI else str(patient.get_language_display()),
        team=[(str(job.label), str(standing[job])) for job in CareJob if job in standing],
        family=families.of(patient),
        history=assigned,
    )


@transaction.atomic
def correct(
    *,
    patient: Patient,
    wanted: Wanted,
    dentist: Staff | None,
    agent: Staff | None,
    by: Staff,
) -> Patient:
    """Write what her record shall say. Raises ValidationError beside its field."""
    if wanted.birth_date is not None and wanted.birth_date > clock.today():
        raise ValidationError({"birth_date": _("A birth date cannot be in the future.")})
    if wanted.full_name != patient.full_name:
        people.rename(patient=patient, full_name=wanted.full_name)
    patient.salutation = wanted.salutation
    patient.gender = wanted.gender
    patient.birth_date = wanted.birth_date
    patient.source = wanted.source
    patient.language = wanted.language
    patient.preferred_channel = wanted.preferred_channel
    patient.preferred_hour = wanted.preferred_hour
    patient.wishes = " ".join(wanted.wishes.split())[:NOTE_LIMIT]
    patient.fears = " ".join(wanted.fears.split())[:NOTE_LIMIT]
    patient.save(
        update_fields=[
            "salutation", "gender", "birth_date", "source", "language",
            "preferred_channel", "preferred_hour", "wishes", "fears",
        ]
    )  # fmt: skip
    care.assign(patient=patient, job=CareJob.DENTIST, staff=dentist, by=by)
    care.assign(patient=patient, job=CareJob.AGENT, staff=agent, by=by)
    return patient
