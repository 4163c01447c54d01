"""The numbers' pages: what a manager reads, that every number opens its people, and who may."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from kpi import refresh
from kpi.metrics import METRICS
from kpi.reads import ROLES
from kpi.reasons import REASONS
from kpi.spoken import SPOKEN, parts_of
from tests.kpi.facts import Day, Facts

TODAY = Day(2026, 6, 1)
Signed = Callable[..., Client]
#: Words no Vietnamese page shows (docs/kpi.md, "On the page").
FORBIDDEN = re.compile(
    r"\b(lead|recall|no-show|no_show|enrolment|holdout|uplift|kaplan|wilson|r180|immature|as_of)\b",
    re.I,
)


def days_before(n: int) -> Day:
    return TODAY - dt.timedelta(days=n)


@pytest.fixture
def year(facts: Facts) -> Facts:
    """60 people seen 300 days ago in two branches; a third came again; 30 appointments in May."""
    for n in range(60):
        patient = facts.patient(branch=facts.branches[n % 2])
        facts.plan(patient, days_before(300 - n % 50))
        if n % 3 == 0:
            facts.plan(patient, days_before(190))
        if n % 2:
            outcome = "no_show" if n % 5 == 0 else "on_time"
            facts.appointment(patient, days_before(1 + n % 20), outcome)
    refresh.refresh_due()
    return facts


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content[:2000]
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_the_overview_speaks_in_people(year: Facts, client_for: Signed) -> None:
    said = text(client_for("owner"), "/numbers/")
    assert re.search(r"Cứ 100 khách thì khoảng \d+ người quay lại trong 6 tháng", said)
    assert "Tỷ lệ tái khám" in said
    assert "Không đến" in said
    assert "Quận 3" in said
    assert "Thủ Đức" in said
    assert not FORBIDDEN.search(said)


def test_branches_are_told_apart_by_what_they_count_a_day(year: Facts, client_for: Signed) -> None:
    """A count of a branch that opened later says nothing beside one that was open longer."""
    said = text(client_for("owner"), "/numbers/?months=12")
    assert re.search(r"Ít nhất mỗi ngày mở cửa: (Quận 3|Thủ Đức), \d,\d", said)
    assert not re.search(r"Thấp nhất: (Quận 3|Thủ Đức), 30\b", said)


def test_a_number_page_shows_its_people(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    said = text(client, "/numbers/revisit/?months=12")
    assert re.search(r"20 trên 60 khách đã đủ 6 tháng", said)
    assert "40 khách" in said
    assert "1–25 trên 40" in said
    assert "Chưa quay lại lần nào" in said
    assert not FORBIDDEN.search(said)
    counted = text(client, "/numbers/revisit/?months=12&role=counted")
    assert "quay lại 23/11/2025, sau" in counted
    assert "20 khách" in counted


def test_every_list_and_reason_opens(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    for key in METRICS:
        for role in ROLES:
            said = text(client, f"/numbers/{key}/?role={role}")
            assert not FORBIDDEN.search(said)
        for part in parts_of(key):
            METRICS[key].part(part)
            assert not FORBIDDEN.search(text(client, f"/numbers/{key}/?part={part}"))
    keys = list(METRICS)
    for n, reason in enumerate(REASONS):
        assert client.get(f"/numbers/{keys[n % len(keys)]}/?reason={reason}").status_code == 200
    assert {spoken.split(".")[0] for spoken in SPOKEN} == set(METRICS)


def test_the_links_of_the_overview_lead_somewhere(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    page = client.get("/numbers/").content.decode()
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/numbers/[^"#]*)', page)}
    assert len(links) > 8
    for link in links:
        assert client.get(link).status_code == 200, link


def test_finding_somebody_in_the_list(year: Facts, client_for: Signed) -> None:
    with schema_context("an_tam"):
        patient = year.patient("Đặng Thị Ngọc Ễnh", branch=year.branches[0])
        year.plan(patient, days_before(250))
        refresh.refresh_due()
    said = text(client_for("owner"), "/numbers/revisit/?months=12&q=ngoc+enh")
    assert "Đặng Thị Ngọc Ễnh" in said
    assert "1 khách" in said
    assert "Danh sách này không có ai tên như vậy" in text(
        client_for("owner"), "/numbers/revisit/?months=12&q=100%25"
    )


def test_few_people_are_counts_and_the_period_widens(facts: Facts, client_for: Signed) -> None:
    for n in range(18):
        patient = facts.patient()
        facts.plan(patient, days_before(400))
        if n < 14:
            facts.plan(patient, days_before(350))
    refresh.refresh_due()
    said = text(client_for("owner"), "/numbers/revisit/?months=1")
    assert "14 trên 18" in said
    assert "Ít khách, chưa kết luận" in said
    assert "Ít khách nên đang xem kỳ dài hơn" in said


def test_a_young_clinic_says_what_it_knows(facts: Facts, client_for: Signed) -> None:
    for n in range(30):
        patient = facts.patient()
        facts.plan(patient, days_before(60))
        if n < 5:
            facts.plan(patient, days_before(30))
    refresh.refresh_due()
    said = text(client_for("owner"), "/numbers/")
    assert "5 trên 30 khách đã quay lại tính đến nay" in said
    assert "Chưa đủ khách để biết bao nhiêu người quay lại" in said


def test_an_empty_clinic(facts: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    assert "Chưa có khách nào xong liệu trình" in text(client, "/numbers/")
    assert "Những ngày này chưa có gì" in text(client, "/numbers/no_show/")


def test_other_days(year: Facts, client_for: Signed, clock: Any) -> None:
    client = client_for("owner")
    said = text(client, "/numbers/no_show/?first=2026-05-31&last=2026-05-31")
    assert "Lịch hẹn từ 31/05/2026 đến 31/05/2026" in said
    wrong = text(client, "/numbers/no_show/?first=2026-05-31&last=2026-05-01")
    assert "Ngày cuối phải sau ngày đầu" in wrong
    assert "Ngày này chưa tới" in text(client, "/numbers/no_show/?as_of=2031-01-01")
    assert "Số như đã biết vào đầu ngày 01/05/2026" in text(
        client, "/numbers/no_show/?as_of=2026-05-01"
    )


def test_what_is_wrong_in_an_address_breaks_nothing(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    for asked in ("months=7", "page=0", "page=9999", "role=all", "reason=%00", "branch=x", "q=%25"):
        assert client.get(f"/numbers/revisit/?{asked}").status_code == 200, asked
    assert client.get("/numbers/colour/").status_code == 404


def test_the_branch_on_the_wrong_side_is_named(facts: Facts, client_for: Signed) -> None:
    for n in range(120):
        patient = facts.patient(branch=facts.branches[n % 2])
        facts.appointment(patient, days_before(3), "no_show" if n % 2 and n % 3 else "on_time")
    refresh.refresh_due()
    answer = client_for("owner").get("/numbers/").content.decode()
    assert re.search(
        r'riêng <a class="spot" href="/numbers/no_show/[^"]*">Thủ Đức</a> cần để ý', answer
    )


def test_who_may_see(year: Facts, client_for: Signed) -> None:
    for role, status in (
        ("owner", 200),
        ("branch_manager", 200),
        ("reception", 403),
        ("dentist", 403),
    ):
        client = client_for(role)
        for path in ("/numbers/", "/numbers/revisit/"):
            assert client.get(path).status_code == status, (role, path)
    assert client_for(None).get("/numbers/").status_code == 302


def test_a_branch_manager_reads_her_branch(year: Facts, client_for: Signed) -> None:
    client = client_for("branch_manager", branches=[year.branches[0]])
    said = text(client, "/numbers/revisit/?months=12")
    assert "10 trên 30 khách đã đủ 6 tháng" in said
    assert "Thủ Đức" not in said


def test_freshness(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    fresh = text(client, "/numbers/")
    assert "Cập nhật 09:0" in fresh
    with schema_context("an_tam"):
        year.appointment(year.patient(), TODAY)
    assert "đang cập nhật" in text(client, "/numbers/")


def test_english(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    answer = client.get("/numbers/", headers={"accept-language": "en"})
    assert "patients" in answer.content.decode()


def test_as_many_statements_for_fifty_as_for_one(facts: Facts, client_for: Signed) -> None:
    client = client_for("owner")

    def statements() -> list[int]:
        found = []
        for path in ("", *(f"{key}/" for key in METRICS)):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(f"/numbers/{path}?months=12").status_code == 200
            found.append(len(asked))
        return found

    def add(n: int) -> None:
        with schema_context("an_tam"):
            for _ in range(n):
                patient = facts.patient()
                facts.plan(patient, days_before(250))
                facts.appointment(patient, days_before(2), "no_show")
            refresh.refresh_due()

    add(1)
    statements()
    one = statements()
    add(49)
    statements()  # what a process remembers for half a minute is asked anew here
    assert statements() == one
