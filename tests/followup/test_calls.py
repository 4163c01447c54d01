"""Calls: written down in two presses, shown in the thread."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from followup.models import Contact
from messaging.models import Call
from messaging.public import CallResult, Direction, calls
from patients.public import Patient, people
from tests.followup.records import house, patient

pytestmark = pytest.mark.usefixtures("clinic")
ClientFor = Callable[..., Client]


def read(answer: Any) -> str:
    return str(answer.content.decode())


def test_two_presses_write_a_call_down(client_for: ClientFor) -> None:
    who = patient(house())
    client = client_for("reception")
    address = f"/patients/{who.uid}/call/"
    form = read(client.get(address))
    assert "Cuộc gọi với anh Hiếu" in form
    assert "Không ai nghe máy" in form
    said = {"uid": str(uuid.uuid4()), "direction": "out", "result": "no_answer"}
    told = client.post(address, said, follow=True)
    assert "Đã ghi cuộc gọi với anh Hiếu." in read(told)
    client.post(address, said)  # pressed twice
    assert Call.objects.count() == 1
    client.post(address, said | {"uid": str(uuid.uuid4()), "note": "Máy bận"})
    thread = read(client.get(f"/patients/{who.uid}/timeline/"))
    assert thread.count("Không ai nghe máy") == 2
    assert "“Máy bận”" in thread
    assert "2 cuộc liền không gặp ai" in read(client.get(address))


def test_a_wrong_number_is_not_used_any_more(client_for: ClientFor) -> None:
    who = patient(house())
    second = people.add_phone(patient=who, phone="0912345678", relation="mẹ")
    first = people.points(who)[0]
    client = client_for("reception")
    address = f"/patients/{who.uid}/call/"
    assert "Số nào" in read(client.get(address))
    said = {"uid": str(uuid.uuid4()), "direction": "out", "number": str(first.uid)}
    client.post(address, said | {"result": "wrong_number"})
    assert people.points(who) == [second]
    assert Call.objects.get().contact_point == first


@pytest.mark.parametrize("typed", [{}, {"result": "sold"}, {"result": "reached", "uid": "x"}])
def test_rubbish_is_refused_and_kept(client_for: ClientFor, typed: dict[str, str]) -> None:
    who = patient(house())
    said = {"uid": str(uuid.uuid4()), "direction": "out", "note": "Khách hẹn chiều"} | typed
    answer = client_for("reception").post(f"/patients/{who.uid}/call/", said)
    assert answer.status_code == 422
    assert "Khách hẹn chiều" in read(answer)
    assert not Call.objects.exists()


def test_calls_in_vain_are_counted_up_to_the_last_that_reached_her() -> None:
    at = house()
    who: Patient = patient(at)
    for result in ("no_answer", "reached", "no_answer", "wrong_number"):
        calls.note(
            uid=uuid.uuid4(), patient=who, direction=Direction.OUT, result=CallResult(result),
            by=at.dentist,
        )  # fmt: skip
    assert calls.in_vain(who) == 2
    assert not Contact.objects.exists()  # a call says nothing by itself
