"""The read rate where a channel reports reading: by hand, against pandas, and as reports arrive."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.test import Client

from kpi import reads, refresh
from kpi.models import KpiUnit
from messaging.public import Message
from patients.public import Patient
from tests.kpi.facts import Day, Facts, at
from tests.kpi.letters import Letters
from tests.kpi.test_pages import FORBIDDEN, text

TODAY = Day(2026, 6, 1)
PERIOD: dict[str, Any] = {"first": Day(2026, 4, 1), "until": Day(2026, 6, 2)}
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
NOON = at(TODAY - 20 * DAY, 12)
Signed = Callable[..., Client]


@pytest.fixture
def letters(facts: Facts) -> Letters:
    return Letters()


def told(part: str = "headline") -> reads.Cell:
    refresh.refresh_due()
    return reads.cell(reads.question("open_rate", part, **PERIOD))


def said(
    letters: Letters, who: Patient, called: dt.datetime, seen: float | None = None, **more: Any
) -> None:
    """Delivered at once; seen so many hours later."""
    intent = letters.said(who, called, state="delivered", delivered_at=called, **more)
    if seen is not None:
        Message.objects.filter(intent=intent).update(state="seen", seen_at=called + seen * HOUR)


def test_by_hand(facts: Facts, letters: Letters) -> None:
    """The account's first report comes two hours after its first message: what it hands over
    later is read or not. Of those six: seen in time, answered unseen, seen too late, never, not
    yet three days old; by SMS nothing is reported."""
    her = [facts.patient() for _ in range(8)]
    said(letters, her[0], NOON, 2)
    said(letters, her[1], NOON)  # handed over before anything was ever reported
    assert told().value is None
    assert told().excluded == {"no_reading": 2}
    later = NOON + 3 * HOUR
    said(letters, her[2], later, 71)
    said(letters, her[3], later, acted_at=later + HOUR)
    said(letters, her[4], later, 73)
    said(letters, her[5], later)
    said(letters, her[6], at(TODAY, 8))
    said(letters, her[7], later, channel="sms")
    cell = told()
    assert (cell.numerator, cell.denominator, cell.value) == (2, 4, 0.5)
    assert cell.reasons["counted"] == {"read": 1, "read_answered": 1}
    assert cell.reasons["not_counted"] == {"not_read": 2}
    assert cell.reasons["immature"] == {"waiting_72h": 1}
    assert cell.excluded == {"no_reading": 3}
    surely = told("surely_read")
    assert (surely.numerator, surely.denominator) == (3, 7)  # the very first was seen as well
    assert (told("response").numerator, told("response").denominator) == (1, 7)
    assert (told("delivery").numerator, told("delivery").denominator) == (8, 8)
    share = told("read_capable_share")
    assert (share.numerator, share.denominator) == (5, 8)


def test_drawn_messages_as_pandas(facts: Facts, letters: Letters) -> None:
    random = np.random.default_rng(4)
    rows = []
    for n in range(120):
        called = at(TODAY - 30 * DAY, 9) + int(random.integers(0, 29 * 24)) * HOUR
        channel = "sms" if n % 3 == 0 else "zalo"
        seen = None if channel == "sms" or n % 4 == 1 else float(random.integers(1, 120))
        if seen is not None and called + seen * HOUR > at(TODAY, 8):
            seen = None
        said(letters, facts.patient(branch=facts.branches[n % 2]), called, seen, channel=channel)
        rows.append((channel, called, None if seen is None else called + seen * HOUR))
    table = pd.DataFrame(rows, columns=["channel", "called", "seen"])
    for name in ("called", "seen"):
        table[name] = pd.to_datetime(table[name], utc=True)
    since = table.seen.min()
    capable = table[(table.channel == "zalo") & (table.called > since)]
    mature = capable[capable.called + pd.Timedelta(hours=72) <= pd.Timestamp(at(TODAY, 9))]
    read = mature.seen - mature.called <= pd.Timedelta(hours=72)
    cell = told()
    assert (cell.numerator, cell.denominator) == (int(read.sum()), len(mature))
    assert cell.immature == len(capable) - len(mature)
    assert cell.excluded == {"no_reading": len(table) - len(capable)}
    assert 0 < cell.numerator < cell.denominator
    before = list(KpiUnit.objects.order_by("id").values())
    refresh.recount_all()  # the marks had missed nothing
    assert list(KpiUnit.objects.order_by("id").values()) == before


def test_a_report_of_reading_moves_the_number(facts: Facts, letters: Letters) -> None:
    said(letters, facts.patient(), NOON, 1)
    said(letters, facts.patient(), NOON + 2 * HOUR)
    assert told().numerator == 0
    row = Message.objects.latest("id")
    Message.objects.filter(pk=row.pk).update(state="seen", seen_at=NOON + 4 * HOUR)
    assert (told().numerator, told().denominator) == (1, 1)


def test_the_page_says_it_where_it_is_known(
    facts: Facts, letters: Letters, client_for: Signed
) -> None:
    client = client_for("owner")
    said(letters, facts.patient(), NOON, 1)
    refresh.refresh_due()
    assert "Chưa có kênh nào báo đã đọc" in text(client, "/numbers/open_rate/?months=3")
    for n in range(24):
        said(letters, facts.patient(), NOON + 2 * HOUR, 5 if n % 2 else None)
    refresh.refresh_due()
    page = text(client, "/numbers/open_rate/?months=3")
    assert "Chưa có kênh nào báo đã đọc" not in page
    assert "12 trên 24" in page
    page = text(client, "/numbers/open_rate/?months=3&part=headline")
    assert not FORBIDDEN.search(page)
    assert "Cứ 100 tin trên kênh có báo đã đọc thì 50 tin được đọc" in page
    (cell,) = client.get("/api/v1/kpi/open_rate/").json()["cells"]
    assert (cell["value"], cell["reason"]) == (0.5, None)
