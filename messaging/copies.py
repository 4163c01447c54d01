"""Copies of what patients send: fetched from the provider before its address ends.

A kind of due work beside the answers, which go first: nobody waits for a photo. Only addresses of
the provider's own hosts are opened, without redirects, up to a size; what cannot be had after the
last try keeps its address in the conversation (docs/inbox.md, "Pictures and files").
"""

from __future__ import annotations

import datetime as dt

import structlog
from django.db import transaction
from django.db.models import Min

from clinics import clock
from messaging import attachments, files, replies, talks
from messaging.models import FileState, LineFile
from messaging.providers import kinds, provider_of
from messaging.providers.abilities import Talks
from messaging.providers.base import Reply
from messaging.providers.http import fetch

log = structlog.get_logger(__name__)

#: Bytes of one picture or file; Zalo lets people send larger films, which stay at its address.
LARGEST = 20_000_000
#: After which time it is tried again; after the last one no more.
AGAIN = tuple(dt.timedelta(minutes=n) for n in (1, 5, 30, 180, 720))
LEASE = dt.timedelta(minutes=3)
#: So many in one visit; the rest in the next.
MOST = 20


def work() -> None:
    """Send every answer that waits, then fetch what came, answers first after each."""
    for _n in range(MOST):
        replies.send_due()
        row = _claim()
        if row is None:
            return
        _copy(row)


def next_due() -> dt.datetime | None:
    """When an answer or a copy must next be looked at."""
    wanted = LineFile.objects.aggregate(at=Min("due_at"))["at"]
    return min((at for at in (replies.next_due(), wanted) if at is not None), default=None)


@transaction.atomic
def _claim() -> LineFile | None:
    now = clock.now()
    rows = LineFile.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=FileState.WANTED, due_at__lte=now
    )
    row = rows.select_related("line__account").order_by("due_at", "id").first()
    if row is not None:
        row.due_at, row.tries = now + LEASE, row.tries + 1
        row.save(update_fields=["due_at", "tries"])
    return row


def _copy(row: LineFile) -> None:
    """Fetch one, outside any transaction, and write down what came of it."""
    if not _may_open(row):
        _gone(row, "not the provider's")
        return
    outcome = fetch(row.url, most=LARGEST)
    if not isinstance(outcome, Reply) or outcome.status != 200 or not outcome.body:
        _later(row)
    else:
        with transaction.atomic():
            files.fill(row, attachments.hers(row.kind, row.name, outcome.body))
            talks.touch([row.line.talk_id])


def _may_open(row: LineFile) -> bool:
    account = row.line.account
    if account is None or account.kind not in kinds():
        return False
    provider = provider_of(account.kind)
    return isinstance(provider, Talks) and provider.lies_at(row.url)


def _later(row: LineFile) -> None:
    if row.tries > len(AGAIN):
        _gone(row, "no answer")
        return
    due_at = clock.now() + AGAIN[row.tries - 1]
    LineFile.objects.filter(pk=row.pk, state=FileState.WANTED).update(due_at=due_at)


@transaction.atomic
def _gone(row: LineFile, why: str) -> None:
    log.warning("no copy kept", why=why)
    waiting = LineFile.objects.filter(pk=row.pk, state=FileState.WANTED)
    waiting.update(state=FileState.GONE, due_at=None)
    talks.touch([row.line.talk_id])
