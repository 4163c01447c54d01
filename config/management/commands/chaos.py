"""`chaos NAME [--json] [--long]`: kill the product's parts while it works, then count."""

from __future__ import annotations

import importlib
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.management.commands.bench import told

#: Each is a function `run(*, long: bool, say) -> dict[str, float]` (docs/benchmarks.md, "Chaos").
CHAOS = {"messaging": "config.chaos.messaging"}


class Command(BaseCommand):
    help = "Kill the product's parts while it works, and count what came of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(CHAOS))
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--long", action="store_true")
        parser.add_argument("--seed", type=int, default=0, help="the same order of kills again")

    def handle(self, *args: Any, **options: Any) -> None:
        module = importlib.import_module(CHAOS[options["name"]])
        figures: dict[str, float] = module.run(
            long=options["long"], seed=options["seed"], say=self.stderr.write
        )
        self.stdout.write(told(options["name"], figures, as_json=options["json"]))
