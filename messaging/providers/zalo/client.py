"""Zalo's approved template messages by phone number (docs/providers.md)."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote

from django.conf import settings

from messaging.providers.base import (
    Accepted,
    Account,
    OutcomeUnknown,
    Provider,
    ProviderError,
    Reply,
    Request,
    Scope,
    Sending,
)
from messaging.providers.news import Arrived, News, Receipt
from messaging.providers.zalo import chat, heard, tokens, webhook
from messaging.providers.zalo.codes import TOKEN, error_of


class Zalo(Provider):
    kind = "zalo"
    channel = "zalo"
    order = 10
    retry_safe = False  # nothing says that Zalo de-duplicates on tracking_id
    receipt_key = "tracking_id"
    expires_after = dt.timedelta(hours=2)

    def takes(self, account: Account, to_kind: str, to: str) -> bool:
        return to_kind == "phone" and to.startswith("+84")

    def request(self, account: Account, sending: Sending) -> Request:
        body = {
            "phone": sending.to.removeprefix("+"),
            "template_id": sending.template_id,
            "template_data": dict(sending.values),
            "tracking_id": sending.uid.hex,
        }
        return Request(
            "POST",
            f"{settings.ZALO_BUSINESS_URL}/message/template",
            {**_headers(account.credentials), "Content-Type": "application/json"},
            json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        )

    def accepted(self, reply: Reply, now: dt.datetime) -> Accepted:
        answer = _understand(reply)
        code = answer["error"]
        if code == 0:
            return _taken(answer.get("data"))
        error = error_of(code, str(answer.get("message") or ""), now)
        if error is None:
            raise OutcomeUnknown(str(code))
        raise error

    def renew(self, account_pk: int, account: Account) -> bool:
        return tokens.renew(account_pk, failed=json.loads(account.credentials)["access_token"])

    def look_up(self, account: Account, ref: str) -> Request:
        address = f"{settings.ZALO_BUSINESS_URL}/message/status?message_id={quote(ref)}"
        return Request("GET", address, _headers(account.credentials))

    def looked_up(self, reply: Reply, ref: str) -> Receipt | None:
        answer = _understand(reply)
        data = answer.get("data")
        if answer["error"] in TOKEN:
            raise ProviderError(
                str(answer["error"]), "", scope=Scope.ACCOUNT, permanent=False, renew=True
            )
        if answer["error"] != 0 or not isinstance(data, dict):
            raise OutcomeUnknown(str(answer["error"]))
        if str(data.get("status")) != "1":
            return None
        return Receipt("delivered", None, ref, webhook.instant(data.get("delivery_time")))

    consults = True

    def consult(
        self, account: Account, person: str, text: str, *, asks_number: bool = False
    ) -> Request:
        return chat.request(_headers(account.credentials), person, text, asks_number=asks_number)

    def consulted(self, reply: Reply) -> Accepted:
        return chat.understood(reply)

    def account_ids(self, arrived: Arrived) -> list[str]:
        return webhook.account_ids(webhook.event_of(arrived.raw))

    def genuine(self, arrived: Arrived, account: Account) -> bool:
        signature = arrived.headers.get("x-zevent-signature", "")
        return webhook.genuine(arrived.raw, account.credentials, signature)

    def dedupe_key(self, arrived: Arrived) -> str:
        return webhook.dedupe_key(webhook.event_of(arrived.raw))

    def event(self, body: str) -> str:
        return str(webhook.event_of(body.encode()).get("event_name", ""))[:60]

    def news(self, body: str) -> list[News]:
        return heard.news_of(webhook.event_of(body.encode()))


def _taken(data: object) -> Accepted:
    """What the answer to a message says: both spellings of its id, and what is left to send."""
    said = data if isinstance(data, dict) else {}
    quota = said.get("quota")
    quota = quota if isinstance(quota, dict) else {}
    return Accepted(
        str(said.get("msg_id") or said.get("message_id") or ""),
        daily_quota=whole(quota.get("dailyQuota")),
        quota_left=whole(quota.get("remainingQuota")),
    )


def whole(value: object) -> int | None:
    """A whole number out of text or number, or None when there is none."""
    try:
        return int(str(value))
    except ValueError:
        return None


def _understand(reply: Reply) -> dict[str, Any]:
    """The JSON answer with a whole-number `error`. Raises OutcomeUnknown for anything else."""
    try:
        answer = json.loads(reply.body)
        answer["error"] = int(answer["error"])
    except (ValueError, KeyError, TypeError) as error:
        raise OutcomeUnknown(f"HTTP {reply.status}") from error
    if reply.status >= 500:
        raise OutcomeUnknown(f"HTTP {reply.status}")
    return cast("dict[str, Any]", answer)


@lru_cache(maxsize=64)
def _headers(credentials: str) -> dict[str, str]:
    said = json.loads(credentials)
    token = said["access_token"]
    proof = hmac.new(said["app_secret"].encode(), token.encode(), hashlib.sha256).hexdigest()
    return {"access_token": token, "appsecret_proof": proof}
