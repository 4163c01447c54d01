"""Chromium for tests: `page` is a phone-sized or desk-sized tab, and complains are failures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
#: Chromium notes every answer from 400 on; a form that comes back with its errors is no fault.
REFUSED_FORM = "status of 422 "


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    # playwright's loop lives in this thread; Django's guard against loops would forbid the ORM
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    libraries = os.environ.get("CRM_CHROMIUM_LIBS", "")
    env: dict[str, str | float | bool] = {**os.environ}
    if libraries:
        env["LD_LIBRARY_PATH"] = libraries
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ["CRM_CHROMIUM"],
            env=env,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-zygote"],
        )
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`tab(PHONE)`: a new tab with its own cookies; what a page complains about fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and REFUSED_FORM not in message.text:
            complaints.append(f"{message.location.get('url', '')}: {message.text}")

    def make(size: dict[str, int] | None = None, **more: object) -> Page:
        context = chromium.new_context(
            viewport=size or DESK,  # type: ignore[arg-type]
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            **more,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(15_000)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(tab: Callable[..., Page]) -> Page:
    """A desk-sized tab."""
    return tab()
