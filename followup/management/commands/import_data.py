"""Bring records of another program into a clinic; see docs/imports/README.md.

It stands in this app because `--start-steps` plans messages: the import itself is patients' own.
"""

from __future__ import annotations

import argparse
import csv
import uuid
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django_tenants.utils import schema_context, schema_exists

from followup import recalls, starts
from patients.public import ImportBatch, ImportKind, imports

#: A cell that begins like this could run as a formula where the file is opened.
_DANGEROUS = ("=", "+", "-", "@")


class Command(BaseCommand):
    help = "Import patients, appointments, treatments or visits from a csv, tsv, xlsx or zip file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.add_argument("file", metavar="FILE", nargs="?", type=Path)
        parser.add_argument("--clinic", metavar="SCHEMA", required=True)
        parser.add_argument("--kind", choices=[kind.value for kind in ImportKind])
        parser.add_argument(
            "--mapping", metavar="FILE", type=Path, help="which column is which (JSON)"
        )
        parser.add_argument(
            "--basis",
            metavar="TEXT",
            default="",
            help="version of the text by which these patients have a care relationship",
        )
        parser.add_argument(
            "--start-steps",
            action="store_true",
            help="plan the reminders or regular check-ups that are still ahead",
        )
        parser.add_argument("--dry-run", action="store_true", help="count, but write nothing")
        parser.add_argument(
            "--set-aside", metavar="FILE", type=Path, help="where rows that are not kept go"
        )
        parser.add_argument("--undo", metavar="BATCH_UID", help="void what a batch brought in")

    def handle(self, *args: Any, **options: Any) -> None:
        schema: str = options["clinic"]
        if not schema_exists(schema):
            raise CommandError(f"There is no clinic {schema!r}.")
        with schema_context(schema):
            if options["undo"]:
                self._undo(options["undo"])
                return
            if options["file"] is None or options["kind"] is None:
                raise CommandError("Say --kind KIND and a FILE (or --undo BATCH_UID).")
            try:
                self._import(schema, options)
            except imports.ImportRefused as refusal:
                raise CommandError(str(refusal)) from refusal

    def _import(self, schema: str, options: dict[str, Any]) -> None:
        with transaction.atomic():
            result = imports.run(
                path=options["file"],
                kind=options["kind"],
                mapping=options["mapping"],
                basis_text=options["basis"],
            )
            self._tell(result, options)
            if options["start_steps"]:
                self._start(result, dry_run=options["dry_run"])
            if options["dry_run"]:
                transaction.set_rollback(True)
        if options["dry_run"]:
            self.stdout.write("dry run: nothing was written")
        if len(result.set_aside):
            self._write_aside(result, options["set_aside"] or _place(schema, options["file"]))

    def _tell(self, result: imports.ImportResult, options: dict[str, Any]) -> None:
        lines = {
            "read": result.read,
            "created": result.created,
            "updated": result.updated,
            "unchanged": result.unchanged,
            "set aside": len(result.set_aside),
        }
        for name, count in lines.items():
            self.stdout.write(f"{name}: {count}")
        if options["kind"] != ImportKind.PATIENTS:
            self.stdout.write(f"patients created: {result.patients_created}")
            self.stdout.write(f"patients updated: {result.patients_updated}")
        if options["basis"]:
            self.stdout.write(f"basis noted: {result.basis_noted}")
        if result.batch is not None and not options["dry_run"]:
            self.stdout.write(f"batch: {result.batch.uid}")

    def _start(self, result: imports.ImportResult, *, dry_run: bool) -> None:
        """Plan what is still ahead, in every batch that holds rows of this file."""
        if result.batches and result.batches[0].kind == ImportKind.TREATMENTS:
            checks = [recalls.start_imported(batch=one, dry_run=dry_run) for one in result.batches]
            self.stdout.write(f"regular check-ups planned: {sum(one.planned for one in checks)}")
            self.stdout.write(f"past: {sum(one.past for one in checks)}")
            return
        found = [starts.start_imported(batch=batch, dry_run=dry_run) for batch in result.batches]
        self.stdout.write(f"reminders planned: {sum(one.planned for one in found)}")
        self.stdout.write(f"past: {sum(one.past for one in found)}")
        self.stdout.write(f"not booked yet: {sum(one.not_booked_yet for one in found)}")
        self.stdout.write(f"booked less than a day ahead: {sum(one.booked_short for one in found)}")

    def _write_aside(self, result: imports.ImportResult, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("w", encoding="utf-8-sig", newline="") as target:
            writer = csv.writer(target)
            writer.writerow(["line", *result.set_aside.columns])
            for line, *cells in result.set_aside.itertuples(name=None):
                writer.writerow([line, *(_safe(str(cell)) for cell in cells)])
        self.stdout.write(f"rows set aside, with line and reason: {place}")

    def _undo(self, uid: str) -> None:
        try:
            undone = imports.undo(uuid.UUID(uid))
        except (ValueError, ImportBatch.DoesNotExist) as none:
            raise CommandError(f"There is no import {uid!r} in this clinic.") from none
        for noun in ("appointments", "treatments", "visits", "patients"):
            self.stdout.write(f"{noun} voided: {getattr(undone, noun)}")


def _place(schema: str, file: Path) -> Path:
    """Below var/, where nothing is committed or served."""
    stem = file.name.split(".", 1)[0]
    return Path("var") / "imports" / schema / f"{stem}.set-aside.csv"


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell
