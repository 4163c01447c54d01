"""Access tokens: a refresh token works once, and a new pair kills the old one at once.

So one process renews at a time, others take what it got, and the new pair is committed before it
is used. The lock is a session lock: the renewal speaks to the network, which no transaction may.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.db import transaction

from messaging.models import ProviderAccount
from messaging.providers.base import Reply, Request
from messaging.providers.http import call
from messaging.sql import session_lock

log = structlog.get_logger(__name__)


def renew(account_pk: int, *, failed: str) -> bool:
    """Make sure the stored access token is another one than `failed`. False when it cannot be."""
    with session_lock(f"zalo-token:{account_pk}"):
        said = _stored(account_pk)
        if said["access_token"] != failed:
            return True  # somebody else has renewed it meanwhile
        pair = _mint(said)
        if pair is None:
            return str(_stored(account_pk)["access_token"]) != failed
        with transaction.atomic():
            row = ProviderAccount.objects.select_for_update().get(pk=account_pk)
            kept = json.loads(row.credentials)
            row.credentials = json.dumps({**kept, **pair})
            row.save(update_fields=["credentials"])
        return True


def _stored(account_pk: int) -> dict[str, Any]:
    row = ProviderAccount.objects.only("credentials").get(pk=account_pk)
    return dict(json.loads(row.credentials))


def _mint(said: dict[str, Any]) -> dict[str, str] | None:
    """A new pair from Zalo; None when it refuses, or says nothing (a spent token)."""
    form = {
        "refresh_token": said.get("refresh_token", ""),
        "app_id": said["app_id"],
        "grant_type": "refresh_token",
    }
    outcome = call(
        Request(
            "POST",
            f"{settings.ZALO_OAUTH_URL}/v4/oa/access_token",
            {
                "secret_key": said["app_secret"],
                "Content-Type": "application/x-www-form-urlencoded",
            },
            urlencode(form).encode(),
        )
    )
    try:
        answer = json.loads(outcome.body) if isinstance(outcome, Reply) else {}
        token = answer.get("access_token")
    except (ValueError, AttributeError):
        answer, token = {}, None
    if not token:
        log.warning(
            "zalo token not renewed", error=str(answer.get("error", type(outcome).__name__))
        )
        return None
    pair = {"access_token": str(token)}
    if answer.get("refresh_token"):  # never overwrite what is stored by nothing
        pair["refresh_token"] = str(answer["refresh_token"])
    return pair
