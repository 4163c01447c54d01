"""`bench NAME [--json]`: measured as ratios inside one run, on servers of its own."""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

#: Each bench is a function `run(*, long: bool) -> dict[str, float]` (docs/benchmarks.md).
BENCHES = {
    "dispatch": "messaging.benches.dispatch",
    "followup": "followup.benches.tick",
    "import": "followup.benches.importing",
    "pages": "config.benches.pages",
    "webhooks": "config.benches.webhooks",
}


def machine() -> str:
    """What it was measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def commit() -> str:
    """The commit that was measured, or "unknown" outside a checkout."""
    said = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
    )
    return said.stdout.strip() or "unknown"


def told(name: str, figures: dict[str, float], *, as_json: bool) -> str:
    """Figures as people or as scripts read them (docs/benchmarks.md)."""
    if not as_json:
        return "\n".join(f"{key:32} {value:,.3f}" for key, value in figures.items())
    return json.dumps({"name": name, "figures": figures, "machine": machine(), "commit": commit()})


class Command(BaseCommand):
    help = "Measure one part of the product (docs/benchmarks.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(BENCHES))
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--long", action="store_true")
        parser.add_argument("--allow-destroy", action="store_true", help="use DATABASE_URL")

    def handle(self, *args: Any, **options: Any) -> None:
        own = {"CRM_TEST_ADMIN_URL", "CHAOS_PORT"} & set(os.environ)
        if not own and not options["allow_destroy"]:
            raise CommandError("This would write into DATABASE_URL: say --allow-destroy.")
        module = importlib.import_module(BENCHES[options["name"]])
        figures: dict[str, float] = module.run(long=options["long"])
        self.stdout.write(told(options["name"], figures, as_json=options["json"]))
