"""Both numbers against an independent computation with pandas and statsmodels, on drawn clinics."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from clinics import clock as product_clock
from kpi import reads, refresh
from patients.public import Appointment, Patient
from tests.kpi.facts import Day, Facts, at

TODAY = Day(2026, 6, 1)
FIRST, UNTIL = Day(2024, 6, 1), Day(2026, 6, 2)
OUTCOMES = [
    "on_time", "late", "no_show", "late_cancel", "cancelled", "moved", "late_move",
    "clinic_cancelled", None,
]  # fmt: skip


def ask(key: str, part: str = "", **more: Any) -> list[reads.Cell]:
    more = {"first": FIRST, "until": UNTIL} | more
    return reads.cells(reads.question(key, part, **more))


@pytest.fixture
def appointments(facts: Facts) -> pd.DataFrame:
    """400 appointments over two months, some in the future, with their facts as a table."""
    random = np.random.default_rng(7)
    patients = [facts.patient(branch=facts.branches[n % 3], is_test=n == 5) for n in range(60)]
    rows = []
    for _ in range(400):
        patient = patients[random.integers(60)]
        day = TODAY + dt.timedelta(days=int(random.integers(-60, 8)))
        outcome = OUTCOMES[random.integers(len(OUTCOMES))] if day < TODAY else None
        branch = facts.branches[random.integers(3)]
        rows.append((patient, branch, day, outcome))
    Appointment.objects.bulk_create(
        Appointment(
            patient=patient,
            branch=branch,
            on_date=day,
            outcome=outcome,
            outcome_at=at(day, 12) if outcome else None,
            booked_at=at(FIRST),
            recorded_at=at(FIRST),
        )
        for patient, branch, day, outcome in rows
    )
    refresh.refresh_due()
    return pd.DataFrame(
        [(p.is_test, b.name, pd.Timestamp(d), o) for p, b, d, o in rows],
        columns=["test", "branch", "day", "outcome"],
    )


def no_show_by_hand(table: pd.DataFrame) -> tuple[int, int, int, int, dict[str, int]]:
    """counted, denominator, missing, immature, excluded."""
    real = table[~table.test]
    counted = real[real.outcome.eq("no_show")]
    base = real[real.outcome.isin(["no_show", "on_time", "late", "late_cancel"])]
    open_ = real[real.outcome.isna()]
    left_out = real[real.outcome.isin(["cancelled", "moved", "late_move", "clinic_cancelled"])]
    excluded = {str(name): int(n) for name, n in left_out.outcome.value_counts().items()}
    if table.test.any():
        excluded["test_patient"] = int(table.test.sum())
    over = open_.day < pd.Timestamp(TODAY)
    return len(counted), len(base), int(over.sum()), int((~over).sum()), excluded


def test_no_show_as_pandas(appointments: pd.DataFrame) -> None:
    until: dict[str, Any] = {"until": UNTIL + dt.timedelta(days=30)}
    (total,) = ask("no_show", **until)
    expected = no_show_by_hand(appointments)
    found = (total.numerator, total.denominator, total.missing, total.immature, total.excluded)
    assert found == expected
    assert total.value == expected[0] / expected[1]
    assert total.units == len(appointments)
    for cell in ask("no_show", by=["branch"], **until):
        part = appointments[appointments.branch == cell.key["branch_name"]]
        expected = no_show_by_hand(part)
        found = (cell.numerator, cell.denominator, cell.missing, cell.immature, cell.excluded)
        assert found == expected
    weeks = appointments.day.dt.to_period("W-SUN").dt.start_time
    cells = {cell.key["week"]: cell for cell in ask("no_show", by=["week"], **until)}
    assert len(cells) == weeks.nunique()
    for week, part in appointments.groupby(weeks):
        assert cells[f"{week:%Y-%m-%d}"].numerator == no_show_by_hand(part)[0]


def test_no_show_of_an_earlier_day_as_pandas(appointments: pd.DataFrame) -> None:
    day = TODAY - dt.timedelta(days=30)
    (cell,) = ask("no_show", as_of=at(day, 0))
    known = appointments[appointments.day < pd.Timestamp(day)]
    assert (cell.numerator, cell.denominator) == no_show_by_hand(known)[:2]
    assert cell.denominator < ask("no_show")[0].denominator


def test_the_list_is_the_number(appointments: pd.DataFrame) -> None:
    asked = reads.question("no_show", first=FIRST, until=UNTIL)
    cell = reads.cell(asked)
    for role in reads.ROLES:
        listed = reads.people(asked, role, limit=500)
        assert len(listed.rows) == listed.total == cell.of_role(role)
        by_reason = pd.Series([row.reason for row in listed.rows], dtype=str).value_counts()
        assert by_reason.to_dict() == cell.reasons.get(role, {})


@pytest.fixture
def plans(facts: Facts) -> pd.DataFrame:
    """Plans of 90 people over two years; one row a visit day, with what it belongs to."""
    random = np.random.default_rng(11)
    rows = []
    for n in range(90):
        exit_on = TODAY - dt.timedelta(days=int(random.integers(0, 500))) if n % 9 == 0 else None
        patient: Patient = facts.patient(
            branch=facts.branches[n % 3],
            is_test=n == 7,
            moved_away_on=exit_on if n % 18 else None,
            deceased_on=None if n % 18 else exit_on,
        )
        day = TODAY - dt.timedelta(days=int(random.integers(100, 700)))
        while True:
            steps = sorted({day + dt.timedelta(days=int(s)) for s in random.integers(0, 40, 3)})
            steps = [day, *[step for step in steps if step > day]]
            if steps[-1] >= TODAY:
                break
            closed = bool(random.random() < 0.85)
            branch = facts.branches[random.integers(3)]
            facts.plan(patient, *steps, closed=closed, branch=branch)
            rows.append((n, patient.is_test, exit_on, branch.name, steps, closed))
            day = steps[-1] + dt.timedelta(days=int(random.exponential(200)) + 1)
            if random.random() < 0.3:
                break
    refresh.refresh_due()
    return pd.DataFrame(rows, columns=["person", "test", "exit", "branch", "steps", "closed"])


def cohort(plans: pd.DataFrame, first: Day, until: Day, today: Day = TODAY) -> pd.DataFrame:
    """One row a person: her first index day in the period, and what followed."""
    opened = plans.groupby("person").steps.apply(lambda all_: sorted(steps[0] for steps in all_))
    table = plans.assign(index=plans.steps.map(lambda steps: steps[-1]))
    gone = table.exit.map(lambda day: day is not None and not pd.isna(day))
    table["left_out"] = table.test | ~table.closed | (gone & (table.exit < table["index"]))
    table = table[(table["index"] >= first) & (table["index"] < until)]
    table = table.sort_values(["left_out", "index"], kind="stable").drop_duplicates("person")
    back = [
        next((day for day in opened[person] if day > index), None)
        for person, index in zip(table.person, table["index"], strict=True)
    ]
    table["T"] = [
        (day - index).days if day else None for day, index in zip(back, table["index"], strict=True)
    ]
    table["X"] = [
        (day - index).days if isinstance(day, Day) else None
        for day, index in zip(table.exit, table["index"], strict=True)
    ]
    table["F"] = [(today - index).days for index in table["index"]]
    table[["T", "X"]] = table[["T", "X"]].astype(float)  # None where nothing happened
    came = table["T"].notna() & (table["X"].isna() | (table["T"] <= table["X"]))
    table["state"] = np.where(came, 1, np.where(table["X"].notna(), 2, 0))
    table["time"] = np.where(came, table["T"], np.where(table["X"].notna(), table["X"], table["F"]))
    return table


def aalen_johansen(table: pd.DataFrame, horizon: int) -> float:
    seen = table[~table.left_out]
    times, states = seen.time.astype(int).to_numpy(), seen.state.to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        if 2 not in states:
            curve = SurvfuncRight(times, states)
            last = np.searchsorted(curve.surv_times, horizon, side="right") - 1
            return float(1 - curve.surv_prob[last])
        judge = CumIncidenceRight(times, states)
    last = np.searchsorted(judge.times, horizon, side="right") - 1
    return float(judge.cinc[0][last])


def check(cell: reads.Cell, table: pd.DataFrame, horizon: int = 180) -> None:
    seen = table[~table.left_out]
    mature = seen[horizon <= seen.F]
    counted = mature[(mature.state == 1) & (mature.time <= horizon)]
    assert (cell.numerator, cell.denominator) == (len(counted), len(mature))
    assert cell.immature == len(seen) - len(mature)
    assert sum(cell.excluded.values()) == int(table.left_out.sum())
    if len(mature):
        assert cell.value == pytest.approx(aalen_johansen(table, horizon), abs=1e-12)
    else:
        assert cell.value is None


def test_revisit_as_pandas_and_statsmodels(plans: pd.DataFrame) -> None:
    everybody = cohort(plans, FIRST, UNTIL)
    (total,) = ask("revisit")
    assert total.denominator > 30
    assert total.immature > 0
    assert total.excluded
    check(total, everybody)
    check(ask("revisit", "r90")[0], everybody, horizon=90)
    (share,) = ask("revisit", "r180_mature")
    assert share.value == total.numerator / total.denominator
    (between,) = ask("revisit", "r90_180")
    assert between.value == pytest.approx(
        aalen_johansen(everybody, 180) - aalen_johansen(everybody, 90), abs=1e-12
    )
    assert between.interval is not None
    cells = ask("revisit", by=["branch"])
    for cell in cells:
        check(cell, everybody[everybody.branch == cell.key["branch_name"]])
    assert sum(cell.units for cell in cells) == total.units == len(everybody)


def test_revisit_by_month_dates_a_person_once_a_month(plans: pd.DataFrame) -> None:
    for cell in ask("revisit", by=["month"]):
        first = dt.date.fromisoformat(f"{cell.key['month']}-01")
        until = (first + dt.timedelta(days=32)).replace(day=1)
        check(cell, cohort(plans, first, min(until, UNTIL)))


def test_the_estimate_follows_from_the_listed_people(plans: pd.DataFrame) -> None:
    asked = reads.question("revisit", first=FIRST, until=UNTIL)
    cell = reads.cell(asked)
    listed = {role: reads.people(asked, role, limit=500).rows for role in reads.ROLES}
    assert len(listed["counted"]) == cell.numerator
    assert len(listed["not_counted"]) == cell.denominator - cell.numerator
    assert len(listed["immature"]) == cell.immature
    assert {row.reason for row in listed["excluded"]} == set(cell.excluded)
    assert all(row.came_on for row in listed["counted"])


def test_one_branch_is_the_same_alone_and_among_all(plans: pd.DataFrame, facts: Facts) -> None:
    for cell in ask("revisit", by=["branch"]):
        branch = next(b for b in facts.branches if str(b.uid) == cell.key["branch"])
        (alone,) = ask("revisit", branches=[branch.pk])
        assert (alone.value, alone.numerator, alone.denominator) == (
            cell.value,
            cell.numerator,
            cell.denominator,
        )


def test_a_question_that_cannot_be_answered_names_its_field(facts: Facts) -> None:
    for field, wrong in {
        "part": {"part": "r55"},
        "by": {"by": ["colour"]},
        "to": {"until": FIRST},
        "as_of": {"as_of": product_clock.now() + dt.timedelta(hours=1)},
    }.items():
        with pytest.raises(reads.QuestionError) as found:
            ask("revisit", **wrong)  # type: ignore[arg-type]
        assert found.value.field == field
    with pytest.raises(reads.QuestionError):
        ask("colour")
