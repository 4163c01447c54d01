"""The rota: shifts and days off, planned and read by weeks (docs/rota.md)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import pgettext

from clinics import places, staff
from clinics.models import Branch, DayOff, Shift, Staff
from clinics.presence import DAY, Presence, Span, joined, monday_of, presence

#: Furthest a week is copied at once.
MOST_WEEKS = 26

__all__ = [
    "DAY", "MOST_WEEKS", "Cell", "Planned", "Presence", "Row", "Span", "Week", "back", "change",
    "clear", "copy_week", "get", "hold", "joined", "monday_of", "off", "plan", "plan_week",
    "presence", "remove", "week",
]  # fmt: skip


# verbs


def hold(people: Iterable[Staff]) -> None:
    """Until this transaction ends nobody else plans or books these people.

    So a shift is not taken away under a booking that is just being written, and the other way
    round: who comes second sees what the first has done. One statement.
    """
    ids = sorted({person.pk for person in people})
    rows = Staff.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    list(rows.values_list("pk", flat=True))


@transaction.atomic
def plan(
    *, person: Staff, branch: Branch, day: dt.date, starts_at: dt.time, ends_at: dt.time
) -> Shift:
    """Give a person a shift. Said again it is one.

    Raises ValidationError beside its field: starts_at (she has another shift then), ends_at.
    """
    hold([person])
    wanted = Shift(staff=person, branch=branch, day=day, starts_at=starts_at, ends_at=ends_at)
    if (same := _same(wanted)) is not None:
        return same
    _check(wanted)
    wanted.save(force_insert=True)
    return wanted


@transaction.atomic
def change(shift: Shift, *, starts_at: dt.time, ends_at: dt.time) -> Shift:
    """Other hours for a shift. Raises ValidationError as `plan` does."""
    hold([shift.staff])
    shift.starts_at, shift.ends_at = starts_at, ends_at
    _check(shift)
    Shift.objects.filter(pk=shift.pk).update(starts_at=starts_at, ends_at=ends_at)
    return shift


@transaction.atomic
def remove(shift: Shift) -> None:
    """She is not there then. Who is booked stays booked: see patients/outside.py. Twice is once."""
    hold([shift.staff])
    Shift.objects.filter(pk=shift.pk).delete()


@transaction.atomic
def clear(branch: Branch, day: dt.date) -> int:
    """Take away every shift of a branch on a day; how many there were."""
    there = Shift.objects.filter(branch=branch, day=day)
    hold(one.staff for one in there.select_related("staff"))
    return there.delete()[0]


@transaction.atomic
def off(*, person: Staff, day: dt.date, reason: str) -> DayOff:
    """She does not work on this day, in any branch. Said again, the reason is corrected."""
    hold([person])
    noted, _made = DayOff.objects.update_or_create(
        staff=person, day=day, defaults={"reason": " ".join(reason.split())[:80]}
    )
    return noted


@transaction.atomic
def back(*, person: Staff, day: dt.date) -> bool:
    """She works on this day after all, as her shifts say. False when she was not off."""
    hold([person])
    return bool(DayOff.objects.filter(staff=person, day=day).delete()[0])


@dataclass(frozen=True)
class Planned:
    """What came of planning several shifts: `kept` stand in the way and were left as they are."""

    made: int = 0
    closed: list[dt.date] = field(default_factory=list)  # days the branch does not receive on
    kept: list[Shift] = field(default_factory=list)


def plan_week(
    *,
    person: Staff,
    branch: Branch,
    monday: dt.date,
    weekdays: Collection[int],
    starts_at: dt.time,
    ends_at: dt.time,
) -> Planned:
    """The same shift on several days of a week; `weekdays` counts from Monday = 0.

    Days the branch is closed, and days on which she has another shift then, are left out and
    said. Raises ValidationError beside ends_at.
    """
    days = [monday_of(monday) + number * DAY for number in sorted(set(weekdays))]
    return _fill(
        branch,
        [
            Shift(staff=person, branch=branch, day=day, starts_at=starts_at, ends_at=ends_at)
            for day in days
        ],
    )


def copy_week(branch: Branch, monday: dt.date, *, weeks: int) -> Planned:
    """Everybody's shifts of a branch's week, in the following `weeks` too (at most 26).

    Nothing that stands is changed: a day the branch is closed, and a shift that would overlap
    another one of hers, are left out and said. Done twice it is done once.
    """
    first = monday_of(monday)
    source = Shift.objects.filter(
        branch=branch, day__range=(first, first + 6 * DAY), staff__in=staff.dentists(branch)
    )
    own = list(source.select_related("staff"))
    return _fill(
        branch,
        [
            Shift(
                staff=one.staff,
                branch=branch,
                day=one.day + week * 7 * DAY,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
            )
            for week in range(1, min(weeks, MOST_WEEKS) + 1)
            for one in own
        ],
    )


@transaction.atomic
def _fill(branch: Branch, wanted: list[Shift]) -> Planned:
    """Write what fits; four statements for any number of shifts."""
    if not wanted:
        return Planned()
    _ends_later(wanted[0])
    hold(one.staff for one in wanted)
    closed = places.closed_days([branch.pk])[branch.pk]
    standing = _by_day(
        Shift.objects.filter(
            staff__in={one.staff_id for one in wanted},
            day__range=(min(one.day for one in wanted), max(one.day for one in wanted)),
        ).select_related("staff", "branch")
    )
    made: list[Shift] = []
    shut: set[dt.date] = set()
    kept: dict[int, Shift] = {}
    for one in wanted:
        if not places.is_open(branch, one.day, closed):
            shut.add(one.day)
            continue
        in_the_way = [
            other for other in standing[one.staff_id, one.day]
            if other.starts_at < one.ends_at and one.starts_at < other.ends_at
        ]  # fmt: skip
        kept |= {other.pk: other for other in in_the_way if not _equal(other, one)}
        if not in_the_way:
            made.append(one)
    Shift.objects.bulk_create(made)
    return Planned(len(made), sorted(shut), sorted(kept.values(), key=lambda one: one.day))


def _by_day(shifts: Iterable[Shift]) -> dict[tuple[int, dt.date], list[Shift]]:
    found: dict[tuple[int, dt.date], list[Shift]] = defaultdict(list)
    for one in shifts:
        found[one.staff_id, one.day].append(one)
    return found


def _equal(one: Shift, other: Shift) -> bool:
    return (one.branch_id, one.starts_at, one.ends_at) == (
        other.branch_id,
        other.starts_at,
        other.ends_at,
    )


def _same(wanted: Shift) -> Shift | None:
    return Shift.objects.filter(
        staff=wanted.staff,
        branch=wanted.branch,
        day=wanted.day,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
    ).first()


def _ends_later(wanted: Shift) -> None:
    if wanted.ends_at <= wanted.starts_at:
        raise ValidationError({"ends_at": pgettext("rota", "A shift ends after it begins.")})


def _check(wanted: Shift) -> None:
    """The database refuses the same; this says it in words."""
    _ends_later(wanted)
    other = (
        Shift.objects.filter(
            staff=wanted.staff,
            day=wanted.day,
            starts_at__lt=wanted.ends_at,
            ends_at__gt=wanted.starts_at,
        )
        .exclude(pk=wanted.pk)
        .select_related("branch")
        .first()
    )
    if other is not None:
        raise ValidationError(
            {
                "starts_at": pgettext(
                    "rota", "%(who)s has a shift from %(from)s to %(to)s then: %(branch)s."
                )
                % {
                    "who": wanted.staff.short_name,
                    "from": f"{other.starts_at:%H:%M}",
                    "to": f"{other.ends_at:%H:%M}",
                    "branch": other.branch.name,
                }
            }
        )


# the page


@dataclass(frozen=True)
class Cell:
    """One person's day in a branch. `off` = why she does not work."""

    day: dt.date
    is_open: bool
    here: list[Shift]
    elsewhere: list[Shift]
    off: str


