"""What taking in a file costs, beside the bare COPY of its rows (docs/benchmarks.md).

The real appointments where REAL_DATA names their folder; elsewhere as many made-up rows of the same
shape. It takes the rows in once; they are taken out again afterwards.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
from pathlib import Path

import pandas as pd
from django.db import connection, transaction
from django_tenants.utils import schema_context

from patients.public import imports

REAL = "medical-no-shows.csv.zip"
MADE_UP = 110_527
PLACES = 81


def run(*, long: bool) -> dict[str, float]:
    """`rows_per_s`, `vs_copy` (rate ÷ that of the COPY), `set_aside`."""
    with tempfile.TemporaryDirectory() as folder, schema_context("an_tam"):
        path = _file(Path(folder))
        began = time.perf_counter()
        result = imports.run(path=path, kind="appointments")
        took = time.perf_counter() - began
        floor = _copied(path)
        if result.batch is not None:
            imports.undo(result.batch.uid)
    return {
        "rows_per_s": result.read / took,
        "vs_copy": floor / took,
        "set_aside": len(result.set_aside),
    }


def _file(folder: Path) -> Path:
    real = Path(os.environ.get("REAL_DATA") or "/nowhere") / REAL
    return real if real.exists() else _made_up(folder / "rows.csv")


def _made_up(path: Path) -> Path:
    numbers = pd.Series(range(MADE_UP))
    day = "2016-05-" + (numbers % 28 + 1).astype(str).str.zfill(2)
    pd.DataFrame(
        {
            "PatientId": numbers % 62_299,
            "AppointmentID": numbers,
            "Gender": "F",
            "ScheduledDay": "2016-04-29T18:38:08Z",
            "AppointmentDay": day + "T00:00:00Z",
            "Age": numbers % 90,
            "Neighbourhood": "PLACE " + (numbers % PLACES).astype(str),
            "SMS_received": numbers % 2,
            "No-show": (numbers % 5 == 0).map({True: "Yes", False: "No"}),
        }
    ).to_csv(path, index=False)
    return path


def _copied(path: Path) -> float:
    """Seconds to read the file with pandas and COPY its rows into a table without rules."""
    began = time.perf_counter()
    rows = pd.read_csv(path, dtype=str)
    text = io.StringIO()
    rows.to_csv(text, index=False, header=False)
    text.seek(0)
    columns = ", ".join(f"c{number} text" for number in range(len(rows.columns)))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bench_floor ({columns}) ON COMMIT DROP")
        copier: object = cursor
        copier.copy_expert("COPY bench_floor FROM STDIN (FORMAT csv)", text)  # type: ignore[attr-defined]
    return time.perf_counter() - began
