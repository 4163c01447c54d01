"""An assistant prepares at the chair, the dentist signs; what the dentist types wins."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics.models import ChangeEvent
from clinics.public import Branch, Service, Staff
from patients.public import (
    Appointment,
    Episode,
    Patient,
    Treatment,
    TreatmentStatus,
    appointments,
)
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


@pytest.fixture
def khoi(me: Any) -> Staff:
    person: Staff = me.staff
    return person


@pytest.fixture
def lan(client_for: Clients, home: Branch) -> Client:
    return client_for("assistant", branches=[home])


@pytest.fixture
def slot(trang: Patient, khoi: Staff, filling: Service, clock: Any) -> Appointment:
    made = records.slot(trang, "2026-06-01T09:30", dentist=khoi, service=filling)
    clock.set("2026-06-01T09:32")
    appointments.check_in(made)
    appointments.seat(made)
    clock.set("2026-06-01T10:05")
    return made


def chair(slot: Appointment) -> str:
    return f"/dentist/{slot.uid}/prepare/"


def signing(slot: Appointment) -> str:
    return f"/dentist/{slot.uid}/sign/"


def noted(filling: Service, **other: str) -> dict[str, str]:
    return {
        "service": str(filling.uid), "tooth": "36", "agreed_value": "650.000",
        "remark": "ê khi lạnh", **other,
    }  # fmt: skip


def typed(page: str) -> dict[str, str]:
    """What stands in the fields of the signing form, as a browser would send it."""
    form = page.split('<form id="sign"', 1)[1].split("</form>", 1)[0]
    found = {
        name: value
        for tag in re.findall(r"<input[^>]*>", form)
        if 'type="radio"' not in tag and ('type="checkbox"' not in tag or " checked" in tag)
        for name, value in [
            (_of(tag, "name"), _of(tag, "value")),
        ]
    }
    chosen = re.search(r'<option value="([^"]*)" selected', form)
    return found | {"service": chosen.group(1) if chosen else ""}


def _of(tag: str, what: str) -> str:
    found = re.search(rf' {what}="([^"]*)"', tag)
    return found.group(1) if found else ""


def test_an_assistant_opens_the_day_of_a_dentist(
    lan: Client, home: Branch, khoi: Staff, slot: Appointment
) -> None:
    vy = records.dentist(home, "Nguyễn Thảo Vy")
    page = pages.text(lan.get(f"/dentist/?dentist={khoi.uid}"))
    assert f"Hôm nay của {khoi.short_name}" in page
    assert chair(slot) in page
    assert signing(slot) not in page
    assert slot.patient.full_name not in pages.text(lan.get(f"/dentist/?dentist={vy.uid}"))
    assert 'href="/dentist/"' in page  # in her rail


def test_she_sees_her_own_branches_alone(
    client_for: Clients, home: Branch, khoi: Staff, slot: Appointment, filling: Service
) -> None:
    far = records.branch("Thủ Đức")
    khoi.branches.add(far)
    stranger = client_for("assistant", branches=[far])
    assert "Trang" not in pages.text(stranger.get(f"/dentist/?dentist={khoi.uid}"))
    assert stranger.get(chair(slot)).status_code == 404
    assert pages.press(stranger, chair(slot), **noted(filling)).status_code == 404
    nobody = client_for("assistant", branches=[records.branch("Huế")])
    assert "Chi nhánh này chưa có bác sĩ." in pages.text(nobody.get("/dentist/"))
    for role in ("reception", "care", "owner"):
        assert client_for(role).get(chair(slot)).status_code == 403


def test_she_prepares_and_never_signs(
    lan: Any, khoi: Staff, slot: Appointment, filling: Service
) -> None:
    for value in ("650.000", "700.000"):  # noted again it is corrected
        answer = pages.press(lan, chair(slot), **noted(filling, agreed_value=value))
        assert answer.status_code == 204
    made = Treatment.objects.get()
    assert (made.status, made.signed_at) == (TreatmentStatus.DONE, None)
    assert (made.prepared_by, made.dentist) == (lan.staff, khoi)
    assert (made.tooth, made.agreed_value, made.remark) == (36, 700_000, "ê khi lạnh")
    page = pages.text(lan.get(chair(slot)))
    assert "chuẩn bị bởi Test assistant" in page
    assert re.search(r"650.000.₫</span> → <span class=\"num\">700.000", page)
    assert lan.get(signing(slot)).status_code == 403
    assert pages.press(lan, signing(slot), **noted(filling)).status_code == 403
    made.refresh_from_db()
    assert made.signed_at is None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tooth": ""}, "Chọn răng đã làm."),
        ({"tooth": "59"}, "Không có răng 59."),
        ({"agreed_value": "nhiều"}, "Ghi giá bằng số"),
        ({"service": ""}, "bắt buộc"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    lan: Client, slot: Appointment, filling: Service, wrong: dict[str, str], words: str
) -> None:
    answer = pages.press(lan, chair(slot), **noted(filling, **wrong))
    assert answer.status_code == 422
    assert words in pages.text(answer)
    assert "ê khi lạnh" in pages.text(answer)
    assert not Treatment.objects.exists()


def test_nobody_is_prepared_before_she_sits(
    lan: Client, trang: Patient, khoi: Staff, filling: Service
) -> None:
    booked = records.slot(trang, "2026-06-01T15:00", dentist=khoi)
    answer = pages.press(lan, chair(booked), **noted(filling))
    assert answer.status_code == 422
    assert "Khách chưa vào ghế." in pages.text(answer)


def test_where_no_dentist_was_named_she_says_who(
    lan: Client, me: Client, home: Branch, trang: Patient, khoi: Staff, filling: Service
) -> None:
    slot = records.slot(trang, "2026-06-01T09:30")
    appointments.check_in(slot)
    appointments.seat(slot)
    assert pages.press(lan, chair(slot), **noted(filling)).status_code == 422
    answer = pages.press(lan, chair(slot), **noted(filling, dentist=str(khoi.uid)))
    assert answer.status_code == 204
    assert Treatment.objects.get().dentist == khoi
    assert signing(slot) in pages.text(me.get("/dentist/"))


def test_taken_back_it_waits_for_no_signature(
    lan: Client, me: Client, slot: Appointment, filling: Service
) -> None:
    pages.press(lan, chair(slot), **noted(filling))
    made = Treatment.objects.get()
    for _ in range(2):
        pages.press(lan, chair(slot), deed="remove", entry=str(made.uid))
    made.refresh_from_db()
    assert (made.status, made.void_reason) == ("voided", "chuẩn bị nhầm")
    assert Episode.objects.get().voided_at is not None
    pages.press(lan, chair(slot), **noted(filling))
    signed = Treatment.objects.exclude(pk=made.pk).get()
    pages.press(me, signing(slot), **typed(pages.text(me.get(signing(slot)))))
    pages.press(lan, chair(slot), deed="remove", entry=str(signed.uid))
    again = pages.press(lan, chair(slot), **noted(filling))
    assert "Mục này đã ký." in pages.text(again)
    signed.refresh_from_db()
    assert signed.status == TreatmentStatus.SIGNED


def test_the_dentist_signs_what_was_prepared_as_it_stands(
    lan: Client, me: Client, slot: Appointment, filling: Service
) -> None:
    pages.press(lan, chair(slot), **noted(filling))
    day = pages.text(me.get("/dentist/"))  # one tap opens her, one signs, one says yes
    assert "chuẩn bị bởi Test assistant" in day
    page = pages.text(me.get(signing(slot)))
    assert "ký · chuẩn bị bởi Test assistant" in page
    assert "ê khi lạnh" in page
    sent = typed(page)
    assert (sent["tooth"], sent["agreed_value"]) == ("36", "650000")
    assert pages.press(me, signing(slot), **sent).status_code == 204
    made = Treatment.objects.get()
    assert made.status == TreatmentStatus.SIGNED
    assert (made.agreed_value, made.remark) == (650_000, "ê khi lạnh")
    assert made.prepared_by is not None


def test_what_the_dentist_types_wins_and_is_in_the_trail(
    lan: Client, me: Any, slot: Appointment, filling: Service, trang: Patient
) -> None:
    pages.press(lan, chair(slot), **noted(filling))
    sent = typed(pages.text(me.get(signing(slot))))
    sent |= {"deep_cavity": "on", "recall_months": "3", "agreed_value": "800.000",
             "done_time": "09:50", "remark": "sâu sát tủy"}  # fmt: skip
    for _ in range(2):
        assert pages.press(me, signing(slot), **sent).status_code == 204
    made = Treatment.objects.get()
    assert made.signed_at is not None
    assert (made.deep_cavity, made.recall_months, made.agreed_value) == (True, 3, 800_000)
    assert (made.done_at, made.remark) == (records.at("2026-06-01T09:50"), "sâu sát tủy")
    assert made.episode.opened_at == made.done_at
    event = ChangeEvent.objects.get(
        kind="patients_treatment", deed="update", fields__contains=["agreed_value"]
    )
    assert event.actor == me.staff
    assert (event.before or {})["agreed_value"] == 650_000
    assert (event.before or {})["deep_cavity"] is False
    page = pages.text(me.get(f"/patients/{trang.uid}/"))
    assert re.search(
        r"650.000.₫</span> → <span class=\"num\">800.000.₫</span>, Test dentist, ", page
    )
    late = sent | {"agreed_value": "1"}  # once signed it stands
    pages.press(me, signing(slot), **late)
    made.refresh_from_db()
    assert made.agreed_value == 800_000


def test_corrected_to_another_tooth_it_is_one_treatment_of_the_right_plan(
    lan: Client, me: Client, slot: Appointment, clock: Any
) -> None:
    canal = records.service("root_canal", by_tooth=True, single_visit=False)
    pages.press(lan, chair(slot), **noted(canal))
    wrong = Treatment.objects.get().episode
    sent = typed(pages.text(me.get(signing(slot))))
    sent |= {"tooth": "37", "stage": "session", "tooth_left": "open"}
    assert pages.press(me, signing(slot), **sent).status_code == 204
    made = Treatment.objects.get()
    assert (made.tooth, made.stage, made.tooth_left) == (37, "session", "open")
    assert (made.episode.tooth, made.episode.voided_at) == (37, None)
    wrong.refresh_from_db()
    assert wrong.voided_at is not None
    assert made.episode != wrong


def test_two_are_prepared_and_both_are_signed(
    lan: Client, me: Client, slot: Appointment, filling: Service
) -> None:
    scaling = records.service("scaling", price=350_000)
    pages.press(lan, chair(slot), **noted(filling))
    pages.press(lan, chair(slot), **noted(scaling, tooth="", agreed_value=""))
    page = pages.text(me.get(signing(slot)))
    assert page.count("chuẩn bị bởi Test assistant") == 2
    assert pages.press(me, signing(slot), **typed(page)).status_code == 204
    assert signing(slot) in pages.text(me.get("/dentist/"))  # one still waits
    page = pages.text(me.get(signing(slot)))
    assert typed(page)["service"] == str(scaling.uid)
    assert pages.press(me, signing(slot), **typed(page)).status_code == 204
    assert {one.status for one in Treatment.objects.all()} == {"signed"}
    assert "Chờ ký" not in pages.text(me.get("/dentist/"))


def test_something_else_is_signed_beside_what_was_prepared(
    lan: Client, me: Client, slot: Appointment, filling: Service
) -> None:
    scaling = records.service("scaling")
    pages.press(lan, chair(slot), **noted(filling))
    page = pages.text(me.get(f"{signing(slot)}?entry=new"))
    sent = typed(page) | {"service": str(scaling.uid), "tooth": ""}
    assert sent["entry"] == "new"
    assert pages.press(me, signing(slot), **sent).status_code == 204
    assert sorted(Treatment.objects.values_list("service__code", "status")) == [
        ("filling", "done"),
        ("scaling", "signed"),
    ]
    doubled = typed(pages.text(me.get(signing(slot)))) | {"service": str(scaling.uid), "tooth": ""}
    answer = pages.press(me, signing(slot), **doubled)
    assert answer.status_code == 422
    assert "Mục này đã ghi trong lần khám này." in pages.text(answer)


def test_a_tick_that_is_taken_away_stays_away(
    me: Client, slot: Appointment, filling: Service, khoi: Staff
) -> None:
    records.done(
        slot.patient, filling, khoi, "2026-06-01T10:00",
        appointment=slot, tooth=36, deep_cavity=True,
    )  # fmt: skip
    page = pages.text(me.get(signing(slot)))
    assert "deep_cavity" in typed(page)
    asked = f"was={filling.uid}&service={filling.uid}&tooth=36&agreed_value=1"
    again = pages.text(pages.part(me, f"{signing(slot)}?{asked}"))
    assert "deep_cavity" not in typed(again)


def test_the_assistants_day_costs_the_same_for_many(
    lan: Client, home: Branch, khoi: Staff, slot: Appointment, filling: Service
) -> None:
    address = f"/dentist/?dentist={khoi.uid}"
    pages.press(lan, chair(slot), **noted(filling))
    lan.get(address)
    with pages.counted() as one:
        lan.get(address)
    for number in range(8):
        who = records.patient(home, f"Khách {number}", f"09120{number:05d}")
        made = records.slot(who, f"2026-06-01T{11 + number}:00", dentist=khoi, minutes=30)
        appointments.check_in(made)
        appointments.seat(made)
        pages.press(lan, chair(made), **noted(filling))
    with pages.counted() as many:
        assert "Khách 7" in pages.text(lan.get(address))
    assert pages.statements(many) == pages.statements(one)


def test_nothing_is_chosen_for_her(lan: Client, slot: Appointment, filling: Service) -> None:
    records.service("scaling")
    first = pages.text(lan.get(chair(slot)))
    assert f'<option value="{filling.uid}" selected' in first  # it was booked for that
    pages.press(lan, chair(slot), **noted(filling))
    assert '<option value="" selected>Chọn điều trị đã làm' in pages.text(lan.get(chair(slot)))
