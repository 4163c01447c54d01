"""Messages nobody knows the outcome of, beside what messages cost: by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinics import clock as product_clock
from clinics.models import Branch
from messaging import spending
from messaging.models import Message, ProviderAccount, Template
from tests.messaging.outposts import Outpost

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture
def sums(outpost: Outpost) -> Branch:
    """Here 300 taken and arrived; unclear: 300 by Zalo and an SMS of two parts at 800. There
    unclear: advertising without a price. Last month and what was taken after all are no part."""
    there = Branch.objects.create(name="Thủ Đức", code="td")
    Template.objects.filter(channel="zalo").update(price_phone=300)
    ProviderAccount.objects.filter(pk=outpost.esms.pk).update(part_price_care=800)
    sms = {"channel": "sms", "account": outpost.esms, "parts": 2}
    sms["template"] = Template.objects.get(key="reminder", channel="sms")
    now = product_clock.now()
    unclear = {"state": "unknown", "called_at": now, "ended_at": now}
    facts: list[dict[str, Any]] = [
        {"state": "delivered", "accepted_at": now, "cost": 300, "delivered_at": now},
        unclear,
        unclear | sms,
        unclear | sms | {"is_ad": True, "branch": there},
        unclear | {"called_at": product_clock.parse("2026-05-31T23:59")},
        unclear | {"state": "delivered", "accepted_at": product_clock.parse("2026-05-01T09:00")},
    ]
    for each in facts:
        said = outpost.say()
        Message.objects.filter(pk=said.pk).update(**({"due_at": None} | each))
    return there


def test_a_sum_is_a_range_and_adds_up(outpost: Outpost, sums: Branch) -> None:
    month = spending.Month(dt.date(2026, 6, 17), list(Branch.objects.all()))
    total = month.total
    assert (total.messages, total.unsure, total.handed_over) == (1, 3, 4)
    assert (total.vnd, total.maybe, total.at_most, total.unpriced) == (300, 1_900, 2_200, 1)
    told = {
        table.by: {line.key: (line.messages, line.unsure, line.at_most) for line in table.lines}
        for table in month.tables
    }
    assert told["branch"] == {"q3": (1, 2, 2_200), "td": (0, 1, 0)}
    assert told["channel"] == {"zalo": (1, 1, 600), "sms": (0, 2, 1_600)}
    assert told["class"] == {"False": (1, 2, 2_200), "True": (0, 1, 0)}
    for table in month.tables:
        assert sum(line.at_most for line in table.lines) == total.at_most
        assert sum(line.handed_over for line in table.lines) == total.handed_over
    may = spending.Month(dt.date(2026, 5, 1), list(Branch.objects.all())).total
    assert (may.unsure, may.maybe) == (1, 300)


def test_the_page_says_it_and_lists_them(outpost: Outpost, sums: Branch, client_for: Any) -> None:
    manager = client_for("manager")
    page = manager.get("/messages/costs/").content.decode()
    assert "3 tin chưa rõ kết quả" in page and "có thể thêm 1.900" in page
    assert "tổng đã chuyển đi: 4" in page and "–2.200" in page
    every = manager.get("/messages/costs/by/all/?unsure=1").content.decode()
    assert every.count("có thể ") >= 2 and "chưa biết giá" in every
    uids = set(Message.objects.filter(state="unknown").values_list("uid", flat=True))
    shown = {uid for uid in uids if str(uid) in every}
    assert len(shown) == 3
    sms = manager.get("/messages/costs/by/channel/?key=sms&unsure=1").content.decode()
    assert len([uid for uid in uids if str(uid) in sms]) == 2
    taken = manager.get("/messages/costs/by/channel/?key=zalo").content.decode()
    assert not [uid for uid in uids if str(uid) in taken]
    hers = client_for("branch_manager", branches=[sums])
    own = hers.get("/messages/costs/by/all/?unsure=1").content.decode()
    assert len([uid for uid in uids if str(uid) in own]) == 1
    assert manager.get("/messages/costs/by/nothing/?key=x&unsure=1").status_code == 404


def test_only_unclear_ones_are_a_month_too(outpost: Outpost, client_for: Any) -> None:
    said = outpost.say()
    Message.objects.filter(pk=said.pk).update(
        state="unknown", due_at=None, called_at=product_clock.now()
    )
    page = client_for("manager").get("/messages/costs/").content.decode()
    assert "1 tin chưa rõ kết quả" in page and "1 tin chưa biết giá" in page
    assert "Tháng này chưa có tin nào được nhà cung cấp nhận." not in page
