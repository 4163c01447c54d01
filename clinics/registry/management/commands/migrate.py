"""`migrate` for this house: the shared tables, then only the clinics that lack something.

It stands in the first installed app, so it is found before Django's and django-tenants' own.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.commands import makemigrations

from clinics import migrating


class Command(BaseCommand):
    help = "Bring public, the ready schema and every clinic to the newest migration."

    @property
    def autodetector(self) -> type[object]:
        """Django's check commands.E001 wants this to be makemigrations' own."""
        return makemigrations.Command.autodetector

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--jobs", type=int, default=2, help="processes beside each other")
        parser.add_argument("--only", nargs="+", metavar="SCHEMA", help="these schemas, no others")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["only"]:
            if failed := migrating.migrate_these(options["only"]):
                raise CommandError(f"Not migrated: {', '.join(failed)}")
            return
        try:
            visited = migrating.migrate_all(jobs=options["jobs"])
        except RuntimeError as failed_ones:
            raise CommandError(str(failed_ones)) from failed_ones
        self.stdout.write(f"migrated: {', '.join(visited)}" if visited else "nothing to migrate")
