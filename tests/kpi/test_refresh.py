"""Marks, refreshes and restatements: what a fact does to the units, and what a past report says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from clinics import clock as product_clock
from clinics import due
from clinics.registry.models import DueHint
from kpi import reads, refresh
from kpi.models import Dirty, KpiUnit, Refreshed
from kpi.reads import Cell
from patients.public import Appointment, Episode, Patient, Visit, appointments
from tests.kpi.facts import Day, Facts, at

TODAY = Day(2026, 6, 1)
YEAR: dict[str, Any] = {"first": Day(2024, 1, 1), "until": Day(2027, 1, 1)}


def told(key: str = "no_show", part: str = "", **more: Any) -> Cell:
    refresh.refresh_due()
    return reads.cell(reads.question(key, part, **YEAR, **more))


def days_before(n: int) -> Day:
    return TODAY - dt.timedelta(days=n)


def test_a_fact_leaves_a_mark_and_one_hint(facts: Facts) -> None:
    patient = facts.patient()
    Dirty.objects.all().delete()
    with schema_context("public"):
        DueHint.objects.all().delete()
    Appointment.objects.bulk_create(
        Appointment(
            patient=patient,
            branch=patient.branch,
            on_date=TODAY + dt.timedelta(days=n % 2),
            booked_at=product_clock.now(),
            recorded_at=product_clock.now(),
        )
        for n in range(10)
    )
    marked = list(Dirty.objects.values_list("metric", "day").order_by("day"))
    assert marked == [("no_show", TODAY), ("no_show", TODAY + dt.timedelta(days=1))]
    with schema_context("public"):
        hints = DueHint.objects.exclude(kind="audit")
        assert list(hints.values_list("schema", "kind")) == [("an_tam", "kpi")]
    assert due.work_off("an_tam") == 1
    assert KpiUnit.objects.filter(metric="no_show").count() == 10
    assert not Dirty.objects.exists()
    with schema_context("public"):
        assert not DueHint.objects.exclude(kind="audit").exists()


def test_a_change_that_no_number_reads_leaves_no_mark(facts: Facts) -> None:
    appointment = facts.appointment(facts.patient(), TODAY)
    Dirty.objects.all().delete()
    Appointment.objects.filter(pk=appointment.pk).update(
        status="confirmed", confirmed_at=product_clock.now()
    )
    assert not Dirty.objects.exists()
    Appointment.objects.filter(pk=appointment.pk).update(
        outcome="no_show", outcome_at=product_clock.now()
    )
    assert Dirty.objects.get().day == TODAY


def test_a_day_an_appointment_left_is_marked_too(facts: Facts) -> None:
    appointment = facts.appointment(facts.patient(), TODAY)
    Dirty.objects.all().delete()
    Appointment.objects.filter(pk=appointment.pk).update(on_date=days_before(3))
    assert set(Dirty.objects.values_list("day", flat=True)) == {TODAY, days_before(3)}


@pytest.mark.parametrize(
    ("outcome", "role"),
    [
        ("no_show", "counted"),
        ("on_time", "not_counted"),
        ("late", "not_counted"),
        ("late_cancel", "not_counted"),
        ("cancelled", "excluded"),
        ("moved", "excluded"),
        ("late_move", "excluded"),
        ("clinic_cancelled", "excluded"),
        (None, "missing"),
    ],
)
def test_every_outcome_has_its_place(facts: Facts, outcome: str | None, role: str) -> None:
    facts.appointment(facts.patient(), days_before(1), outcome)
    cell = told()
    assert {found: sum(reasons.values()) for found, reasons in cell.reasons.items() if reasons} == {
        role: 1
    }
    assert cell.reasons[role] == {outcome or "unresolved": 1}


def test_a_day_that_is_not_over_is_not_due(facts: Facts, clock: Any) -> None:
    facts.appointment(facts.patient(), TODAY)
    assert (told().immature, told().missing) == (1, 0)
    clock.advance(days=1)
    assert (told().immature, told().missing) == (0, 1)


def test_test_records_are_left_out_with_their_reason(facts: Facts) -> None:
    patient = facts.patient()
    facts.appointment(patient, days_before(1), "no_show")
    assert told().numerator == 1
    Patient.objects.filter(pk=patient.pk).update(is_test=True)
    assert told().excluded == {"test_patient": 1}
    assert told().numerator == 0


def test_a_report_given_stays_as_it_was(facts: Facts, clock: Any) -> None:
    kept = [facts.appointment(facts.patient(), days_before(2), "no_show") for _ in range(3)]
    assert told().numerator == 3
    clock.advance(hours=1)
    then = clock.now()
    clock.advance(hours=1)
    Appointment.objects.filter(pk=kept[0].pk).update(outcome="on_time")  # corrected
    Appointment.objects.filter(pk=kept[1].pk).update(voided_at=clock.now())  # undone
    Appointment.objects.filter(pk=kept[2].pk).delete()
    facts.appointment(facts.patient(), days_before(5), "no_show")  # written late
    now = told()
    assert (now.numerator, now.denominator) == (1, 2)
    before = told(as_of=then)
    assert (before.numerator, before.denominator) == (3, 3)


def test_a_visit_of_beat_restates_nothing_that_did_not_change(facts: Facts) -> None:
    for n in range(3):
        facts.appointment(facts.patient(), days_before(n), "on_time")
    told()
    before = list(KpiUnit.objects.order_by("id").values())
    refresh.recount_all()
    assert list(KpiUnit.objects.order_by("id").values()) == before


def test_an_imported_fact_counts_from_the_day_it_happened(facts: Facts) -> None:
    batch = facts.batch()
    day = days_before(100)
    facts.appointment(facts.patient(), day, "no_show", outcome_at=at(day, 12), import_batch=batch)
    facts.appointment(facts.patient(), day, "no_show", outcome_at=at(day, 12))  # written today
    assert told().numerator == 2
    assert told(as_of=at(days_before(99), 0)).numerator == 1
    assert told(as_of=at(day, 0)).numerator == 0


def test_a_fact_of_the_future_is_heard_when_its_time_comes(facts: Facts, clock: Any) -> None:
    day = TODAY + dt.timedelta(days=10)
    facts.appointment(
        facts.patient(), day, "no_show", outcome_at=at(day, 23), import_batch=facts.batch()
    )
    assert (told().immature, told().numerator) == (1, 0)
    assert refresh.next_due() == at(day, 23)
    before = clock.now()
    clock.set(at(day, 22))
    assert (told().immature, told().numerator) == (1, 0)
    clock.set(at(day, 23) + dt.timedelta(seconds=1))
    due.work_off("an_tam")
    assert (told().immature, told().numerator) == (0, 1)
    assert told(as_of=before).immature == 1
    assert refresh.next_due() is None


def test_many_marks_of_one_future_day_wait_once(facts: Facts) -> None:
    day = TODAY + dt.timedelta(days=10)
    for _ in range(3):
        facts.appointment(facts.patient(), day, "no_show", outcome_at=at(day, 23))
        refresh.refresh_due()
    assert Dirty.objects.count() == 1


def test_who_returns_is_counted_when_her_time_is_over(facts: Facts, clock: Any) -> None:
    patient = facts.patient()
    facts.plan(patient, days_before(100))
    assert told("revisit").immature == 1
    assert told("revisit").value is None
    facts.plan(patient, TODAY)  # comes for something new
    cell = told("revisit")
    assert cell.reasons["immature"] == {"returned_early": 1}
    clock.set(at(TODAY + dt.timedelta(days=80), 8))
    cell = reads.cell(reads.question("revisit", first=days_before(100), until=days_before(99)))
    assert (cell.numerator, cell.denominator) == (1, 1)


def test_within_180_days_is_180_days(facts: Facts) -> None:
    for later in (179, 180, 181):
        patient = facts.patient()
        facts.plan(patient, days_before(400))
        facts.plan(patient, days_before(400 - later), branch=facts.branches[1])
    first: dict[str, Any] = {"first": days_before(400), "until": days_before(399)}
    refresh.refresh_due()
    cell = reads.cell(reads.question("revisit", **first))
    assert (cell.numerator, cell.denominator) == (2, 3)
    assert cell.reasons["not_counted"] == {"returned_later": 1}
    assert cell.value == pytest.approx(2 / 3)
    r90 = reads.cell(reads.question("revisit", "r90", **first))
    assert (r90.numerator, r90.value) == (0, 0.0)


def test_visits_inside_a_plan_are_no_return_and_an_open_plan_is_listed_apart(facts: Facts) -> None:
    inside, still = facts.patient(), facts.patient()
    facts.plan(inside, days_before(300), days_before(280), days_before(250))
    facts.plan(still, days_before(300), days_before(200), closed=False)
    cell = told("revisit")
    assert cell.reasons["not_counted"] == {"never_returned": 1}
    assert cell.excluded == {"in_treatment": 1}
    units = KpiUnit.objects.filter(metric="revisit")
    assert units.get(person_id=inside.person_id).index_day == days_before(250)
    assert units.get(person_id=still.person_id).index_day == days_before(200)


def test_any_return_counts_every_visit(facts: Facts) -> None:
    patient = facts.patient()
    facts.plan(patient, days_before(300))
    Visit.objects.create(  # a visit that is for nothing new
        patient=patient,
        branch=patient.branch,
        on_date=days_before(290),
        started_at=at(days_before(290)),
        recorded_at=at(days_before(290)),
    )
    assert told("revisit").numerator == 0
    assert told("revisit", "any_return").numerator == 1


def test_a_person_counts_once_in_a_period(facts: Facts) -> None:
    patient = facts.patient()
    for n in (500, 400, 300, 230):
        facts.plan(patient, days_before(n))
    cell = told("revisit")
    assert (cell.numerator, cell.denominator) == (1, 1)
    refresh.refresh_due()
    months = reads.cells(reads.question("revisit", by=["month"], **YEAR))
    assert len(months) == 4
    assert all(cell.denominator == 1 for cell in months)


def test_merged_records_are_one_person(facts: Facts) -> None:
    one, two = facts.patient(), facts.patient()
    facts.plan(one, days_before(300))
    facts.plan(two, days_before(250))
    assert (told("revisit").numerator, told("revisit").denominator) == (0, 2)
    Patient.objects.filter(pk=two.pk).update(person=one.person)
    assert (told("revisit").numerator, told("revisit").denominator) == (1, 1)
    Patient.objects.filter(pk=two.pk).update(person=two.person)
    assert (told("revisit").numerator, told("revisit").denominator) == (0, 2)


def test_who_moved_away_or_died_is_no_return_and_says_so(facts: Facts) -> None:
    gone = facts.patient(moved_away_on=days_before(290))
    facts.plan(gone, days_before(300))
    facts.plan(gone, days_before(280))  # seen once more afterwards: after the exit
    assert told("revisit").reasons["not_counted"] == {"moved_away": 1}
    Patient.objects.filter(pk=gone.pk).update(moved_away_on=None, deceased_on=days_before(270))
    assert told("revisit").reasons.get("counted") == {"returned": 1}


def test_a_voided_visit_and_a_removed_plan_take_their_return_back(facts: Facts) -> None:
    patient = facts.patient()
    facts.plan(patient, days_before(300))
    back = facts.plan(patient, days_before(250))
    assert told("revisit").numerator == 1
    Visit.objects.filter(patient=patient, on_date=days_before(250)).update(
        voided_at=product_clock.now()
    )
    assert told("revisit").numerator == 0
    Episode.objects.filter(pk=back.pk).update(voided_at=product_clock.now())
    assert told("revisit").units == 1


def test_an_imported_return_is_not_known_before_it_happened(facts: Facts) -> None:
    batch = facts.batch()
    patient = facts.patient()
    facts.plan(patient, days_before(700), batch=batch)
    facts.plan(patient, days_before(600), batch=batch)
    assert told("revisit").numerator == 1
    early = told("revisit", as_of=at(days_before(600), 0))
    assert (early.immature, early.reasons["immature"]) == (1, {"waiting": 1})
    later = told("revisit", as_of=at(days_before(599), 0))
    assert later.reasons["immature"] == {"returned_early": 1}


def test_a_failed_refresh_keeps_its_marks(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    facts.appointment(facts.patient(), days_before(1), "no_show")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("stopped")

    marks = Dirty.objects.count()
    with monkeypatch.context() as patch:
        patch.setattr("kpi.sql.bring_up_to_date", broken)
        with pytest.raises(RuntimeError), transaction.atomic():
            refresh.refresh_due()
    assert Dirty.objects.count() == marks
    assert told().numerator == 1


def test_freshness(facts: Facts) -> None:
    assert refresh.refreshed_at("no_show") is None
    facts.appointment(facts.patient(), TODAY)
    assert refresh.is_waiting("no_show")
    assert not refresh.is_waiting("revisit")
    refresh.refresh_due()
    assert not refresh.is_waiting("no_show")
    assert Refreshed.objects.get(metric="no_show").at <= product_clock.now()


def test_as_many_statements_for_fifty_facts_as_for_one(facts: Facts) -> None:
    def statements(n: int) -> int:
        for _ in range(n):
            facts.appointment(facts.patient(), days_before(1), "no_show")
        with CaptureQueriesContext(connection) as asked:
            refresh.refresh_due()
        return len(asked)

    statements(1)
    assert statements(1) == statements(50)


def test_who_has_checked_in_has_come(facts: Facts) -> None:
    soon = product_clock.now() + dt.timedelta(minutes=30)
    early, late, none = (
        appointments.book(patient=facts.patient(), branch=facts.branches[0], start=soon, minutes=30)
        for _ in range(3)
    )
    assert told().denominator == 0
    appointments.check_in(early)
    assert (told().numerator, told().denominator) == (0, 1)
    product_clock.move(to=soon + dt.timedelta(minutes=16))
    appointments.check_in(late)
    told()
    units = KpiUnit.objects.filter(metric="no_show", recorded__endswith__isnull=True)
    found = dict(units.values_list("unit", "reason"))
    assert found[early.uid] == "on_time"
    assert found[late.uid] == "late"
    assert found[none.uid] == ""
    appointments.done(late)
    assert (told().numerator, told().denominator) == (0, 2)
