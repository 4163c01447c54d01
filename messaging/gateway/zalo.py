"""Zalo's business API (ZBS template messages by phone), as far as a clinic uses it.

Errors are HTTP 200 with a code, checked in one order: token, JSON, template, parameters, phone,
mode, quota, night, recipient.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from aiohttp import web

from messaging.gateway.accounts import ZaloAccount
from messaging.gateway.book import ACCEPTED, DELIVERED, EXPIRED, Row
from messaging.gateway.clock import is_night, local_day, milliseconds
from messaging.gateway.phones import mobile
from messaging.gateway.templates import Template
from messaging.gateway.wire import answer
from messaging.gateway.zalo_wire import RefusedError, ZaloHost, read_json, success

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

TRACKING_LENGTH = 48
# The answer of the hot path, written out: every value in it is the gateway's own.
_ACCEPTED = (
    b'{"error": 0, "message": "Success", "data": {"msg_id": "%s", "sent_time": "%d", '
    b'"sending_mode": "%s", "quota": {"dailyQuota": "%d", "remainingQuota": "%d"}}}'
)
RECIPIENTS = {"none": -118, "inactive": -114, "refused": -141}


class ZaloBusiness(ZaloHost):
    def routes(self) -> list[web.RouteDef]:
        base = "/zalo-business"
        return [
            web.post(f"{base}/message/template", self.send),
            web.get(f"{base}/message/status", self.status),
            web.get(f"{base}/message/quota", self.quota),
            web.get(f"{base}/template/info/v2", self.template_info),
        ]

    # sending

    async def send(self, request: web.Request) -> web.Response:
        raw = await request.read()
        return await self._gateway.modes.around(
            "zalo", request, lambda: answer(self._send(request, raw)), self.mode_failure, sends=True
        )

    def _send(self, request: web.Request, raw: bytes) -> bytes:
        phone = ""
        try:
            account = self._account(request)
            body = read_json(raw)
            phone = str(body.get("phone") or "")
            return self._accept(account, body)
        except RefusedError as refused:
            self._gateway.refuse("zalo", phone, str(refused.code))
            return self._error(refused)

    def _accept(self, account: ZaloAccount, body: dict[str, Any]) -> bytes:
        gateway, now = self._gateway, self._gateway.clock.now()
        template = usable_template(gateway, account, body.get("template_id"))
        data = body.get("template_data")
        wrong = template.check(data)
        if wrong:
            raise RefusedError(*wrong)
        mode = _check_sending(body)
        phone = mobile(str(body.get("phone") or ""))
        if phone is None:
            raise RefusedError(-108)
        if body.get("mode") == "development" and phone not in account.admins:
            raise RefusedError(-127)
        left = quota_left(gateway, account, template, now, template.price)
        if not template.night and is_night(now):
            raise RefusedError(-133)
        switches = gateway.phones[phone]
        refusal = switches.zalo_code or RECIPIENTS.get(switches.zalo)
        if refusal:
            raise RefusedError(refusal)
        row = Row(
            id=os.urandom(10).hex(),
            channel="zalo",
            phone=phone,
            account=account.oa_id,
            template_id=template.id,
            params=data or {},
            text="",
            key=str(body.get("tracking_id") or ""),
            accepted_at=now,
            price=template.price,
        )
        gateway.accept(row)
        return _ACCEPTED % (
            row.id.encode(), int(now * 1000), mode.encode(), account.daily_quota, left - 1
        )  # fmt: skip

    # reading

    async def status(self, request: web.Request) -> web.Response:
        return await self._call(request, self._status)

    async def quota(self, request: web.Request) -> web.Response:
        return await self._call(request, self._quota)

    async def template_info(self, request: web.Request) -> web.Response:
        return await self._call(request, self._template_info)

    def _status(self, request: web.Request, account: ZaloAccount) -> bytes:
        message_id = request.query.get("message_id", "")
        if not message_id:
            raise RefusedError(-107)
        row = self._gateway.book.by_id.get(message_id)
        if row is None or row.account != account.oa_id:
            return success(
                {"delivery_time": "", "message": "The message does not exist", "status": -1}
            )
        if row.state == DELIVERED:
            text = "The message was delivered to the user's phone"
            return success(
                {"delivery_time": milliseconds(row.settled_at), "message": text, "status": 1}
            )
        assert row.state in (ACCEPTED, EXPIRED)
        text = "The message was pushed but not delivered to the user's phone"
        return success({"delivery_time": "", "message": text, "status": 0})

    def _quota(self, _request: web.Request, account: ZaloAccount) -> bytes:
        sent = self._gateway.book.sent_on(account.oa_id, local_day(self._gateway.clock.now()))
        return success(
            {
                "dailyQuota": str(account.daily_quota),
                "remainingQuota": str(max(0, account.daily_quota - sent)),
                "dailyQuotaPromotion": None,
                "remainingQuotaPromotion": None,
                "monthlyPromotionQuota": "0",
                "remainingMonthlyPromotionQuota": "0",
                "estimatedNextMonthPromotionQuota": str(sent // 6),
            }
        )

    def _template_info(self, request: web.Request, account: ZaloAccount) -> bytes:
        template = self._gateway.templates.get(request.query.get("template_id", ""))
        if template is None or (template.oa_id and template.oa_id != account.oa_id):
            raise RefusedError(-109)
        left = None
        if template.daily_quota is not None:
            sent = self._gateway.book.sent_on(template.id, local_day(self._gateway.clock.now()))
            left = max(0, template.daily_quota - sent)
        return success(template.detail(left))


def _check_sending(body: dict[str, Any]) -> str:
    tracking = body.get("tracking_id")
    if tracking is not None and not isinstance(tracking, str):
        raise RefusedError(-132, "tracking_id")
    if tracking and len(tracking) > TRACKING_LENGTH:
        raise RefusedError(-132, "tracking_id")
    mode = str(body.get("sending_mode") or "1")
    if mode not in ("1", "3"):
        raise RefusedError(-161)
    if mode == "3":
        raise RefusedError(-162)
    return mode


def usable_template(gateway: Gateway, account: ZaloAccount, named: Any) -> Template:
    """Raises RefusedError: unknown, not approved, another account's, switched off."""
    template = gateway.templates.get(str(named)) if isinstance(named, str | int) else None
    if template is None or template.status == "DELETE":
        raise RefusedError(-109)
    if template.status in ("PENDING_REVIEW", "REJECT"):
        raise RefusedError(-131)
    if template.oa_id and template.oa_id != account.oa_id:
        raise RefusedError(-117)
    if template.status == "DISABLE":
        raise RefusedError(-146)
    return template


def quota_left(
    gateway: Gateway, account: ZaloAccount, template: Template, now: float, price: int
) -> int:
    """How many the account may still send today. Raises RefusedError: −144, −147, −115."""
    day, book = local_day(now), gateway.book
    left = account.daily_quota - book.sent_on(account.oa_id, day)
    if left <= 0:
        raise RefusedError(-144)
    if template.daily_quota is not None and book.sent_on(template.id, day) >= template.daily_quota:
        raise RefusedError(-147)
    if account.balance is not None and account.balance - book.charged[account.oa_id] < price:
        raise RefusedError(-115)
    return left
