"""A worker killed between send and settle: one message reaches her; never two, never none.

Worker, gateway and database are real; the worker is a process of its own and dies by SIGKILL.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django_tenants.utils import schema_context

from clinics.models import Branch
from clinics.public import due
from clinics.registry.models import DueHint
from config.paths import ROOT
from messaging import setup
from messaging.models import Message
from tests.messaging.gateway_server import until
from tests.messaging.outposts import Outpost, Wire

#: run_due, but the given function never comes back: everything before it has happened.
WORKER = """
import sys, time
import django; django.setup()
from clinics import due
from messaging import dispatch

def dies_here(*args, **kwargs):
    print("here", flush=True)
    time.sleep(600)

point = sys.argv[1]
if point == "before send":
    dispatch.Burst.start = dies_here
elif point == "after send":
    dispatch.judge = dies_here
due.work_off("an_tam")
print("done", flush=True)
"""


@pytest.fixture
def committed(own_database: str, wire: Wire) -> Iterator[Outpost]:
    """The clinic with its accounts, committed, so that other processes see it."""
    with schema_context("an_tam"):
        branch = Branch.objects.create(name="Quận 3", code="q3")
        yield Outpost(branch, setup.connect_gateway())


def kill_worker(at: str, settings: Any) -> None:
    """Run a worker up to a point, then kill it there."""
    names = ("GATEWAY_URL", "ZALO_BUSINESS_URL", "ZALO_OAUTH_URL", "ESMS_URL", "BASE_DOMAIN")
    env = dict(os.environ) | {name: getattr(settings, name) for name in names}
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, at], env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        lines = iter(worker.stdout.readline, "")
        assert next(line for line in lines if line.strip() in ("here", "done")).strip() == "here"
        worker.send_signal(signal.SIGKILL)


def tick() -> None:
    """What beat does, with the killed worker's lock gone."""
    until(lambda: not due.due_now("an_tam") or due.work_off("an_tam"))


def wait_and_see(committed: Outpost, message: Message, clock: Any) -> None:
    """Nothing follows as long as a receipt may come; then it is unknown, and the SMS goes once."""
    for minutes in (6, 60, 63):
        clock.advance(minutes=minutes)
        tick()
        assert committed.attempts(message) == [("zalo", "calling")]
    for _ in range(3):
        clock.advance(minutes=5)
        tick()
    assert [each[0] for each in committed.attempts(message)] == ["zalo", "sms"]
    stored = Message.objects.filter(intent=message.intent).order_by("attempt")
    assert [row.state == "unknown" for row in stored] == [True, False]
    assert not any(row.overlapped for row in stored)


def reached(wire: Wire) -> list[tuple[str, str]]:
    """What the gateway's book holds: the judge of lost and doubled."""
    return [(row["channel"], row["state"]) for row in wire.book()]


def test_killed_after_zalo_took_it(
    committed: Outpost, wire: Wire, settings: Any, clock: Any
) -> None:
    """The receipt alone tells what became of it: one accepted message."""
    clock.set("2026-06-01T10:00")
    message = committed.say()
    kill_worker("after send", settings)
    assert committed.attempts(message) == [("zalo", "calling")]
    wire.carry()
    tick()
    assert committed.attempts(message) == [("zalo", "delivered")]
    for _ in range(4):
        clock.advance(hours=1)
        tick()
    assert reached(wire) == [("zalo", "delivered")]


def test_killed_after_zalo_took_what_it_never_delivers(
    committed: Outpost, wire: Wire, settings: Any, clock: Any
) -> None:
    """One expired Zalo message, and then one SMS."""
    clock.set("2026-06-01T10:00")
    patient = committed.patient()
    wire.phone(committed.phone_of(patient), zalo="never_delivers")
    message = committed.say(patient)
    kill_worker("after send", settings)
    wait_and_see(committed, message, clock)
    wire.gateway.settled(wire.book()[0]["id"])  # by its own clock, which follows ours
    assert reached(wire)[0] == ("zalo", "expired")
    assert [channel for channel, _state in reached(wire)] == ["zalo", "esms"]


def test_killed_before_zalo_heard_of_it(
    committed: Outpost, wire: Wire, settings: Any, clock: Any
) -> None:
    """Nobody can know: after the time a receipt had, one SMS."""
    clock.set("2026-06-01T10:00")
    message = committed.say()
    kill_worker("before send", settings)
    tick()
    assert reached(wire) == []
    wait_and_see(committed, message, clock)
    assert [channel for channel, _state in reached(wire)] == ["esms"]


@pytest.mark.parametrize("at", ["before send", "after send"])
def test_killed_at_esms_the_same_key_goes_again(
    committed: Outpost, wire: Wire, settings: Any, clock: Any, at: str
) -> None:
    clock.set("2026-06-01T10:00")
    patient = committed.patient()
    wire.phone(committed.phone_of(patient), zalo="none")
    first = committed.say(patient)
    tick()  # by this her number is known to have no Zalo
    message = committed.say(patient, key="nudge", intent=uuid.uuid4())
    assert message.channel == "sms"
    kill_worker(at, settings)
    clock.advance(minutes=3)
    tick()
    assert committed.attempts(message)[0][1] in ("accepted", "delivered")
    keys = [row["request_id"] for row in wire.book(channel="esms")]
    assert len(keys) == len(set(keys)) == 2
    assert committed.attempts(first)[1][0] == "sms"


def test_a_live_worker_is_left_alone(
    committed: Outpost, wire: Wire, settings: Any, clock: Any
) -> None:
    """Two workers at one clinic: the second finds nothing to do, nothing is said twice."""
    for _ in range(60):
        committed.say()
    wire.mode(channel="zalo", slow_ms=100)
    names = ("GATEWAY_URL", "ZALO_BUSINESS_URL", "ZALO_OAUTH_URL", "ESMS_URL", "BASE_DOMAIN")
    env = dict(os.environ) | {name: getattr(settings, name) for name in names}
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WORKER, "nowhere"]
    workers = [subprocess.Popen(command, env=env, cwd=ROOT) for _ in range(2)]
    assert [worker.wait(60) for worker in workers] == [0, 0]
    assert len(wire.book()) == 60
    assert wire.control("book?summary=1")["repeated"] == {"zalo": {}, "esms": {}}
    assert Message.objects.filter(state="accepted").count() == 60
    with schema_context("public"):
        assert DueHint.objects.filter(kind="outbox").exists()  # when to look whether they arrived
