"""The gateway as one object: its memory, its clock, and what every request needs of them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from messaging.gateway.accounts import Accounts
from messaging.gateway.book import Book, Row
from messaging.gateway.calls import compact, twilio_form
from messaging.gateway.chat import Chat
from messaging.gateway.clock import Clock, milliseconds
from messaging.gateway.delivery import Delivery
from messaging.gateway.events import Events
from messaging.gateway.inbound import Inbound
from messaging.gateway.journal import Journal
from messaging.gateway.mail import Mailbox
from messaging.gateway.modes import Modes
from messaging.gateway.patient import Patient
from messaging.gateway.people import People
from messaging.gateway.phones import Phones, any_number
from messaging.gateway.schedule import Schedule
from messaging.gateway.spellings import Spellings
from messaging.gateway.switches import SwitchBoard
from messaging.gateway.talk import Talk
from messaging.gateway.templates import TWO_HOURS_MS, Template, read_template
from messaging.gateway.uploads import Uploads
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
        self.mailbox.report = self._report
        self.modes = Modes()
        self.spellings = Spellings()
        self.refusals: deque[Refusal] = deque(maxlen=200)
        self.switches = SwitchBoard()
        self.people = People(self.journal)
        self.talk = Talk(self.journal)
        self.uploads = Uploads(self.journal, folder, clock)
        self.events = Events(self.journal)
        self.webhooks = Webhooks(self)
        # What is kept in the journal under one word each, and forgotten by a reset.
        self._kept: dict[str, People | Talk | Uploads | Mailbox] = {
            "friend": self.people,
            "said": self.talk,
            "upload": self.uploads,
            "mail": self.mailbox,
        }
        self.delivery = Delivery(
            clock=clock,
            book=self.book,
            phones=self.phones,
            schedule=self.schedule,
            webhooks=self.webhooks,
            ztime=self.ztime,
            seconds=delivery_seconds,
            read=self._read,
            sent=self._sent,
        )
        self.chat = Chat(self)
        self.inbound = Inbound(self)
        self.patient = Patient(self)
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
        if kind in ("row", "state", "hook", "seen", "amend"):
            self.book.replay(kind, values)
        elif kind in ("event", "event_hook"):
            self.events.replay(kind, values)
        elif kind in self._kept:
            self._kept[kind].replay(values[0])
        elif kind == "template":
            template = read_template(values[0])
            self.templates[template.id] = template
        elif kind == "phone":
            self.phones.set(values[0], _switches(values))
        else:
            self.accounts.replay(kind, values[0])

    def _snapshot(self) -> list[tuple[Any, ...]]:
        templates = [("template", template.as_journal()) for template in self.templates.values()]
        phones = [("phone", phone, switches) for phone, switches in self.phones.items()]
        kept = [entry for held in self._kept.values() for entry in held.snapshot()]
        first = [*self.accounts.snapshot(), *templates, *phones, *kept, *self.events.snapshot()]
        return [*first, *self.book.snapshot()]

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
        if row.extra.get("type") == "request_user_info":
            friend = self.people.meet(row.account, row.phone)
            friend.asked = row.id
            self.people.keep(friend)
        self.delivery.expect(row)

    def _read(self, row: Row) -> None:
        self.patient.act(row.phone, {"do": "seen", "oa_id": row.account})

    def _sent(self, row: Row) -> None:
        """Twilio tells of each step, where it was asked to."""
        row.extra["stage"] = "sent"
        if row.callback:
            form = compact(twilio_form(row, "sent"))
            now = milliseconds(self.clock.now())
            more = {"at": now, "url": row.callback}
            self.webhooks.tell(self.events.add("twilio", row.account, "sent", form, **more))

    def _report(self, url: str, letter: str) -> None:
        """A letter comes back a little after it was accepted."""
        at = milliseconds(self.clock.now())
        event = self.events.add("mail", "", "bounce", letter, at=at, url=url)
        self.schedule.after(self.delivery.seconds, lambda: self.webhooks.tell(event))

    def refuse(self, channel: str, phone: str, code: str) -> None:
        self.refusals.append(Refusal(channel, any_number(phone) or phone, code, self.clock.now()))

    def ztime(self, template_id: str) -> float:
        template = self.templates.get(template_id)
        return (template.timeout if template else TWO_HOURS_MS) / 1000

    def set_template(self, template: Template) -> None:
        self.templates[template.id] = template
        self.journal.append("template", template.as_journal())

    def set_phone(self, phone: str, values: Mapping[str, Any]) -> None:
        """Raises ValueError for a switch that does not exist."""
        self.journal.append("phone", phone, asdict(self.phones.set(phone, values)))
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
        self.spellings.clear()
        self.refusals.clear()
        self.switches.clear()
        self.events.clear()
        for held in self._kept.values():
            held.clear()
        for forget in self.forget:
            forget()
        if everything:
            self.accounts.clear()
            self.templates.clear()
        self.journal.rewrite(self._snapshot())


def _switches(values: list[Any]) -> Mapping[str, Any]:
    """A journal of before there were codes names the two switches one after the other."""
    if isinstance(values[1], str):
        return {"zalo": values[1], "sms": values[2]}
    return dict(values[1])
