"""The usual way: a task of the queue for each message, which reads it, calls, and saves.

It is given what the product has (rows, texts and links written before, a database connection kept
for 500 tasks) and fifty threads, so that it waits for many answers at once. Only the bench
dispatch uses it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.db.models import F

from clinics import clock
from messaging import links, texts
from messaging.models import Link, Message, MessageState
from messaging.providers.base import Reply, Sending
from messaging.providers.http import call
from messaging.providers.zalo.client import Zalo
from messaging.wordings import LINK

QUEUE = "one_task"
THREADS = 50
#: Longer than the worker takes to start, or to send what a bench gives it.
PATIENCE = 60.0
ROOT = Path(__file__).resolve().parents[2]


class TooSlow(Exception):
    """The worker did not come, or did not end."""


@shared_task(queue=QUEUE)
def send(pk: int) -> None:
    """Hand one message over, from its row to its row."""
    row = Message.objects.select_related("account", "template", "contact_point").get(pk=pk)
    now = clock.now()
    Message.objects.filter(pk=pk).update(
        state=MessageState.CALLING, called_at=now, tries=F("tries") + 1
    )
    url = links.Addresses().of(bytes(Link.objects.get(intent=row.intent).nonce))
    values = {**row.values, LINK: url}
    wanted = {name: values.get(name, "") for name in row.template.params.split(",")}
    text = texts.with_link(row.text, url)
    point, provider = row.contact_point, Zalo()
    sending = Sending(row.uid, point.value, point.kind, row.template.provider_id, wanted, text)
    reply = call(provider.request(row.account, sending))
    assert isinstance(reply, Reply), reply
    now = clock.now()
    Message.objects.filter(pk=pk, state=MessageState.CALLING).update(
        state=MessageState.ACCEPTED,
        provider_ref=provider.accepted(reply, now).ref,
        accepted_at=now,
        due_at=now + provider.expires_after,
    )


@contextmanager
def worker() -> Iterator[None]:
    """A worker of these tasks, which speaks to the gateway the settings name."""
    command = [sys.executable, "-m", "celery", "-A", "config.celery:app", "--quiet", "worker"]
    command += ["--include", __name__, "--queues", QUEUE, "--pool", "threads"]
    command += ["--concurrency", str(THREADS), "--without-gossip", "--without-mingle"]
    command += ["--loglevel", "ERROR"]
    env = os.environ | {"ZALO_BUSINESS_URL": settings.ZALO_BUSINESS_URL}
    env |= {"CELERY_SKIP_CHECKS": "1", "DJANGO_SETTINGS_MODULE": "config.settings"}
    with subprocess.Popen(command, cwd=ROOT, env=env) as process:
        try:
            yield
        finally:
            process.terminate()


def seconds(messages: Sequence[Message]) -> float:
    """From the first task sent until all messages are accepted. Raises TooSlow."""
    began = time.perf_counter()
    for each in messages:
        send.delay(each.pk)
    accepted = Message.objects.filter(state=MessageState.ACCEPTED).exclude(provider_ref="")
    while accepted.count() < len(messages):
        if time.perf_counter() - began > PATIENCE:
            raise TooSlow
        time.sleep(0.05)
    return time.perf_counter() - began
