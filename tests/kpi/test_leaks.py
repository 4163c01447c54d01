"""Leaks: what stands out in the trails, and what does not."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from django.test import Client

from clinics import acting, due
from clinics import clock as product_clock
from clinics.models import ChangeEvent
from clinics.public import Role, audit
from kpi import leakwatch
from kpi.models import LeakCase, LeakRecord
from messaging.public import CallResult, Direction, calls
from patients.public import Patient, people, treatments
from tests.kpi.facts import Day, Facts
from tests.kpi.leaks import MINUTE, at, hire, look, note, records, told

Signed = Callable[..., Client]


# found in the reads


def test_a_burst_in_the_evening(facts: Facts) -> None:
    """40 records in nine minutes at 22:00; branches close at 20:00, staff stay an hour."""
    desk = hire(facts, Role.RECEPTION, 0)
    everybody = [facts.patient() for _ in range(40)]
    for n, one in enumerate(everybody):
        note(desk, [one], at(22) + n * 13 * dt.timedelta(seconds=1), "patient.seen")
    (case,) = look()
    assert (case.kind, case.actor_id, case.off_hours) == ("bulk_read", desk.pk, True)
    assert records(case) == {one.pk for one in everybody}
    assert case.until_at - case.happened_at == 39 * 13 * dt.timedelta(seconds=1)
    assert look() == [case]  # looked at again it is the same case
    assert LeakRecord.objects.count() == 40


@pytest.mark.parametrize(
    ("hour", "n", "found"), [(10, 100, 0), (10, 101, 1), (20, 100, 0), (22, 30, 0), (22, 31, 1)]
)
def test_the_thresholds(facts: Facts, hour: int, n: int, found: int) -> None:
    desk = hire(facts, Role.RECEPTION, 0)
    note(desk, [facts.patient() for _ in range(n)], at(hour, 30), "list.seen")
    assert len(look()) == found


def test_daily_work_is_no_burst(facts: Facts) -> None:
    """The same people again and again, and many people over a whole day."""
    desk = hire(facts, Role.RECEPTION, 0)
    few = [facts.patient() for _ in range(60)]
    for n in range(10):
        note(desk, few, at(10, n), "list.seen")
    for n in range(200):
        note(desk, [facts.patient()], at(11) + n * 2 * MINUTE, "patient.seen")
    assert look() == []


def test_bursts_as_brute_force_finds_them() -> None:
    """Every window of ten minutes that ends with a read, counted one by one."""
    random = np.random.default_rng(5)
    moment, reads_ = at(9), []
    for n in range(400):
        moment += dt.timedelta(seconds=int(random.integers(1, 60 if n % 100 < 50 else 4)))
        whose = frozenset(uuid.UUID(int=int(k)) for k in random.integers(0, 400, size=3))
        reads_.append(leakwatch.Read(n, moment, whose, off=False))
    inside = set()
    for last, one in enumerate(reads_):
        window = [k for k in range(last + 1) if one.at - reads_[k].at <= leakwatch.WINDOW]
        if len(frozenset().union(*(reads_[k].whose for k in window))) > leakwatch.BULK:
            inside |= set(window)
    found = [one.pk for burst, _ in leakwatch.bursts(reads_) for one in burst]
    assert set(found) == inside
    assert 0 < len(inside) < 400
    assert len(found) == len(set(found))


def test_a_burst_goes_on_and_stays_one_case(facts: Facts, clock: Any) -> None:
    desk = hire(facts, Role.RECEPTION, 0)
    start = product_clock.now()
    note(desk, [facts.patient() for _ in range(101)], start, "list.seen")
    leakwatch.look_due()
    (first,) = LeakCase.objects.all()
    note(desk, [facts.patient() for _ in range(5)], start + 2 * MINUTE, "list.seen")
    clock.advance(minutes=3)
    leakwatch.look_due()  # too soon: nothing is looked at
    assert LeakRecord.objects.count() == 101
    clock.advance(minutes=3)
    leakwatch.look_due()
    (case,) = LeakCase.objects.all()
    assert (case.pk, case.until_at) == (first.pk, start + 2 * MINUTE)
    assert LeakRecord.objects.count() == 106


def test_another_branch_without_business_there(facts: Facts) -> None:
    desk, manager = hire(facts, Role.RECEPTION, 0), hire(facts, Role.MANAGER, 0)
    mine = facts.patient(branch=facts.branches[0])
    visitor, stranger = (facts.patient(branch=facts.branches[1]) for _ in range(2))
    facts.appointment(visitor, Day(2026, 6, 3), branch=facts.branches[0])
    note(desk, [mine, visitor, stranger], at(10), "list.seen")
    note(manager, [stranger], at(10), "patient.seen")  # sees the whole clinic
    (case,) = look()
    assert (case.kind, case.actor_id, records(case)) == ("cross_branch", desk.pk, {stranger.pk})


def test_looked_at_by_itself_after_minutes(facts: Facts, clock: Any) -> None:
    """The trail leaves a hint; the visit of the clinic's due work finds the case."""
    desk = hire(facts, Role.RECEPTION, 0)
    due.work_off("an_tam")
    audit.saw(what="list", actor=desk, subjects=[facts.patient().uid for _ in range(120)])
    due.work_off("an_tam")
    clock.advance(minutes=6)
    due.work_off("an_tam")
    assert LeakCase.objects.get().kind == "bulk_read"


