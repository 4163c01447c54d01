"""A patient's record: wishes and channel, who looks after her, who belongs to her."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from clinics.models import ChangeEvent
from clinics.public import Branch, Role, Staff, staff
from patients.models import CareAssignment, Tie
from patients.public import CareJob, Patient, Relation, care, families
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


def agent(home: Branch) -> Staff:
    return staff.hire(
        username="ngan", password=None, full_name="Võ Kim Ngân", role=Role.CARE, branches=[home]
    )


def test_the_desk_corrects_a_record(
    client_for: Clients, home: Branch, trang: Patient, khoi: Staff
) -> None:
    who = agent(home)
    client = client_for("reception", branches=[home])
    form = pages.text(client.get(f"/patients/{trang.uid}/edit/"))
    assert "Hồ sơ của chị Trang" in form
    told = client.post(
        f"/patients/{trang.uid}/edit/",
        {
            "full_name": "Đặng Thị Thu Trâm",
            "salutation": "cô",
            "gender": "F",
            "birth_date": "2/9/1961",
            "source": "referral",
            "preferred_channel": "sms",
            "preferred_hour": "17h30",
            "wishes": "Muốn   răng trắng",
            "fears": "Sợ kim tiêm",
            "dentist": str(khoi.uid),
            "agent": str(who.uid),
        },
        follow=True,
    )
    page = pages.text(told)
    for words in (
        "Đã sửa hồ sơ của cô Trâm.", "02/09/1961", "Người quen giới thiệu", "Muốn răng trắng",
        "Sợ kim tiêm", "17:30", "BS. Trần Minh Khôi", "Võ Kim Ngân", "Bác sĩ phụ trách",
    ):  # fmt: skip
        assert words in page, words
    assert client.get("/search/?q=tram").content.decode().count("Trâm") > 0


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("full_name", "", "bắt buộc"),
        ("birth_date", "31/02/1990", "Ghi ngày như"),
        ("birth_date", "01/01/2030", "tương lai"),
        ("dentist", "5c3dd3ad-0000-4000-8000-000000000000", ""),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    client_for: Clients, home: Branch, trang: Patient, field: str, typed: str, said: str
) -> None:
    typed_all = {"full_name": "Đặng Thị Thu Trang", "wishes": "Răng trắng", field: typed}
    answer = client_for("reception", branches=[home]).post(
        f"/patients/{trang.uid}/edit/", typed_all
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert "Răng trắng" in page
    trang.refresh_from_db()
    assert trang.wishes == ""


def test_who_looked_after_her_stays_known(
    home: Branch, trang: Patient, khoi: Staff, clock: Any
) -> None:
    vy = records.dentist(home, "Nguyễn Thảo Vy")
    assert care.assign(patient=trang, job=CareJob.DENTIST, staff=khoi, by=None) is True
    assert care.assign(patient=trang, job=CareJob.DENTIST, staff=khoi, by=None) is False
    clock.set("2026-07-01T09:00")
    care.assign(patient=trang, job=CareJob.DENTIST, staff=vy, by=None)
    assert care.team(trang) == {"dentist": vy}
    assert [(one.staff, one.until is None) for one in care.history(trang)] == [
        (vy, True),
        (khoi, False),
    ]
    care.assign(patient=trang, job=CareJob.DENTIST, staff=None, by=None)
    assert care.team(trang) == {}
    assert CareAssignment.objects.count() == 2


def test_the_database_allows_one_in_each_job(home: Branch, trang: Patient, khoi: Staff) -> None:
    care.assign(patient=trang, job=CareJob.DENTIST, staff=khoi, by=None)
    row = CareAssignment.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        CareAssignment.objects.create(
            patient=trang, job="dentist", staff=khoi, since=row.since + dt.timedelta(days=1)
        )


def test_a_mother_is_noted_once_and_seen_from_both_sides(home: Branch, trang: Patient) -> None:
    bin_ = records.patient(home, "Lê Gia Bin", phone="0903418276")  # the same phone
    families.tie(patient=bin_, relative=trang, relation=Relation.MOTHER, is_guardian=True, by=None)
    families.tie(patient=bin_, relative=trang, relation=Relation.MOTHER, pays=True, by=None)
    assert Tie.objects.count() == 1
    (mother,) = families.of(bin_)
    assert (mother.relation, mother.pays, mother.is_guardian) == ("Mẹ", True, False)
    (child,) = families.of(trang)
    assert (child.name, child.relation, child.uid) == ("Lê Gia Bin", "Con", "")
    bin_.refresh_from_db()
    trang.refresh_from_db()
    assert bin_.household_id == trang.household_id is not None


def test_two_households_become_one_and_part_again(home: Branch, trang: Patient) -> None:
    others = [records.patient(home, f"Lê Gia {name}") for name in ("An", "Bình", "Chi")]
    an, binh, chi = others
    families.tie(patient=an, relative=trang, relation=Relation.MOTHER, by=None)
    last = families.tie(patient=binh, relative=chi, relation=Relation.SIBLING, by=None)
    tied = families.tie(patient=chi, relative=trang, relation=Relation.MOTHER, by=None)
    for one in (*others, trang):
        one.refresh_from_db()
    assert len({one.household_id for one in (*others, trang)}) == 1
    families.untie(patient=chi, uid=tied.uid)
    families.untie(patient=chi, uid=tied.uid)
    families.untie(patient=binh, uid=last.uid)
    for one in others:
        one.refresh_from_db()
    assert an.household_id is not None
    assert (binh.household_id, chi.household_id) == (None, None)


def test_nobody_is_her_own_relative_and_somebody_must_be_named(trang: Patient) -> None:
    with pytest.raises(ValidationError):
        families.tie(patient=trang, relative=trang, relation=Relation.OTHER, by=None)
    with pytest.raises(ValidationError):
        families.tie(patient=trang, name="  ", relation=Relation.OTHER, by=None)


def test_a_relative_is_found_or_noted_by_name(
    client_for: Clients, home: Branch, trang: Patient
) -> None:
    records.patient(home, "Lê Văn Hòa", phone="0903000999")
    client = client_for("reception", branches=[home])
    address = f"/patients/{trang.uid}/family/"
    found = pages.text(client.get(address, {"name": "hoa"}))
    assert "Lê Văn Hòa" in found
    hoa = Patient.objects.get(full_name="Lê Văn Hòa")
    told = client.post(
        address, {"relative": str(hoa.uid), "relation": "spouse", "pays": "on"}, follow=True
    )
    assert "Đã ghi Lê Văn Hòa vào gia đình của chị Trang." in pages.text(told)
    told = client.post(address, {"name": "bà Tư", "relation": "grandparent"}, follow=True)
    page = pages.text(told)
    assert "Vợ hoặc chồng · trả tiền" in page
    assert "bà Tư" in page
    tie = Tie.objects.get(relative=hoa)
    told = client.post(f"{address}{tie.uid}/end/", follow=True)
    assert "Vợ hoặc chồng" not in pages.text(told)
    assert client.post(address, {"name": "", "relation": "mother"}).status_code == 422


def test_a_relative_of_another_branch_is_not_reached(
    client_for: Clients, home: Branch, trang: Patient
) -> None:
    far = records.patient(records.branch("Gò Vấp"), "Lê Xa")
    client = client_for("reception", branches=[home])
    answer = client.post(
        f"/patients/{trang.uid}/family/", {"relative": str(far.uid), "relation": "sibling"}
    )
    assert answer.status_code == 404
    assert not Tie.objects.exists()


def test_a_new_patient_says_how_she_found_us(client_for: Clients, home: Branch) -> None:
    client = client_for("reception", branches=[home])
    assert "Biết phòng khám qua đâu" in pages.text(client.get("/patients/new/"))
    said = {"full_name": "Lê Mới", "phone": "0903111222", "branch": str(home.uid)}
    client.post("/patients/new/", said | {"source": "facebook"})
    assert Patient.objects.get(full_name="Lê Mới").source == "facebook"
    assert client.post("/patients/new/", said | {"source": "moon"}).status_code == 422


def test_the_language_is_chosen_kept_and_on_the_trail(
    client_for: Clients, home: Branch, trang: Patient
) -> None:
    client = client_for("reception", branches=[home])
    at = f"/patients/{trang.uid}/edit/"
    typed = {"full_name": "Đặng Thị Thu Trang"}
    page = pages.text(client.get(at))
    assert "Ngôn ngữ nhắn tin" in page and "gửi bản tiếng Việt" in page
    assert client.post(at, typed | {"language": "fr"}).status_code == 422
    shown = pages.text(client.post(at, typed | {"language": "en"}, follow=True))
    assert "Tiếng Anh" in shown
    client.post(at, typed)  # a page of the version before says nothing of it
    assert Patient.objects.get(pk=trang.pk).language == "en"
    noted = ChangeEvent.objects.filter(kind="patients_patient", deed="update")
    assert [(one.before or {})["language"] for one in noted if "language" in one.fields] == ["vi"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=trang.pk).update(language="fr")


def test_a_new_patient_may_read_english(client_for: Clients, home: Branch) -> None:
    client = client_for("reception", branches=[home])
    told = {"full_name": "John Smith", "phone": "0903418299", "branch": str(home.uid)}
    client.post("/patients/new/", told | {"language": "en"})
    client.post("/patients/new/", told | {"full_name": "Lê An", "phone": "0903418298"})
    said = Patient.objects.order_by("id").values_list("full_name", "language")
    assert list(said)[-2:] == [("John Smith", "en"), ("Lê An", "vi")]
