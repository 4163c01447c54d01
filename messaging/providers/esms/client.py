"""SMS by eSMS: one number a request; the message's uid is the RequestId (docs/providers.md)."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext_lazy as _

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
from messaging.providers.esms.codes import ACCEPTED, ALREADY_SENT, error_of
from messaging.providers.esms.forms import EsmsForm
from messaging.providers.news import Arrived, News, Receipt

#: SendStatus: refused by eSMS; finished (the counters say how).
REFUSED, FINISHED = "4", "5"


class Esms(Provider):
    kind = "esms"
    channel = "sms"
    title = _("eSMS brand name")
    form = EsmsForm
    order = 50
    has_token_address = True
    retry_safe = True  # a RequestId counts once in 24 hours
    receipt_key = "RequestId"
    expires_after = dt.timedelta(hours=4)

    def takes(self, account: Account, to_kind: str, to: str) -> bool:
        return to_kind == "phone" and to.startswith("+84")

    def request(self, account: Account, sending: Sending) -> Request:
        said = json.loads(account.credentials)
        body = {
            "ApiKey": said["api_key"],
            "SecretKey": said["secret_key"],
            "Phone": "0" + sending.to.removeprefix("+84"),
            "Content": sending.text,
            "Brandname": account.account_id,
            "SmsType": "2",
            "IsUnicode": "0",
            "RequestId": sending.uid.hex,
            "CallbackUrl": callback_url(account.callback_token),
        }
        return Request(
            "POST",
            f"{settings.ESMS_URL}/SendMultipleMessage_V4_post_json/",
            {"Content-Type": "application/json"},
            json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        )

    def accepted(self, reply: Reply, now: dt.datetime) -> Accepted:
        answer = _understand(reply)
        code = str(answer.get("CodeResult", ""))
        if code in (ACCEPTED, ALREADY_SENT):
            return Accepted(str(answer.get("SMSID") or ""))
        if not code:
            text = str(answer.get("error") or "")
            raise ProviderError("invalid", text, scope=Scope.TEMPLATE, permanent=True)
        raise error_of(code, str(answer.get("ErrorMessage") or ""), now)

    def look_up(self, account: Account, ref: str) -> Request:
        said = json.loads(account.credentials)
        query = {"RefId": ref, "ApiKey": said["api_key"], "SecretKey": said["secret_key"]}
        return Request("GET", f"{settings.ESMS_URL}/GetSendStatus?{urlencode(query)}")

    def looked_up(self, reply: Reply, ref: str) -> Receipt | None:
        answer = _understand(reply)
        if str(answer.get("CodeResponse")) != ACCEPTED:
            raise OutcomeUnknown(str(answer.get("CodeResponse")))
        return _receipt(answer, None, ref)

    def dedupe_key(self, arrived: Arrived) -> str:
        return dedupe_key(arrived.query)

    def stored(self, arrived: Arrived) -> str:
        return json.dumps(arrived.query, ensure_ascii=False)

    def news(self, body: str) -> list[News]:
        said = json.loads(body)
        try:
            uid: uuid.UUID | None = uuid.UUID(str(said.get("RequestId")))
        except ValueError:
            uid = None
        receipt = _receipt(said, uid, str(said.get("SMSID") or ""))
        return [receipt] if receipt else []


def callback_url(token: str) -> str:
    """Where eSMS reports what became of a message: unguessable, for it does not sign."""
    return f"{settings.BASE_SCHEME}://{settings.BASE_DOMAIN}/webhooks/esms/{token}"


def dedupe_key(said: dict[str, str]) -> str:
    """The same report twice has the same key."""
    names = ("SMSID", "RequestId", "SendStatus", "SendSuccess", "SendFailed")
    return ":".join(str(said.get(name, ""))[:40] for name in names)[:200]


def _receipt(said: dict[str, Any], uid: uuid.UUID | None, ref: str) -> Receipt | None:
    status = str(said.get("SendStatus", ""))
    if status == FINISHED and _count(said.get("SendSuccess")):
        return Receipt("delivered", uid, ref, None)
    if status == REFUSED or (status == FINISHED and _count(said.get("SendFailed"))):
        return Receipt("failed", uid, ref, None, code=f"status-{status}")
    return None


def _count(value: object) -> int:
    try:
        return int(float(str(value)))
    except ValueError:
        return 0


def _understand(reply: Reply) -> dict[str, Any]:
    try:
        answer = json.loads(reply.body)
    except ValueError as error:
        raise OutcomeUnknown(f"HTTP {reply.status}") from error
    if reply.status >= 500 or not isinstance(answer, dict):
        raise OutcomeUnknown(f"HTTP {reply.status}")
    return cast("dict[str, Any]", answer)
