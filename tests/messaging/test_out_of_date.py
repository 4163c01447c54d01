"""What could not be said in its time is not said later, by no way, and people are told
(docs/messages.md, "Out of date")."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinics import clock as product_clock
from followup.knots import said_bits
from messaging import accounts, spending, sweep
from messaging.models import Message, Template
from messaging.public import events, outbox
from patients.public import Patient
from tests.messaging.outposts import Outpost, Wire, work

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> list[events.Unreached]:
    found: list[events.Unreached] = []
    monkeypatch.setattr(events.unreached, "_handlers", [found.append])
    return found


def remind(outpost: Outpost, patient: Patient | None = None, *, hours: float = 2) -> Message:
    """Said at ten about an appointment so many hours later, as the gate does."""
    begins = product_clock.now() + dt.timedelta(hours=hours)
    limit = begins - dt.timedelta(hours=1)
    return outpost.say(patient, limit_at=limit, valid_until=begins)


@pytest.fixture(autouse=True)
def at_ten(clock: Any, wire: Wire) -> None:
    clock.set("2026-06-01T10:00")


def test_after_an_outage_nobody_is_reminded_of_an_appointment_that_has_begun(
    outpost: Outpost, wire: Wire, clock: Any, told: list[events.Unreached]
) -> None:
    """The server was down from ten to noon: one has begun, one has not."""
    past, ahead = remind(outpost), remind(outpost, hours=2.5)
    clock.advance(hours=2)
    work()
    assert outpost.attempts(past) == [("zalo", "failed")]
    assert outpost.attempts(ahead) == [("zalo", "accepted")]
    assert [(each.intent, each.reason) for each in told] == [(past.intent, "too_late")]
    past.refresh_from_db()
    assert [bit.text for bit in said_bits([past])] == [
        "Zalo: không gửi vì tin bị giữ lại đến khi đã quá muộn"
    ]
    assert len(wire.book()) == 1 and outbox.next_due() == Message.objects.get(pk=ahead.pk).due_at


def test_what_ends_while_a_visit_looks_is_not_claimed(
    outpost: Outpost, wire: Wire, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = remind(outpost)
    with monkeypatch.context() as patch:
        patch.setattr(sweep, "sweep", lambda: clock.advance(hours=2))
        work()
    assert outpost.attempts(message) == [("zalo", "queued")] and not wire.book()
    work()
    assert outpost.attempts(message) == [("zalo", "failed")]


@pytest.mark.parametrize(("hours", "state"), [(47.9, "accepted"), (48, "failed")])
def test_other_care_keeps_for_two_days(
    outpost: Outpost, clock: Any, hours: float, state: str
) -> None:
    care, safety = outpost.say(), outpost.say(safety=True)
    clock.advance(hours=hours)
    work()
    assert outpost.attempts(care) == [("zalo", state)]
    assert outpost.attempts(safety) == [("zalo", state)]


def test_advertising_is_never_out_of_date(outpost: Outpost, clock: Any) -> None:
    Template.objects.filter(channel="zalo").update(purpose="campaign", message_class="ads")
    held = outpost.say()
    clock.advance(days=30)
    work()
    assert outpost.attempts(held) == [("zalo", "accepted")]


def test_no_other_way_follows_when_it_is_over(
    outpost: Outpost, wire: Wire, clock: Any, told: list[events.Unreached]
) -> None:
    """Zalo never delivers it, and nobody was there to see it before the appointment began."""
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="never_delivers")
    message = remind(outpost, patient)
    work()
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(message) == [("zalo", "expired")]
    assert [each.reason for each in told] == ["expired"] and not wire.book(channel="sms")


def test_the_next_way_ends_with_the_first_one(
    outpost: Outpost, wire: Wire, clock: Any, told: list[events.Unreached]
) -> None:
    """Its SMS waits for the morning; the appointment is at 08:00, before anybody may be written
    to."""
    clock.set("2026-06-01T19:50")
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="never_delivers")
    message = outpost.say(patient, valid_until=product_clock.parse("2026-06-02T08:00"))
    work()
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(message) == [("zalo", "expired"), ("sms", "queued")]
    clock.set("2026-06-02T08:20:30")
    work()
    assert outpost.attempts(message)[1] == ("sms", "failed")
    assert [each.reason for each in told] == ["too_late"] and not wire.book(channel="sms")


def test_a_pause_holds_nothing_beyond_it(
    outpost: Outpost, clock: Any, told: list[events.Unreached]
) -> None:
    until = product_clock.now() + dt.timedelta(days=4)
    accounts.pause(outpost.zalo, code="-135", text="", until=until)
    care = outpost.say(allowed_channels=["zalo"])
    clock.advance(hours=4)
    work()
    assert outbox.next_due() == care.queued_at + dt.timedelta(days=2)
    clock.advance(hours=44)
    work()
    assert outpost.attempts(care) == [("zalo", "failed")] and outbox.next_due() is None
    assert [each.reason for each in told] == ["too_late"]


def test_money_that_comes_too_late_reminds_nobody(
    outpost: Outpost, wire: Wire, clock: Any, told: list[events.Unreached]
) -> None:
    Message.objects.filter(pk=outpost.say().pk).update(
        state="accepted", due_at=None, accepted_at=product_clock.now(), cost=300
    )
    spending.set_limit(300)
    message = remind(outpost)
    work()
    assert outpost.attempts(message) == [("zalo", "queued")]
    assert outbox.next_due() == message.valid_until
    clock.advance(hours=3)
    spending.set_limit(None)
    work()
    assert outpost.attempts(message) == [("zalo", "failed")]
    assert [each.reason for each in told] == ["budget"] and not wire.book()


def test_what_a_provider_may_have_taken_is_settled_by_its_key(
    outpost: Outpost, wire: Wire, clock: Any, told: list[events.Unreached]
) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    wire.mode(channel="esms", lose_answer=True, only_next=1)
    message = remind(outpost, patient, hours=0.5)
    work()
    assert outpost.attempts(message)[1] == ("sms", "queued")
    clock.advance(minutes=31)
    work()
    assert outpost.attempts(message)[1] == ("sms", "accepted")
    assert len(wire.book(channel="esms")) == 1 and not told


def test_without_a_connection_it_goes_the_next_way_at_its_limit(
    outpost: Outpost, wire: Wire, settings: Any, clock: Any
) -> None:
    """Not after the two hours it may take otherwise: by then the appointment has begun."""
    settings.ZALO_BUSINESS_URL = "http://127.0.0.1:9"
    near, far = remind(outpost), outpost.say()
    work()
    clock.advance(minutes=59)
    work()
    assert outpost.attempts(near) == outpost.attempts(far) == [("zalo", "queued")]
    clock.advance(minutes=2)
    work()
    assert outpost.attempts(near) == [("zalo", "failed"), ("sms", "accepted")]
    assert outpost.attempts(far) == [("zalo", "queued")]
    assert Message.objects.get(pk=near.pk).error_code == "no_connection"
    assert not Message.objects.get(intent=near.intent, attempt=2).overlapped
