"""How Zalo is spoken to: its headers, its envelope, and a second try with another token."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

from clinics import clock
from messaging.models import ProviderAccount
from messaging.providers.base import NotSent, OutcomeUnknown, ProviderError, Reply, Request, Scope
from messaging.providers.http import call
from messaging.providers.zalo.codes import Family, error_of

Found = TypeVar("Found")


@lru_cache(maxsize=64)
def headers(credentials: str) -> dict[str, str]:
    """The token, and the proof that whoever uses it knows the application's secret."""
    said = json.loads(credentials)
    token = said.get("access_token", "")
    proof = hmac.new(said["app_secret"].encode(), token.encode(), hashlib.sha256).hexdigest()
    return {"access_token": token, "appsecret_proof": proof}


def understand(reply: Reply) -> dict[str, Any]:
    """The JSON answer with a whole-number `error`. Raises OutcomeUnknown for anything else."""
    try:
        answer = json.loads(reply.body)
        answer["error"] = int(answer["error"])
    except (ValueError, KeyError, TypeError) as error:
        raise OutcomeUnknown(f"HTTP {reply.status}") from error
    if reply.status >= 500:
        raise OutcomeUnknown(f"HTTP {reply.status}")
    return cast("dict[str, Any]", answer)


def whole(value: object) -> int | None:
    """A whole number out of text or number, or None when there is none."""
    try:
        return int(str(value))
    except ValueError:
        return None


def with_token(
    account: ProviderAccount, ask: Callable[[], Found], renew: Callable[..., bool]
) -> Found:
    """What `ask` gives; refused for the token's sake it is asked once more with another one."""
    try:
        return ask()
    except ProviderError as error:
        failed = json.loads(account.credentials).get("access_token", "")
        if not error.renew or not renew(account.pk, failed=failed):
            raise
    account.refresh_from_db(fields=["credentials"])
    return ask()


def once(request: Request, family: Family) -> object:
    """The `data` of one call's answer. Raises ProviderError, OutcomeUnknown."""
    outcome = call(request)
    if isinstance(outcome, NotSent):
        raise ProviderError(
            "no_connection", outcome.reason, scope=Scope.ACCOUNT, permanent=False,
            retry_at=clock.now(),
        )  # fmt: skip
    if not isinstance(outcome, Reply):
        raise OutcomeUnknown(outcome.reason)
    answer = understand(outcome)
    if answer["error"] == 0:
        return answer.get("data")
    error = error_of(answer["error"], str(answer.get("message") or ""), clock.now(), family)
    if error is None:
        raise OutcomeUnknown(str(answer["error"]))
    raise error
