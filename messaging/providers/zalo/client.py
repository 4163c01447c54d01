"""Zalo's approved template messages by phone number (docs/providers.md)."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from messaging.attachments import Limits
from messaging.providers.abilities import AsksConsent, HttpProvider, Talks
from messaging.providers.base import (
    Accepted,
    Account,
    Asks,
    Consulted,
    Identity,
    OutcomeUnknown,
    Overview,
    Person,
    ProviderError,
    Reply,
    Request,
    Scope,
    Sending,
)
from messaging.providers.news import Arrived, News, Receipt
from messaging.providers.zalo import about, catalog, chat, heard, tokens, webhook, wire
from messaging.providers.zalo.codes import TOKEN, error_of
from messaging.providers.zalo.forms import ZaloForm
from messaging.providers.zalo.words import sentence

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from messaging.models import ProviderAccount


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Zalo(HttpProvider, Talks, AsksConsent):
    kind = "zalo"
    channel = "zalo"
    title = _("Zalo Official Account")
    form = ZaloForm
    order = 10
    retry_safe = False  # nothing says that Zalo de-duplicates on tracking_id
    receipt_key = "tracking_id"
    expires_after = dt.timedelta(hours=2)
    per_minute = 3_600  # Zalo cuts off at 4,000
    ads_at_most = 4  # sources say 4 or 30 a month: the account may say otherwise
    ads_within = None
    tend_every = tokens.LASTS
    price_of_answer = chat.PRICE
    limits = Limits(image=chat.MOST_OF_IMAGE, file=chat.MOST_OF_FILE)

    def authorised(self, account: Account) -> bool:
        return bool(json.loads(account.credentials).get("access_token"))

    def words(self, code: str) -> StrOrPromise:
        try:
            return sentence(int(code))
        except ValueError:
            return ""  # a reason of ours

    def takes(self, account: Account, to_kind: str, to: str) -> bool:
        if to_kind == "zalo":  # her id means somebody to the one account only that gave it
            return to.partition("/")[0] == account.account_id
        return to_kind == "phone" and to.startswith("+84")

    def request(self, account: Account, sending: Sending) -> Request:
        if sending.to_kind == "zalo":
            return self._by_user(account, sending)
        return self._by_phone(account, sending, {})

    def trial(self, account: Account, sending: Sending) -> Request:
        """Zalo's development mode: only administrators receive it, and a wallet of its own pays."""
        return self._by_phone(account, sending, {"mode": "development"})

    def _by_user(self, account: Account, sending: Sending) -> Request:
        """Cheaper than by phone, and no key of ours goes with it: the answer's id is the only one.
        A template that cannot go this way is refused by -249 and goes by phone."""
        body: dict[str, object] = {
            "user_id": sending.to.partition("/")[2],
            "template_id": sending.template_id,
            "template_data": dict(sending.values),
        }
        url = f"{settings.ZALO_OPENAPI_URL}/v3.0/oa/message/template"
        return _json("POST", url, account, body)

    def _by_phone(self, account: Account, sending: Sending, more: dict[str, str]) -> Request:
        body: dict[str, object] = {
            "phone": sending.to.removeprefix("+"),
            "template_id": sending.template_id,
            "template_data": dict(sending.values),
            "tracking_id": sending.uid.hex,
            **more,
        }
        return _json("POST", f"{settings.ZALO_BUSINESS_URL}/message/template", account, body)

    def accepted(self, reply: Reply, now: dt.datetime) -> Accepted:
        answer = wire.understand(reply)
        code = answer["error"]
        if code == 0:
            return _taken(answer.get("data"))  # by user id some saw sent_time beside data
        error = error_of(code, str(answer.get("message") or ""), now)
        if error is None:
            raise OutcomeUnknown(str(code))
        raise error

    def renew(self, account_pk: int, account: Account) -> bool:
        failed = json.loads(account.credentials).get("access_token", "")
        return tokens.renew(account_pk, failed=failed)

    def keep_alive(self, account_pk: int, account: Account) -> bool:
        return self.renew(account_pk, account)

    def consent_url(self, account: Account, *, state: str, verifier: str, back: str) -> str:
        asked = {
            "app_id": json.loads(account.credentials)["app_id"],
            "redirect_uri": back,
            "code_challenge": tokens.challenge(verifier),
            "state": state,
        }
        return f"{settings.ZALO_OAUTH_URL}/v4/oa/permission?{urlencode(asked)}"

    def trade(self, account: Account, *, code: str, verifier: str) -> dict[str, str]:
        return tokens.trade(account.credentials, code=code, verifier=verifier)

    def whose(self, account: Account, pair: dict[str, str]) -> Identity:
        return about.whose(json.dumps({**json.loads(account.credentials), **pair}))

    def tells_of(self, to_kind: str) -> bool:
        """Of a template by user id it is said nowhere for certain that Zalo reports on it, nor that
        `message/status` knows it (docs/messages.md, "When nobody reports")."""
        return to_kind != "zalo"

    def look_up(self, account: Account, ref: str) -> Request:
        address = f"{settings.ZALO_BUSINESS_URL}/message/status?message_id={quote(ref)}"
        return Request("GET", address, wire.headers(account.credentials))

    def looked_up(self, reply: Reply, ref: str) -> Receipt | None:
        answer = wire.understand(reply)
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

    def overview(self, account: ProviderAccount) -> Overview:
        return catalog.overview(account)

    def consult(
        self,
        account: ProviderAccount,
        user_id: str,
        *,
        text: str = "",
        image: str = "",
        file: str = "",
        asks: Asks | None = None,
        quotes: str = "",
    ) -> Consulted:
        return chat.consult(
            account, user_id, text=text, image=image, file=file, asks=asks, quotes=quotes
        )

    def upload_image(self, account: ProviderAccount, name: str, raw: bytes) -> str:
        return chat.upload_image(account, name, raw)

    def upload_file(self, account: ProviderAccount, name: str, raw: bytes) -> str:
        return chat.upload_file(account, name, raw)

    def lies_at(self, url: str) -> bool:
        return chat.lies_at(url)

    def person(self, account: ProviderAccount, user_id: str) -> Person:
        return chat.person(account, user_id)

    def left_for(self, account: ProviderAccount, user_id: str) -> Consulted:
        return chat.left_for(account, user_id)

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
        daily_quota=wire.whole(quota.get("dailyQuota")),
        quota_left=wire.whole(quota.get("remainingQuota")),
    )


def _json(method: str, url: str, account: Account, body: dict[str, object]) -> Request:
    return Request(
        method,
        url,
        {**wire.headers(account.credentials), "Content-Type": "application/json"},
        _encode(body).encode(),
    )
