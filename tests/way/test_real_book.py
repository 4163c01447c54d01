"""110,527 real appointments come in once, as they are, and two days are lived with them.

On 2 May 2016 every reminder then due ends in one decision; years later `no_show` equals pandas to
the last digit, and the import taken back leaves nothing. pandas counts the reminders by the rule of
docs/protocols.md: an appointment of which only the day is known starts at that day's first moment,
so its reminder is at 09:30 two days before; it is reminded when it is booked by now, a day ahead at
least, and still to come.
"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from django.core.management import call_command
from django.db.models import Count
from django.utils import translation

from clinics.public import Branch
from followup import unreached
from followup.public import Contact, Decision
from kpi import reads, refresh
from kpi.models import Dirty, KpiUnit
from tests.way import real_file

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not real_file.FILE.exists(), reason="REAL_DATA does not name the folder of the real file"
    ),
]
NOW = pd.Timestamp("2016-05-02")
SPRING = {"first": dt.date(2016, 1, 1), "until": dt.date(2017, 1, 1)}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The rows that are kept, as pandas reads them."""
    found = pd.read_csv(real_file.FILE)
    start = pd.to_datetime(found["AppointmentDay"].str[:10])
    booked = pd.to_datetime(found["ScheduledDay"].str.rstrip("Z"))
    kept = (found["Age"] >= 0) & (start >= booked.dt.normalize())
    missed = found["No-show"].eq("Yes")
    return found.assign(day=start, booked=booked, missed=missed)[kept]


def test_the_real_book(clinic: Any, clock: Any, rows: pd.DataFrame, tmp_path: Path) -> None:
    clock.set("2016-05-02")
    _every_reminder_then_due_is_decided_once(rows, tmp_path)
    clock.set("2026-06-01")
    _no_show_equals_pandas_in_all_and_in_every_branch(rows)
    with translation.override("en"):
        real_file.goes_out()
    refresh.refresh_due()
    assert _ask()[0].units == 0
    known = KpiUnit.objects.filter(metric="no_show")
    assert known.values("unit").distinct().count() == 110_521  # closed, none forgotten
    assert not known.filter(recorded__upper_inf=True).exists()


def _every_reminder_then_due_is_decided_once(rows: pd.DataFrame, tmp_path: Path) -> None:
    planned, due = _reminders(rows)
    assert planned > due.sum() > 0

    aside = tmp_path / "aside.csv"
    with translation.override("en"):
        said = real_file.bring(aside, "--start-steps")
        real_file.came_in(said, aside)
        real_file.changes_nothing_again(aside)
    assert f"reminders planned: {planned}" in said
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


def _reminders(rows: pd.DataFrame) -> tuple[int, pd.Series[int]]:
    """How many reminders are planned, and how many are due by now in each place."""
    start, booked = rows["day"], rows["booked"]
    ahead = (start > NOW) & (booked <= NOW) & (booked <= start - pd.Timedelta("24h"))
    due = ahead & (start - pd.Timedelta("2D") + pd.Timedelta("9h30min") <= NOW)
    return int(ahead.sum()), rows[due].groupby("Neighbourhood").size()


def _no_show_equals_pandas_in_all_and_in_every_branch(rows: pd.DataFrame) -> None:
    refresh.refresh_due()
    assert not Dirty.objects.exists()

    (total,) = _ask()
    assert (total.numerator, total.denominator) == (22_314, 110_521)
    assert total.value == rows["missed"].sum() / len(rows) == 0.2018982817745044
    assert (total.immature, total.missing, total.excluded) == (0, 0, {})

    cells = _ask(by=("branch",))
    expected = _counts(rows, "Neighbourhood")
    assert len(cells) == len(expected) == 81
    for cell in cells:
        missed, count = expected[cell.key["branch_name"]]
        assert (cell.numerator, cell.denominator) == (missed, count)
        assert cell.value == missed / count

    by_day = _counts(rows, "day")
    for cell in _ask(by=("day",)):
        missed, count = by_day[pd.Timestamp(cell.key["day"])]
        assert (cell.numerator, cell.denominator) == (missed, count)

    # What had happened and was recorded by the morning of 16 May 2016: its days, and no later one.
    (then,) = _ask(as_of=dt.datetime(2016, 5, 15, 17, tzinfo=dt.UTC))
    known = rows[rows["day"] < "2016-05-16"]
    assert (then.numerator, then.denominator) == (known["missed"].sum(), len(known))


def _counts(rows: pd.DataFrame, by: str) -> dict[Any, tuple[int, int]]:
    """Who did not come, and all, for each value of a column."""
    found = rows.groupby(by)["missed"]
    return dict(zip(found.sum().index, zip(found.sum(), found.count(), strict=True), strict=True))


def _ask(by: tuple[str, ...] = (), as_of: dt.datetime | None = None) -> list[reads.Cell]:
    asked = reads.question(
        "no_show", first=SPRING["first"], until=SPRING["until"], by=by, as_of=as_of
    )
    return reads.cells(asked)
