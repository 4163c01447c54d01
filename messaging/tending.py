"""Looking after accounts: tokens are renewed before they end, and the provider is asked what it
knows of the account.

Due kind `account`: an account's `tend_at` says when, a hint leads to its clinic (clinics/due.py).
"""

from __future__ import annotations

import datetime as dt

from django.db.models import Min, Q, QuerySet

from clinics import clock
from messaging import sync
from messaging.models import ProviderAccount
from messaging.providers import provider_of, providers
from messaging.standing import plan

#: When it is tried again after nobody answered.
SOON = dt.timedelta(minutes=15)


def _wanting() -> QuerySet[ProviderAccount]:
    """Accounts that must be looked after at all."""
    wanting = [each.kind for each in providers() if each.tend_every is not None]
    return ProviderAccount.objects.filter(kind__in=wanting, is_active=True, must_authorise=False)


def tend_due() -> None:
    """Look after every account of this clinic whose time has come."""
    now = clock.now()
    for account in _wanting().filter(Q(tend_at__isnull=True) | Q(tend_at__lte=now)):
        well = provider_of(account.kind).keep_alive(account.pk, account)
        if well:
            account.refresh_from_db()
            well = sync.ask(account) != ""
        later = provider_of(account.kind).tend_every if well else SOON
        plan(account, in_=later or SOON)


def next_due() -> dt.datetime | None:
    """When an account of this clinic must be looked after; one nobody planned is due now."""
    if _wanting().filter(tend_at__isnull=True).exists():
        return clock.now()
    found: dt.datetime | None = _wanting().aggregate(at=Min("tend_at"))["at"]
    return found
