"""Keeping the numbers up to date: what facts marked is counted again, within a minute.

The triggers of migration 0003 leave the marks and the hint; the beat's tick visits the clinic.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Max, Min, Q

from clinics import clock
from kpi import sql
from kpi.metrics import METRICS, Metric
from kpi.models import Dirty, Refreshed

#: Marks taken at a time: a transaction stays short after an import as well.
BATCH = 5_000


def refresh_due() -> None:
    """Bring every number of this clinic up to date, in transactions of its own.

    Marks that arrive meanwhile stay on the list for the next visit, which their hint asks for.
    """
    for metric in METRICS.values():
        _refresh(metric)


def next_due() -> dt.datetime | None:
    """When something will have to be counted again; None when nothing waits."""
    marks = Dirty.objects.filter(metric__in=METRICS)  # a newer release may mark numbers of its own
    if marks.filter(due_at=None).exists():
        return clock.now()
    first: dt.datetime | None = marks.aggregate(first=Min("due_at"))["first"]
    return first


def recount_all() -> None:
    """Mark every fact, for a clinic whose units must be made from nothing (a new definition)."""
    sql.mark_everything()
    refresh_due()


def _refresh(metric: Metric) -> None:
    before = Refreshed.objects.filter(metric=metric.key).first()
    looked_at = before.at if before else None
    newest = Dirty.objects.filter(metric=metric.key).aggregate(Max("id"))["id__max"]
    if newest is None:
        return
    while True:
        now = clock.now()
        with transaction.atomic():
            scope = sql.claim_dirty(metric.key, until=newest, now=now, limit=BATCH)
            if scope:
                sql.bring_up_to_date(
                    metric.key, metric.version, scope, now=now, looked_at=looked_at
                )
        if not scope:
            break
    Refreshed.objects.update_or_create(metric=metric.key, defaults={"at": now})


def is_waiting(metric: str) -> bool:
    """Whether facts are known that the number has not taken in yet."""
    return Dirty.objects.filter(Q(due_at=None) | Q(due_at__lte=clock.now()), metric=metric).exists()


def refreshed_at(metric: str) -> dt.datetime | None:
    """When the number last took in everything; None before the first time."""
    found = Refreshed.objects.filter(metric=metric).first()
    return found.at if found else None
