"""Zalo's OA host, what it tells: the account, its users, their quotas; and what it takes in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from aiohttp import web

from messaging.gateway.accounts import ZaloAccount
from messaging.gateway.clock import local, local_day, milliseconds
from messaging.gateway.openapi import BASE, FREE_WINDOW, read_data
from messaging.gateway.people import Friend
from messaging.gateway.zalo_wire import OpenApiHost, RefusedError, read_json, success

MOST_USERS, LAST_OFFSET = 50, 9951
PERIODS = {"TODAY": (0, 0), "YESTERDAY": (1, 1), "L7D": (6, 0), "L30D": (29, 0)}  # days ago
FREE_WITHOUT_END = 1_000_000


class OaData(OpenApiHost):
    def routes(self) -> list[web.RouteDef]:
        v3, v2 = f"{BASE}/v3.0/oa", f"{BASE}/v2.0/oa"
        return [
            web.get(f"{v2}/getoa", self.account),
            web.get(f"{v3}/user/detail", self.user),
            web.get(f"{v3}/user/getlist", self.users),
            web.post(f"{v3}/quota/message", self.quota),
            web.post(f"{v2}/quota/message", self.quota),
            *(web.post(f"{v2}/upload/{kind}", self.upload) for kind in ("image", "gif", "file")),
        ]

    async def account(self, request: web.Request) -> web.Response:
        return await self._call(request, self._about)

    def _about(self, _request: web.Request, account: ZaloAccount) -> bytes:
        followers = sum(friend.follower for friend in self._gateway.people.of(account.oa_id))
        name = "oaid" if self._gateway.spellings.oaid else "oa_id"
        until = local(self._gateway.clock.now() + 90 * 86_400)
        return success(
            {
                name: account.oa_id,
                "name": account.name,
                "description": "",
                "oa_alias": "",
                "is_verified": True,
                "oa_type": 2,
                "cate_name": "Nha khoa",
                "num_follower": followers,
                "avatar": "",
                "cover": "",
                "package_name": account.package,
                "package_valid_through_date": f"{until:%d/%m/%Y}",
                "package_auto_renew_date": "",
                "linked_ZCA": "ZBS Account",
            }
        )

    async def user(self, request: web.Request) -> web.Response:
        return await self._call(request, self._user)

    def _user(self, request: web.Request, account: ZaloAccount) -> bytes:
        friend = self._friend(account, read_data(request))
        spoke = f"{local(friend.last_at):%d/%m/%Y}" if friend.last_at else ""
        return success(
            {
                "user_id": friend.user_id,
                "user_id_by_app": friend.by_app,
                "user_external_id": "",
                "display_name": friend.name or "Người dùng Zalo",
                "user_alias": "",
                "is_sensitive": False,
                "user_last_interaction_date": spoke,
                "user_is_follower": friend.follower,
                "avatar": "",
                "avatars": {"120": "", "240": ""},
                "tags_and_notes_info": {"notes": [], "tag_names": []},
                "shared_info": _shared(friend.info),
            }
        )

    def _friend(self, account: ZaloAccount, data: dict[str, Any]) -> Friend:
        friend = self._gateway.people.user(account.oa_id, str(data.get("user_id") or ""))
        if friend is None:
            raise RefusedError(-201, "user_id")
        return friend

    async def users(self, request: web.Request) -> web.Response:
        return await self._call(request, self._users)

    def _users(self, request: web.Request, account: ZaloAccount) -> bytes:
        data = read_data(request)
        offset, count = data.get("offset", 0), data.get("count", MOST_USERS)
        if not isinstance(offset, int) or not isinstance(count, int) or offset < 0 or count < 1:
            raise RefusedError(-201, "offset")
        if count > MOST_USERS or offset > LAST_OFFSET:
            raise RefusedError(-210, "count")
        found = [f for f in self._gateway.people.of(account.oa_id) if self._is_listed(f, data)]
        users = [{"user_id": friend.user_id} for friend in found[offset : offset + count]]
        return success({"total": len(found), "count": len(users), "offset": offset, "users": users})

    def _is_listed(self, friend: Friend, data: dict[str, Any]) -> bool:
        wanted = data.get("is_follower")
        if wanted is not None and friend.follower != (wanted in (True, "true")):
            return False
        if data.get("tag_name"):
            return False  # nobody is tagged here
        period = data.get("last_interaction_period")
        if not period:
            return True
        first, last = _days(str(period), local_day(self._gateway.clock.now()))
        return bool(friend.last_at) and first <= local_day(friend.last_at) <= last

    async def quota(self, request: web.Request) -> web.Response:
        raw = await request.read()

        def work(_request: web.Request, account: ZaloAccount) -> bytes:
            body = read_json(raw, -201, -201)
            if "quota_owner" in body:
                return success(self._assets(account))
            return success(self._user_quota(account, self._friend(account, body)))

        return await self._call(request, work)

    def _user_quota(self, account: ZaloAccount, friend: Friend) -> dict[str, Any]:
        now = self._gateway.clock.now()
        total = FREE_WITHOUT_END if account.cs_replies is None else account.cs_replies
        fresh = bool(friend.last_at) and now - friend.last_at <= FREE_WINDOW
        left = max(0, total - friend.replies) if fresh else 0
        promotion = {"daily_total": 1, "daily_remain": 1, "monthly_total": 4, "monthly_remain": 4}
        return {
            "last_interaction": milliseconds(friend.last_at) if friend.last_at else "",
            "cs_reply": {"remain": left, "total": total},
            "promotion": promotion,
        }

    def _assets(self, account: ZaloAccount) -> list[dict[str, Any]]:
        used = self._gateway.book.counts[account.oa_id, "sub_quota"]
        return [
            {
                "asset_id": f"{account.oa_id}-cs",
                "product_type": "cs",
                "quota_type": "sub_quota",
                "valid_through": "",
                "total": account.cs_quota,
                "remain": max(0, account.cs_quota - used),
            }
        ]

    async def upload(self, request: web.Request) -> web.Response:
        kind = request.path.rsplit("/", 1)[1]
        name, content = "", b""
        if request.content_type.startswith("multipart/"):
            field = (await request.post()).get("file")
            if isinstance(field, web.FileField):
                name, content = field.filename, field.file.read()

        def work(_request: web.Request, account: ZaloAccount) -> bytes:
            try:
                upload = self._gateway.uploads.take(account.oa_id, kind, name, content)
            except ValueError as error:
                raise RefusedError(-210, "file") from error
            if upload is None:
                raise RefusedError(-201, "file")
            return success({"token" if kind == "file" else "attachment_id": upload.id})

        return await self._call(request, work)


def _shared(info: dict[str, str]) -> dict[str, str]:
    return {name: info.get(name, "") for name in ("name", "phone", "address", "city", "district")}


def _days(period: str, today: int) -> tuple[int, int]:
    """First and last day, as numbers of the clinic's calendar. Raises RefusedError."""
    if period in PERIODS:
        first, last = PERIODS[period]
        return today - first, today - last
    try:
        first_day, last_day = (
            dt.date(*(int(part) for part in day.split("_"))) for day in period.split(":")
        )
    except (ValueError, TypeError) as error:
        raise RefusedError(-201, "last_interaction_period") from error
    epoch = dt.date(1970, 1, 1)
    return (first_day - epoch).days, (last_day - epoch).days
