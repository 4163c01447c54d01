"""Handing over: what each answer of a provider makes of a message. The wire is real."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from clinics.models import Alert
from clinics.public import due
from messaging import accounts, dispatch, fallbacks
from messaging.models import Message, ProviderAccount, Template, Unreachable
from messaging.providers import provider_of
from messaging.providers.base import Reply
from messaging.providers.http import Burst, call
from messaging.public import events, outbox
from tests.messaging.outposts import Outpost, Wire, work


@pytest.fixture
def unreached(monkeypatch: pytest.MonkeyPatch) -> list[events.Unreached]:
    told: list[events.Unreached] = []
    monkeypatch.setattr(events.unreached, "_handlers", [told.append])
    return told


def test_a_message_is_accepted_delivered_and_answered(outpost: Outpost, wire: Wire) -> None:
    message = outpost.say()
    work()
    assert outpost.attempts(message) == [("zalo", "accepted")]
    (row,) = wire.book()
    assert row["tracking_id"] == message.uid.hex
    assert row["text"].startswith("Chào chị Trang, Nha khoa An Tâm nhắc chị lịch hẹn 15:30 thứ Ba")
    assert row["links"][0]["url"].startswith("http://an-tam.localhost/k/")
    assert wire.carry() == [200]
    work()
    message.refresh_from_db()
    assert (message.state, message.due_at) == ("delivered", None)
    assert message.delivered_at is not None and message.provider_ref == row["id"]


def test_no_zalo_account_means_an_sms_and_a_fact(outpost: Outpost, wire: Wire) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    message = outpost.say(patient)
    work()
    assert outpost.attempts(message) == [("zalo", "failed"), ("sms", "accepted")]
    (sms,) = wire.book(channel="esms")
    assert sms["text"].startswith("Nha khoa An Tam nhac chi Trang: hen 15:30 thu Ba 17/11, Quan 3.")
    assert "http://an-tam.localhost/k/" in sms["text"] and sms["text"].isascii()
    fact = Unreachable.objects.get()
    assert (fact.channel, fact.code) == ("zalo", "-118")
    again = outpost.say(patient)  # the fact is used
    assert again.channel == "sms"
    wire.carry()
    work()
    assert outpost.attempts(message) == [("zalo", "failed"), ("sms", "delivered")]


def test_no_way_left_is_told_once(
    outpost: Outpost, wire: Wire, unreached: list[events.Unreached]
) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="refused")
    message = outpost.say(patient, allowed_channels=["zalo"])
    work()
    work()
    assert outpost.attempts(message) == [("zalo", "failed")]
    assert [(each.intent, each.reason) for each in unreached] == [(message.intent, "-141")]


def test_an_expired_token_is_renewed_once_for_all(outpost: Outpost, wire: Wire, clock: Any) -> None:
    first = outpost.say()
    work()
    before = outpost.zalo.credentials
    wire.control(
        "accounts", {"kind": "zalo", "oa_id": outpost.zalo.account_id, "access_token": "revoked"}
    )
    messages = [outpost.say() for _ in range(30)]  # more than one lane
    work()
    assert {row["tracking_id"] for row in wire.book(channel="zalo")} == {
        each.uid.hex for each in [first, *messages]
    }
    stored = ProviderAccount.objects.get(pk=outpost.zalo.pk)
    assert stored.credentials != before and not stored.paused_reason
    assert set(Message.objects.values_list("tries", flat=True)) == {1}


def test_a_token_nobody_renews_pauses_the_account(outpost: Outpost, wire: Wire, clock: Any) -> None:
    stored = ProviderAccount.objects.get(pk=outpost.zalo.pk)
    stored.credentials = stored.credentials.replace('access_token": "', 'access_token": "x')
    stored.credentials = stored.credentials.replace('refresh_token": "', 'refresh_token": "x')
    stored.save(update_fields=["credentials"])
    message = outpost.say()
    work()
    assert outpost.attempts(message) == [("zalo", "queued")]
    stored.refresh_from_db()
    assert stored.paused_reason.startswith("-14014:")  # Zalo does not know the refresh token
    assert list(accounts.paused()) == [stored]
    assert outbox.next_due() == message.queued_at + dt.timedelta(hours=4)  # then another way
    stored.credentials = outpost.zalo.credentials  # a person mends it
    stored.save(update_fields=["credentials"])
    accounts.resume(stored)
    clock.advance(minutes=5)  # a refused token waits that long
    work()
    assert outpost.attempts(message) == [("zalo", "accepted")]


def test_a_pause_keeps_the_rest_queued_and_one_message_asks_when_it_is_over(
    outpost: Outpost, wire: Wire, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.AccountPaused] = []
    monkeypatch.setattr(events.account_paused, "_handlers", [told.append])
    wire.mode(channel="zalo", fail="-135")
    for _ in range(60):
        outpost.say()
    work()
    assert Message.objects.filter(state="queued").count() == 60
    assert len(wire.control("refusals")["refusals"]) <= 50  # the rest was not tried
    assert len(told) == 1
    clock.advance(minutes=61)
    work()
    assert Message.objects.filter(state="queued").count() == 60
    assert Message.objects.filter(tries=1).count() == 51  # one asked
    wire.mode(channel="zalo")
    clock.advance(minutes=61)
    work()
    work()
    assert Message.objects.filter(state="accepted").count() == 60
    assert not ProviderAccount.objects.exclude(paused_reason="").exists()


def test_not_at_night_waits_until_morning(outpost: Outpost, wire: Wire, clock: Any) -> None:
    clock.set("2026-06-01T19:55")
    wire.mode(channel="zalo", fail="-133", only_next=1)
    message = outpost.say()
    work()
    message.refresh_from_db()
    opening = dt.datetime(2026, 6, 2, 1, tzinfo=dt.UTC)  # 08:00 in Vietnam
    assert message.state == "queued"
    assert message.due_at is not None
    assert dt.timedelta() <= message.due_at - opening <= dt.timedelta(minutes=20)


def test_try_again_later_ends_after_three_tries(outpost: Outpost, wire: Wire, clock: Any) -> None:
    wire.mode(channel="zalo", fail="-100")
    message = outpost.say()
    for _ in range(2):
        work()
        assert outpost.attempts(message) == [("zalo", "queued")]
        clock.advance(minutes=6)
    work()
    assert outpost.attempts(message) == [("zalo", "failed"), ("sms", "accepted")]


def test_a_template_zalo_took_away_is_not_used_again(outpost: Outpost, wire: Wire) -> None:
    template = Template.objects.get(key="reminder", channel="zalo")
    (known,) = [
        each
        for each in wire.control("templates")["templates"]
        if each["id"] == template.provider_id
    ]
    due.work_off("an_tam")  # the next look is an hour off
    wire.control("templates", known | {"status": "DISABLE"})
    message = outpost.say()
    work()
    assert outpost.attempts(message)[0] == ("zalo", "failed")
    template.refresh_from_db()
    assert template.disabled_reason.startswith("-146")
    due.work_off("an_tam")  # people are alerted at once, not with the next hour's look
    assert Alert.objects.get().subject == str(template.uid)
    assert outpost.say().channel == "sms"


def test_a_lost_answer_of_zalo_is_not_repeated(outpost: Outpost, wire: Wire, clock: Any) -> None:
    """Accepted there, unknown here: the receipt settles it, nothing goes out twice."""
    wire.mode(channel="zalo", lose_answer=True, only_next=1)
    message = outpost.say()
    work()
    assert outpost.attempts(message) == [("zalo", "calling")]
    wire.carry()
    work()
    assert outpost.attempts(message) == [("zalo", "delivered")]
    clock.advance(hours=3)
    work()
    assert len(wire.book()) == 1


def test_without_a_receipt_it_stays_unknown_and_goes_the_next_way_once(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    wire.mode(channel="zalo", fail="502html", only_next=1)
    message = outpost.say()
    work()
    clock.advance(hours=2, minutes=9)
    work()
    assert outpost.attempts(message) == [("zalo", "calling")]
    clock.advance(minutes=2)
    work()
    work()
    assert outpost.attempts(message) == [("zalo", "unknown"), ("sms", "accepted")]


def test_a_lost_answer_of_esms_is_repeated_with_its_key(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    wire.mode(channel="esms", lose_answer=True, only_next=1)
    message = outpost.say(patient)
    work()
    assert outpost.attempts(message)[1] == ("sms", "queued")
    clock.advance(minutes=1)
    work()
    assert outpost.attempts(message)[1] == ("sms", "accepted")
    (sms,) = wire.book(channel="esms")
    stored = Message.objects.get(intent=message.intent, attempt=2)
    assert (sms["request_id"], stored.provider_ref) == (stored.uid.hex, sms["id"])


def test_nobody_answers_the_door(outpost: Outpost, settings: Any, clock: Any) -> None:
    """Certainly not sent: tried again, and after two hours the next way."""
    clock.set("2026-06-01T10:00")
    working = settings.ZALO_BUSINESS_URL
    settings.ZALO_BUSINESS_URL = "http://127.0.0.1:9"
    message = outpost.say()
    work()
    message.refresh_from_db()
    assert (message.state, message.error_code) == ("queued", "no_connection")
    clock.advance(hours=2, minutes=1)
    other = outpost.say()
    work()
    work()
    assert outpost.attempts(message) == [("zalo", "failed"), ("sms", "accepted")]
    settings.ZALO_BUSINESS_URL = working
    clock.advance(minutes=1)
    work()
    assert outpost.attempts(other) == [("zalo", "accepted")]


def test_the_cap_holds(outpost: Outpost, wire: Wire) -> None:
    """A provider that may receive twice is never given more than can be in doubt."""
    wire.mode(channel="zalo", slow_ms=200)
    for _ in range(3):
        outpost.say()
    ProviderAccount.objects.filter(pk=outpost.zalo.pk).update(in_flight_cap=1)
    started = dt.datetime.now(dt.UTC)
    work()
    assert (dt.datetime.now(dt.UTC) - started).total_seconds() >= 0.6
    assert Message.objects.filter(state="accepted").count() == 3


def test_no_network_inside_a_transaction(outpost: Outpost) -> None:
    account = outpost.esms
    request = provider_of("esms").look_up(account, "x")
    assert request is not None
    assert isinstance(call(request), Reply)
    with transaction.atomic():
        with pytest.raises(RuntimeError):
            call(request)
        with Burst() as burst, pytest.raises(RuntimeError):
            burst.send([request], in_flight=1)


def test_sending_costs_the_same_statements_for_one_and_for_twenty(outpost: Outpost) -> None:
    def statements(messages: int) -> int:
        for _ in range(messages):
            outpost.say()
        with CaptureQueriesContext(connection) as said:
            work()
        return sum("SAVEPOINT" not in each["sql"] for each in said.captured_queries)

    assert statements(1) == statements(20)
    assert Message.objects.filter(state="accepted").count() == 21


def test_a_way_is_never_tried_twice(outpost: Outpost, wire: Wire) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="inactive", sms="fail")
    message = outpost.say(patient)
    work()
    wire.carry()
    work()
    assert outpost.attempts(message) == [("zalo", "failed"), ("sms", "failed")]
    assert fallbacks.pass_on(Message.objects.values_list("pk", flat=True)) == 0


def test_a_visit_for_what_has_arrived_long_ago_is_one_statement(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    """The hint to look after an attempt stays when its receipt has come meanwhile."""
    outpost.say()
    work()
    wire.carry()
    work()
    clock.advance(hours=3)
    with CaptureQueriesContext(connection) as said:
        dispatch.deliver_due()
    assert len([each for each in said if not each["sql"].startswith("SET ")]) == 1
    outpost.say()
    with CaptureQueriesContext(connection) as said:
        dispatch.deliver_due()
    assert len(said) > 5
    assert len(wire.book()) == 2
