"""The words beside a number and the sentences of branches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client

from kpi import refresh, verdict
from kpi.headline import Number
from kpi.metrics import METRICS, Kind
from kpi.periods import Period
from kpi.reads import Cell, Trust
from kpi.survival import share
from tests.kpi.facts import Day, Facts
from tests.kpi.test_pages import FORBIDDEN, text

TODAY = Day(2026, 6, 1)
Signed = Callable[..., Client]


def a_share(counted: int, total: int, trust: Trust = Trust.GOOD) -> Cell:
    found = share(counted, total)
    assert found is not None
    reasons = {"counted": {"": counted}, "not_counted": {"": total - counted}}
    return Cell({}, found.value, found.interval, counted, total, 0, 0, {}, trust, reasons)


def a_count(n: int) -> Cell:
    reasons = {"counted": {"": n}}
    return Cell({}, float(n), None, n, n, 0, 0, {}, Trust.GOOD, reasons, Kind.COUNT, 30)


def said(key: str, now: Cell, before: Cell | None = None) -> Number:
    return Number(METRICS[key], now, Period(TODAY, TODAY, 6), 6, before)


@pytest.mark.parametrize(
    ("key", "now", "before", "word"),
    [
        # 200 of 500 = 40 (36–44)
        ("revisit", (200, 500), (210, 500), "good"),  # 42 lies in the range: as before
        ("revisit", (200, 500), (100, 500), "good"),
        ("revisit", (200, 500), (230, 500), "look"),  # 46: surely fewer
        ("revisit", (200, 500), (260, 500), "alarm"),  # 52: twelve fewer
        ("no_show", (200, 500), (100, 500), "alarm"),  # more of what should be less
        ("no_show", (200, 500), (260, 500), "good"),
        ("revisit", (200, 500), None, "unsure"),
        ("revisit", (200, 500), (5, 10), "unsure"),  # too few then
        ("revisit", (10, 18), (200, 500), "few"),
    ],
)
def test_beside_a_period_ago(
    key: str, now: tuple[int, int], before: tuple[int, int] | None, word: str
) -> None:
    assert verdict.since_before(said(key, a_share(*now), before and a_share(*before))) == word


def test_outcomes_that_are_missing_need_a_look() -> None:
    cell = a_share(200, 500, Trust.CHECK)
    assert verdict.since_before(said("no_show", cell, a_share(260, 500))) == "look"


@pytest.mark.parametrize(
    ("now", "before", "word"),
    [(100, 110, "good"), (100, 90, "good"), (400, 500, "look"), (100, 160, "alarm")],
)
def test_counts_beside_a_period_ago(now: int, before: int, word: str) -> None:
    # 400 and 500 differ by 100 > 1.96 √900 = 58.8, by a fifth; 100 and 160 by 60 > 31.6, by 3/8.
    assert verdict.since_before(said("new_data", a_count(now), a_count(before))) == word


def test_a_branch_beside_the_clinic() -> None:
    whole = said("revisit", a_share(250, 500))
    assert verdict.beside(said("revisit", a_share(100, 300)), whole) == "alarm"
    assert verdict.beside(said("revisit", a_share(149, 300)), whole) == "good"
    assert verdict.beside(said("revisit", a_share(2, 10)), whole) == "few"
    counts = said("new_data", a_count(5))
    assert verdict.beside(counts, counts) == ""


def test_every_branch_has_its_sentence(facts: Facts, client_for: Signed) -> None:
    """Thủ Đức: 40 of 60 did not come; Quận 3: none of 60; Gò Vấp: 3 of 5, too few."""
    for branch, missed, total in zip(facts.branches, (0, 40, 3), (60, 60, 5), strict=True):
        for n in range(total):
            day = TODAY - dt.timedelta(days=2 + n % 20)
            patient = facts.patient(branch=branch)
            facts.appointment(patient, day, "no_show" if n < missed else "on_time")
    refresh.refresh_due()
    page = text(client_for("owner"), "/numbers/")
    assert not FORBIDDEN.search(page)
    assert "Hơn cả phòng khám: Không đến, 0." in page
    assert "Cần chú ý: Không đến, 67." in page
    assert "Ít khách, chưa kết luận." in page
    assert "Nhiều nhất: Thủ Đức, 67" in page
    assert "Báo động" in page
