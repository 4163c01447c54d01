"""Tasks dropped: by hand, against pandas, and as they are done, late or never."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from django.test import Client

from clinics import clock as product_clock
from followup.public import Task, tasks
from kpi import reads, refresh
from kpi.models import KpiUnit
from patients.public import Patient
from tests.kpi.facts import Day, Facts
from tests.kpi.test_pages import FORBIDDEN, text

TODAY = Day(2026, 6, 1)
PERIOD: dict[str, Any] = {"first": Day(2026, 3, 1), "until": Day(2026, 6, 2)}
DAY = dt.timedelta(days=1)
Signed = Callable[..., Client]


def told(**more: Any) -> reads.Cell:
    refresh.refresh_due()
    return reads.cell(reads.question("data_leak", "dropped_ball", **(PERIOD | more)))


def task(patient: Patient, due: dt.datetime, done: dt.datetime | None = None) -> Task:
    return Task.objects.create(
        kind="call", patient=patient, branch=patient.branch, role="reception",
        opened_at=due - DAY, due_at=due, done_at=done,
    )  # fmt: skip


def test_six_tasks_by_hand(facts: Facts) -> None:
    """Due 20 days ago: done after 7 days, after 7 days and an hour, never. Due 3 days ago: done,
    not done. One of a test record: 2 of 3 were dropped, two are too young to say."""
    old, young = product_clock.now() - 20 * DAY, product_clock.now() - 3 * DAY
    task(facts.patient(), old, old + 7 * DAY)
    task(facts.patient(), old, old + 7 * DAY + dt.timedelta(hours=1))
    task(facts.patient(), old)
    task(facts.patient(), young, young + DAY)
    task(facts.patient(), young)
    task(facts.patient(is_test=True), old)
    cell = told()
    assert (cell.numerator, cell.denominator, cell.value) == (2, 3, 2 / 3)
    assert {role: found for role, found in cell.reasons.items() if found} == {
        "counted": {"done_too_late": 1, "not_done": 1},
        "not_counted": {"done_in_time": 1},
        "immature": {"done_in_time": 1, "still_time": 1},
        "excluded": {"test_patient": 1},
    }


def test_doing_it_moves_the_number_and_the_past_stays(facts: Facts, clock: Any) -> None:
    given = tasks.give(kind="call_back", patient=facts.patient(), branch=facts.branches[0])
    assert told(until=Day(2026, 7, 1)).immature == 1
    clock.set(given.due_at + 8 * DAY)
    cell = told(until=Day(2026, 7, 1))
    assert cell.reasons["counted"] == {"not_done": 1}
    then = product_clock.now()
    clock.advance(days=1)
    tasks.done(given, by=facts.dentist, result="đã gọi")
    assert told(until=Day(2026, 7, 1)).reasons["counted"] == {"done_too_late": 1}
    assert told(until=Day(2026, 7, 1), as_of=then).reasons["counted"] == {"not_done": 1}


def test_drawn_tasks_as_pandas(facts: Facts) -> None:
    random = np.random.default_rng(8)
    now, rows = product_clock.now(), []
    for n in range(120):
        patient = facts.patient(branch=facts.branches[n % 3])
        due = now - dt.timedelta(hours=int(random.integers(1, 80 * 24)))
        done: dt.datetime | None = due + dt.timedelta(hours=int(random.integers(-20, 14 * 24)))
        if random.random() >= 0.8 or (done and done >= now):
            done = None
        task(patient, due, done)
        rows.append((patient.branch.name, due, done))
    table = pd.DataFrame(rows, columns=["branch", "due", "done"])
    for name in ("due", "done"):
        table[name] = pd.to_datetime(table[name], utc=True)
    limit = table.due + pd.Timedelta(days=7)
    mature = table[limit <= pd.Timestamp(now)]
    dropped = ~(mature.done <= mature.due + pd.Timedelta(days=7))
    cell = told()
    assert (cell.numerator, cell.denominator) == (int(dropped.sum()), len(mature))
    assert cell.immature == len(table) - len(mature)
    for cell in reads.cells(reads.question("data_leak", "dropped_ball", by=["branch"], **PERIOD)):
        mine = mature.branch == cell.key["branch_name"]
        assert (cell.numerator, cell.denominator) == (int(dropped[mine].sum()), int(mine.sum()))
    before = list(KpiUnit.objects.order_by("id").values())
    refresh.recount_all()  # the marks had missed nothing
    assert list(KpiUnit.objects.order_by("id").values()) == before


def test_the_page_says_them_among_the_leaks(facts: Facts, client_for: Signed) -> None:
    for n in range(30):
        due = product_clock.now() - 20 * DAY
        task(facts.patient(), due, due if n % 3 else None)
    refresh.refresh_due()
    said = text(client_for("owner"), "/numbers/data_leak/?part=dropped_ball")
    assert not FORBIDDEN.search(said)
    assert "Cứ 100 việc về khách thì 33 việc bị bỏ quên" in said
    assert "10 việc" in said
