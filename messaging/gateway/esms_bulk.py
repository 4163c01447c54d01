"""eSMS, to many numbers at once: advertising that a person approves first, Viber, and polling."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import TYPE_CHECKING, Any

from aiohttp import web

from messaging.gateway.accounts import EsmsAccount
from messaging.gateway.book import ACCEPTED, DELIVERED, FAILED, Row
from messaging.gateway.calls import NETWORKS, telco
from messaging.gateway.clock import CLINIC_ZONE, milliseconds
from messaging.gateway.esms import (
    account_of,
    mode_failure,
    money_left,
    refusal,
    segments,
    send_status,
    within_poll_time,
)
from messaging.gateway.phones import mobile
from messaging.gateway.wire import answer, json_body

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

FEWEST_ADS, MOST_ADS = 30, 5_000
MOST_ROWS = 500
ADS, CARE, VIBER = "1", "2", "23"


class EsmsBulk:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        routes = [
            web.get("/esms/GetSmsReceiverStatus_get", self.receivers),
            web.post("/control/esms/approve", self.approve),
        ]
        for name, handler in (
            ("SendMultipleSMSBrandname_json", self.advertise),
            ("Send_Multiple_Sms_OTT", self.viber),
            ("GetSmsSentData_V2", self.sent_data),
        ):
            routes += [web.post(f"/esms/{name}{end}", handler) for end in ("", "/")]
        return routes

    async def advertise(self, request: web.Request) -> web.Response:
        return await self._send(request, ADS)

    async def viber(self, request: web.Request) -> web.Response:
        return await self._send(request, VIBER)

    async def _send(self, request: web.Request, kind: str) -> web.Response:
        raw = await request.read()
        return await self._gateway.modes.around(
            "esms", request, lambda: answer(self._accept(raw, kind)), mode_failure, sends=True
        )

    def _accept(self, raw: bytes, kind: str) -> bytes:
        body = _read(raw)
        if body is None:
            return b'{"error": "Invalid request"}'
        account = account_of(self._gateway, body)
        if account is None:
            return refusal("101")
        phones = _phones(body)
        code = self._refuse(body, account, phones, kind)
        if code:
            self._gateway.refuse("esms", phones[0] if phones else "", code)
            return refusal(code)
        sms_id = uuid.uuid4().hex
        if str(body.get("Sandbox") or body.get("IsSandBox") or "0") != "1":
            for number, phone in enumerate(phones):
                self._gateway.accept(self._row(sms_id, number, phone, body, account, kind))
        return json.dumps({"CodeResult": "100", "CountRegenerate": 0, "SMSID": sms_id}).encode()

    def _refuse(
        self, body: dict[str, Any], account: EsmsAccount, phones: list[str], kind: str
    ) -> str:
        """The first reason against a request; empty: none."""
        said = str(body.get("SmsType") or "")
        if said != kind:
            return "118" if said else "300"
        if kind == ADS and len(phones) < FEWEST_ADS:
            return "107"
        if len(phones) > MOST_ADS:
            return "120"
        if not phones:
            return "108"
        brand = body.get("Brandname")
        if not brand or (account.brandnames and brand not in account.brandnames):
            return "104"
        code = next((c for p in phones if (c := self._gateway.phones[p].sms_code)), 0)
        if code:
            return str(code)
        if not body.get("Content") and not (kind == VIBER and body.get("OttImgUrl")):
            return "146"
        left = money_left(self._gateway, account)
        cost = self._price(body, account, kind) * len(phones)
        return "103" if left is not None and left < cost else ""

    @staticmethod
    def _price(body: dict[str, Any], account: EsmsAccount, kind: str) -> int:
        if kind == VIBER:
            return account.viber_price
        return account.price * segments(str(body["Content"]))

    def _row(
        self, sms_id: str, number: int, phone: str, body: dict[str, Any], account: EsmsAccount,
        kind: str,
    ) -> Row:  # fmt: skip
        now = self._gateway.clock.now()
        extra: dict[str, Any] = {"batch": sms_id, "campaign": str(body.get("campaignid") or "")}
        if kind == ADS:
            extra["approve_at"] = now + self._gateway.delivery.approval_seconds
        else:
            names = ("OttImgUrl", "OttLabel", "OTTLabel", "OttUrl")
            extra |= {name: str(body[name]) for name in names if body.get(name)}
        # Advertising has no address for a report in its table: who wants to know, asks.
        return Row(
            id=f"{sms_id}-{number}", channel="esms", phone=phone, account=account.api_key,
            template_id="", params={}, text=str(body.get("Content") or ""), key="",
            accepted_at=now, sender=str(body["Brandname"]), price=self._price(body, account, kind),
            callback="" if kind == ADS else str(body.get("CallbackUrl") or ""),
            kind="ads" if kind == ADS else "viber", extra=extra,
        )  # fmt: skip

    # polling

    async def receivers(self, request: web.Request) -> web.Response:
        def reply() -> web.Response:
            return answer(json.dumps(self._receivers(request)).encode())

        return await self._gateway.modes.around("esms", request, reply, mode_failure)

    def _receivers(self, request: web.Request) -> dict[str, Any]:
        account = account_of(self._gateway, request.query)
        if account is None:
            return {"CodeResult": "101", "ErrorMessage": "Authorize Failed"}
        rows = self._gateway.book.batch(request.query.get("RefId", ""))
        mine = [
            r for r in rows if r.account == account.api_key and within_poll_time(self._gateway, r)
        ]
        if not mine:
            return {"CodeResult": "105", "ErrorMessage": "SMSID is not exist"}
        return {"CodeResult": "100", "ReceiverList": [_receiver(row) for row in mine]}

    async def sent_data(self, request: web.Request) -> web.Response:
        raw = await request.read()
        return await self._gateway.modes.around(
            "esms", request, lambda: answer(self._sent_data(raw)), mode_failure
        )

    def _sent_data(self, raw: bytes) -> bytes:
        body = _read(raw)
        account = account_of(self._gateway, body) if body else None
        if body is None or account is None:
            return b'{"CodeResult": "101", "ErrorMessage": "Authorize Failed."}'
        try:
            first, last = _moment(body["From"]), _moment(body["To"])
            page, size = int(body["Page"]), int(body["PageSize"])
        except (KeyError, ValueError, TypeError):
            return refusal("110")
        if page < 1 or not 0 < size <= MOST_ROWS:
            return refusal("110")
        kind = {ADS: "ads", CARE: "", VIBER: "viber"}.get(str(body.get("SmsType") or ""), "none")
        found = [
            (number, row)
            for number, row in enumerate(self._gateway.book.rows)
            if (row.channel, row.account, row.kind) == ("esms", account.api_key, kind)
            and first <= row.accepted_at <= last
        ]
        rows = [_sent(number, row, str(body["SmsType"])) for number, row in found]
        shown = rows[(page - 1) * size : page * size]
        said = {"CodeResult": "100", "CountTotal": len(rows), "SentData": shown}
        return json.dumps(said, ensure_ascii=False).encode()

    async def approve(self, request: web.Request) -> web.Response:
        """What a person at eSMS decides about an advertising request."""

        def change(values: Any) -> Any:
            rows = self._gateway.book.batch(str(values.get("SMSID") or ""))
            if not rows or rows[0].kind != "ads":
                raise ValueError("no such advertising request")
            approved = values.get("approve", True) is not False
            for row in rows:
                self._gateway.delivery.decide(row, approved=approved)
            return {"SMSID": values["SMSID"], "approved": approved, "count": len(rows)}

        return await json_body(request, change)


def _read(raw: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _phones(body: dict[str, Any]) -> list[str]:
    """The distinct valid numbers, in their order."""
    said = body.get("Phones") or []
    listed = said.replace('"', "").split(",") if isinstance(said, str) else list(said)
    found = [None if str(each).startswith("+") else mobile(str(each).strip()) for each in listed]
    return list(dict.fromkeys(phone for phone in found if phone))


def _receiver(row: Row) -> dict[str, Any]:
    return {
        "IsSent": send_status(row) in ("5", "7"),
        "NetworkName": NETWORKS[telco(row.phone)],
        "Phone": "0" + row.phone.removeprefix("+84"),
        "Retry": 0,
        "SentResult": row.state == DELIVERED,
    }


def _sent(number: int, row: Row, kind: str) -> dict[str, Any]:
    return {
        "Campaign": row.extra.get("campaign", ""),
        "Content": row.text,
        "Phone": "0" + row.phone.removeprefix("+84"),
        "ReferenceId": row.extra.get("batch", row.id),
        "SellPrice": float(row.charged),
        "SendResult": {DELIVERED: 1, FAILED: 0, ACCEPTED: 2}.get(row.state, 2),
        "SendStatus": int(send_status(row)),
        "SentTime": f"/Date({milliseconds(row.accepted_at)}+0700)/",
        "SmsId": 29_000_000 + number,
        "SmsType": int(kind),
    }


def _moment(said: Any) -> float:
    return dt.datetime.fromisoformat(str(said)).replace(tzinfo=CLINIC_ZONE).timestamp()
