"""The rota: nobody in two places, weeks copied, days off, and who is there when."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinics import acting, clock
from clinics.models import ChangeEvent
from clinics.public import Branch, DayOff, Shift, Staff, places, rota
from tests.patients import records

pytestmark = pytest.mark.usefixtures("clinic")

MONDAY = dt.date(2026, 6, 1)
TUESDAY = MONDAY + rota.DAY
SUNDAY = MONDAY + 6 * rota.DAY
MORNING = (dt.time(8), dt.time(12))
AFTERNOON = (dt.time(13), dt.time(17))


@pytest.fixture
def q3() -> Branch:
    return records.branch("Quận 3")


@pytest.fixture
def td() -> Branch:
    return records.branch("Thủ Đức")


@pytest.fixture
def vy(q3: Branch, td: Branch) -> Staff:
    person = records.dentist(q3, "Nguyễn Thảo Vy")
    person.branches.add(td)
    return person


def give(
    who: Staff, where: Branch, day: dt.date = MONDAY, span: tuple[dt.time, dt.time] = MORNING
) -> Shift:
    return rota.plan(person=who, branch=where, day=day, starts_at=span[0], ends_at=span[1])


def hours(where: Branch, who: Staff, day: dt.date) -> object:
    return rota.presence(where, [who], day, day).hours(who, day)


@pytest.mark.parametrize(
    ("starts", "ends", "answer"),
    [
        ("12:00", "17:00", "stands"),  # touches
        ("06:00", "08:00", "stands"),
        ("11:59", "17:00", "refused"),
        ("09:00", "10:00", "refused"),
        ("07:00", "13:00", "refused"),
    ],
)
def test_the_database_refuses_two_places_at_once(
    q3: Branch, td: Branch, vy: Staff, starts: str, ends: str, answer: str
) -> None:
    give(vy, q3)
    hour = dt.time.fromisoformat
    other = Shift(staff=vy, branch=td, day=MONDAY, starts_at=hour(starts), ends_at=hour(ends))
    if answer == "stands":
        other.save(force_insert=True)
        return
    with pytest.raises(IntegrityError, match="shift_in_one_place"), transaction.atomic():
        other.save(force_insert=True)
    with pytest.raises(ValidationError) as said:
        give(vy, td, span=(hour(starts), hour(ends)))
    assert "BS. Vy" in said.value.message_dict["starts_at"][0]
    assert "Quận 3" in said.value.message_dict["starts_at"][0]
    give(vy, td, TUESDAY, (hour(starts), hour(ends)))  # another day is free
    give(records.dentist(td), td, MONDAY, (hour(starts), hour(ends)))  # so is another person


def test_a_shift_ends_after_it_begins(q3: Branch, vy: Staff) -> None:
    for ends in (dt.time(8), dt.time(7)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Shift.objects.create(
                staff=vy, branch=q3, day=MONDAY, starts_at=dt.time(8), ends_at=ends
            )
        with pytest.raises(ValidationError, match="ends_at"):
            give(vy, q3, span=(dt.time(8), ends))
    with pytest.raises(ValidationError, match="ends_at"):
        rota.plan_week(
            person=vy, branch=q3, monday=MONDAY, weekdays=[0],
            starts_at=dt.time(9), ends_at=dt.time(9),
        )  # fmt: skip


def test_a_week_that_is_not_planned_is_all_day(q3: Branch, td: Branch, vy: Staff) -> None:
    assert hours(q3, vy, MONDAY) is None
    give(vy, q3, TUESDAY)
    give(vy, q3, TUESDAY, (dt.time(12), dt.time(14)))
    assert hours(q3, vy, MONDAY) == ()
    assert hours(q3, vy, TUESDAY) == ((dt.time(8), dt.time(14)),)  # what touches is one
    assert hours(q3, vy, SUNDAY) == ()
    assert hours(q3, vy, SUNDAY + rota.DAY) is None  # the next week
    assert hours(q3, vy, MONDAY - rota.DAY) is None
    assert hours(td, vy, MONDAY) is None  # the other branch is not planned …
    assert hours(td, vy, TUESDAY) == ()  # … but then she is in the first
    give(vy, td, TUESDAY, (dt.time(14), dt.time(18)))
    assert hours(td, vy, TUESDAY) == ((dt.time(14), dt.time(18)),)
    assert hours(td, vy, MONDAY) == ()


def test_a_day_off_goes_before_shifts_and_leaves_them(q3: Branch, td: Branch, vy: Staff) -> None:
    give(vy, q3)
    rota.off(person=vy, day=MONDAY, reason="  đi  họp ")
    rota.off(person=vy, day=MONDAY, reason="ốm")
    assert DayOff.objects.get().reason == "ốm"
    assert hours(q3, vy, MONDAY) == ()
    rota.off(person=vy, day=TUESDAY, reason="phép")
    assert hours(td, vy, TUESDAY) == ()  # not planned, and off
    assert rota.back(person=vy, day=MONDAY)
    assert not rota.back(person=vy, day=MONDAY)
    assert hours(q3, vy, MONDAY) == (MORNING,)


def test_there_is_from_the_first_to_the_last_minute(q3: Branch, vy: Staff) -> None:
    give(vy, q3)
    found = rota.presence(q3, [vy], MONDAY, MONDAY)

    def there(start: str, end: str) -> bool:
        return found.there(vy, clock.parse(f"2026-06-01T{start}"), clock.parse(f"2026-06-01T{end}"))

    assert there("08:00", "12:00")
    assert not there("07:59", "09:00")
    assert not there("11:30", "12:01")
    assert not there("13:00", "14:00")


def test_a_week_is_planned_and_copied_closing_days_left_out_and_said(
    q3: Branch, td: Branch, vy: Staff
) -> None:
    places.correct(q3, open_weekdays=[0, 1, 2, 3, 4, 5])
    done = rota.plan_week(
        person=vy, branch=q3, monday=TUESDAY, weekdays=[0, 2, 6],
        starts_at=dt.time(8), ends_at=dt.time(12),
    )  # fmt: skip
    assert (done.made, done.closed, done.kept) == (2, [SUNDAY], [])
    places.close_on(day=dt.date(2026, 6, 8), reason="Lễ", branch=q3)
    stays = give(vy, td, dt.date(2026, 6, 17), (dt.time(10), dt.time(15)))
    copied = rota.copy_week(q3, MONDAY, weeks=2)
    assert (copied.made, copied.closed) == (2, [dt.date(2026, 6, 8)])
    assert copied.kept == [stays]
    days = Shift.objects.filter(branch=q3).values_list("day", flat=True)
    assert [day.day for day in days] == [1, 3, 10, 15]
    again = rota.copy_week(q3, MONDAY, weeks=2)
    assert again.made == 0
    assert again.kept == [stays]  # what it made itself is not in the way
    assert rota.copy_week(q3, MONDAY, weeks=0).made == 0


def test_who_left_is_not_copied(q3: Branch, vy: Staff) -> None:
    give(vy, q3)
    Staff.objects.filter(pk=vy.pk).update(is_active=False)
    assert rota.copy_week(q3, MONDAY, weeks=1).made == 0


def test_said_twice_changed_and_taken_away(q3: Branch, td: Branch, vy: Staff) -> None:
    shift = give(vy, q3)
    assert give(vy, q3) == shift
    give(vy, td, span=AFTERNOON)
    with pytest.raises(ValidationError, match="starts_at"):
        rota.change(shift, starts_at=dt.time(8), ends_at=dt.time(14))
    shift.refresh_from_db()
    rota.change(shift, starts_at=dt.time(7), ends_at=dt.time(13))
    assert hours(q3, vy, MONDAY) == ((dt.time(7), dt.time(13)),)
    assert rota.get(shift.uid, branch=q3) == shift
    with pytest.raises(Shift.DoesNotExist):
        rota.get(shift.uid, branch=td)
    rota.remove(shift)
    rota.remove(shift)
    give(vy, q3)
    give(records.dentist(q3), q3)
    assert rota.clear(q3, MONDAY) == 2
    assert Shift.objects.count() == 1  # the other branch's


def test_who_planned_what_is_noted(q3: Branch, vy: Staff) -> None:
    with acting.within("web"):
        acting.admitted(vy.pk)
        shift = give(vy, q3)
        rota.change(shift, starts_at=dt.time(9), ends_at=dt.time(12))
        rota.off(person=vy, day=MONDAY, reason="ốm")
        rota.remove(shift)
    noted = ChangeEvent.objects.filter(kind__in=["clinics_shift", "clinics_dayoff"])
    assert [(one.kind, one.deed, one.actor_id) for one in noted.order_by("id")] == [
        ("clinics_shift", "insert", vy.pk),
        ("clinics_shift", "update", vy.pk),
        ("clinics_dayoff", "insert", vy.pk),
        ("clinics_shift", "delete", vy.pk),
    ]
    assert noted.get(deed="update").before == {"starts_at": "08:00:00"}


def test_reads_cost_the_same_for_one_and_for_many(q3: Branch, td: Branch, vy: Staff) -> None:
    def count(people: list[Staff], weeks: int) -> tuple[int, int, int]:
        with CaptureQueriesContext(connection) as read:
            rota.presence(q3, people, MONDAY, MONDAY + weeks * 7 * rota.DAY)
        with CaptureQueriesContext(connection) as page:
            rota.week(q3, MONDAY)
        with CaptureQueriesContext(connection) as copied:
            rota.copy_week(q3, MONDAY, weeks=weeks)
        return len(read), len(page), len(copied)

    give(vy, q3)
    few = count([vy], 1)
    people = [records.dentist(q3, f"Lê Văn {n}") for n in range(8)]
    for person in people:
        give(person, q3, TUESDAY)
    assert count([vy, *people], 10) == few
    assert few[:2] == (2, 4)


def test_the_week_of_a_branch(q3: Branch, td: Branch, vy: Staff) -> None:
    khoi = records.dentist(q3)
    here = give(vy, q3)
    there = give(vy, td, TUESDAY)
    rota.off(person=vy, day=SUNDAY, reason="phép")
    places.close_on(day=TUESDAY, reason="Lễ", branch=q3)
    found = rota.week(q3, SUNDAY)
    assert (found.monday, found.sunday, found.shifts) == (MONDAY, SUNDAY, 1)
    assert [is_open for _day, is_open in found.days][:2] == [True, False]
    assert {row.person: row.planned for row in found.rows} == {vy: True, khoi: False}
    assert found.cell(vy, MONDAY).here == [here]
    assert found.cell(vy, TUESDAY).elsewhere == [there]
    assert found.cell(vy, SUNDAY).off == "phép"
