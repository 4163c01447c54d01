"""Patients: who they are, how they are reached, and finding them (docs/patients.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Branch, Staff, audit
from patients import basis as bases
from patients import names, phones
from patients.models import (
    BasisKind,
    ContactPoint,
    ContactPointKind,
    Language,
    NameSuffix,
    Patient,
    PatientContactPoint,
    Person,
    Purpose,
)
from patients.search import Found, Listing, find, listing

__all__ = [
    "Card",
    "Found",
    "Listing",
    "PhoneLine",
    "add_phone",
    "called",
    "card",
    "end_phone",
    "find",
    "get",
    "listing",
    "points",
    "register",
    "rename",
    "reveal",
    "set_preferred_hour",
]

NAME_LIMIT = 120


@transaction.atomic
def register(
    *,
    branch: Branch,
    full_name: str,
    phone: str = "",
    salutation: str = "",
    gender: str = "",
    birth_date: dt.date | None = None,
    relation: str = "",
    source: str = "",
    language: str = Language.VI,
    basis: BasisKind | None,
    text_version: str,
    by: Staff | None,
) -> Patient:
    """Write down a new patient of a branch, with her phone and the basis for care messages.

    Pressed twice it is still one patient: the same name, birth date and phone give back the
    record that stands. Raises ValidationError beside its field: full_name, phone, birth_date.
    """
    name = _good_name(full_name)
    if birth_date is not None and birth_date > clock.today():
        raise ValidationError({"birth_date": _("A birth date cannot be in the future.")})
    number = _good_phone(phone) if phone.strip() else None
    if number and (same := _same_person(name, number, birth_date)):
        return same
    patient = Patient.objects.create(
        person=Person.objects.create(),
        branch=branch,
        full_name=name,
        name_key=names.fold(name),
        sort_key=names.sort_key(name),
        salutation=names.clean(salutation),
        gender=gender,
        birth_date=birth_date,
        source=source,
        language=language,
        recorded_at=clock.now(),
    )
    _index(patient)
    if number:
        _attach(patient, number, typed=phone, relation=relation)
    if basis is not None:
        bases.note(
            patient=patient, purpose=Purpose.CARE, kind=basis, text_version=text_version, by=by
        )
    return patient


def _good_name(full_name: str) -> str:
    name = names.clean(full_name)
    if not names.fold(name):
        raise ValidationError({"full_name": _("Write the patient's name.")})
    if len(name) > NAME_LIMIT:
        raise ValidationError(
            {"full_name": _("A name has at most %(limit)s letters.") % {"limit": NAME_LIMIT}}
        )
    return name


def _good_phone(phone: str) -> phones.Phone:
    try:
        return phones.parse(phone)
    except phones.PhoneError as error:
        raise ValidationError({"phone": error.messages}) from error


def _same_person(name: str, number: phones.Phone, birth_date: dt.date | None) -> Patient | None:
    return Patient.objects.filter(
        name_key=names.fold(name),
        birth_date=birth_date,
        voided_at__isnull=True,
        patientcontactpoint__contact_point__value=number.e164,
        patientcontactpoint__ended_at__isnull=True,
    ).first()


def _index(patient: Patient) -> None:
    """Write the word-starts she is found by."""
    NameSuffix.objects.filter(patient=patient).delete()
    NameSuffix.objects.bulk_create(
        NameSuffix(patient=patient, suffix=suffix) for suffix in names.suffixes(patient.full_name)
    )


def rename(*, patient: Patient, full_name: str) -> None:
    """Correct her name; she is found by the new one at once. Raises ValidationError."""
    patient.full_name = _good_name(full_name)
    patient.name_key = names.fold(patient.full_name)
    patient.sort_key = names.sort_key(patient.full_name)
    with transaction.atomic():
        patient.save(update_fields=["full_name", "name_key", "sort_key"])
        _index(patient)


def set_preferred_hour(*, patient: Patient, hour: dt.time | None) -> None:
    """The hour she likes to be written at; None = the clinic's usual one."""
    Patient.objects.filter(pk=patient.pk).update(preferred_hour=hour)
    patient.preferred_hour = hour


