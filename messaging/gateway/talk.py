"""What patients said and did on their phones, kept for the page."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from messaging.gateway.journal import Journal


@dataclass(frozen=True, slots=True)
class Said:
    id: str
    phone: str
    account: str  # oa_id, or the eSMS or Twilio account she answered
    kind: str  # text, image, …, follow, unfollow, press, rate, share, sms
    text: str
    at: float
    more: dict[str, Any] = field(default_factory=dict)


class Talk:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.by_phone: dict[str, list[Said]] = defaultdict(list)

    def add(self, phone: str, account: str, kind: str, text: str, at: float, **more: Any) -> Said:
        said = Said(os.urandom(10).hex(), phone, account, kind, text, at, more)
        self._journal.append("said", asdict(said))
        self.by_phone[phone].append(said)
        return said

    def of_template(self, kind: str, template_id: str) -> list[Said]:
        """Ratings or pressed answers of one template, oldest first."""
        found = [
            said
            for listed in self.by_phone.values()
            for said in listed
            if said.kind == kind and said.more.get("template_id") == template_id
        ]
        return sorted(found, key=lambda said: said.at)

    def replay(self, values: dict[str, Any]) -> None:
        self.by_phone[values["phone"]].append(Said(**values))

    def snapshot(self) -> list[tuple[Any, ...]]:
        return [("said", asdict(said)) for listed in self.by_phone.values() for said in listed]

    def clear(self) -> None:
        self.by_phone.clear()
