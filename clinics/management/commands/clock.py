"""Move the product's clock (demo and tests only); every process follows."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinics import clock

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def span(text: str) -> dt.timedelta:
    """`3d`, `90m`, `1d12h`, `-2h` as a duration; raises ValueError when it is none."""
    if not re.fullmatch(r"-?(\d+[smhdw])+", text):
        raise ValueError(f"{text!r} is no duration; write 90m, 12h, 3d or 1d12h")
    total = sum(
        (
            dt.timedelta(**{UNITS[unit]: int(count)})
            for count, unit in re.findall(r"(\d+)([smhdw])", text)
        ),
        dt.timedelta(),
    )
    return -total if text.startswith("-") else total


class Command(BaseCommand):
    help = "Move the product's clock: --set ISO, --advance 3d, --real; alone it tells the time."

    def add_arguments(self, parser: CommandParser) -> None:
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--set", metavar="ISO", help="an ISO date or time on the clinic's clock")
        way.add_argument("--advance", metavar="SPAN", help="90m, 12h, 3d, 1d12h")
        way.add_argument("--real", action="store_true", help="back to real time")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["real"]:
                clock.move(to=None)
            elif options["set"]:
                clock.move(to=clock.parse(options["set"]))
            elif options["advance"]:
                clock.move(to=clock.now() + span(options["advance"]))
        except (ValueError, RuntimeError) as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write(clock.local(clock.now()).isoformat(timespec="seconds"))
