"""The pages of the staff: the thread, tasks, the data list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinics import clock as product_clock
from clinics.models import Branch
from clinics.public import due
from followup import gate, timeline
from followup.models import Contact, Decision, Task
from followup.public import answers
from patients.public import appointments, basis
from tests.followup.records import contact, house, patient, treat

pytestmark = pytest.mark.usefixtures("clinic")
ClientFor = Callable[..., Client]


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_thread_says_what_was_said_and_why(clock: Any, client_for: ClientFor) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    clock.set("2026-06-02T09:30")
    gate.decide_due()
    page = text(client_for("reception").get(f"/patients/{who.uid}/timeline/"))
    for words in (
        "Hướng dẫn chăm sóc ngày đầu",
        "<b>Gửi vì</b> Cấy implant 36 ngày 01/06, kịch bản Implant 1.",
        "Zalo: đang chờ gửi",
        "Hỏi thăm ngày 3",
        "<b>Sẽ gửi</b> sau Cấy implant 36 ngày 01/06.",
        "Mời tái khám: cắt chỉ",
        "đến trong 08/06–15/06",
        "nếu đến lúc đó anh Hiếu chưa có lịch cho lần này.",
        "purpose=suture",
    ):
        assert words in page, words
    assert page.index("Sắp tới") < page.index("Hôm nay") < page.index("Đã qua")


def test_the_thread_says_why_not(clock: Any, client_for: ClientFor) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.filling)
    basis.refuse(patient=who, purpose="care")
    clock.set("2026-06-02T09:30")
    gate.decide_due()
    client = client_for("reception")
    page = text(client.get(f"/patients/{who.uid}/timeline/?show=unsaid"))
    assert "<b>Không gửi vì</b> anh Hiếu từ chối tin chăm sóc." in page
    assert "Sắp tới" not in page
    assert client.get(f"/patients/{who.uid}/timeline/?show=nonsense").status_code == 404


def test_danger_stands_out_and_holds_the_rest(clock: Any, client_for: ClientFor) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    clock.set("2026-06-04T09:30")
    gate.decide_due()
    clock.set("2026-06-04T13:58")
    answers.answer(
        contact=contact(who, "I2"), choice="worse", signs=["swelling"], note="Sưng to hơn"
    )
    slot = appointments.book(
        patient=who, branch=who.branch, start=product_clock.parse("2026-06-12T10:00")
    )
    Contact.objects.filter(appointment=slot).update(safety=False)
    gate.decide_due()
    client = client_for("reception")
    page = text(client.get(f"/patients/{who.uid}/timeline/"))
    assert "Hỏi thăm ngày 3: Nặng hơn" in page
    assert "còn 60 phút" in page
    assert "Sưng to hơn" in page
    assert "<b>Chưa gửi vì</b> đang có dấu hiệu bất thường." in page
    banner = text(client.get(f"/patients/{who.uid}/alerts/"))
    assert "Dấu hiệu bất thường: Sưng to nhanh hơn hôm qua" in banner
    assert "BS. Khôi gọi trước 14:58" in banner


@pytest.mark.parametrize("show", timeline.SHOWS)
def test_a_long_thread_costs_as_many_statements_as_a_short_one(clock: Any, show: str) -> None:
    at = house()
    who = patient(at)

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            timeline.of(who, show=show)
        return len(seen.captured_queries)

    treat(at, who, at.implant)
    clock.set("2026-06-02T09:30")
    gate.decide_due()
    answers.answer(contact=contact(who, "I1"), choice="call_me")
    few = statements()
    for tooth in range(11, 19):
        treat(at, who, at.filling, tooth=tooth)
    for day in range(3, 28):
        clock.set(f"2026-06-{day:02d}T09:30")
        gate.decide_due()
    assert Decision.objects.count() > 20
    assert statements() == few


def test_tasks_are_listed_danger_first_and_closed_with_a_result(
    clock: Any, client_for: ClientFor
) -> None:
    at = house()
    silent, worse = patient(at, name="Lê Văn Im"), patient(at, phone="0903418276")
    for who in (silent, worse):
        treat(at, who, at.implant)
    clock.set("2026-06-02T09:30")
    gate.decide_due()
    clock.set("2026-06-03T09:31")
    answers.answer(contact=contact(worse, "I1"), choice="urgent")
    gate.decide_due()
    client = client_for("reception")
    page = text(client.get("/tasks/"))
    first = page.index("Dấu hiệu bất thường: anh Hiếu")
    assert first < page.index("Gọi anh Im, chưa trả lời sau phẫu thuật")
    assert "Khẩn cấp" in page
    assert "anh Im" not in text(client.get("/tasks/?kind=danger")).split('id="tasks"')[1]
    assert "anh Hiếu" not in text(client.get("/tasks/?q=van+im")).split('id="tasks"')[1]
    assert "Gọi anh Im" in text(client.get("/tasks/panel/"))

    task = Task.objects.get(kind="silence")
    address = f"/tasks/{task.uid}/done/"
    assert "Kết quả thế nào?" in text(client.get(address))
    assert client.post(address, {"result": "other"}).status_code == 422
    assert Task.objects.get(pk=task.pk).done_at is None
    assert client.post(address, {"result": "well", "note": "khỏe"}).status_code == 302
    task = Task.objects.get(pk=task.pk)
    assert task.result == "Gọi được, khách ổn. khỏe"
    assert task.done_by == client.staff  # type: ignore[attr-defined]
    client.post(address, {"result": "no_answer"})
    assert Task.objects.get(pk=task.pk).result == "Gọi được, khách ổn. khỏe"


def test_nobody_did_it_in_time_and_the_manager_sees_it(clock: Any, client_for: ClientFor) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    clock.set("2026-06-02T09:30")
    gate.decide_due()
    answers.answer(contact=contact(who, "I1"), choice="urgent")
    clock.set("2026-06-02T10:31")
    due.work_off("an_tam")
    assert Task.objects.get().escalated_at is not None
    assert "đã báo quản lý" in text(client_for("manager").get("/tasks/"))


def test_who_could_not_be_reached_stands_on_the_data_list(
    clock: Any, client_for: ClientFor
) -> None:
    at = house()
    who = patient(at, phone="")
    treat(at, who, at.filling)
    clock.set("2026-06-02T09:30")
    gate.decide_due()
    client = client_for("reception")
    page = text(client.get("/data/"))
    assert "Hồ Quang Hiếu" in page
    assert "Chưa có số di động" in page
    assert "Hồ Quang Hiếu" in text(client.get("/data/?why=no_contact_point&q=ho+quang"))
    assert "Hồ Quang Hiếu" not in text(client.get("/data/?why=no_account"))


def test_another_branch_and_nobody_see_nothing(clock: Any, client_for: ClientFor) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    clock.set("2026-06-02T09:30")
    gate.decide_due()
    answers.answer(contact=contact(who, "I1"), choice="urgent")
    task = Task.objects.get()
    elsewhere = client_for("reception", branches=[Branch.objects.create(name="Thủ Đức", code="td")])
    for address in (
        f"/patients/{who.uid}/timeline/",
        f"/patients/{who.uid}/alerts/",
        f"/tasks/{task.uid}/done/",
    ):
        assert elsewhere.get(address).status_code == 404
    assert "Hiếu" not in text(elsewhere.get("/tasks/"))
    assert elsewhere.post(f"/tasks/{task.uid}/done/", {"result": "well"}).status_code == 404
    assert Task.objects.get().done_at is None
    assert client_for(None).get("/tasks/").status_code == 302
    assert client_for("marketing").get("/tasks/").status_code == 403
