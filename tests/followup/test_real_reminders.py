"""The real file with the clock in 2016: every reminder then due ends in one decision.

pandas counts the same by the rule of docs/protocols.md: an appointment of which only the day is
known starts at that day's first moment, so its reminder is at 09:30 two days before; it is
reminded when it is booked by now, a day ahead at least, and still to come.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.core.management import call_command
from django.db.models import Count

from clinics.public import Branch
from followup import unreached
from followup.public import Contact, Decision

FOLDER = os.environ.get("REAL_DATA", "")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="REAL_DATA does not name the folder with medical-no-shows.csv.zip"
)
NOW = pd.Timestamp("2016-05-02")


def expected() -> tuple[int, pd.Series[int]]:
    """How many reminders are planned, and how many are due by now in each place."""
    rows = pd.read_csv(Path(FOLDER) / "medical-no-shows.csv.zip", dtype=str)
    booked = pd.to_datetime(rows["ScheduledDay"].str.rstrip("Z"))
    start = pd.to_datetime(rows["AppointmentDay"].str[:10])
    kept = (rows["Age"].astype(int) >= 0) & (start >= booked.dt.normalize())
    ahead = kept & (start > NOW) & (booked <= NOW) & (booked <= start - pd.Timedelta("24h"))
    at = start - pd.Timedelta("2D") + pd.Timedelta("9h30min")
    due = ahead & (at <= NOW)
    return int(ahead.sum()), rows[due].groupby("Neighbourhood").size()


def test_every_reminder_then_due_is_decided_once(clinic: Any, clock: Any, tmp_path: Path) -> None:
    clock.set("2016-05-02")
    planned, due = expected()
    assert planned > due.sum() > 0

    said = io.StringIO()
    file = str(Path(FOLDER) / "medical-no-shows.csv.zip")
    call_command(
        "import_data", "--clinic", "an_tam", "--kind", "appointments", file,
        "--basis", "care-2026-01", "--start-steps", "--set-aside", str(tmp_path / "aside.csv"),
        stdout=said,
    )  # fmt: skip
    assert f"reminders planned: {planned}" in said.getvalue()
    assert Contact.objects.count() == planned

    call_command("run_due", clinic="an_tam", stdout=io.StringIO())
    ends = Decision.objects.values_list("end", "reason").annotate(n=Count("id"))
    assert list(ends) == [("failed", "no_contact_point", due.sum())]
    decided = Contact.objects.filter(due_at__isnull=True)
    assert decided.count() == decided.filter(decision__isnull=False).count() == due.sum()

    by_branch = decided.values_list("branch__name").annotate(n=Count("id"))
    assert dict(by_branch) == due.to_dict()
    place = Branch.objects.get(name=due.idxmax())
    assert [(pile.code, pile.n) for pile in unreached.piles([place])] == [
        ("no_contact_point", due.max())
    ]

    call_command("run_due", clinic="an_tam", stdout=io.StringIO())
    assert Decision.objects.count() == due.sum()
