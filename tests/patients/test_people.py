"""Registering patients, their numbers and their care basis."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clinics.public import AuditEntry
from patients.public import ContactPoint, Patient, people
from tests.patients import records

pytestmark = pytest.mark.usefixtures("clinic", "english")


def test_a_new_patient_is_kept_as_typed_and_found_folded() -> None:
    her = records.patient(records.branch(), "  Đặng  Thị Hoà ")
    her.refresh_from_db()
    assert (her.full_name, her.name_key, her.sort_key) == (
        "Đặng Thị Hoà",
        "dang thi hoa",
        "hoa dang thi",
    )
    assert people.called(her) == "chị Hoà"
    card = people.card(her)
    assert [line.masked for line in card.phones] == ["0903 ••• 276"]
    assert card.initials == "ĐH"


def test_pressed_twice_she_is_one_patient_and_a_namesake_is_another() -> None:
    branch = records.branch()
    first = records.patient(branch)
    assert records.patient(branch) == first
    other = records.patient(branch, phone="0903418277")
    assert other != first
    assert Patient.objects.count() == 2


def test_a_family_shares_one_number() -> None:
    branch = records.branch()
    mother = records.patient(branch)
    child = records.patient(branch, "Nguyễn Gia Bảo")
    assert ContactPoint.objects.count() == 1
    assert {mother.pk, child.pk} == set(
        ContactPoint.objects.get().patientcontactpoint_set.values_list("patient_id", flat=True)
    )


def test_the_same_number_is_added_once_and_an_ended_one_is_gone() -> None:
    her = records.patient(records.branch())
    point = people.add_phone(patient=her, phone="+84 903 418 276")
    people.add_phone(patient=her, phone="0168 418 2765", relation="mother")
    lines = people.card(her).phones
    assert [(line.masked, line.relation, line.converted) for line in lines] == [
        ("0903 ••• 276", "", False),
        ("0384 ••• 765", "mother", True),
    ]
    people.end_phone(patient=her, contact_point=point)
    assert [line.masked for line in people.card(her).phones] == ["0384 ••• 765"]


@pytest.mark.parametrize(
    ("fields", "where", "says"),
    [
        ({"full_name": "  . "}, "full_name", "name"),
        ({"full_name": "x" * 121}, "full_name", "120"),
        ({"phone": "0903"}, "phone", "6 digits short"),
        ({"birth_date": dt.date(2030, 1, 1)}, "birth_date", "future"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_writes_nothing(
    fields: dict[str, Any], where: str, says: str
) -> None:
    given: dict[str, Any] = {
        "branch": records.branch(),
        "full_name": "Lê An",
        "basis": None,
        "text_version": "",
        "by": None,
    }
    with pytest.raises(ValidationError) as error:
        people.register(**(given | fields))
    assert says in " ".join(error.value.message_dict[where])
    assert not Patient.objects.exists()


def test_looking_at_a_number_is_noted() -> None:
    branch = records.branch()
    her, who = records.patient(branch), records.dentist(branch)
    assert people.reveal(patient=her, by=who) == ["0903 418 276"]
    entry = AuditEntry.objects.get(verb="phone.revealed")
    assert (entry.actor, entry.subject) == (who, her.uid)


def test_a_renamed_patient_is_found_by_the_new_name_only() -> None:
    branch = records.branch()
    her = records.patient(branch)
    people.rename(patient=her, full_name="Lê Mai")
    assert [found.name for found in people.find("mai", branches=[branch])] == ["Lê Mai"]
    assert people.find("trang", branches=[branch]) == []


def test_age_is_from_the_birth_date_or_from_what_was_told_then() -> None:
    her = records.patient(records.branch())
    her.birth_date = dt.date(2000, 6, 2)
    assert people.age_of(her, dt.date(2026, 6, 1)) == 25
    assert people.age_of(her, dt.date(2026, 6, 2)) == 26
    her.birth_date, her.age_years, her.age_on = None, 30, dt.date(2016, 5, 2)
    assert people.age_of(her, dt.date(2016, 5, 3)) == 30
    assert people.age_of(her, dt.date(2026, 5, 3)) == 40


def test_she_belongs_to_her_branch_and_where_she_is_booked() -> None:
    home, other, third = records.branch(), records.branch("Thủ Đức"), records.branch("Gò Vấp")
    her = records.patient(home)
    records.slot(her, "2026-06-02T09:00", branch=other)
    assert people.get(her.uid, branches=[home]) == her
    assert people.get(her.uid, branches=[other, home]) == her
    with pytest.raises(Patient.DoesNotExist):
        people.get(her.uid, branches=[third])
