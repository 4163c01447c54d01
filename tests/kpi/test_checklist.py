"""What a new clinic does next: each line by its own rows, gone when all is done or put away."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinics import clock as product_clock
from clinics.models import AuditEntry, Profile
from clinics.public import Branch, Role, Service, Staff, places, staff
from followup.public import protocols
from kpi import checklist
from messaging.public import ProviderAccount
from patients.public import BasisKind, Patient, appointments, people, treatments

pytestmark = pytest.mark.usefixtures("clinic", "clock")
Signed = Callable[..., Client]


@pytest.fixture
def owner() -> Staff:
    return staff.hire(
        username="chu", password="nu-cuoi-cua-ban", full_name="Tống Mai Lan", role=Role.OWNER
    )


def states(person: Staff) -> dict[str, bool]:
    found = checklist.of(person)
    assert found is not None
    return {line.key: line.done for line in found.lines}


def branch() -> Branch:
    return places.open_branch(code="hue", name="Huế", hotline="+842343822222")


def dentist(at: Branch) -> Staff:
    return staff.hire(
        username="bs-lan", password=None, full_name="Đỗ Mai Lan", role=Role.DENTIST, branches=[at]
    )


def patient(at: Branch) -> Patient:
    return people.register(
        branch=at, full_name="Lê Thị Hoa", phone="0903418276", basis=BasisKind.CARE_RELATION,
        text_version="care-2026-01", by=None,
    )  # fmt: skip


def test_a_clinic_without_rows_has_everything_to_do(owner: Staff) -> None:
    Profile.objects.update(hotline="")
    assert states(owner) == dict.fromkeys(
        ("branches", "prices", "people", "plans", "messages", "patients", "appointment", "signed"),
        False,
    )


def test_hours_and_chairs_are_done_when_every_branch_has_a_chair(owner: Staff) -> None:
    first = branch()
    assert not states(owner)["branches"]
    places.add_chair(branch=first, name="Ghế 1")
    assert states(owner)["branches"]
    second = places.open_branch(code="hue-2", name="Huế 2")
    found = checklist.of(owner)
    assert found is not None
    line = found.lines[0]
    assert not line.done
    assert line.href == f"/settings/branches/{second.uid}/"
    assert "Huế 2" in line.stands


def test_a_price_list_has_a_price(owner: Staff) -> None:
    service = places.offer(code="scaling", name="Cạo vôi")
    assert not states(owner)["prices"]
    places.price(service, name="Cạo vôi", price=350_000)
    assert states(owner)["prices"]
    places.price(service, name="Cạo vôi", is_active=False)
    assert not states(owner)["prices"]


def test_people_are_done_when_each_has_signed_in(owner: Staff) -> None:
    get_user_model().objects.update(last_login=product_clock.now())
    assert not states(owner)["people"]  # alone
    other = dentist(branch())
    found = checklist.of(owner)
    assert found is not None
    assert not found.lines[2].done
    assert "1" in found.lines[2].stands
    assert "2" in found.lines[2].stands
    get_user_model().objects.filter(pk=other.user_id).update(last_login=product_clock.now())
    assert states(owner)["people"]


def test_care_plans_are_done_when_a_dentist_approved_them(owner: Staff) -> None:
    protocols.install(approved_by=dentist(branch()))
    assert states(owner)["plans"]


def test_messages_need_an_account_that_sends_and_a_hotline(owner: Staff) -> None:
    def account(kind: str) -> ProviderAccount:
        return ProviderAccount.objects.create(
            kind=kind, account_id=kind, name="Nha khoa Mai Lan", credentials="{}",
            callback_token=kind,
        )  # fmt: skip

    account("esms")
    assert not states(owner)["messages"]
    zalo = account("zalo")
    assert states(owner)["messages"]
    later = product_clock.now() + dt.timedelta(hours=1)
    ProviderAccount.objects.filter(pk=zalo.pk).update(paused_until=later)
    assert not states(owner)["messages"]
    ProviderAccount.objects.filter(pk=zalo.pk).update(paused_until=None)
    Profile.objects.update(hotline="")
    assert not states(owner)["messages"]


def test_a_patient_an_appointment_a_signature(owner: Staff) -> None:
    at = branch()
    who = patient(at)
    assert states(owner)["patients"]
    doctor = dentist(at)
    service = places.offer(code="scaling", name="Cạo vôi", price=350_000)
    slot = appointments.book(
        patient=who, branch=at, start=product_clock.now(), service=service, dentist=doctor
    )
    assert states(owner)["appointment"]
    appointments.check_in(slot)
    done = treatments.record(
        patient=who, service=service, dentist=doctor, done_at=product_clock.now(), branch=at,
        appointment=slot,
    )  # fmt: skip
    found = checklist.of(owner)
    assert found is not None
    assert not found.lines[-1].done
    assert found.lines[-1].stands.startswith("1 ")
    treatments.sign(done, by=doctor)
    assert states(owner)["signed"]


def finish(owner: Staff) -> None:
    """Everything is done."""
    at = branch()
    places.add_chair(branch=at, name="Ghế 1")
    doctor = dentist(at)
    service = places.offer(code="scaling", name="Cạo vôi", price=350_000)
    protocols.install(approved_by=doctor)
    ProviderAccount.objects.create(
        kind="zalo", account_id="1", name="OA", credentials="{}", callback_token="1"
    )
    who = patient(at)
    appointments.book(patient=who, branch=at, start=product_clock.now(), service=service)
    done = treatments.record(
        patient=who, service=service, dentist=doctor, done_at=product_clock.now(), branch=at
    )
    treatments.sign(done, by=doctor)
    get_user_model().objects.update(last_login=product_clock.now())


def test_it_is_gone_when_all_is_done(owner: Staff) -> None:
    finish(owner)
    assert checklist.of(owner) is None
    Service.objects.update(price=0)
    assert checklist.of(owner) is not None


def test_only_an_owner_puts_it_away_and_then_nobody_sees_it(
    owner: Staff, client_for: Signed
) -> None:
    branch()
    chief, manager = client_for("owner"), client_for("manager")
    assert "Việc cần làm tiếp" in chief.get("/numbers/").content.decode()
    page = manager.get("/numbers/").content.decode()
    assert "Việc cần làm tiếp" in page
    assert "Cất danh sách" not in page  # a manager cannot
    assert manager.post("/numbers/start/away/").status_code == 403
    assert checklist.of(owner) is not None
    assert chief.post("/numbers/start/away/").status_code == 302
    assert chief.post("/numbers/start/away/").status_code == 302
    assert AuditEntry.objects.filter(verb=checklist.PUT_AWAY).count() == 1  # twice is once
    for client in (chief, manager):
        assert "Việc cần làm tiếp" not in client.get("/numbers/").content.decode()


@pytest.mark.parametrize("role", ["branch_manager"])
def test_who_cannot_set_the_clinic_up_is_not_shown_it(client_for: Signed, role: str) -> None:
    at = branch()
    page = client_for(role, branches=[at]).get("/numbers/")
    assert page.status_code == 200
    assert "Việc cần làm tiếp" not in page.content.decode()


def test_every_button_opens_a_page_an_owner_may_see(owner: Staff, client_for: Signed) -> None:
    branch()
    found = checklist.of(owner)
    assert found is not None
    client = client_for("owner")
    page = client.get("/numbers/").content.decode()
    for line in found.open:
        assert client.get(line.href, follow=True).status_code == 200, line.href
        assert f'href="{line.href}"' in page
    assert len(re.findall(r"data-step=", page)) == 8


def test_as_many_statements_for_many_rows(owner: Staff) -> None:
    def counted() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            checklist.of(owner)
        return len(seen)

    at = branch()
    before = counted()
    for number in range(8):
        places.add_chair(branch=at, name=f"Ghế {number}")
        places.offer(code=f"s{number}", name=f"Dịch vụ {number}", price=1)
        staff.hire(
            username=f"n{number}", password=None, full_name="Lê Na", role=Role.CARE, branches=[at]
        )
    assert counted() == before
    assert before < 14


def test_a_dentist_approves_the_care_plans_on_their_page(client_for: Signed) -> None:
    at = branch()
    places.offer(code="implant", name="Cấy implant", price=1, by_tooth=True)
    owner, doctor = client_for("owner"), client_for("dentist", branches=[at])
    page = owner.get("/care/plans/").content.decode()
    assert "Chưa duyệt" in page
    assert "Bắt đầu sau: Cấy implant." in page
    assert "Duyệt và dùng" not in page
    assert owner.post("/care/plans/approve/").status_code == 403
    assert "Duyệt và dùng 6 kịch bản" in doctor.get("/care/plans/").content.decode()
    said: Any = doctor.post("/care/plans/approve/", follow=True)
    page = said.content.decode()
    assert "Chưa duyệt" not in page
    assert page.count("Đang dùng") == len(protocols.TABLES)
    assert "Ngày 7–14" in page
    assert doctor.post("/care/plans/approve/").status_code == 302  # twice is once
