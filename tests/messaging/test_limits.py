"""Night, caps a person, pace and quota: what is held back, how long, and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinics import clock as product_clock
from messaging import limits
from messaging.models import Message, MessageState, ProviderAccount, Template
from messaging.pace import Pace
from messaging.providers import provider_of
from messaging.public import outbox
from tests.messaging.outposts import Outpost, Wire, work

NOON = dt.datetime(2026, 6, 1, 5, tzinfo=dt.UTC)


def ad(outpost: Outpost, patient: Any = None, **more: Any) -> Message:
    """One advertisement, by SMS unless said otherwise."""
    message = outpost.say(patient, **more)
    Message.objects.filter(pk=message.pk).update(is_ad=True, valid_until=None)
    return message


def by_sms(message: Message, outpost: Outpost) -> Message:
    """The same message as an SMS, with a text of its own (eSMS refuses repeated ones)."""
    Message.objects.filter(pk=message.pk).update(
        account=outpost.esms, channel="sms", text=f"An Tam {message.pk}"
    )
    return message


def had(message: Message, moment: str, *, state: str = "delivered") -> None:
    """It went out then."""
    at = product_clock.parse(moment)
    Message.objects.filter(pk=message.pk).update(state=state, called_at=at, due_at=None)


def held(message: Message) -> tuple[str, str]:
    """Why it waits, and until when (day and hour of the clinic's clock)."""
    row = Message.objects.get(pk=message.pk)
    assert row.due_at is not None
    return row.error_code, f"{product_clock.local(row.due_at):%d %H:%M}"


def states(*messages: Message) -> list[str]:
    return [Message.objects.get(pk=each.pk).state for each in messages]


def test_a_bucket_holds_five_seconds_and_fills_by_the_clock() -> None:
    pace = Pace(per_minute=600, left=0.0, at=NOON)
    assert pace.allow(100, NOON) == 0
    assert pace.allow(100, NOON + dt.timedelta(seconds=3)) == 30
    pace.took(30)
    assert pace.allow(100, NOON + dt.timedelta(seconds=3)) == 0
    assert pace.allow(100, NOON + dt.timedelta(hours=1)) == 50  # no more than five seconds' worth


def test_the_clock_set_back_empties_no_bucket() -> None:
    pace = Pace(per_minute=600, left=10.0, at=NOON)
    assert pace.allow(100, NOON - dt.timedelta(days=1)) == 10


def test_the_least_an_answer_said_of_the_quota_holds() -> None:
    pace = Pace(per_minute=0, left=0.0, at=NOON)
    pace.learn(None)
    assert pace.allow(7, NOON) == 7
    pace.learn(3)
    pace.learn(4)  # an answer that was overtaken
    assert pace.allow(7, NOON) == 3
    pace.took(3)
    assert pace.used_up


def test_an_account_sends_no_faster_than_it_may(outpost: Outpost) -> None:
    ProviderAccount.objects.update(per_minute=60, pace_left=2.0, pace_at=product_clock.now())
    for _ in range(6):
        outpost.say()
    work()
    sent = Message.objects.filter(state=MessageState.ACCEPTED).count()
    assert 2 <= sent < 6
    assert outbox.next_due() is not None  # the rest stays due


def test_the_days_quota_used_up_keeps_the_rest_until_morning(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    wire.control("accounts", {"kind": "zalo", "oa_id": outpost.zalo.account_id, "daily_quota": 2})
    ProviderAccount.objects.filter(pk=outpost.zalo.pk).update(in_flight_cap=1)
    said = [outpost.say() for _ in range(4)]
    work()
    assert sorted(states(*said)) == ["accepted", "accepted", "queued", "queued"]
    account = ProviderAccount.objects.get(pk=outpost.zalo.pk)
    assert (account.quota_left, account.daily_quota) == (0, 2)
    assert account.paused_reason.startswith("quota")
    assert account.paused_until == dt.datetime(2026, 6, 2, 1, tzinfo=dt.UTC)  # 08:00
    wire.carry(2)  # before the night: who is reported late is taken as not delivered
    clock.set("2026-06-02T08:01")
    work()
    work()
    assert set(states(*said)) <= {"accepted", "delivered"}


def test_what_came_due_at_night_waits_for_the_morning(outpost: Outpost, clock: Any) -> None:
    care, safety = outpost.say(), outpost.say(safety=True)
    clock.set("2026-06-01T20:01")
    work()
    assert states(care, safety) == ["queued", "accepted"]
    care.refresh_from_db()
    opening = dt.datetime(2026, 6, 2, 1, tzinfo=dt.UTC)
    assert care.due_at is not None
    assert opening <= care.due_at <= opening + dt.timedelta(minutes=20)


def test_care_goes_before_advertising(outpost: Outpost) -> None:
    ProviderAccount.objects.update(per_minute=60, pace_left=1.0, pace_at=product_clock.now())
    first = ad(outpost)
    then = outpost.say()
    work()
    assert states(then) == ["accepted"]
    assert states(first) == ["queued"]


def test_a_fourth_advertisement_by_sms_waits_a_day(outpost: Outpost, clock: Any) -> None:
    patient = outpost.patient()
    for minute in range(3):
        had(by_sms(ad(outpost, patient), outpost), f"2026-06-01T09:0{minute}")
    clock.set("2026-06-01T10:00")
    fourth, other = by_sms(ad(outpost, patient), outpost), by_sms(ad(outpost), outpost)
    assert limits.hold_ads(outpost.esms, provider_of("esms"))
    assert held(fourth) == ("ad_cap", "02 09:00")
    assert held(other) == ("", "01 10:00")
    clock.set("2026-06-02T09:01")  # the first of them is a day old
    Message.objects.filter(pk=fourth.pk).update(error_code="")
    limits.hold_ads(outpost.esms, provider_of("esms"))
    assert held(fourth)[0] == ""


def test_a_refused_advertisement_is_none_she_had(outpost: Outpost) -> None:
    patient = outpost.patient()
    for minute in range(3):
        had(by_sms(ad(outpost, patient), outpost), f"2026-06-01T09:0{minute}", state="failed")
    another = by_sms(ad(outpost, patient), outpost)
    limits.hold_ads(outpost.esms, provider_of("esms"))
    assert held(another)[0] == ""


def test_four_due_together_are_three_and_one_that_waits(outpost: Outpost) -> None:
    patient = outpost.patient()
    said = [by_sms(ad(outpost, patient), outpost) for _ in range(4)]
    limits.hold_ads(outpost.esms, provider_of("esms"))
    assert [held(each)[0] for each in said] == ["", "", "", "ad_cap"]


@pytest.mark.parametrize(("own", "accepted"), [(None, 4), (2, 2)])
def test_zalo_takes_so_many_a_month_then_the_next_way(
    outpost: Outpost, own: int | None, accepted: int
) -> None:
    ProviderAccount.objects.filter(pk=outpost.zalo.pk).update(ads_per_month=own)
    Template.objects.filter(channel="sms").update(purpose="campaign", message_class="ads")
    patient = outpost.patient()
    said = [ad(outpost, patient) for _ in range(5)]
    work()
    assert states(*said) == ["accepted"] * accepted + ["failed"] * (5 - accepted)
    later = Message.objects.filter(attempt=2)
    assert later.count() == 5 - accepted
    assert set(later.values_list("channel", "is_ad")) == {("sms", True)}
