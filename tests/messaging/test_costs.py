"""What a message costs, what a month may cost, and what waits when it is spent."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics import clock as product_clock
from clinics.models import Branch, ChangeEvent
from messaging import accounts, costs, limits, spending
from messaging.costs import Prices, Stand, charged, price
from messaging.models import Message, ProviderAccount, SpendingLimit, Template
from messaging.sql import Claimed
from tests.messaging.outposts import Outpost, Wire, work

LISTS = Prices(phone=300, user=200, by_part=800)


@pytest.mark.parametrize(
    ("channel", "to_kind", "parts", "lists", "vnd"),
    [
        ("zalo", "phone", None, LISTS, 300),
        ("zalo", "zalo", None, LISTS, 200),
        ("zalo", "zalo", None, Prices(phone=300), None),  # a number's price is not a user's
        ("sms", "phone", 3, LISTS, 900),  # the text's own price of a part
        ("sms", "phone", 3, Prices(by_part=800), 2400),  # the account's
        ("sms", "phone", 2, Prices(phone=0, by_part=800), 0),
        ("sms", "phone", None, LISTS, None),
        ("sms", "phone", 3, Prices(), None),
        ("email", "email", None, Prices(), 0),  # nobody charges for a letter
        ("viber", "phone", None, Prices(), None),
    ],
)
def test_what_price_lists_say(
    channel: str, to_kind: str, parts: int | None, lists: Prices, vnd: int | None
) -> None:
    assert price(channel, to_kind, parts, lists) == vnd


@pytest.mark.parametrize(
    ("channel", "arrived", "said", "cost", "listed", "vnd"),
    [
        ("zalo", True, None, 300, 300, 300),
        ("zalo", False, None, 300, 300, 0),
        ("zalo", True, None, 0, 300, 300),  # expired, and arrived after all
        ("zalo", True, None, None, None, None),
        ("zalo", True, 250, 300, 300, 250),  # what the report says holds
        ("sms", False, None, 900, 900, 900),  # a network charges for the attempt
        ("sms", False, 0, 900, 900, 0),
        ("sms", True, None, 0, 900, 0),
    ],
)
def test_what_a_report_makes_of_it(
    channel: str,
    arrived: bool,  # noqa: FBT001
    said: int | None,
    cost: int | None,
    listed: int | None,
    vnd: int | None,
) -> None:
    assert charged(channel, arrived=arrived, said=said, cost=cost, price=listed) == vnd


@pytest.mark.parametrize(
    ("spent", "ads", "care", "percent"),
    [
        (0, False, False, 0),
        (7_999, False, False, 79),
        (8_000, True, False, 80),
        (9_999, True, False, 99),
        (10_000, True, True, 100),
        (10_001, True, True, 100),
    ],
)
def test_the_edges_of_a_limit(spent: int, ads: bool, care: bool, percent: int) -> None:  # noqa: FBT001
    stand = Stand(spent, 10_000)
    assert (stand.stops_ads, stand.stops_care, stand.percent) == (ads, care, percent)


def test_a_month_is_the_clinics() -> None:
    """31 May 17:00 UTC is 1 June in Vietnam."""
    first, following = costs.month_of(dt.date(2026, 6, 30))
    assert first == dt.datetime(2026, 5, 31, 17, tzinfo=dt.UTC)
    assert following == dt.datetime(2026, 6, 30, 17, tzinfo=dt.UTC)


def test_a_visit_claims_no_more_than_the_money_is_good_for() -> None:
    """Of 10,000 nothing is spent, one costs 300: advertising may reach 8,000, with the 27th."""
    budget = limits.Budget(Stand(0, 10_000))
    assert budget.allow(500, ads=True) == limits.FIRST_CLAIM
    budget.took([300] * 20)
    assert budget.allow(500, ads=True) == 7  # 6,000 under way: 2,000 are left, six are 1,800
    assert budget.allow(500, ads=False) == 14  # 4,000 are left
    for _ in range(20):
        budget.settled(300, "failed", None)
    assert budget.stand.spent == 0
    budget.took([300])
    budget.settled(300, "accepted", 10_000)  # as its answer says
    assert budget.stand.spent == 10_000
    assert budget.allow(500, ads=True) == 0
    assert budget.allow(500, ads=False) == 500  # safety alone is claimed then


def spend(outpost: Outpost, vnd: int, at: dt.datetime | None = None) -> None:
    """A message of this month, accepted, that cost so much."""
    message = outpost.say()
    work()
    Message.objects.filter(pk=message.pk).update(cost=vnd, accepted_at=at or product_clock.now())


def ad(outpost: Outpost) -> Message:
    message = outpost.say()
    Message.objects.filter(pk=message.pk).update(is_ad=True, valid_until=None)
    return message


def stand(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.error_code


def test_a_zalo_message_costs_its_price_and_nothing_when_it_expires(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    Template.objects.filter(channel="zalo").update(price_phone=300)
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="never_delivers")
    first, other = outpost.say(patient, allowed_channels=["zalo"]), outpost.say()
    work()
    wire.carry()  # the other one's: who is not reported in time has not arrived
    stand(first)
    assert (first.price, first.cost) == (300, 300)
    clock.advance(hours=2, minutes=11)
    work()
    assert stand(first)[0] == "expired"
    assert (first.price, first.cost) == (300, 0)
    stand(other)
    assert other.cost == 300


def test_an_sms_costs_its_parts(outpost: Outpost) -> None:
    ProviderAccount.objects.filter(pk=outpost.esms.pk).update(part_price_care=800)
    Template.objects.filter(channel="zalo").update(disabled_reason="gone")  # so that SMS is the way
    message = outpost.say(key="invite")
    assert message.channel == "sms"
    whole = message.text.replace("{{ link }}", "http://an-tam.localhost/k/0123456789abcdef/")
    assert message.parts == -(-len(whole) // 153) if len(whole) > 160 else 1
    row = Claimed.__dataclass_fields__  # what the claim hands on
    assert {"parts", "price_phone", "price_user"} <= set(row)
    assert price("sms", "phone", message.parts, Prices(by_part=800)) == 800 * (message.parts or 0)


def test_at_80_advertising_waits_and_care_goes(outpost: Outpost, clock: Any) -> None:
    spend(outpost, 7_999)
    spending.set_limit(10_000)
    allowed = ad(outpost)
    work()
    assert stand(allowed)[0] == "accepted"
    Message.objects.filter(pk=allowed.pk).update(cost=1)
    held, care = ad(outpost), outpost.say()
    work()
    assert stand(care)[0] == "accepted"
    assert stand(held) == ("queued", "budget")
    assert held.due_at == product_clock.parse("2026-07-01T08:00")
    spending.set_limit(20_000)
    work()
    assert stand(held)[0] == "accepted"


def test_at_100_only_safety_goes_and_no_fallback(outpost: Outpost, clock: Any) -> None:
    spend(outpost, 10_000)
    spending.set_limit(10_000)
    care, safety = outpost.say(), outpost.say(safety=True)
    work()
    assert stand(care) == ("queued", "budget")
    assert stand(safety)[0] == "accepted"
    clock.set("2026-06-03T09:30")
    work()
    work()
    assert stand(care) == ("failed", "budget")  # too late to be said; people are told
    assert outpost.attempts(care) == [("zalo", "failed")]


def test_the_next_month_begins_on_the_clinics_clock(outpost: Outpost, clock: Any) -> None:
    spend(outpost, 10_000, dt.datetime(2026, 6, 30, 16, 59, tzinfo=dt.UTC))
    spending.set_limit(10_000)
    assert limits.spent_in(dt.date(2026, 6, 30)) == 10_000
    assert limits.spent_in(dt.date(2026, 7, 1)) == 0
    held = ad(outpost)
    work()
    assert stand(held)[1] == "budget"
    clock.set("2026-07-01T08:21")
    work()
    assert stand(held)[0] == "accepted"


def test_both_accounts_spend_of_one_limit(outpost: Outpost) -> None:
    spend(outpost, 4_000)
    spend(outpost, 4_000)
    Message.objects.filter(channel="zalo").update(account=outpost.esms)
    spending.set_limit(10_000)
    held = ad(outpost)
    work()
    assert stand(held) == ("queued", "budget")


def test_no_limit_asks_nothing(outpost: Outpost, django_assert_num_queries: Any) -> None:
    sending = accounts.sending()
    with django_assert_num_queries(0):
        assert limits.hold_to_budget(sending) is None
    spending.set_limit(10_000)
    sending = accounts.sending()
    with django_assert_num_queries(1):
        assert limits.hold_to_budget(sending) is not None
    spending.set_limit(None)
    assert SpendingLimit.objects.get().vnd is None


def sums(outpost: Outpost) -> None:
    """Here 300 + 300 by Zalo, one of them arrived; there 900 by SMS, and one without a price."""
    there = Branch.objects.create(name="Thủ Đức", code="td")
    said = [outpost.say() for _ in range(5)]
    now = product_clock.now()
    facts: list[dict[str, Any]] = [
        {"cost": 300, "delivered_at": now},
        {"cost": 300},
        {"cost": 900, "branch": there, "channel": "sms", "delivered_at": now, "is_ad": True},
        {"cost": None, "branch": there},
        {"cost": 5_000, "accepted_at": product_clock.parse("2026-05-31T23:59")},
    ]
    for message, each in zip(said, facts, strict=True):
        rows = Message.objects.filter(pk=message.pk)
        rows.update(**({"accepted_at": now, "state": "accepted", "due_at": None} | each))


def test_the_sums_by_hand(outpost: Outpost) -> None:
    sums(outpost)
    every = list(Branch.objects.all())
    month = spending.Month(dt.date(2026, 6, 17), every)
    total = month.total
    assert (total.messages, total.delivered, total.vnd, total.unknown) == (4, 2, 1_500, 1)
    assert total.each is None  # one price is not known
    told = {table.by: {line.key: line.vnd for line in table.lines} for table in month.tables}
    assert told["branch"] == {"td": 900, "q3": 600}
    assert told["channel"] == {"sms": 900, "zalo": 600}
    assert told["class"] == {"True": 900, "False": 600}
    assert told["purpose"] == {"reminder": 1_500}
    here = spending.Month(dt.date(2026, 6, 1), [outpost.branch])
    assert here.total.each == 600  # 600 for the one that arrived
    assert spending.months(every) == [
        (dt.date(2026, 6, 1), 1_500),
        (dt.date(2026, 5, 1), 5_000),
    ]


def test_the_page_and_the_messages_behind_a_sum(outpost: Outpost, client_for: Any) -> None:
    sums(outpost)
    manager = client_for("manager")
    page = manager.get("/messages/costs/").content.decode()
    assert "1.500" in page
    assert "1 tin chưa biết giá" in page
    assert "5.000" in manager.get("/messages/costs/?month=2026-05").content.decode()
    assert manager.get("/messages/costs/?month=zz").status_code == 404
    behind = manager.get("/messages/costs/by/channel/?month=2026-06&key=sms").content.decode()
    sms = Message.objects.get(channel="sms")
    assert str(sms.uid) in behind
    assert "chị Trang" not in behind
    assert manager.get("/messages/costs/by/nothing/?key=x").status_code == 404
    hers = client_for("branch_manager", branches=[outpost.branch])
    shown = hers.get("/messages/costs/").content.decode()
    assert "600" in shown
    assert "Thủ Đức" not in shown
    assert "<progress" not in shown
    assert str(sms.uid) not in hers.get("/messages/costs/by/channel/?key=sms").content.decode()
    assert hers.post("/messages/costs/limit/", {"vnd": "1"}).status_code == 403
    assert client_for("reception").get("/messages/costs/").status_code == 403


def test_the_limit_is_set_on_the_page_and_stands_in_the_trail(
    outpost: Outpost, client_for: Any
) -> None:
    sums(outpost)
    manager = client_for("manager")
    assert manager.post("/messages/costs/limit/", {"vnd": "-5"}).status_code == 422
    assert manager.post("/messages/costs/limit/", {"vnd": "1.800"}).status_code == 302
    assert SpendingLimit.objects.get().vnd == 1_800
    page = manager.get("/messages/costs/").content.decode()
    assert "80 % hạn mức tháng" in page  # 1,500 of 1,800 are 83
    assert "83 %" in page
    assert ChangeEvent.objects.filter(kind="messaging_spendinglimit").exists()
    manager.post("/messages/costs/limit/", {"vnd": ""})
    assert SpendingLimit.objects.get().vnd is None


def test_many_messages_take_as_many_statements_as_one(outpost: Outpost, client_for: Any) -> None:
    manager = client_for("manager")

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert manager.get("/messages/costs/").status_code == 200
            assert manager.get("/messages/costs/by/channel/?key=zalo").status_code == 200
        return len(seen)

    outpost.say()
    Message.objects.update(accepted_at=product_clock.now(), cost=1)
    statements()
    one = statements()
    for _ in range(5):
        outpost.say()
    Message.objects.update(accepted_at=product_clock.now(), cost=1)
    assert statements() == one
