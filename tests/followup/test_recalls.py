"""Check-ups of imported treatments: previewed, asked for, one a person, never of the past."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics import clock as product_clock
from followup import gate, recalls
from followup.models import Contact, Decision, Enrolment
from patients.models import ImportBatch, Visit
from patients.public import Patient
from tests.followup.records import House, house

pytestmark = pytest.mark.usefixtures("clinic")

# It is Monday 1 June 2026. A filling asks for a check-up after 6 months, open for 30 days.
LINES = """patient,full_name,phone,on_date,start,service,dentist,tooth,branch
A,Trần Thị An,0912345001,2026-01-10,09:00,Trám răng,Hoàng Minh Khôi,36,Quận 3
B,Trần Thị Bình,0912345002,2025-11-20,09:00,Trám răng,Hoàng Minh Khôi,36,Quận 3
C,Trần Thị Chi,0912345003,2025-06-01,09:00,Trám răng,Hoàng Minh Khôi,36,Quận 3
D,Trần Thị Dung,0912345004,2026-01-10,09:00,Trám răng,Hoàng Minh Khôi,36,Quận 3
D,Trần Thị Dung,0912345004,2025-10-10,09:00,Trám răng,Hoàng Minh Khôi,26,Quận 3
E,Trần Thị Em,0912345005,2026-01-10,09:00,Khám,Hoàng Minh Khôi,,Quận 3
"""


def bring_in(folder: Path, *more: str) -> str:
    path = folder / "cu.csv"
    path.write_text(LINES)
    said = StringIO()
    call_command(
        "import_data", str(path), "--clinic", "an_tam", "--kind", "treatments",
        "--basis", "care-2024-01", *more, stdout=said,
    )  # fmt: skip
    return said.getvalue()


def came(name: str, day: dt.date, at: House) -> None:
    Visit.objects.create(
        patient=Patient.objects.get(full_name=name), branch=at.branch, on_date=day,
        started_at=product_clock.at(day, dt.time(9)), recorded_at=product_clock.now(),
    )  # fmt: skip


def windows() -> dict[str, tuple[dt.date | None, dt.date | None]]:
    rows = Contact.objects.filter(kind="invite").select_related("patient")
    return {row.patient.full_name: (row.window_from, row.window_to) for row in rows}


def test_nothing_begins_by_itself_and_a_dry_run_only_says_how_many(tmp_path: Path) -> None:
    house()
    bring_in(tmp_path)
    assert not Enrolment.objects.exists()
    batch = ImportBatch.objects.get()
    assert recalls.start_imported(batch=batch, dry_run=True) == recalls.RecallSummary(3, 1)
    assert not Enrolment.objects.exists()


def test_the_next_check_up_is_counted_from_the_last_visit(tmp_path: Path, clock: Any) -> None:
    at = house()
    bring_in(tmp_path)
    came("Trần Thị Dung", dt.date(2026, 4, 1), at)
    batch = ImportBatch.objects.get()
    assert recalls.start_imported(batch=batch, dry_run=False) == recalls.RecallSummary(3, 1)
    assert windows() == {
        "Trần Thị An": (dt.date(2026, 7, 10), dt.date(2026, 8, 9)),
        "Trần Thị Bình": (dt.date(2026, 5, 20), dt.date(2026, 6, 19)),
        "Trần Thị Dung": (dt.date(2026, 10, 1), dt.date(2026, 10, 31)),
    }
    clock.set("2026-06-01T09:30")
    gate.decide_due()  # whose window is open is invited at once, the others when it is time
    said = Decision.objects.get()
    assert (said.contact.patient.full_name, said.end, said.reason) == (
        "Trần Thị Bình", "sent", "recall",
    )  # fmt: skip


def test_asked_for_again_it_adds_nothing(tmp_path: Path) -> None:
    house()
    said = bring_in(tmp_path, "--start-steps")
    assert "regular check-ups planned: 3" in said
    assert "past: 1" in said
    before = Contact.objects.count()
    batch = ImportBatch.objects.get()
    assert recalls.start_imported(batch=batch, dry_run=False).planned == 0
    assert Contact.objects.count() == before


def test_a_few_statements_whatever_the_number(tmp_path: Path) -> None:
    house()
    bring_in(tmp_path)
    batch = ImportBatch.objects.get()
    with CaptureQueriesContext(connection) as asked:
        recalls.start_imported(batch=batch, dry_run=False)
    assert len(asked) <= 14
