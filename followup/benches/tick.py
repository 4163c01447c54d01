"""What an idle tick costs, and whether the number of clinics matters (docs/benchmarks.md)."""

from __future__ import annotations

import datetime as dt
import statistics
import time

from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from clinics import clock, due
from clinics.registry.models import Clinic, DueHint

#: Clinics without tables: a tick that nothing is due for must not look at them at all.
SIZES = (10, 200)
LONG_SIZES = (10, 200, 1000)
REPEATS = 200


def run(*, long: bool) -> dict[str, float]:
    """`tick_statements_N`, `tick_tasks` (both sizes together), `tick_time_N_vs_10`."""
    figures: dict[str, float] = {}
    times: dict[int, float] = {}
    tasks = 0
    with schema_context("public"):
        for size in LONG_SIZES if long else SIZES:
            _have(size)
            statements, knocks = _one_tick()
            figures[f"tick_statements_{size}"] = statements
            tasks += knocks
            times[size] = _median_seconds()
    figures["tick_tasks"] = tasks
    for size in times:
        if size != SIZES[0]:
            figures[f"tick_time_{size}_vs_10"] = times[size] / times[SIZES[0]]
    return figures


def _have(size: int) -> None:
    """Clinics up to this number, each with work that is due later."""
    now = clock.now()
    there = set(Clinic.objects.values_list("schema_name", flat=True))
    names = [f"bench_{number:04}" for number in range(size)]
    Clinic.objects.bulk_create(
        Clinic(schema_name=name, name=name, opened_at=now, ready_at=now)
        for name in names
        if name not in there
    )
    DueHint.objects.all().delete()
    DueHint.objects.bulk_create(
        DueHint(schema=name, kind=kind, due_at=now + dt.timedelta(hours=1 + hours))
        for name in names
        for kind in due.ORDER
        for hours in range(10)
    )


def _one_tick() -> tuple[int, int]:
    """Statements and knocks of one tick when nothing is due."""
    with CaptureQueriesContext(connection) as asked:
        waiting = due.due_now()
        cache.set("beat:tick", "1", timeout=30)
    counted = [query for query in asked if "search_path" not in query["sql"]]
    return len(counted), len({item.schema for item in waiting})


def _median_seconds() -> float:
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        due.due_now()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)
