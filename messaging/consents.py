"""Consent at a provider: a person of the clinic lets us speak for its account (OAuth).

The state that travels through her browser names the clinic and one asking, signed; it is good for
half an hour and for one return. See docs/providers.md.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum

import structlog
from django.conf import settings
from django.core import signing
from django.db import transaction
from django_tenants.utils import schema_context

from clinics import clock
from clinics.public import Staff, audit
from clinics.registry.models import Clinic
from messaging import standing, sync
from messaging.models import Consent, ProviderAccount
from messaging.providers import provider_of
from messaging.providers.abilities import AsksConsent
from messaging.providers.base import Identity, OutcomeUnknown, ProviderError
from messaging.sql import here

log = structlog.get_logger(__name__)

OPEN_FOR = dt.timedelta(minutes=30)
#: So long it is known what an outdated one was.
KEEP = dt.timedelta(days=1)
_SALT = "messaging.consent"


class Ended(StrEnum):
    """How a return from the provider ended."""

    ALLOWED = "allowed"
    UNKNOWN = "unknown"  # the state is not ours, or altered
    USED = "used"
    EXPIRED = "expired"
    REFUSED = "refused"  # she did not give consent
    OTHER_ACCOUNT = "other_account"  # she gave it for another account
    FAILED = "failed"  # the provider does not trade the code


@dataclass(frozen=True)
class Returned:
    """How a return ended; `code`: the provider's own, of another account its name; `schema`: the
    clinic, where it is known."""

    end: Ended
    schema: str = ""
    account: ProviderAccount | None = None
    code: str = ""


def back_url(kind: str) -> str:
    """The address on the platform's host that leads back to us; registered at the provider."""
    return f"{settings.BASE_SCHEME}://{settings.BASE_DOMAIN}/oauth/{kind}"


class NoConsentWanted(Exception):
    """Nobody gives consent at this provider."""


def _asking(account: ProviderAccount) -> AsksConsent:
    provider = provider_of(account.kind)
    if not isinstance(provider, AsksConsent):
        raise NoConsentWanted(account.kind)
    return provider


@transaction.atomic
def ask(account: ProviderAccount, *, by: Staff) -> str:
    """The address at the provider where consent is given. Raises NoConsentWanted."""
    provider = _asking(account)
    now = clock.now()
    fixed = json.loads(account.credentials).get("code_verifier")
    asked = Consent.objects.create(
        account=account,
        nonce=secrets.token_urlsafe(24),
        verifier=fixed or secrets.token_urlsafe(32),
        asked_by=by,
        asked_at=now,
        expires_at=now + OPEN_FOR,
    )
    Consent.objects.filter(account=account, expires_at__lt=now - KEEP).delete()
    return provider.consent_url(
        account,
        state=signing.dumps([here(), asked.nonce], salt=_SALT),
        verifier=asked.verifier,
        back=back_url(account.kind),
    )


def returned(kind: str, query: dict[str, str]) -> Returned:
    """What comes back from the provider. Called outside of any clinic and any transaction."""
    try:
        schema, nonce = signing.loads(query.get("state", ""), salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return Returned(Ended.UNKNOWN)
    if not Clinic.objects.filter(schema_name=schema, ready_at__isnull=False).exists():
        return Returned(Ended.UNKNOWN)
    with schema_context(schema):
        asked = Consent.objects.filter(nonce=nonce, account__kind=kind)
        found = asked.select_related("account", "asked_by").first()
        if found is None:
            return Returned(Ended.UNKNOWN, schema)
        end, code = _take(found, query)
        log.info("consent returned", kind=kind, clinic=schema, end=str(end), code=code)
        return Returned(end, schema, found.account, code)


def _take(asked: Consent, query: dict[str, str]) -> tuple[Ended, str]:
    now = clock.now()
    fresh = Consent.objects.filter(pk=asked.pk, used_at__isnull=True)
    if asked.used_at is not None:
        return Ended.USED, ""
    if now >= asked.expires_at:
        return Ended.EXPIRED, ""
    if not fresh.update(used_at=now):
        return Ended.USED, ""
    account = asked.account
    if not query.get("code"):
        return Ended.REFUSED, query.get("error", "")[:60]
    if query.get("oa_id", account.account_id) != account.account_id:
        return Ended.OTHER_ACCOUNT, ""
    return _trade(asked, query)


def _trade(asked: Consent, query: dict[str, str]) -> tuple[Ended, str]:
    """Make tokens of her code, and keep them if they are for the right account."""
    account = asked.account
    try:
        pair = _asking(account).trade(account, code=query["code"], verifier=asked.verifier)
    except ProviderError as error:
        return Ended.FAILED, error.code
    except OutcomeUnknown:
        return Ended.FAILED, ""
    said = _whose(account, pair)
    if said is None and "oa_id" not in query:
        return Ended.FAILED, ""  # nobody says for which account it was given
    if said is not None and said.account_id != account.account_id:
        return Ended.OTHER_ACCOUNT, said.name
    with transaction.atomic():
        standing.authorised(account, pair, tend_in=provider_of(account.kind).tend_every)
        if said is not None:
            ProviderAccount.objects.filter(pk=account.pk).update(**sync.facts_of(said))
        audit.record(verb="channel.allowed", actor=asked.asked_by, subject=account.uid)
    return Ended.ALLOWED, ""


def _whose(account: ProviderAccount, pair: dict[str, str]) -> Identity | None:
    """For which account the consent was given; None = the provider does not answer now."""
    try:
        said = _asking(account).whose(account, pair)
    except (ProviderError, OutcomeUnknown):
        return None
    return said if said.account_id else None
