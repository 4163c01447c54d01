"""The numbers' pages in Chromium: at both widths, light and dark, with a keyboard, and by axe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django_tenants.utils import schema_context
from playwright.sync_api import Page

from clinics.public import Branch, Role, staff
from config.paths import NODE_MODULES
from kpi import refresh
from patients.public import Patient
from tests.browser import DESK, PHONE
from tests.kpi.facts import Day, Facts, at
from tests.kpi.letters import Letters
from tests.live import Live

pytestmark = [pytest.mark.live, pytest.mark.browser]

TODAY = Day(2026, 6, 1)
NAMES = "Nguyễn Thị Ngọc Hân|Trần Quốc Bảo|Lê Thị Lợi|Phạm Gia Hưng|Hồ Quang Hiếu|Đặng Bảo Trâm"
NAMES += (
    "|Tống Thị Nhàn|Đỗ Phương Uyên|Trương Minh Trí|Vương An Nhiên|Công Tằng Tôn Nữ Diễm Phương Ễnh"
)
PAGES = (
    "", "revisit/?months=12", "revisit/?months=12&role=counted", "no_show/",
    "open_rate/?months=3", "open_rate/?months=3&part=delivery&role=not_counted",
    "new_data/?months=12", "loyalty/?months=12", "data_leak/",
)  # fmt: skip


def life(facts: Facts, people: int = 150) -> None:
    """Two years of a chain of four; one branch keeps fewer of its patients, one is young."""
    random = np.random.default_rng(3)
    names = NAMES.split("|")
    letters = Letters()
    bien_hoa = Branch.objects.create(name="Biên Hòa", code="bien-hoa")
    for n in range(people):
        branch = facts.branches[n % 3] if n % 20 else bien_hoa
        patient = facts.patient(names[n % len(names)], branch=branch, salutation="chị")
        day = TODAY - dt.timedelta(days=int(random.integers(20, 620)))
        facts.plan(patient, day, closed=n % 30 != 7)
        if random.random() < (0.3 if branch.name == "Thủ Đức" else 0.75):
            again = day + dt.timedelta(days=int(random.integers(20, 230)))
            if again < TODAY:
                facts.plan(patient, again)
        outcome = random.choice(
            ["on_time", "late", "on_time", "on_time", "no_show", "cancelled", ""]
        )
        on = TODAY - dt.timedelta(days=int(random.integers(-5, 300)))
        facts.appointment(patient, on, (str(outcome) or None) if on < TODAY else None)
        written(letters, patient, n, first=day)
    refresh.refresh_due()


def written(letters: Letters, patient: Patient, n: int, *, first: Day) -> None:
    """Her record of the day before she first came, and two messages this spring."""
    made = at(first - dt.timedelta(days=1))
    Patient.objects.filter(pk=patient.pk).update(recorded_at=made)
    if n % 9:
        letters.basis(patient, recorded_at=made)
    for m in range(2):
        sent = at(TODAY - dt.timedelta(days=(n * 2 + m) % 90), 9)
        lost = n % 8 == 5 and m == 0
        letters.said(
            patient, sent, channel="sms" if n % 3 == 0 else "zalo",
            state="failed" if lost else "delivered", code="-118" if lost else "",
            delivered_at=None if lost else sent,
            opened_at=sent if (n + m) % 2 and not lost else None,
        )  # fmt: skip


@pytest.fixture
def owner(live_demo: Live, tab: Callable[..., Page]) -> Callable[..., Page]:
    """`owner(PHONE, theme="trau-dem")`: a tab of the owner, signed in, in a furnished clinic."""
    with schema_context("an_tam"):
        life(Facts())
        person = staff.hire(
            username="hanh",
            password="nu-cuoi-cua-ban",
            full_name="Trần Mỹ Hạnh",
            role=Role.OWNER,
            branches=Branch.objects.all(),
        )
        client = Client(headers={"host": "an-tam.localhost"})
        client.force_login(
            person.user, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
    kept = client.cookies["sessionid"].value

    def open_tab(size: dict[str, int], *, theme: str = "trau") -> Page:
        page = tab(size)
        at = live_demo.url()
        page.context.add_cookies(
            [
                {"name": "sessionid", "value": kept, "url": at},
                {"name": "theme", "value": theme, "url": at},
            ]
        )
        return page

    return open_tab


def axe(page: Page) -> list[Any]:
    """What axe finds, as rule and place."""
    page.evaluate((NODE_MODULES / "axe-core" / "axe.min.js").read_text())
    found = page.evaluate("axe.run().then(found => found.violations)")
    return [(rule["id"], [node["html"][:200] for node in rule["nodes"][:3]]) for rule in found]


def test_the_numbers_in_chromium(live_demo: Live, owner: Callable[..., Page]) -> None:
    for size, theme in ((DESK, "trau"), (PHONE, "trau-dem")):
        page = owner(size, theme=theme)
        for path in PAGES:
            page.goto(live_demo.url(path=f"/numbers/{path}"))
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], (path, size, wide)
            if "months=12" in path:
                page.locator("[data-chart] svg").wait_for()
            assert axe(page) == [], (path, size, theme)

    page = owner(DESK)
    page.goto(live_demo.url(path="/numbers/"))
    page.get_by_role("link", name="Xem từng người").click()
    page.locator(".tk-pile", has_text="Được tính").first.click()
    counted = page.locator(".tk-pile[aria-current] .n").inner_text()
    page.locator("#who").get_by_text(f"{counted} khách", exact=True).wait_for()
    page.get_by_text("Xem cách tính").click()
    page.get_by_text("Khách xong một liệu trình trong kỳ").wait_for()
    page.get_by_text("Xem dạng bảng").click()
    assert page.locator("[aria-labelledby=trend-title] details tbody tr").count() > 6
    page.get_by_role("searchbox", name="Tìm trong danh sách").fill("tran quoc")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Trần Quốc Bảo").first.wait_for()
    assert page.get_by_role("link", name="Lê Thị Lợi").count() == 0
