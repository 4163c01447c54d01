"""Receipts to the product: signed webhooks of Zalo and the unsigned callback of eSMS."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from dataclasses import dataclass

import aiohttp
from yarl import URL

from messaging.gateway.accounts import ZaloAccount
from messaging.gateway.book import (
    DELIVERED,
    FAILED,
    HOOK_ACKNOWLEDGED,
    HOOK_DUE,
    HOOK_GIVEN_UP,
    Book,
    Row,
)
from messaging.gateway.clock import milliseconds
from messaging.gateway.schedule import Schedule

log = logging.getLogger("gateway.webhooks")

LIMIT_SECONDS = 2.0
AGAIN_AFTER = (30, 300, 900, 1800, 3600)
IN_FLIGHT = 8  # a small web server must not be drowned by its own receipts
TELCOS = {1: ("86", "96", "97", "98", "3"), 2: ("70", "76", "77", "78", "79", "89", "90", "93"),
          3: ("81", "82", "83", "84", "85", "88", "91", "94"), 4: ("52", "56", "58", "92"),
          5: ("59", "99"), 6: ("87",), 7: ("55",)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    url: URL
    headers: dict[str, str]
    body: bytes = b""


def zalo_event(row: Row, account: ZaloAccount) -> Call:
    """user_received_message; the same bytes each time, so a redelivery carries the same mac."""
    at = milliseconds(row.settled_at)
    event = {
        "sender": {"id": account.oa_id},
        "recipient": {"id": row.phone.removeprefix("+")},
        "event_name": "user_received_message",
        "message": {"delivery_time": at, "msg_id": row.id, "tracking_id": row.key},
        "app_id": account.app_id,
        "timestamp": at,
    }
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "X-ZEvent-Signature": f"mac={mac(account.app_id, body, at, account.signing_secret())}",
        "X-ZEvent-Server": "ZNS",
    }
    url, host = to_this_machine(account.webhook_url, account.webhook_host)
    return Call("POST", url, headers | {"Host": host}, body)


def mac(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """SHA-256 of app id, raw body, timestamp and OA secret in a row: a plain hash, no HMAC."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


def esms_report(row: Row) -> Call:
    delivered = row.state == DELIVERED
    query = {
        "SMSID": row.id,
        "SendFailed": "0" if delivered else "1",
        "SendStatus": "5",
        "SendSuccess": "1" if delivered else "0",
        "TotalPrice": f"{row.charged}.0000",
        "TotalReceiver": "1",
        "TotalSent": "1",
        "RequestId": row.key,
        "TypeId": "2",
        "telcoid": str(_telco(row.phone)),
        "phonenumber": "0" + row.phone.removeprefix("+84"),
        "switchsmsid": "",
    }
    url, host = to_this_machine(row.callback, "")
    return Call("GET", url.update_query(query), {"Host": host})


def _telco(phone: str) -> int:
    number = phone.removeprefix("+84")
    return next((telco for telco, starts in TELCOS.items() if number.startswith(starts)), 1)


def to_this_machine(address: str, host: str) -> tuple[URL, str]:
    """The address on 127.0.0.1 and the Host header to send: nothing leaves this machine.

    Names such as an-tam.localhost need no resolver this way either.
    """
    url = URL(address)
    return url.with_host("127.0.0.1"), host or url.authority


class Webhooks:
    def __init__(self, book: Book, accounts: dict[str, ZaloAccount], schedule: Schedule) -> None:
        self._book = book
        self._accounts = accounts
        self._schedule = schedule
        self._queue: asyncio.Queue[Row] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=IN_FLIGHT),
            timeout=aiohttp.ClientTimeout(total=LIMIT_SECONDS),
            skip_auto_headers=("User-Agent",),
        )
        self._workers = [asyncio.create_task(self._work()) for _ in range(IN_FLIGHT)]

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def wanted(self, row: Row) -> bool:
        """Whether anybody asked to hear of this row."""
        if row.channel == "esms":
            return bool(row.callback)
        account = self._accounts.get(row.account)
        return account is not None and bool(account.webhook_url)

    def send(self, row: Row) -> None:
        self._queue.put_nowait(row)

    async def _work(self) -> None:
        while True:
            row = await self._queue.get()
            if row.hook == HOOK_DUE and self._book.by_id.get(row.id) is row and self.wanted(row):
                await self._attempt(row)

    def _call(self, row: Row) -> Call:
        if row.channel == "esms":
            return esms_report(row)
        return zalo_event(row, self._accounts[row.account])

    async def _attempt(self, row: Row) -> None:
        try:
            call = self._call(row)
            heard = await self._deliver(call, row)
        except ValueError as error:  # an address that is none
            log.warning("receipt of %s cannot be sent: %s", row.id, error)
            self._book.hooked(row, HOOK_GIVEN_UP)
            return
        row.attempts += 1
        if heard:
            self._book.hooked(row, HOOK_ACKNOWLEDGED)
        elif row.attempts > len(AGAIN_AFTER):
            self._book.hooked(row, HOOK_GIVEN_UP)
        else:
            self._book.hooked(row, HOOK_DUE)
            self._schedule.after(AGAIN_AFTER[row.attempts - 1], lambda: self.send(row))

    async def _deliver(self, call: Call, row: Row) -> bool:
        assert self._session is not None
        headers = dict(call.headers)
        if row.attempts and row.channel == "zalo":
            headers["num_retry"] = str(row.attempts)
        try:
            async with self._session.request(
                call.method,
                call.url,
                headers=headers,
                data=call.body or None,
                allow_redirects=False,
            ) as response:
                await response.read()
                # Zalo wants a 200; eSMS calls again only where nobody answered at all.
                if response.status != 200:
                    log.warning("%s answered %s to a receipt", call.url.path, response.status)
                return row.channel == "esms" or response.status == 200
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("receipt of %s not taken: %s", row.id, type(error).__name__)
            return False


def settles_with_receipt(row: Row, state: str) -> bool:
    """Zalo tells only of deliveries; eSMS also of failures. Nobody is told of an expiry."""
    return state == DELIVERED or (row.channel == "esms" and state == FAILED)
