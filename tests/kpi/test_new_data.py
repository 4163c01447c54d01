"""New patients: by hand, against pandas, for each open day, and as records change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clinics.public import Branch, ClosingDay
from kpi import reads, refresh
from kpi.models import KpiUnit
from patients.models import PatientContactPoint
from patients.public import BasisKind, Patient, Relation, families
from tests.kpi.facts import Day, Facts, at
from tests.kpi.letters import Letters

TODAY = Day(2026, 6, 1)  # a Monday
PERIOD: dict[str, Any] = {"first": Day(2026, 5, 1), "until": Day(2026, 6, 2)}


@pytest.fixture
def letters(facts: Facts) -> Letters:
    return Letters()


def told(part: str = "", **more: Any) -> reads.Cell:
    refresh.refresh_due()
    return reads.cell(reads.question("new_data", part, **(PERIOD | more)))


def newcomer(facts: Facts, letters: Letters, day: Day, **more: Any) -> Patient:
    """A complete record of a day."""
    patient = facts.patient(**more)
    Patient.objects.filter(pk=patient.pk).update(recorded_at=at(day))
    letters.phone(patient)
    letters.basis(patient, recorded_at=at(day))
    return patient


def test_every_lack_has_its_list(facts: Facts, letters: Letters) -> None:
    day = TODAY - dt.timedelta(days=3)
    newcomer(facts, letters, day)
    nameless = newcomer(facts, letters, day, external_id="7")
    Patient.objects.filter(pk=nameless.pk).update(full_name="")
    letters.basis(facts.patient())
    letters.phone(silent := facts.patient())
    letters.basis(silent, BasisKind.REFUSAL)
    letters.basis(landline := facts.patient())
    letters.phone(landline, mobile=False)
    newcomer(facts, letters, day, import_batch=facts.batch())
    newcomer(facts, letters, day, is_test=True)
    cell = told()
    assert {role: found for role, found in cell.reasons.items() if found} == {
        "counted": {"new": 1},
        "not_counted": {"no_name": 1, "no_phone": 2, "no_basis": 1},
        "excluded": {"imported": 1, "test_patient": 1},
    }
    assert (cell.value, cell.interval, cell.denominator) == (1.0, None, 5)
    assert told("complete").value == 1 / 5


def test_a_record_completed_later_is_counted_on_its_day(
    facts: Facts, letters: Letters, clock: Any
) -> None:
    patient = facts.patient()
    then = clock.now()
    assert told().reasons["not_counted"] == {"no_phone": 1}
    clock.advance(days=2)
    letters.phone(patient)
    assert told().reasons["not_counted"] == {"no_basis": 1}
    letters.basis(patient)
    cell = told()
    assert cell.numerator == 1
    assert KpiUnit.objects.get(recorded__upper_inf=True).index_day == TODAY
    assert told(as_of=then + dt.timedelta(hours=1)).numerator == 0


def test_merged_records_are_one_new_person(facts: Facts, letters: Letters) -> None:
    one = newcomer(facts, letters, TODAY - dt.timedelta(days=9))
    two = newcomer(facts, letters, TODAY - dt.timedelta(days=2), branch=facts.branches[1])
    assert told().numerator == 2
    Patient.objects.filter(pk=two.pk).update(person=one.person)
    assert told().numerator == 1
    (cell,) = reads.cells(reads.question("new_data", by=["branch"], **PERIOD))
    assert cell.key["branch_name"] == one.branch.name  # the first touch


def test_for_each_open_day_by_hand(facts: Facts, letters: Letters) -> None:
    """Weekdays only, one holiday: from Monday 11 May to Monday 1 June are 16 − 1 open days.

    4 new people ÷ 15 days. The other branch opened on Wednesday 27 May, every day: 6 days.
    Together some branch was open on those 15, and on Saturday 30 and Sunday 31 May: 17.
    """
    third, other = facts.branches[:2]
    Branch.objects.filter(pk=third.pk).update(open_weekdays=[0, 1, 2, 3, 4])
    ClosingDay.objects.create(branch=third, day=Day(2026, 5, 20), reason="nghỉ")
    for day in (11, 12, 13, 14):
        newcomer(facts, letters, Day(2026, 5, day))
    for _ in range(3):
        newcomer(facts, letters, Day(2026, 5, 27), branch=other)
    refresh.refresh_due()
    cells = reads.cells(reads.question("new_data", "per_open_day", by=["branch"], **PERIOD))
    found = {c.key["branch_name"]: (c.numerator, c.open_days, c.value) for c in cells}
    assert found == {third.name: (4, 15, 4 / 15), other.name: (3, 6, 0.5)}
    whole = told("per_open_day")
    assert (whole.numerator, whole.open_days) == (7, 17)
    weeks = reads.cells(reads.question("new_data", "per_open_day", by=["week"], **PERIOD))
    assert {c.key["week"]: (c.numerator, c.open_days) for c in weeks} == {
        "2026-05-11": (4, 5), "2026-05-25": (3, 7),
    }  # fmt: skip


def test_reached_within_30_days_by_hand(facts: Facts, letters: Letters) -> None:
    """Three are 40 days old: reached on day 30, reached on day 31, never. One is 10 days old."""
    old = TODAY - dt.timedelta(days=40)
    for days in (30, 31, None):
        patient = newcomer(facts, letters, old)
        if days:
            arrived = at(old + dt.timedelta(days=days))
            letters.said(patient, arrived, state="delivered", delivered_at=arrived)
    young = newcomer(facts, letters, TODAY - dt.timedelta(days=10))
    arrived = at(TODAY - dt.timedelta(days=9))
    letters.said(young, arrived, state="delivered", delivered_at=arrived)
    facts.patient()  # incomplete: left out here
    cell = told("reachable_30", first=Day(2026, 4, 1))
    assert (cell.numerator, cell.denominator) == (1, 3)
    assert cell.reasons["not_counted"] == {"returned_later": 1, "never_returned": 1}
    assert cell.reasons["immature"] == {"returned_early": 1}
    assert cell.excluded == {"no_phone": 1}


def test_a_child_is_reached_through_who_speaks_for_her(facts: Facts, letters: Letters) -> None:
    """All written down on 22 April, 40 days ago, without a number of their own. By hand: of five
    with a basis, the two who were under 18 that day and whose mother has a mobile are complete;
    one of them got a message on day 9, so 1 of 2 is reached."""
    day = TODAY - dt.timedelta(days=40)

    def child(**known: Any) -> Patient:
        patient = facts.patient(**known)
        Patient.objects.filter(pk=patient.pk).update(recorded_at=at(day))
        letters.basis(patient, recorded_at=at(day))
        return patient

    def speaks(for_: Patient, who: Patient, *, guardian: bool = True) -> None:
        families.tie(
            patient=for_, relative=who, relation=Relation.MOTHER, is_guardian=guardian, by=None
        )

    silent = facts.patient(import_batch=facts.batch())  # imported: not in the number herself
    mother = facts.patient(import_batch=facts.batch())
    letters.phone(mother)
    na = child(birth_date=day.replace(year=day.year - 18) + dt.timedelta(days=1))  # 17 that day
    an = child(age_years=10, age_on=day)
    grown = child(birth_date=day.replace(year=day.year - 18))  # 18 that day
    aunt, mute = child(age_years=5, age_on=day), child(age_years=5, age_on=day)
    for one in (na, an, grown):
        speaks(one, mother)
    speaks(aunt, mother, guardian=False)
    speaks(mute, silent)
    arrived = at(day + dt.timedelta(days=9))
    letters.said(an, arrived, state="delivered", delivered_at=arrived)
    PatientContactPoint.objects.filter(patient=an).delete()  # it went to her mother's number
    cell = told(first=Day(2026, 4, 1))
    assert cell.reasons["counted"] == {"new": 2}
    assert cell.reasons["not_counted"] == {"no_phone": 3}
    reach = told("reachable_30", first=Day(2026, 4, 1))
    assert (reach.numerator, reach.denominator) == (1, 2)
    # her mother's number, her age and her tie are heard of when they come later
    letters.phone(silent)
    assert told(first=Day(2026, 4, 1)).reasons["counted"] == {"new": 3}
    Patient.objects.filter(pk=grown.pk).update(birth_date=day)
    assert told(first=Day(2026, 4, 1)).reasons["counted"] == {"new": 4}
    speaks(aunt, silent)
    assert told(first=Day(2026, 4, 1)).reasons["counted"] == {"new": 5}


def test_capture_needs_what_is_not_connected(facts: Facts) -> None:
    with pytest.raises(reads.QuestionError) as found:
        told("capture_rate")
    assert found.value.field == "part"
    assert "tổng đài" in str(found.value)


def test_drawn_records_as_pandas(facts: Facts, letters: Letters) -> None:
    random = np.random.default_rng(2)
    batch, rows = facts.batch(), []
    for n in range(150):
        day = TODAY - dt.timedelta(days=int(random.integers(0, 45)))
        has = [bool(random.random() < 0.8) for _ in range(2)]
        imported = n % 11 == 4
        patient = facts.patient(
            branch=facts.branches[n % 3], import_batch=batch if imported else None
        )
        Patient.objects.filter(pk=patient.pk).update(recorded_at=at(day, 7 + n % 12))
        if has[0]:
            letters.phone(patient)
        if has[1]:
            letters.basis(patient, recorded_at=at(day))
        rows.append((patient.branch.name, pd.Timestamp(day), *has, imported))
    table = pd.DataFrame(rows, columns=["branch", "day", "phone", "basis", "imported"])
    inside = table[table.day >= pd.Timestamp(PERIOD["first"])]
    real = inside[~inside.imported]
    valid = real[real.phone & real.basis]
    cell = told()
    assert (cell.numerator, cell.denominator) == (len(valid), len(real))
    assert cell.excluded == {"imported": int(inside.imported.sum())}
    assert told("per_open_day").value == len(valid) / 32  # open every day of 1 May to 1 June
    for by, name in (("day", "day"), ("branch", "branch")):
        counts = valid.groupby(name).size()
        for cell in reads.cells(reads.question("new_data", by=[by], **PERIOD)):
            key = pd.Timestamp(cell.key["day"]) if by == "day" else cell.key["branch_name"]
            assert cell.numerator == counts.get(key, 0)
    asked = reads.question("new_data", **PERIOD)
    for role in reads.ROLES:
        assert reads.people(asked, role, limit=500).total == reads.cell(asked).of_role(role)
    before = list(KpiUnit.objects.order_by("id").values())
    refresh.recount_all()  # the marks had missed nothing
    assert list(KpiUnit.objects.order_by("id").values()) == before
