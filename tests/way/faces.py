"""The faces of a day: a desk's and a phone's width, Vietnamese and English."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser import DESK, PHONE
from tests.way.stage import Stage

#: What a page in a language must say somewhere in its frame.
_MENU = {"vi": "Hôm nay", "en": "Today"}


@dataclass(frozen=True)
class Face:
    """How somebody looks at the product."""

    number: int
    language: str
    small: bool

    @property
    def size(self) -> dict[str, int]:
        return PHONE if self.small else DESK


FACES = (Face(0, "vi", False), Face(1, "vi", True), Face(2, "en", False), Face(3, "en", True))


class Walk:
    """Somebody at work: opens pages and presses what stands on them."""

    def __init__(self, stage: Stage, tab: Callable[..., Page], name: str, face: Face) -> None:
        self.stage, self.face = stage, face
        self.page = stage.sign_in(tab(face.size), name)
        self.speak(face.language)

    def speak(self, language: str) -> None:
        """Choose the language in the menu, as everybody does, unless it is spoken already."""
        if self.page.locator("html").get_attribute("lang") == language:
            return
        menu = ".tk-bottom" if self.face.small else ".tk-top"
        self.page.locator(f"{menu} details:has([name='language']) > summary").click()
        self.page.locator(f"{menu} button[name='language'][value='{language}']").click()
        expect(self.page.locator("html")).to_have_attribute("lang", language)

    def open(self, path: str) -> Page:
        """A page; it fits the window and speaks her language."""
        self.page.goto(self.stage.live.url(path=path))
        self.fits()
        expect(self.page.locator("html")).to_have_attribute("lang", self.face.language)
        return self.page

    def fits(self) -> None:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.face.size["width"], f"{self.page.url}: {wide} px wide"

    @property
    def drawer(self) -> Locator:
        return self.page.locator("#drawer-body")

    def done(self) -> None:
        """What was pressed in the drawer is saved: it closes."""
        expect(self.page.locator("#drawer")).not_to_be_visible()

    def toast(self, text: str | re.Pattern[str]) -> None:
        """The sentence that says what was done."""
        expect(self.page.locator("#toast, .tk-toast").filter(has_text=text).first).to_be_visible()
