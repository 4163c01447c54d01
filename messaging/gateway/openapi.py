"""Zalo's OA host: free text to people who wrote, templates by user id, users, uploads, quotas.

Errors are HTTP 200 with a code: token, bucket of calls, JSON, user, message, the person, the window
of seven days, quota and money.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from typing import Any

from aiohttp import web

from messaging.gateway.accounts import ZaloAccount
from messaging.gateway.book import Row
from messaging.gateway.clock import DAY, local, milliseconds
from messaging.gateway.consulting import read_message
from messaging.gateway.people import Friend
from messaging.gateway.templates import Template
from messaging.gateway.zalo import quota_left, usable_template
from messaging.gateway.zalo_wire import OpenApiHost, RefusedError, read_json, success

BASE = "/zalo-openapi"
WINDOW, FREE_WINDOW = 7 * DAY, 2 * DAY
CS_PRICE = 55  # VND, for what is neither free nor in the package
RECIPIENTS = {"none": -227, "inactive": -227, "refused": -244}


class OpenApi(OpenApiHost):
    def routes(self) -> list[web.RouteDef]:
        v3, v2 = f"{BASE}/v3.0/oa", f"{BASE}/v2.0/oa"
        return [
            web.post(f"{v3}/message/cs", self.consult),
            web.post(f"{v3}/message/template", self.template),
            web.post(f"{v3}/message/transaction", self.shut_down),
            web.post(f"{v3}/message/promotion", self.shut_down),
            web.post(f"{v2}/message", self.reaction),
        ]

    # free text

    async def consult(self, request: web.Request) -> web.Response:
        raw = await request.read()
        return await self._call(
            request, lambda _r, account: self._consult(account, raw), sends=True
        )

    def _consult(self, account: ZaloAccount, raw: bytes) -> bytes:
        friend: Friend | None = None
        try:
            body = read_json(raw, -201, -201)
            friend = self._user(account, body.get("recipient"))
            message = read_message(body.get("message"), self._gateway.uploads)
            self._check_person(account, friend)
            now = self._gateway.clock.now()
            self._check_window(friend, now)
            price, quota = self._price(account, friend, now)
        except RefusedError as refused:
            self._gateway.refuse("oa", friend.phone if friend else "", str(refused.code))
            raise
        counted = {"counted": "sub_quota"} if quota["quota_type"] == "sub_quota" else {}
        row = Row(
            id=os.urandom(10).hex(), channel="oa", phone=friend.phone, account=account.oa_id,
            template_id="", params={}, text=message.text, key="", accepted_at=now, price=price,
            kind="cs", extra=_ids(friend) | message.kept() | counted,
        )  # fmt: skip
        self._gateway.accept(row)
        told = {"msg_id": row.id, **message.told(self._gateway.uploads)}
        self._gateway.chat.of_account(friend, message.event, told)
        sent = {"message_id": row.id, "user_id": friend.user_id, "sent_time": milliseconds(now)}
        return success({**sent, "quota": quota})

    def _user(self, account: ZaloAccount, recipient: Any) -> Friend:
        user_id = recipient.get("user_id") if isinstance(recipient, dict) else None
        friend = self._gateway.people.user(account.oa_id, str(user_id or ""))
        if friend is None:
            raise RefusedError(-201, "user_id")
        return friend

    def _check_person(self, account: ZaloAccount, friend: Friend) -> None:
        if not account.oa_active:
            raise RefusedError(-204)
        switches = self._gateway.phones[friend.phone]
        refusal = switches.oa_code or RECIPIENTS.get(switches.zalo)
        if refusal:
            raise RefusedError(refusal)

    @staticmethod
    def _check_window(friend: Friend, now: float) -> None:
        if not friend.last_at:
            raise RefusedError(-232)
        if now - friend.last_at > WINDOW:
            raise RefusedError(-230)

    def _price(
        self, account: ZaloAccount, friend: Friend, now: float
    ) -> tuple[int, dict[str, Any]]:
        """What this message costs, and the `quota` of its answer: free, of the package, bought."""
        owner = {"owner_type": "OA", "owner_id": account.oa_id}
        limit = account.cs_replies
        if now - friend.last_at <= FREE_WINDOW and (limit is None or friend.replies < limit):
            friend.replies += 1
            self._gateway.people.keep(friend)
            return 0, {"quota_type": "reply" if friend.spoke else "welcome_msg", **owner}
        left = account.cs_quota - self._gateway.book.counts[account.oa_id, "sub_quota"]
        if left > 0:
            month_end = _month_end(now)
            used = {"remain": left - 1, "total": account.cs_quota, "expired_date": month_end}
            return 0, {"quota_type": "sub_quota", **owner, **used}
        self._check_money(account, CS_PRICE)
        return CS_PRICE, {"quota_type": "purchase_quota", **owner}

    def _check_money(self, account: ZaloAccount, price: int) -> None:
        charged = self._gateway.book.charged[account.oa_id]
        if account.balance is not None and account.balance - charged < price:
            raise RefusedError(-321)

    # templates by user id

    async def template(self, request: web.Request) -> web.Response:
        raw = await request.read()

        def work(_request: web.Request, account: ZaloAccount) -> bytes:
            phone = ""
            try:
                body = read_json(raw, -201, -201)
                friend = self._user(account, body)
                phone = friend.phone
                return self._by_user(account, friend, body)
            except RefusedError as refused:
                self._gateway.refuse("oa", phone, str(refused.code))
                raise

        return await self._call(request, work, sends=True)

    def _by_user(self, account: ZaloAccount, friend: Friend, body: dict[str, Any]) -> bytes:
        """`tracking_id` is not looked at: the message id is the only key on this channel."""
        now = self._gateway.clock.now()
        template = usable_template(self._gateway, account, body.get("template_id"))
        if not template.uid or template.tag == "OTP" or any(b.reply for b in template.buttons):
            raise RefusedError(-249)
        wrong = template.check(body.get("template_data"))
        if wrong:
            raise RefusedError(*wrong)
        self._check_person(account, friend)
        left = quota_left(self._gateway, account, template, now, template.price_by_uid())
        row = self._template_row(account, friend, now, template, body.get("template_data") or {})
        self._gateway.accept(row)
        self._gateway.chat.of_account(friend, "oa_send_template", {"msg_id": row.id})
        quota = {"quota_type": "purchase_quota", "remain": left - 1, "owner_type": "OA"}
        sent: dict[str, Any] = {"message_id": row.id, "user_id": friend.user_id}
        sent["quota"] = {**quota, "owner_id": account.oa_id}
        at = {"sent_time": milliseconds(now)}
        if self._gateway.spellings.sent_time_beside:
            return success(sent, **at)
        return success({**sent, **at})

    @staticmethod
    def _template_row(
        account: ZaloAccount, friend: Friend, now: float, template: Template, data: dict[str, Any]
    ) -> Row:
        return Row(
            id=os.urandom(10).hex(), channel="oa", phone=friend.phone, account=account.oa_id,
            template_id=template.id, params=data, text="", key="", accepted_at=now,
            price=template.price_by_uid(), kind="uid", extra=_ids(friend),
        )  # fmt: skip

    # what is no longer there, and reactions

    async def shut_down(self, request: web.Request) -> web.Response:
        await request.read()

        def work(_request: web.Request, _account: ZaloAccount) -> bytes:
            raise RefusedError(-240)

        return await self._call(request, work)

    async def reaction(self, request: web.Request) -> web.Response:
        raw = await request.read()

        def work(_request: web.Request, account: ZaloAccount) -> bytes:
            body = read_json(raw, -201, -201)
            action = body.get("sender_action")
            if not isinstance(action, dict):
                raise RefusedError(-240)  # messages of version 2
            friend = self._user(account, body.get("recipient"))
            self._check_person(account, friend)
            icon = str(action.get("react_icon") or "")
            message = {"msg_id": str(action.get("react_message_id") or ""), "react_icon": icon}
            if not icon or not message["msg_id"]:
                raise RefusedError(-201, "sender_action")
            self._gateway.chat.of_account(friend, "oa_reacted_message", message)
            return success({"message_id": os.urandom(10).hex(), "user_id": friend.user_id})

        return await self._call(request, work)


def _ids(friend: Friend) -> dict[str, Any]:
    return {"user_id": friend.user_id, "user_id_by_app": friend.by_app}


def _month_end(now: float) -> str:
    day = local(now)
    following = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return f"{following - dt.timedelta(days=1):%d/%m/%Y}"


def read_data(request: web.Request) -> dict[str, Any]:
    """Parameters of a GET stand as JSON in one query parameter."""
    try:
        data = json.loads(request.query.get("data", ""))
    except ValueError as error:
        raise RefusedError(-201, "data") from error
    if not isinstance(data, dict):
        raise RefusedError(-201, "data")
    return data
