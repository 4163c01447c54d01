"""Who opened a message's link is told on the thread and behind the costs: people, and apart from
them previews and the clinic's staff."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from clinics import clock as product_clock
from followup import gate, timeline
from followup.models import Contact
from messaging.models import Message
from messaging.public import Visitor, links
from patients.public import Patient, appointments
from tests.followup.records import House, house, patient

pytestmark = pytest.mark.usefixtures("clinic")
PHONE = "Mozilla/5.0 (Linux; Android 14) Zalo android/24101530"


@pytest.fixture
def at(clock: Any) -> House:
    return house()


def booked(at: House, phone: str = "0912345384") -> tuple[Patient, str]:
    """She has a confirmation that went out; the path of its page."""
    who = patient(at, phone=phone)
    appointments.book(patient=who, branch=who.branch, start=product_clock.parse("2026-06-05T15:30"))
    gate.decide_due()
    row = Contact.objects.get(patient=who, kind="confirmation")
    Message.objects.filter(intent=row.uid).update(
        state="delivered", due_at=None, accepted_at=product_clock.now(),
        called_at=product_clock.now(), delivered_at=product_clock.now(), cost=300,
    )  # fmt: skip
    return who, "/k/" + links.url_for(row.uid, patient_id=who.pk).rsplit("/k/", 1)[1]


def look(path: str, agent: str) -> None:
    client = Client(headers={"host": "an-tam.localhost", "user-agent": agent})
    assert client.get(path).status_code == 200


def bits(who: Patient) -> list[str]:
    with translation.override("vi"):
        return [bit.text for entry in timeline.of(who).today for bit in entry.bits]


def test_only_people_count_and_the_others_are_named(at: House, client_for: Any) -> None:
    who, path = booked(at)
    assert not [text for text in bits(who) if "mở" in text]  # nothing asked for it
    look(path, "facebookexternalhit/1.1")
    look(path, "")
    assert "chưa mở (không tính 2 lần do máy xem trước)" in bits(who)
    look(path, PHONE)
    manager = client_for("manager")
    manager.get(path, headers={"user-agent": PHONE})
    said = "mở 1 lần (không tính 2 lần do máy xem trước, 1 lần nhân viên)"
    assert said in bits(who)
    behind = manager.get("/messages/costs/by/channel/?key=zalo").content.decode()
    assert said in behind
    opened = links.resolve(path[3:-1])
    assert opened is not None
    links.note(opened, kind=Visitor.PERSON, clicked=True)
    assert said in bits(who)  # a button pressed is no further opening


def test_a_long_thread_takes_as_many_statements(at: House) -> None:
    counts = []
    for n, phone in enumerate(("0912345384", "0912345385"), start=1):
        who, path = booked(at, phone)
        for _ in range(n * 3):
            look(path, PHONE)
        with CaptureQueriesContext(connection) as counted:
            assert f"mở {n * 3} lần" in bits(who)
        counts.append(len(counted))
    assert counts[0] == counts[1]
