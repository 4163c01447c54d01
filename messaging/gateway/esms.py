"""eSMS: customer-care SMS with a RequestId, its status and the balance."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from aiohttp import web

from messaging.gateway.accounts import EsmsAccount
from messaging.gateway.book import ACCEPTED, DELIVERED, FAILED, Row
from messaging.gateway.codes import ESMS
from messaging.gateway.phones import mobile
from messaging.gateway.wire import answer

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

SAME_TEXT_SECONDS = 300
POLL_SECONDS = 7 * 86_400
PENDING, REFUSED, FINISHED, AWAITING_REPORT = "1", "4", "5", "7"
_ORDER = (1, 7, 5, 4)  # of a request's numbers, the first of these is the request's own
# Letters of the GSM alphabet; the ones of the extension count twice.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")


def segments(text: str) -> int:
    """SMS parts a text is sent and charged as: 160/153 letters of GSM, else 70/67."""
    if all(letter in _GSM or letter in _GSM_TWICE for letter in text):
        length, one, part = len(text) + sum(letter in _GSM_TWICE for letter in text), 160, 153
    else:
        length, one, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= one else -(-length // part)


def refusal(code: str, **more: str) -> bytes:
    text = ESMS.get(code, "Error")
    return json.dumps(
        {"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": text, **more}
    ).encode()


def mode_failure(fail: str) -> bytes | None:
    """A failure mode of this channel's own codes, which are positive."""
    return None if fail.startswith("-") else refusal(fail)


class Esms:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/esms/SendMultipleMessage_V4_post_json/", self.send),
            web.post("/esms/SendMultipleMessage_V4_post_json", self.send),
            web.get("/esms/GetSendStatus", self.status),
            web.post("/esms/GetBalance_json", self.balance),
        ]

    async def send(self, request: web.Request) -> web.Response:
        raw = await request.read()
        return await self._gateway.modes.around(
            "esms", request, lambda: answer(self._send(raw)), mode_failure, sends=True
        )

    def _send(self, raw: bytes) -> bytes:
        body = _read_json(raw)
        if body is None:
            return b'{"error": "Invalid request"}'
        account = account_of(self._gateway, body)
        refused = self._refuse(body, account) if account else ("101", {})
        if refused:
            self._gateway.refuse("esms", body.get("Phone", ""), refused[0])
            return refusal(refused[0], **refused[1])
        assert account is not None
        sms_id = uuid.uuid4().hex
        if body.get("Sandbox") != "1":
            self._gateway.accept(self._row(sms_id, body, account))
        return json.dumps({"CodeResult": "100", "CountRegenerate": 0, "SMSID": sms_id}).encode()

    def _row(self, sms_id: str, body: dict[str, str], account: EsmsAccount) -> Row:
        text = body["Content"]
        return Row(
            id=sms_id,
            channel="esms",
            phone=str(_phone(body)),
            account=account.api_key,
            template_id="",
            params={},
            text=text,
            key=body.get("RequestId", ""),
            accepted_at=self._gateway.clock.now(),
            sender=body["Brandname"],
            callback=body.get("CallbackUrl", ""),
            price=account.price * segments(text),
        )

    def _refuse(
        self, body: dict[str, str], account: EsmsAccount
    ) -> tuple[str, dict[str, str]] | None:
        """The first reason against a request, with what the answer adds to its code."""
        book, now = self._gateway.book, self._gateway.clock.now()
        text = body.get("Content", "")
        if not body.get("SmsType"):
            return "300", {}
        if body["SmsType"] != "2":
            return "118", {}
        phone = _phone(body)
        if phone is None:
            return "108", {}
        code = self._gateway.phones[phone].sms_code
        if code:
            return str(code), {}
        if not body.get("Brandname") or (
            account.brandnames and body["Brandname"] not in account.brandnames
        ):
            return "104", {}
        earlier = (
            book.same_request(account.api_key, body["RequestId"], now)
            if body.get("RequestId")
            else None
        )
        if earlier is not None:
            return "124", {"SMSID": earlier.id, "SendStatus": send_status(earlier)}
        if not text or (account.templates and not any(_fits(text, t) for t in account.templates)):
            return "146", {"SMSID": uuid.uuid4().hex}
        same_at = book.same_text_at(phone, text)
        if same_at is not None and 0 <= now - same_at < SAME_TEXT_SECONDS:
            return "199", {}
        left = money_left(self._gateway, account)
        return ("103", {}) if left is not None and left < account.price * segments(text) else None

    async def status(self, request: web.Request) -> web.Response:
        def reply() -> web.Response:
            return answer(json.dumps(self._status(request)).encode())

        return await self._gateway.modes.around("esms", request, reply, mode_failure)

    def _status(self, request: web.Request) -> dict[str, Any]:
        sms_id = request.query.get("RefId", "")
        account = account_of(self._gateway, request.query)
        if account is None:
            return {"CodeResponse": "101", "SMSID": sms_id}
        rows = [
            row
            for row in self._gateway.book.batch(sms_id)
            if row.account == account.api_key and within_poll_time(self._gateway, row)
        ]
        if not rows:
            return {"CodeResponse": "105", "SMSID": sms_id}
        # A request with many numbers is finished when the last one is.
        status = min((int(send_status(row)) for row in rows), key=_ORDER.index)
        return {
            "CodeResponse": "100",
            "SMSID": sms_id,
            "SendFailed": sum(row.state == FAILED for row in rows),
            "SendStatus": status,
            "SendSuccess": sum(row.state == DELIVERED for row in rows),
            "TotalPrice": float(sum(row.charged for row in rows)),
            "TotalReceiver": len(rows),
            "TotalSent": len(rows) if status in (5, 7) else 0,
        }

    async def balance(self, request: web.Request) -> web.Response:
        raw = await request.read()
        return await self._gateway.modes.around(
            "esms", request, lambda: answer(self._balance(raw)), mode_failure
        )

    def _balance(self, raw: bytes) -> bytes:
        body = _read_json(raw)
        account = account_of(self._gateway, body) if body is not None else None
        if account is None:
            return b'{"Balance": 0, "CodeResponse": "101", "ErrorMessage": "Authorize Failed"}'
        left = money_left(self._gateway, account)
        left = 1_000_000 if left is None else left
        return json.dumps({"Balance": left, "CodeResponse": "100", "UserID": 9999}).encode()


