"""One appointment at the side of the page: what can be done, and doing it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from clinics.public import AuditEntry, Branch, Staff
from patients.public import Appointment, Outcome, Patient, Status, appointments
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


@pytest.fixture
def slot(trang: Patient, khoi: Staff) -> Appointment:
    return records.slot(trang, "2026-06-01T15:30", dentist=khoi)


def steps_shown(page: str, uid: object) -> set[str]:
    known = ("confirm", "check-in", "seat", "done", "miss", "move", "cancel", "undo")
    return {step for step in known if f'/appointments/{uid}/{step}/"' in page}


def test_only_the_next_steps_are_offered(
    client_for: Clients, slot: Appointment, clock: object
) -> None:
    client = client_for("reception")
    here = f"/appointments/{slot.uid}/"

    def offered() -> set[str]:
        return steps_shown(pages.text(pages.part(client, here)), slot.uid)

    assert offered() == {"check-in", "confirm", "move", "cancel"}
    appointments.confirm(slot)
    assert offered() == {"check-in", "move", "cancel"}
    clock.set("2026-06-01T15:50")  # type: ignore[attr-defined]
    assert offered() == {"check-in", "miss", "move", "cancel"}
    appointments.check_in(slot)
    assert offered() == {"seat", "done"}
    appointments.seat(slot)
    assert offered() == {"done"}
    appointments.done(slot)
    assert offered() == {"undo"}


def test_a_booking_of_another_day_cannot_be_checked_in_from_here(
    client_for: Clients, trang: Patient
) -> None:
    later = records.slot(trang, "2026-06-03T10:00")
    client = client_for("reception")
    page = pages.text(pages.part(client, f"/appointments/{later.uid}/"))
    assert steps_shown(page, later.uid) == {"confirm", "move", "cancel"}
    answer = pages.press(client, f"/appointments/{later.uid}/check-in/")
    assert answer.status_code == 422
    assert pages.said(answer) == "Lịch này hẹn ngày 03/06/2026."


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("confirm", "Chị Trang sẽ đến lúc 15:30 hôm nay."),
        ("check-in", "Chị Trang đã đến, đang chờ."),
    ],
)
def test_a_button_pressed_twice_does_one_thing(
    client_for: Clients, slot: Appointment, deed: str, sentence: str
) -> None:
    client = client_for("reception")
    for _ in range(2):
        answer = pages.press(client, f"/appointments/{slot.uid}/{deed}/")
        assert answer.status_code == 204
        assert pages.said(answer) == sentence
    slot.refresh_from_db()
    assert slot.status == {"confirm": Status.CONFIRMED, "check-in": Status.CHECKED_IN}[deed]


def test_the_whole_visit_by_buttons(client_for: Clients, slot: Appointment, clock: object) -> None:
    client = client_for("reception")
    clock.set("2026-06-01T15:50")  # type: ignore[attr-defined]
    for deed in ("check-in", "seat", "done"):
        assert pages.press(client, f"/appointments/{slot.uid}/{deed}/").status_code == 204
    slot.refresh_from_db()
    assert (slot.status, slot.outcome) == (Status.DONE, Outcome.LATE)


def test_did_not_come_is_refused_before_the_hour(client_for: Clients, slot: Appointment) -> None:
    answer = pages.press(client_for("reception"), f"/appointments/{slot.uid}/miss/")
    assert answer.status_code == 422
    assert pages.said(answer) == "Chưa tới giờ hẹn."
    slot.refresh_from_db()
    assert slot.outcome is None


def test_cancelling_asks_for_who_and_why_and_keeps_what_was_typed(
    client_for: Clients, slot: Appointment
) -> None:
    client = client_for("reception")
    here = f"/appointments/{slot.uid}/cancel/"
    assert "Hủy lịch 15:30 của chị Trang?" in pages.text(pages.part(client, here))
    answer = pages.press(client, here, who="clinic", reason=" ")
    assert answer.status_code == 422
    assert "Ghi lý do, đúng như khách nói." in pages.text(answer)
    assert "checked" in pages.text(answer).split('value="clinic"')[1][:60]
    answer = pages.press(client, here, who="patient", reason="bận họp")
    assert answer.status_code == 204
    assert pages.said(answer) == "Đã hủy lịch 15:30 hôm nay của chị Trang. Chị Trang đang nhận tin."
    slot.refresh_from_db()
    assert (slot.outcome, slot.reason) == (Outcome.LATE_CANCEL, "bận họp")


def test_the_clinic_may_cancel_too(client_for: Clients, slot: Appointment) -> None:
    here = f"/appointments/{slot.uid}/cancel/"
    pages.press(client_for("reception"), here, who="clinic", reason="bác sĩ ốm")
    slot.refresh_from_db()
    assert slot.outcome == Outcome.CLINIC_CANCELLED


def test_moving_to_a_taken_hour_offers_the_nearest_free_ones(
    client_for: Clients, home: Branch, khoi: Staff, slot: Appointment
) -> None:
    other = records.patient(home, "Lê Văn Tám", "0912000111")
    records.slot(other, "2026-06-01T16:30", dentist=khoi)
    client = client_for("reception")
    here = f"/appointments/{slot.uid}/move/"
    wish = {"dentist": str(khoi.uid), "date": "01/06/2026", "time": "16:30"}
    answer = pages.press(client, here, **wish)
    page = pages.text(answer)
    assert answer.status_code == 422
    assert "BS. Khôi có khách lúc 16:30." in page
    assert "Đổi sang 17:00 hôm nay" in page
    answer = pages.press(client, here, **wish, pick="2026-06-01T10:00:00+00:00")
    assert pages.said(answer) == "Đã đổi sang 17:00 hôm nay. Chị Trang đang nhận tin."
    slot.refresh_from_db()
    assert slot.outcome == Outcome.LATE_MOVE
    assert slot.moved_to.during.lower == dt.datetime(2026, 6, 1, 10, tzinfo=dt.UTC)


def test_only_who_may_overbook_can_and_the_reason_is_kept(
    client_for: Clients, home: Branch, khoi: Staff, slot: Appointment
) -> None:
    other = records.patient(home, "Lê Văn Tám", "0912000111")
    records.slot(other, "2026-06-01T16:30", dentist=khoi)
    wish = {"dentist": str(khoi.uid), "date": "01/06/2026", "time": "16:30"}
    here = f"/appointments/{slot.uid}/move/"
    refused = pages.press(client_for("care"), here, **wish, overbook_reason="đau nhiều")
    assert refused.status_code == 422
    assert "Lý do vẫn đặt" not in pages.text(refused)
    allowed = pages.press(client_for("reception"), here, **wish, overbook_reason="đau nhiều")
    assert allowed.status_code == 204
    assert AuditEntry.objects.get(verb="appointment.overbooked").note == "đau nhiều"


def test_taken_back_it_stands_again(client_for: Clients, slot: Appointment, clock: object) -> None:
    clock.set("2026-06-01T16:10")  # type: ignore[attr-defined]
    client = client_for("reception")
    pages.press(client, f"/appointments/{slot.uid}/miss/")
    answer = pages.press(client, f"/appointments/{slot.uid}/undo/")
    assert pages.said(answer) == "Đã mở lại lịch 15:30 hôm nay của chị Trang."
    slot.refresh_from_db()
    assert slot.outcome is None


def test_without_scripts_a_form_leads_back_with_its_sentence(
    client_for: Clients, slot: Appointment
) -> None:
    client = client_for("reception")
    answer = client.post(f"/appointments/{slot.uid}/confirm/", follow=True)
    assert answer.status_code == 200
    assert "Chị Trang sẽ đến lúc 15:30 hôm nay." in pages.text(answer)
    assert "<html" in pages.text(client.get(f"/appointments/{slot.uid}/"))


def test_rights_and_other_branches(client_for: Clients, slot: Appointment, home: Branch) -> None:
    far = records.branch("Thủ Đức")
    stranger = client_for("reception", branches=[far])
    for address in ("", "move/", "cancel/"):
        assert stranger.get(f"/appointments/{slot.uid}/{address}").status_code == 404
    assert stranger.post(f"/appointments/{slot.uid}/confirm/").status_code == 404
    assistant = client_for("assistant")
    assert assistant.get(f"/appointments/{slot.uid}/").status_code == 200
    assert assistant.post(f"/appointments/{slot.uid}/confirm/").status_code == 403
    assert client_for("reception").post(f"/appointments/{slot.uid}/erase/").status_code == 404
    assert client_for("reception").get(f"/appointments/{slot.uid}/confirm/").status_code == 405
    slot.refresh_from_db()
    assert slot.status == Status.BOOKED
