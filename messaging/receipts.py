"""What providers report: stored raw, then understood; it only ever moves a message forward.

Reports arrive late, twice, out of order, and faster than our own book-keeping. See
docs/messages.md for the moves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import structlog
from django.db import transaction
from django.db.models import Min, Q

from clinics import clock
from messaging import confirming, costs, events, facts, hearing, sql
from messaging.fallbacks import pass_on
from messaging.models import Inbound, Message, MessageState, ProviderAccount
from messaging.models.outbox import NO_REPORT
from messaging.providers import provider_of
from messaging.providers.news import Arrived, Look, Receipt, Unknown
from messaging.secrets import seal

log = structlog.get_logger(__name__)

BATCH = 200
AGAIN_AFTER = dt.timedelta(minutes=5)
GIVE_UP_AFTER = dt.timedelta(days=1)

#: How far a message has come. What we only assumed (expired, unknown) gives way to a report.
_FAR = {
    MessageState.QUEUED: 0,
    MessageState.CANCELLED: 0,
    MessageState.CALLING: 1,
    MessageState.ACCEPTED: 2,
    MessageState.EXPIRED: 3,
    MessageState.UNKNOWN: 3,
    MessageState.DELIVERED: 4,
    MessageState.SEEN: 5,
    MessageState.ACTED: 6,
    MessageState.FAILED: 9,
}
_NEWS = {
    "delivered": MessageState.DELIVERED,
    "seen": MessageState.SEEN,
    "acted": MessageState.ACTED,
}


#: So many forged reports of an account are kept to be seen; a stranger cannot fill the disk.
MOST_FORGED = 1_000


def row_of(*, account: ProviderAccount, arrived: Arrived, genuine: bool) -> sql.Reported:
    """A report as it will be kept, not yet written; reads nothing. A forged one is never applied,
    and does not take the place of the true one."""
    provider = provider_of(account.kind)
    body = provider.stored(arrived)
    return sql.Reported(
        account_id=account.pk,
        dedupe_key=("" if genuine else "forged:") + _plain(provider.dedupe_key(arrived))[:190],
        body=seal(body),
        event=_plain(provider.event(body)),
        genuine=genuine,
        received_at=clock.now(),
    )


def _plain(text: str) -> str:
    """Without the character a database's text cannot hold; strangers may send it."""
    return text.replace("\0", "")


def keep(rows: Sequence[sql.Reported]) -> None:
    """Write reports of this clinic by one statement; the same news twice is one row. Forged ones
    beyond MOST_FORGED of an account are left out."""
    wanted = [row for row in rows if row.genuine]
    forged = [row for row in rows if not row.genuine]
    for account in {row.account_id for row in forged}:
        room = MOST_FORGED - Inbound.objects.filter(account=account, genuine=False).count()
        wanted += [row for row in forged if row.account_id == account][: max(0, room)]
    sql.keep(wanted)


def understand_due() -> None:
    """Understand every stored report that waits."""
    more = True
    while more:
        more, asked = _understand_batch()
        if asked:
            _confirm(asked)


def next_due() -> dt.datetime | None:
    """When a stored report waits to be understood."""
    found: dt.datetime | None = Inbound.objects.aggregate(at=Min("due_at"))["at"]
    return found


def _confirm(asked: Sequence[confirming.Asked]) -> None:
    """Ask about what was only claimed, and move what the answers move."""
    told, done = confirming.answers(asked)
    with transaction.atomic():
        apply(told)
        rows = Inbound.objects.filter(pk__in=done)
        rows.update(understood_at=clock.now(), due_at=None)


@transaction.atomic
def _understand_batch() -> tuple[bool, list[confirming.Asked]]:
    """Whether there may be more, and what must be asked about outside this transaction."""
    rows = list(
        Inbound.objects.filter(due_at__lte=clock.now())
        .select_related("account")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("id")[:BATCH]
    )
    asked = _together(rows)
    if asked is None:
        asked = [each for row in rows for each in _alone(row)]
    return len(rows) == BATCH, asked


def _together(rows: Sequence[Inbound]) -> list[confirming.Asked] | None:
    """All at once, the usual case. None, with nothing done, when one of them makes trouble."""
    try:
        with transaction.atomic():
            return _take(rows)
    except Exception:  # whatever one report does, the others must be understood
        log.exception("reports not understood together", count=len(rows))
        return None


def _alone(row: Inbound) -> list[confirming.Asked]:
    now = clock.now()
    try:
        with transaction.atomic():
            return _take([row])
    except Exception as error:  # noqa: BLE001 - kept with its reason, tried again for a day
        later = now + AGAIN_AFTER if now - row.received_at < GIVE_UP_AFTER else None
        Inbound.objects.filter(pk=row.pk).update(due_at=later, error=type(error).__name__)
        return []


