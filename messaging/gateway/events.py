"""Events that are no receipt of a message: kept until they are told, and a while longer."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from messaging.gateway.book import HOOK_DUE
from messaging.gateway.journal import Journal

KEPT = 1000
OFF = "off"  # switched off in the console, or nobody to tell: never sent


@dataclass(slots=True)
class Event:
    """`body` is told as it stands: JSON of Zalo, a form of Twilio, a query of eSMS, a letter."""

    id: int
    provider: str  # zalo, twilio, esms, mail
    account: str
    name: str
    body: str
    at: str  # Zalo's timestamp, which is signed
    zns: bool = False
    url: str = ""  # empty: where the account's webhook is
    hook: str = HOOK_DUE
    attempts: int = 0


class Events:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._next = 1
        self.log: deque[Event] = deque(maxlen=KEPT)

    def add(self, provider: str, account: str, name: str, body: str, **more: Any) -> Event:
        event = Event(self._next, provider, account, name, body, **more)
        self._journal.append("event", asdict(event))
        self._keep(event)
        return event

    def _keep(self, event: Event) -> None:
        self.log.append(event)
        self._next = event.id + 1

    def hooked(self, event: Event, hook: str) -> None:
        event.hook = hook
        self._journal.append_soon("event_hook", event.id, hook, event.attempts)

    def due(self) -> list[Event]:
        return [event for event in self.log if event.hook == HOOK_DUE]

    def replay(self, kind: str, values: list[Any]) -> None:
        if kind == "event":
            self._keep(Event(**values[0]))
            return
        for event in self.log:
            if event.id == values[0]:
                event.hook, event.attempts = values[1], values[2]

    def snapshot(self) -> list[tuple[Any, ...]]:
        return [("event", asdict(event)) for event in self.log]

    def clear(self) -> None:
        self.log.clear()
