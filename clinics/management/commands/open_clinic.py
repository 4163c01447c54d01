"""Open a clinic: a schema of its own, reachable under its host name."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinics import opening


class Command(BaseCommand):
    help = "Open a clinic by replaying the ready schema (a second or less)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--schema", required=True)
        parser.add_argument("--host", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--hotline", default="+842873006868")

    def handle(self, *args: Any, **options: Any) -> None:
        if opening.already_open(schema=options["schema"], host=options["host"]):
            self.stdout.write(f"{options['schema']} is open already at {options['host']}")
            return
        began = time.perf_counter()
        try:
            opened = opening.open_clinic(
                schema=options["schema"],
                host=options["host"],
                name=options["name"],
                hotline=options["hotline"],
            )
        except opening.CannotOpen as why:
            raise CommandError(str(why)) from why
        taken = time.perf_counter() - began
        self.stdout.write(f"{opened.clinic.schema_name} is open at {opened.host} ({taken:.1f} s)")
