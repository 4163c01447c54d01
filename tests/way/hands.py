"""What people do on the pages: reception at the desk, the dentist and the patient on a phone."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.way.stage import Stage

expect.set_options(timeout=20_000)


class Desk:
    """Reception, at a desk."""

    def __init__(self, stage: Stage, page: Page) -> None:
        self.stage, self.page = stage, stage.sign_in(page, "reception")
        self.branch = stage.practice().branch

    def day(self, date: str) -> Page:
        """The day as a list."""
        at = f"/today/?branch={self.branch.uid}&date={date}&view=list"
        self.page.goto(self.stage.live.url(path=at))
        return self.page

    def book_newcomer(self, *, name: str, phone: str, service: str, date: str, time: str) -> None:
        """By the button of the day's page: somebody new, what for, with whom, when."""
        self.day(date)
        self.page.locator('[data-key="F2"]:visible').first.click()
        drawer = self.page.locator("#drawer-body")
        drawer.locator('[hx-get*="newcomer=1"]').first.click()
        drawer.locator('[name="full_name"]').fill(name)
        drawer.locator('[name="phone"]').fill(phone)
        drawer.locator('[name="salutation"][value="chị"]').check()
        self._agree(drawer, service=service, date=date, time=time)

    def book_from(self, link: Locator, *, service: str, date: str, time: str) -> None:
        """By a link that knows already who comes and what for."""
        link.click()
        self._agree(self.page.locator("#drawer-body"), service=service, date=date, time=time)

    def _agree(self, drawer: Locator, *, service: str, date: str, time: str) -> None:
        year, month, day = date.split("-")
        drawer.locator('[name="service"]').select_option(label=service)
        hers = drawer.locator('[name="dentist"] option', has_text="Khôi")
        drawer.locator('[name="dentist"]').select_option(value=hers.get_attribute("value"))
        drawer.locator('[name="date"]').fill(f"{day}/{month}/{year}")
        drawer.locator('[name="time"]').fill(time)
        drawer.locator(".tk-drawer-foot .btn-primary").click()
        expect(self.page.locator("#drawer")).not_to_be_visible()

    def row(self, name: str) -> Locator:
        """Her line of the day that is open."""
        return self.page.locator("#day-list li", has_text=name)

    def receive(self, name: str, date: str) -> None:
        """She comes, is asked in, and leaves."""
        self.day(date)
        for step in ("check-in", "seat", "done"):
            self.row(name).locator("[data-row]").click()
            button = self.page.locator(f'#drawer-body form[action$="/{step}/"] button')
            button.click()
            expect(self.page.locator("#drawer")).not_to_be_visible()
            if step == "done":
                return
            self.page.reload()


class Chairside:
    """The dentist, on a phone."""

    def __init__(self, stage: Stage, page: Page) -> None:
        self.stage, self.page = stage, stage.sign_in(page, "dentist")

    def sign(self, name: str, *, service: str, tooth: int | None = None) -> None:
        """What was done in her visit, signed after one more question."""
        self.page.goto(self.stage.live.url(path="/dentist/"))
        self.page.locator('a[href$="/sign/"]', has_text=name).first.click()
        chosen = self.page.locator('[name="service"]')
        if chosen.locator("option:checked").inner_text() != service:
            with self.page.expect_response(re.compile("/sign/")):
                chosen.select_option(label=service)
        if tooth is not None:
            with self.page.expect_response(re.compile("/sign/")):
                self.page.locator(f'#sign-part a[href*="pick={tooth}"]').click()
            expect(self.page.locator('[name="tooth"]')).to_have_value(str(tooth))
        self.page.locator(".tk-signbar button").click()
        ask = self.page.locator("#ask")
        expect(ask).to_contain_text(service)
        ask.locator("[data-yes]").click()
        self.page.wait_for_url("**/dentist/")

    def close(self, task: Locator, result: str) -> None:
        """Write down what came of a task."""
        task.locator('a[href$="/done/"]').click()
        drawer = self.page.locator("#drawer-body")
        drawer.locator(f'[name="result"][value="{result}"]').check()
        drawer.locator(".tk-drawer-foot .btn-primary").click()
        expect(self.page.locator("#drawer")).not_to_be_visible()


class Phone:
    """The patient, with her own phone: its messages, and what their links open."""

    def __init__(self, stage: Stage, page: Page, number: str) -> None:
        self.stage, self.page, self.number = stage, page, number
        page.set_default_timeout(30_000)

    def open_newest(self, text: str) -> str:
        """Look at her messages, read the newest, follow its link. Returns the link."""
        self.page.goto(f"{self.stage.live.gateway}/phone/{self.number}")
        newest = self.page.get_by_test_id("message").last
        expect(newest).to_contain_text(text)
        link: Any = newest.get_by_test_id("message-link").get_attribute("href")
        self.page.goto(link)
        assert self.page.evaluate("innerWidth") == 390
        assert self.page.evaluate("document.documentElement.scrollWidth") <= 390
        return str(link)

    def press(self, deed: str) -> None:
        """The button that does a deed; her page comes back."""
        self.page.locator(f'form[action*="/{deed}/"] button').first.click()
        expect(self.page.locator(".ph-done")).to_be_visible()

    def answer(self, choice: str) -> None:
        """One of the faces, and send."""
        self.page.locator(f'[name="choice"][value="{choice}"]').check()
        self.press("answer")
