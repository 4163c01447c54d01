"""An account that rests, for hours or again and again: what waits for it goes another way where
there is one, is looked at when something can be done and no oftener, and is never said twice
(docs/messages.md, "When nobody reports")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from messaging import accounts, sweep
from messaging.models import Message, ProviderAccount, Unreachable
from messaging.public import outbox
from patients.public import people
from tests.messaging.outposts import Outpost, Wire, work

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture(autouse=True)
def at_ten(clock: Any, wire: Wire) -> None:
    clock.set("2026-06-01T10:00")


def live(clock: Any, *, hours: float) -> None:
    """Look when the outbox wants to be looked at, and at no other time."""
    until = clock.now() + dt.timedelta(hours=hours)
    for _ in range(40):
        at = outbox.next_due()
        if at is None or at > until:
            break
        clock.advance(seconds=max(1, (at - clock.now()).total_seconds() + 1))
        work()
    else:
        pytest.fail("it is looked at again and again")
    clock.advance(seconds=(until - clock.now()).total_seconds())


def rests(account: ProviderAccount, clock: Any, *, hours: float) -> None:
    until = clock.now() + dt.timedelta(hours=hours)
    accounts.pause(account, code="-135", text="", until=until)


def back(account: ProviderAccount) -> None:
    accounts.resume(ProviderAccount.objects.get(pk=account.pk))
    work()


def test_who_asks_every_hour_whether_it_works_goes_another_way_after_four(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    wire.mode(channel="zalo", fail="-135")
    care = outpost.say()
    work()
    live(clock, hours=3.9)
    assert outpost.attempts(care) == [("zalo", "queued")]
    live(clock, hours=0.2)
    assert outpost.attempts(care) == [("zalo", "failed"), ("sms", "accepted")]


def test_a_limit_comes_in_the_middle_of_a_rest(outpost: Outpost, wire: Wire, clock: Any) -> None:
    wire.mode(channel="zalo", fail="-135")
    begins = clock.now() + dt.timedelta(minutes=100)
    near = outpost.say(limit_at=begins - dt.timedelta(hours=1), valid_until=begins)
    work()
    live(clock, hours=0.7)
    assert outpost.attempts(near) == [("zalo", "failed"), ("sms", "accepted")]


def test_an_account_that_rests_as_well_is_no_way(outpost: Outpost, clock: Any) -> None:
    rests(outpost.zalo, clock, hours=30)
    rests(outpost.esms, clock, hours=30)
    care = outpost.say()
    live(clock, hours=5)
    assert outpost.attempts(care) == [("zalo", "queued")]
    back(outpost.zalo)
    assert outpost.attempts(care) == [("zalo", "accepted")]


def test_the_other_account_comes_back_first(outpost: Outpost, clock: Any) -> None:
    rests(outpost.zalo, clock, hours=30)
    rests(outpost.esms, clock, hours=30)
    care = outpost.say()
    live(clock, hours=5)
    back(outpost.esms)
    assert outpost.attempts(care) == [("zalo", "failed"), ("sms", "accepted")]


def test_what_had_no_way_is_looked_at_again_when_the_next_rest_begins(
    outpost: Outpost, clock: Any
) -> None:
    rests(outpost.zalo, clock, hours=4.5)
    care = outpost.say(allowed_channels=["zalo"])
    live(clock, hours=4.1)
    assert Message.objects.get(pk=care.pk).error_code == "account_paused"
    Message.objects.filter(pk=care.pk).update(allowed_channels="zalo,sms")  # she agrees to SMS
    clock.advance(hours=0.5)
    rests(outpost.zalo, clock, hours=5)
    live(clock, hours=0.1)
    assert outpost.attempts(care) == [("zalo", "failed"), ("sms", "accepted")]


def test_a_way_that_works_goes_before_one_that_rests(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    """Zalo does not know her own number; her second one would be asked by the same account, which
    rests by then."""
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    (own,) = people.points(patient)
    Unreachable.objects.create(contact_point=own, channel="sms", code="x", learned_at=clock.now())
    people.add_phone(patient=patient, phone="0903 100 999")
    care = outpost.say(patient)
    Message.objects.filter(pk=care.pk).update(
        state="failed", error_code="-118", due_at=None, ended_at=clock.now()
    )
    rests(outpost.zalo, clock, hours=30)
    sweep.pass_on([care.pk])
    assert outpost.attempts(care) == [("zalo", "failed"), ("sms", "queued")]


def test_taken_back_while_it_was_looked_at_nothing_follows(
    outpost: Outpost, wire: Wire, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests(outpost.zalo, clock, hours=30)
    care = outpost.say()
    real = sweep.with_another_way

    def cancelled_meanwhile(found: Sequence[int]) -> list[int]:
        ways = real(found)
        outbox.withdraw([care.intent])
        return ways

    monkeypatch.setattr(sweep, "with_another_way", cancelled_meanwhile)
    live(clock, hours=5)
    assert outpost.attempts(care) == [("zalo", "cancelled")] and not wire.book()


@pytest.fixture
def lost(outpost: Outpost, wire: Wire) -> Message:
    """eSMS took it and its answer was lost; the appointment begins in two hours."""
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    wire.mode(channel="esms", lose_answer=True, only_next=1)
    message = outpost.say(patient, valid_until=outbox.clock.now() + dt.timedelta(hours=2))
    work()
    assert outpost.attempts(message)[1] == ("sms", "queued")
    assert len(wire.book(channel="esms")) == 1
    return message


def test_taken_and_then_no_line_it_is_still_what_may_have_been_taken(
    outpost: Outpost, lost: Message, settings: Any, clock: Any
) -> None:
    settings.ESMS_URL = "http://127.0.0.1:9"
    clock.advance(minutes=1)
    work()
    again = Message.objects.get(intent=lost.intent, attempt=2)
    assert (again.tries, again.state, again.error_code) == (2, "queued", "no_answer")
    live(clock, hours=2.6)
    assert outpost.attempts(lost)[1:] == [("sms", "unknown")]


def test_it_waits_for_its_account_and_is_looked_at_when_its_key_is_forgotten(
    outpost: Outpost, lost: Message, clock: Any
) -> None:
    """Not at once again and again, although it is out of date by then."""
    rests(outpost.esms, clock, hours=30)
    live(clock, hours=22.9)
    assert outpost.attempts(lost)[1:] == [("sms", "queued")]
    live(clock, hours=0.2)
    assert outpost.attempts(lost)[1:] == [("sms", "unknown")]


def test_taken_and_then_refused_for_the_accounts_sake(
    outpost: Outpost, lost: Message, wire: Wire, clock: Any
) -> None:
    wire.mode(channel="esms", fail="103")
    clock.advance(minutes=1)
    work()
    again = Message.objects.get(intent=lost.intent, attempt=2)
    assert (again.tries, again.state, again.error_code) == (2, "queued", "no_answer")
    live(clock, hours=8)  # by its own key, as often as the account asks whether it works
    wire.mode(channel="esms")
    back(outpost.esms)
    assert outpost.attempts(lost)[1:] == [("sms", "accepted")]
    assert len(wire.book(channel="esms")) == 1
