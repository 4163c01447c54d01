"""How an account stands: paused, waiting for a person's consent, working again.

Below the providers' folders, which change it when tokens end; people change it in accounts.py.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

import structlog
from django.db import transaction
from django.db.models import Q

from clinics import clock
from clinics.public import alerts, due
from messaging import events
from messaging.models import Message, MessageState, ProviderAccount
from messaging.models.outbox import NO_ANSWER, PAUSED
from messaging.sql import here

log = structlog.get_logger(__name__)

#: How long an account is paused that waits for a person's consent: until she gives it.
AS_LONG_AS_IT_TAKES = dt.timedelta(days=3_650)


@transaction.atomic
def pause(account: ProviderAccount, *, code: str, text: str, until: dt.datetime) -> None:
    """Send nothing more by an account until then; what waits stays queued."""
    # One that waits for consent, or for longer already, keeps its reason.
    shorter = Q(paused_until__isnull=True) | Q(paused_until__lte=until)
    rows = ProviderAccount.objects.filter(shorter, pk=account.pk, must_authorise=False)
    known = rows.filter(paused_until__gt=clock.now()).exists()
    if not rows.update(paused_until=until, paused_reason=f"{code}: {text}"[:200]):
        return
    _look_again()
    if not known:
        log.warning("account paused", account=account.pk, kind=account.kind, code=code)
        events.account_paused.tell(events.AccountPaused(account.name, account.kind, code, until))


@transaction.atomic
def await_consent(account: ProviderAccount, *, code: str) -> None:
    """A person must give consent at the provider again; until then all that waits stays queued."""
    until = clock.now() + AS_LONG_AS_IT_TAKES
    rows = ProviderAccount.objects.filter(pk=account.pk, must_authorise=False)
    if rows.update(must_authorise=True, paused_until=until, paused_reason=f"{code}: "):
        log.warning("account must be authorised again", account=account.pk, kind=account.kind)
        events.account_paused.tell(events.AccountPaused(account.name, account.kind, code, until))


@transaction.atomic
def authorised(
    account: ProviderAccount,
    credentials: Mapping[str, str],
    *,
    tend_in: dt.timedelta | None = None,
) -> None:
    """New tokens of it: kept beside the other credentials, and what waited goes at once.

    `tend_in`: when to look after them next.
    """
    row = ProviderAccount.objects.select_for_update().get(pk=account.pk)
    row.credentials = json.dumps({**json.loads(row.credentials), **credentials})
    row.must_authorise, row.authorised_at = False, clock.now()
    row.save(update_fields=["credentials", "must_authorise", "authorised_at"])
    resume(row)
    if tend_in is not None:
        plan(row, in_=tend_in)


@transaction.atomic
def resume(account: ProviderAccount) -> None:
    """A person mended it, or a message got through: send again, at once."""
    code = account.paused_reason.partition(":")[0]
    ProviderAccount.objects.filter(pk=account.pk).update(
        paused_until=None, paused_reason="", must_authorise=False
    )
    _look_again()
    now = clock.now()
    refused = Q(error_code__in=(code, NO_ANSWER)) & ~Q(error_code="")
    # What is overdue has no hint any more: the last one was for the end of the pause.
    waiting = Message.objects.filter(refused | Q(due_at__lte=now), account=account)
    waiting.filter(state=MessageState.QUEUED).update(due_at=now)
    alerts.wake()


def _look_again() -> None:
    """What waits for an account that rests, and had no other way, may have one now (sweep.py)."""
    waiting = Message.objects.filter(state=MessageState.QUEUED, due_at__isnull=False)
    waiting.filter(error_code=PAUSED).update(error_code="")


def plan(account: ProviderAccount, *, in_: dt.timedelta) -> None:
    """Look after it next in so long (tending.py)."""
    at = clock.now() + in_
    ProviderAccount.objects.filter(pk=account.pk).update(tend_at=at)
    due.leave(here(), "account", at)
