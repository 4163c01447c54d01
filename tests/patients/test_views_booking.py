"""Booking by the form: a patient we know, somebody new, a clash, and what is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from clinics.public import Branch, Service, Staff
from clinics.registry.models import Clinic
from patients.public import Appointment, Patient
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]
NEW = "/appointments/new/"


@pytest.fixture
def filling(clinic: Clinic) -> Service:
    return records.service("filling", duration_min=45)


@pytest.fixture
def form(home: Branch, khoi: Staff, filling: Service) -> dict[str, str]:
    return {
        "branch": str(home.uid),
        "service": str(filling.uid),
        "dentist": str(khoi.uid),
        "date": "03/06/2026",
        "time": "17:30",
    }


def test_a_known_patient_is_booked_and_told(
    client_for: Clients, trang: Patient, form: dict[str, str]
) -> None:
    client = client_for("reception")
    for _ in range(2):  # pressed twice it is one appointment
        answer = pages.press(client, NEW, **form, patient=str(trang.uid))
        assert answer.status_code == 204
        assert pages.said(answer) == "Đã đặt 17:30 thứ Tư 03/06. Chị Trang đang nhận tin."
    made = Appointment.objects.get()
    assert made.during.lower == dt.datetime(2026, 6, 3, 10, 30, tzinfo=dt.UTC)
    assert made.during.upper - made.during.lower == dt.timedelta(minutes=45)


def test_somebody_new_is_written_down_with_what_she_was_told(
    client_for: Clients, form: dict[str, str]
) -> None:
    new = {
        "newcomer": "1", "full_name": "Phạm Thu Hà", "phone": "0903 418 999",
        "salutation": "cô", "may_write": "on",
    }  # fmt: skip
    answer = pages.press(client_for("reception"), NEW, **form, **new)
    assert pages.said(answer) == "Đã đặt 17:30 thứ Tư 03/06. Cô Hà đang nhận tin."
    patient = Patient.objects.get()
    assert patient.full_name == "Phạm Thu Hà"
    assert patient.basis_set.get().kind == "care_relation"


def test_nobody_claims_a_message_that_cannot_go_out(
    client_for: Clients, form: dict[str, str]
) -> None:
    client = client_for("reception")
    unasked = {"newcomer": "1", "full_name": "Phạm Thu Hà", "phone": "0903418999"}
    answer = pages.press(client, NEW, **form, **unasked)
    assert "Chưa hỏi anh/chị Hà có nhận tin không" in pages.said(answer)
    form["time"] = "15:00"
    phoneless = {"newcomer": "1", "full_name": "Lê Thị Lan", "may_write": "on"}
    answer = pages.press(client, NEW, **form, **phoneless)
    assert "chưa có số di động nên chưa gửi tin" in pages.said(answer)


def test_a_wrong_phone_is_said_beside_its_field_and_nothing_is_lost(
    client_for: Clients, form: dict[str, str]
) -> None:
    new = {"newcomer": "1", "full_name": "Phạm Thu Hà", "phone": "090341827", "salutation": "cô"}
    answer = pages.press(client_for("reception"), NEW, **form, **new)
    page = pages.text(answer)
    assert answer.status_code == 422
    assert "Số này thiếu một chữ số. Số di động có 10 số, ví dụ 0903 418 276." in page
    for kept in ("Phạm Thu Hà", "090341827", "03/06/2026", "17:30"):
        assert f'value="{kept}"' in page, kept
    assert Patient.objects.count() == 0


def test_what_is_missing_is_said_beside_its_field(
    client_for: Clients, form: dict[str, str]
) -> None:
    form |= {"time": "", "date": "31/02/2026"}
    page = pages.text(pages.press(client_for("reception"), NEW, **form))
    for words in ("Chọn khách, hoặc tạo khách mới.", "Chọn giờ.", "Ghi ngày như 17/11/2026."):
        assert words in page, words


def test_a_clash_offers_the_nearest_free_times_as_buttons(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient, form: dict[str, str]
) -> None:
    other = records.patient(home, "Lê Văn Tám", "0912000111")
    records.slot(other, "2026-06-01T15:30", dentist=khoi)
    client = client_for("reception")
    form |= {"date": "01/06/2026", "time": "15:30"}
    answer = pages.press(client, NEW, **form, patient=str(trang.uid))
    page = pages.text(answer)
    assert answer.status_code == 422
    assert "BS. Khôi có khách lúc 15:30. Gần nhất còn trống: 16:00 hôm nay, 08:00 mai." in page
    assert "Đặt 16:00 hôm nay" in page
    answer = pages.press(
        client, NEW, **form, patient=str(trang.uid), pick="2026-06-01T09:00:00+00:00"
    )
    assert pages.said(answer) == "Đã đặt 16:00 hôm nay. Chị Trang đang nhận tin."


def test_a_clash_writes_nobody_down(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient, form: dict[str, str]
) -> None:
    records.slot(trang, "2026-06-03T17:30", dentist=khoi)
    new = {"newcomer": "1", "full_name": "Phạm Thu Hà"}
    assert pages.press(client_for("reception"), NEW, **form, **new).status_code == 422
    assert list(Patient.objects.all()) == [trang]


def test_a_link_brings_patient_slot_and_purpose(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient, form: dict[str, str]
) -> None:
    client = client_for("reception")
    link = f"{NEW}?patient={trang.uid}&dentist={khoi.uid}&purpose=recall&counts_as_return=1"
    page = pages.text(pages.part(client, f"{link}&start=2026-06-03T17:30"))
    assert "Tái khám định kỳ" in page
    assert 'value="03/06/2026"' in page
    assert 'value="17:30"' in page
    assert "Đặng Thị Thu Trang" in page
    asked = {"patient": str(trang.uid), "purpose": "recall", "counts_as_return": "1"}
    pages.press(client, NEW, **form, **asked)
    made = Appointment.objects.get()
    assert (made.purpose, made.counts_as_return) == ("recall", True)


def test_a_plain_booking_counts_for_nothing(
    client_for: Clients, trang: Patient, form: dict[str, str]
) -> None:
    asked = {"patient": str(trang.uid), "purpose": "", "counts_as_return": ""}
    pages.press(client_for("reception"), NEW, **form, **asked)
    made = Appointment.objects.get()
    assert (made.purpose, made.counts_as_return) == ("", False)


def test_yesterday_cannot_be_booked(
    client_for: Clients, trang: Patient, form: dict[str, str]
) -> None:
    form["date"] = "31/05/2026"
    answer = pages.press(client_for("reception"), NEW, **form, patient=str(trang.uid))
    assert "Ngày này đã qua. Chọn hôm nay hoặc ngày sau." in pages.text(answer)


def test_free_times_are_the_dentists(
    client_for: Clients, khoi: Staff, trang: Patient, form: dict[str, str]
) -> None:
    records.slot(trang, "2026-06-03T09:00", dentist=khoi, minutes=60)
    asked = "&".join(f"{name}={value}" for name, value in form.items())
    page = pages.text(pages.part(client_for("reception"), f"{NEW}slots/?{asked}"))
    assert "BS. Khôi còn trống" in page
    assert 'data-value="08:00"' in page
    assert 'data-value="08:30"' not in page  # 45 minutes would run into nine
    assert 'data-value="10:00"' in page


def test_patients_are_found_as_one_types_and_chosen(client_for: Clients, trang: Patient) -> None:
    client = client_for("reception")
    page = pages.text(pages.part(client, f"{NEW}find/?q=thu+trang"))
    assert "<mark>Thu Trang</mark>" in page
    chosen = pages.text(pages.part(client, f"{NEW}who/?patient={trang.uid}"))
    assert f'value="{trang.uid}"' in chosen
    fresh = pages.text(pages.part(client, f"{NEW}who/?newcomer=1&q=0903418999"))
    assert 'value="0903418999"' in fresh
    nobody = pages.text(pages.part(client, f"{NEW}find/?q=zzz"))
    assert "Chưa có ai tên “zzz” hay số này." in nobody


def test_rights_and_other_branches(
    client_for: Clients, home: Branch, trang: Patient, form: dict[str, str]
) -> None:
    far = records.branch("Thủ Đức")
    stranger = client_for("reception", branches=[far])
    answer = pages.press(stranger, NEW, **form, patient=str(trang.uid))
    assert answer.status_code == 404
    assert pages.part(stranger, f"{NEW}?patient={trang.uid}").status_code == 404
    assert "Trang" not in pages.text(pages.part(stranger, f"{NEW}find/?q=trang"))
    assert client_for("dentist").get(NEW).status_code == 403
    assert Appointment.objects.count() == 0
