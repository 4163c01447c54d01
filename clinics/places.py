"""Branches, chairs, services and the days a branch is closed."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.text import slugify

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


def code_of(name: str) -> str:
    """A name as a code: quan-3 of Quận 3."""
    return slugify(name.replace("đ", "d").replace("Đ", "D"))[:40]


def correct(branch: Branch, **wanted: object) -> Branch:
    """Write what a branch is called, where it is and when it is open."""
    for name, value in wanted.items():
        setattr(branch, name, value)
    branch.save(update_fields=list(wanted))
    return branch


def closing_days(branch: Branch, *, since: dt.date) -> list[ClosingDay]:
    """The days it is closed from `since` on, the whole clinic's included, the nearest first."""
    rows = ClosingDay.objects.filter(Q(branch=branch) | Q(branch__isnull=True), day__gte=since)
    return list(rows.order_by("day", "id"))


def reopen(day: dt.date, *, branch: Branch) -> bool:
    """The branch is open on this day after all; with it all, when all were closed.

    False when it was open already.
    """
    closed = ClosingDay.objects.filter(Q(branch=branch) | Q(branch__isnull=True), day=day)
    return bool(closed.delete()[0])


def add_chair(*, branch: Branch, name: str) -> Chair:
    """Add a dental chair to a branch."""
    return Chair.objects.create(branch=branch, name=name)


def close_on(*, day: dt.date, reason: str, branch: Branch | None = None) -> ClosingDay:
    """Close a branch, or the whole clinic, on a day. Said again, the reason is corrected."""
    closed, _made = ClosingDay.objects.update_or_create(
        branch=branch, day=day, defaults={"reason": reason}
    )
    return closed


def every_service() -> list[Service]:
    """The price list, what is offered no more at its end."""
    return list(Service.objects.order_by("-is_active", "name"))


def price(known: Service | None, *, name: str, **wanted: object) -> Service:
    """Correct a line of the price list, or add one; its code comes from its name.

    The code stays as it is when the name changes: care protocols start by it.
    """
    if known is not None:
        for field, value in ({"name": name} | wanted).items():
            setattr(known, field, value)
        known.save(update_fields=["name", *wanted])
        return known
    base = code_of(name)[:30] or "service"
    taken = set(Service.objects.values_list("code", flat=True))
    tries = (f"{base}-{number}" if number > 1 else base for number in itertools.count(1))
    code = next(code for code in tries if code not in taken)
    return Service.objects.create(code=code, name=name, **wanted)


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
