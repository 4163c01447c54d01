"""Starting the reminders of an import: the statement in SQL says what the rule says."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from hypothesis import given, settings
from hypothesis import strategies as st

from clinics import clock as product_clock
from clinics.models import Branch
from followup import engine, gate, starts
from followup.models import Contact, Decision
from patients.models import Appointment, ImportBatch, Patient, Person

pytestmark = pytest.mark.usefixtures("clinic")
NOW = product_clock.parse("2016-05-02T10:00")


def batch() -> ImportBatch:
    return ImportBatch.objects.create(
        kind="appointments", file_name="a.csv", file_sha256="0" * 64, started_at=NOW
    )


def row(
    of: ImportBatch,
    day: str,
    booked: str,
    *,
    hour: dt.time | None = None,
    at: str | None = None,
    outcome: tuple[str, str] | None = None,
) -> Appointment:
    branch, _ = Branch.objects.get_or_create(code="q3", defaults={"name": "Quận 3"})
    who = Patient.objects.create(
        person=Person.objects.create(),
        branch=branch,
        external_id=f"p{Patient.objects.count()}",
        preferred_hour=hour,
        recorded_at=NOW,
    )
    start = product_clock.parse(f"{day}T{at}") if at else None
    return Appointment.objects.create(
        patient=who,
        branch=branch,
        on_date=dt.date.fromisoformat(day),
        during=DateTimeTZRange(start, start + dt.timedelta(minutes=30)) if start else None,
        booked_at=product_clock.parse(booked),
        recorded_at=NOW,
        import_batch=of,
        outcome=outcome[0] if outcome else None,
        outcome_at=product_clock.parse(outcome[1]) if outcome else None,
    )


def test_what_is_ahead_is_started_and_the_rest_is_counted(clock: Any) -> None:
    clock.set(NOW)
    of = batch()
    ahead = row(of, "2016-05-06", "2016-04-20T08:00")
    soon = row(of, "2016-05-03", "2016-04-20T08:00")  # its hour was 1 May: now
    row(of, "2016-05-02", "2016-04-20T08:00")  # that day has begun
    row(of, "2016-05-09", "2016-05-04T08:00")  # booked after this moment
    row(of, "2016-05-03", "2016-05-02T09:00")  # booked less than a day ahead
    preview = starts.start_imported(batch=of, dry_run=True)
    assert (preview.planned, preview.past, preview.not_booked_yet, preview.booked_short) == (
        2, 1, 1, 1,
    )  # fmt: skip
    assert not Contact.objects.exists()
    assert starts.start_imported(batch=of, dry_run=False).written == 2
    due = {item.appointment_id: item.due_at for item in Contact.objects.all()}
    assert due[ahead.pk] == product_clock.parse("2016-05-04T09:30")
    at_once = due[soon.pk]
    assert at_once is not None
    assert abs(at_once - NOW) < dt.timedelta(minutes=1)
    assert starts.start_imported(batch=of, dry_run=False).written == 0


def test_each_ends_once_and_says_that_nobody_can_be_reached(clock: Any) -> None:
    clock.set("2016-05-02")  # midnight: the quiet hours keep nobody from the data list
    of = batch()
    row(of, "2016-05-03", "2016-04-20T08:00", outcome=("no_show", "2016-05-03T00:00"))
    row(of, "2016-05-04", "2016-04-20T08:00", outcome=("cancelled", "2016-05-01T00:00"))
    starts.start_imported(batch=of, dry_run=False)
    gate.decide_due()
    clock.set("2016-05-02T09:30")
    gate.decide_due()
    ends = Decision.objects.order_by("contact_id").values_list("end", "reason")
    assert list(ends) == [("failed", "no_contact_point"), ("stopped", "cancelled")]


@settings(max_examples=60, deadline=None)
@given(
    day=st.dates(dt.date(2016, 5, 3), dt.date(2016, 7, 1)),
    at=st.one_of(st.none(), st.times()),
    hour=st.one_of(st.none(), st.times()),
)
def test_the_statement_and_the_rule_agree(
    day: dt.date, at: dt.time | None, hour: dt.time | None
) -> None:
    product_clock.move(to=NOW)
    of = batch()
    made = row(
        of,
        day.isoformat(),
        "2016-04-01T08:00",
        hour=hour.replace(second=0, microsecond=0) if hour else None,
        at=f"{at:%H:%M}" if at else None,
    )
    made.refresh_from_db()
    starts.start_imported(batch=of, dry_run=False)
    start = product_clock.at(day, at.replace(second=0, microsecond=0) if at else dt.time())
    expected = engine.reminder_at(start, engine.sayable_hour(made.patient.preferred_hour))
    assert Contact.objects.get(appointment=made).planned_for == expected
