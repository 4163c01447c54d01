"""What becomes of an accepted message: it reaches the phone, fails, or dies undelivered."""

from __future__ import annotations

from collections.abc import Callable

from messaging.gateway.book import (
    ACCEPTED,
    DELIVERED,
    EXPIRED,
    FAILED,
    HOOK_DUE,
    HOOK_NONE,
    Book,
    Row,
)
from messaging.gateway.clock import Clock
from messaging.gateway.phones import Phones
from messaging.gateway.schedule import Schedule
from messaging.gateway.webhooks import Webhooks, settles_with_receipt

CUT = 0.000_001  # a job due "now" still waits for the next look of the schedule


class Delivery:
    def __init__(
        self,
        *,
        clock: Clock,
        book: Book,
        phones: Phones,
        schedule: Schedule,
        webhooks: Webhooks,
        ztime: Callable[[str], float],
        seconds: float,
        read: Callable[[Row], None],
    ) -> None:
        self._clock = clock
        self._book = book
        self._phones = phones
        self._schedule = schedule
        self._webhooks = webhooks
        self._ztime = ztime  # seconds a message of a template may wait undelivered
        self.seconds = seconds
        self._read = read
        self.seen_seconds: float | None = None  # None: she reads when somebody says so

    def expect(self, row: Row) -> None:
        """Called once a message is in the book, and again for what a restart found waiting."""
        self._schedule.after(self.seconds, lambda: self._arrive(row))

    def _arrive(self, row: Row) -> None:
        if row.state != ACCEPTED:
            return
        switches = self._phones[row.phone]
        now = self._clock.now()
        arrived_at = min(now, row.accepted_at + self.seconds)
        if row.channel in ("esms", "twilio"):
            if switches.sms == "ok":
                self._settle(row, DELIVERED, arrived_at, row.price)
            elif switches.sms == "fail":
                self._settle(row, FAILED, arrived_at, 0)
        elif switches.zalo != "never_delivers":
            self._settle(row, DELIVERED, arrived_at, row.price)
        elif row.kind != "cs":  # a message of the chat waits until she is back
            left = row.accepted_at + self._ztime(row.template_id) - now
            self._schedule.after(max(CUT, left), lambda: self._expire(row))

    def _expire(self, row: Row) -> None:
        if row.state == ACCEPTED:
            self._settle(row, EXPIRED, row.accepted_at + self._ztime(row.template_id), 0)

    def _settle(self, row: Row, state: str, at: float, charged: int) -> None:
        told = settles_with_receipt(row, state) and self._webhooks.wanted(row)
        self._book.settle(row, state, at, charged=charged, hook=HOOK_DUE if told else HOOK_NONE)
        if told:
            self._webhooks.send(row)
        if state == DELIVERED and row.channel == "oa" and self.seen_seconds is not None:
            self._schedule.after(self.seen_seconds, lambda: self._read(row))

    def phone_changed(self, phone: str) -> None:
        """A handset that comes back gets what waited for it; one that is lost keeps it waiting."""
        for row in self._book.by_phone.get(phone, ()):
            if row.state == ACCEPTED:
                self.expect(row)

    def resume(self) -> None:
        for row in self._book.rows:
            if row.state == ACCEPTED:
                self.expect(row)
            elif row.hook == HOOK_DUE:
                self._webhooks.send(row)
