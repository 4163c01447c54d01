"""Time passes: what becomes of attempts that nobody reports on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from followup.knots import said_bits
from messaging import accounts
from messaging.models import Message, ProviderAccount, Unreachable
from messaging.public import events, outbox
from patients.public import people
from tests.messaging.outposts import Outpost, Wire, work


@pytest.fixture
def silent(outpost: Outpost, wire: Wire, clock: Any) -> Message:
    """A message Zalo took at 10:00 and will never deliver."""
    clock.set("2026-06-01T10:00")
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="never_delivers")
    message = outpost.say(patient)
    work()
    return message


def test_not_delivered_in_time_goes_the_next_way(
    outpost: Outpost, silent: Message, wire: Wire, clock: Any
) -> None:
    clock.advance(hours=2, minutes=9)
    work()
    assert outpost.attempts(silent) == [("zalo", "accepted")]
    clock.advance(minutes=2)
    work()
    assert outpost.attempts(silent) == [("zalo", "expired"), ("sms", "accepted")]
    # the provider expires it by its own clock, a moment later
    assert wire.gateway.settled(wire.book()[0]["id"])["state"] == "expired"
    wire.carry()
    work()
    assert outpost.attempts(silent)[1] == ("sms", "delivered")


def test_a_lost_webhook_is_asked_for_before_anything_follows(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    message = outpost.say()
    work()
    wire.receipts()  # and forgotten
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(message) == [("zalo", "delivered")]
    stored = Message.objects.get()
    assert stored.delivered_at is not None
    assert (clock.now() - stored.delivered_at) > dt.timedelta(hours=2)


def test_asking_renews_the_token(outpost: Outpost, silent: Message, wire: Wire, clock: Any) -> None:
    wire.control(
        "accounts", {"kind": "zalo", "oa_id": outpost.zalo.account_id, "access_token": "revoked"}
    )
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(silent)[0] == ("zalo", "expired")


def test_a_provider_that_does_not_answer_is_asked_for_half_an_hour(
    outpost: Outpost, silent: Message, wire: Wire, clock: Any
) -> None:
    wire.mode(channel="zalo", fail="500")
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(silent) == [("zalo", "accepted")]
    clock.advance(minutes=31)
    work()
    assert outpost.attempts(silent)[0] == ("zalo", "expired")


def test_the_purpose_cannot_wait(outpost: Outpost, wire: Wire, clock: Any) -> None:
    """60 minutes before it is too late it is said another way as well, counted apart."""
    clock.set("2026-06-01T10:00")
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="never_delivers")
    message = outpost.say(patient, limit_at=clock.now() + dt.timedelta(hours=1))
    work()
    clock.advance(minutes=59)
    work()
    assert outpost.attempts(message) == [("zalo", "accepted")]
    clock.advance(minutes=2)
    work()
    assert outpost.attempts(message) == [("zalo", "accepted"), ("sms", "accepted")]
    assert list(Message.objects.order_by("attempt").values_list("overlapped", flat=True)) == [
        False,
        True,
    ]
    clock.advance(hours=2)
    work()
    assert outpost.attempts(message) == [("zalo", "expired"), ("sms", "accepted")]


def test_a_fallback_waits_for_the_morning(outpost: Outpost, wire: Wire, clock: Any) -> None:
    clock.set("2026-06-01T18:30")
    patient, other = outpost.patient(), outpost.patient()
    for each in (patient, other):
        wire.phone(outpost.phone_of(each), zalo="never_delivers")
    care, safety = outpost.say(patient), outpost.say(other, safety=True)
    work()
    clock.advance(hours=2, minutes=11)  # 20:41
    work()
    assert outpost.attempts(care) == [("zalo", "expired"), ("sms", "queued")]
    assert outpost.attempts(safety) == [("zalo", "expired"), ("sms", "accepted")]
    waiting = Message.objects.get(intent=care.intent, attempt=2)
    assert waiting.due_at is not None
    opening = dt.datetime(2026, 6, 2, 1, tzinfo=dt.UTC)  # 08:00 in Vietnam
    assert opening <= waiting.due_at <= opening + dt.timedelta(minutes=20)
    assert outbox.next_due() is not None
    clock.set("2026-06-02T08:20:30")
    work()
    assert outpost.attempts(care)[1] == ("sms", "accepted")


def test_an_sms_nobody_reports_on_expires_and_is_told(
    outpost: Outpost, wire: Wire, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.Unreached] = []
    monkeypatch.setattr(events.unreached, "_handlers", [told.append])
    clock.set("2026-06-01T10:00")
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none", sms="never")
    message = outpost.say(patient)
    work()
    clock.advance(hours=4, minutes=11)
    work()
    assert outpost.attempts(message) == [("zalo", "failed"), ("sms", "expired")]
    assert [each.reason for each in told] == ["expired"]


def test_withdrawn_while_under_way_nothing_follows(
    outpost: Outpost, silent: Message, clock: Any
) -> None:
    assert outbox.withdraw([silent.intent]) is False
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(silent) == [("zalo", "expired")]


def test_a_limit_ends_the_wait_for_a_paused_account(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    accounts.pause(outpost.zalo, code="-135", text="", until=clock.now() + dt.timedelta(hours=9))
    near = outpost.say(limit_at=clock.now() + dt.timedelta(hours=1))
    far = outpost.say()
    assert outbox.next_due() == near.limit_at
    clock.advance(minutes=61)
    work()
    assert outpost.attempts(near) == [("zalo", "failed"), ("sms", "accepted")]
    assert outpost.attempts(far) == [("zalo", "queued")]


@pytest.fixture
def paused(outpost: Outpost, clock: Any) -> Outpost:
    """Nobody has renewed Zalo's token since ten."""
    clock.set("2026-06-01T10:00")
    until = clock.now() + dt.timedelta(days=3)
    accounts.pause(outpost.zalo, code="-14014", text="", until=until)
    return outpost


