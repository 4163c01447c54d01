"""The page behind a message's link, as a patient's browser meets it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from clinics import clock as product_clock
from clinics.registry.models import Clinic
from followup import gate
from followup.models import Answer, Contact, Task
from messaging.models import Link, LinkOpen
from messaging.public import Message, links
from patients.models import Appointment
from patients.public import Patient, appointments
from tests.followup.records import House, contact, house, patient, treat

pytestmark = pytest.mark.usefixtures("clinic")
HOST = {"host": "an-tam.localhost"}


@pytest.fixture
def phone() -> Client:
    """Nobody is signed in, and forms carry their token like a browser's."""
    return Client(headers=HOST, enforce_csrf_checks=True)


def path(row: Contact) -> str:
    address = links.url_for(row.uid, patient_id=row.patient_id)
    return "/k/" + address.rsplit("/k/", 1)[1]


def press(phone: Client, at: str, deed: str, **said: Any) -> Any:
    page = phone.get(at).content.decode()
    said["csrfmiddlewaretoken"] = re.search(
        r'csrfmiddlewaretoken" value="(.+?)"', page + phone.get(f"{at}{deed}/").content.decode()
    ).group(1)  # type: ignore[union-attr]
    return phone.post(f"{at}{deed}/", said)


@pytest.fixture
def at() -> House:
    return house()


def booked(at: House) -> tuple[Patient, Appointment, str]:
    who = patient(at)
    slot = appointments.book(
        patient=who,
        branch=who.branch,
        start=product_clock.parse("2026-06-05T15:30"),
        dentist=at.dentist,
    )
    gate.decide_due()
    return who, slot, path(Contact.objects.get(kind="confirmation"))


def test_she_confirms_and_pressing_twice_does_one_thing(phone: Client, at: House) -> None:
    _who, slot, link = booked(at)
    page = phone.get(link)
    assert page.status_code == 200
    text = page.content.decode()
    assert "Tôi sẽ đến" in text
    assert "15:30" in text
    assert "BS. Hoàng Minh Khôi" in text
    assert "<script" not in text
    assert len(page.content) < 30_000
    assert press(phone, link, "confirm").status_code == 302
    first = Appointment.objects.get(pk=slot.pk).confirmed_at
    press(phone, link, "move", wish="")  # a page with a token is still there
    assert "hẹn gặp anh" in phone.get(link).content.decode()
    token = re.search(
        r'csrfmiddlewaretoken" value="(.+?)"', phone.get(f"{link}move/").content.decode()
    )
    assert token
    again = phone.post(f"{link}confirm/", {"csrfmiddlewaretoken": token.group(1)})
    assert again.status_code == 302
    assert Appointment.objects.get(pk=slot.pk).confirmed_at == first
    assert Message.objects.count() == 1


def test_without_the_forms_token_nothing_changes(phone: Client, at: House) -> None:
    _who, slot, link = booked(at)
    assert phone.post(f"{link}confirm/").status_code == 403
    assert Appointment.objects.get(pk=slot.pk).status == "booked"


def test_she_asks_for_another_time_and_the_desk_gets_it(phone: Client, at: House) -> None:
    _who, slot, link = booked(at)
    empty = press(phone, link, "move", wish=" ")
    assert empty.status_code == 422
    assert "Cho em biết ngày hoặc giờ nào tiện." in empty.content.decode()
    press(phone, link, "move", wish="thứ Năm sau 17:30")
    press(phone, link, "move", wish="thứ Năm sau 17:30")
    task = Task.objects.get()
    assert (task.kind, task.why, task.appointment) == ("move", "thứ Năm sau 17:30", slot)
    assert "muốn đổi giờ" in phone.get(link).content.decode()


def test_what_is_too_long_stays_typed(phone: Client, at: House) -> None:
    _who, _slot, link = booked(at)
    answer = press(phone, link, "move", wish="x" * 201)
    assert answer.status_code == 422
    assert "x" * 201 in answer.content.decode()
    assert not Task.objects.exists()


def test_she_cancels_with_a_reason(phone: Client, at: House) -> None:
    _who, slot, link = booked(at)
    assert press(phone, link, "cancel").status_code == 422
    press(phone, link, "cancel", reason="Bận giờ đó")
    row = Appointment.objects.get(pk=slot.pk)
    assert (row.outcome, row.reason) == ("cancelled", "Bận giờ đó")
    assert "đã hủy" in phone.get(link).content.decode()


def test_after_a_move_the_link_shows_the_time_that_stands(phone: Client, at: House) -> None:
    _who, slot, link = booked(at)
    appointments.move(slot, product_clock.parse("2026-06-09T10:00"))
    assert "10:00" in phone.get(link).content.decode()


