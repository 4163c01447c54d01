"""Fill the demo's clinics with history (once). The demo runs it after opening them."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_tenants.utils import schema_context

from clinics import acting, opening
from clinics.public import clock, due, places
from clinics.registry.models import Clinic, Domain, Lease
from config import demo
from config.history import book
from config.history.life import Life, send_and_wait
from config.history.places import PLACES, Practice, furnish
from config.history.replies import Replies
from config.operators import hire_operator
from config.supervisor import Running

DAYS = 90
#: The years before, from the book of the program `an_tam` had; `mai_lan` is young.
BOOK_DAYS = {"an_tam": 27 * 30}
#: Of a hundred who call, so many are regulars of the old book.
REGULARS = 45
#: In the last days messages go out twice a day; before, once is enough to be true.
LIVELY_DAYS = 7
#: So many days before the present the phones ring more often: a full calendar to look at.
RUSH_DAYS, RUSH = 5, 4.0
SEED = 20_261_117


class Command(BaseCommand):
    help = "Give the demo's clinics their life so far; a clinic that has branches is left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=DAYS)

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get("CRM_ENV") == "production":
            raise CommandError("The demo's history is not for production.")
        hire_operator("operator", os.environ["CRM_DEMO_PASSWORD"])
        wanted = [schema for schema in PLACES if not _is_complete(schema)]
        if not wanted:
            return
        with _web_and_gateway():
            for schema in wanted:
                began = time.monotonic()
                _begin_anew(schema)
                with schema_context(schema), acting.within("command"):
                    _live(schema, SEED + len(schema), options["days"])
                _mark_complete(schema)
                self.stdout.write(f"· {schema}: {time.monotonic() - began:.0f} s")


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


def _live(schema: str, seed: int, days: int) -> None:
    clock.move(to=None)
    until = clock.now()
    first = clock.day_of(until) - dt.timedelta(days=days)
    try:
        clock.move(to=clock.at(first, dt.time(7)))
        practices = furnish(schema)
        if older := BOOK_DAYS.get(schema, 0):
            book.bring_in(practices, seed=seed, first=first - dt.timedelta(older), until=first)
        life = Life(practices, seed=seed, until=until)
        replies = Replies(life, {one.branch.pk: one for one in practices})
        for left in range(days, -1, -1):
            day = first + dt.timedelta(days=days - left)
            _plan_calls(life, practices, day, RUSH if left < RUSH_DAYS else 1.0)
            _plan_messages(life, replies, day, lively=left <= LIVELY_DAYS)
        life.run()
    finally:
        clock.move(to=None)
    send_and_wait()
    due.work_off(schema)


def _plan_calls(life: Life, practices: list[Practice], day: dt.date, share: float) -> None:
    """Who calls on this day to be booked."""
    for practice in practices if day.weekday() != 6 else []:
        expected = practice.place.a_day * share
        count = int(expected) + (life.rng.random() < expected % 1)
        for _ in range(count):
            moment = clock.at(day, dt.time(life.rng.randint(8, 18), life.rng.randint(0, 59)))
            known = life.rng.randrange(100) < REGULARS
            life.at(moment, partial(life.regular if known else life.newcomer, practice))


def _plan_messages(life: Life, replies: Replies, day: dt.date, *, lively: bool) -> None:
    """When the messages of this day go out, and patients react."""
    for hour in (dt.time(9, 31), dt.time(19, 10)) if lively else (dt.time(9, 31),):
        life.at(clock.at(day, hour), partial(_messages, replies))


def _messages(replies: Replies) -> None:
    if send_and_wait():
        replies.look()
    replies.work_tasks()


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
