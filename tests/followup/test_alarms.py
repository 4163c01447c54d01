"""A sign that worries in what she wrote: one task with the nearest clock, and messages wait."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from clinics import clock
from followup.models import Contact, Task
from followup.public import tasks
from messaging.public import events, followers, links
from patients.public import Patient, appointments
from tests.followup.records import House, house, patient, treat
from tests.messaging.talking import Zalo, zalo

__all__ = ["zalo"]


@pytest.fixture
def place(clinic: Any) -> House:
    return house(channels=False)


def wrote(patient: Patient, tier: str, text: str) -> None:
    events.worried.tell(events.Worried(patient.pk, "x", tier, text, clock.now()))


def test_an_hour_for_the_worst_and_a_day_for_the_others(place: House) -> None:
    treatment = treat(place, patient(place), place.implant)
    wrote(treatment.patient, "R2", "còn sưng")
    task = Task.objects.get(kind="danger")
    assert (task.tier, task.due_at - task.opened_at) == ("R2", dt.timedelta(hours=24))
    assert task.assignee == place.dentist
    wrote(treatment.patient, "R1", "khó thở quá")
    task = Task.objects.get(kind="danger")
    left = task.due_at - clock.now()
    assert dt.timedelta(minutes=59) < left <= dt.timedelta(minutes=60)
    assert (task.tier, task.why) == ("R1", "khó thở quá")
    wrote(treatment.patient, "R2", "vẫn sưng")  # no later clock than stands
    assert Task.objects.get(kind="danger").tier == "R1"


def test_a_small_sign_is_a_call_for_the_desk(place: House) -> None:
    treatment = treat(place, patient(place), place.implant)
    wrote(treatment.patient, "R3", "răng hơi đau")
    assert Task.objects.get().kind == "call_back"
    assert not tasks.danger_of([treatment.patient_id])


def test_from_the_phone_to_the_task(zalo: Zalo) -> None:
    patient = zalo.patient()
    zalo.shares("84903418276")
    zalo.hears("khong cam duoc mau bac si oi")
    task = Task.objects.get()
    assert (task.patient, task.kind, task.tier) == (patient, "danger", "R1")
    zalo.hears("het chay mau roi")
    assert Task.objects.count() == 1


def test_her_own_page_gives_her_the_four_digits(zalo: Zalo) -> None:
    patient = zalo.patient()
    appointments.book(patient=patient, branch=zalo.branch, start=clock.now() + dt.timedelta(days=2))
    contact = Contact.objects.get(patient=patient, kind="confirmation")
    path = "/k/" + links.url_for(contact.uid, patient_id=patient.pk).split("/k/")[1]
    phone = Client(headers={"host": "an-tam.localhost"})
    assert "Lấy mã của tôi" in phone.get(path).content.decode()
    assert followers.code_of(patient) is None
    assert phone.post(f"{path}zalo/")["Location"] == f"{path}#zalo"  # where they stand
    code = followers.code_of(patient)
    assert code is not None
    assert code.code in phone.get(path).content.decode()
    zalo.hears(code.code)
    assert "Zalo" not in phone.get(path).content.decode()
