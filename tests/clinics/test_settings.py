"""Settings: branches with hours, closing days and chairs; the price list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics.models import Branch, Chair, ClosingDay, Service
from clinics.public import places

pytestmark = pytest.mark.usefixtures("clinic")
Clients = Callable[..., Client]

GOOD = {
    "name": "Quận 3 mới",
    "address": "1 Lê Lợi",
    "hotline": "028 7300 6868",
    "opens_at": "7h30",
    "closes_at": "19:00",
    "open_weekdays": ["0", "1", "6"],
}


@pytest.fixture
def home() -> Branch:
    return places.open_branch(code="q3", name="Quận 3")


def read(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_manager_corrects_a_branch(client_for: Clients, home: Branch) -> None:
    client = client_for("manager")
    address = f"/settings/branches/{home.uid}/"
    assert "Quận 3" in read(client.get("/settings/"))
    assert "Mở cửa các ngày" in read(client.get(address))
    assert "Đã lưu chi nhánh Quận 3 mới." in read(client.post(address, GOOD, follow=True))
    home.refresh_from_db()
    assert home.hotline == "+842873006868"
    assert (f"{home.opens_at:%H:%M}", home.open_weekdays) == ("07:30", [0, 1, 6])


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "bắt buộc"),
        ("hotline", "xin chào", "Đây không phải số điện thoại."),
        ("hotline", "12", "Đây không phải số điện thoại."),
        ("closes_at", "06:00", "Giờ đóng cửa phải sau giờ mở cửa."),
        ("opens_at", "sáng", "17:30"),
        ("open_weekdays", [], "Chọn ít nhất một ngày."),
    ],
)
def test_what_is_wrong_is_said_beside_it(
    client_for: Clients, home: Branch, field: str, typed: object, said: str
) -> None:
    answer = client_for("owner").post(
        f"/settings/branches/{home.uid}/", GOOD | {"address": "2 Lê Lai", field: typed}
    )
    assert answer.status_code == 422
    assert said in read(answer)
    assert "2 Lê Lai" in read(answer)
    home.refresh_from_db()
    assert home.name == "Quận 3"


def test_days_off_and_open_again(client_for: Clients, home: Branch) -> None:
    client = client_for("owner")
    address = f"/settings/branches/{home.uid}/closing/"
    told = client.post(address, {"day": "2/9/2026", "reason": "Quốc khánh"}, follow=True)
    assert "Đã ghi nghỉ ngày 02/09/2026, Quốc khánh." in read(told)
    client.post(address, {"day": "02/09/2026", "reason": "Lễ"})  # said again
    client.post(address, {"day": "03/09/2026", "reason": "Lễ", "everywhere": "on"})
    assert ClosingDay.objects.count() == 2
    assert len(places.closed_days([home.pk])[home.pk]) == 2
    for day in ("2026-09-02", "2026-09-03", "2026-09-03"):
        client.post(f"{address}{day}/open/")
    assert not ClosingDay.objects.exists()
    assert client.post(address, {"day": "32/9/2026", "reason": "Lễ"}).status_code == 422
    assert client.post(f"{address}tomorrow/open/").status_code == 404


def test_a_chair_is_added_once(client_for: Clients, home: Branch) -> None:
    client = client_for("manager")
    address = f"/settings/branches/{home.uid}/chairs/"
    assert "Ghế 1 đã có thể đặt lịch." in read(client.post(address, {"name": "Ghế 1"}, follow=True))
    again = client.post(address, {"name": "Ghế 1"})
    assert again.status_code == 422
    assert "Đã có ghế tên này." in read(again)
    assert Chair.objects.count() == 1


def test_the_price_list_is_kept(client_for: Clients) -> None:
    client = client_for("manager")
    typed = {"name": "Tẩy trắng răng", "duration_min": "60", "price": "2500000",
             "single_visit": "on", "is_active": "on"}  # fmt: skip
    client.post("/settings/services/new/", typed)
    made = Service.objects.get(name="Tẩy trắng răng")
    assert (made.code, made.price, made.single_visit) == ("tay-trang-rang", 2_500_000, True)
    client.post("/settings/services/new/", typed)  # another of this name has its own code
    assert Service.objects.filter(code="tay-trang-rang-2").exists()
    address = f"/settings/services/{made.uid}/"
    told = client.post(address, typed | {"price": "3000000", "is_active": ""}, follow=True)
    page = read(told)
    assert "3.000.000" in page
    assert "ngừng cung cấp" in page
    made.refresh_from_db()
    assert made.code == "tay-trang-rang"
    assert made not in places.services()
    assert client.post(address, typed | {"price": "-1"}).status_code == 422


def test_the_desk_does_not_set(client_for: Clients, home: Branch) -> None:
    for role in ("reception", "dentist", "branch_manager"):
        assert client_for(role).get("/settings/").status_code == 403


def test_a_manager_opens_a_branch_once(client_for: Clients, home: Branch) -> None:
    client = client_for("manager")
    address = "/settings/branches/new/"
    assert 'value="08:00"' in read(client.get(address))
    said = read(client.post(address, {**GOOD, "name": "Đống Đa"}, follow=True))
    assert "Đã mở Đống Đa." in said
    assert 'value="028 7300 6868"' in said
    opened = Branch.objects.get(name="Đống Đa")
    assert (opened.code, opened.open_weekdays) == ("dong-da", [0, 1, 6])
    again = client.post(address, {**GOOD, "name": "Đống Đa"})
    assert again.status_code == 422
    assert "Đã có chi nhánh tên này." in read(again)
    assert client.post(address, {**GOOD, "name": "!!!"}).status_code == 422
    assert Branch.objects.count() == 2
