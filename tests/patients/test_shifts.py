"""Booking honours the rota: free times, refusals in words, calendars, and the race."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics.public import AuditEntry, Branch, Shift, Staff, places, rota
from patients import board, calendar, week
from patients.public import Appointment, Clash, Patient, appointments
from tests.patients import pages, records

Clients = Callable[..., Client]
MONDAY = dt.date(2026, 6, 1)  # the clock stands at 09:00
TUESDAY = MONDAY + rota.DAY


def give(who: Staff, where: Branch, day: dt.date, *hours: int) -> Shift:
    low, high = hours
    return rota.plan(
        person=who, branch=where, day=day, starts_at=dt.time(low), ends_at=dt.time(high)
    )


@pytest.fixture
def far(home: Branch) -> Branch:
    return records.branch("Thủ Đức")


def free(branch: Branch, who: Staff, *, days: int = 7, minutes: int = 60) -> list[str]:
    slots = appointments.free_slots(
        branch=branch, minutes=minutes, first_day=MONDAY, days=days, dentist=who, limit=500
    )
    return [f"{slot.start + dt.timedelta(hours=7):%d %H:%M}" for slot in slots]


def test_free_times_lie_inside_the_shifts(home: Branch, khoi: Staff, trang: Patient) -> None:
    give(khoi, home, TUESDAY, 8, 10)
    give(khoi, home, TUESDAY, 10, 11)  # touches: one stretch
    give(khoi, home, TUESDAY, 18, 22)  # the branch closes at 20:00
    records.slot(trang, "2026-06-02T08:00", dentist=khoi, minutes=30)
    assert free(home, khoi) == [
        "02 08:30", "02 09:00", "02 09:30", "02 10:00",
        "02 18:00", "02 18:30", "02 19:00",
    ]  # fmt: skip
    rota.off(person=khoi, day=TUESDAY, reason="ốm")
    assert free(home, khoi) == []


def test_a_week_nobody_planned_is_free_all_day(home: Branch, khoi: Staff) -> None:
    before = free(home, khoi, days=14)
    assert len(before) == 13 * 23 + 20  # 08:00 to 19:00 by halves; today from 09:30
    give(khoi, home, TUESDAY, 8, 9)
    after = free(home, khoi, days=14)
    assert after[0] == "02 08:00"
    assert after[1:] == [one for one in before if one >= "08"]


def test_planned_elsewhere_she_is_not_free_here_on_that_day(
    home: Branch, far: Branch, khoi: Staff
) -> None:
    khoi.branches.add(far)
    give(khoi, home, TUESDAY, 8, 9)
    found = free(far, khoi)
    assert not [one for one in found if one.startswith("02")]
    assert "03 08:00" in found  # the other branch's week is not planned


def test_free_times_cost_four_statements(
    home: Branch, khoi: Staff, django_assert_num_queries: Callable[..., Any]
) -> None:
    def read() -> None:
        appointments.free_slots(
            branch=home, minutes=30, first_day=MONDAY, days=14, dentist=khoi, limit=500
        )

    with django_assert_num_queries(4):
        read()
    for number in range(14):
        give(khoi, home, MONDAY + number * rota.DAY, 8, 12)
        rota.off(person=khoi, day=MONDAY + (20 + number) * rota.DAY, reason="x")
    with django_assert_num_queries(4):
        read()


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("start", "minutes", "message"),
    [
        ("2026-06-02T13:00", 60, "BS. Khôi has no shift here at 13:00 on 02/06. "
         "Nearest free: 11:00 tomorrow, 09:00 wednesday 03/06."),
        ("2026-06-02T11:30", 60, "BS. Khôi has no shift here at 11:30 on 02/06. "
         "Nearest free: 11:00 tomorrow, 09:00 wednesday 03/06."),
        ("2026-06-02T07:30", 60, "BS. Khôi has no shift here at 07:30 on 02/06. "
         "Nearest free: 08:00 tomorrow, 09:00 wednesday 03/06."),
        ("2026-06-04T09:00", 60, "BS. Khôi is off on 04/06. "
         "Nothing else is free in the next days."),
    ],
)  # fmt: skip
def test_outside_a_shift_it_is_refused_with_the_nearest_free_times(
    home: Branch, khoi: Staff, trang: Patient, start: str, minutes: int, message: str
) -> None:
    give(khoi, home, TUESDAY, 8, 12)
    give(khoi, home, TUESDAY + rota.DAY, 9, 10)
    for number in range(7, 11):
        rota.off(person=khoi, day=MONDAY + number * rota.DAY, reason="phép")
    rota.off(person=khoi, day=dt.date(2026, 6, 4), reason="họp")
    with pytest.raises(Clash) as refused:
        records.slot(trang, start, dentist=khoi, minutes=minutes)
    assert refused.value.message == message
    assert not Appointment.objects.exists()
    assert records.slot(trang, "2026-06-02T11:00", dentist=khoi, minutes=60)  # to the last minute


def test_with_a_reason_it_stands_and_is_noted_and_holds_its_place(
    home: Branch, khoi: Staff, trang: Patient
) -> None:
    give(khoi, home, TUESDAY, 8, 12)
    made = records.slot(
        trang, "2026-06-02T15:00", dentist=khoi, overbook_reason="đau nhiều", by=khoi
    )
    entry = AuditEntry.objects.get(verb="appointment.overbooked")
    assert (entry.subject, entry.note, entry.actor) == (made.uid, "đau nhiều", khoi)
    assert made.overbooked is False  # nobody else was in the way: the slot is protected as any
    other = records.patient(home, "Lê An", "0912345678")
    with pytest.raises(Clash) as refused:
        records.slot(other, "2026-06-02T15:00", dentist=khoi)
    assert refused.value.why == "taken"


def test_without_a_dentist_no_shift_is_met(home: Branch, khoi: Staff, trang: Patient) -> None:
    give(khoi, home, TUESDAY, 8, 12)
    assert records.slot(trang, "2026-06-02T15:00")


def test_moving_meets_the_same_rule(home: Branch, khoi: Staff, trang: Patient) -> None:
    slot = records.slot(trang, "2026-06-08T09:00", dentist=khoi)
    give(khoi, home, TUESDAY, 8, 12)
    with pytest.raises(Clash):
        appointments.move(slot, records.at("2026-06-02T14:00"))
    slot.refresh_from_db()
    assert slot.outcome is None
    assert appointments.move(slot, records.at("2026-06-02T10:00")).dentist == khoi


def test_the_form_says_it_and_only_who_may_books_it_all_the_same(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    give(khoi, home, TUESDAY, 8, 12)
    form = {
        "branch": str(home.uid), "patient": str(trang.uid), "dentist": str(khoi.uid),
        "date": "02/06/2026", "time": "15:00",
    }  # fmt: skip
    answer = pages.press(client_for("reception"), "/appointments/new/", **form)
    page = pages.text(answer)
    assert answer.status_code == 422
    assert (
        "BS. Khôi không có ca ở đây lúc 15:00 ngày 02/06."
        " Gần nhất còn trống: 11:30 mai, 08:00 thứ hai 08/06."
    ) in page
    assert 'name="pick" value="2026-06-02T04:30:00+00:00"' in page
    assert "Vẫn đặt ngoài ca" in page
    form["overbook_reason"] = "đau nhiều"
    refused = pages.press(client_for("care"), "/appointments/new/", **form)
    assert refused.status_code == 422
    assert "Vẫn đặt ngoài ca" not in pages.text(refused)
    assert pages.press(client_for("reception"), "/appointments/new/", **form).status_code == 204
    asked = f"branch={home.uid}&dentist={khoi.uid}&date=02/06/2026"
    offered = pages.text(pages.part(client_for("reception"), f"/appointments/new/slots/?{asked}"))
    assert 'data-value="11:30"' in offered
    assert 'data-value="12:00"' not in offered


def test_dropped_outside_a_shift_it_is_asked_about_and_refused(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    slot = records.slot(trang, "2026-06-03T09:00")
    give(khoi, home, TUESDAY, 8, 12)
    wish = {"date": "02/06/2026", "time": "13:00", "dentist": str(khoi.uid)}
    answer = pages.press(client_for("reception"), f"/appointments/{slot.uid}/move/", **wish)
    assert answer.status_code == 422
    assert "không có ca ở đây lúc 13:00" in pages.text(answer)


# what the calendars show


def drawn(home: Branch, day: dt.date) -> dict[str, Any]:
    return calendar.day(board.read(home, day), writes=True)


def test_the_day_hatches_when_a_dentist_is_not_there(
    home: Branch, far: Branch, khoi: Staff
) -> None:
    vy = records.dentist(home, "Nguyễn Thảo Vy")
    an = records.dentist(home, "Lê An")
    give(khoi, home, TUESDAY, 9, 12)
    give(khoi, home, TUESDAY, 13, 17)
    give(vy, far, TUESDAY, 8, 12)
    data = drawn(home, TUESDAY)
    assert [one["id"] for one in data["resources"]] == [str(an.uid), str(khoi.uid)]
    assert [
        (one["resourceIds"], one["start"][11:16], one["end"][11:16], one["title"])
        for one in data["breaks"]
    ] == [
        ([str(khoi.uid)], "08:00", "09:00", "Không có ca"),
        ([str(khoi.uid)], "12:00", "13:00", "Không có ca"),
        ([str(khoi.uid)], "17:00", "20:00", "Không có ca"),
    ]
    notes = [one["extendedProps"]["note"] for one in data["resources"]]
    assert notes == ["chưa có khách · chưa xếp ca tuần này", "chưa có khách"]
    rota.off(person=an, day=TUESDAY, reason="ốm")
    off = drawn(home, TUESDAY)["breaks"][0]
    assert (off["resourceIds"], off["title"]) == ([str(an.uid)], "Nghỉ")
    assert (off["start"][11:16], off["end"][11:16]) == ("08:00", "20:00")
    records.slot(
        records.patient(home), "2026-06-02T10:00", dentist=vy, overbook_reason="chị đang ở đây"
    )
    data = drawn(home, TUESDAY)
    assert str(vy.uid) in [one["id"] for one in data["resources"]]
    assert "Ở chi nhánh khác" in [one["title"] for one in data["breaks"]]


def test_a_clinic_that_never_plans_sees_nothing_of_it(
    client_for: Clients, home: Branch, khoi: Staff
) -> None:
    data = drawn(home, TUESDAY)
    assert data["breaks"] == []
    assert data["resources"][0]["extendedProps"]["note"] == "chưa có khách"
    client = client_for("reception", branches=[home])
    for address in ("/today/", "/today/week/"):
        assert "ca tuần này" not in pages.text(client.get(address, follow=True))


def test_a_change_of_the_rota_is_news_for_the_open_page(home: Branch, khoi: Staff) -> None:
    before = board.read(home, TUESDAY).version
    give(khoi, home, TUESDAY, 8, 12)
    assert board.read(home, TUESDAY).version != before


def test_the_list_says_who_is_there(client_for: Clients, home: Branch, khoi: Staff) -> None:
    give(khoi, home, TUESDAY, 9, 12)
    vy = records.dentist(home, "Nguyễn Thảo Vy")
    rota.off(person=vy, day=TUESDAY, reason="họ")
    page = pages.text(
        client_for("reception").get(f"/today/?branch={home.uid}&date=2026-06-02&view=list")
    )
    assert re.search(r"Trần Minh Khôi <span class=\"num\">09:00–12:00</span>", page)
    assert re.search(r"Nguyễn Thảo Vy <span class=\"num\"></span>nghỉ", page)


def test_the_week_hatches_for_one_and_for_all(
    client_for: Clients, home: Branch, khoi: Staff
) -> None:
    vy = records.dentist(home, "Nguyễn Thảo Vy")
    give(khoi, home, TUESDAY, 8, 12)

    def breaks(who: str) -> list[tuple[str, str]]:
        found = week.calendar(week.read(home, TUESDAY, who), writes=False)["breaks"]
        return [(one["start"][8:16], one["end"][8:16]) for one in found]

    assert breaks("") == []  # the other one is there all day
    mine = breaks(str(khoi.uid))
    assert ("02T12:00", "02T20:00") in mine
    assert len(mine) == 7
    give(vy, home, TUESDAY, 11, 15)
    assert ("02T15:00", "02T20:00") in breaks("")  # from eight to three somebody is there
    assert len(breaks("")) == 7
    rota.clear(home, TUESDAY)
    give(khoi, home, TUESDAY, 8, 12)
    page = pages.text(
        client_for("owner").get(f"/today/week/?branch={home.uid}&date=2026-06-02&dentist={vy.uid}")
    )
    assert "BS. Vy chưa xếp ca tuần này" in page
    assert f"/settings/rota/?branch={home.uid}&amp;week=2026-06-01" in page.replace(
        "&week", "&amp;week"
    )


def test_who_stands_outside_a_shift_is_listed_with_links(
    client_for: Clients, home: Branch, far: Branch, khoi: Staff, trang: Patient
) -> None:
    shift = give(khoi, home, TUESDAY, 8, 12)
    give(khoi, home, TUESDAY, 14, 18)
    inside = records.slot(trang, "2026-06-02T14:00", dentist=khoi)
    slot = records.slot(trang, "2026-06-02T09:00", dentist=khoi)
    client = client_for("branch_manager", branches=[home])
    part = f"/today/outside/?branch={home.uid}&date=2026-06-01"
    assert pages.text(pages.part(client, part)).strip() == ""
    gone = f"/settings/rota/{home.uid}/2026-06-02/{khoi.uid}/"
    assert pages.press(client, gone, deed="remove", shift=str(shift.uid)).status_code == 204
    shown = pages.text(client.get(f"/settings/rota/?branch={home.uid}&week=2026-06-01"))
    assert f'hx-get="/today/outside/?branch={home.uid}&date=2026-06-01"' in shown
    listed = pages.text(pages.part(client, part))
    assert f"/appointments/{slot.uid}/" in listed
    assert f"/appointments/{inside.uid}/" not in listed
    assert "Lịch hẹn lúc bác sĩ không có ca" in listed
    assert "Lịch hẹn lúc bác sĩ không có ca" in pages.text(client.get(part))
    assert f"/appointments/{slot.uid}/" in pages.text(
        client.get(f"/today/week/?branch={home.uid}&date=2026-06-01")
    )
    appointments.cancel(slot, "bận")
    assert pages.text(pages.part(client, part)).strip() == ""
    stranger = client_for("branch_manager", branches=[far])
    assert "Trang" not in pages.text(pages.part(stranger, part))


def test_days_and_weeks_cost_the_same_for_many_shifts(home: Branch, khoi: Staff) -> None:
    def count() -> tuple[int, int]:
        with pages.counted() as day:
            board.read(home, TUESDAY)
        with pages.counted() as whole:
            week.read(home, TUESDAY)
        return pages.statements(day), pages.statements(whole)

    assert count() == (5, 5)
    for number in range(8):
        who = records.dentist(home, f"Lê Văn {number}")
        for day in range(6):
            give(who, home, MONDAY + day * rota.DAY, 8, 12)
    assert count() == (5, 5)


def test_the_page_data_is_json(client_for: Clients, home: Branch, khoi: Staff) -> None:
    give(khoi, home, TUESDAY, 8, 12)
    places.close_on(day=MONDAY, reason="Lễ", branch=home)
    client = client_for("reception")
    answer = client.get(f"/today/events/?branch={home.uid}&date=2026-06-02")
    assert json.loads(answer.content)["breaks"][0]["title"] == "Không có ca"
    closed = client.get(f"/today/events/?branch={home.uid}&date=2026-06-01")
    assert [one["title"] for one in json.loads(closed.content)["breaks"]] == ["Nghỉ"]
