"""Calls about a child are made to who speaks for her: named, shown and dialled."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics.public import AuditEntry
from followup.public import tasks
from messaging.models import Call
from patients.public import Patient, Relation, families, people
from tests.followup.records import House, house, patient
from tests.patients import pages

pytestmark = pytest.mark.usefixtures("clinic")
Clients = Callable[..., Client]


@pytest.fixture
def of() -> House:
    return house()


def child(of: House, name: str, mother: Patient, **known: Any) -> Patient:
    made = patient(of, name, "0912000001")
    Patient.objects.filter(pk=made.pk).update(salutation="bé", age_years=7, age_on="2026-05-01")
    families.tie(patient=made, relative=mother, relation=Relation.MOTHER, is_guardian=True, by=None)
    made.refresh_from_db()
    return made


@pytest.fixture
def hoa(of: House) -> Patient:
    made = patient(of, "Trần Thị Hoa", "0912000002")
    Patient.objects.filter(pk=made.pk).update(salutation="chị")
    made.refresh_from_db()
    return made


def test_a_call_task_says_whom_to_call(client_for: Clients, of: House, hoa: Patient) -> None:
    na = child(of, "Lê Bảo Na", hoa)
    tasks.give(kind="call_back", patient=na, branch=of.branch)
    tasks.give(kind="call_back", patient=hoa, branch=of.branch)
    client = client_for("reception", branches=[of.branch])
    page = pages.text(client.get("/tasks/")).replace("\u00a0", " ")
    assert "gọi chị Hoa (mẹ), 0912 ••• 002" in page
    assert page.count("(mẹ), 0912") == 1
    assert f'href="/patients/{na.uid}/call/"' in page
    assert "0912 000 002" not in page  # hidden until it is asked for


def test_the_drawer_calls_her_mother(client_for: Clients, of: House, hoa: Patient) -> None:
    na = child(of, "Lê Bảo Na", hoa)
    client = client_for("reception", branches=[of.branch])
    address = f"/patients/{na.uid}/call/"
    form = pages.text(pages.part(client, address)).replace("\u00a0", " ")
    assert "chị Hoa (mẹ)" in form
    assert "0912 ••• 002" in form
    assert "0912 ••• 001" not in form
    shown = pages.text(pages.press(client, f"/patients/{na.uid}/phones/", whose="receiver"))
    assert 'href="tel:0912000002"' in shown
    assert AuditEntry.objects.filter(verb="phone.revealed").latest("pk").subject == hoa.uid
    own = pages.text(pages.press(client, f"/patients/{na.uid}/phones/"))
    assert "0912 000 001" in own
    # a wrong number is her mother's wrong number
    said = {"uid": str(uuid.uuid4()), "direction": "out", "result": "wrong_number"}
    client.post(address, said)
    call = Call.objects.get()
    assert call.patient == na
    assert call.contact_point
    assert call.contact_point.value == "+84912000002"
    assert people.points(hoa) == []
    assert len(people.points(na)) == 1
    # nobody who speaks for her has a mobile any more: her own number counts
    assert "0912 ••• 001" in pages.text(pages.part(client, address)).replace("\u00a0", " ")


def test_of_age_she_is_called_herself(client_for: Clients, of: House, hoa: Patient) -> None:
    na = child(of, "Lê Bảo Na", hoa)
    Patient.objects.filter(pk=na.pk).update(age_years=18)
    client = client_for("reception", branches=[of.branch])
    form = pages.text(pages.part(client, f"/patients/{na.uid}/call/"))
    assert "(mẹ)" not in form
    assert "0912\u00a0•••\u00a0001" in form


def test_many_children_cost_as_many_statements_as_one(
    client_for: Clients, of: House, hoa: Patient
) -> None:
    client = client_for("reception", branches=[of.branch])

    def statements() -> int:
        with pages.counted() as seen:
            assert client.get("/tasks/").status_code == 200
        return pages.statements(seen)

    tasks.give(kind="call_back", patient=child(of, "Lê Na", hoa), branch=of.branch)
    statements()
    one = statements()
    for number in range(20):
        other = child(of, f"Lê An {number}", hoa)
        tasks.give(kind="call_back", patient=other, branch=of.branch)
    assert statements() == one
