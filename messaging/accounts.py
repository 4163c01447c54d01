"""A clinic's accounts at its providers: connecting, templates, pauses."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet, Subquery

from clinics import clock
from clinics.public import Branch, Staff, alerts, audit
from clinics.registry.models import ProviderRoute
from messaging import own_texts
from messaging.models import ProviderAccount, SpendingLimit
from messaging.providers import kinds, provider_of
from messaging.sql import here
from messaging.standing import authorised, await_consent, pause, plan, resume

__all__ = [
    "AccountTaken",
    "AlreadyConnected",
    "authorised",
    "await_consent",
    "connect",
    "connect_esms",
    "connect_new",
    "connect_zalo",
    "correct",
    "pause",
    "paused",
    "resume",
    "sending",
    "switch",
]


class AccountTaken(Exception):
    """Another clinic has connected this account."""


class AlreadyConnected(Exception):
    """This clinic has connected this account before."""


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
            "must_authorise": False,
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
    if provider.tend_every is not None and account.tend_at is None:
        plan(account, in_=provider.tend_every)
    _route(kind, account.callback_token if provider.has_token_address else account_id)
    alerts.wake()
    return account


@transaction.atomic
def connect_new(
    kind: str,
    account_id: str,
    name: str,
    credentials: dict[str, str],
    branches: Sequence[Branch] = (),
    *,
    numbers: Mapping[str, int | None] | None = None,
    by: Staff,
) -> ProviderAccount:
    """Connect one more account by hand; `numbers` are columns of the row. The product's own texts
    wait as drafts. Raises AlreadyConnected, AccountTaken."""
    if ProviderAccount.objects.filter(kind=kind, account_id=account_id).exists():
        raise AlreadyConnected(account_id)
    account = connect(kind, account_id, name, credentials, branches)
    if numbers:
        ProviderAccount.objects.filter(pk=account.pk).update(**numbers)
    if not provider_of(kind).authorised(account):
        await_consent(account, code="new")
    own_texts.begin(account)
    audit.record(verb="channel.connected", actor=by, subject=account.uid, note=kind)
    return account


@transaction.atomic
def correct(
    account: ProviderAccount,
    *,
    name: str,
    credentials: Mapping[str, str],
    branches: Sequence[Branch],
    by: Staff,
    numbers: Mapping[str, int | None] | None = None,
) -> list[str]:
    """Write down what a person changed of an account. Returns the names of the changed fields.

    `credentials`: only those she wrote; tokens that were renewed meanwhile stay.
    """
    row = ProviderAccount.objects.select_for_update().get(pk=account.pk)
    stored = dict(json.loads(row.credentials))
    changed = [key for key, value in credentials.items() if stored.get(key, "") != value]
    fresh = {key: value for key, value in (numbers or {}).items() if getattr(row, key) != value}
    changed += fresh
    if row.name != name:
        changed.append("name")
    if {one.pk for one in row.branches.all()} != {one.pk for one in branches}:
        changed.append("branches")
    if not changed:
        return []
    row.name, row.credentials = name, json.dumps({**stored, **credentials})
    for key, value in fresh.items():
        setattr(row, key, value)
    mended = set(changed) - {"name", "branches", *fresh}
    if provider_of(row.kind).authorised(row) and mended:
        row.must_authorise = False
    row.save(update_fields=["name", "credentials", "must_authorise", *fresh])
    row.branches.set(branches)
    audit.record(
        verb="channel.changed", actor=by, subject=row.uid, note=", ".join(sorted(changed))[:300]
    )
    if not row.must_authorise and row.paused_reason and mended:
        resume(row)  # somebody mended something: look at once whether it works
    return changed


@transaction.atomic
def switch(account: ProviderAccount, *, on: bool, by: Staff) -> bool:
    """Switch an account off or on; what waits for one that is off goes the next way.

    False when it is so already.
    """
    rows = ProviderAccount.objects.filter(pk=account.pk, is_active=not on)
    if not rows.update(is_active=on):
        return False
    verb = "channel.started" if on else "channel.stopped"
    audit.record(verb=verb, actor=by, subject=account.uid, note=account.kind)
    alerts.wake()
    return True


def _route(provider: str, account_id: str) -> None:
    route, _new = ProviderRoute.objects.get_or_create(
        provider=provider, account_id=account_id, defaults={"schema": here()}
    )
    if route.schema != here():
        raise AccountTaken(account_id)


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
