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
