"""The book of everything the gateway accepted: the judge of "never twice, never silently lost"."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from messaging.gateway.clock import DAY, local_day
from messaging.gateway.journal import Journal

# accepted → delivered | expired | failed; nothing moves back.
ACCEPTED, DELIVERED, EXPIRED, FAILED = "accepted", "delivered", "expired", "failed"
# The receipt of a settled message: nothing to tell, still to be acknowledged, done, given up.
HOOK_NONE, HOOK_DUE, HOOK_ACKNOWLEDGED, HOOK_GIVEN_UP = "", "due", "acknowledged", "given_up"


@dataclass(slots=True)
class Row:
    id: str  # msg_id (Zalo) or SMSID (eSMS)
    channel: str
    phone: str  # E.164
    account: str  # oa_id or api key
    template_id: str
    params: dict[str, Any]
    text: str  # SMS only; a Zalo text is rendered from its template when somebody looks
    key: str  # tracking_id (Zalo) or RequestId (eSMS)
    accepted_at: float
    sender: str = ""  # brandname (eSMS)
    callback: str = ""
    price: int = 0  # VND, charged when it is delivered
    state: str = ACCEPTED
    settled_at: float = 0.0
    charged: int = 0
    hook: str = HOOK_NONE
    attempts: int = 0  # deliveries of the receipt tried so far
    kind: str = ""  # what it is within its channel: cs, uid (oa); ads, viber (esms)
    extra: dict[str, Any] = field(default_factory=dict)
    seen_at: float = 0.0
    error: str = ""  # why it failed, as the provider says it


_values = attrgetter(*Row.__slots__)


class Book:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.rows: list[Row] = []
        self.by_id: dict[str, Row] = {}
        self._batches: dict[str, list[Row]] = defaultdict(list)  # requests with many numbers
        self.by_phone: dict[str, list[Row]] = defaultdict(list)
        self.versions: Counter[str] = Counter()  # per phone, for pages that look again
        self.keys: Counter[tuple[str, str]] = Counter()
        self.states: Counter[tuple[str, str]] = Counter()
        self.charged: Counter[str] = Counter()  # VND per account
        self.counts: Counter[tuple[str, str]] = Counter()  # (account, what a row counts as)
        self._by_key: dict[tuple[str, str], Row] = {}  # (account, RequestId) → latest
        self._sent: Counter[tuple[str, int]] = Counter()  # (account or template, local day)
        self._same_text: dict[tuple[str, str], float] = {}

    def _index(self, row: Row) -> None:
        self.rows.append(row)
        self.by_id[row.id] = row
        self.by_phone[row.phone].append(row)
        self.versions[row.phone] += 1
        self.states[row.channel, row.state] += 1
        if row.key:
            self.keys[row.channel, row.key] += 1
            self._by_key[row.account, row.key] = row
        day = local_day(row.accepted_at)
        if row.kind != "cs":  # free text has limits of its own
            self._sent[row.account, day] += 1
        if row.extra:
            if "batch" in row.extra:
                self._batches[row.extra["batch"]].append(row)
            self.counts[row.account, row.extra.get("counted", "")] += 1
        if row.template_id:
            self._sent[row.template_id, day] += 1
        if row.text and row.channel == "esms":
            self._same_text[row.phone, row.text] = row.accepted_at

    def accept(self, row: Row) -> None:
        self._index(row)
        self._journal.append("row", *_values(row))

    def settle(self, row: Row, state: str, at: float, *, charged: int, hook: str) -> None:
        self._settle(row, state, at, charged, hook)
        self._journal.append_soon("state", row.id, state, at, charged, hook)

    def _settle(self, row: Row, state: str, at: float, charged: int, hook: str) -> None:
        self.states[row.channel, row.state] -= 1
        self.states[row.channel, state] += 1
        row.state, row.settled_at, row.hook = state, at, hook
        self.charged[row.account] += charged - row.charged
        row.charged = charged
        self.versions[row.phone] += 1

    def amend(self, row: Row, *, error: str = "", text: str | None = None, **extra: Any) -> None:
        """Say more about a message that is in the book."""
        self._amend(row, error, text, extra)
        self._journal.append_soon("amend", row.id, error, text, extra)

    def _amend(self, row: Row, error: str, text: str | None, extra: dict[str, Any]) -> None:
        row.error = error or row.error
        row.text = row.text if text is None else text
        row.extra.update(extra)
        self.versions[row.phone] += 1

    def batch(self, request_id: str) -> list[Row]:
        """The messages of one request: many, or the one that has this id itself."""
        row = self.by_id.get(request_id)
        return [row] if row is not None else self._batches.get(request_id, [])

    def see(self, row: Row, at: float) -> None:
        self._see(row, at)
        self._journal.append_soon("seen", row.id, at)

    def _see(self, row: Row, at: float) -> None:
        row.seen_at = at
        self.versions[row.phone] += 1

    def hooked(self, row: Row, hook: str) -> None:
        row.hook = hook
        self._journal.append_soon("hook", row.id, hook, row.attempts)

    def replay(self, kind: str, values: list[Any]) -> None:
        """One line of the journal, read at a start."""
        if kind == "row":
            self._index(Row(*values))
            return
        row = self.by_id.get(values[0])
        if row is None:
            return
        if kind == "state":
            self._settle(row, *values[1:])
        elif kind == "amend":
            self._amend(row, *values[1:])
        elif kind == "seen":
            self._see(row, values[1])
        else:
            row.hook, row.attempts = values[1], values[2]

    def snapshot(self) -> Iterator[tuple[Any, ...]]:
        """The book as journal lines: a row, and its state when it has moved."""
        for row in self.rows:
            fresh = Row(*_values(row))
            fresh.state, fresh.settled_at, fresh.charged = ACCEPTED, 0.0, 0
            fresh.hook, fresh.attempts = HOOK_NONE, 0
            yield ("row", *_values(fresh))
            if row.state != ACCEPTED:
                yield ("state", row.id, row.state, row.settled_at, row.charged, row.hook)
            if row.attempts:
                yield ("hook", row.id, row.hook, row.attempts)

    def clear(self) -> None:
        for held in (self.rows, self.by_id, self.by_phone, self.keys, self.states, self.charged):
            held.clear()
        self._by_key.clear()
        self._sent.clear()
        self.counts.clear()
        self._batches.clear()
        self._same_text.clear()
        for phone in self.versions:  # pages that are open must notice that their messages are gone
            self.versions[phone] += 1

    def same_request(self, account: str, key: str, now: float) -> Row | None:
        """The message of the last 24 hours with this RequestId."""
        row = self._by_key.get((account, key))
        return row if row is not None and now - row.accepted_at < DAY else None

    def same_text_at(self, phone: str, text: str) -> float | None:
        return self._same_text.get((phone, text))

    def sent_on(self, name: str, day: int) -> int:
        """Messages accepted for an account or a template on one day of the clinic's calendar."""
        return self._sent[name, day]

    def repeated(self) -> dict[str, dict[str, int]]:
        """Keys seen more than once, per channel: Zalo does not de-duplicate, so this may be > 0."""
        found: dict[str, dict[str, int]] = {"zalo": {}, "esms": {}}
        for (channel, key), count in self.keys.items():
            if count > 1:
                found.setdefault(channel, {})[key] = count
        return found