def test_she_is_worse_and_is_told_who_calls_by_when(phone: Client, at: House, clock: Any) -> None:
    who = patient(at)
    treat(at, who, at.implant)
    clock.set("2026-06-04T09:30")
    gate.decide_due()
    clock.set("2026-06-04T13:58")
    link = path(contact(who, "I2"))
    page = phone.get(link).content.decode()
    worst, mild = page.index("Khó thở, khó nuốt"), page.index("Sốt từ 38 độ")
    assert worst < mild
    assert "So với hôm qua" in page
    answered = press(phone, link, "answer", choice="worse", signs=["swelling"], note="há miệng khó")
    assert answered.status_code == 302
    page = phone.get(link).content.decode()
    assert "BS. Khôi gọi anh trước 14:58" in page
    assert "115" in page
    task = Task.objects.get()
    assert (task.kind, task.tier, task.why) == ("danger", "R1", "há miệng khó")
    # the same again changes nothing
    token = re.search(
        r'csrfmiddlewaretoken" value="(.+?)"', phone.get(f"{link}?again=1").content.decode()
    )
    assert token
    said = {
        "csrfmiddlewaretoken": token.group(1),
        "choice": "worse",
        "signs": ["swelling"],
        "note": "há miệng khó",
    }
    phone.post(f"{link}answer/", said)
    assert Answer.objects.count() == 1
    assert Task.objects.count() == 1
    clock.set("2026-06-04T14:59")  # nobody has called: no hour that is over is promised
    page = phone.get(link).content.decode()
    assert "14:58" not in page
    assert "Nếu chưa có ai gọi, anh gọi ngay giúp em" in page
    assert 'class="ph-btn main" href="tel:' in page


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, "nothing chosen"),
        ({"choice": "fine"}, "not an answer to this question"),
        ({"choice": "worse", "signs": ["lost"]}, "not a sign of this treatment"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    phone: Client, at: House, clock: Any, said: dict[str, Any], why: str
) -> None:
    who = patient(at)
    treat(at, who, at.implant)
    clock.set("2026-06-04T09:30")
    gate.decide_due()
    refused = press(phone, path(contact(who, "I2")), "answer", **said)
    assert refused.status_code == 422, why
    page = refused.content.decode()
    assert ('/answer/#mend"' in page) and ('id="mend"' in page) == (said.get("choice") != "worse")
    assert not Answer.objects.exists()


def test_an_invited_patient_says_when_she_can_come(phone: Client, at: House, clock: Any) -> None:
    who = patient(at)
    treat(at, who, at.implant)
    clock.set("2026-06-03T09:30")
    gate.decide_due()
    link = path(contact(who, "I3", "invite"))
    assert "08/06\u2060–\u206015/06" in phone.get(link).content.decode()
    press(phone, link, "wish", wish="thứ Bảy sáng")
    task = Task.objects.get(kind="call_back")
    assert task.why == "thứ Bảy sáng"
    assert "thứ Bảy sáng" in phone.get(link).content.decode()


def test_links_that_are_not_ours_open_nothing(
    phone: Client, at: House, other_clinic: Clinic, clock: Any
) -> None:
    _who, slot, link = booked(at)
    forged = link[:-2] + ("A" if link[-2] != "A" else "B") + "/"
    assert phone.get(forged).status_code == 404
    assert phone.get("/k/nonsense/").status_code == 404
    with schema_context(other_clinic.schema_name):
        elsewhere = Client(headers={"host": "mai-lan.localhost"})
        assert elsewhere.get(link).status_code == 404
        assert elsewhere.post(f"{link}confirm/").status_code == 404
    clock.advance(days=181)
    gone = phone.get(link)
    assert gone.status_code == 404
    assert "Liên kết này không còn mở được" in gone.content.decode()
    assert Appointment.objects.get(pk=slot.pk).status == "booked"


AGENT = "Mozilla/5.0 (Linux; Android 13; wv) Chrome/124.0 Mobile Safari/537.36 Zalo android/1211"


def test_only_a_person_who_opens_it_is_counted(phone: Client, at: House, client_for: Any) -> None:
    _who, _slot, link = booked(at)

    def found() -> list[tuple[str, str]]:
        return list(LinkOpen.objects.order_by("id").values_list("kind", "action"))

    assert phone.get(link, headers={"user-agent": "facebookexternalhit/1.1"}).status_code == 200
    assert phone.head(link, headers={"user-agent": AGENT}).status_code == 200
    assert client_for("reception").get(link, headers={"user-agent": AGENT}).status_code == 200
    assert found() == [("preview", "opened"), ("preview", "opened"), ("staff", "opened")]
    assert not Link.objects.filter(first_opened_at__isnull=False).exists()
    phone.get(link, headers={"user-agent": AGENT})
    assert found()[3:] == [("person", "opened")]
    assert Link.objects.filter(first_opened_at__isnull=False).count() == 1
    browser = Client(headers=HOST | {"user-agent": AGENT})
    browser.post(f"{link}confirm/")
    browser.post(f"{link}no-such-deed/")
    assert found()[4:] == [("person", "clicked")]
