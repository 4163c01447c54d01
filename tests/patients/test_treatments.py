"""Treatments, their plans, and the visits that come of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clinics.public import Branch, Service, Staff
from patients.public import (
    Appointment,
    Episode,
    NotPossible,
    Patient,
    Treatment,
    Visit,
    appointments,
    events,
    treatments,
    visits,
)
from tests.patients import records

pytestmark = pytest.mark.usefixtures("english")


class Room:
    """A branch with a dentist, a patient and two services."""

    def __init__(self) -> None:
        self.branch: Branch = records.branch()
        self.dentist: Staff = records.dentist(self.branch)
        self.her: Patient = records.patient(self.branch)
        self.filling: Service = records.service("filling", by_tooth=True)
        self.implant: Service = records.service("implant", single_visit=False)

    def came(self, start: str, **fields: Any) -> Appointment:
        slot = records.slot(self.her, start, **fields)
        return appointments.check_in(slot)

    def did(self, service: Service, **fields: Any) -> Treatment:
        fields.setdefault("done_at", records.at("2026-06-01T08:30"))
        fields.setdefault("tooth", 36)
        return treatments.record(
            patient=self.her, service=service, dentist=self.dentist, branch=self.branch, **fields
        )


@pytest.fixture
def room(clinic: object) -> Room:
    return Room()


def test_signing_closes_a_single_visit_and_makes_the_visit(room: Room, monkeypatch: Any) -> None:
    told: list[str] = []
    for name in ("treatment_signed", "episode_closed", "visit_completed"):
        event = getattr(events, name)
        monkeypatch.setattr(event, "_handlers", [lambda news, name=name: told.append(name)])
    slot = room.came("2026-06-01T09:00")
    treatment = room.did(room.filling, appointment=slot)
    assert not Visit.objects.exists()
    treatments.sign(treatment, by=room.dentist)
    treatments.sign(treatment, by=room.dentist)
    visit = Visit.objects.get()
    assert (visit.is_return, visit.branch, visit.appointment) == (True, room.branch, slot)
    assert treatment.episode.closed_at is not None
    assert told == ["episode_closed", "visit_completed", "treatment_signed"]


def test_signed_before_the_desk_checked_her_in_it_becomes_a_visit_then(room: Room) -> None:
    slot = records.slot(room.her, "2026-06-01T09:00")
    treatments.sign(room.did(room.filling, appointment=slot), by=room.dentist)
    assert not Visit.objects.exists()
    appointments.check_in(slot)
    assert Visit.objects.count() == 1


def test_visits_inside_a_plan_are_no_returns_unless_their_purpose_is_one(
    room: Room, clock: Any
) -> None:
    room.came("2026-06-01T09:00")
    treatments.sign(room.did(room.implant), by=room.dentist)
    clock.advance(days=7)
    room.came("2026-06-08T09:00")
    second = room.did(room.implant, done_at=records.at("2026-06-08T08:00"))
    treatments.sign(second, by=room.dentist)
    clock.advance(days=7)
    room.came("2026-06-15T09:00", counts_as_return=True)
    third = room.did(room.implant, done_at=records.at("2026-06-15T08:00"))
    treatments.sign(third, by=room.dentist)
    assert Episode.objects.count() == 1
    assert [visit.is_return for visit in visits.of_patient(room.her)] == [True, False, True]
    plan = treatments.close_plan(Episode.objects.get(), by=room.dentist)
    assert plan.closed_by == room.dentist
    assert treatments.open_plans(room.her) == []
    fourth = room.did(room.implant, done_at=records.at("2026-06-15T08:30"))
    assert fourth.episode != plan


def test_two_appointments_and_treatments_of_a_day_are_one_visit(room: Room) -> None:
    room.came("2026-06-01T09:00")
    room.came("2026-06-01T11:00")
    for tooth in (36, 37):
        treatments.sign(room.did(room.filling, tooth=tooth), by=room.dentist)
    assert Visit.objects.count() == 1


def test_voiding_takes_the_plan_and_the_visit_with_it(room: Room) -> None:
    room.came("2026-06-01T09:00")
    first = treatments.sign(room.did(room.filling), by=room.dentist)
    second = treatments.sign(room.did(room.filling, tooth=37), by=room.dentist)
    treatments.void(first, reason="nhầm răng", by=room.dentist)
    assert Episode.objects.get(pk=first.episode_id).voided_at is not None
    assert Visit.objects.get().voided_at is None
    treatments.void(second, reason="nhầm", by=room.dentist)
    treatments.void(second, reason="again", by=room.dentist)
    assert Visit.objects.get().voided_at is not None
    second.refresh_from_db()
    assert second.void_reason == "nhầm"
    with pytest.raises(NotPossible, match="removed"):
        treatments.sign(second, by=room.dentist)
    treatments.sign(room.did(room.filling, tooth=38), by=room.dentist)
    assert Visit.objects.filter(voided_at__isnull=True).count() == 1


def test_only_its_dentist_signs(room: Room) -> None:
    treatment = room.did(room.filling)
    with pytest.raises(NotPossible, match=r"BS\. Khôi"):
        treatments.sign(treatment, by=records.dentist(room.branch, "Lê Nam"))
    assert [line.uid for line in treatments.unsigned_in(room.branch)] == [str(treatment.uid)]
    treatments.sign(treatment, by=room.dentist)
    assert treatments.unsigned_in(room.branch) == []
    assert treatments.of_patient(room.her)[0].status == "signed"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"tooth": 19}, "tooth"),
        ({"tooth": None}, "tooth"),
        ({"done_at": dt.datetime(2026, 6, 1, 2, 1, tzinfo=dt.UTC)}, "done_at"),
        ({"recall_months": 2}, "recall_months"),
        ({"recall_months": 25}, "recall_months"),
    ],
)
def test_bad_input_is_said_beside_its_field(room: Room, fields: dict[str, Any], where: str) -> None:
    with pytest.raises(ValidationError) as error:
        room.did(room.filling, **fields)
    assert list(error.value.message_dict) == [where]
    assert not Treatment.objects.exists()
    assert not Episode.objects.exists()


def test_the_same_entry_pressed_twice_is_one(room: Room) -> None:
    slot = room.came("2026-06-01T09:00")
    assert room.did(room.filling, appointment=slot) == room.did(room.filling, appointment=slot)


def test_a_visit_booked_as_a_step_of_a_plan_is_part_of_it(room: Room, clock: Any) -> None:
    """Sutures out ten days after the implant: no return, and the plan stays open."""
    sutures = records.service("suture")
    slot = room.came("2026-06-01T09:00")
    implant = treatments.sign(room.did(room.implant, appointment=slot), by=room.dentist)
    clock.set("2026-06-11T09:00")
    step = room.came("2026-06-11T09:00", purpose="suture")
    done = room.did(sutures, tooth=None, appointment=step, done_at=records.at("2026-06-11T09:00"))
    treatments.sign(done, by=room.dentist)
    assert done.episode == implant.episode
    implant.episode.refresh_from_db()
    assert implant.episode.closed_at is None
    assert list(Visit.objects.order_by("on_date").values_list("is_return", flat=True)) == [
        True,
        False,
    ]


def test_a_check_up_that_counts_as_a_return_opens_its_own_plan(room: Room, clock: Any) -> None:
    check_up = records.service("checkup")
    slot = room.came("2026-06-01T09:00")
    filling = treatments.sign(room.did(room.filling, appointment=slot), by=room.dentist)
    clock.set("2026-12-01T09:00")
    step = room.came("2026-12-01T09:00", purpose="recall", counts_as_return=True)
    done = room.did(check_up, tooth=None, appointment=step, done_at=records.at("2026-12-01T09:00"))
    assert done.episode != filling.episode
