"""Treatments that nobody signed: a task at closing time, the manager at the next opening."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics import clock as product_clock
from clinics import due
from followup import unsigned
from followup.models import Task
from patients.public import Patient, Treatment, appointments, treatments
from tests.followup.records import House, house, local, patient

pytestmark = pytest.mark.usefixtures("clinic")


def noted(at: House, who: Patient) -> Treatment:
    """Somebody at the chair notes it now, in a visit of today."""
    slot = appointments.book(
        patient=who, branch=at.branch, start=product_clock.now(), dentist=at.dentist
    )
    appointments.check_in(slot)
    return treatments.record(
        patient=who,
        service=at.filling,
        dentist=at.dentist,
        done_at=product_clock.now(),
        branch=at.branch,
        appointment=slot,
        tooth=36,
    )


def open_until_noon(at: House) -> None:
    """Open 08:00 to 12:00, Monday to Friday."""
    at.branch.closes_at = product_clock.local(product_clock.parse("2026-06-01T12:00")).time()
    at.branch.open_weekdays = [0, 1, 2, 3, 4]
    at.branch.save(update_fields=["closes_at", "open_weekdays"])


def test_at_closing_time_it_is_its_dentists_and_then_the_managers(clock: Any) -> None:
    at = house()
    open_until_noon(at)
    clock.set("2026-06-05T11:00")  # a Friday
    noted(at, patient(at))
    clock.set("2026-06-05T11:59")
    due.work_off("an_tam")
    assert unsigned.give_due() == 0  # also when something else knocks before
    assert not Task.objects.exists()
    clock.set("2026-06-05T12:00")
    due.work_off("an_tam")
    assert unsigned.give_due() == 0
    task = Task.objects.get()
    assert (task.kind, task.role, task.assignee) == ("unsigned", "dentist", at.dentist)
    assert local(task.due_at) == "08/06 08:00"  # Monday
    assert task.escalated_at is None
    clock.set("2026-06-08T07:59")
    due.work_off("an_tam")
    assert Task.objects.get().escalated_at is None
    clock.set("2026-06-08T08:00")
    due.work_off("an_tam")
    assert Task.objects.get().escalated_at is not None


def test_signed_in_time_there_is_no_task(clock: Any) -> None:
    at = house()
    clock.set("2026-06-05T11:00")
    treatments.sign(noted(at, patient(at)), by=at.dentist)
    clock.set("2026-06-05T20:01")
    due.work_off("an_tam")
    assert not Task.objects.exists()


def test_noted_after_closing_it_must_be_signed_by_the_next_one(clock: Any) -> None:
    at = house()
    clock.set("2026-06-05T20:30")
    noted(at, patient(at))
    clock.set("2026-06-06T19:59")
    due.work_off("an_tam")
    assert not Task.objects.exists()
    clock.set("2026-06-06T20:00")
    due.work_off("an_tam")
    assert Task.objects.count() == 1


@pytest.mark.parametrize(("end", "result"), [("sign", "Đã ký."), ("void", "Đã xóa.")])
def test_signing_or_removing_it_closes_the_task(clock: Any, end: str, result: str) -> None:
    at = house()
    clock.set("2026-06-05T11:00")
    row = noted(at, patient(at))
    clock.set("2026-06-05T20:00")
    due.work_off("an_tam")
    if end == "sign":
        treatments.sign(row, by=at.dentist)
    else:
        treatments.void(row, reason="nhầm", by=at.dentist)
    task = Task.objects.get()
    assert (task.result, task.done_by) == (result, at.dentist)
    clock.set("2026-06-06T20:00")
    due.work_off("an_tam")
    assert Task.objects.count() == 1  # not asked for again


def test_the_dentist_signs_from_the_list(clock: Any, client_for: Callable[..., Client]) -> None:
    at = house()
    clock.set("2026-06-05T11:00")
    row = noted(at, patient(at))
    clock.set("2026-06-05T20:00")
    due.work_off("an_tam")
    page = client_for("dentist", branches=[at.branch]).get("/tasks/?kind=unsigned")
    text = page.content.decode()
    assert "Ký điều trị của anh Hiếu" in text
    assert row.appointment is not None
    assert f"/dentist/{row.appointment.uid}/sign/" in text
    told = client_for("manager", branches=[at.branch]).get("/tasks/").content.decode()
    assert "Ký điều trị của anh Hiếu" in told
    assert "/sign/" not in told  # she may not sign for him
