"""The page of who saw and changed what: of a patient, of one person, a day at a time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinics.public import Branch, audit, history, places
from patients.public import BasisKind, Patient, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch(clinic: Any) -> Branch:
    return places.open_branch(code="q3", name="Quận 3", hotline="+842873006868")


@pytest.fixture
def trang(branch: Branch) -> Patient:
    return people.register(
        branch=branch, full_name="Đặng Thu Trang", phone="0903418276", salutation="chị",
        basis=BasisKind.CARE_RELATION, text_version="care-2026-01", by=None,
    )  # fmt: skip


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_patients_page_of_it(
    client_for: Callable[..., Client], trang: Patient, branch: Branch
) -> None:
    desk, owner = client_for("reception"), client_for("owner")
    desk.get(f"/patients/{trang.uid}/")
    desk.post(f"/patients/{trang.uid}/phones/")
    desk.post(
        f"/patients/{trang.uid}/consent/", {"purpose": "offer", "channel": "sms", "wish": "no"}
    )
    page = text(owner, f"/patients/{trang.uid}/trail/?day=2026-06-01")
    for said in ("Mở hồ sơ", "Xem số điện thoại đầy đủ", "Thêm đồng ý hoặc từ chối nhận tin"):
        assert said in page
    assert "Test reception" in page
    assert "0903" not in page and "Tra ai đã xem" not in page
    assert "Tra ai đã xem" in text(owner, f"/patients/{trang.uid}/trail/?day=2026-06-01")
    assert "Ngày này không có gì" in text(owner, f"/patients/{trang.uid}/trail/?day=2026-05-30")
    assert "/trail/" in text(owner, f"/patients/{trang.uid}/")
    assert f"/patients/{trang.uid}/trail/" not in text(desk, f"/patients/{trang.uid}/")
    assert desk.get(f"/patients/{trang.uid}/trail/").status_code == 403


def test_the_days_around_it(client_for: Callable[..., Client], trang: Patient, clock: Any) -> None:
    owner = client_for("owner")
    for _day in range(3):
        owner.get(f"/patients/{trang.uid}/")
        clock.advance(days=2)
    seen = history.of_patient(uid=trang.uid, pk=trang.pk, day=history.typed_day("2026-06-03"))
    assert [f"{seen.earlier}", f"{seen.day}"] == ["2026-06-01", "2026-06-03"]
    assert f"{seen.later}" == "2026-06-05"
    assert history.typed_day("no day") is None


def test_one_persons_page_of_it(
    client_for: Callable[..., Client], trang: Patient, branch: Branch
) -> None:
    desk, manager = client_for("reception"), client_for("manager")
    desk.get("/search/", {"q": "dang"})
    desk.get(f"/patients/{trang.uid}/")
    people.rename(patient=trang, full_name="Đặng Thị Trang")  # the product itself
    page = text(manager, f"/staff/{desk.staff.uid}/trail/")  # type: ignore[attr-defined]
    assert "Hiện trong kết quả tìm" in page and "Mở hồ sơ" in page
    assert "Sửa hồ sơ khách" not in page
    assert f"/patients/{trang.uid}/" in page


def test_many_rows_of_one_request_are_one_line_and_cost_no_more(
    client_for: Callable[..., Client], trang: Patient
) -> None:
    owner = client_for("owner")
    counts = []
    for rows in (1, 40):
        for _row in range(rows):
            audit.saw(what="patient", actor=owner.staff, subjects=[trang.uid])  # type: ignore[attr-defined]
            people.set_preferred_hour(patient=trang, hour=None)
        with CaptureQueriesContext(connection) as asked:
            seen = history.of_patient(
                uid=trang.uid, pk=trang.pk, day=history.typed_day("2026-06-01")
            )
        counts.append(len(asked))
    assert len(seen.lines) >= 41
    assert counts[0] == counts[1] <= 6


def test_record_after_record_within_an_hour_is_one_line(
    client_for: Callable[..., Client], branch: Branch, clock: Any
) -> None:
    """Who walks down the list of patients is seen at a glance; usual work stays as it is."""
    desk, owner = client_for("reception"), client_for("owner")
    person = desk.staff  # type: ignore[attr-defined]
    them = [uuid.uuid4() for _ in range(12)]
    clock.set("2026-06-01T20:24")
    for uid in them:
        audit.saw(what="patient", actor=person, subjects=[uid])
        clock.advance(seconds=20)
    audit.saw(what="patient", actor=person, subjects=them[:1])
    audit.record(verb="phone.revealed", actor=person, subject=them[0])
    clock.set("2026-06-01T21:10")
    for uid in them[:3]:
        audit.saw(what="patient", actor=person, subjects=[uid])
    lines = history.of_staff(person).lines
    assert [(line.what, line.times) for line in lines] == [
        ("Mở hồ sơ", 1),
        ("Mở hồ sơ", 1),
        ("Mở hồ sơ", 1),
        ("Xem số điện thoại đầy đủ", 1),
        ("Mở hồ sơ", 13),
    ]
    assert lines[4].whose == [them[0], *reversed(them[1:])]
    page = text(owner, f"/staff/{person.uid}/trail/?day=2026-06-01")
    assert "20:24–20:28" in page
    assert "Trang của 12 khách" in page
