"""Rows of the trails as they were noted, and what a look at them finds."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from clinics import clock as product_clock
from clinics.models import AuditEntry
from clinics.public import Role, Staff, staff
from kpi import leakwatch, reads
from kpi.models import LeakCase, LeakRecord, LeakWatch
from patients.public import Patient
from tests.kpi.facts import Day, Facts

MONTH: dict[str, Any] = {"first": Day(2026, 5, 3), "until": Day(2026, 6, 2)}  # the last 30 days
MINUTE = dt.timedelta(minutes=1)


def hire(facts: Facts, role: Role, *branches: int) -> Staff:
    return staff.hire(
        username=f"{role}-{uuid.uuid4().hex[:6]}", password=None, full_name="Lê Ngọc Diễm",
        role=role, branches=[facts.branches[n] for n in branches],
    )  # fmt: skip


def note(who: Staff | None, patients: list[Patient], at: dt.datetime, verb: str) -> None:
    """A row of the reads' trail as it was noted then."""
    AuditEntry.objects.create(
        happened_at=at, actor=who, verb=verb,
        subject=patients[0].uid if len(patients) == 1 else None,
        subjects=[one.uid for one in patients] if len(patients) > 1 else None,
    )  # fmt: skip


def look() -> list[LeakCase]:
    """What the next look finds, whatever was looked at before."""
    LeakWatch.objects.all().delete()
    leakwatch.look_due()
    return list(LeakCase.objects.order_by("happened_at", "id"))


def records(case: LeakCase) -> set[int]:
    return set(LeakRecord.objects.filter(case=case).values_list("patient_id", flat=True))


def told(part: str = "", **more: Any) -> reads.Cell:
    return reads.cell(reads.question("data_leak", part, **(MONTH | more)))


def at(hour: int, minute: int = 0, day: int = 29) -> dt.datetime:
    """An hour of a Friday in May."""
    return product_clock.at(Day(2026, 5, day), dt.time(hour, minute))
