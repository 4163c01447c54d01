"""What the real file holds, and that it came in as it is: 110,527 appointments of another country's
clinics, six of which cannot be true."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pandas as pd
from django.core.management import call_command
from django.db.models import Count, Q

from clinics.public import Branch
from patients.public import Appointment, Basis, ImportBatch, Patient, Person, basis

FILE = Path(os.environ.get("REAL_DATA") or "/nowhere") / "medical-no-shows.csv.zip"


def run(*arguments: str) -> list[str]:
    """What `import_data` said, line by line."""
    out = io.StringIO()
    call_command("import_data", *arguments, stdout=out)
    return out.getvalue().splitlines()


def bring(aside: Path, *more: str) -> list[str]:
    """Import it; what is set aside is written down in `aside`."""
    what = ("--clinic", "an_tam", "--kind", "appointments", str(FILE))
    return run(*what, "--basis", "care-2026-01", "--set-aside", str(aside), *more)


def by_branch() -> dict[str, tuple[int, int]]:
    rows = (
        Appointment.objects.filter(voided_at__isnull=True)
        .values_list("branch__name")
        .annotate(all=Count("id"), missed=Count("id", filter=Q(outcome="no_show")))
    )
    return {name: (missed, all_) for name, all_, missed in rows}


def came_in(said: list[str], aside: Path) -> None:
    """Everything but six rows stands as the file says."""
    for line in ("read: 110527", "created: 110521", "updated: 0", "unchanged: 0", "set aside: 6"):
        assert line in said
    _six_rows_have_their_reason(aside)

    source = pd.read_csv(FILE, dtype=str)
    lines = pd.read_csv(aside)["line"]
    kept = source.drop(index=list(lines - 2))
    missed = (kept["No-show"] == "Yes").groupby(kept["Neighbourhood"])
    expected = {str(name): (int(flags.sum()), len(flags)) for name, flags in missed}
    assert by_branch() == expected
    assert len(expected) == Branch.objects.count() == 81
    total = Appointment.objects.filter(outcome="no_show").count() / Appointment.objects.count()
    assert total == 22314 / 110521 == 0.2018982817745044

    _patients_are_as_in_the_file(kept)
    batch = ImportBatch.objects.get()
    assert (batch.rows_created, batch.rows_set_aside) == (110521, 6)


def changes_nothing_again(aside: Path) -> None:
    """The same file once more is the same batch."""
    counts = _counts()
    again = bring(aside)
    for line in ("created: 0", "updated: 0", "unchanged: 110521", "set aside: 6",
                 "patients created: 0", "patients updated: 0", "basis noted: 0"):  # fmt: skip
        assert line in again
    assert f"batch: {ImportBatch.objects.get().uid}" in again
    assert _counts() == counts


def goes_out() -> None:
    """The import taken back leaves no appointment and nobody."""
    undone = run("--clinic", "an_tam", "--undo", str(ImportBatch.objects.get().uid))
    assert "appointments voided: 110521" in undone
    assert by_branch() == {}
    assert not Patient.objects.filter(voided_at__isnull=True).exists()


def _six_rows_have_their_reason(aside: Path) -> None:
    rows = pd.read_csv(aside, dtype=str)
    assert list(rows["line"]) == ["27035", "55228", "64177", "71535", "72364", "99834"]
    before = rows["reason"].str.contains("before the day it was booked")
    assert list(before) == [True] * 5 + [False]
    assert rows["reason"].iloc[5] == "The age -1 is below zero."
    assert rows["AppointmentID"].iloc[0] == "5679978"


def _patients_are_as_in_the_file(kept: pd.DataFrame) -> None:
    assert Patient.objects.count() == Person.objects.count() == kept["PatientId"].nunique()
    assert not Patient.objects.exclude(external_id__in=set(kept["PatientId"])).exists()
    first = kept.drop_duplicates("PatientId")
    homes = dict(Patient.objects.values_list("external_id", "branch__name"))
    assert homes == dict(zip(first["PatientId"], first["Neighbourhood"], strict=True))
    ages = dict(Patient.objects.values_list("external_id", "age_years"))
    last = kept.sort_values("AppointmentDay", kind="stable").drop_duplicates(
        "PatientId", keep="last"
    )
    assert ages == dict(zip(last["PatientId"], last["Age"].astype(int), strict=True))
    row = Appointment.objects.get(external_id="5642903")
    assert row.during is None
    assert (row.on_date.isoformat(), row.booked_at.isoformat(), str(row.outcome_at)) == (
        "2016-04-29", "2016-04-29T11:38:08+00:00", "2016-04-29 16:59:00+00:00",
    )  # fmt: skip
    assert (row.outcome, row.status, row.sms_received) == ("on_time", "done", False)
    assert row.recorded_at == row.booked_at
    assert Basis.objects.count() == Patient.objects.count()
    verdict = basis.verdicts([row.patient_id], "care")[row.patient_id]["sms"]
    assert (verdict.allowed, verdict.text_version) == (True, "care-2026-01")


def _counts() -> list[int]:
    return [model.objects.count() for model in (Appointment, Patient, Person, Basis, ImportBatch)]
