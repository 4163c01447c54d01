"""The dentist's phone: my day, and signing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics.public import Branch, Service
from patients.public import Appointment, Patient, Treatment, TreatmentStatus, appointments
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


@pytest.fixture
def slot(trang: Patient, me: Client, filling: Service, clock: object) -> Appointment:
    mine: Any = me
    made = records.slot(trang, "2026-06-01T09:30", dentist=mine.staff, service=filling)
    clock.set("2026-06-01T09:32")  # type: ignore[attr-defined]
    appointments.check_in(made)
    appointments.seat(made)
    clock.set("2026-06-01T10:05")  # type: ignore[attr-defined]
    return made


def sign_page(slot: Appointment) -> str:
    return f"/dentist/{slot.uid}/sign/"


def form(filling: Service, **other: str) -> dict[str, str]:
    return {
        "service": str(filling.uid),
        "tooth": "36",
        "done_on": "01/06/2026",
        "done_time": "10:00",
        "agreed_value": "650.000",
        **other,
    }


def test_my_day_shows_what_waits_for_my_signature(me: Client, slot: Appointment) -> None:
    page = pages.text(me.get("/dentist/"))
    assert "Hôm nay của tôi" in page
    assert "Chờ ký" in page
    assert sign_page(slot) in page
    assert "chị Đặng Thị Thu Trang" in page


def test_the_form_knows_what_was_booked(me: Client, slot: Appointment, filling: Service) -> None:
    page = pages.text(me.get(sign_page(slot)))
    assert f'<option value="{filling.uid}" selected' in page
    assert 'value="600000"' in page
    assert 'value="10:05"' in page
    assert "chị Trang sẽ nhận" in page
    assert "Lỗ sâu lớn" in page


def test_a_tooth_that_is_touched_is_drawn_and_nothing_is_lost(
    me: Client, slot: Appointment, filling: Service
) -> None:
    asked = f"service={filling.uid}&was={filling.uid}&agreed_value=650000&deep_cavity=on&pick=36"
    page = pages.text(pages.part(me, f"{sign_page(slot)}?{asked}&tooth="))
    assert re.search(r'<input[^>]* name="tooth"[^>]* value="36"', page)
    assert 'value="650000"' in page
    assert 'data-state="filling"' in page
    assert "răng 36" in page


def test_signing_writes_and_signs_once(me: Client, slot: Appointment, filling: Service) -> None:
    for _ in range(2):
        answer = pages.press(
            me, sign_page(slot), **form(filling, deep_cavity="on", recall_months="12")
        )
        assert answer.status_code == 204
        assert answer["HX-Redirect"] == "/dentist/"
    made = Treatment.objects.get()
    assert made.status == TreatmentStatus.SIGNED
    assert (made.tooth, made.agreed_value) == (36, 650_000)
    assert (made.deep_cavity, made.recall_months) == (True, 12)
    assert made.appointment == slot
    page = pages.text(me.get("/dentist/"))
    assert "Đã ký: Filling, răng 36." in page
    assert "Chờ ký" not in page


def test_signed_late_it_counts_from_when_it_was_done(
    me: Client, slot: Appointment, filling: Service, clock: object
) -> None:
    appointments.done(slot)
    clock.set("2026-06-04T18:00")  # type: ignore[attr-defined]
    assert sign_page(slot) in pages.text(me.get("/dentist/"))
    pages.press(me, sign_page(slot), **form(filling))
    made = Treatment.objects.get()
    assert made.done_at == records.at("2026-06-01T10:00")
    assert made.signed_at is not None
    assert made.signed_at >= records.at("2026-06-04T18:00")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tooth": ""}, "Chọn răng đã làm."),
        ({"tooth": "59"}, "Không có răng 59."),
        ({"done_time": "11:30"}, "Giờ này chưa tới"),
        ({"agreed_value": "nhiều"}, "Ghi giá bằng số"),
        ({"done_on": "hôm qua"}, "Ghi ngày như 17/11/2026."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    me: Client, slot: Appointment, filling: Service, wrong: dict[str, str], words: str
) -> None:
    answer = pages.press(me, sign_page(slot), **form(filling, **wrong))
    assert answer.status_code == 422
    assert words in pages.text(answer)
    assert Treatment.objects.count() == 0


def test_a_second_service_of_the_same_visit(
    me: Client, slot: Appointment, filling: Service
) -> None:
    scaling = records.service("scaling")
    pages.press(me, sign_page(slot), **form(filling))
    page = pages.text(me.get(sign_page(slot)))
    assert "Đã ký trong lần này" in page
    pages.press(me, sign_page(slot), **form(scaling, tooth="", deep_cavity="on"))
    assert Treatment.objects.count() == 2
    assert not Treatment.objects.get(service=scaling).deep_cavity  # only a filling has one


def test_only_its_dentist_signs(
    client_for: Clients, slot: Appointment, home: Branch, filling: Service
) -> None:
    colleague = client_for("dentist", branches=[home])
    assert colleague.get(sign_page(slot)).status_code == 404
    assert pages.press(colleague, sign_page(slot), **form(filling)).status_code == 404
    assert client_for("reception").get(sign_page(slot)).status_code == 403
    assert client_for("reception").get("/dentist/").status_code == 403
    assert client_for("owner").get("/dentist/").status_code == 403
    assert Treatment.objects.count() == 0


def test_fifty_patients_cost_as_many_statements_as_one(
    me: Client, slot: Appointment, home: Branch
) -> None:
    me.get("/dentist/")
    with pages.counted() as one:
        me.get("/dentist/")
    for n in range(20):
        who = records.patient(home, f"Khách Số {n}", f"09120{n:05d}")
        records.slot(
            who, f"2026-06-01T{11 + n // 4}:{n % 4 * 15:02d}", minutes=15,
            dentist=me.staff,  # type: ignore[attr-defined]
        )  # fmt: skip
    with pages.counted() as many:
        assert "Khách Số 19" in pages.text(me.get("/dentist/"))
    assert pages.statements(many) == pages.statements(one)
