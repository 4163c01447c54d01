"""Receipts a second that the running product takes while it sends.

Web, worker, beat and gateway run as in the demo, on a database that keeps what it commits. The
outbox always has something to send; a process of its own posts signed receipts over kept
connections as fast as they are answered. Then the rows are counted (docs/benchmarks.md).
"""

from __future__ import annotations

import datetime as dt
import json
import os
import statistics
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django_tenants.utils import schema_context

from clinics import clock
from config.chaos.stage import Stage, stage
from config.paths import PYTHON, ROOT
from messaging.benches import dispatch
from messaging.models import Inbound, Message, MessageState, ProviderAccount
from messaging.providers.zalo import webhook

SECONDS, LONG_SECONDS = 6, 30
CONNECTIONS = 16
#: Queued for each second of posting: more than can be sent meanwhile.
QUEUED_A_SECOND = 900
#: Messages the provider has, for each second of posting: half of the receipts are about them.
ACCEPTED_A_SECOND = 400
MORNING = "2026-06-03T09:30"


class NothingToSend(Exception):
    """The outbox was empty before the end: it was not measured what is asked."""


def run(*, long: bool) -> dict[str, float]:
    """`per_second`, `p99_ms`, `lost` (answered by 200 and not stored), `twice`, `refused`,
    `sent_per_second` meanwhile, `load` of the machine, `web_cpu_ms` of processor time a receipt
    takes in the web (hardly moved by what else runs). Raises NothingToSend."""
    seconds = LONG_SECONDS if long else SECONDS
    clock.move(to=clock.parse(MORNING))
    with stage(web_workers=2) as here, schema_context("an_tam"):
        account, known = _furnish(here, seconds)
        number = _queued()
        here.wait(lambda: _queued() < number, "the outbox is being sent", 60)
        before = _queued()
        used = _processor(here.running.children["web"].pid)
        told = _post(here, account, known, seconds)
        used = _processor(here.running.children["web"].pid) - used
        left = _queued()
        if not left:
            raise NothingToSend
        figures = _figures(told, before - left)
        return figures | {"web_cpu_ms": used / len(told["posted"]) * 1000}


def _furnish(here: Stage, seconds: int) -> tuple[ProviderAccount, list[str]]:
    """The clinic with a full outbox, and the uids of messages its provider has already."""
    account, template, patient = dispatch.connect()
    here.gateway("settings", {"delivery_seconds": 86_400})
    spare = seconds + 10  # until the web is warm, and after the last receipt
    number = QUEUED_A_SECOND * spare
    messages = dispatch.write(account, template, patient, number + ACCEPTED_A_SECOND * spare)
    known = [each.uid for each in messages[number:]]
    now = clock.now()
    Message.objects.filter(uid__in=known).update(
        state=MessageState.ACCEPTED,
        called_at=now,
        accepted_at=now,
        due_at=now + dt.timedelta(hours=2),
    )
    return account, [uid.hex for uid in known]


def _queued() -> int:
    return Message.objects.filter(state=MessageState.QUEUED).count()


def _processor(group: int) -> float:
    """Seconds of processor time used by the living processes of a group."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _post(here: Stage, account: ProviderAccount, known: list[str], seconds: int) -> dict[str, Any]:
    said = json.loads(account.credentials)
    task = {
        "port": here.port,
        "host": settings.BASE_DOMAIN,
        "seconds": seconds,
        "connections": CONNECTIONS,
        "oa_id": account.account_id,
        "app_id": said["app_id"],
        "secret": said["oa_secret"],
        "now_ms": round(clock.now().timestamp() * 1000),
        "known": known,
    }
    done = subprocess.run(
        [str(PYTHON), "-m", "config.benches.posting"],
        input=json.dumps(task) + "\n",
        text=True,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _figures(told: dict[str, Any], sent: int) -> dict[str, float]:
    times = told["milliseconds"]
    there = list(Inbound.objects.filter(genuine=True).values_list("dedupe_key", flat=True))
    keys = {_key(ref) for ref in told["answered"]}
    posted = {_key(ref) for ref in told["posted"]}
    return {
        "per_second": len(times) / told["seconds"],
        "p99_ms": statistics.quantiles(times, n=100)[98],
        "p50_ms": statistics.median(times),
        "lost": len(keys - set(there)),
        "twice": len(there) - len(posted & set(there)),
        "refused": told["refused"],
        "sent_per_second": sent / told["seconds"],
        "load": os.getloadavg()[0],
    }


def _key(ref: str) -> str:
    """Under which a receipt is stored once."""
    return webhook.dedupe_key({"event_name": "user_received_message", "message": {"msg_id": ref}})
