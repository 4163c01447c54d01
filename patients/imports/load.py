"""One file into the clinic: read, judge, write in one transaction (docs/imports/README.md)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pandas as pd
from django.db import transaction
from django.utils.translation import gettext as _

from clinics import clock
from clinics.public import Branch, Service, Staff, places
from patients import names
from patients.imports import mapping as mappings
from patients.imports import reading, rules, sql, staging, values
from patients.imports.reading import ImportRefused
from patients.models import ImportBatch, ImportKind

#: The column a set-aside file has in front of the file's own.
REASON = "reason"


@dataclass(frozen=True)
class ImportResult:
    """What a run did with the rows it read.

    `batch` is None when the file changed nothing and nothing of it stands. `batches` hold the rows
    of the file: also those of earlier runs. `set_aside` has the rows as they were, with their line
    and reason.
    """

    batch: ImportBatch | None
    batches: list[ImportBatch]
    read: int
    created: int
    updated: int
    unchanged: int
    patients_created: int
    patients_updated: int
    basis_noted: int
    set_aside: pd.DataFrame


@transaction.atomic
def run(
    *, path: Path, kind: str, mapping: Path | None = None, basis_text: str = ""
) -> ImportResult:
    """Bring a file in. The same file again changes nothing, and leaves no batch.

    A row that differs from what stands corrects it (an empty cell never erases); what stood before
    is kept for `undo`. `basis_text` is the version of the text by which the file's patients have a
    care relationship with the clinic. No news is told and nothing is sent. Everything is one
    transaction: for a trial, roll it back. Raises ImportRefused when the file is no table.
    """
    sheet = reading.read(path)
    header = [str(column) for column in sheet.rows.columns]
    chosen = mappings.load(mapping) if mapping else mappings.recognise(header, kind)
    mappings.check(chosen, header, kind)
    parsed = values.parse(sheet.rows, chosen, kind)
    known = _known(create_branches=chosen.create_branches)
    reasons = rules.judge(parsed, known)
    aside = _set_aside(sheet, reasons)
    kept = parsed.at.drop(index=reasons.index)
    with sql.alone():
        batch = ImportBatch.objects.create(
            kind=kind,
            file_name=sheet.name[-200:],
            file_sha256=sheet.sha256,
            started_at=clock.now(),
            basis_text=basis_text[:200],
        )
        written = _write(kind, kept, known, batch)
        noted = _note_basis(batch, basis_text, changed=written.changed) if len(kept) else 0
        return _finish(batch, written, noted, aside, read=len(sheet.rows) + len(sheet.ragged))


def _known(*, create_branches: bool) -> rules.Known:
    """The branches, dentists and services a file may name."""
    branches: dict[str, int] = {}
    for branch in Branch.objects.all():
        branches[rules.same(branch.code)] = branches[rules.same(branch.name)] = branch.pk
    dentists: dict[str, int] = {}
    for person in Staff.objects.select_related("user").filter(role="dentist"):
        for name in (person.user.username, person.full_name, str(person), person.short_name):
            dentists.setdefault(rules.same(name), person.pk)
    services: dict[str, int] = {}
    for service in Service.objects.all():
        services[rules.same(service.code)] = services[rules.same(service.name)] = service.pk
    return rules.Known(branches, dentists, services, create_branches)


def _set_aside(sheet: reading.Sheet, reasons: pd.Series) -> pd.DataFrame:
    """The rows that are not kept, as they stood in the file, with line and reason."""
    ours = [name for name in ("line", REASON) if name in sheet.rows.columns]  # it came back
    ragged = sheet.ragged.drop(columns=ours)
    ragged.insert(0, REASON, _("The line has more cells than the header."))
    rows = sheet.rows.loc[reasons.index].drop(columns=ours)
    rows.insert(0, REASON, reasons)
    return pd.concat([rows, ragged]).sort_index() if len(ragged) else rows


@dataclass(frozen=True)
class _Written:
    kept: int = 0
    created: int = 0
    updated: int = 0
    patients_created: int = 0
    patients_updated: int = 0
    phones: int = 0

    @property
    def changed(self) -> bool:
        return any(
            (self.created, self.updated, self.patients_created, self.patients_updated, self.phones)
        )


def _write(kind: str, kept: pd.DataFrame, known: rules.Known, batch: ImportBatch) -> _Written:
    if kept.empty:
        return _Written()
    branches = _branch_ids(kept["branch"], known)
    moment = clock.now()
    sql.stage("import_patient", staging.patients(kept, branches, moment))
    again, corrected = sql.correct_patients(batch.pk)
    new = again + sql.insert_patients(batch.pk)
    phones = 0
    if "e164" in kept.columns:
        phones = sql.insert_phones(moment)
    if "full_name" in kept.columns:
        sql.stage("import_suffix", staging.suffixes(kept))
        sql.index_names()
    created, updated = _write_rows(kind, kept, branches, known, batch, moment)
    if kind == ImportKind.PATIENTS:
        created, updated = new, corrected
    return _Written(len(kept), created, updated, new, corrected, phones)


def _write_rows(
    kind: str,
    kept: pd.DataFrame,
    branches: pd.Series,
    known: rules.Known,
    batch: ImportBatch,
    moment: dt.datetime,
) -> tuple[int, int]:
    """What the kind brings beside its patients: (created, corrected)."""
    if kind == ImportKind.APPOINTMENTS:
        rows = staging.appointments(kept, branches, known, moment)
        sql.stage("import_appointment", rows)
        again, corrected = sql.correct_appointments(batch.pk)
        return again + sql.insert_appointments(batch.pk), corrected
    if kind == ImportKind.TREATMENTS:
        sql.stage("import_treatment", staging.treatments(kept, branches, known))
        created, again = sql.insert_treatments(batch.pk)
        return created + again, 0
    if kind == ImportKind.VISITS:
        sql.stage("import_visit", staging.visits(kept, branches))
        return sql.insert_visits(batch.pk), 0
    return 0, 0


def _branch_ids(cells: pd.Series, known: rules.Known) -> pd.Series:
    """The branch of each row; a place seen for the first time is opened as a branch."""
    ids = dict(known.branches)
    codes = set(Branch.objects.values_list("code", flat=True))
    for cell in cells.unique():
        if rules.same(cell) not in ids:
            code = _free_code(cell, codes)
            codes.add(code)
            ids[rules.same(cell)] = places.open_branch(name=cell, code=code).pk
    table = {cell: ids[rules.same(cell)] for cell in cells.unique()}
    return cells.map(table)


def _free_code(name: str, taken: set[str]) -> str:
    base = names.fold(name).replace(" ", "-")[:50] or "branch"
    code, number = base, 2
    while code in taken:
        code, number = f"{base}-{number}", number + 1
    return code


def _note_basis(batch: ImportBatch, text: str, *, changed: bool) -> int:
    """Noted on the batch that holds the patients: this one, or the run before that brought them."""
    if not text:
        return 0
    home = batch if changed else (_earlier(batch) or batch)
    return sql.note_basis(home.pk, text[:60], clock.now())


def _earlier(batch: ImportBatch) -> ImportBatch | None:
    """The last run of the same file that still stands."""
    return (
        ImportBatch.objects.filter(
            kind=batch.kind, file_sha256=batch.file_sha256, undone_at__isnull=True
        )
        .exclude(pk=batch.pk)
        .order_by("-started_at", "-pk")
        .first()
    )


def _finish(
    batch: ImportBatch, written: _Written, noted: int, aside: pd.DataFrame, *, read: int
) -> ImportResult:
    """Close the batch, or drop it when the file changed nothing."""
    unchanged = written.kept - written.created - written.updated
    home: ImportBatch | None = batch
    earlier = _earlier(batch)
    if written.changed or (noted and earlier is None):
        ImportBatch.objects.filter(pk=batch.pk).update(
            finished_at=clock.now(),
            rows_read=read,
            rows_created=written.created,
            rows_updated=written.updated,
            rows_unchanged=unchanged,
            rows_set_aside=len(aside),
        )
        batch.refresh_from_db()
    else:
        batch.delete()
        home = earlier
    holders = _holders(batch.kind) if written.kept else []
    return ImportResult(
        batch=home,
        batches=holders or ([home] if home else []),
        read=read,
        created=written.created,
        updated=written.updated,
        unchanged=unchanged,
        patients_created=written.patients_created,
        patients_updated=written.patients_updated,
        basis_noted=noted,
        set_aside=aside,
    )


def _holders(kind: str) -> list[ImportBatch]:
    noun = {ImportKind.APPOINTMENTS: "appointment", ImportKind.TREATMENTS: "treatment"}.get(
        ImportKind(kind), "patient" if kind == ImportKind.PATIENTS else ""
    )
    if not noun:
        return []
    return list(ImportBatch.objects.filter(pk__in=sql.batches_of_file(noun)).order_by("pk"))


@dataclass(frozen=True)
class UndoResult:
    """What undoing took out of the numbers; all zero when it had been undone before."""

    appointments: int
    treatments: int
    visits: int
    patients: int


@transaction.atomic
def undo(batch_uid: UUID) -> UndoResult:
    """Void what a batch brought, give back what it corrected, let its basis count no more.

    Its patients go too unless something else of theirs stands. Branches it opened stay. Undone
    twice is the same as once. Raises ImportBatch.DoesNotExist.
    """
    with sql.alone():
        batch = ImportBatch.objects.select_for_update().get(uid=batch_uid)
        if batch.undone_at is not None:
            return UndoResult(0, 0, 0, 0)
        moment = clock.now()
        counts = sql.void_batch(batch.pk, moment)
    ImportBatch.objects.filter(pk=batch.pk).update(undone_at=moment)
    return UndoResult(
        counts["appointment"], counts["treatment"], counts["visit"], counts["patient"]
    )


__all__ = ["REASON", "ImportRefused", "ImportResult", "UndoResult", "run", "undo"]
