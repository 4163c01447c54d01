"""Tokens: a refresh token works once, and a new pair kills the old access token at once.

So one process renews at a time, others take what it got, and the new pair is committed before it
is used. The lock is a session lock of the database: the renewal speaks to the network, which no
transaction may, and it lasts as long as the process, so longer than any answer takes.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import structlog
from django.conf import settings

from clinics import clock
from messaging import standing
from messaging.models import ProviderAccount
from messaging.providers.base import OutcomeUnknown, ProviderError, Reply, Request, Scope
from messaging.providers.http import call
from messaging.providers.zalo.codes import Family, error_of
from messaging.sql import session_lock

log = structlog.get_logger(__name__)

#: An access token is renewed when it is this old; it lives 25 hours.
LASTS = dt.timedelta(hours=20)
#: A refresh token that Zalo does not take (any more). It says so, or says nothing at all.
SPENT = "-14014"


def renew(account_pk: int, *, failed: str) -> bool:
    """Make sure the stored access token is another one than `failed`. False when it cannot be."""
    with session_lock(f"zalo-token:{account_pk}"):
        account = _stored(account_pk)
        said = json.loads(account.credentials)
        if said.get("access_token") != failed:
            return True  # somebody else has renewed it meanwhile
        if account.must_authorise:
            return False
        try:
            pair = _mint(said, {"grant_type": "refresh_token", **_refresh(said)})
        except OutcomeUnknown as unknown:
            # Perhaps it was taken and the answer lost: then the next try says that it was spent.
            log.warning("zalo token not renewed", account=account_pk, error=str(unknown))
            return False
        except ProviderError as error:
            return _refused(account, error, failed)
        standing.authorised(account, pair, tend_in=LASTS)
        return True


def _refused(account: ProviderAccount, error: ProviderError, failed: str) -> bool:
    """Zalo did not renew: was somebody faster past the lock, or must a person do something?"""
    stored = json.loads(_stored(account.pk).credentials)
    if stored.get("access_token") != failed:
        return True
    log.warning("zalo token refused", account=account.pk, error=error.code)
    if error.code == SPENT:
        standing.await_consent(account, code=error.code)
    elif error.retry_at is not None:
        standing.pause(account, code=error.code, text=error.text, until=error.retry_at)
    return False


def trade(credentials: str, *, code: str, verifier: str) -> dict[str, str]:
    """The pair a consent is worth. Raises ProviderError, OutcomeUnknown."""
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    return _mint(json.loads(credentials), form)


def challenge(verifier: str) -> str:
    """What Zalo is shown of a verifier beforehand (PKCE, S256): base64url of its SHA-256."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _stored(account_pk: int) -> ProviderAccount:
    return ProviderAccount.objects.get(pk=account_pk)


def _refresh(said: Mapping[str, Any]) -> dict[str, str]:
    return {"refresh_token": str(said.get("refresh_token", ""))}


def _mint(said: Mapping[str, Any], form: dict[str, str]) -> dict[str, str]:
    """A new pair from Zalo. Raises ProviderError (it refuses, or says nothing: a spent token) and
    OutcomeUnknown (no answer, or none that can be read: it may work the next time)."""
    headers = {
        "secret_key": str(said["app_secret"]),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode({"app_id": str(said["app_id"]), **form}).encode()
    url = f"{settings.ZALO_OAUTH_URL}/v4/oa/access_token"
    outcome = call(Request("POST", url, headers, body))
    if not isinstance(outcome, Reply):
        raise OutcomeUnknown(outcome.reason)
    if outcome.status >= 500:
        raise OutcomeUnknown(f"HTTP {outcome.status}")
    if not outcome.body.strip():
        raise _must_consent("")
    try:
        answer = json.loads(outcome.body)
        token = str(answer.get("access_token") or "")
        code = int(answer.get("error") or 0)
    except (ValueError, AttributeError, TypeError) as error:
        raise OutcomeUnknown(f"HTTP {outcome.status}") from error
    if code:
        text = str(answer.get("error_name") or answer.get("error_description") or "")
        known = error_of(code, text, clock.now(), Family.OAUTH)
        if known is None:
            raise OutcomeUnknown(str(code))
        raise known
    if not token:
        raise OutcomeUnknown("no token")
    pair = {"access_token": token}
    if answer.get("refresh_token"):  # never overwrite what is stored by nothing
        pair["refresh_token"] = str(answer["refresh_token"])
    return pair


def _must_consent(text: str) -> ProviderError:
    return ProviderError(SPENT, text, scope=Scope.ACCOUNT, permanent=True)