def _take(rows: Sequence[Inbound]) -> list[confirming.Asked]:
    """Understand reports and do what they say, all or none of them. Returns those that say
    nothing before somebody has asked."""
    told: list[tuple[ProviderAccount, Receipt]] = []
    unknown: list[int] = []
    asked: list[confirming.Asked] = []
    for row in rows:
        for news in provider_of(row.account.kind).news(row.body):
            if isinstance(news, Receipt):
                told.append((row.account, news))
            elif isinstance(news, Look):
                asked.append((row, news))
            elif isinstance(news, Unknown):
                unknown.append(row.pk)
            else:
                hearing.take(row, news)
    apply(told)
    hearing.receipts(told)
    done = Inbound.objects.filter(pk__in=[row.pk for row in rows])
    done.update(understood_at=clock.now(), due_at=None, error="")
    Inbound.objects.filter(pk__in=unknown).update(unknown=True)
    confirming.keep(asked)
    return asked


@transaction.atomic
def apply(told: Sequence[tuple[ProviderAccount, Receipt]]) -> int:
    """Move the messages the reports are about. Returns how many moved."""
    if not told:
        return 0
    found = _messages(told)
    now = clock.now()
    moved: dict[int, Message] = {}
    failed: list[int] = []
    delivered: list[Message] = []
    acted: list[Message] = []
    for account, receipt in told:
        message = found.get((account.pk, receipt.uid)) or found.get((account.pk, receipt.ref))
        if message is None:
            continue
        facts.learn(message.contact_point_id, message.channel, receipt.code, receipt.fact_days)
        before = _FAR[MessageState(message.state)]
        if not _move(message, receipt, now):
            continue
        moved[message.pk] = message
        if message.state == MessageState.FAILED:
            failed.append(message.pk)
        elif before < _FAR[MessageState.DELIVERED]:
            delivered.append(message)
        if message.state == MessageState.ACTED:
            acted.append(message)
    sql.move(list(moved.values()))
    _drop_waiting([message for message in moved.values() if message.delivered_at is not None])
    pass_on(failed)
    for message in delivered:
        at = message.delivered_at or now
        events.delivered.tell(events.Delivered(message.intent, message.uid, message.channel, at))
    for message in acted:
        events.acted.tell(events.Acted(message.intent, message.patient_id, message.acted_at or now))
    return len(moved)


def _messages(
    told: Sequence[tuple[ProviderAccount, Receipt]],
) -> dict[tuple[int, object], Message]:
    """The messages reports are about, by our uid and by the provider's id, locked."""
    uids = [receipt.uid for _, receipt in told if receipt.uid]
    refs = [receipt.ref for _, receipt in told if receipt.ref]
    accounts = {account.pk for account, _ in told}
    named = Q(uid__in=uids) | Q(account_id__in=accounts, provider_ref__in=refs)
    found: dict[tuple[int, object], Message] = {}
    for message in Message.objects.filter(named).select_for_update().order_by("pk"):
        found[message.account_id, message.uid] = message
        if message.provider_ref:
            found[message.account_id, message.provider_ref] = message
    return found


def _move(message: Message, receipt: Receipt, now: dt.datetime) -> bool:
    """Move a message as far as a report says. False when it is there already, or further."""
    state = MessageState(message.state)
    if state == MessageState.CANCELLED and message.called_at is None:
        return False
    if receipt.news == "failed":
        if _FAR[state] > _FAR[MessageState.ACCEPTED]:
            return False
        message.state, message.error_code = MessageState.FAILED, receipt.code
        message.due_at, message.ended_at = None, now
    else:
        target = _NEWS[receipt.news]
        if _FAR[state] >= _FAR[target]:
            return False
        at = min(receipt.at or now, now)
        message.state, message.due_at, message.ended_at = target, None, None
        if message.error_code == NO_REPORT:
            message.error_code = ""
        message.delivered_at = message.delivered_at or at
        if target == MessageState.SEEN:
            message.seen_at = at
        if target == MessageState.ACTED:
            message.acted_at = at
    message.cost = costs.charged(
        message.channel,
        arrived=receipt.news != "failed",
        said=receipt.cost,
        cost=message.cost,
        price=message.price,
    )
    message.accepted_at = message.accepted_at or message.called_at or now
    message.provider_ref = message.provider_ref or receipt.ref[:80]
    return True


def _drop_waiting(reached: Sequence[Message]) -> None:
    """It has reached her: another attempt that still waits is not needed."""
    if reached:
        waiting = Message.objects.filter(
            intent__in={message.intent for message in reached}, state=MessageState.QUEUED
        )
        waiting.update(
            state=MessageState.CANCELLED,
            due_at=None,
            ended_at=clock.now(),
            error_code="delivered",
        )
