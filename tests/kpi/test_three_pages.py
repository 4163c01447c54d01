"""What a manager reads of messages, new patients and loyalty."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from kpi import refresh
from patients.public import Patient
from tests.kpi.facts import Day, Facts, at
from tests.kpi.letters import Letters
from tests.kpi.test_pages import FORBIDDEN, text

TODAY = Day(2026, 6, 1)
Signed = Callable[..., Client]


def days_before(n: int) -> Day:
    return TODAY - dt.timedelta(days=n)


def grow(facts: Facts, letters: Letters, people: int) -> None:
    """Newcomers written to on two channels, half of whom answer; some come again and again."""
    batch = facts.batch()
    for n in range(people):
        first = days_before(400 + n % 20)
        patient = facts.patient(
            branch=facts.branches[n % 2], import_batch=batch if n % 7 == 6 else None
        )
        Patient.objects.filter(pk=patient.pk).update(recorded_at=at(days_before(10 + n % 40)))
        letters.basis(patient)
        noon = at(days_before(5 + n % 20), 12)
        letters.said(
            patient, noon, channel="sms" if n % 3 == 0 else "zalo",
            state="failed" if n % 10 == 9 else "acted" if n % 2 else "delivered",
            delivered_at=None if n % 10 == 9 else noon,
            acted_at=noon if n % 2 and n % 10 != 9 else None, code="-118" if n % 10 == 9 else "",
        )  # fmt: skip
        for later in range(0, 121 if n % 4 == 0 else 1, 60):
            facts.plan(patient, first + dt.timedelta(days=later))
    refresh.refresh_due()


@pytest.fixture
def letters(facts: Facts) -> Letters:
    return Letters()


@pytest.fixture
def year(facts: Facts, letters: Letters) -> Facts:
    grow(facts, letters, 60)
    return facts


def test_messages_read(year: Facts, client_for: Signed) -> None:
    said = text(client_for("owner"), "/numbers/open_rate/?months=3")
    assert not FORBIDDEN.search(said)
    # 54 delivered; of 60 every second answered but those that failed: n = 9, 19 … 59 are odd.
    assert "Cứ 100 tin đến nơi thì ít nhất 44 tin được đọc" in said
    assert "24 trên 54 tin đến nơi đã đủ 72 giờ" in said
    assert "Chưa có kênh nào báo đã đọc" in said
    assert re.search(r"Đến nơi 90 .{0,20}54 trên 60", said)
    assert "Zalo" in said
    assert "SMS" in said
    lost = text(client_for("owner"), "/numbers/open_rate/?months=3&part=delivery&role=not_counted")
    assert "Cứ 100 tin gửi đi thì 90 tin đến nơi" in lost
    assert "Không đến nơi: số này chưa có Zalo" in lost


def test_new_patients(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    said = text(client, "/numbers/new_data/?months=3")
    assert not FORBIDDEN.search(said)
    # 60 people less 8 imported; first own record 49 days ago: 50 days, open every day.
    assert re.search(r"52 khách mới , 1,0 khách mỗi ngày mở cửa", said)
    assert "Dịch vụ" not in said
    assert "8 nhập từ tệp, xem riêng" in said
    assert "Mẫu số chưa có" in said
    listed = text(client, "/numbers/new_data/?months=3&role=excluded&reason=imported")
    assert "8 khách" in listed


def test_loyal_patients(year: Facts, client_for: Signed) -> None:
    said = text(client_for("owner"), "/numbers/loyalty/?months=12")
    assert not FORBIDDEN.search(said)
    assert "Cứ 100 khách mới thì khoảng 25 người thành khách thân thiết trong một năm" in said
    assert "15 trên 60 khách đã đủ một năm" in said
    assert "Từ khi quay lại đến khi thân thiết" in said
    assert "chưa nơi nào ghi ai giới thiệu ai" in said
    counted = text(client_for("owner"), "/numbers/loyalty/?months=12&role=counted")
    assert "Thành khách thân thiết: " in counted


def test_the_overview_shows_them_all(year: Facts, client_for: Signed) -> None:
    said = text(client_for("owner"), "/numbers/?months=12")
    assert not FORBIDDEN.search(said)
    for name in ("Thu thập data mới", "Mở tin nhắn CSKH", "Chuyển đổi Loyalty"):
        assert name in said


def test_a_part_that_is_not_there_is_the_headline(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    for part in ("colour", "step_4", "%00"):
        said = text(client, f"/numbers/open_rate/?part={part}")
        assert "ít nhất" in said


def test_by_channel_for_scripts(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    answer = client.get("/api/v1/kpi/open_rate/?part=delivery&by=channel")
    assert [cell["key"] for cell in answer.json()["cells"]] == [
        {"channel": "sms"}, {"channel": "zalo"},
    ]  # fmt: skip
    people = client.get("/api/v1/kpi/open_rate/people/?part=delivery&role=not_counted")
    assert {row["reason"] for row in people.json()["results"]} == {"failed_-118"}
    lacking = client.get("/api/v1/kpi/new_data/?part=capture_rate").json()
    assert lacking["part"] == "capture_rate"
    assert lacking["cells"][0]["value"] is None
    assert lacking["cells"][0]["reason"].startswith("Mẫu số chưa có")
    assert client.get("/api/v1/kpi/new_data/people/?part=capture_rate").status_code == 400
    (unread,) = client.get("/api/v1/kpi/open_rate/").json()["cells"]
    assert unread["value"] is None
    assert unread["reason"].startswith("Chưa có kênh nào báo đã đọc")
    (known,) = client.get("/api/v1/kpi/open_rate/?part=delivery").json()["cells"]
    assert known["reason"] is None
    assert client.get("/api/v1/kpi/new_data/?by=channel").status_code == 400


def test_a_branch_manager_reads_her_branch(year: Facts, client_for: Signed) -> None:
    client = client_for("branch_manager", branches=[year.branches[0]])
    said = text(client, "/numbers/new_data/?months=3")
    assert "30 người được ghi hồ sơ lần đầu" in said
    assert "Thủ Đức" not in said


def test_as_many_statements_for_many(facts: Facts, letters: Letters, client_for: Signed) -> None:
    client = client_for("owner")

    def statements() -> list[int]:
        found = []
        for path in ("", "open_rate/", "new_data/", "loyalty/"):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(f"/numbers/{path}?months=12").status_code == 200
            found.append(len(asked))
        return found

    with schema_context("an_tam"):
        grow(facts, letters, 20)
    statements()  # what a process remembers for half a minute is asked anew here, not below
    one = statements()
    with schema_context("an_tam"):
        grow(facts, letters, 40)
    statements()
    assert statements() == one
