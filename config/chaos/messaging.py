"""Ten thousand reminders while everything is killed: none lost, none twice, none unseen.

The people come in by the product's own import, their reminders fall due at once, and while they
are decided, sent and reported on, workers, web, beat, broker and database die at random; the
gateway loses answers, doubles and reorders its reports. Then its book is compared with the
product's (docs/messages.md, "Lost, doubled, unknown").
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db.models import Count
from django_tenants.utils import schema_context

from clinics import clock
from config.chaos.judge import Verdicts, judge
from config.chaos.stage import Stage, stage
from config.history.places import furnish
from followup.models import Contact
from messaging.models import Inbound, Message, ProviderAccount
from patients.public import Patient, basis

CONTACTS, LONG_CONTACTS = 500, 10_000
KILLS, LONG_KILLS = 6, 30
#: How long the gateway takes for an answer, so that there is always something under way.
SLOW_MS, LONG_SLOW_MS = 1_000, 300
#: One in so many says while it goes on that she wants no more messages.
REFUSES = 50
SCHEMA = "an_tam"
EVENING, DUE = "2026-06-02T16:00", "2026-06-03T09:30"
SLOT_DAY = "2026-06-04"
#: Seconds between two kills, so that the product works in between.
PAUSE = (2.0, 4.5)
#: How the clock goes on afterwards: the gateway's repetitions, then the ends of every wait.
AFTERWARDS = ("31s", "5m", "15m", "30m", "1h", "30m", "4h", "15m", "14h", "1d")


def run(*, long: bool, seed: int, say: Callable[[str], Any]) -> dict[str, float]:
    """Play it. Raises NotReached when the product does not come to rest again."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
    number = LONG_CONTACTS if long else CONTACTS
    clock.move(to=clock.parse(EVENING))
    with stage() as here, schema_context(SCHEMA):
        began = time.monotonic()
        furnish(SCHEMA)
        ProviderAccount.objects.update(per_minute=0)  # as fast as it goes
        _people(number, here.servers.folder)
        say(f"{number} reminders planned after {time.monotonic() - began:.0f} s")
        slow_ms = LONG_SLOW_MS if long else SLOW_MS
        _misbehave(here, slow_ms=slow_ms)
        clock.move(to=clock.parse(DUE))
        kills = LONG_KILLS if long else KILLS
        refusals = dict(_hurt(here, dice, kills, slow_ms, say))
        _misbehave(here, slow_ms=0)
        _come_to_rest(here, say)
        verdicts = here.look(lambda: judge(here.gateway("book")["messages"], refusals))
        say(f"after {time.monotonic() - began:.0f} s: {_told(verdicts)}")
        return {"contacts": number, "kills": sum(here.kills.values()), **verdicts.figures()}


def _people(number: int, folder: Path) -> None:
    """Appointments of as many people on one day, by the import a moving practice would use."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["patient", "full_name", "phone", "branch", "appointment", "on_date", "start", "booked_at"]
    )
    for each in range(number):
        hour, minute = divmod(each % 480, 60)
        who = (f"p{each}", "Nguyễn Thu Trang", f"09{30_000_000 + each}", "Quận 3")
        writer.writerow([*who, f"a{each}", SLOT_DAY, f"{10 + hour:02}:{minute:02}", "2026-05-20"])
    path = folder / "people.csv"
    path.write_text(text.getvalue())
    call_command(
        "import_data", str(path), clinic=SCHEMA, kind="appointments", basis="care-2026-01",
        start_steps=True, mapping=_mapping(folder), stdout=io.StringIO(),
    )  # fmt: skip


def _mapping(folder: Path) -> Path:
    names = ("patient", "full_name", "phone", "branch", "appointment", "on_date", "start")
    columns = {name: name for name in (*names, "booked_at")}
    path = folder / "mapping.json"
    path.write_text(
        json.dumps({"kind": "appointments", "create_branches": True, "columns": columns})
    )
    return path


def _misbehave(here: Stage, *, slow_ms: int) -> None:
    here.gateway("settings", {"delivery_seconds": 1})
    here.gateway("mode", {"slow_ms": slow_ms})
    wild = bool(slow_ms)
    here.gateway("webhooks", {"duplicate": wild, "reorder": wild})


def _hurt(
    here: Stage, dice: random.Random, kills: int, slow_ms: int, say: Callable[[str], Any]
) -> Iterator[tuple[int, dt.datetime]]:
    """Kill until it was often enough and the reminders have gone out; people refuse meanwhile.
    Yields who refused, and when."""
    people = here.look(lambda: list(Patient.objects.order_by("pk").values_list("pk", flat=True)))
    refusing = dice.sample(people, max(1, len(people) // REFUSES))
    while True:
        time.sleep(dice.uniform(*PAUSE))
        here.stand_up()
        if dice.random() < 0.5:
            here.gateway("mode", {"channel": "zalo", "lose_answer": True, "only_next": 5})
        else:
            here.gateway("mode", {"slow_ms": slow_ms})
        if refusing:
            yield _refuse(here, refusing.pop())
        if sum(here.kills.values()) < kills:
            part = here.kill_one(dice)
            say(f"killed {part}; {here.look(_waiting)} wait")
        elif not here.look(_waiting):
            return


def _refuse(here: Stage, patient: int) -> tuple[int, dt.datetime]:
    """Recorded surely: again when the database died in the middle of it."""

    def refuse() -> dt.datetime:
        basis.refuse(patient=Patient.objects.get(pk=patient), purpose="care")
        return clock.now()

    moment: dt.datetime = here.look(refuse)
    return patient, moment


def _waiting() -> int:
    """What is due and not done."""
    now = clock.now()
    contacts = Contact.objects.filter(due_at__lte=now).count()
    return contacts + Message.objects.filter(state="queued", due_at__lte=now).count()


def _come_to_rest(here: Stage, say: Callable[[str], Any]) -> None:
    """Let the clock go on until nothing waits any more; after each step everything due is done."""
    here.wait(here.ready, "everything is up again", 90)
    here.wait(lambda: _quiet(here), "what is due is done", 180)
    for span in AFTERWARDS:
        call_command("clock", advance=span, stdout=io.StringIO())
        here.wait(lambda: _quiet(here), f"what is due is done ({span} later)", 180)
    left = here.look(lambda: Message.objects.filter(due_at__isnull=False).count())
    say(f"at rest; {left} messages still wait")


def _quiet(here: Stage) -> bool:
    """Nothing is due in the product, and the gateway has nothing to tell."""
    now = clock.now()
    if _waiting() or Message.objects.filter(due_at__lte=now).exists():
        return False
    if Inbound.objects.filter(due_at__lte=now).exists():
        return False
    told = here.gateway("book")["messages"]
    return not any(row["receipt"] == "due" and _overdue(row, now) for row in told)


def _overdue(row: dict[str, Any], now: dt.datetime) -> bool:
    """A report that should have been taken: told and not answered, with nothing to wait for."""
    at = row["delivered_at"]
    return at is not None and now.timestamp() - at > 2 * 3600


def _told(verdicts: Verdicts) -> str:
    rows = Message.objects.values_list("channel", "state").annotate(n=Count("pk"))
    states = ", ".join(f"{channel} {state} {n}" for channel, state, n in rows.order_by("channel"))
    return f"{states}; {'; '.join(verdicts.said) or 'both books agree'}"