def _read_json(raw: bytes) -> dict[str, str] | None:
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    # The documented types are strings, numbers are taken as well; null is the same as absent.
    return {str(name): str(value) for name, value in body.items() if value is not None}


def _phone(body: dict[str, str]) -> str | None:
    raw = body.get("Phone", "")
    return None if raw.startswith("+") else mobile(raw)


def send_status(row: Row) -> str:
    if row.kind == "ads" and "approved" not in row.extra:
        return PENDING
    if row.extra.get("approved") is False:
        return REFUSED
    return AWAITING_REPORT if row.state == ACCEPTED else FINISHED


def account_of(gateway: Gateway, values: Any) -> EsmsAccount | None:
    """The account whose keys stand in a body or in an address."""
    account = gateway.accounts.esms.get(str(values.get("ApiKey", "")))
    return account if account and account.secret_key == values.get("SecretKey", "") else None


def money_left(gateway: Gateway, account: EsmsAccount) -> int | None:
    """VND; None: never runs out."""
    if account.balance is None:
        return None
    return account.balance - gateway.book.charged[account.api_key]


def within_poll_time(gateway: Gateway, row: Row) -> bool:
    return gateway.clock.now() - row.accepted_at <= POLL_SECONDS


def _fits(text: str, template: str) -> bool:
    """A registered text with {1}-like gaps, each filled by one to a hundred letters."""
    parts = re.split(r"\{[^{}]*\}", template)
    return (
        re.fullmatch(r".{1,100}?".join(re.escape(part) for part in parts), text, re.S) is not None
    )
