"""Three things to do today: each out of the clinic's own rows, in their order, never four."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.test import Client

from clinics import clock as product_clock
from clinics.public import Branch
from followup.public import Task, returns
from kpi import refresh, todo
from patients.public import Episode, Patient, Treatment
from tests.kpi.facts import Day, Facts, at
from tests.kpi.test_due import Month, month
from tests.kpi.test_pages import FORBIDDEN, text

__all__ = ["month"]  # a fixture
TODAY = Day(2026, 6, 1)
Signed = Callable[..., Client]
NOTHING = "Hôm nay không có việc nào chờ anh chị."


def things(client: Client, path: str = "/numbers/") -> list[str]:
    """The things that stand there, in order: what, why, button."""
    body = client.get(path).content.decode()
    sheet = body[body.index("tk-three") :]
    rows = re.findall(r"<li>.*?</li>", sheet[: sheet.index("</section>")], re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split())[2:] for row in rows]


def task(patient: Patient, *, days: int, kind: str = "call", **more: object) -> Task:
    due = product_clock.now() - dt.timedelta(days=days)
    return Task.objects.create(
        kind=kind, patient=patient, branch=patient.branch, role="reception",
        opened_at=due, due_at=due, **more,
    )  # fmt: skip


def unsigned(facts: Facts, branch: Branch, hours: int) -> Treatment:
    when = product_clock.now() - dt.timedelta(hours=hours)
    patient = facts.patient(branch=branch)
    plan = Episode.objects.create(
        patient=patient, branch=branch, service=facts.service, opened_at=when, recorded_at=when
    )
    return Treatment.objects.create(
        patient=patient, episode=plan, branch=branch, service=facts.service, status="done",
        dentist=facts.dentist, done_at=when, recorded_at=when,
    )  # fmt: skip


def test_nothing_to_do(facts: Facts, client_for: Signed) -> None:
    owner = client_for("owner")
    facts.appointment(facts.patient(), TODAY)  # today is not over
    facts.appointment(facts.patient(is_test=True), TODAY - dt.timedelta(days=2))
    task(facts.patient(), days=-1)  # not due yet
    task(facts.patient(), days=1, done_at=product_clock.now())
    task(facts.patient(), days=1, assignee=facts.dentist)  # somebody has it
    unsigned(facts, facts.branches[0], 23)
    assert things(owner) == []
    assert NOTHING in text(owner, "/numbers/")


def test_each_thing_by_its_own_count(facts: Facts, client_for: Signed) -> None:
    owner = client_for("owner")
    first, second, _third = facts.branches
    for n in range(5):
        facts.appointment(
            facts.patient(branch=second if n else first), TODAY - dt.timedelta(days=2 + n)
        )
    assert things(owner) == [
        "Ghi kết quả 5 lịch hẹn đã qua Chưa ai ghi khách có đến không, lịch lâu nhất ngày 26/05."
        " 4 ở Thủ Đức. Ghi kết quả"
    ]
    assert "khoảng 5 phút" in text(owner, "/numbers/")
    for hours in (25, 30, 60):
        unsigned(facts, first, hours)
    assert things(owner)[1] == (
        "Nhắc ký 3 điều trị đã chờ hơn một ngày Chưa ký thì chưa bắt đầu chăm sóc. Khôi 3."
        " Xem việc chờ ký"
    )
    task(facts.patient(), days=3, kind="danger")
    for _ in range(20):
        task(facts.patient(), days=2)
    found = things(owner)
    assert found[0] == (
        "Giao lại 21 việc quá hạn chưa có người nhận Trong đó 1 dấu hiệu bất thường."
        " Chưa ai nhận. Việc lâu nhất đến hạn từ 29/05. Xem các việc"
    )
    assert "khoảng 25 phút" in text(owner, "/numbers/")  # 15 at most, 5, 5
    manager = client_for("branch_manager", branches=[second])
    assert [row.split(" Chưa ai")[0] for row in things(manager)] == [
        "Ghi kết quả 4 lịch hẹn đã qua"
    ]


def test_a_branch_in_alarm_and_never_four(facts: Facts, client_for: Signed) -> None:
    owner = client_for("owner")
    for n in range(120):
        branch = facts.branches[n % 2]
        missed = n % 2 == 1 and n % 8 != 1  # 45 of 60 in the second, none in the first
        facts.appointment(
            facts.patient(branch=branch),
            TODAY - dt.timedelta(days=1 + n % 20),
            "no_show" if missed else "on_time",
        )
    refresh.refresh_due()
    assert things(owner) == [
        "Bàn với Thủ Đức về: Không đến Ở đó 75 trên 100, cả phòng khám 38 trên 100. Xem từng người"
    ]
    task(facts.patient(), days=2)
    unsigned(facts, facts.branches[0], 30)
    facts.appointment(facts.patient(), TODAY - dt.timedelta(days=2))
    refresh.refresh_due()
    found = things(owner)
    assert [row.split()[0] for row in found] == ["Giao", "Ghi", "Nhắc"]
    assert "Còn 1 việc nữa, để sau được." in text(owner, "/numbers/")


def test_those_due_come_first_and_each_button_leads_there(
    month: Month, client_for: Signed, clock: object
) -> None:
    owner = client_for("owner")
    found = things(owner)
    assert found[0] == (
        "Giao người gọi 2 khách đến kỳ mà chưa ai liên lạc được Khách sớm nhất đến kỳ từ 13/11."
        " 1 ở Quận 3. Giao việc gọi"
    )
    body = owner.get("/numbers/").content.decode()
    sheet = body[body.index("tk-three") :]
    ways = re.findall(r'href="([^"]+)"', sheet[: sheet.index("</section>")])
    assert ways[0].endswith("#due")
    for way in ways:
        address = way.replace("&amp;", "&").split("#")[0]
        assert not FORBIDDEN.search(text(owner, address)), address
    returns.give_calls(month.branches, first=dt.date(2026, 11, 1), until=dt.date(2026, 12, 1))
    assert not [row for row in things(owner) if row.startswith("Giao người gọi")]


@pytest.mark.parametrize("days", [1, 40])
def test_unsettled_as_it_is_listed(facts: Facts, days: int) -> None:
    """The branch with most comes first; who was checked in and left is unsettled as well."""
    facts.appointment(
        facts.patient(), TODAY - dt.timedelta(days=days), status="checked_in",
        checked_in_at=at(TODAY - dt.timedelta(days=days)),
    )  # fmt: skip
    rows = todo.unsettled(facts.branches)
    assert [(row.name, row.n, row.oldest) for row in rows] == [
        ("Quận 3", 1, TODAY - dt.timedelta(days=days))
    ]