def test_care_goes_another_way_when_its_account_rests_for_hours(
    paused: Outpost, clock: Any
) -> None:
    care = paused.say(safety=True)
    assert outbox.next_due() == care.queued_at + dt.timedelta(hours=4)
    clock.advance(hours=3, minutes=59)
    work()
    assert paused.attempts(care) == [("zalo", "queued")]
    clock.advance(minutes=2)
    work()
    assert paused.attempts(care) == [("zalo", "failed"), ("sms", "accepted")]
    care.refresh_from_db()
    assert care.error_code == "account_paused"
    assert [bit.text for bit in said_bits([care])] == [
        "Zalo: không gửi vì tài khoản gửi tin của phòng khám bị tạm dừng"
    ]


def test_without_another_way_it_waits_on_and_goes_when_the_account_is_back(
    paused: Outpost, clock: Any
) -> None:
    care = paused.say(allowed_channels=["zalo"])
    clock.advance(hours=5)
    work()
    assert paused.attempts(care) == [("zalo", "queued")]
    assert outbox.next_due() == care.valid_until  # looked at once, not at every visit
    accounts.resume(ProviderAccount.objects.get(pk=paused.zalo.pk))
    work()
    assert paused.attempts(care) == [("zalo", "accepted")]
    assert Message.objects.get(pk=care.pk).error_code == ""


def test_another_number_on_the_account_that_rests_is_no_way(paused: Outpost, clock: Any) -> None:
    patient = paused.patient()
    (old_number,) = people.points(patient)
    Unreachable.objects.create(
        contact_point=old_number, channel="sms", code="x", learned_at=clock.now()
    )
    people.add_phone(patient=patient, phone="0903 100 999")
    care = paused.say(patient)
    clock.advance(hours=4, minutes=1)
    work()
    assert paused.attempts(care) == [("zalo", "failed"), ("sms", "accepted")]


def test_held_back_what_may_have_been_taken_is_unknown_not_refused(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    """eSMS took it, its answer was lost, and then its account was paused."""
    clock.set("2026-06-01T10:00")
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    wire.mode(channel="esms", lose_answer=True, only_next=1)
    message = outpost.say(patient, limit_at=clock.now() + dt.timedelta(hours=1))
    work()
    Message.objects.filter(attempt=2).update(limit_at=message.limit_at)
    until = clock.now() + dt.timedelta(days=1)
    accounts.pause(outpost.esms, code="103", text="", until=until)
    clock.advance(minutes=61)
    work()
    assert outpost.attempts(message) == [("zalo", "failed"), ("sms", "unknown")]


def test_an_account_that_is_switched_off_holds_nothing(outpost: Outpost) -> None:
    message = outpost.say()
    ProviderAccount.objects.filter(pk=outpost.zalo.pk).update(is_active=False)
    work()
    assert outpost.attempts(message) == [("zalo", "failed"), ("sms", "accepted")]


def test_a_late_report_takes_back_what_was_only_assumed(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    """Its answer and its webhook were lost; the webhook comes again in the evening."""
    clock.set("2026-06-01T18:00")
    wire.mode(channel="zalo", lose_answer=True, only_next=1)
    message = outpost.say()
    work()
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(message) == [("zalo", "unknown"), ("sms", "queued")]
    wire.carry()
    work()
    assert outpost.attempts(message) == [("zalo", "delivered"), ("sms", "cancelled")]
    clock.set("2026-06-02T09:00")
    work()
    assert len(wire.book()) == 1
