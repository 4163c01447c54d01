"""Who is in a branch when, as the rota says (docs/rota.md).

A week in which a person has no shift in a branch is not planned for her there: she counts as
present while the branch is open, but on days on which her shifts are all in other branches.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from clinics import clock
from clinics.models import Branch, DayOff, Shift, Staff

DAY = dt.timedelta(days=1)
#: From, until: hours of the clinic's clock.
Span = tuple[dt.time, dt.time]


def monday_of(day: dt.date) -> dt.date:
    """The first day of its week."""
    return day - dt.timedelta(days=day.weekday())


@dataclass(frozen=True)
class Presence:
    """When people are in one branch on some days. Pure once it is read."""

    branch_id: int
    shifts: dict[tuple[int, dt.date], list[Shift]]  # by person and day, of every branch
    offs: dict[tuple[int, dt.date], str]  # why
    weeks: frozenset[tuple[int, dt.date]]  # person and Monday: planned in this branch

    def planned(self, person: Staff, day: dt.date) -> bool:
        """Whether her week of this day is planned in this branch."""
        return (person.pk, monday_of(day)) in self.weeks

    def off(self, person: Staff, day: dt.date) -> str:
        """Why she does not work on this day; "" when she may."""
        return self.offs.get((person.pk, day), "")

    def elsewhere(self, person: Staff, day: dt.date) -> bool:
        """Whether all her shifts of this day are in other branches."""
        own = self.shifts.get((person.pk, day), [])
        return bool(own) and all(one.branch_id != self.branch_id for one in own)

    def hours(self, person: Staff, day: dt.date) -> tuple[Span, ...] | None:
        """Her hours here, touching ones as one; () = not here, None = not planned, so all day."""
        if self.off(person, day):
            return ()
        if not self.planned(person, day):
            return () if self.elsewhere(person, day) else None
        own = self.shifts.get((person.pk, day), [])
        return joined(
            (one.starts_at, one.ends_at) for one in own if one.branch_id == self.branch_id
        )

    def there(self, person: Staff, start: dt.datetime, end: dt.datetime) -> bool:
        """Whether she is here from one instant to another."""
        hours = self.hours(person, clock.day_of(start))
        if hours is None:
            return True
        day = clock.day_of(start)
        return any(
            clock.at(day, low) <= start and end <= clock.at(day, high) for low, high in hours
        )


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """These stretches in order; what touches or overlaps is one."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def presence(branch: Branch, people: Collection[Staff], first: dt.date, last: dt.date) -> Presence:
    """When these people are in a branch from `first` to `last`; two statements."""
    begin, end = monday_of(first), monday_of(last) + 6 * DAY  # a week is planned or not as one
    ids = [person.pk for person in people]
    by_day: dict[tuple[int, dt.date], list[Shift]] = defaultdict(list)
    for one in Shift.objects.filter(staff_id__in=ids, day__range=(begin, end)):
        by_day[one.staff_id, one.day].append(one)
    offs = DayOff.objects.filter(staff_id__in=ids, day__range=(begin, end))
    return Presence(
        branch_id=branch.pk,
        shifts=dict(by_day),
        offs={(one.staff_id, one.day): one.reason for one in offs},
        weeks=frozenset(
            (who, monday_of(day))
            for (who, day), own in by_day.items()
            if any(one.branch_id == branch.pk for one in own)
        ),
    )
