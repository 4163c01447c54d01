"""110,527 real appointments through the import: `no_show` equals pandas to the last digit."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from clinics.registry.models import Clinic
from kpi import reads, refresh
from kpi.models import Dirty, KpiUnit
from patients.public import imports

FILE = Path(os.environ.get("REAL_DATA") or "/nowhere") / "medical-no-shows.csv.zip"
pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason="REAL_DATA does not name the folder of the real appointments"
)
SPRING = {"first": dt.date(2016, 1, 1), "until": dt.date(2017, 1, 1)}


@pytest.fixture
def rows() -> pd.DataFrame:
    """The rows that are kept, as pandas reads them."""
    found = pd.read_csv(FILE)
    day = pd.to_datetime(found["AppointmentDay"].str[:10])
    booked = pd.to_datetime(found["ScheduledDay"].str[:10])
    kept = (found["Age"] >= 0) & (day >= booked)
    return found.assign(day=day, missed=found["No-show"].eq("Yes"))[kept]


def counts(rows: pd.DataFrame, by: str) -> dict[Any, tuple[int, int]]:
    """Who did not come, and all, for each value of a column."""
    found = rows.groupby(by)["missed"]
    return dict(zip(found.sum().index, zip(found.sum(), found.count(), strict=True), strict=True))


def ask(by: tuple[str, ...] = (), as_of: dt.datetime | None = None) -> list[reads.Cell]:
    asked = reads.question(
        "no_show", first=SPRING["first"], until=SPRING["until"], by=by, as_of=as_of
    )
    return reads.cells(asked)


def test_no_show_equals_pandas_in_all_and_in_every_branch(
    clinic: Clinic, rows: pd.DataFrame
) -> None:
    imported = imports.run(path=FILE, kind="appointments")
    assert len(imported.set_aside) == 6
    refresh.refresh_due()
    assert not Dirty.objects.exists()

    (total,) = ask()
    assert (total.numerator, total.denominator) == (22_314, 110_521)
    assert total.value == rows["missed"].sum() / len(rows) == 0.2018982817745044
    assert (total.immature, total.missing, total.excluded) == (0, 0, {})

    cells = ask(by=("branch",))
    expected = counts(rows, "Neighbourhood")
    assert len(cells) == len(expected) == 81
    for cell in cells:
        missed, count = expected[cell.key["branch_name"]]
        assert (cell.numerator, cell.denominator) == (missed, count)
        assert cell.value == missed / count

    by_day = counts(rows, "day")
    for cell in ask(by=("day",)):
        missed, count = by_day[pd.Timestamp(cell.key["day"])]
        assert (cell.numerator, cell.denominator) == (missed, count)

    # What had happened and was recorded by the morning of 16 May 2016: its days, and no later one.
    (then,) = ask(as_of=dt.datetime(2016, 5, 15, 17, tzinfo=dt.UTC))
    known = rows[rows["day"] < "2016-05-16"]
    assert (then.numerator, then.denominator) == (known["missed"].sum(), len(known))

    assert imported.batch is not None
    imports.undo(imported.batch.uid)
    refresh.refresh_due()
    assert ask()[0].units == 0
    assert KpiUnit.objects.filter(metric="no_show").count() == 110_521  # closed, none forgotten
