"""A branch's week by dentists: its columns, what is hatched, what it costs, and a drag."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django_tenants.utils import schema_context
from playwright.sync_api import Page

from clinics.public import Branch, ClosingDay, Role, Staff, rota, staff
from config.paths import NODE_MODULES
from patients.public import Patient, appointments
from tests.browser import DESK, PHONE
from tests.conftest import PASSWORD
from tests.live import Live
from tests.patients import pages, records
from tests.patients.test_views_week import drawn

Clients = Callable[..., Client]
MONDAY = dt.date(2026, 6, 1)
#: What stands in an appointment's drawer to move it.
_DRAWER = "#drawer-body form"


def week(home: Branch, more: str = "") -> str:
    return f"/today/week/?branch={home.uid}&date=2026-06-03&by=dentist{more}"


@pytest.mark.django_db
def test_each_day_has_a_column_for_each_dentist_who_is_there(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    vy = records.dentist(home, "Nguyễn Thảo Vy")
    dung = records.dentist(home, "Lê Dũng")
    away = records.dentist(home, "Hồ Thị Xa")
    other = records.branch("Thủ Đức")
    guest = records.dentist(other, "Vũ Khách")
    for number in range(7):
        rota.off(person=away, day=MONDAY + number * rota.DAY, reason="phép")
    rota.plan(person=vy, branch=home, day=MONDAY, starts_at=dt.time(8), ends_at=dt.time(12))
    records.slot(trang, "2026-06-02T09:00", dentist=khoi)
    hai = records.patient(home, "Lê Hải", phone="0903000001")
    records.slot(hai, "2026-06-02T10:00", dentist=guest)
    records.slot(records.patient(home, "Lê Ai", phone="0903000002"), "2026-06-03T10:00")
    ClosingDay.objects.create(branch=home, day="2026-06-04", reason="Nghỉ lễ")
    client = client_for("reception", branches=[home])
    page = pages.text(client.get(week(home)))
    data = drawn(page)
    assert data["view"] == "resourceTimeGridWeek"
    assert [one["title"] for one in data["resources"]] == [
        "BS. Dũng", "BS. Vy", "BS. Khôi", guest.short_name, "Chưa chọn bác sĩ",
    ]  # fmt: skip
    assert data["resources"][2]["extendedProps"]["notes"] == {"2026-06-02": "1 khách"}
    assert data["resources"][0]["extendedProps"]["note"] == "chưa xếp ca tuần này"
    assert [event["resourceIds"] for event in data["events"]] == [
        [str(khoi.uid)], [str(guest.uid)], ["nobody"],
    ]  # fmt: skip
    assert data["hiddenDays"] == [4]  # Thursday: closed and nobody booked
    # Vy is here on Monday morning only: the rest of her week is hatched, of Dũng's nothing is
    of_vy = [gap["start"] for gap in data["breaks"] if gap["resourceIds"] == [str(vy.uid)]]
    assert of_vy == [
        "2026-06-01T12:00:00", "2026-06-02T08:00:00", "2026-06-03T08:00:00",
        "2026-06-04T08:00:00", "2026-06-05T08:00:00", "2026-06-06T08:00:00", "2026-06-07T08:00:00",
    ]  # fmt: skip
    of_dung = [gap["start"] for gap in data["breaks"] if gap["resourceIds"] == [str(dung.uid)]]
    assert of_dung == ["2026-06-04T08:00:00"]
    assert "by=dentist" in page  # the weeks before and after keep the choice
    assert re.search(r'aria-current="true"\s*>Theo bác sĩ', page)


@pytest.mark.django_db
def test_one_dentists_week_and_the_plain_one_have_no_columns(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    records.dentist(home, "Nguyễn Thảo Vy")
    records.slot(trang, "2026-06-02T09:00", dentist=khoi)
    client = client_for("reception", branches=[home])
    one = drawn(pages.text(client.get(week(home, f"&dentist={khoi.uid}"))))
    assert (one["view"], one["resources"], one["hiddenDays"]) == ("timeGridWeek", [], [])
    plain = drawn(pages.text(client.get(f"/today/week/?branch={home.uid}&by=rubbish")))
    assert plain["view"] == "timeGridWeek"
    assert len(plain["events"]) == 1


@pytest.mark.django_db
def test_two_of_one_short_name_are_told_apart(client_for: Clients, home: Branch) -> None:
    records.dentist(home, "Trần Minh Khôi")
    records.dentist(home, "Lê Đăng Khôi")
    data = drawn(pages.text(client_for("reception", branches=[home]).get(week(home))))
    assert [one["title"] for one in data["resources"]] == ["BS. Lê Đăng Khôi", "BS. Trần Minh Khôi"]


@pytest.mark.django_db
def test_fifty_appointments_and_eight_dentists_cost_as_many_statements_as_one_and_two(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient
) -> None:
    doctors = [khoi, records.dentist(home, "Nguyễn Thảo Vy")]
    records.slot(trang, "2026-06-01T15:30", dentist=khoi)
    client = client_for("reception", branches=[home])

    def statements() -> int:
        with pages.counted() as seen:
            assert client.get(week(home)).status_code == 200
        return pages.statements(seen)

    client.get(week(home))
    few = statements()
    doctors += [records.dentist(home, f"Lê Bác {number}") for number in range(6)]
    for number in range(49):
        who = records.patient(home, f"Lê Hà {number}", phone=f"09030001{number:02}")
        start = f"2026-06-0{2 + number % 5}T{9 + number // 5 % 10:02}:00"
        records.slot(who, start, dentist=doctors[number % 8], overbook_reason="đông")
    assert statements() == few
    data = drawn(pages.text(client.get(week(home))))
    assert len(data["resources"]) == 8
    assert len(data["events"]) == 50


# in the browser


@pytest.fixture
def people(live_demo: Live) -> Iterator[dict[str, str]]:
    """A branch of five dentists, the third off; on Tuesday the first has a patient at 09:00, the
    second at 14:00."""
    with schema_context("an_tam"):
        home = records.branch()
        doctors = [records.dentist(home, f"Trần Minh {name}") for name in "An Bo Cu Do Em".split()]
        for number in range(7):
            rota.off(person=doctors[2], day=MONDAY + number * rota.DAY, reason="phép")
        records.slot(records.patient(home), "2026-06-02T09:00", dentist=doctors[0])
        other = records.patient(home, "Lê Hải", phone="0903000001")
        records.slot(other, "2026-06-02T14:00", dentist=doctors[1])
        staff.hire(
            username="desk", password=PASSWORD, full_name="Lê Diễm", role=Role.RECEPTION,
            branches=[home],
        )  # fmt: skip
        yield {"branch": str(home.uid), "second": str(doctors[1].uid)}


def sign_in(live: Live, page: Page) -> Page:
    page.goto(live.url(path="/accounts/login/"))
    page.fill("[name=login]", "desk")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda address: "login" not in address)
    return page


def drag(page: Page, name: str, *, columns: int, hours: float) -> None:
    """Take an appointment so many columns to the right and so many hours down."""
    event = page.locator(".ec-event", has_text=name).first
    event.scroll_into_view_if_needed()
    box = event.bounding_box()
    column = page.locator(".ec-body .ec-day").first.bounding_box()
    assert box
    assert column
    x, y = box["x"] + 20, box["y"] + 6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 10, y + 10, steps=3)
    page.mouse.move(x + columns * column["width"], y + hours * 64, steps=12)
    page.mouse.up()


@pytest.mark.live
@pytest.mark.browser
def test_dragged_to_another_dentist_it_is_asked_about_and_moved(
    live_demo: Live, people: dict[str, str], tab: Callable[..., Page]
) -> None:
    page = sign_in(live_demo, tab(DESK))
    address = live_demo.url(path=f"/today/week/?branch={people['branch']}&by=dentist")
    page.goto(address, wait_until="networkidle")
    heads = page.locator(".ec-header .ec-col-head").all_inner_texts()
    assert len(heads) == 4 * 7  # Cu is off all week
    # taken: to the second dentist, where somebody is at 14:00
    drag(page, "Thu Trang", columns=1, hours=5)
    form = page.locator(_DRAWER)
    form.wait_for()
    assert form.locator("[name=dentist]").input_value() == people["second"]
    assert form.locator("[name=time]").input_value() == "14:00"
    form.locator(".btn-primary").click()
    page.get_by_text("có khách lúc 14:00").wait_for()
    with schema_context("an_tam"):
        assert not appointments.of_patient(Patient.objects.get(full_name="Lê Hải"))[0].outcome
    page.keyboard.press("Escape")
    # free: the second dentist's next day
    drag(page, "Thu Trang", columns=5, hours=1)
    page.locator(f"{_DRAWER} [name=time]").wait_for()
    assert page.locator(f"{_DRAWER} [name=date]").first.input_value() == "03/06/2026"
    page.locator(f"{_DRAWER} .btn-primary").click()
    page.locator(_DRAWER).wait_for(state="detached")
    with schema_context("an_tam"):
        moved = [
            line
            for line in appointments.of_patient(Patient.objects.get(full_name="Đặng Thị Thu Trang"))
            if not line.outcome
        ]
        assert [(line.on_date.day, line.dentist_uid) for line in moved] == [(3, people["second"])]


@pytest.mark.live
@pytest.mark.browser
def test_hours_and_days_stay_in_sight_and_axe_finds_nothing(
    live_demo: Live, people: dict[str, str], tab: Callable[..., Page]
) -> None:
    page = sign_in(live_demo, tab(DESK))
    page.goto(
        live_demo.url(path=f"/today/week/?branch={people['branch']}&by=dentist"),
        wait_until="networkidle",
    )
    scrolled = """() => {
        const main = document.querySelector(".ec-main"), edge = main.getBoundingClientRect();
        main.scrollLeft = 1700; main.scrollTop = 300;
        const at = (name) => document.querySelector(name).getBoundingClientRect();
        return {
            wide: main.scrollWidth > main.clientWidth,
            hours: at(".ec-body .ec-sidebar").left - edge.left,
            days: at(".ec-header").top - edge.top,
            said: [...document.querySelectorAll(".ec-col-group time")].filter((day) => {
                const box = day.getBoundingClientRect();
                return box.left >= edge.left + 50 && box.right <= edge.right;
            }).length,
        };
    }"""
    found = page.evaluate(scrolled)
    assert found["wide"]
    assert abs(found["hours"]) <= 1
    assert abs(found["days"]) <= 1
    assert found["said"] >= 2
    page.evaluate((NODE_MODULES / "axe-core" / "axe.min.js").read_text())
    run = "async () => (await axe.run(document)).violations.map((rule) => rule.id)"
    for size in (DESK, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            assert page.evaluate(run) == []
    assert page.get_by_role("heading", name="Thứ Ba 02/06").is_visible()  # the list, on a phone
