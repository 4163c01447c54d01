"""Branches, chairs, services and the days a branch is closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from clinics.models import Branch, Chair, ClosingDay, Profile, Service


def profile() -> Profile:
    """What this clinic is called and how patients reach it."""
    return Profile.objects.get()


def branches() -> QuerySet[Branch]:
    """Every branch that is open for business."""
    return Branch.objects.filter(is_active=True)


def chairs(branch: Branch) -> QuerySet[Chair]:
    """The chairs of a branch."""
    return Chair.objects.filter(branch=branch)


def services() -> QuerySet[Service]:
    """What can be booked."""
    return Service.objects.filter(is_active=True)


def closed_days(branch_ids: Iterable[int]) -> dict[int, frozenset[dt.date]]:
    """The days each of these branches is closed, the whole clinic's days included."""
    ids = set(branch_ids)
    rows = ClosingDay.objects.filter(Q(branch_id__in=ids) | Q(branch__isnull=True)).values_list(
        "branch_id", "day"
    )
    found: dict[int, set[dt.date]] = {branch_id: set() for branch_id in ids}
    for branch_id, day in rows:
        for target in ids if branch_id is None else (branch_id,):
            found[target].add(day)
    return {branch_id: frozenset(days) for branch_id, days in found.items()}


def is_open(branch: Branch, day: dt.date, closed: frozenset[dt.date]) -> bool:
    """Whether a branch receives patients on a day."""
    weekday_fits = not branch.open_weekdays or day.weekday() in branch.open_weekdays
    return weekday_fits and day not in closed


def describe(*, hotline: str) -> None:
    """Set how patients reach the clinic. `hotline` is E.164."""
    Profile.objects.update(hotline=hotline)


def open_branch(
    *,
    code: str,
    name: str,
    address: str = "",
    hotline: str = "",
    opens_at: dt.time = dt.time(8),
    closes_at: dt.time = dt.time(20),
    open_weekdays: Iterable[int] = (),
) -> Branch:
    """Add a branch; `open_weekdays` counts from Monday = 0, none means every day."""
    return Branch.objects.create(
        code=code,
        name=name,
        address=address,
        hotline=hotline,
        opens_at=opens_at,
        closes_at=closes_at,
        open_weekdays=list(open_weekdays),
    )


def add_chair(*, branch: Branch, name: str) -> Chair:
    """Add a dental chair to a branch."""
    return Chair.objects.create(branch=branch, name=name)


def close_on(*, day: dt.date, reason: str, branch: Branch | None = None) -> ClosingDay:
    """Close a branch, or the whole clinic, on a day."""
    return ClosingDay.objects.create(branch=branch, day=day, reason=reason)


def offer(
    *,
    code: str,
    name: str,
    duration_min: int = 30,
    price: int = 0,
    single_visit: bool = True,
    surgical: bool = False,
    by_tooth: bool = False,
) -> Service:
    """Add a service; `price` in whole VND. One that is `single_visit` ends its plan when signed."""
    return Service.objects.create(
        code=code,
        name=name,
        duration_min=duration_min,
        price=price,
        single_visit=single_visit,
        surgical=surgical,
        by_tooth=by_tooth,
    )
