"""Fill the demo's clinics with history (once). The demo runs it after opening them."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import schema_context

from clinics import acting, opening
from clinics.public import clock, places
from clinics.registry.models import Clinic, Domain, Lease
from config import demo
from config.history import plans
from config.history.digest import digest
from config.history.places import PLACES
from config.operators import hire_operator
from config.supervisor import Running

SEED = 20_261_117


class Command(BaseCommand):
    help = "Give the demo's clinics their life so far; a clinic that has branches is left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=plans.PILOT, help="of the chain's life")
        parser.add_argument("--digest", action="store_true", help="say what each history comes to")

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get("CRM_ENV") == "production":
            raise CommandError("The demo's history is not for production.")
        hire_operator("operator", os.environ["CRM_DEMO_PASSWORD"])
        wanted = [schema for schema in PLACES if not _is_complete(schema)]
        if not wanted:
            return
        _collect_seldom()
        with _web_and_gateway():
            for schema in wanted:
                began = time.monotonic()
                _begin_anew(schema)
                with schema_context(schema), acting.within("command"):
                    plans.live(schema, seed=SEED + len(schema), days=options["days"])
                    word = digest() if options["digest"] else ""
                _mark_complete(schema)
                self.stdout.write(f"· {schema}: {time.monotonic() - began:.0f} s {word}".rstrip())


def _collect_seldom() -> None:
    """A minute of making rows leaves no cycles worth looking for: a tenth of its time is saved."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _is_complete(schema: str) -> bool:
    return Lease.objects.filter(name=f"history:{schema}").exists()


def _mark_complete(schema: str) -> None:
    now = clock.now()
    Lease.objects.create(name=f"history:{schema}", holder="demo", renewed_at=now, until=now)


def _begin_anew(schema: str) -> None:
    """Drop what a start that was killed left half made."""
    with schema_context(schema):
        untouched = not places.branches().exists()
    if untouched:
        return
    host = Domain.objects.get(tenant__schema_name=schema, is_primary=True).domain
    name = Clinic.objects.get(schema_name=schema).name
    opening.close_clinic(schema)
    opening.open_clinic(schema=schema, host=host, name=name)


@contextmanager
def _web_and_gateway() -> Iterator[None]:
    """The two processes a message needs to arrive; the worker's part is done in this process."""
    port = int(os.environ["BASE_DOMAIN"].partition(":")[2] or 8000)
    os.environ["GATEWAY_DELAY"] = "0"  # phones ring at once, or the history would take an hour
    wanted = [one for one in demo.programs(port) if one.name in ("web", "gateway")]
    running = Running(wanted)
    try:
        for address in (f"http://127.0.0.1:{port}/healthz", f"{os.environ['GATEWAY_URL']}/"):
            _until_up(address)
        yield
    finally:
        running.stop()


def _until_up(address: str, seconds: float = 120) -> None:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            requests.get(address, timeout=2)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise CommandError(f"{address} does not answer.")
