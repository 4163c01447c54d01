"""Booking, the day, the eight outcomes, and no double booking."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinics.public import AuditEntry, Branch
from patients.public import Appointment, Clash, NotPossible, Visit, appointments, events
from tests.patients import records

pytestmark = pytest.mark.usefixtures("english")

#: The clock stands at Monday 2026-06-01, 09:00.
TODAY_10 = "2026-06-01T10:00"
IN_TWO_DAYS = "2026-06-03T10:00"


@pytest.fixture
def branch(clinic: object) -> Branch:
    return records.branch()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    for name in (
        "appointment_booked", "appointment_confirmed", "appointment_checked_in",
        "appointment_ended", "appointment_reopened", "appointment_moved", "move_asked",
    ):  # fmt: skip
        event = getattr(events, name)
        monkeypatch.setattr(event, "_handlers", [lambda news, name=name: heard.append(name)])
    return heard


def test_booked_confirmed_came_and_left_on_time(
    branch: Branch, told: list[str], clock: Any
) -> None:
    dentist = records.dentist(branch)
    slot = records.slot(
        records.patient(branch), TODAY_10, dentist=dentist, service=records.service(duration_min=45)
    )
    assert (slot.on_date.isoformat(), slot.status) == ("2026-06-01", "booked")
    assert (slot.during.upper - slot.during.lower).seconds == 45 * 60
    for verb in (appointments.confirm, appointments.check_in, appointments.seat):
        verb(slot)
        verb(slot)  # pressed twice
    clock.advance(minutes=50)
    appointments.done(slot)
    appointments.done(slot)
    assert (slot.status, slot.outcome) == ("done", "on_time")
    assert told == [
        "appointment_booked",
        "appointment_confirmed",
        "appointment_checked_in",
        "appointment_ended",
    ]


@pytest.mark.parametrize(("minutes", "outcome"), [(75, "on_time"), (76, "late")])
def test_more_than_a_quarter_of_an_hour_is_late(
    branch: Branch, clock: Any, minutes: int, outcome: str
) -> None:
    slot = records.slot(records.patient(branch), TODAY_10)
    clock.set("2026-06-01T09:00:00+07:00")
    clock.advance(minutes=minutes - (0 if outcome == "late" else 1))
    appointments.check_in(slot)
    assert appointments.done(slot).outcome == outcome


@pytest.mark.parametrize(
    ("now", "by_clinic", "outcome"),
    [
        ("2026-06-02T09:59", False, "cancelled"),
        ("2026-06-02T10:01", False, "late_cancel"),
        ("2026-06-02T10:01", True, "clinic_cancelled"),
    ],
)
def test_cancelling_is_late_when_less_than_24_hours_are_left(
    branch: Branch, clock: Any, now: str, by_clinic: Any, outcome: str
) -> None:
    slot = records.slot(records.patient(branch), IN_TWO_DAYS)
    clock.set(now)
    appointments.cancel(slot, " bận   việc ", by_clinic=by_clinic)
    appointments.cancel(slot, "again")
    assert (slot.outcome, slot.reason) == (outcome, "bận việc")


@pytest.mark.parametrize(
    ("now", "outcome"), [("2026-06-02T09:59", "moved"), ("2026-06-02T10:01", "late_move")]
)
def test_moving_ends_the_old_one_and_books_the_new(
    branch: Branch, clock: Any, told: list[str], now: str, outcome: str
) -> None:
    dentist = records.dentist(branch)
    old = records.slot(records.patient(branch), IN_TWO_DAYS, dentist=dentist, purpose="recall")
    clock.set(now)
    told.clear()
    start = records.at("2026-06-03T10:15")  # overlaps its own old place
    new = appointments.move(old, start)
    assert appointments.move(old, start) == new
    assert (old.outcome, new.moved_from, new.dentist, new.purpose) == (
        outcome, old, dentist, "recall",
    )  # fmt: skip
    assert told == ["appointment_ended", "appointment_booked", "appointment_moved"]
    with pytest.raises(NotPossible):
        appointments.move(old, records.at("2026-06-04T10:00"))


def test_a_clash_names_who_and_the_nearest_free_times_and_changes_nothing(branch: Branch) -> None:
    dentist = records.dentist(branch)
    records.slot(records.patient(branch), "2026-06-01T15:30", dentist=dentist, minutes=60)
    other = records.patient(branch, "Lê An", "0912345678")
    with pytest.raises(Clash) as clash:
        records.slot(other, "2026-06-01T15:30", dentist=dentist)
    assert clash.value.message == (
        "BS. Khôi has a patient at 15:30. Nearest free: 16:30 today, 08:00 tomorrow."
    )
    assert Appointment.objects.count() == 1


def test_a_move_that_clashes_leaves_the_old_one_standing(branch: Branch) -> None:
    chair = records.chair(branch)
    records.slot(records.patient(branch), IN_TWO_DAYS, chair=chair)
    old = records.slot(records.patient(branch, "Lê An", ""), "2026-06-04T10:00", chair=chair)
    with pytest.raises(Clash):
        appointments.move(old, records.at(IN_TWO_DAYS))
    old.refresh_from_db()
    assert old.outcome is None


def test_the_database_itself_refuses_a_double_booking(branch: Branch) -> None:
    dentist = records.dentist(branch)
    slot = records.slot(records.patient(branch), TODAY_10, dentist=dentist)
    slot.pk = None
    slot.uid = uuid.uuid4()
    with pytest.raises(IntegrityError, match="dentist_not_double"), transaction.atomic():
        slot.save(force_insert=True)


def test_a_race_that_only_the_database_sees_is_still_a_clash(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dentist = records.dentist(branch)
    records.slot(records.patient(branch), TODAY_10, dentist=dentist)
    monkeypatch.setattr("patients.appointments.booking.taken", lambda wanted: "")
    with pytest.raises(Clash, match="Nearest free"):
        records.slot(records.patient(branch, "Lê An", ""), TODAY_10, dentist=dentist)
    assert Appointment.objects.count() == 1


def test_overbooking_is_allowed_with_a_reason_that_is_noted(branch: Branch) -> None:
    dentist = records.dentist(branch)
    records.slot(records.patient(branch), TODAY_10, dentist=dentist)
    second = records.slot(
        records.patient(branch, "Lê An", ""),
        TODAY_10,
        dentist=dentist,
        overbook_reason="đau cấp",
        by=dentist,
    )
    assert second.overbooked
    entry = AuditEntry.objects.get(verb="appointment.overbooked")
    assert (entry.subject, entry.actor, entry.note) == (second.uid, dentist, "đau cấp")
    alone = records.slot(
        records.patient(branch, "Lê Ba", ""), IN_TWO_DAYS, dentist=dentist, overbook_reason="x"
    )
    assert not alone.overbooked


def test_an_ended_one_frees_its_slot_and_cannot_come_back_into_it(branch: Branch) -> None:
    dentist = records.dentist(branch)
    first = records.slot(records.patient(branch), IN_TWO_DAYS, dentist=dentist)
    appointments.cancel(first, "")
    second = records.slot(records.patient(branch, "Lê An", ""), IN_TWO_DAYS, dentist=dentist)
    with pytest.raises(NotPossible, match="another patient"):
        appointments.undo_outcome(first)
    appointments.cancel(second, "")
    assert appointments.undo_outcome(first).outcome is None


def test_did_not_come_only_after_the_start_and_can_be_taken_back(
    branch: Branch, clock: Any, told: list[str]
) -> None:
    slot = records.slot(records.patient(branch), TODAY_10)
    with pytest.raises(NotPossible, match="not her time"):
        appointments.miss(slot)
    appointments.confirm(slot)
    clock.set("2026-06-01T10:20")
    appointments.miss(slot)
    appointments.miss(slot)
    assert slot.outcome == "no_show"
    with pytest.raises(NotPossible, match="has ended"):
        appointments.check_in(slot)
    assert appointments.undo_outcome(slot).status == "confirmed"
    appointments.check_in(slot)
    assert told[-3:] == ["appointment_ended", "appointment_reopened", "appointment_checked_in"]
    with pytest.raises(NotPossible, match="already here"):
        appointments.miss(slot)
    with pytest.raises(NotPossible, match="already here"):
        appointments.cancel(slot, "")


def test_no_one_is_checked_in_before_her_day_or_seated_before_she_came(branch: Branch) -> None:
    slot = records.slot(records.patient(branch), IN_TWO_DAYS)
    with pytest.raises(NotPossible, match="03/06/2026"):
        appointments.check_in(slot)
    with pytest.raises(NotPossible, match="checked in"):
        appointments.seat(slot)
    with pytest.raises(NotPossible, match="checked in"):
        appointments.done(slot)
    assert not Visit.objects.exists()


def test_booking_twice_is_once_and_a_day_that_is_over_is_refused(branch: Branch) -> None:
    her = records.patient(branch)
    assert records.slot(her, TODAY_10) == records.slot(her, TODAY_10)
    with pytest.raises(NotPossible, match="over"):
        records.slot(her, "2026-05-31T10:00")


def test_a_wish_to_move_is_told_once(branch: Branch, told: list[str]) -> None:
    slot = records.slot(records.patient(branch), IN_TWO_DAYS)
    told.clear()
    appointments.ask_move(slot, "chiều thứ Sáu")
    appointments.ask_move(slot, "chiều  thứ Sáu")
    assert slot.move_wish == "chiều thứ Sáu"
    assert told == ["move_asked"]


def test_free_slots_keep_to_hours_closing_days_and_what_is_taken(branch: Branch) -> None:
    dentist = records.dentist(branch)
    branch.closingday_set.create(day="2026-06-02", reason="x")
    records.slot(records.patient(branch), "2026-06-01T19:00", dentist=dentist, minutes=30)
    slots = appointments.free_slots(
        branch=branch, minutes=60, first_day=records.at(TODAY_10).date(), days=3, dentist=dentist
    )
    starts = [f"{slot.start:%d %H:%M}" for slot in slots]
    assert starts[0] == "01 02:30"  # 09:30, the next half hour
    assert "01 11:00" in starts  # 18:00 to 19:00
    assert not {"01 11:30", "01 12:00", "01 12:30"} & set(starts)  # taken, or past closing
    assert not [start for start in starts if start.startswith("02 0")]


def test_lists_cost_as_much_for_many_as_for_one(branch: Branch, clock: Any) -> None:
    dentist = records.dentist(branch)
    her = records.patient(branch)
    records.slot(her, TODAY_10, dentist=dentist)
    day = records.at(TODAY_10).date()
    reads: list[Callable[[], list[appointments.Line]]] = [
        lambda: appointments.day(branch, day),
        lambda: appointments.of_dentist(dentist, day),
        lambda: appointments.of_patient(her),
        lambda: appointments.unresolved([branch]),
    ]
    for hour in range(11, 19):
        records.slot(her, f"2026-06-01T{hour}:00", dentist=dentist)
    clock.set("2026-06-01T20:00")
    for read in reads:
        with CaptureQueriesContext(connection) as seen:
            lines = read()
        assert len(seen) == 1
        assert len(lines) == 9
        assert lines[0].unresolved
        assert (lines[0].called, lines[0].dentist) == ("chị Trang", "BS. Khôi")
    assert appointments.count_unresolved([branch]) == 9
    assert appointments.open_for(her).on_date == day  # type: ignore[union-attr]
    assert appointments.open_for(her, "recall") is None
