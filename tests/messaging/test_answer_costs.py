"""What our own answers cost, and that every sum of money holds them: by hand."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from clinics import clock as product_clock
from clinics.models import Branch
from messaging import behind_costs, copies, handover, limits, receipts, replies, spending, talks
from messaging.models import Message, ProviderAccount, SpendingLimit, Talk, TalkLine
from messaging.windows import window
from patients.public import Patient
from tests.messaging.gateway_server import until
from tests.messaging.outposts import Outpost, Wire
from tests.messaging.test_inbox_sms import bring, hears, viet_kieu
from tests.messaging.test_replies import desk, from_wire, says, trang
from tests.messaging.test_twilio import ABROAD, abroad

__all__ = ["abroad", "trang", "viet_kieu"]
DAY = dt.date(2026, 6, 1)


def answered(talk: Talk, text: str = "Dạ được chị ơi") -> TalkLine:
    line = replies.write(talk, text, by=desk(), uid=uuid.uuid4())
    replies.send_due()
    line.refresh_from_db()
    return line


def everywhere() -> list[Branch]:
    return list(Branch.objects.all())


def sums(day: dt.date = DAY) -> dict[str, dict[str, tuple[int, int, int]]]:
    """What each table says: messages, VND, unclear."""
    month = spending.Month(day, everywhere())
    for table in month.tables:
        assert sum(line.vnd for line in table.lines) == month.total.vnd
    return {
        table.by: {line.key: (line.messages, line.vnd, line.unsure) for line in table.lines}
        for table in month.tables
    }


def test_within_48_hours_an_answer_is_free_and_counted(
    outpost: Outpost, wire: Wire, trang: Patient
) -> None:
    line = answered(says(outpost, wire, "Chào em"))
    assert (line.price, line.cost, line.branch) == (0, 0, trang.branch)
    assert line.accepted_at is not None
    assert sums()["purpose"] == {"reply": (1, 0, 0)}
    for heard in wire.receipts():
        from_wire(heard)
    line.refresh_from_db()
    assert line.cost == 0


@pytest.mark.parametrize(("package", "costs"), [(0, [55, 55]), (1, [0, 55])])
def test_later_it_costs_what_zalo_says_of_it(
    outpost: Outpost, wire: Wire, trang: Patient, clock: Any, package: int, costs: list[int]
) -> None:
    """The package of the account covers the first, the second is bought."""
    wire.control("accounts", {"oa_id": outpost.zalo.account_id, "cs_quota": package})
    talk = says(outpost, wire, "Chào em")
    clock.advance(hours=49)
    found = [answered(talk, text) for text in ("Một", "Hai")]
    assert [line.price for line in found] == [55, 55]
    assert [line.cost for line in found] == costs
    assert sums()["channel"]["zalo"] == (2, sum(costs), 0)
    assert limits.spent_in(DAY) == sum(costs)


def test_zalo_may_give_only_so_many_for_nothing(
    outpost: Outpost, wire: Wire, trang: Patient, clock: Any
) -> None:
    """Of an older package eight; here one. What its answer says holds for the next one, until she
    writes again."""
    wire.control("accounts", {"oa_id": outpost.zalo.account_id, "cs_replies": 1})
    talk = says(outpost, wire, "Chào em")
    assert window(talk).state == "free"
    assert [answered(talk, text).cost for text in ("Một", "Hai")] == [0, 55]
    assert window(talk).state == "paid"
    assert window(talk).price("") == 55
    clock.advance(minutes=5)
    says(outpost, wire, "Cảm ơn em")

    def free_again() -> bool:
        for heard in wire.receipts(0):  # among them what Zalo says of our own two
            from_wire(heard)
        return window(talk).state == "free"

    until(free_again)


def test_zalo_tells_of_it_before_it_answers(
    outpost: Outpost, wire: Wire, trang: Patient, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The echo books the price; the answer that comes after it knows of the package."""
    wire.control("accounts", {"oa_id": outpost.zalo.account_id, "cs_quota": 1})
    talk = says(outpost, wire, "Chào em")
    clock.advance(hours=49)
    booked: list[int | None] = []

    def slowly(line: TalkLine) -> Any:
        found = handover.sent(line)
        for heard in wire.receipts():
            from_wire(heard)
        booked.append(TalkLine.objects.get(pk=line.pk).cost)
        return found

    monkeypatch.setattr(replies, "handover", SimpleNamespace(sent=slowly))
    line = answered(talk)
    assert (booked, line.cost) == ([55], 0)
    assert sums()["channel"]["zalo"] == (1, 0, 0)


