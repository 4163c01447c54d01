"""The sender of receipts and events: signed, told again, and going wrong where a switch says so."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

import aiohttp

from messaging.gateway.book import (
    DELIVERED,
    FAILED,
    HOOK_ACKNOWLEDGED,
    HOOK_DUE,
    HOOK_GIVEN_UP,
    Row,
)
from messaging.gateway.calls import (
    Call,
    compact,
    esms_inbound,
    esms_report,
    received,
    to_this_machine,
    twilio_call,
    twilio_form,
    zalo_call,
)
from messaging.gateway.events import OFF, Event
from messaging.gateway.switches import PROBES, WebhookSwitches

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

log = logging.getLogger("gateway.webhooks")

LIMIT_SECONDS = 2.0
AGAIN_AFTER = (30, 300, 900, 1800, 3600)
IN_FLIGHT = 8  # a small web server must not be drowned by its own receipts
OVERTAKEN_BY = 0.3  # seconds the one that is overtaken comes later
HELD_AT_MOST = 2.0
ZALO = ("zalo", "oa")

Item = Row | Event


class Webhooks:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._queue: asyncio.Queue[Item] = asyncio.Queue()
        self._workers: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None
        self._held: Item | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=IN_FLIGHT),
            timeout=aiohttp.ClientTimeout(total=LIMIT_SECONDS),
            skip_auto_headers=("User-Agent",),
        )
        self._workers = [asyncio.create_task(self._work()) for _ in range(IN_FLIGHT)]
        for event in self._gateway.events.due():
            self.send(event)

    async def stop(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def wanted(self, row: Row) -> bool:
        """Whether anybody asked to hear of this row."""
        if row.channel not in ZALO:
            return bool(row.callback)
        return self._listens(row.account, "user_received_message")

    def _listens(self, oa_id: str, name: str) -> bool:
        account = self._gateway.accounts.zalo.get(oa_id)
        if account is None or not account.webhook_url:
            return False
        return name not in self._gateway.switches[oa_id].off

    def tell(self, event: Event) -> None:
        """Send a new event, unless it is switched off or there is nobody to hear it."""
        if event.provider == "zalo" and not self._listens(event.account, event.name):
            self._gateway.events.hooked(event, OFF)
            return
        self.send(event)

    def send(self, item: Item) -> None:
        if not self._switches(item).reorder or item.attempts:
            self._queue.put_nowait(item)
        elif self._held is None:
            self._held = item
            self._gateway.schedule.after(HELD_AT_MOST, lambda: self._release(item))
        else:
            overtaken, self._held = self._held, None
            self._queue.put_nowait(item)
            self._gateway.schedule.after(OVERTAKEN_BY, lambda: self._queue.put_nowait(overtaken))

    def _release(self, item: Item) -> None:
        if self._held is item:
            self._held = None
            self._queue.put_nowait(item)

    def _switches(self, item: Item) -> WebhookSwitches:
        return self._gateway.switches[item.account]

    async def _work(self) -> None:
        while True:
            item = await self._queue.get()
            if item.hook == HOOK_DUE and self._still(item):
                await self._attempt(item)

    def _still(self, item: Item) -> bool:
        """Not forgotten by a reset, and still asked for."""
        if isinstance(item, Row):
            return self._gateway.book.by_id.get(item.id) is item and self.wanted(item)
        if item.provider == "zalo" and not self._listens(item.account, item.name):
            self._gateway.events.hooked(item, OFF)
            return False
        return item in self._gateway.events.log

    def _call(self, item: Item) -> Call:
        gateway, forged = self._gateway, self._switches(item).bad_signature
        if isinstance(item, Row):
            if item.channel == "esms":
                return esms_report(item)
            if item.channel == "twilio":
                twilio = gateway.accounts.twilio[item.account]
                return twilio_call(item.callback, twilio, twilio_form(item), forged=forged)
            account = gateway.accounts.zalo[item.account]
            told = received(item, account)
            zns = item.channel == "zalo"
            return zalo_call(account, compact(told), told["timestamp"], zns=zns, forged=forged)
        if item.provider == "zalo":
            account = gateway.accounts.zalo[item.account]
            return zalo_call(account, item.body, item.at, zns=item.zns, forged=forged)
        return self._foreign(item, forged=forged)

    def _foreign(self, event: Event, *, forged: bool) -> Call:
        accounts = self._gateway.accounts
        if event.provider == "twilio":
            account = accounts.twilio[event.account]
            return twilio_call(event.url, account, json.loads(event.body), forged=forged)
        if event.provider == "esms":
            key = "" if forged else accounts.esms[event.account].private_key
            return esms_inbound(event.url, json.loads(event.body), key)
        url, host = to_this_machine(event.url, "")
        headers = {"Content-Type": "message/rfc822", "Host": host}
        return Call("POST", url, headers, event.body.encode())

    async def _attempt(self, item: Item) -> None:
        switches = self._switches(item)
        try:
            call = self._call(item)
            heard = await self._deliver(call, item)
            if switches.duplicate:
                await self._deliver(call, item)
        except (ValueError, KeyError) as error:  # an address that is none, an account that is gone
            log.warning("%s cannot be told: %s", item.id, error)
            self._hooked(item, HOOK_GIVEN_UP)
            return
        item.attempts += 1
        if heard:
            self._hooked(item, HOOK_ACKNOWLEDGED)
        elif item.attempts > len(AGAIN_AFTER):
            self._hooked(item, HOOK_GIVEN_UP)
            if switches.disable_after_retries:
                self._gateway.accounts.switch_webhook_off(item.account)
        else:
            self._hooked(item, HOOK_DUE)
            self._gateway.schedule.after(AGAIN_AFTER[item.attempts - 1], lambda: self.send(item))

    def _hooked(self, item: Item, hook: str) -> None:
        if isinstance(item, Row):
            self._gateway.book.hooked(item, hook)
        else:
            self._gateway.events.hooked(item, hook)

    async def _deliver(self, call: Call, item: Item) -> bool:
        headers = dict(call.headers)
        zalo = item.channel in ZALO if isinstance(item, Row) else item.provider == "zalo"
        if item.attempts and zalo:
            headers["num_retry"] = str(item.attempts)
        status = await self.post(call, headers)
        # Zalo wants a 200; the others call again only where nobody answered at all.
        picky = zalo and self._switches(item).retry_non_200
        return status == 200 if picky else status > 0

    async def post(self, call: Call, headers: dict[str, str]) -> int:
        """The HTTP status; 0 where nobody answered in time."""
        assert self._session is not None
        try:
            async with self._session.request(
                call.method,
                call.url,
                headers=headers,
                data=call.body or None,
                allow_redirects=False,
            ) as response:
                await response.read()
                if response.status != 200:
                    log.warning("%s answered %s to a report", call.url.path, response.status)
                return response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("a report was not taken: %s", type(error).__name__)
            return 0

    async def probe(self, oa_id: str, kind: str) -> int:
        """What saving the address in the console does: an unsigned POST with next to nothing."""
        account = self._gateway.accounts.zalo[oa_id]
        url, host = to_this_machine(account.webhook_url, account.webhook_host)
        body = PROBES[kind] or b""
        headers = {"Content-Type": "application/json", "Host": host}
        return await self.post(Call("POST", url, headers, body), headers)


def settles_with_receipt(row: Row, state: str) -> bool:
    """Zalo tells only of deliveries; the SMS gateways also of failures. Nobody of an expiry."""
    if row.kind == "ads":  # asked for, never told
        return False
    return state == DELIVERED or (row.channel in ("esms", "twilio") and state == FAILED)
