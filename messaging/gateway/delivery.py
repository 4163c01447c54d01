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
APPROVAL_SECONDS = 60.0
TOLD_LATER = 30_000  # Twilio's codes from here on come after a message was accepted
GATEWAY_FAULTS = ("30001", "30002")  # these end as failed, the others as undelivered


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
        sent: Callable[[Row], None],
    ) -> None:
        self._clock = clock
        self._book = book
        self._phones = phones
        self._schedule = schedule
        self._webhooks = webhooks
        self._ztime = ztime  # seconds a message of a template may wait undelivered
        self._read = read
        self._sent = sent
        self.seconds = seconds
        self.approval_seconds = APPROVAL_SECONDS  # until a person at eSMS has approved of it
        self.seen_seconds: float | None = None  # None: she reads when somebody says so

    def expect(self, row: Row) -> None:
        """Called once a message is in the book, and again for what a restart found waiting."""
        if row.kind == "ads" and "approved" not in row.extra:
            wait = max(CUT, row.extra["approve_at"] - self._clock.now())
            self._schedule.after(wait, lambda: self.decide(row, approved=True))
            return
        if row.channel == "twilio":
            self._schedule.after(self.seconds / 2, lambda: self._on_its_way(row))
        self._schedule.after(self.seconds, lambda: self._arrive(row))

    def decide(self, row: Row, *, approved: bool) -> None:
        """An advertising message is approved and goes out, or is refused; only once."""
        if row.state != ACCEPTED or "approved" in row.extra:
            return
        self._book.amend(row, approved=approved)
        if approved:
            self.expect(row)
        else:
            self._settle(row, FAILED, self._clock.now(), 0)

    def _on_its_way(self, row: Row) -> None:
        if row.state == ACCEPTED and self._phones[row.phone].sms != "never":
            self._sent(row)

    def _arrive(self, row: Row) -> None:
        if row.state != ACCEPTED:
            return
        now = self._clock.now()
        arrived_at = min(now, row.accepted_at + self.seconds)
        if row.channel in ("esms", "twilio"):
            self._arrive_by_network(row, max(arrived_at, row.accepted_at))
            return
        if self._phones[row.phone].zalo != "never_delivers":
            self._settle(row, DELIVERED, arrived_at, row.price)
        elif row.kind != "cs":  # a message of the chat waits until she is back
            left = row.accepted_at + self._ztime(row.template_id) - now
            self._schedule.after(max(CUT, left), lambda: self._expire(row))

    def _arrive_by_network(self, row: Row, at: float) -> None:
        switches = self._phones[row.phone]
        code = switches.twilio_code if row.channel == "twilio" else 0
        if row.kind == "viber":
            reached = DELIVERED if switches.viber == "ok" else FAILED
        elif code >= TOLD_LATER:
            ended = "failed" if str(code) in GATEWAY_FAULTS else "undelivered"
            self._book.amend(row, error=str(code), ended=ended)
            reached = FAILED
        else:
            reached = {"ok": DELIVERED, "fail": FAILED}.get(switches.sms, "")
            if reached == FAILED and row.channel == "twilio":
                self._book.amend(row, error="30003", ended="undelivered")
        if reached:
            self._settle(row, reached, at, row.price if reached == DELIVERED else 0)

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
