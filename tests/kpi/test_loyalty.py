"""Loyal patients: the rule by hand, and the estimate against pandas and statsmodels."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from kpi import reads, refresh
from kpi.models import KpiUnit
from patients.public import Patient, Visit
from tests.kpi.facts import Day, Facts, at

TODAY = Day(2026, 6, 1)
PERIOD: dict[str, Any] = {"first": Day(2023, 1, 1), "until": Day(2026, 6, 2)}
BEGIN = Day(2024, 6, 1)


def after(days: int, begin: Day = BEGIN) -> Day:
    return begin + dt.timedelta(days=days)


def told(part: str = "", **more: Any) -> reads.Cell:
    refresh.refresh_due()
    return reads.cell(reads.question("loyalty", part, **(PERIOD | more)))


def loyal_after(patient: Patient) -> int | None:
    """Days from her first visit to the day she became loyal."""
    refresh.refresh_due()
    unit = KpiUnit.objects.get(
        metric="loyalty", person_id=patient.person_id, recorded__upper_inf=True
    )
    days: int | None = unit.days
    return days


def visit(patient: Patient, day: Day, *, is_return: bool = False) -> None:
    """A visit inside an open plan; or one that was kept for a check-up."""
    Visit.objects.create(
        patient=patient, branch=patient.branch, on_date=day, started_at=at(day, 9),
        is_return=is_return, recorded_at=at(day, 11),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("plans", "days"),
    [
        ([[0], [30], [90]], 90),  # three visits, three plans, 90 days
        ([[0], [30], [89]], None),  # a day too near
        ([[0], [30], [89], [95]], 95),  # … until she comes once more
        ([[0, 10, 100]], None),  # one plan, however many visits
        ([[n * 20 for n in range(20)]], None),  # braces: twenty visits of one plan
        ([[0, 10], [100]], 100),  # the second plan on the third day
        ([[0], [100]], None),  # two visits are not three
        ([[0], [200], [366]], 366),  # the first and last are 366 days apart, but see below
        ([[0], [180], [365]], 365),  # one year still holds them all
        ([[0], [370], [460], [480]], 480),  # the first visit has left the year
    ],
)
def test_the_rule_by_hand(facts: Facts, plans: list[list[int]], days: int | None) -> None:
    if plans == [[0], [200], [366]]:
        days = None  # on day 366 the year behind it no longer holds the first visit
    patient = facts.patient()
    for plan in plans:
        facts.plan(patient, *(after(n) for n in plan))
    assert loyal_after(patient) == days


def test_one_plan_and_a_check_up_she_kept(facts: Facts) -> None:
    patient, other = facts.patient(), facts.patient()
    for each, kept in ((patient, True), (other, False)):
        facts.plan(each, after(0), after(20))
        visit(each, after(120), is_return=kept)
    assert loyal_after(patient) == 120
    assert loyal_after(other) is None


def test_within_365_days_is_365_days(facts: Facts) -> None:
    for last in (364, 365, 380):
        patient = facts.patient()
        for day in (0, 200, last):
            facts.plan(patient, after(day))
        if last == 380:
            facts.plan(patient, after(390))  # loyal on day 390: day 200, 380 and 390
    cell = told()
    assert (cell.numerator, cell.denominator) == (2, 3)
    assert cell.reasons["not_counted"] == {"returned_later": 1}
    assert cell.value == pytest.approx(2 / 3)


def test_the_ladder_by_hand(facts: Facts) -> None:
    """Four came for the first time two years ago: two came again, one of them became loyal."""
    people = [facts.patient() for _ in range(4)]
    for patient in people:
        facts.plan(patient, after(0))
    facts.plan(people[0], after(50))
    facts.plan(people[0], after(100))
    facts.plan(people[1], after(60))
    step_2, step_3 = told("step_2"), told("step_3")
    assert (step_2.numerator, step_2.denominator, step_2.value) == (2, 4, 0.5)
    assert (step_3.numerator, step_3.denominator, step_3.value) == (1, 2, 0.5)
    assert step_3.excluded == {"not_returned_yet": 2}
    assert (told().numerator, told().denominator) == (1, 4)


def test_who_is_left_out_and_who_is_still_followed(facts: Facts) -> None:
    facts.plan(facts.patient(is_test=True), after(0))
    facts.plan(gone := facts.patient(moved_away_on=after(40)), after(0))
    facts.plan(gone, after(50))
    facts.plan(young := facts.patient(), TODAY - dt.timedelta(days=200))
    for n in (150, 60):
        facts.plan(young, TODAY - dt.timedelta(days=n))
    cell = told()
    assert cell.excluded == {"test_patient": 1}
    assert cell.reasons["not_counted"] == {"moved_away": 1}
    assert cell.reasons["immature"] == {"returned_early": 1}
    assert told("step_3").excluded == {"test_patient": 1, "not_returned_yet": 1}


def test_merging_and_voiding_count_anew(facts: Facts) -> None:
    one, two = facts.patient(), facts.patient()
    facts.plan(one, after(0))
    facts.plan(one, after(50))
    facts.plan(two, after(120))
    assert told().numerator == 0
    Patient.objects.filter(pk=two.pk).update(person=one.person)
    assert (told().numerator, told().denominator) == (1, 1)
    Visit.objects.filter(patient=two).update(voided_at=at(TODAY, 1))
    assert told().numerator == 0


def test_a_history_counted_for_the_first_time_knows_each_day(facts: Facts) -> None:
    patient = facts.patient()
    for day in (0, 50, 100):
        facts.plan(patient, after(day))
    assert told("step_2", as_of=at(after(40))).reasons["immature"] == {"waiting": 1}
    assert told("step_2", as_of=at(after(60))).reasons["immature"] == {"returned_early": 1}
    assert told(as_of=at(after(99))).reasons["immature"] == {"waiting": 1}
    assert told(as_of=at(after(120))).reasons["immature"] == {"returned_early": 1}


def by_hand(visits: list[tuple[Day, int]]) -> tuple[int | None, int | None]:
    """Days to the first return and to loyalty, from (day, plan) of every visit."""
    days = sorted({day for day, _ in visits})
    opened = {plan: min(day for day, its in visits if its == plan) for _, plan in visits}
    back = next((d for d in days[1:] if d in opened.values()), None)
    for day in days:
        year = [(d, plan) for d, plan in visits if d <= day and (day - d).days <= 365]
        seen = {d for d, _ in year}
        enough = len(seen) >= 3 and len({plan for _, plan in year}) >= 2
        if enough and (day - min(seen)).days >= 90:
            return (back - days[0]).days if back else None, (day - days[0]).days
    return (back - days[0]).days if back else None, None


@pytest.mark.slow
def test_drawn_people_as_pandas_and_statsmodels(facts: Facts) -> None:
    random = np.random.default_rng(4)
    rows = []
    for n in range(120):
        patient = facts.patient(branch=facts.branches[n % 3])
        day = TODAY - dt.timedelta(days=int(random.integers(30, 900)))
        first, visits = day, []
        for plan in range(int(random.integers(1, 6))):
            steps = [day, *(day + dt.timedelta(days=int(s)) for s in random.integers(1, 60, 2))]
            steps = sorted({step for step in steps if step < TODAY})
            if not steps:
                break
            facts.plan(patient, *steps)
            visits += [(step, plan) for step in steps]
            day = steps[-1] + dt.timedelta(days=int(random.exponential(90)) + 1)
        back, loyal = by_hand(visits)
        rows.append((patient.branch.name, (TODAY - first).days, back, loyal))
    table = pd.DataFrame(rows, columns=["branch", "followed", "back", "loyal"], dtype=object)
    assert table.loyal.notna().sum() > 20

    def check(cell: reads.Cell, part: pd.DataFrame, event: str, since: str = "") -> None:
        if since:
            part = part[part[since].notna()]
        start = part[since].astype(int) if since else 0
        followed = part.followed.astype(int) - start
        happened = part[event].astype(float) - start
        mature = followed >= 365
        assert cell.denominator == int(mature.sum())
        assert cell.numerator == int((mature & (happened <= 365)).sum())
        times = np.where(happened.notna(), happened, followed).astype(int)
        moved = times + 1  # statsmodels wants times above zero
        curve = SurvfuncRight(moved, happened.notna().astype(int).to_numpy())
        last = np.searchsorted(curve.surv_times, 366, side="right") - 1
        assert cell.value == pytest.approx(1 - curve.surv_prob[last], abs=1e-12)

    check(told(), table, "loyal")
    check(told("step_2"), table, "back")
    check(told("step_3"), table, "loyal", since="back")
    for cell in reads.cells(reads.question("loyalty", by=["branch"], **PERIOD)):
        check(cell, table[table.branch == cell.key["branch_name"]], "loyal")
    before = list(KpiUnit.objects.order_by("id").values())
    refresh.recount_all()  # the marks had missed nothing
    assert list(KpiUnit.objects.order_by("id").values()) == before
