"""What Zalo's two API hosts share: the token, the bucket of calls, the shape of an answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from aiohttp import web

from messaging.gateway.accounts import ZaloAccount
from messaging.gateway.codes import OPENAPI, ZALO
from messaging.gateway.wire import answer

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

Work = Callable[[web.Request, ZaloAccount], bytes]


class RefusedError(Exception):
    """An application error of the API."""

    def __init__(self, code: int, about: str = "") -> None:
        self.code, self.about = code, about


def error_body(code: int, about: str = "", *, texts: dict[int, str] | None = None) -> bytes:
    text = (texts or ZALO).get(code) or ZALO.get(code, "Unknown error")
    return json.dumps({"error": code, "message": f"{text}: {about}" if about else text}).encode()


def success(data: Any, **beside: Any) -> bytes:
    said = {"error": 0, "message": "Success", "data": data, **beside}
    return json.dumps(said, ensure_ascii=False).encode()


def read_json(raw: bytes, empty: int = -121, broken: int = -122) -> dict[str, Any]:
    if not raw.strip():
        raise RefusedError(empty)
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise RefusedError(broken) from error
    if not isinstance(body, dict):
        raise RefusedError(broken)
    return body


class ZaloHost:
    """One host: which codes it has for a token that is unknown, over, or not proved."""

    texts: ClassVar[dict[int, str]] = ZALO
    unknown_token: ClassVar[int] = -124
    ended_token: ClassVar[int] = -124
    wrong_proof: ClassVar[int] = -1241

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._minute: dict[str, tuple[int, int]] = {}

    def _account(self, request: web.Request) -> ZaloAccount:
        token = request.headers.get("access_token", "")
        account = self._gateway.accounts.by_token.get(token)
        if account is None:
            ended = token and token in self._gateway.accounts.by_refresh
            raise RefusedError(self.ended_token if ended else self.unknown_token)
        if account.access_until is not None and self._gateway.clock.now() >= account.access_until:
            raise RefusedError(self.ended_token)
        proof = request.headers.get("appsecret_proof")
        if proof and account.app_secret and proof != account.proof(token):
            raise RefusedError(self.wrong_proof)
        return account

    def _rate(self, account: ZaloAccount) -> tuple[dict[str, str], bool]:
        """The headers, and whether there is room; template sends by phone are not counted."""
        minute = int(self._gateway.clock.now() // 60)
        seen, used = self._minute.get(account.oa_id, (minute, 0))
        used = used + 1 if seen == minute else 1
        self._minute[account.oa_id] = (minute, used)
        remain = max(0, account.rate_per_minute - used)
        headers = {
            "X-RateLimit-Limit": str(account.rate_per_minute),
            "X-RateLimit-Remain": str(remain),
        }
        return headers, used <= account.rate_per_minute

    async def _call(self, request: web.Request, work: Work, *, sends: bool = False) -> web.Response:
        """A call within the bucket; the body must have been read before."""

        def reply() -> web.Response:
            headers: dict[str, str] = {}
            try:
                account = self._account(request)
                headers, within = self._rate(account)
                if not within:
                    raise RefusedError(-32)
                return answer(work(request, account), headers=headers)
            except RefusedError as refused:
                return answer(self._error(refused), headers=headers)

        return await self._gateway.modes.around(
            "zalo", request, reply, self.mode_failure, sends=sends
        )

    def _error(self, refused: RefusedError) -> bytes:
        return error_body(refused.code, refused.about, texts=self.texts)

    def mode_failure(self, fail: str) -> bytes | None:
        """A failure mode of this host's own codes, which are negative; OAuth's are not its own."""
        if not fail.startswith("-") or int(fail) <= -14000:
            return None
        return error_body(int(fail), texts=self.texts)


class OpenApiHost(ZaloHost):
    texts = OPENAPI
    unknown_token = -216
    ended_token = -220
    wrong_proof = -242
