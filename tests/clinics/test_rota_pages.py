"""The rota's page: a week, one dentist's day, copying, and who may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics.models import Branch
from clinics.public import DayOff, Shift, Staff, places, rota
from tests.patients import pages, records

pytestmark = pytest.mark.usefixtures("clinic")
Clients = Callable[..., Client]
MONDAY = dt.date(2026, 6, 1)


@pytest.fixture
def home() -> Branch:
    return records.branch()


@pytest.fixture
def khoi(home: Branch) -> Staff:
    return records.dentist(home)


def give(who: Staff, where: Branch, day: dt.date = MONDAY) -> Shift:
    return rota.plan(person=who, branch=where, day=day, starts_at=dt.time(8), ends_at=dt.time(12))


def page(client: Client, home: Branch, week: str = "2026-06-03") -> str:
    return pages.text(client.get(f"/settings/rota/?branch={home.uid}&week={week}"))


def day_of(home: Branch, khoi: Staff, day: str = "2026-06-01") -> str:
    return f"/settings/rota/{home.uid}/{day}/{khoi.uid}/"


def test_a_week_as_it_is_planned(client_for: Clients, home: Branch, khoi: Staff) -> None:
    client = client_for("owner")
    assert "chưa xếp ca tuần này" in page(client, home)
    far = records.branch("Thủ Đức")
    give(khoi, home)
    give(khoi, far, MONDAY + rota.DAY)
    rota.off(person=khoi, day=MONDAY + 2 * rota.DAY, reason="đi họp")
    places.close_on(day=MONDAY + 3 * rota.DAY, reason="Lễ", branch=home)
    shown = page(client, home)
    assert "tuần 01/06–07/06" in shown
    for words in ("08:00–12:00", "Thủ Đức <span", "Nghỉ: đi họp", "chi nhánh nghỉ", "không có ca"):
        assert words in shown, words
    assert "chưa xếp ca tuần này" not in shown
    assert "tuần 08/06–14/06" in page(client, home, "2026-06-08")
    assert "tuần 01/06–07/06" in page(client, home, "rubbish")
    assert "Lịch làm việc" in pages.text(client.get("/settings/"))


def test_a_shift_is_given_changed_and_taken_away(
    client_for: Clients, home: Branch, khoi: Staff
) -> None:
    client = client_for("manager")
    address = day_of(home, khoi)
    asked = {"deed": "add", "add-starts_at": "8h", "add-ends_at": "12:00"}
    for _ in range(2):
        answer = pages.press(client, address, **asked)
        assert answer.status_code == 204
        assert answer["HX-Redirect"] == f"/settings/rota/?branch={home.uid}&week=2026-06-01"
    shift = Shift.objects.get()
    assert (shift.starts_at, shift.ends_at) == (dt.time(8), dt.time(12))
    assert "BS. Khôi: đã xếp ca." in page(client, home)
    said = {f"{shift.uid}-starts_at": "09:00", f"{shift.uid}-ends_at": "08:00"}
    bad = pages.press(client, address, deed="change", shift=str(shift.uid), **said)
    assert bad.status_code == 422
    assert "Giờ kết thúc phải sau giờ bắt đầu." in pages.text(bad)
    said[f"{shift.uid}-ends_at"] = "17:30"
    client.post(address, {"deed": "change", "shift": str(shift.uid), **said})
    shift.refresh_from_db()
    assert shift.ends_at == dt.time(17, 30)
    over = pages.press(client, address, **asked)
    assert over.status_code == 422
    assert "BS. Khôi đã có ca 09:00–17:30 ở Quận 3." in pages.text(over)
    for _ in range(2):
        assert pages.press(client, address, deed="remove", shift=str(shift.uid)).status_code == 204
    assert not Shift.objects.exists()
    assert pages.press(client, address, deed="change", shift="x").status_code == 404
    assert pages.press(client, address, deed="dance").status_code == 404


def test_a_day_off_is_noted_and_taken_back(client_for: Clients, home: Branch, khoi: Staff) -> None:
    client = client_for("manager")
    address = day_of(home, khoi)
    assert pages.press(client, address, deed="off", reason="").status_code == 422
    client.post(address, {"deed": "off", "reason": "phép"})
    assert DayOff.objects.get().reason == "phép"
    assert "Nghỉ ngày này: phép." in pages.text(pages.part(client, address))
    client.post(address, {"deed": "back"})
    assert not DayOff.objects.exists()


def test_several_days_and_the_next_weeks(client_for: Clients, home: Branch, khoi: Staff) -> None:
    client = client_for("owner")
    places.close_on(day=MONDAY + 9 * rota.DAY, reason="Lễ", branch=home)
    address = f"/settings/rota/{home.uid}/2026-06-03/"
    typed: dict[str, Any] = {
        "dentist": str(khoi.uid), "weekdays": ["0", "2"], "starts_at": "08:00", "ends_at": "12:00",
    }  # fmt: skip
    told = pages.text(client.post(f"{address}plan/", typed, follow=True))
    assert "Đã xếp 2 ca." in told
    told = pages.text(client.post(f"{address}copy/", {"weeks": "2"}, follow=True))
    assert "Đã xếp 3 ca. Bỏ qua vì chi nhánh nghỉ: 10/06." in told
    wider = typed | {"weekdays": ["0", "1"], "ends_at": "13:00"}
    told = pages.text(client.post(f"{address}plan/", wider, follow=True))
    assert "Đã xếp 1 ca. Giữ nguyên ca đã có: BS. Khôi 01/06 08:00–12:00 Quận 3." in told
    told = pages.text(client.post(f"{address}clear/", follow=True))
    assert "Đã bỏ 1 ca ngày 03/06/2026." in told
    assert Shift.objects.count() == 5
    gone = pages.press(client, f"{address}clear/")  # as htmx asks, after her yes
    assert gone["HX-Redirect"] == f"/settings/rota/?branch={home.uid}&week=2026-06-01"
    for name, wrong in (("plan", typed | {"weekdays": []}), ("copy", {"weeks": "27"})):
        answer = client.post(f"{address}{name}/", wrong)
        assert answer.status_code == 422
    assert "Chọn ít nhất một ngày." in pages.text(client.post(f"{address}plan/", {}))
    late = client.post(f"{address}plan/", typed | {"ends_at": "07:00"})
    assert "Giờ kết thúc phải sau giờ bắt đầu." in pages.text(late)


def test_a_branch_manager_plans_her_own_branch_alone(
    client_for: Clients, home: Branch, khoi: Staff
) -> None:
    far = records.branch("Thủ Đức")
    lan = records.dentist(far, "Lê Lan")
    client = client_for("branch_manager", branches=[home])
    shown = page(client, far)  # not hers: her own is shown
    assert "Quận 3, tuần" in shown
    assert "Lê Lan" not in shown
    assert client.get(day_of(home, khoi)).status_code == 200
    assert client.get(day_of(far, lan)).status_code == 404
    assert client.get(day_of(home, lan)).status_code == 404  # works elsewhere
    assert client.get(day_of(home, khoi, "someday")).status_code == 404
    for deed in ("plan", "copy", "clear"):
        assert client.post(f"/settings/rota/{far.uid}/2026-06-01/{deed}/").status_code == 404
    theirs = give(lan, far)
    pages.press(client, day_of(home, khoi), deed="remove", shift=str(theirs.uid))
    assert Shift.objects.get() == theirs
    assert '"/settings/rota/"' in shown  # the way in her rail
    for role in ("reception", "dentist", "assistant", "care"):
        assert client_for(role).get("/settings/rota/").status_code == 403


def test_ten_dentists_cost_as_many_statements_as_one(
    client_for: Clients, home: Branch, khoi: Staff
) -> None:
    client = client_for("owner")
    page(client, home)
    with pages.counted() as one:
        page(client, home)
    for number in range(10):
        give(records.dentist(home, f"Lê Văn {number}"), home, MONDAY + number % 6 * rota.DAY)
    with pages.counted() as many:
        page(client, home)
    assert pages.statements(many) == pages.statements(one)
