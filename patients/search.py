"""Finding a patient while the name or number is being typed (docs/patients.md).

Names go through the word-starts table ("van an" finds Nguyễn Văn An), phones through their last
or first digits; both are plain index ranges, so one letter costs as little as ten.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from clinics.public import Branch
from patients import names, phones, sql
from patients.models import Appointment, NameSuffix, Patient, PatientContactPoint

#: Greater than any letter, in the order of code points that the index keeps.
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True)
class Found:
    """One line of the answer. `phone` is masked."""

    id: int
    uid: str
    name: str
    called: str
    initials: str
    phone: str
    birth_year: int | None
    branch: str
    external_id: str


def find(query: str, *, branches: Iterable[Branch], limit: int = 6) -> list[Found]:
    """Patients of these branches by the start of words of the name, or a part of a phone.

    Accents, case and the place of a tone do not matter. At least one letter, or three digits
    of a phone or of an outside number. Two statements at most for a name, three for digits.
    """
    branch_ids = [branch.pk for branch in branches]
    digits = phones.search_digits(query)
    if digits:
        return _hydrated(_by_digits(digits, branch_ids, limit))
    key = names.fold(query)
    if not key:
        return []
    ids = _by_name(key, branch_ids, limit)
    return _hydrated(ids)


def _range(column: str, prefix: str) -> Q:
    return Q(**{f"{column}__gte": prefix, f"{column}__lt": prefix + _AFTER_ALL})


def _by_name(key: str, branch_ids: list[int], limit: int) -> list[int]:
    """Ids in the order of the word-start they were found by; two words need not be neighbours."""
    live = NameSuffix.objects.filter(
        patient__voided_at__isnull=True, patient__branch_id__in=branch_ids
    )
    words = sorted(key.split(), key=len, reverse=True)
    rows = live.filter(_range("suffix", key))
    if len(words) > 1:  # the longest word leads: it has the fewest patients
        rows = live.filter(_range("suffix", words[0]))
        for word in words[1:]:
            other = NameSuffix.objects.filter(
                _range("suffix", word), patient_id=OuterRef("patient_id")
            )
            rows = rows.filter(Exists(other))
    ordered = rows.order_by("suffix", "patient_id").values_list("patient_id", flat=True)
    return list(dict.fromkeys(ordered[: limit + 6]))[:limit]


def _by_digits(digits: str, branch_ids: list[int], limit: int) -> list[int]:
    found = sql.ids_by_digit_ends(digits, branch_ids, limit)
    if len(found) < limit:
        found += sql.ids_by_inner_digits(digits, branch_ids, limit)
    return list(dict.fromkeys(found))[:limit]


def _hydrated(ids: list[int]) -> list[Found]:
    if not ids:
        return []
    by_id = {patient.pk: patient for patient in with_phone(Patient.objects.filter(pk__in=ids))}
    return [found_of(by_id[pk]) for pk in ids if pk in by_id]


def with_phone(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    """Patients joined with their branch and the number that is tried first."""
    first = PatientContactPoint.objects.filter(
        patient=OuterRef("pk"), ended_at__isnull=True, contact_point__kind="phone"
    ).order_by("position", "id")
    return patients.select_related("branch").annotate(
        first_phone=Subquery(first.values("contact_point__value")[:1])
    )


def found_of(patient: Patient) -> Found:
    """One line for a patient read by `with_phone`."""
    given = patient.given_name
    return Found(
        id=patient.pk,
        uid=str(patient.uid),
        name=str(patient),
        called=f"{patient.salutation or 'anh/chị'} {given}" if given else str(patient),
        initials=names.initials(patient.full_name),
        phone=phones.masked(getattr(patient, "first_phone", None) or ""),
        birth_year=patient.birth_date.year if patient.birth_date else None,
        branch=patient.branch.name,
        external_id=patient.external_id or "",
    )


@dataclass(frozen=True)
class Row:
    """A patient in the list, with the day she last came and the day she is booked for."""

    found: Found
    last_came: object
    next_on: object


@dataclass(frozen=True)
class Listing:
    """A page of the list of patients. `total` counts all pages."""

    rows: list[Row]
    page: int
    pages: int
    total: int


def listing(
    *, branches: Iterable[Branch], today: object, query: str = "", page: int = 1, size: int = 25
) -> Listing:
    """Patients of these branches by given name; with a query only those found by it.

    Two statements without a query, however many rows.
    """
    everybody = Patient.objects.filter(branch__in=branches, voided_at__isnull=True)
    if query.strip():
        ids = [found.id for found in find(query, branches=branches, limit=size * 4)]
        everybody = everybody.filter(pk__in=ids)
    total = everybody.count()
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    slots = Appointment.objects.filter(patient=OuterRef("pk"), voided_at__isnull=True)
    came = slots.filter(outcome__in=["on_time", "late"]).order_by("-on_date")
    booked = slots.filter(outcome__isnull=True, on_date__gte=today).order_by("on_date")
    rows = (
        with_phone(everybody)
        .annotate(
            last_came=Subquery(came.values("on_date")[:1]),
            next_on=Subquery(booked.values("on_date")[:1]),
        )
        .order_by(F("sort_key"), "id")[(page - 1) * size : page * size]
    )
    return Listing(
        rows=[Row(found_of(row), row.last_came, row.next_on) for row in rows],
        page=page,
        pages=pages,
        total=total,
    )