def test_what_nobody_knows_is_a_range(
    outpost: Outpost, wire: Wire, trang: Patient, clock: Any
) -> None:
    talk = says(outpost, wire, "Chào em")
    clock.advance(hours=49)
    wire.mode(channel="zalo", endpoint="message/cs", lose_answer=True)
    line = answered(talk)
    assert (line.state, line.cost, line.accepted_at) == ("unknown", None, None)
    total = spending.Month(DAY, everywhere()).total
    assert (total.messages, total.vnd, total.unsure, total.at_most) == (0, 0, 1, 55)
    assert limits.spent_in(DAY) == 0
    rows, more = behind_costs.behind(DAY, everywhere(), "all", "", 1, only_unsure=True)
    assert [(row.uid, row.vnd, row.is_unsure, more) for row in rows] == [
        (line.uid, 55, True, False)
    ]


def sms(wire: Wire, abroad: ProviderAccount, text: str, price: int | None = 1_200) -> TalkLine:
    ProviderAccount.objects.filter(pk=abroad.pk).update(part_price_care=price)
    hears(wire, "Hello")
    line = replies.write(Talk.objects.get(), text, by=desk())
    copies.work()
    line.refresh_from_db()
    return line


def test_an_sms_costs_its_parts(
    wire: Wire, viet_kieu: Patient, abroad: ProviderAccount, client_for: Callable[..., Client]
) -> None:
    line = sms(wire, abroad, "ạ" * 71)  # 67 + 4 letters
    assert (line.price, line.cost, line.branch) == (2_400, 2_400, viet_kieu.branch)
    told = sums()
    assert told["channel"] == {"sms": (1, 2_400, 0)}
    assert told["branch"] == {viet_kieu.branch.code: (1, 2_400, 0)}
    assert told["class"] == {"False": (1, 2_400, 0)}
    assert spending.months(everywhere()) == [(DAY, 2_400)]
    manager = client_for("manager")
    page = manager.get("/messages/costs/").content.decode()
    assert "2.400\u00a0₫" in page and "Trả lời" in page
    page = manager.get("/messages/costs/by/purpose/?month=2026-06&key=reply").content.decode()
    assert str(line.uid) in page and "2 phần" in page and "2.400\u00a0₫" in page
    assert str(line.uid) not in (
        manager.get("/messages/costs/by/purpose/?month=2026-06&key=reminder").content.decode()
    )
    assert str(line.uid) not in (
        manager.get("/messages/costs/by/class/?month=2026-06&key=True").content.decode()
    )


def test_a_price_nobody_knows_is_counted_apart(
    wire: Wire, viet_kieu: Patient, abroad: ProviderAccount
) -> None:
    assert sms(wire, abroad, "Da", None).cost is None
    total = spending.Month(DAY, everywhere()).total
    assert (total.messages, total.unknown, total.vnd) == (1, 1, 0)


def test_dropped_by_a_network_and_sent_again_both_are_paid(
    wire: Wire, viet_kieu: Patient, abroad: ProviderAccount
) -> None:
    wire.control(f"phones/{ABROAD}", {"twilio_code": 30003})
    line = sms(wire, abroad, "Da")
    for heard in wire.receipts(2):
        bring(heard)
    receipts.understand_due()
    line.refresh_from_db()
    assert (line.state, line.cost) == ("failed", 1_200)
    assert sums()["channel"] == {"sms": (1, 1_200, 0)}
    wire.control(f"phones/{ABROAD}", {"twilio_code": 0})
    replies.again(line)
    copies.work()
    line.refresh_from_db()
    assert (line.state, line.cost) == ("sent", 2_400)
    assert sums()["channel"] == {"sms": (1, 2_400, 0)}


def test_it_counts_toward_the_limit(
    wire: Wire, viet_kieu: Patient, abroad: ProviderAccount, outpost: Outpost
) -> None:
    SpendingLimit.objects.create(vnd=1_500)
    line = sms(wire, abroad, "Da")  # 80 % of it
    assert line.cost == 1_200
    stand = spending.stand()
    assert stand is not None
    assert (stand.spent, stand.percent, stand.stops_ads, stand.stops_care) == (
        1_200, 80, True, False,
    )  # fmt: skip


def test_a_month_is_when_it_was_taken(
    wire: Wire, viet_kieu: Patient, abroad: ProviderAccount
) -> None:
    line = sms(wire, abroad, "Da")
    late = product_clock.parse("2026-06-30T23:59")
    for at, june, july in ((late, 1, 0), (late + dt.timedelta(minutes=1), 0, 1)):
        TalkLine.objects.filter(pk=line.pk).update(accepted_at=at)
        counted = [
            spending.Month(dt.date(2026, month, 15), everywhere()).total.messages
            for month in (6, 7)
        ]
        assert counted == [june, july]


