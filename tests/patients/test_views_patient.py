"""The page of one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from clinics.public import AuditEntry, Staff
from clinics.registry.models import Clinic
from patients.public import Channel, Patient, Purpose, basis, treatments
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


def page_of(patient: Patient) -> str:
    return f"/patients/{patient.uid}/"


def implant(trang: Patient, khoi: Staff, when: str = "2026-05-20T10:00") -> None:
    service = records.service("implant", single_visit=False, by_tooth=True)
    done = treatments.record(
        patient=trang, service=service, dentist=khoi, done_at=records.at(when),
        branch=trang.branch, tooth=36, agreed_value=24_500_000,
    )  # fmt: skip
    treatments.sign(done, by=khoi)


def test_the_head_says_who_and_hides_the_number(client_for: Clients, trang: Patient) -> None:
    Patient.objects.filter(pk=trang.pk).update(birth_date=dt.date(1990, 3, 5))
    page = pages.text(client_for("reception").get(page_of(trang)))
    for words in ("chị Đặng Thị Thu Trang", "36 tuổi", "0903 ••• 276", "Hiện số", "Quận 3"):
        assert words in page, words
    assert "0903 418 276" not in page
    assert f'hx-get="/patients/{trang.uid}/timeline/"' in page


def test_showing_the_number_is_noted(client_for: Clients, trang: Patient) -> None:
    client = client_for("reception")
    answer = pages.press(client, f"{page_of(trang)}phones/")
    assert "0903 418 276" in pages.text(answer)
    entry = AuditEntry.objects.get(verb="phone.revealed")
    assert (entry.actor, entry.subject) == (client.staff, trang.uid)  # type: ignore[attr-defined]
    assert client.get(f"{page_of(trang)}phones/").status_code == 405
    assert pages.press(client_for("assistant"), f"{page_of(trang)}phones/").status_code == 403
    assert AuditEntry.objects.filter(verb="phone.revealed").count() == 1


def test_teeth_show_what_was_done(client_for: Clients, trang: Patient, khoi: Staff) -> None:
    implant(trang, khoi)
    client = client_for("reception")
    assert 'data-state="implant"' in pages.text(client.get(page_of(trang)))
    tooth = pages.text(pages.part(client, f"{page_of(trang)}?tooth=36"))
    assert "24.500.000" in tooth
    assert "<html" not in tooth
    assert "Răng 11 chưa ghi gì." in pages.text(pages.part(client, f"{page_of(trang)}?tooth=11"))


def test_an_open_plan_without_an_appointment_offers_the_dentists_free_times(
    client_for: Clients, trang: Patient, khoi: Staff
) -> None:
    implant(trang, khoi)
    client = client_for("reception")
    page = pages.text(client.get(page_of(trang)))
    assert "Chưa có lịch tiếp theo" in page
    assert "Giờ trống của BS. Khôi:" in page
    assert "start=2026-06-02T02%3A00%3A00%2B00%3A00" in page
    records.slot(trang, "2026-06-04T15:30", dentist=khoi)
    page = pages.text(client.get(page_of(trang)))
    assert "15:30 thứ Năm 04/06" in page
    assert "Giờ trống của" not in page


def test_a_dentist_closes_a_plan(client_for: Clients, trang: Patient, khoi: Staff) -> None:
    implant(trang, khoi)
    (plan,) = treatments.open_plans(trang)
    close = f"{page_of(trang)}plans/{plan.uid}/close/"
    assert pages.press(client_for("reception"), close).status_code == 403
    assert "Đã xong điều trị" in pages.said(pages.press(client_for("dentist"), close))
    assert treatments.open_plans(trang) == []
    again = pages.press(client_for("dentist"), close)
    assert pages.said(again) == "Điều trị này đã xong từ trước."


def test_a_refusal_is_noted_and_shown(client_for: Clients, trang: Patient) -> None:
    client = client_for("reception")
    wish = {"purpose": "care", "channel": "zalo", "wish": "no"}
    answer = pages.press(client, f"{page_of(trang)}consent/", **wish)
    assert pages.said(answer) == "Từ nay không gửi “Nhắc lịch, chăm sóc” cho chị Trang qua Zalo."
    verdicts = basis.verdicts([trang.pk], Purpose.CARE)[trang.pk]
    assert not verdicts[Channel.ZALO].allowed
    assert verdicts[Channel.SMS].allowed
    assert "từ chối ngày 01/06/2026" in pages.text(client.get(page_of(trang)))
    wish |= {"purpose": "offer", "wish": "yes"}
    pages.press(client, f"{page_of(trang)}consent/", **wish)
    assert basis.verdicts([trang.pk], Purpose.OFFER)[trang.pk][Channel.ZALO].reason == "consent"


def test_nonsense_is_not_noted(client_for: Clients, trang: Patient) -> None:
    wish = {"purpose": "care", "channel": "pigeon", "wish": "no"}
    address = f"{page_of(trang)}consent/"
    assert pages.press(client_for("reception"), address, **wish).status_code == 404
    wish["channel"] = "zalo"
    assert pages.press(client_for("dentist"), address, **wish).status_code == 403
    assert basis.verdicts([trang.pk], Purpose.CARE)[trang.pk][Channel.ZALO].allowed


def test_a_long_history_costs_as_many_statements_as_a_short_one(
    client_for: Clients, trang: Patient, khoi: Staff
) -> None:
    client = client_for("reception")
    service = records.service("filling", by_tooth=True)

    def treat(tooth: int) -> None:
        done = treatments.record(
            patient=trang, service=service, dentist=khoi, branch=trang.branch, tooth=tooth,
            done_at=records.at(f"2026-05-01T10:{tooth % 60:02d}"),
        )  # fmt: skip
        treatments.sign(done, by=khoi)

    treat(11)
    records.slot(trang, "2026-06-02T08:00", dentist=khoi)
    client.get(page_of(trang))
    with pages.counted() as few:
        client.get(page_of(trang))
    for place, tooth in enumerate(range(21, 29)):
        treat(tooth)
        records.slot(trang, f"2026-06-03T{8 + place:02d}:00", dentist=khoi)
    with pages.counted() as many:
        client.get(page_of(trang))
    assert pages.statements(many) == pages.statements(few)


def test_another_branch_or_clinic_finds_nothing(
    client_for: Clients, trang: Patient, other_clinic: Clinic
) -> None:
    far = records.branch("Thủ Đức")
    stranger = client_for("reception", branches=[far])
    assert stranger.get(page_of(trang)).status_code == 404
    assert pages.press(stranger, f"{page_of(trang)}phones/").status_code == 404
    with schema_context(other_clinic.schema_name):
        foreign = records.patient(records.branch("Mai Lan"), "Trần Thị Khác", "0912345678")
    assert client_for("owner").get(page_of(foreign)).status_code == 404
    assert AuditEntry.objects.filter(verb="phone.revealed").count() == 0


def test_nobody_signs_in_first(client_for: Clients, trang: Patient) -> None:
    answer = client_for(None).get(page_of(trang))
    assert answer.status_code == 302
    assert "login" in answer["Location"]
