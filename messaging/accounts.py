"""A clinic's accounts at its providers: connecting, templates, pauses."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Sequence

import structlog
from django.db import transaction
from django.db.models import Q, QuerySet, Subquery

from clinics import clock
from clinics.public import Branch
from clinics.registry.models import ProviderRoute
from messaging import events
from messaging.models import Message, MessageState, ProviderAccount, SpendingLimit
from messaging.providers import kinds, provider_of
from messaging.sql import here

log = structlog.get_logger(__name__)


class AccountTaken(Exception):
    """Another clinic has connected this account."""


@transaction.atomic
def connect_zalo(
    *,
    name: str,
    oa_id: str,
    app_id: str,
    app_secret: str,
    oa_secret: str,
    access_token: str,
    refresh_token: str,
    branches: Sequence[Branch] = (),
    in_flight_cap: int | None = None,
) -> ProviderAccount:
    """Connect an Official Account, or renew what is stored of it. Raises AccountTaken."""
    credentials = {
        "app_id": app_id,
        "app_secret": app_secret,
        "oa_secret": oa_secret,
        "access_token": access_token,
        "refresh_token": refresh_token,
    }
    return connect("zalo", oa_id, name, credentials, branches, in_flight_cap)


@transaction.atomic
def connect_esms(
    *,
    name: str,
    brand_name: str,
    api_key: str,
    secret_key: str,
    branches: Sequence[Branch] = (),
    in_flight_cap: int | None = None,
) -> ProviderAccount:
    """Connect a brand name at eSMS, or renew what is stored of it."""
    credentials = {"api_key": api_key, "secret_key": secret_key}
    return connect("esms", brand_name, name, credentials, branches, in_flight_cap)


@transaction.atomic
def connect(
    kind: str,
    account_id: str,
    name: str,
    credentials: dict[str, str],
    branches: Sequence[Branch] = (),
    in_flight_cap: int | None = None,
) -> ProviderAccount:
    """Connect an account of any kind, or renew what is stored of it. Raises AccountTaken."""
    account, _new = ProviderAccount.objects.update_or_create(
        kind=kind,
        account_id=account_id,
        defaults={
            "name": name,
            "credentials": json.dumps(credentials),
            "in_flight_cap": in_flight_cap,
            "is_active": True,
            "paused_until": None,
            "paused_reason": "",
        },
        create_defaults={
            "name": name,
            "credentials": json.dumps(credentials),
            "in_flight_cap": in_flight_cap,
            "callback_token": secrets.token_urlsafe(24),
        },
    )
    account.branches.set(branches)
    provider = provider_of(kind)
    _route(kind, account.callback_token if provider.has_token_address else account_id)
    return account


def _route(provider: str, account_id: str) -> None:
    route, _new = ProviderRoute.objects.get_or_create(
        provider=provider, account_id=account_id, defaults={"schema": here()}
    )
    if route.schema != here():
        raise AccountTaken(account_id)


@transaction.atomic
def pause(account: ProviderAccount, *, code: str, text: str, until: dt.datetime) -> None:
    """Send nothing more by an account until then; what waits stays queued."""
    rows = ProviderAccount.objects.filter(pk=account.pk)
    known = rows.filter(paused_until__gt=clock.now()).exists()
    rows.update(paused_until=until, paused_reason=f"{code}: {text}"[:200])
    if not known:
        log.warning("account paused", account=account.pk, kind=account.kind, code=code)
        events.account_paused.tell(events.AccountPaused(account.name, account.kind, code, until))


@transaction.atomic
def resume(account: ProviderAccount) -> None:
    """A person mended it, or a message got through: send again, at once."""
    code = account.paused_reason.partition(":")[0]
    ProviderAccount.objects.filter(pk=account.pk).update(paused_until=None, paused_reason="")
    waiting = Message.objects.filter(account=account, state=MessageState.QUEUED, error_code=code)
    waiting.exclude(error_code="").update(due_at=clock.now())


def paused() -> QuerySet[ProviderAccount]:
    """Accounts that take no messages now, with their reason."""
    return ProviderAccount.objects.filter(Q(paused_until__gt=clock.now()) | Q(is_active=False))


def sending() -> list[ProviderAccount]:
    """Accounts that take messages now, each with the clinic's `spending_limit`. One whose provider
    is gone takes none."""
    now = clock.now()
    ready = Q(paused_until__isnull=True) | Q(paused_until__lte=now)
    known = ProviderAccount.objects.filter(kind__in=kinds(), is_active=True)
    limit = SpendingLimit.objects.values("vnd")[:1]
    return list(known.filter(ready).annotate(spending_limit=Subquery(limit)).order_by("id"))
