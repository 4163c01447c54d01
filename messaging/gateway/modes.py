"""Failure modes of a whole channel: slow, silent, failing, or accepting and losing the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

CHANNELS = ("zalo", "esms")
HANG_SECONDS = 600
_BAD_GATEWAY = (
    "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
)


@dataclass(slots=True)
class Mode:
    slow_ms: int = 0
    lose_answer: bool = False
    fail: str = ""
    hang: bool = False
    only_next: int = 0  # 0: until it is changed

    @property
    def idle(self) -> bool:
        return not (self.slow_ms or self.lose_answer or self.fail or self.hang)


def read_mode(values: Mapping[str, Any]) -> Mode:
    """Raises ValueError when a value cannot be understood."""
    unknown = set(values) - {"slow_ms", "lose_answer", "fail", "hang", "only_next", "channel"}
    if unknown:
        raise ValueError(f"unknown mode: {', '.join(sorted(unknown))}")
    fail = str(values.get("fail") or "")
    if fail and fail != "502html" and not fail.lstrip("-").isdigit():
        raise ValueError(
            "fail must be an HTTP status (500), 502html or an error code of the channel"
        )
    return Mode(
        slow_ms=max(0, int(values.get("slow_ms") or 0)),
        lose_answer=_flag(values.get("lose_answer")),
        fail=fail,
        hang=_flag(values.get("hang")),
        only_next=max(0, int(values.get("only_next") or 0)),
    )


def _flag(value: Any) -> bool:
    return value in (True, 1, "1", "true", "on")


def answer(
    body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    fields = {"Content-Type": "application/json;charset=utf-8", **(headers or {})}
    return web.Response(body=body, status=status, headers=fields)


class Modes:
    def __init__(self) -> None:
        self._modes: dict[str, Mode | None] = dict.fromkeys(CHANNELS)

    def set(self, channel: str, mode: Mode) -> None:
        """Raises ValueError for an unknown channel; a mode without any fault ends the old one."""
        if channel not in (*CHANNELS, "all"):
            raise ValueError("channel must be zalo, esms or all")
        for name in CHANNELS if channel == "all" else (channel,):
            self._modes[name] = None if mode.idle else Mode(**asdict(mode))

    def clear(self) -> None:
        self._modes = dict.fromkeys(CHANNELS)

    def get(self, channel: str) -> Mode:
        return self._modes[channel] or Mode()

    def as_json(self) -> dict[str, dict[str, Any]]:
        return {channel: asdict(self.get(channel)) for channel in CHANNELS}

    def _take(self, channel: str, *, sends: bool) -> Mode | None:
        mode = self._modes[channel]
        if mode is None or not mode.only_next:
            return mode
        if not sends:  # "the next three" means three sends, a status call in between is no send
            return None
        mode.only_next -= 1
        if not mode.only_next:
            self._modes[channel] = None
        return mode

    async def around(
        self,
        channel: str,
        request: web.Request,
        work: Callable[[], web.Response],
        fail_with: Callable[[str], bytes | None],
        *,
        sends: bool = False,
    ) -> web.Response:
        """Answer as the channel's mode says. A slow or lost answer was accepted all the same."""
        mode = self._take(channel, sends=sends)
        if mode is None:
            return work()
        if mode.hang:
            await asyncio.sleep(HANG_SECONDS)
            return _cut(request)
        failure = _http_failure(mode.fail)
        if failure is None and mode.fail and sends:
            body = fail_with(mode.fail)
            failure = answer(body) if body is not None else None
        response = failure or work()
        if mode.slow_ms:
            await asyncio.sleep(mode.slow_ms / 1000)
        return _cut(request) if mode.lose_answer and sends else response


def _http_failure(fail: str) -> web.Response | None:
    if fail == "502html":
        return web.Response(status=502, text=_BAD_GATEWAY, content_type="text/html")
    if len(fail) == 3 and fail.startswith("5"):
        return web.Response(status=int(fail), text="Internal Server Error")
    return None


def _cut(request: web.Request) -> web.Response:
    """Close the connection without a single byte of answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
