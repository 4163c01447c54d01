"""Zalo's business host, what it lists: templates with samples, quality, ratings, answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from messaging.gateway.accounts import ZaloAccount
from messaging.gateway.clock import milliseconds
from messaging.gateway.talk import Said
from messaging.gateway.templates import STATUSES, Template
from messaging.gateway.zalo_wire import RefusedError, ZaloHost, read_json, success

BASE = "/zalo-business"
MOST_TEMPLATES = MOST_ANSWERS = 100
LISTED = STATUSES[:4]  # the filter counts them from 1
TAGS = ("TRANSACTION", "CUSTOMER_CARE", "PROMOTION")
SAMPLES = {
    "NAME": "Nguyễn Thị Trang", "PHONE": "84903418276", "ADDRESS": "128 Nguyễn Đình Chiểu",
    "CODE": "BN1042", "TIME": "15:30 17/11/2026", "DATE": "17/11/2026", "URL": "https://example.vn/k/abc",
    "NUMBER": "12", "CURRENCY": "350000", "OTP": "482913",
}  # fmt: skip


class ZaloCatalog(ZaloHost):
    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{BASE}/quality", self._reading(self._quality)),
            web.get(f"{BASE}/template/all", self._reading(self._all)),
            web.get(f"{BASE}/template/sample-data", self._reading(self._sample)),
            web.get(f"{BASE}/message/template-tag", self._reading(self._tags)),
            web.post(f"{BASE}/rating/get", self.ratings),
            web.get(f"{BASE}/rating/get", self.ratings),
            web.post(f"{BASE}/response/get", self.responses),
        ]

    def _reading(self, work: Callable[[web.Request, ZaloAccount], bytes]) -> Any:
        async def handle(request: web.Request) -> web.Response:
            return await self._call(request, work)

        return handle

    def _quality(self, _request: web.Request, account: ZaloAccount) -> bytes:
        return success({"oaCurrentQuality": account.quality, "oa7dayQuality": account.quality})

    def _tags(self, _request: web.Request, _account: ZaloAccount) -> bytes:
        return success(list(TAGS))

    def _mine(self, account: ZaloAccount) -> list[Template]:
        return [
            template
            for template in self._gateway.templates.values()
            if template.oa_id in ("", account.oa_id) and template.status != "DELETE"
        ]

    def _all(self, request: web.Request, account: ZaloAccount) -> bytes:
        offset, limit = _number(request, "offset", 0), _number(request, "limit", MOST_TEMPLATES)
        if not 0 < limit <= MOST_TEMPLATES:
            raise RefusedError(-132, "limit")
        found = self._mine(account)
        status = request.query.get("status")
        if status:
            if status not in ("1", "2", "3", "4"):
                raise RefusedError(-132, "status")
            found = [each for each in found if each.status == LISTED[int(status) - 1]]
        rows = [
            {
                "templateId": int(each.id) if each.id.isdigit() else each.id,
                "templateName": each.name,
                "createdTime": 0,
                "status": each.status,
                "templateQuality": each.quality,
            }
            for each in found[offset : offset + limit]
        ]
        return success(rows, metadata={"total": len(found)})

    def _template(self, account: ZaloAccount, named: Any) -> Template:
        template = self._gateway.templates.get(str(named or ""))
        if template is None or template not in self._mine(account):
            raise RefusedError(-109)
        return template

    def _sample(self, request: web.Request, account: ZaloAccount) -> bytes:
        template = self._template(account, request.query.get("template_id"))
        samples = {
            param.name: SAMPLES.get(param.type.upper(), param.name)[: param.maxLength]
            for param in template.params
        }
        return success(samples)

    # what patients said to templates

    async def ratings(self, request: web.Request) -> web.Response:
        return await self._answers(request, "rate", _rating)

    async def responses(self, request: web.Request) -> web.Response:
        return await self._answers(request, "press", _response)

    async def _answers(
        self, request: web.Request, kind: str, shape: Callable[[Said], dict[str, Any]]
    ) -> web.Response:
        raw = await request.read()

        def work(_request: web.Request, account: ZaloAccount) -> bytes:
            # Sources disagree whether this is asked by the body or by the address: both.
            body = dict(request.query) if request.query else read_json(raw)
            template = self._template(account, body.get("template_id"))
            try:
                first, last = int(body["from_time"]), int(body["to_time"])
                offset, limit = int(body.get("offset", 0)), int(body.get("limit", 20))
            except (KeyError, ValueError, TypeError) as error:
                raise RefusedError(-132, "from_time") from error
            if offset < 0 or not 0 < limit <= MOST_ANSWERS:
                raise RefusedError(-132, "limit")
            found = [
                said
                for said in self._gateway.talk.of_template(kind, template.id)
                if said.account == account.oa_id and first <= int(said.at * 1000) <= last
            ]
            page = [shape(said) for said in found[offset : offset + limit]]
            return success({"total": len(found), "data": page})

        return await self._call(request, work)


def _rating(said: Said) -> dict[str, Any]:
    more = said.more
    return {
        "rating_type": more["rating_type"],
        "option": more["option"],
        "note": more["note"],
        "rate": more["rate"],
        "submitDate": milliseconds(said.at),
        "msgId": more["msg_id"],
        "feedbacks": more["feedbacks"],
        "trackingId": more["tracking_id"],
        "oaId": said.account,
    }


def _response(said: Said) -> dict[str, Any]:
    more = said.more
    return {
        "buttonType": more["button_type"],
        "data": more["data"],
        "submitDate": milliseconds(said.at),
        "msgId": more["message_id"],
        "trackingId": more["tracking_id"],
        "oaId": said.account,
    }


def _number(request: web.Request, name: str, otherwise: int) -> int:
    said = request.query.get(name, "")
    if said and not said.isdigit():
        raise RefusedError(-132, name)
    return int(said) if said else otherwise
