"""The gateway as one object: its memory, its clock, and what every request needs of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from messaging.gateway.accounts import Accounts
from messaging.gateway.book import Book, Row
from messaging.gateway.clock import Clock
from messaging.gateway.delivery import Delivery
from messaging.gateway.journal import Journal
from messaging.gateway.mail import Mailbox
from messaging.gateway.modes import Modes
from messaging.gateway.phones import Phones, mobile
from messaging.gateway.schedule import Schedule
from messaging.gateway.templates import TWO_HOURS_MS, Template, read_template
from messaging.gateway.webhooks import Webhooks

log = logging.getLogger("gateway")

LOOK_SECONDS = 0.05
REWRITE_ABOVE = 20_000  # journal entries that say nothing any more, before a start tidies up


@dataclass(frozen=True, slots=True)
class Refusal:
    channel: str
    phone: str
    code: str
    at: float


class Gateway:
    def __init__(self, folder: Path, *, clock: Clock, delivery_seconds: float) -> None:
        self.clock = clock
        self.journal = Journal(folder)
        self.schedule = Schedule(clock)
        self.book = Book(self.journal)
        self.accounts = Accounts(self.journal)
        self.templates: dict[str, Template] = {}
        self.phones = Phones()
        self.mailbox = Mailbox(self.journal, clock)
        self.modes = Modes()
        self.refusals: deque[Refusal] = deque(maxlen=200)
        self.webhooks = Webhooks(self.book, self.accounts.zalo, self.schedule)
        self.delivery = Delivery(
            clock=clock,
            book=self.book,
            phones=self.phones,
            schedule=self.schedule,
            webhooks=self.webhooks,
            ztime=self.ztime,
            seconds=delivery_seconds,
        )
        self.forget: list[Callable[[], None]] = []  # what else a reset must clear
        self._looking: asyncio.Task[None] | None = None

    def load(self) -> None:
        entries = 0
        for kind, *values in self.journal.read():
            entries += 1
            self._replay(kind, values)
        if entries > REWRITE_ABOVE:
            snapshot = self._snapshot()
            if entries - len(snapshot) > REWRITE_ABOVE:
                self.journal.rewrite(snapshot)

    def _replay(self, kind: str, values: list[Any]) -> None:
        if kind in ("row", "state", "hook"):
            self.book.replay(kind, values)
        elif kind == "template":
            template = read_template(values[0])
            self.templates[template.id] = template
        elif kind == "phone":
            self.phones.set(values[0], zalo=values[1], sms=values[2])
        elif kind == "mail":
            self.mailbox.replay(values[0])
        else:
            self.accounts.replay(kind, values[0])

    def _snapshot(self) -> list[tuple[Any, ...]]:
        templates = [("template", template.as_journal()) for template in self.templates.values()]
        phones = [("phone", phone, s.zalo, s.sms) for phone, s in self.phones.items()]
        letters = self.mailbox.snapshot()
        return [*self.accounts.snapshot(), *templates, *phones, *letters, *self.book.snapshot()]

    async def start(self) -> None:
        await self.webhooks.start()
        self.delivery.resume()
        self._looking = asyncio.create_task(self._look())

    async def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking
        await self.webhooks.stop()
        self.journal.close()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self.schedule.run_due()
            except Exception:  # one message that cannot be settled must not stop the others
                log.exception("a scheduled job failed")

    def accept(self, row: Row) -> None:
        self.book.accept(row)
        self.delivery.expect(row)

    def refuse(self, channel: str, phone: str, code: str) -> None:
        self.refusals.append(Refusal(channel, mobile(phone) or phone, code, self.clock.now()))

    def ztime(self, template_id: str) -> float:
        template = self.templates.get(template_id)
        return (template.timeout if template else TWO_HOURS_MS) / 1000

    def set_template(self, template: Template) -> None:
        self.templates[template.id] = template
        self.journal.append("template", template.as_journal())

    def set_phone(self, phone: str, *, zalo: str | None, sms: str | None) -> None:
        switches = self.phones.set(phone, zalo=zalo, sms=sms)
        self.journal.append("phone", phone, switches.zalo, switches.sms)
        self.book.versions[phone] += 1
        self.delivery.phone_changed(phone)

    def load_templates(self, path: Path) -> int:
        """Templates of a file: a list, or an object with a list under "templates"."""
        content = json.loads(path.read_text("utf-8"))
        listed = content["templates"] if isinstance(content, dict) else content
        for values in listed:
            template = read_template(values)
            self.templates[template.id] = template
        return len(listed)

    def reset(self, *, everything: bool) -> None:
        """Forget messages, switches and modes; accounts and templates only with `everything`."""
        self.schedule.clear()
        self.book.clear()
        self.phones.clear()
        self.modes.clear()
        self.refusals.clear()
        self.mailbox.clear()
        for forget in self.forget:
            forget()
        if everything:
            self.accounts.clear()
            self.templates.clear()
        self.journal.rewrite(self._snapshot())
