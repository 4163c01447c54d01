"""Do the due work once, here and now, instead of waiting for the worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinics import due


class Command(BaseCommand):
    help = "Work off what is due, in every clinic or in one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", metavar="SCHEMA")

    def handle(self, *args: Any, **options: Any) -> None:
        schemas = sorted({item.schema for item in due.due_now(options["clinic"])})
        for schema in schemas:
            self.stdout.write(f"{schema}: {due.work_off(schema)} visits")
        if not schemas:
            self.stdout.write("nothing is due")
