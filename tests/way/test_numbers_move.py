"""A check-in and a provider's receipt move their numbers within a minute, every process real: the
page that is pressed, the webhook that is heard, the beat that knocks, the worker that counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.way.faces import FACES, Walk
from tests.way.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.browser]

DAY = "2026-06-04"
#: What the product promises: the page says a number is at most so old.
WITHIN = 60


class Reader:
    """A number of one day as scripts read it, by the owner's token."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        said = stage.live.manage("api_token", "--clinic", "an_tam", "--staff", "owner")
        self.token = said.split()[-1]

    def cell(self, key: str, part: str = "") -> dict[str, Any]:
        at = f"/api/v1/kpi/{key}/?part={part}&from={DAY}&to=2026-06-05&by=day"
        status, body = self.stage.ask(at, token=self.token)
        assert status == 200, body
        cells = json.loads(body)["cells"]
        return dict(cells[0]) if cells else {"numerator": 0, "denominator": 0}

    def until(self, key: str, part: str, numerator: int, denominator: int) -> None:
        """Wait until it says so, at most as long as promised."""

        def said() -> bool:
            cell = self.cell(key, part)
            return (cell["numerator"], cell["denominator"]) == (numerator, denominator)

        self.stage.live.wait(said, f"{key} {part} {numerator} of {denominator}", WITHIN)


def test_a_check_in_and_a_receipt_move_their_numbers(
    stage: Stage, tab: Callable[..., Page]
) -> None:
    stage.clock(f"{DAY}T08:00")
    numbers = Reader(stage)
    her = stage.patient("Trịnh Thị Sen", "+84903418320")
    assert numbers.cell("open_rate", "delivery")["denominator"] == 0
    stage.slot(her, f"{DAY}T09:00", minutes=30)  # a confirmation goes out and is delivered
    numbers.until("open_rate", "delivery", 1, 1)

    stage.clock(f"{DAY}T08:55")
    assert numbers.cell("no_show")["denominator"] == 0
    desk = Walk(stage, tab, "reception", FACES[0])
    page = desk.open(f"/today/?date={DAY}&view=list")
    page.locator("#day-list li", has_text=str(her)).locator("[data-row]").click()
    desk.drawer.locator('form[action$="/check-in/"] button').click()
    desk.done()
    numbers.until("no_show", "", 0, 1)
