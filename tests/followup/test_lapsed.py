"""Somebody who stays away: invited twice, called twice, then once a year, until she is back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics import clock as product_clock
from clinics.public import Service
from followup import gate, lapsed, phonepage
from followup.models import Contact, Decision, Sequence, Task
from patients.models import ImportBatch, Visit
from patients.public import Patient, Purpose, appointments, basis, treatments
from tests.followup.courses import table
from tests.followup.records import House, contact, house, patient, treat

pytestmark = pytest.mark.usefixtures("clinic")

# She was seen on Monday 1 June 2026; nothing after that, and she stays away.
AWAY = table("""
    01/12/2026 invite sent:lapsed
    22/12/2026 invite sent:lapsed
    01/06/2027 call   task:lapsed
    22/06/2027 call   task:lapsed
    22/06/2028 invite sent:lapsed
""")


def checkup() -> Service:
    made, _new = Service.objects.get_or_create(code="checkup", defaults={"name": "Khám"})
    return made


def seen(at: House, who: Patient) -> None:
    """A visit now that no protocol follows."""
    slot = appointments.book(
        patient=who, branch=at.branch, start=product_clock.now(), service=checkup()
    )
    appointments.check_in(slot)
    done = treatments.record(
        patient=who, service=checkup(), dentist=at.dentist, done_at=product_clock.now(),
        branch=at.branch, appointment=slot,
    )  # fmt: skip
    treatments.sign(done, by=at.dentist)


def walk(clock: Any, first: str, last: str) -> list[str]:
    """Every morning look who has lapsed, at 09:30 decide; what was decided then, a line each."""
    day, until = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    told = set(Decision.objects.values_list("pk", flat=True))
    found: list[str] = []
    while day <= until:
        clock.set(f"{day.isoformat()}T06:00")
        lapsed.look()
        clock.set(f"{day.isoformat()}T09:30")
        gate.decide_due()
        fresh = Decision.objects.filter(contact__sequence__kind="lapsed").exclude(pk__in=told)
        for row in fresh.select_related("contact").order_by("pk"):
            told.add(row.pk)
            found.append(f"{day:%d/%m/%Y} {row.contact.kind} {row.end}:{row.reason}")
        day += dt.timedelta(days=1)
    return found


def test_two_years_of_staying_away(clock: Any) -> None:
    at = house()
    who = patient(at)
    seen(at, who)
    clock.set("2026-11-28T06:00")  # nothing is due before, and the years are long
    walked = walk(clock, "2026-11-28", "2026-12-31")
    walked += walk(clock, "2027-05-25", "2027-06-30")
    walked += walk(clock, "2028-06-20", "2028-06-25")
    assert walked == AWAY
    assert Sequence.objects.get().dentist == at.dentist
    assert set(Task.objects.values_list("kind", "role")) == {("call", "reception")}


def test_nobody_is_taken_up_a_day_early_or_twice(clock: Any) -> None:
    at = house()
    seen(at, patient(at))
    clock.set("2026-11-30T06:00")
    lapsed.look()
    assert not Sequence.objects.exists()
    clock.set("2026-12-01T06:00")
    lapsed.look()
    lapsed.look()
    assert Sequence.objects.count() == 1
    assert Contact.objects.filter(sequence__isnull=False).count() == 4


def test_a_visit_ends_it_at_once(clock: Any) -> None:
    at = house()
    who = patient(at)
    seen(at, who)
    assert walk(clock, "2026-12-01", "2026-12-01") == AWAY[:1]
    clock.set("2026-12-10T10:00")
    seen(at, who)
    ended = Decision.objects.filter(contact__sequence__kind="lapsed", reason="came")
    assert ended.count() == 3
    assert walk(clock, "2026-12-11", "2027-01-31") == []
    assert walk(clock, "2027-06-09", "2027-06-10") == ["10/06/2027 invite sent:lapsed"]


def test_an_appointment_holds_it_back_and_a_missed_one_lets_it_go_on(clock: Any) -> None:
    at = house()
    who = patient(at)
    seen(at, who)
    assert walk(clock, "2026-12-01", "2026-12-01") == AWAY[:1]
    slot = appointments.book(
        patient=who, branch=at.branch, start=product_clock.parse("2026-12-23T10:00"),
        service=checkup(), dentist=at.dentist,
    )  # fmt: skip
    assert walk(clock, "2026-12-02", "2026-12-22") == []
    clock.set("2026-12-23T11:00")
    appointments.miss(slot)
    assert walk(clock, "2026-12-24", "2026-12-24") == ["24/12/2026 invite sent:lapsed"]


def test_who_is_expected_is_left_alone(clock: Any) -> None:
    at = house()
    planned, booked, gone = (
        patient(at, f"Trần Văn {name}", f"09123453{n}") for n, name in enumerate("ABC", start=80)
    )
    for who in (planned, booked, gone):
        seen(at, who)
    treat(at, planned, at.filling)  # its protocol asks for the regular check-up
    clock.set("2026-11-30T09:00")
    appointments.book(
        patient=booked, branch=at.branch, start=product_clock.parse("2026-12-20T10:00"),
        service=checkup(),
    )  # fmt: skip
    Patient.objects.filter(pk=gone.pk).update(moved_away_on=dt.date(2026, 9, 1))
    clock.set("2026-12-01T06:00")
    lapsed.look()
    assert not Sequence.objects.exists()
    assert contact(planned, "F4", "invite").due_at is not None


def test_imported_visits_alone_are_no_reason_to_write(clock: Any) -> None:
    at = house()
    old, both = patient(at, "Lê Thị Cũ", "0912345381"), patient(at, "Lê Thị Mới", "0912345382")
    batch = ImportBatch.objects.create(
        kind="visits", file_name="x.csv", file_sha256="0" * 64, started_at=product_clock.now()
    )
    for who in (old, both):
        Visit.objects.create(
            patient=who, branch=at.branch, on_date=dt.date(2025, 3, 1), import_batch=batch,
            started_at=product_clock.parse("2025-03-01T09:00"), recorded_at=product_clock.now(),
        )  # fmt: skip
    seen(at, both)
    clock.set("2026-12-01T06:00")
    lapsed.look()
    assert [row.patient for row in Sequence.objects.all()] == [both]


def test_away_for_more_than_a_year_she_is_called_first(clock: Any) -> None:
    at = house()
    seen(at, patient(at))
    assert walk(clock, "2027-08-02", "2027-08-23") == [
        "02/08/2027 call task:lapsed",
        "23/08/2027 call task:lapsed",
    ]


def test_a_refusal_stops_the_row_for_good(clock: Any) -> None:
    at = house()
    who = patient(at)
    seen(at, who)
    basis.refuse(patient=who, purpose=Purpose.CARE)
    walked = walk(clock, "2026-12-01", "2026-12-31") + walk(clock, "2027-05-30", "2027-06-30")
    assert [line.split()[-1] for line in walked] == ["stopped:refused"] * 4
    assert not Contact.objects.filter(due_at__isnull=False).exists()


def test_a_branch_takes_up_so_many_a_day_and_the_rest_the_next_morning(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = house()
    monkeypatch.setattr(lapsed, "A_DAY", 2)
    for n in range(5):
        seen(at, patient(at, f"Trần Văn {'ABCDE'[n]}", f"091234538{n}"))
    counts = []
    for day in ("2026-12-01", "2026-12-02", "2026-12-03"):
        clock.set(f"{day}T06:00")
        with CaptureQueriesContext(connection) as asked:
            lapsed.look()
        counts.append((Sequence.objects.count(), len(asked)))
    assert [count for count, _statements in counts] == [2, 4, 5]
    assert len({statements for _count, statements in counts}) == 1


def test_the_text_and_the_page_name_the_last_visit(clock: Any) -> None:
    at = house()
    seen(at, patient(at))
    walk(clock, "2026-12-01", "2026-12-01")
    said = Contact.objects.get(decision__reason="lapsed")
    assert (said.template, phonepage.seen(said).treated_on) == ("recall", "01/06/2026")


def test_it_looks_each_morning_and_never_in_an_empty_clinic(clock: Any) -> None:
    assert lapsed.next_due() is None
    at = house()
    seen(at, patient(at))
    clock.set("2026-06-02T05:00")
    assert lapsed.next_due() == product_clock.parse("2026-06-02T06:00")
    clock.set("2026-06-02T06:00")
    assert lapsed.next_due() == product_clock.parse("2026-06-03T06:00")
