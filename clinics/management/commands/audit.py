"""`python3 manage.py audit verify`: proves that the trail is whole (docs/audit.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import schema_context

from clinics import directory, sealing


class Command(BaseCommand):
    help = "Recompute the sealed chain; names each row that was altered, removed or put in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("deed", choices=["verify"])
        parser.add_argument("--clinic", metavar="SCHEMA", help="this one; else all")
        parser.add_argument("--expect", metavar="HASH", help="an end of a chain noted elsewhere")

    def handle(self, *args: Any, **options: Any) -> None:
        schemas = [listed.clinic.schema_name for listed in directory.clinics()]
        wanted = options["clinic"]
        if wanted and wanted not in schemas:
            raise CommandError(f"There is no clinic {wanted}.")
        faults, heads = 0, set[str]()
        for schema in [wanted] if wanted else schemas:
            with schema_context(schema):
                for trail in sealing.TRAILS:
                    found = sealing.verify(trail)
                    self._tell(schema, found)
                    faults += len(found.faults)
                    heads |= found.heads
        if options["expect"] and options["expect"] not in heads:
            raise CommandError("The expected end stands in no chain: a part of it was replaced.")
        if faults:
            raise CommandError(f"{faults} faults: the trail is not what was sealed.")

    def _tell(self, schema: str, found: sealing.Verdict) -> None:
        said = f"{schema} {found.trail}: {found.sealed} rows sealed in {found.blocks} blocks"
        said += f", {found.unsealed} not yet"
        if found.unsealed_since:
            said += f" (since {found.unsealed_since:%Y-%m-%d %H:%M}Z)"
        if found.redacted:
            said += f", {found.redacted} redacted"
        self.stdout.write(f"{said}; end {found.head}")
        for fault in found.faults:
            self.stdout.write(f"  {fault}")
