"""A slot she missed: asked after, offered two times, called, until she books or comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics import clock as product_clock
from followup import gate, tasks
from followup.models import Contact, Sequence, Task
from messaging.public import Message, links
from patients.public import Appointment, Patient, appointments
from tests.followup.courses import table
from tests.followup.records import House, contact, ended, house, patient, treat

pytestmark = pytest.mark.usefixtures("clinic")

# The slot was on Monday 1 June 2026 at 15:30; the desk noted at 16:10 that she had not come.
MISSED = table("""
    01/06 16:11 care  sent:care
    02/06 09:30 offer sent:offer
    04/06 09:30 call  task:missed
""")


def booked(at: House, who: Patient, start: str = "2026-06-01T15:30", **more: Any) -> Appointment:
    return appointments.book(
        patient=who, branch=at.branch, start=product_clock.parse(start), dentist=at.dentist,
        service=at.filling, **more,
    )  # fmt: skip


def missed(at: House, who: Patient, clock: Any, noted: str = "2026-06-01T16:10") -> Appointment:
    slot = booked(at, who)
    clock.set(noted)
    return appointments.miss(slot)


def walk(clock: Any, *moments: str) -> list[str]:
    """At each moment decide what is due; every decision about a sequence, a line each."""
    found: list[str] = []
    for moment in moments:
        clock.set(moment)
        before = set(decided().values_list("pk", flat=True))
        gate.decide_due()
        stamp = f"{product_clock.local(product_clock.parse(moment)):%d/%m %H:%M}"
        found += [
            f"{stamp} {row.kind} {ended(row)}"
            for row in decided().exclude(pk__in=before).order_by("decision__pk")
        ]
    return found


def decided() -> Any:
    return Contact.objects.filter(sequence__isnull=False, decision__isnull=False)


def days(last: int) -> list[str]:
    return [f"2026-06-{day:02}T09:30" for day in range(2, last + 1)]


def test_what_follows_a_missed_slot_by_the_clock(clock: Any) -> None:
    at = house()
    missed(at, patient(at), clock)
    assert walk(clock, "2026-06-01T16:11", *days(30)) == MISSED
    task = Task.objects.get()
    assert (task.kind, task.role) == ("call", "reception")


def test_marked_at_once_she_is_asked_half_an_hour_after_the_start(clock: Any) -> None:
    at = house()
    missed(at, patient(at), clock, noted="2026-06-01T15:45")
    assert walk(clock, "2026-06-01T15:59", "2026-06-01T16:00") == ["01/06 16:00 care sent:care"]


def test_a_late_cancellation_counts_from_when_she_cancelled(clock: Any) -> None:
    at = house()
    slot = booked(at, patient(at))
    clock.set("2026-06-01T11:00")
    appointments.cancel(slot, "bận việc nhà")
    # The clock goes on while she cancels, so half an hour later is a moment after 11:30.
    assert walk(clock, "2026-06-01T11:29", "2026-06-01T11:31", *days(4)) == table("""
        01/06 11:31 care  sent:care
        02/06 09:30 offer sent:offer
        04/06 09:30 call  task:missed
    """)
    assert Task.objects.get().why == "bận việc nhà"


def test_cancelled_in_time_or_by_the_clinic_nothing_follows(clock: Any) -> None:
    at = house()
    who = patient(at)
    appointments.cancel(booked(at, who, "2026-06-05T15:30"), "bận")
    appointments.cancel(booked(at, who), "bác sĩ ốm", by_clinic=True)
    assert not Sequence.objects.exists()


def test_it_ends_when_she_books_anew(clock: Any) -> None:
    at = house()
    who = patient(at)
    missed(at, who, clock)
    walk(clock, "2026-06-01T16:11")
    booked(at, who, "2026-06-09T10:00")
    assert walk(clock, *days(4)) == table("""
        02/06 09:30 offer stopped:booked_anew
        04/06 09:30 call  stopped:booked_anew
    """)


def test_it_ends_when_she_comes(clock: Any) -> None:
    at = house()
    who = patient(at)
    missed(at, who, clock)
    clock.set("2026-06-01T17:00")  # late in the day she walks in
    slot = booked(at, who, "2026-06-01T17:00")
    appointments.check_in(slot)
    appointments.seat(slot)
    treat(at, who, at.filling, appointment=slot)
    appointments.done(slot)
    assert walk(clock, "2026-06-01T17:05", "2026-06-02T09:30") == table("""
        01/06 17:05 care  stopped:came
        02/06 09:30 offer stopped:came
    """)


def test_a_mistake_is_taken_back_and_may_be_made_again(clock: Any) -> None:
    at = house()
    slot = missed(at, patient(at), clock)
    appointments.undo_outcome(slot)
    assert {ended(row) for row in Contact.objects.filter(sequence__isnull=False)} == {
        "stopped:taken_back"
    }
    appointments.miss(slot)
    assert Sequence.objects.count() == 1
    assert walk(clock, "2026-06-01T16:11", *days(4)) == MISSED


@pytest.mark.parametrize(
    ("noted", "said"),
    [
        ("2026-06-02T10:00", ["02/06 10:01 offer sent:offer", "04/06 09:30 call task:missed"]),
        ("2026-06-08T10:00", ["08/06 10:01 call task:missed"]),
        ("2026-06-20T10:00", []),
    ],
)
def test_noted_late_only_what_still_makes_sense_is_said(
    clock: Any, noted: str, said: list[str]
) -> None:
    at = house()
    missed(at, patient(at), clock, noted=noted)
    later = [f"2026-06-{day:02}T09:30" for day in range(int(noted[8:10]) + 1, 26)]
    assert walk(clock, noted.replace(":00", ":01"), *later) == said


def test_a_visit_her_plan_asks_for_is_asked_for_by_the_plan(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    slot = booked(at, who, "2026-06-10T09:00", purpose="suture")
    for moment in ("2026-06-02T09:30", "2026-06-03T09:30", "2026-06-04T09:30"):
        clock.set(moment)
        gate.decide_due()
    assert ended(contact(who, "I3", "invite")) == "waiting:booked"
    clock.set("2026-06-10T10:00")
    appointments.miss(slot)
    assert [row.kind for row in Contact.objects.filter(sequence__isnull=False)] == ["care"]
    clock.set("2026-06-11T09:30")
    gate.decide_due()
    assert ended(contact(who, "I3", "invite")) == "sent:revisit"


def test_the_offer_names_two_free_times_of_her_dentist(
    clock: Any, client_for: Callable[..., Client]
) -> None:
    at = house()
    who = patient(at)
    missed(at, who, clock)
    other = patient(at, "Lê Thị Thu", "0912345999")
    booked(at, other, "2026-06-03T15:30")  # of the same dentist
    walk(clock, "2026-06-01T16:11", "2026-06-02T09:30")
    offer = Contact.objects.get(kind="offer")
    message = Message.objects.get(intent=offer.uid)
    # 15:30 is taken on the 3rd; half an hour earlier is the nearest that is free
    assert message.values["slot_1"] == "15:00 thứ Tư 03/06"
    assert message.values["slot_2"] == "15:30 thứ Năm 04/06"
    phone = client_for("dentist")
    page = "/k/" + links.url_for(offer.uid, patient_id=who.pk).rsplit("/k/", 1)[1]
    text = phone.get(page).content.decode()
    assert "hôm 01/06 phòng khám chưa gặp được anh" in text
    assert 'value="15:00 thứ Tư 03/06"' in text
    phone.post(f"{page}wish/", {"wish": "15:00 thứ Tư 03/06"})
    task = Task.objects.get(kind="call_back")
    assert task.why == "15:00 thứ Tư 03/06"
    assert task.contact == offer


def test_the_desk_sees_which_slot_the_call_is_about(
    clock: Any, client_for: Callable[..., Client]
) -> None:
    at = house()
    who = patient(at)
    missed(at, who, clock)
    walk(clock, "2026-06-01T16:11", *days(4))
    desk = client_for("manager", branches=[at.branch])
    page = desk.get("/tasks/").content.decode()
    assert "Lỡ lịch hẹn ngày 01/06, hỏi lý do" in page
    thread = desk.get(f"/patients/{who.uid}/timeline/?all=1").content.decode()
    assert "Hỏi thăm sau lịch hẹn bị lỡ" in thread
    assert "anh Hiếu không đến theo lịch hẹn." in thread
    tasks.done(Task.objects.get(), by=None, result="Bận")