@dataclass(frozen=True)
class Row:
    """One person's week; not `planned` = she counts as present while the branch is open."""

    person: Staff
    planned: bool
    cells: list[Cell]


@dataclass(frozen=True)
class Week:
    """A branch's week, by dentists and days."""

    branch: Branch
    days: list[tuple[dt.date, bool]]  # and whether the branch is open
    rows: list[Row]

    @property
    def monday(self) -> dt.date:
        return self.days[0][0]

    @property
    def sunday(self) -> dt.date:
        return self.days[-1][0]

    @property
    def shifts(self) -> int:
        return sum(len(cell.here) for row in self.rows for cell in row.cells)

    @property
    def per_day(self) -> list[tuple[dt.date, int]]:
        """How many shifts each day has."""
        return [
            (day, sum(len(row.cells[number].here) for row in self.rows))
            for number, (day, _open) in enumerate(self.days)
        ]

    def cell(self, person: Staff, day: dt.date) -> Cell:
        """One day of one person; StopIteration when she is not of this branch."""
        row = next(row for row in self.rows if row.person == person)
        return next(cell for cell in row.cells if cell.day == day)


def week(branch: Branch, day: dt.date) -> Week:
    """The week a day lies in; four statements however many work there."""
    monday = monday_of(day)
    people = list(staff.dentists(branch))
    closed = places.closed_days([branch.pk])[branch.pk]
    days = [(monday + n * DAY, places.is_open(branch, monday + n * DAY, closed)) for n in range(7)]
    shifts = Shift.objects.filter(staff__in=people, day__range=(monday, monday + 6 * DAY))
    by_day = _by_day(shifts.select_related("branch"))
    offs = DayOff.objects.filter(staff__in=people, day__range=(monday, monday + 6 * DAY))
    why = {(one.staff_id, one.day): one.reason for one in offs}

    def cell(person: Staff, date: dt.date, *, is_open: bool) -> Cell:
        own = by_day.get((person.pk, date), [])
        return Cell(
            day=date,
            is_open=is_open,
            here=[one for one in own if one.branch_id == branch.pk],
            elsewhere=[one for one in own if one.branch_id != branch.pk],
            off=why.get((person.pk, date), ""),
        )

    rows = [[cell(person, date, is_open=is_open) for date, is_open in days] for person in people]
    return Week(
        branch=branch,
        days=days,
        rows=[
            Row(person, any(one.here for one in cells), cells)
            for person, cells in zip(people, rows, strict=True)
        ],
    )


def get(uid: UUID | str, *, branch: Branch) -> Shift:
    """One shift of this branch. Raises Shift.DoesNotExist."""
    return Shift.objects.select_related("staff", "branch").get(uid=uid, branch=branch)
