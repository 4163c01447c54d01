"""Reception's day, by its addresses."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

import pytest
from django.test import Client

from clinics.public import Branch, Staff
from clinics.registry.models import Clinic
from patients.public import Appointment, Patient, appointments
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


def of_day(home: Branch, **asked: str) -> str:
    more = "".join(f"&{name}={value}" for name, value in asked.items())
    return f"/today/?branch={home.uid}{more}"


def test_the_day_shows_who_is_booked_with_whom(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    records.slot(trang, "2026-06-01T15:30", dentist=khoi)
    answer = client_for("reception").get("/today/", follow=True)
    page = pages.text(answer)
    assert answer.redirect_chain == [(of_day(home), 302)]  # type: ignore[attr-defined]
    for words in ("Thứ Hai 01/06", "15:30", "Đặng Thị Thu Trang", "BS. Khôi", "Chưa xác nhận"):
        assert words in page, words


def test_a_day_is_reached_by_its_address(client_for: Clients, home: Branch, trang: Patient) -> None:
    records.slot(trang, "2026-06-03T10:00")
    client = client_for("reception")
    assert "Thứ Tư 03/06" in pages.text(client.get(of_day(home, date="2026-06-03")))
    assert "Đặng Thị Thu Trang" not in pages.text(client.get(of_day(home, date="2026-06-02")))
    assert "Thứ Hai 01/06" in pages.text(client.get(of_day(home, date="tomorrow")))


def test_an_appointment_without_an_hour_stands_in_the_list_alone(
    client_for: Clients, home: Branch, trang: Patient
) -> None:
    appointment = records.slot(trang, "2026-06-01T15:30")
    Appointment.objects.filter(pk=appointment.pk).update(during=None)
    client = client_for("reception")
    assert "chưa hẹn giờ" in pages.text(client.get(of_day(home)))
    grid = client.get(f"/today/events/?branch={home.uid}").json()
    assert grid["events"] == []


def test_the_calendar_gets_columns_and_events_in_the_clinics_hours(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    appointment = records.slot(trang, "2026-06-01T06:30", dentist=khoi)
    grid = client_for("reception").get(f"/today/events/?branch={home.uid}").json()
    assert [column["title"] for column in grid["resources"]] == ["BS. Trần Minh Khôi"]
    assert (grid["from"], grid["to"]) == ("06:00", "20:00")  # opens at eight, but somebody comes
    (event,) = grid["events"]
    assert event["start"] == "2026-06-01T06:30:00"
    assert event["end"] == "2026-06-01T07:00:00"
    assert event["resourceIds"] == [str(khoi.uid)]
    assert event["extendedProps"]["url"] == f"/appointments/{appointment.uid}/"
    assert grid["now"].startswith("2026-06-01T09:0")  # the product's clock


def test_the_parts_refresh_only_when_something_changed(
    client_for: Clients, home: Branch, trang: Patient
) -> None:
    appointment = records.slot(trang, "2026-06-01T15:30")
    client = client_for("reception")
    version = client.get(f"/today/events/?branch={home.uid}").json()["version"]
    address = f"/today/day/?branch={home.uid}&v={version}"
    assert pages.part(client, address).status_code == 204
    appointments.confirm(appointment)
    answer = pages.part(client, address)
    assert answer.status_code == 200
    assert "Đã xác nhận" in pages.text(answer)


def test_the_waiting_room_counts_minutes_and_asks_in(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient, clock: object
) -> None:
    appointment = records.slot(trang, "2026-06-01T09:05", dentist=khoi)
    appointments.check_in(appointment)
    clock.advance(minutes=18)  # type: ignore[attr-defined]
    client = client_for("reception")
    page = pages.text(client.get(of_day(home)))
    assert "Mời vào" in page
    assert '<b class="num">18</b>' in page
    assert "Trễ 13 phút so với hẹn" in page
    answer = pages.press(client, f"/appointments/{appointment.uid}/seat/")
    assert pages.said(answer) == "Chị Trang đã vào ghế."
    assert "Chưa có ai chờ" in pages.text(client.get(of_day(home)))


def test_a_state_is_a_filter_in_the_address(
    client_for: Clients, home: Branch, trang: Patient
) -> None:
    other = records.patient(home, "Lê Văn Tám", "0912000111")
    appointments.confirm(records.slot(trang, "2026-06-01T15:30"))
    records.slot(other, "2026-06-01T16:30")
    page = pages.text(client_for("reception").get(of_day(home, state="confirmed")))
    assert "Đặng Thị Thu Trang" in page
    assert "Lê Văn Tám" not in page


def test_a_closed_day_and_an_empty_day_say_so(client_for: Clients, home: Branch) -> None:
    Branch.objects.filter(pk=home.pk).update(open_weekdays=[0, 1, 2, 3, 4])
    client = client_for("reception")
    assert "Ngày này chưa có lịch nào." in pages.text(client.get(of_day(home)))
    sunday = client.get(of_day(home, date="2026-06-07"))
    assert "Chi nhánh nghỉ ngày này." in pages.text(sunday)


def test_another_branch_is_not_hers(client_for: Clients, home: Branch) -> None:
    far = records.branch("Thủ Đức")
    stranger = records.patient(far, "Phạm Thị Xa", "0912000222")
    records.slot(stranger, "2026-06-01T10:00")
    client = client_for("reception", branches=[home])
    assert "Phạm Thị Xa" not in pages.text(client.get(of_day(far), follow=True))
    grid = client.get(f"/today/events/?branch={far.uid}")
    assert "Phạm Thị Xa" not in json.dumps(grid.json(), ensure_ascii=False)


def test_who_may_see_the_day(client_for: Clients, home: Branch) -> None:
    assert client_for("marketing").get(of_day(home)).status_code == 403
    assert client_for("assistant").get(of_day(home)).status_code == 200
    assert client_for(None).get(of_day(home)).status_code == 302
    assert "Đặt lịch" not in pages.text(client_for("assistant").get(of_day(home)))


def test_staff_without_a_branch_read_what_to_do(client_for: Clients, clinic: Clinic) -> None:
    assert "chưa thuộc chi nhánh nào" in pages.text(client_for("reception").get("/today/"))


def test_fifty_appointments_cost_as_many_statements_as_one(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    client = client_for("reception")
    records.slot(trang, "2026-06-01T09:30", dentist=khoi)
    seen = {}
    for address in (
        of_day(home),
        f"/today/day/?branch={home.uid}",
        f"/today/events/?branch={home.uid}",
    ):
        client.get(address)
        with pages.counted() as one:
            client.get(address)
        seen[address] = pages.statements(one)
    for n in range(49):
        start = dt.datetime(2026, 6, 1, 3, 0, tzinfo=dt.UTC) + dt.timedelta(minutes=5 * n)
        who = records.patient(home, f"Khách Số {n}", f"09120{n:05d}")
        records.slot(who, start.isoformat(), minutes=5, dentist=khoi)
    for address, before in seen.items():
        with pages.counted() as fifty:
            assert len(client.get(address).content) > 5000
        assert pages.statements(fifty) == before, address