@transaction.atomic
def add_phone(*, patient: Patient, phone: str, relation: str = "") -> ContactPoint:
    """Note a number of hers, or of the person (`relation`) who is reached for her.

    The first number is tried first. A number she already has is kept once. Raises
    ValidationError({"phone": …}).
    """
    return _attach(patient, _good_phone(phone), typed=phone, relation=relation)


def _attach(patient: Patient, number: phones.Phone, *, typed: str, relation: str) -> ContactPoint:
    point, _made = ContactPoint.objects.get_or_create(
        kind=ContactPointKind.PHONE,
        value=number.e164,
        defaults={
            "reversed_value": number.reversed,
            "typed": names.clean(typed)[:120],
            "converted_from": number.converted_from,
            "can_sms": number.can_sms,
            "recorded_at": clock.now(),
        },
    )
    standing = PatientContactPoint.objects.filter(patient=patient, ended_at__isnull=True)
    if not standing.filter(contact_point=point).exists():
        PatientContactPoint.objects.create(
            patient=patient, contact_point=point, relation=relation, position=standing.count()
        )
    return point


def end_phone(*, patient: Patient, contact_point: ContactPoint) -> None:
    """She is not reached by this number any more; what was sent to it stays known."""
    PatientContactPoint.objects.filter(
        patient=patient, contact_point=contact_point, ended_at__isnull=True
    ).update(ended_at=clock.now())


def points(patient: Patient) -> list[ContactPoint]:
    """The numbers she is reached by, the first to be tried first; one statement."""
    return [link.contact_point for link in _links(patient)]


def called(patient: Patient) -> str:
    """How she is spoken to: "chị Trang"; unknown is "anh/chị"; without a name her number."""
    if not patient.full_name:
        return str(patient)
    return f"{patient.salutation or 'anh/chị'} {patient.given_name}"


# reads


@dataclass(frozen=True)
class PhoneLine:
    """A number as everybody at the desk may see it."""

    uid: str
    masked: str
    relation: str
    can_sms: bool
    converted: bool


@dataclass(frozen=True)
class Card:
    """The head of a patient's page."""

    patient: Patient
    branch: Branch
    called: str
    initials: str
    age: int | None
    phones: list[PhoneLine]
    basis: list[bases.Line]


def get(uid: UUID | str, *, branches: Iterable[Branch]) -> Patient:
    """A patient of these branches by her uid. Raises Patient.DoesNotExist.

    A patient belongs to her home branch and to every branch she has an appointment in.
    """
    return (
        Patient.objects.select_related("branch")
        .filter(uid=uid, voided_at__isnull=True)
        .filter(Q(branch__in=branches) | Q(appointment__branch__in=branches))
        .distinct()
        .get()
    )


def card(patient: Patient) -> Card:
    """Who she is, how she is reached and on what basis; two statements."""
    return Card(
        patient=patient,
        branch=patient.branch,
        called=called(patient),
        initials=names.initials(patient.full_name),
        age=age_of(patient, clock.today()),
        phones=[
            PhoneLine(
                uid=str(link.contact_point.uid),
                masked=phones.masked(link.contact_point.value),
                relation=link.relation,
                can_sms=link.contact_point.can_sms,
                converted=bool(link.contact_point.converted_from),
            )
            for link in _links(patient)
        ],
        basis=bases.table(patient),
    )


def number_ids(patient: Patient) -> list[int]:
    """The ids of every number she has or had."""
    return list(
        PatientContactPoint.objects.filter(patient=patient).values_list(
            "contact_point_id", flat=True
        )
    )


def _links(patient: Patient) -> Iterable[PatientContactPoint]:
    return (
        PatientContactPoint.objects.filter(
            patient=patient, ended_at__isnull=True, contact_point__kind=ContactPointKind.PHONE
        )
        .select_related("contact_point")
        .order_by("position", "id")
    )


def age_of(patient: Patient, day: dt.date) -> int | None:
    """Her age in years on a day; from an age that was told, the years since then are added."""
    if patient.birth_date:
        born = patient.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    if patient.age_years is None or patient.age_on is None:
        return None
    return patient.age_years + max((day - patient.age_on).days, 0) * 100 // 36525


@transaction.atomic
def reveal(*, patient: Patient, by: Staff) -> list[str]:
    """Her numbers in full. That they were looked at is noted."""
    audit.record(verb="phone.revealed", actor=by, subject=patient.uid)
    return [phones.national(link.contact_point.value) for link in _links(patient)]
