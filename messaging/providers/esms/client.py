"""SMS by eSMS: one number a request; the message's uid is the RequestId (docs/providers.md)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clinics import clock
from messaging.providers.abilities import BundlingProvider, HttpProvider
from messaging.providers.base import (
    Accepted,
    Account,
    OutcomeUnknown,
    Overview,
    ProviderError,
    Reply,
    Request,
    Scope,
    Sending,
)
from messaging.providers.bundled import Fate
from messaging.providers.esms import advertising, inbound
from messaging.providers.esms.codes import ACCEPTED, ALREADY_SENT, WORDS, error_of
from messaging.providers.esms.forms import EsmsForm
from messaging.providers.esms.wire import dialled, keys, post, understand, whole
from messaging.providers.http import call
from messaging.providers.news import Arrived, Look, News, Receipt

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from messaging.models import ProviderAccount

#: SendStatus: refused by eSMS; finished (the counters say how).
REFUSED, FINISHED = "4", "5"
#: SmsType of customer care.
CARE = "2"


class ByEsms(HttpProvider):
    """What goes by eSMS: answers, reports, look-ups and money are one for all of it."""

    has_token_address = True
    expires_after = dt.timedelta(hours=4)
    tend_every = dt.timedelta(hours=1)

    def missing(self, account: Account) -> list[StrOrPromise]:
        if self.sandbox(account):
            return [
                pgettext_lazy("esms", "“Try it only” is on: nothing reaches patients this way.")
            ]
        return []

    def words(self, code: str) -> StrOrPromise:
        return WORDS.get(code, "")

    def overview(self, account: ProviderAccount) -> Overview:
        reply = call(self.balance(account))
        if not isinstance(reply, Reply):
            raise OutcomeUnknown(reply.reason)
        return Overview(balance=self.balance_left(reply, clock.now()))

    def takes(self, account: Account, to_kind: str, to: str) -> bool:
        return to_kind == "phone" and to.startswith("+84")

    def sandbox(self, account: Account) -> dict[str, str]:
        """What a request adds while the clinic only tries its connection: nothing is sent."""
        return {"Sandbox": "1"} if json.loads(account.credentials).get("sandbox") else {}

    def accepted(self, reply: Reply, now: dt.datetime) -> Accepted:
        answer = understand(reply)
        code = str(answer.get("CodeResult", ""))
        if code in (ACCEPTED, ALREADY_SENT):
            return Accepted(str(answer.get("SMSID") or ""))
        if not code:
            text = str(answer.get("error") or "")
            raise ProviderError("invalid", text, scope=Scope.TEMPLATE, permanent=True)
        raise error_of(code, str(answer.get("ErrorMessage") or ""), now)

    def look_up(self, account: Account, ref: str) -> Request:
        query = urlencode({"RefId": ref} | keys(account))
        return Request("GET", f"{settings.ESMS_URL}/GetSendStatus?{query}")

    def looked_up(self, reply: Reply, ref: str) -> Receipt | None:
        answer = understand(reply)
        if str(answer.get("CodeResponse")) != ACCEPTED:
            raise OutcomeUnknown(str(answer.get("CodeResponse")))
        return _receipt(answer, ref)

    def balance(self, account: Account) -> Request:
        return post("GetBalance_json", keys(account))

    def balance_left(self, reply: Reply, now: dt.datetime) -> int:
        answer = understand(reply)
        code = str(answer.get("CodeResponse", ""))
        if code != ACCEPTED:
            raise error_of(code, str(answer.get("ErrorMessage") or ""), now)
        return whole(answer.get("Balance"))

    def dedupe_key(self, arrived: Arrived) -> str:
        return dedupe_key(arrived.query)

    def stored(self, arrived: Arrived) -> str:
        return json.dumps(arrived.query, ensure_ascii=False)

    def news(self, body: str) -> list[News]:
        """It is not signed, so that something ended is only a reason to ask."""
        said = json.loads(body)
        if str(said.get("SendStatus", "")) not in (REFUSED, FINISHED):
            return []
        try:
            uid: uuid.UUID | None = uuid.UUID(str(said.get("RequestId")))
        except ValueError:
            uid = None
        return [Look(uid, str(said.get("SMSID") or ""))]


class Esms(ByEsms, BundlingProvider):
    kind = "esms"
    channel = "sms"
    title = _("eSMS brand name")
    form = EsmsForm
    order = 50
    bundling = advertising.BUNDLING
    retry_safe = True  # a RequestId counts once in 24 hours
    receipt_key = "RequestId"

    def genuine(self, arrived: Arrived, account: Account) -> bool:
        """The secret address proves a report, which is only a reason to ask; what people write to
        a short number is signed besides."""
        said = inbound.whole(arrived)
        signed = not inbound.is_one(said) or inbound.genuine(said, account)
        return super().genuine(arrived, account) and signed

    def dedupe_key(self, arrived: Arrived) -> str:
        said = inbound.whole(arrived)
        return inbound.dedupe_key(said) if inbound.is_one(said) else super().dedupe_key(arrived)

    def stored(self, arrived: Arrived) -> str:
        said = inbound.whole(arrived)
        return (
            json.dumps(said, ensure_ascii=False)
            if inbound.is_one(said)
            else super().stored(arrived)
        )

    def event(self, body: str) -> str:
        return inbound.EVENT if inbound.is_one(json.loads(body)) else super().event(body)

    def news(self, body: str) -> list[News]:
        said = json.loads(body)
        return inbound.news_of(said) if inbound.is_one(said) else super().news(body)

    def request(self, account: Account, sending: Sending) -> Request:
        body = keys(account) | {
            "Phone": dialled(sending.to),
            "Content": sending.text,
            "Brandname": account.account_id,
            "SmsType": CARE,
            "IsUnicode": "1" if sending.keeps_accents else "0",
            "RequestId": sending.uid.hex,
            "CallbackUrl": self.webhook_url(account),
        }
        return post("SendMultipleMessage_V4_post_json/", body | self.sandbox(account))

    def bundle(self, account: Account, batch: Sequence[Sending], label: str) -> Request:
        return advertising.request(account, batch, label, self.sandbox(account))

    def bundle_look_up(
        self, account: Account, since: dt.datetime, until: dt.datetime, page: int
    ) -> Request:
        return advertising.look_up(account, since, until, page)

    def bundle_looked_up(self, reply: Reply, page: int) -> tuple[list[Fate], bool]:
        return advertising.looked_up(reply, page)

    def receivers(self, account: Account, ref: str) -> Request:
        return advertising.receivers(account, ref)

    def received(self, reply: Reply, ref: str) -> list[Fate]:
        return advertising.received(reply, ref)


def dedupe_key(said: Mapping[str, str]) -> str:
    """The same report twice has the same key."""
    names = ("SMSID", "RequestId", "SendStatus", "SendSuccess", "SendFailed")
    return ":".join(str(said.get(name, ""))[:40] for name in names)[:200]


def _receipt(said: dict[str, Any], ref: str) -> Receipt | None:
    status = str(said.get("SendStatus", ""))
    price = said.get("TotalPrice")
    cost = None if price is None else whole(price)
    if status == FINISHED and whole(said.get("SendSuccess")):
        return Receipt("delivered", None, ref, None, cost=cost)
    if status == REFUSED or (status == FINISHED and whole(said.get("SendFailed"))):
        return Receipt("failed", None, ref, None, code=f"status-{status}", cost=cost)
    return None
