"""Checked in and signed ends by itself; the end-of-day list settles the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinics import clock as product_clock
from clinics.public import Branch, Staff
from patients.public import Appointment, Outcome, Patient, Treatment, appointments, treatments
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


def treated(slot: Appointment, khoi: Staff, *, names_it: bool = True) -> Treatment:
    return treatments.record(
        patient=slot.patient,
        service=records.service(),
        dentist=khoi,
        done_at=product_clock.now(),
        branch=slot.branch,
        appointment=slot if names_it else None,
    )


def outcome_of(slot: Appointment) -> str | None:
    slot.refresh_from_db()
    return slot.outcome


def test_a_signature_ends_the_visit(home: Branch, khoi: Staff, trang: Patient, clock: Any) -> None:
    slot = records.slot(trang, "2026-06-01T15:30", dentist=khoi)
    clock.set("2026-06-01T15:40")
    appointments.check_in(slot)
    done = treated(slot, khoi)
    assert outcome_of(slot) is None
    clock.set("2026-06-01T16:05")
    treatments.sign(done, by=khoi)
    assert outcome_of(slot) == Outcome.ON_TIME
    assert slot.done_at == slot.outcome_at
    appointments.done(slot)  # the desk presses it all the same
    assert outcome_of(slot) == Outcome.ON_TIME


def test_without_a_check_in_a_signature_ends_nothing(
    home: Branch, khoi: Staff, trang: Patient, clock: Any
) -> None:
    slot = records.slot(trang, "2026-06-01T15:30", dentist=khoi)
    clock.set("2026-06-01T16:05")
    treatments.sign(treated(slot, khoi, names_it=False), by=khoi)
    assert outcome_of(slot) is None
    appointments.check_in(slot)  # noticed later: more than 15 minutes after the hour
    assert outcome_of(slot) == Outcome.LATE


def test_the_other_appointment_of_the_day_goes_on(
    home: Branch, khoi: Staff, trang: Patient, clock: Any
) -> None:
    first = records.slot(trang, "2026-06-01T09:00", dentist=khoi)
    second = records.slot(trang, "2026-06-01T15:30", dentist=khoi)
    clock.set("2026-06-01T09:00")
    appointments.check_in(first)
    appointments.check_in(second)
    treatments.sign(treated(first, khoi), by=khoi)
    assert outcome_of(first) == Outcome.ON_TIME
    assert outcome_of(second) is None


def test_the_list_asks_until_everything_is_settled(
    client_for: Clients, home: Branch, khoi: Staff, trang: Patient, clock: Any
) -> None:
    slot = records.slot(trang, "2026-06-01T15:30", dentist=khoi)
    inside = records.slot(records.patient(home, "Lê Hà"), "2026-06-01T16:30", dentist=khoi)
    client = client_for("reception", branches=[home])
    address = f"/today/close/?branch={home.uid}"
    assert "Hôm nay đã chốt xong." in pages.text(client.get(address))
    clock.set("2026-06-01T19:00")
    appointments.check_in(inside)
    treated(inside, khoi)
    page = pages.text(client.get(address))
    for words in ("Chưa rõ đến chưa", "Còn ở phòng khám", "Chưa ký", "BS. Khôi"):
        assert words in page, words
    assert "Chốt ngày" in pages.text(client.get(f"/today/?branch={home.uid}"))
    client.post(f"/appointments/{slot.uid}/miss/")
    assert outcome_of(slot) == Outcome.NO_SHOW
    treatments.sign(Treatment.objects.get(), by=khoi)
    assert "Hôm nay đã chốt xong." in pages.text(client.get(address))


def test_yesterday_stays_on_the_list_and_elsewhere_is_not_on_it(
    client_for: Clients, home: Branch, trang: Patient, clock: Any
) -> None:
    records.slot(trang, "2026-06-01T15:30")
    clock.set("2026-06-02T08:00")
    address = f"/today/close/?branch={home.uid}"
    assert "Đặng Thị Thu Trang" in pages.text(client_for("reception").get(address))
    other = Branch.objects.create(name="Gò Vấp", code="go-vap")
    seen = client_for("reception", branches=[other]).get(address)
    assert "Đặng Thị Thu Trang" not in pages.text(seen)


def test_fifty_cost_as_many_statements_as_one(
    client_for: Clients, home: Branch, khoi: Staff, clock: Any
) -> None:
    client = client_for("reception", branches=[home])
    address = f"/today/close/?branch={home.uid}"

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert client.get(address).status_code == 200
        return len(seen)

    records.slot(records.patient(home, "Lê Hà"), "2026-06-01T09:00")
    clock.set("2026-06-02T08:00")
    client.get(address)
    one = statements()
    for number in range(20):
        who = records.patient(home, f"Lê Hà {number}")
        records.slot(who, "2026-06-03T09:00")
    clock.set("2026-06-04T08:00")
    assert statements() == one
