"""The only place that speaks HTTP to a provider: `call` one by one, `Burst` for many at once.

Both say apart "certainly not sent" (nobody answered the door) and "lost" (the request went out,
nothing came back): after the first a message may be sent again, after the second only when the
provider de-duplicates. Neither works inside a transaction (docs/decisions/no-network-in-atomic.md).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import aiohttp
import requests
from django.db import transaction
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from yarl import URL

from messaging.providers.base import Lost, NotSent, Outcome, Reply, Request

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
KEEP_ALIVE_SECONDS = 10.0
#: After this a burst takes up nothing new, so that it ends well before its messages' lease.
BURST_SECONDS = 60.0
#: Batches under way at once of providers that are not spoken to by HTTP.
OTHERS = 2


def outside_transactions() -> None:
    """Raises RuntimeError inside a transaction: a slow provider must never hold row locks."""
    with transaction.atomic(durable=True):
        pass


def call(request: Request) -> Outcome:
    """One request, waiting for its answer."""
    outside_transactions()
    try:
        response = requests.request(
            request.method,
            request.url,
            headers=dict(request.headers),
            data=request.body,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
    except requests.ConnectTimeout as error:
        return NotSent(type(error).__name__)
    except requests.ConnectionError as error:
        cause = error.args[0] if error.args else None
        reason = getattr(cause, "reason", cause)
        if isinstance(reason, (NewConnectionError, ConnectTimeoutError)):
            return NotSent(type(reason).__name__)
        return Lost(type(error).__name__)
    except requests.RequestException as error:
        return Lost(type(error).__name__)
    return Reply(response.status_code, response.content)


def fetch(url: str, *, most: int) -> Outcome:
    """A picture or file at a provider's address, read until it is longer than `most` bytes: then
    it is Lost, and so is one that leads elsewhere."""
    outside_transactions()
    try:
        with requests.get(
            url, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False
        ) as response:
            read = bytearray()
            for piece in response.iter_content(64 * 1024):
                read += piece
                if len(read) > most:
                    return Lost("too large")
            return Reply(response.status_code, bytes(read))
    except requests.RequestException as error:
        return Lost(type(error).__name__)


class Burst:
    """Many requests at once over kept connections; its event loop lives in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="burst", daemon=True)
        self._session: aiohttp.ClientSession | None = None
        self._others = ThreadPoolExecutor(OTHERS, thread_name_prefix="beside")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._others.shutdown()
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def start(self, batch: Sequence[Request], *, in_flight: int) -> Future[list[Outcome]]:
        """Begin to send, never more than `in_flight` of these under way; the outcomes will be in
        the order of the requests."""
        outside_transactions()
        return asyncio.run_coroutine_threadsafe(self._send(batch, in_flight), self._loop)

    def beside(self, work: Callable[[], list[Outcome]]) -> Future[list[Outcome]]:
        """Let something that is no HTTP send in a thread of its own, while others go on."""
        outside_transactions()
        return self._others.submit(work)

    def send(self, batch: Sequence[Request], *, in_flight: int) -> list[Outcome]:
        """Send, and wait for all outcomes."""
        return self.start(batch, in_flight=in_flight).result()

    async def _send(self, batch: Sequence[Request], in_flight: int) -> list[Outcome]:
        session = self._session
        if session is None:
            session = self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
                timeout=aiohttp.ClientTimeout(
                    total=CONNECT_SECONDS + READ_SECONDS,
                    sock_connect=CONNECT_SECONDS,
                    sock_read=READ_SECONDS,
                ),
                skip_auto_headers=("User-Agent",),
                cookie_jar=aiohttp.DummyCookieJar(),  # what one account is given is not another's
            )
        outcomes: list[Outcome] = [NotSent("no time left")] * len(batch)
        todo = iter(enumerate(batch))
        until = time.monotonic() + BURST_SECONDS
        workers = (_work(session, todo, outcomes, until) for _ in range(min(in_flight, len(batch))))
        await asyncio.gather(*workers)
        return outcomes

    async def _close(self) -> None:
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # let the transports notice that they are closed


async def _work(
    session: aiohttp.ClientSession,
    todo: Iterator[tuple[int, Request]],
    outcomes: list[Outcome],
    until: float,
) -> None:
    for place, request in todo:
        if time.monotonic() > until:
            return
        outcomes[place] = await _one(session, request)


async def _one(session: aiohttp.ClientSession, request: Request) -> Outcome:
    try:
        async with session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
        ) as response:
            return Reply(response.status, await response.read())
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        return NotSent(type(error).__name__)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        # Also a kept connection that the other side had just closed: it may have read us first.
        return Lost(type(error).__name__)
