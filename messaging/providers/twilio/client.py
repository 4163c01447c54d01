"""SMS by Twilio, to numbers outside Viet Nam only (docs/providers.md).

A foreign gateway is a transfer of patients' data abroad: the account sends nothing before the
clinic has recorded who decided it, when, and the reference of the dossier.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.translation import pgettext_lazy

from clinics import clock
from messaging.providers.abilities import HttpProvider
from messaging.providers.base import (
    Accepted,
    Account,
    OutcomeUnknown,
    ProviderError,
    Reply,
    Request,
    Scope,
    Sending,
)
from messaging.providers.news import Arrived, News, Receipt
from messaging.providers.twilio import webhook
from messaging.providers.twilio.codes import WORDS, error_of
from messaging.providers.twilio.forms import TwilioForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HOME = "+84"
#: Seconds an SMS may wait for a phone that is off.
VALID_SECONDS = 4 * 3600
#: What must be recorded before anything leaves the country.
BASIS = ("basis_by", "basis_on", "basis_reference")
LOOK_AGAIN = dt.timedelta(hours=1)


class Twilio(HttpProvider):
    kind = "twilio"
    channel = "sms"
    title = pgettext_lazy("channels", "Twilio, SMS abroad")
    form = TwilioForm
    order = 60
    has_token_address = True
    retry_safe = False  # it offers no key of ours to know a message by
    receipt_key = "MessageSid"
    expires_after = dt.timedelta(seconds=VALID_SECONDS)
    own_words = 1_600  # abroad nobody registers texts; Twilio takes so many letters

    def takes(self, account: Account, to_kind: str, to: str) -> bool:
        return to_kind == "phone" and not to.startswith(HOME) and not self.missing(account)

    def missing(self, account: Account) -> list[StrOrPromise]:
        said = json.loads(account.credentials)
        if all(said.get(name) for name in BASIS):
            return []
        return [
            pgettext_lazy(
                "channels",
                "Record on what basis patients' data may leave Viet Nam: who decided it, when,"
                " and the reference of the dossier. Nothing is sent before.",
            )
        ]

    def words(self, code: str) -> StrOrPromise:
        return WORDS.get(code, "")

    def request(self, account: Account, sending: Sending) -> Request:
        self._admit(account, sending)
        said = json.loads(account.credentials)
        sender = said["sender"]
        body = {
            "To": sending.to,
            "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
            "Body": sending.text,
            "StatusCallback": self.webhook_url(account),
            "ValidityPeriod": str(VALID_SECONDS),
        }
        headers = _headers(account) | {"Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", f"{_home(account)}/Messages.json", headers, urlencode(body).encode())

    def _admit(self, account: Account, sending: Sending) -> None:
        """Refuse what must not go this way, whatever was queued. Raises ProviderError."""
        if sending.to.startswith(HOME):
            raise ProviderError(
                "at_home", "a number of Viet Nam", scope=Scope.CONTACT_POINT, permanent=True
            )
        if sending.is_ad:
            raise ProviderError(
                "no_advertising", "no advertising abroad", scope=Scope.TEMPLATE, permanent=True
            )
        for sentence in self.missing(account):
            raise ProviderError(
                "no_basis_abroad",
                str(sentence),
                scope=Scope.ACCOUNT,
                permanent=False,
                retry_at=clock.now() + LOOK_AGAIN,
            )

    def accepted(self, reply: Reply, now: dt.datetime) -> Accepted:
        answer = _understand(reply)
        if reply.status < 300 and answer.get("sid"):
            return Accepted(str(answer["sid"]), cost=_cost(answer))
        raise _error(reply, answer, now)

    def look_up(self, account: Account, ref: str) -> Request:
        return Request("GET", f"{_home(account)}/Messages/{quote(ref)}.json", _headers(account))

    def looked_up(self, reply: Reply, ref: str) -> Receipt | None:
        answer = _understand(reply)
        if reply.status >= 300:
            raise OutcomeUnknown(f"HTTP {reply.status}")
        code = str(answer.get("error_code") or "")
        return webhook.receipt_of(str(answer.get("status")), ref, code, cost=_cost(answer))

    def genuine(self, arrived: Arrived, account: Account) -> bool:
        secret = json.loads(account.credentials)["auth_token"]
        signature = arrived.headers.get("x-twilio-signature", "")
        called = (self.webhook_url(account), arrived.url)
        return arrived.token == account.callback_token and any(
            webhook.genuine(url, arrived.raw, secret, signature) for url in called
        )

    def dedupe_key(self, arrived: Arrived) -> str:
        fields = webhook.form_of(arrived.raw.decode("utf-8", "replace"))
        return f"{fields.get('MessageSid', '')[:80]}:{webhook.event_of(fields)[:40]}"

    def event(self, body: str) -> str:
        return webhook.event_of(webhook.form_of(body))[:60]

    def news(self, body: str) -> list[News]:
        return webhook.news_of(webhook.form_of(body))


def _home(account: Account) -> str:
    return f"{settings.TWILIO_URL}/2010-04-01/Accounts/{quote(account.account_id)}"


def _headers(account: Account) -> dict[str, str]:
    pair = f"{account.account_id}:{json.loads(account.credentials)['auth_token']}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _understand(reply: Reply) -> dict[str, Any]:
    """The JSON object an answer is. Raises OutcomeUnknown for anything else."""
    try:
        answer: object = json.loads(reply.body)
    except ValueError as error:
        raise OutcomeUnknown(f"HTTP {reply.status}") from error
    if reply.status >= 500 or not isinstance(answer, dict):
        raise OutcomeUnknown(f"HTTP {reply.status}")
    return answer


def _error(reply: Reply, answer: dict[str, Any], now: dt.datetime) -> Exception:
    """A refusal says its code; one that says none, or one we do not know, took nothing either."""
    code = str(answer.get("code") or f"HTTP {reply.status}")
    if reply.status < 400:
        return OutcomeUnknown(code)
    text = str(answer.get("message") or "")
    known = error_of(code, text, now)
    if known is None:
        known = ProviderError(code, text, scope=Scope.TEMPLATE, permanent=True)
    return known


def _cost(answer: dict[str, Any]) -> int | None:
    """VND, where the account is billed in VND: we know no rate for another currency."""
    price = answer.get("price")
    if price is None or answer.get("price_unit") != "VND":
        return None
    try:
        return abs(round(float(str(price))))
    except (ValueError, OverflowError):
        return None
