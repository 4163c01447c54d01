"""Failure modes of a channel or one of its endpoints: slow, silent, failing, or accepting and
losing the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from messaging.gateway.wire import answer

CHANNELS = ("zalo", "esms", "twilio")
HANG_SECONDS = 600
HTML_FAILURES = {"502html": 502, "html": 200}
# What each channel says to who asks too often; Twilio says it with HTTP 429.
TOO_OFTEN = {"zalo": "-32", "esms": "160", "twilio": "20429"}
_BAD_GATEWAY = (
    "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
)
_MAINTENANCE = "<!doctype html><html><body><h1>We will be back soon</h1></body></html>"

Failure = Callable[[str], bytes | web.Response | None]


@dataclass(slots=True)
class Mode:
    slow_ms: int = 0
    lose_answer: bool = False
    fail: str = ""
    hang: bool = False
    only_next: int = 0  # 0: until it is changed
    rate_limited: bool = False
    endpoint: str = ""  # a part of the path; empty: the whole channel

    @property
    def idle(self) -> bool:
        return not (self.slow_ms or self.lose_answer or self.fail or self.hang or self.rate_limited)


def read_mode(values: Mapping[str, Any]) -> Mode:
    """Raises ValueError when a value cannot be understood."""
    unknown = set(values) - {*Mode.__slots__, "channel"}
    if unknown:
        raise ValueError(f"unknown mode: {', '.join(sorted(unknown))}")
    fail = str(values.get("fail") or "")
    if fail and fail not in HTML_FAILURES and not fail.lstrip("-").isdigit():
        raise ValueError(
            "fail must be an HTTP status (500), html, 502html or an error code of the channel"
        )
    return Mode(
        slow_ms=max(0, int(values.get("slow_ms") or 0)),
        lose_answer=_flag(values.get("lose_answer")),
        fail=fail,
        hang=_flag(values.get("hang")),
        only_next=max(0, int(values.get("only_next") or 0)),
        rate_limited=_flag(values.get("rate_limited")),
        endpoint=str(values.get("endpoint") or ""),
    )


def _flag(value: Any) -> bool:
    return value in (True, 1, "1", "true", "on")


class Modes:
    def __init__(self) -> None:
        self._modes: dict[str, list[Mode]] = {channel: [] for channel in CHANNELS}

    def set(self, channel: str, mode: Mode) -> None:
        """Replace the mode of an endpoint, or of the whole channel.

        One without any fault ends the old one, and without an endpoint all of the channel.
        Raises ValueError for an unknown channel.
        """
        if channel not in (*CHANNELS, "all"):
            raise ValueError("channel must be zalo, esms, twilio or all")
        for name in CHANNELS if channel == "all" else (channel,):
            if mode.idle and not mode.endpoint:
                self._modes[name] = []
                continue
            kept = [old for old in self._modes[name] if old.endpoint != mode.endpoint]
            # The narrower one first: a mode of an endpoint wins over its channel's.
            fresh = [] if mode.idle else [Mode(**asdict(mode))]
            self._modes[name] = sorted([*kept, *fresh], key=lambda m: -len(m.endpoint))

    def clear(self) -> None:
        self._modes = {channel: [] for channel in CHANNELS}

    def get(self, channel: str) -> Mode:
        """The mode of the whole channel."""
        return next((m for m in self._modes[channel] if not m.endpoint), None) or Mode()

    def as_json(self) -> dict[str, Any]:
        narrow = {
            channel: [asdict(mode) for mode in modes if mode.endpoint]
            for channel, modes in self._modes.items()
        }
        whole: dict[str, Any] = {channel: asdict(self.get(channel)) for channel in CHANNELS}
        return {**whole, "endpoints": narrow}

    def _take(self, channel: str, path: str, *, sends: bool) -> Mode | None:
        mode = next((m for m in self._modes[channel] if m.endpoint in path), None)
        if mode is None or not mode.only_next:
            return mode
        # "the next three" means three sends, a status call in between is no send
        if not sends and not mode.endpoint:
            return None
        mode.only_next -= 1
        if not mode.only_next:
            self._modes[channel].remove(mode)
        return mode

    async def around(
        self,
        channel: str,
        request: web.Request,
        work: Callable[[], web.Response],
        fail_with: Failure,
        *,
        sends: bool = False,
    ) -> web.Response:
        """Answer as the channel's mode says. A slow or lost answer was accepted all the same."""
        if not self._modes[channel]:
            return work()
        mode = self._take(channel, request.path, sends=sends)
        if mode is None:
            return work()
        if mode.hang:
            await asyncio.sleep(HANG_SECONDS)
            return _cut(request)
        # Named by its endpoint, a call that sends nothing can get a code or lose its answer too.
        struck = sends or bool(mode.endpoint)
        response = _failure(mode, channel, fail_with, struck=struck) or work()
        if mode.slow_ms:
            await asyncio.sleep(mode.slow_ms / 1000)
        return _cut(request) if mode.lose_answer and struck else response


def _failure(mode: Mode, channel: str, fail_with: Failure, *, struck: bool) -> web.Response | None:
    code = TOO_OFTEN[channel] if mode.rate_limited else mode.fail
    if code in HTML_FAILURES:
        text = _BAD_GATEWAY if code == "502html" else _MAINTENANCE
        return web.Response(status=HTML_FAILURES[code], text=text, content_type="text/html")
    if len(code) == 3 and code.startswith("5"):
        return web.Response(status=int(code), text="Internal Server Error")
    if not code or not (struck or mode.rate_limited):
        return None
    said = fail_with(code)
    return answer(said) if isinstance(said, bytes) else said


def _cut(request: web.Request) -> web.Response:
    """Close the connection without a single byte of answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
