"""Looking again at attempts whose time is up: left behind, not delivered, or held too long."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Case, F, IntegerField, Q, Value, When

from clinics import clock
from messaging import costs, receipts
from messaging.asking import ask
from messaging.fallbacks import pass_on, with_another_way
from messaging.limits import BUDGET
from messaging.models import Message, MessageState, ProviderAccount
from messaging.models.outbox import (
    KEY_LIVES,
    NO_ANSWER,
    NO_CONNECTION,
    NO_REPORT,
    PAUSE_LIMIT,
    PAUSED,
)
from messaging.providers import bundling_kinds, kinds, provider_of
from messaging.providers.news import Receipt

BATCH = 200
MARGIN = dt.timedelta(minutes=10)
#: A look-up that nobody answers is tried again until the message is this long overdue.
PATIENCE = dt.timedelta(minutes=30)
LOOK_AGAIN = dt.timedelta(minutes=5)
#: The code of what was still queued when it was not worth saying any more.
TOO_LATE = "too_late"


def sweep() -> None:
    """Move every attempt whose time is up, until none is left."""
    steps = [_held, _paused, _key_forgotten]
    if _is_overdue():
        steps = [_out_of_date, *steps, _gone, _left_behind, _limits, _undelivered]
    for step in steps:
        while step():
            pass


def _is_overdue() -> bool:
    """Whether any attempt under way must be looked at, or one that waits is out of date: mostly
    not, and then one statement."""
    now = clock.now()
    under_way = Q(state__in=(MessageState.CALLING, MessageState.ACCEPTED))
    return Message.objects.filter(under_way | Q(valid_until__lte=now), due_at__lte=now).exists()


def _due(state: str) -> list[Message]:
    """Due attempts of a state, locked, the oldest first. Bundles are looked at elsewhere."""
    now = clock.now()
    rows = Message.objects.filter(state=state, due_at__lte=now)
    rows = rows.select_related("account", "contact_point").exclude(
        is_ad=True, account__kind__in=bundling_kinds()
    )
    return list(rows.select_for_update(of=("self",), skip_locked=True).order_by("due_at")[:BATCH])


@transaction.atomic
def _out_of_date() -> bool:
    """Still queued when it is not worth saying any more: held back for money, by an outage, by a
    pause. Nothing goes out, by no way; people are told."""
    now = clock.now()
    rows = Message.objects.filter(state=MessageState.QUEUED, due_at__lte=now, valid_until__lte=now)
    rows = rows.exclude(error_code=NO_ANSWER).select_for_update(skip_locked=True)
    found = dict(rows.values_list("pk", "error_code")[:BATCH])
    _end([pk for pk, code in found.items() if code == BUDGET], MessageState.FAILED, "")
    _end([pk for pk, code in found.items() if code != BUDGET], MessageState.FAILED, TOO_LATE)
    pass_on(found)
    return len(found) == BATCH


@transaction.atomic
def _held() -> bool:
    """Queued for an account that is off, or paused beyond the purpose's own limit; or beyond it
    without a connection to the provider."""
    now = clock.now()
    off = (Q(account__is_active=False) | ~Q(account__kind__in=kinds())) & Q(due_at__lte=now)
    too_long = Q(account__paused_until__gt=now, limit_at__lte=now)
    cut_off = Q(error_code=NO_CONNECTION, limit_at__lte=now)
    rows = Message.objects.filter(
        off | too_long | cut_off, state=MessageState.QUEUED, due_at__isnull=False
    )
    found = dict(rows.values_list("pk", "error_code")[:BATCH])
    _hand_on(found)
    return len(found) == BATCH


@transaction.atomic
def _paused() -> bool:
    """Care that has waited for hours for an account that is still paused: the next way, where there
    is one. Else it waits on, and its code says that this was looked at."""
    now = clock.now()
    since = now - PAUSE_LIMIT
    waiting = Message.objects.filter(state=MessageState.QUEUED, due_at__isnull=False)
    # One that asked whether the account works has been put off by each refusal since.
    rows = waiting.filter(
        Q(due_at__lte=since) | Q(tries__gt=0, queued_at__lte=since),
        account__paused_until__gt=now, limit_at=None, is_ad=False,
    ).exclude(error_code__in=(PAUSED, NO_ANSWER))  # fmt: skip
    found = dict(rows.values_list("pk", "error_code")[:BATCH])
    goes_on = with_another_way(found)
    waiting.filter(pk__in=found.keys() - set(goes_on)).update(error_code=PAUSED)
    _hand_on({pk: found[pk] for pk in goes_on})
    return len(found) == BATCH


def _hand_on(held: Mapping[int, str]) -> None:
    """End what an account could not hand over, given its codes, and go the next way. What the
    provider may have taken all the same stays unknown."""
    failed = [pk for pk, code in held.items() if code not in (NO_ANSWER, NO_CONNECTION)]
    _end(failed, MessageState.FAILED, PAUSED)
    _end([pk for pk, code in held.items() if code == NO_CONNECTION], MessageState.FAILED, "")
    _end([pk for pk, code in held.items() if code == NO_ANSWER], MessageState.UNKNOWN, "")
    pass_on(held)


@transaction.atomic
def _key_forgotten() -> bool:
    """To be repeated with its key, but so late that the provider may have forgotten it."""
    old = clock.now() - KEY_LIVES
    rows = Message.objects.filter(
        state=MessageState.QUEUED, error_code=NO_ANSWER, queued_at__lt=old, due_at__isnull=False
    )
    ids = list(rows.values_list("pk", flat=True)[:BATCH])
    _end(ids, MessageState.UNKNOWN, "")
    pass_on(ids)
    return len(ids) == BATCH


@transaction.atomic
def _gone() -> bool:
    """Under way by an account whose provider nobody here speaks to any more: nobody can ask."""
    rows = Message.objects.filter(due_at__lte=clock.now()).exclude(account__kind__in=kinds())
    found = list(
        rows.filter(state__in=(MessageState.CALLING, MessageState.ACCEPTED)).values_list(
            "pk", "state"
        )[:BATCH]
    )
    _end([pk for pk, state in found if state == MessageState.CALLING], MessageState.UNKNOWN, "")
    _end([pk for pk, state in found if state == MessageState.ACCEPTED], MessageState.EXPIRED, "")
    pass_on([pk for pk, _state in found])
    return len(found) == BATCH


@transaction.atomic
def _left_behind() -> bool:
    """Being handed over for too long: the worker is gone, or no answer came.

    A provider that knows our keys gets the same one again. Else a receipt had its time to come:
    the outcome stays unknown and the next way is taken.
    """
    rows = _due(MessageState.CALLING)
    now = clock.now()
    again: list[int] = []
    unknown: list[int] = []
    for row in rows:
        provider = provider_of(row.account.kind)
        called = row.called_at or row.queued_at
        if provider.retry_safe:
            # `queued_at` is never later than the first handing-over.
            (again if now - row.queued_at < KEY_LIVES else unknown).append(row.pk)
        elif now >= called + provider.expires_after + MARGIN:
            unknown.append(row.pk)
    Message.objects.filter(pk__in=again).update(
        state=MessageState.QUEUED, due_at=now, error_code=NO_ANSWER
    )
    _end(unknown, MessageState.UNKNOWN, NO_ANSWER)
    pass_on(unknown)
    return bool(again or unknown) and len(rows) == BATCH


@transaction.atomic
def _limits() -> bool:
    """Not delivered when the purpose cannot wait any longer: say it another way as well. Where
    silence says nothing, the other way would mostly say it twice: nothing is added."""
    now = clock.now()
    rows = _due(MessageState.CALLING) + _due(MessageState.ACCEPTED)
    early = [row for row in rows if now < _expires(row)]
    for row in early:
        Message.objects.filter(pk=row.pk).update(due_at=_expires(row), limit_at=None)
    pressed = [
        row.pk
        for row in early
        if row.limit_at is not None and row.limit_at <= now and not _silence_is_nothing(row)
    ]
    pass_on(pressed, overlapped=True)
    return bool(early) and len(rows) >= BATCH


def _undelivered() -> bool:
    """Accepted, and its time is over: ask once, then take it as not delivered. Where silence says
    nothing it stays accepted, at rest."""
    with transaction.atomic():
        rows = _due(MessageState.ACCEPTED)
        # Who asks may be killed meanwhile: then somebody looks again.
        Message.objects.filter(pk__in=[row.pk for row in rows]).update(
            due_at=clock.now() + LOOK_AGAIN
        )
    if not rows:
        return False
    told: list[tuple[ProviderAccount, Receipt]] = []
    expired: list[int] = []
    at_rest: list[int] = []
    for row, answer in ask(rows):
        if isinstance(answer, Receipt):
            told.append((row.account, answer))
        elif _silence_is_nothing(row):
            at_rest.append(row.pk)
        elif answer is None or clock.now() > _expires(row) + PATIENCE:
            expired.append(row.pk)
    with transaction.atomic():
        receipts.apply(told)
        _end(expired, MessageState.EXPIRED, "")
        pass_on(expired)
        Message.objects.filter(pk__in=at_rest, state=MessageState.ACCEPTED).update(
            due_at=None, error_code=NO_REPORT
        )
    return len(rows) == BATCH


def _silence_is_nothing(row: Message) -> bool:
    return row.state == MessageState.ACCEPTED and not provider_of(row.account.kind).tells_of(
        row.contact_point.kind
    )


def _expires(row: Message) -> dt.datetime:
    provider = provider_of(row.account.kind)
    since = row.accepted_at or row.called_at or row.queued_at
    return since + provider.expires_after + MARGIN


def _end(ids: Sequence[int], state: str, code: str) -> None:
    if not ids:
        return
    changes: dict[str, object] = {"state": state, "due_at": None, "ended_at": clock.now()}
    if code:
        changes["error_code"] = code
    moving = {
        MessageState.EXPIRED: [MessageState.ACCEPTED],
        MessageState.UNKNOWN: [MessageState.CALLING, MessageState.QUEUED],
        MessageState.FAILED: [MessageState.QUEUED],
    }
    rows = Message.objects.filter(pk__in=ids, state__in=moving[MessageState(state)])
    if state == MessageState.EXPIRED:
        free = When(channel__in=costs.CHARGED_IF_DELIVERED, then=Value(0))
        changes["cost"] = Case(free, default=F("cost"), output_field=IntegerField())
    rows.update(**changes)