def test_messages_and_answers_stand_in_one_list_page_by_page(
    outpost: Outpost, wire: Wire, viet_kieu: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(wire, "Hello")
    talk, began = Talk.objects.get(), product_clock.now()
    for n in range(5):
        taken = {"accepted_at": began + dt.timedelta(minutes=n), "cost": n, "due_at": None}
        if n % 2:
            line = replies.write(talk, f"Da {n}", by=desk())
            TalkLine.objects.filter(pk=line.pk).update(state="sent", **taken)
        else:
            Message.objects.filter(pk=outpost.say().pk).update(state="accepted", **taken)
    monkeypatch.setattr(behind_costs, "PAGE", 2)
    seen = []
    for page, is_more in ((1, True), (2, True), (3, False)):
        rows, more = behind_costs.behind(DAY, everywhere(), "all", "", page)
        assert more == is_more
        seen += [row.vnd for row in rows]
    assert seen == [4, 3, 2, 1, 0]


def test_a_branch_manager_sees_her_branches_answers(
    wire: Wire, viet_kieu: Patient, abroad: ProviderAccount
) -> None:
    line = sms(wire, abroad, "Da")
    there = Branch.objects.create(name="Thủ Đức", code="td")
    for branches, number in (([viet_kieu.branch], 1), ([there], 0)):
        assert spending.Month(DAY, branches).total.messages == number
        assert len(behind_costs.behind(DAY, branches, "all", "", 1)[0]) == number
    TalkLine.objects.filter(pk=line.pk).update(state="unknown", accepted_at=None, cost=None)
    for branches, number in (([viet_kieu.branch], 1), ([there], 0)):
        assert spending.Month(DAY, branches).total.unsure == number
        rows, _more = behind_costs.behind(DAY, branches, "all", "", 1, only_unsure=True)
        assert len(rows) == number


@pytest.mark.parametrize("prices", [(None, 1_200), (1_200, None)])
def test_sent_again_with_one_price_unknown_the_sum_is_not_known(
    wire: Wire, viet_kieu: Patient, abroad: ProviderAccount, prices: tuple[int | None, int | None]
) -> None:
    line = sms(wire, abroad, "Da", prices[0])
    TalkLine.objects.filter(pk=line.pk).update(state="failed")
    ProviderAccount.objects.filter(pk=abroad.pk).update(part_price_care=prices[1])
    replies.again(line)
    copies.work()
    line.refresh_from_db()
    assert (line.state, line.cost) == ("sent", None)
    total = spending.Month(DAY, everywhere()).total
    assert (total.messages, total.unknown, total.vnd) == (1, 1, 0)


def test_what_the_version_before_wrote_gets_its_branch(
    wire: Wire, viet_kieu: Patient, abroad: ProviderAccount
) -> None:
    ProviderAccount.objects.filter(pk=abroad.pk).update(part_price_care=1_200)
    hears(wire, "Hello")
    line = replies.write(Talk.objects.get(), "Da", by=desk())
    TalkLine.objects.filter(pk=line.pk).update(branch=None, price=None)
    copies.work()
    line.refresh_from_db()
    assert (line.state, line.branch, line.cost) == ("sent", viet_kieu.branch, None)
    TalkLine.objects.filter(pk=line.pk).update(
        state="failed", branch=None, accepted_at=None, price=None
    )
    replies.again(line)
    line.refresh_from_db()
    assert (line.branch, line.price) == (viet_kieu.branch, 1_200)


def test_what_is_said_in_zalos_program_is_no_line_of_an_sms(
    outpost: Outpost, wire: Wire, trang: Patient
) -> None:
    """The same words, nobody knows whether they went by SMS: the echo is of another account."""
    talk = says(outpost, wire, "Chào em")
    line = replies.write(talk, "Dạ chị", by=desk(), uid=uuid.uuid4())
    lost = {"state": "unknown", "due_at": None, "called_at": product_clock.now(), "price": 2_400}
    TalkLine.objects.filter(pk=line.pk).update(account=outpost.esms, channel="sms", **lost)
    heard = talks.Heard(outpost.zalo, "z1", "m-1", product_clock.now(), "Dạ chị")
    talks.said_elsewhere(talk, heard)
    line.refresh_from_db()
    assert (line.state, line.cost) == ("unknown", None)
    assert TalkLine.objects.filter(kind="out", ref="m-1", accepted_at=None).count() == 1


def test_an_echo_is_first_of_what_is_being_handed_over(
    outpost: Outpost, wire: Wire, trang: Patient
) -> None:
    talk, now = says(outpost, wire, "Chào em"), product_clock.now()
    old, new = (replies.write(talk, "Dạ chị", by=desk(), uid=uuid.uuid4()) for _ in range(2))
    TalkLine.objects.filter(pk=old.pk).update(state="unknown", due_at=None, called_at=now)
    TalkLine.objects.filter(pk=new.pk).update(state="calling", called_at=now)
    heard = talks.Heard(outpost.zalo, new.person, "m-2", now, "Dạ chị")
    talks.said_elsewhere(talk, heard)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, new.state, new.ref) == ("unknown", "sent", "m-2")
    TalkLine.objects.filter(pk=old.pk).update(called_at=now - dt.timedelta(days=2))
    talks.said_elsewhere(talk, replace(heard, ref="m-3"))  # typed in Zalo's program today
    old.refresh_from_db()
    assert old.state == "unknown"