# lost


def test_losses_and_what_is_none(facts: Facts) -> None:
    desk = hire(facts, Role.RECEPTION, 0)
    gone, renamed, misspelt, unreachable, moved, wrong = (
        facts.patient(name)
        for name in ("A B", "Nguyễn Văn An", "Lê Thu Tragn", "Vũ C", "Vũ D", "Vũ E")
    )
    for one in (unreachable, moved, wrong):
        people.add_phone(patient=one, phone=f"09034182{one.pk % 90 + 10}")
    people.add_phone(patient=moved, phone="0912345678")
    with acting.within("web"):
        acting.admitted(desk.pk)
        Patient.objects.filter(pk=gone.pk).delete()
        people.rename(patient=renamed, full_name="Nguyễn Thị Hoa")
        people.rename(patient=misspelt, full_name="Lê Thu Trang")
        for one in (unreachable, moved):
            people.end_phone(patient=one, contact_point=people.points(one)[0])
        calls.note(
            uid=uuid.uuid4(), patient=wrong, direction=Direction.OUT, by=desk,
            result=CallResult.WRONG_NUMBER, number=people.points(wrong)[0],
        )  # fmt: skip
    found = {case.kind: case for case in look()}
    assert {kind: records(case) for kind, case in found.items()} == {
        "deleted": {gone.pk},
        "identity": {renamed.pk},
        "contact": {unreachable.pk},
    }
    assert {case.actor_id for case in found.values()} == {desk.pk}
    cell = told("loss")
    assert (cell.numerator, cell.denominator) == (3, 6)  # who was deleted was held as well
    assert cell.reasons["counted"] == {"deleted": 1, "identity": 1, "contact": 1}


def test_a_treatment_voided_with_a_reason_is_no_loss(facts: Facts) -> None:
    rows = []
    for n in range(2):
        patient = facts.patient()
        plan = facts.plan(patient, Day(2026, 5, 20 + n))
        rows.append(plan.treatment_set.get())
    treatments.void(rows[0], reason="nhập nhầm răng", by=None)
    treatments.void(rows[1], reason=" ", by=None)
    (case,) = look()
    assert (case.kind, records(case)) == ("voided", {rows[1].patient_id})


def test_an_import_taken_back_is_no_loss(facts: Facts) -> None:
    from_file = facts.patient()
    ChangeEvent.objects.create(
        happened_at=product_clock.now(), source="command", request="x", kind="patients_patient",
        deed="delete", fields=[], batch="import", rows=1, patient_id=from_file.pk,
        before={"uid": str(from_file.uid)},
    )  # fmt: skip
    assert look() == []
