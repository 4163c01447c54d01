"""Twilio's Messages: Basic auth, forms in, JSON out, errors with an HTTP status and a code.

Numbers of Viet Nam are accepted like all others: that they do not go this way is for the product.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from messaging.gateway.accounts import TwilioAccount
from messaging.gateway.book import DELIVERED, FAILED, Row
from messaging.gateway.clock import local
from messaging.gateway.codes import TWILIO
from messaging.gateway.delivery import TOLD_LATER
from messaging.gateway.esms import segments
from messaging.gateway.phones import mobile
from messaging.gateway.wire import json_answer

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

BASE = "/twilio/2010-04-01/Accounts/{sid}"
LONGEST = 1_600
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


class TwilioError(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


class Twilio:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{BASE}/Messages.json", self.create),
            web.get(f"{BASE}/Messages/{{message}}.json", self.fetch),
            web.post(f"{BASE}/Messages/{{message}}.json", self.redact),
        ]

    async def create(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode("utf-8", "replace")))

        def work() -> web.Response:
            try:
                account = self._account(request)
                row = self._row(account, form)
            except TwilioError as error:
                self._gateway.refuse("twilio", form.get("To", ""), str(error.code))
                return refusal(error.code)
            self._gateway.accept(row)
            return json_answer(self._resource(row), status=201)

        return await self._gateway.modes.around("twilio", request, work, _fail, sends=True)

    def _account(self, request: web.Request) -> TwilioAccount:
        kind, _, said = request.headers.get("Authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(said, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise TwilioError(20003) from error
        account = self._gateway.accounts.twilio.get(user)
        known = account is not None and account.auth_token == password
        if kind.lower() != "basic" or not known or request.match_info["sid"] != user:
            raise TwilioError(20003)
        assert account is not None
        return account

    def _row(self, account: TwilioAccount, form: dict[str, str]) -> Row:
        to, text = form.get("To", ""), form.get("Body", "")
        if not _NUMBER.fullmatch(to):
            raise TwilioError(21211)
        if to.startswith("+84") and mobile(to) is None:
            raise TwilioError(21614)  # no landlines there
        sender = self._sender(account, form)
        if not text:
            raise TwilioError(21602)
        if len(text) > LONGEST:
            raise TwilioError(21617)
        code = self._gateway.phones[to].twilio_code
        if 0 < code < TOLD_LATER:
            raise TwilioError(code)
        extra = {"segments": segments(text), "service": form.get("MessagingServiceSid", "")}
        return Row(
            id=f"SM{os.urandom(16).hex()}", channel="twilio", phone=to, account=account.sid,
            template_id="", params={}, text=text, key="", accepted_at=self._gateway.clock.now(),
            sender=sender, callback=form.get("StatusCallback", ""), extra=extra,
        )  # fmt: skip

    @staticmethod
    def _sender(account: TwilioAccount, form: dict[str, str]) -> str:
        sender, service = form.get("From", ""), form.get("MessagingServiceSid", "")
        if not sender and not service:
            raise TwilioError(21603)
        if sender and account.numbers and sender not in account.numbers:
            raise TwilioError(21606)
        if service and account.services and service not in account.services:
            raise TwilioError(21606)
        return sender or (account.numbers or [service])[0]

    def _found(self, request: web.Request) -> Row:
        account = self._account(request)
        row = self._gateway.book.by_id.get(request.match_info["message"])
        if row is None or row.account != account.sid:
            raise TwilioError(20404)
        return row

    async def fetch(self, request: web.Request) -> web.Response:
        def work() -> web.Response:
            try:
                return json_answer(self._resource(self._found(request)))
            except TwilioError as error:
                return refusal(error.code)

        return await self._gateway.modes.around("twilio", request, work, _fail)

    async def redact(self, request: web.Request) -> web.Response:
        """An empty Body takes the text away."""
        form = dict(parse_qsl((await request.read()).decode("utf-8", "replace"), True))

        def work() -> web.Response:
            try:
                row = self._found(request)
            except TwilioError as error:
                return refusal(error.code)
            if form.get("Body") == "":
                self._gateway.book.amend(row, text="")
            return json_answer(self._resource(row))

        return await self._gateway.modes.around("twilio", request, work, _fail)

    def _resource(self, row: Row) -> dict[str, Any]:
        account = self._gateway.accounts.twilio[row.account]
        created = format_datetime(local(row.accepted_at))
        ended = format_datetime(local(row.settled_at)) if row.settled_at else None
        count = int(row.extra.get("segments", 1))
        price = f"-{float(account.price) * count:.5f}" if row.state == DELIVERED else None
        path = f"/2010-04-01/Accounts/{row.account}/Messages/{row.id}"
        code = int(row.error) if row.error and row.state == FAILED else None
        return {
            "account_sid": row.account,
            "api_version": "2010-04-01",
            "body": row.text,
            "date_created": created,
            "date_sent": ended,
            "date_updated": ended or created,
            "direction": "outbound-api",
            "error_code": code,
            "error_message": TWILIO.get(code, (0, "Unknown error"))[1] if code else None,
            "from": row.sender,
            "messaging_service_sid": row.extra.get("service") or None,
            "num_media": "0",
            "num_segments": str(count),
            "price": price,
            "price_unit": "USD",
            "sid": row.id,
            "status": _status(row),
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": row.phone,
            "uri": f"{path}.json",
        }


def _status(row: Row) -> str:
    if row.state == DELIVERED:
        return "delivered"
    if row.state == FAILED:
        return str(row.extra.get("ended", "undelivered"))
    first = "accepted" if row.extra.get("service") else "queued"
    return str(row.extra.get("stage", first))


def refusal(code: int) -> web.Response:
    status, message = TWILIO.get(code, (400, "Unknown error"))
    status = status or 400
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more_info, "status": status}
    return json_answer(body, status=status)


def _fail(fail: str) -> web.Response | None:
    return None if fail.startswith("-") else refusal(int(fail))
