"""A branch's week, by its address."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics.public import Branch, ClosingDay, Staff
from patients.public import Patient, appointments
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


def drawn(page: str) -> dict[str, Any]:
    found = re.search(r'<script id="calendar-data"[^>]*>(.*?)</script>', page, re.S)
    assert found
    data: dict[str, Any] = json.loads(found.group(1))
    return data


def test_the_week_holds_monday_to_sunday(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    vy = records.dentist(home, "Nguyễn Thảo Vy")
    hai = records.patient(home, "Lê Hải", phone="0903000001")
    records.slot(trang, "2026-06-01T15:30", dentist=khoi)
    records.slot(hai, "2026-06-07T20:30", dentist=vy)  # Sunday, after hours
    records.slot(records.patient(home, "Lê Sau", phone="0903000002"), "2026-06-08T09:00")
    gone = records.slot(records.patient(home, "Lê Hủy", phone="0903000003"), "2026-06-03T09:00")
    appointments.cancel(gone, "bận")
    ClosingDay.objects.create(branch=home, day="2026-06-04", reason="Nghỉ lễ")
    client = client_for("reception", branches=[home])
    page = pages.text(client.get(f"/today/week/?branch={home.uid}&date=2026-06-03"))
    assert "Tuần 01/06–07/06" in page
    data = drawn(page)
    assert data["date"] == "2026-06-01"
    assert [event["title"] for event in data["events"]] == ["Đặng Thị Thu Trang", "Lê Hải"]
    assert data["events"][0]["startEditable"] is True
    assert data["to"] == "22:00"
    assert [off["start"] for off in data["breaks"]] == ["2026-06-04T08:00:00"]
    of_vy = pages.text(
        client.get(f"/today/week/?branch={home.uid}&date=2026-06-03&dentist={vy.uid}")
    )
    assert [event["title"] for event in drawn(of_vy)["events"]] == ["Lê Hải"]
    assert "Lê Hải" in pages.text(
        client.get(f"/today/week/?branch={home.uid}&dentist=nobody&date=2026-06-07")
    )


def test_what_has_come_is_not_dragged(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient, clock: Any
) -> None:
    slot = records.slot(trang, "2026-06-01T09:00", dentist=khoi)
    clock.set("2026-06-01T09:00")
    appointments.check_in(slot)
    page = pages.text(client_for("reception").get(f"/today/week/?branch={home.uid}"))
    assert drawn(page)["events"][0]["startEditable"] is False
    looking = pages.text(client_for("assistant", branches=[home]).get("/today/week/"))
    assert drawn(looking)["newUrl"] == ""


def test_dropped_elsewhere_it_is_asked_about_and_then_moved(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    vy = records.dentist(home, "Nguyễn Thảo Vy")
    slot = records.slot(trang, "2026-06-01T15:30", dentist=khoi)
    taken = records.slot(
        records.patient(home, "Lê Hải", phone="0903000001"), "2026-06-03T10:00", dentist=vy
    )
    client = client_for("reception", branches=[home])
    address = f"/appointments/{slot.uid}/move/"
    asked = pages.text(client.get(f"{address}?start=2026-06-03T10:00&dentist={vy.uid}"))
    assert "03/06/2026" in asked
    assert "10:00" in asked
    slot.refresh_from_db()
    assert appointments.open_for(trang) == slot  # looking moves nothing
    clash = client.post(address, {"date": "03/06/2026", "time": "10:00", "dentist": str(vy.uid)})
    assert clash.status_code == 422
    assert "có khách lúc 10:00" in clash.content.decode()
    appointments.cancel(taken, "bận")
    client.post(address, {"date": "03/06/2026", "time": "10:00", "dentist": str(vy.uid)})
    slot.refresh_from_db()
    assert slot.outcome == "late_move"  # less than 24 hours ahead
    assert "15:30" in pages.text(client.get(f"{address}?start=rubbish"))


def test_a_full_week_costs_as_many_statements_as_an_empty_one(
    client_for: Clients, home: Branch, khoi: Staff
) -> None:
    client = client_for("reception", branches=[home])
    address = f"/today/week/?branch={home.uid}&date=2026-06-03"

    def statements() -> int:
        with pages.counted() as seen:
            assert client.get(address).status_code == 200
        return pages.statements(seen)

    client.get(address)
    empty = statements()
    for number in range(20):
        who = records.patient(home, f"Lê Hà {number}", phone=f"09030000{number:02}")
        records.slot(who, f"2026-06-0{1 + number % 6}T{8 + number // 3:02}:00")
    assert statements() == empty
