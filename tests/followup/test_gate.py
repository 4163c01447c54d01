"""From a signature or a booking to one decision each, by the clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics import clock as product_clock
from followup import gate, handlers
from followup.models import Contact, Decision, Task, TaskKind
from followup.public import answers, tasks
from messaging.public import Message, events
from patients.public import BasisKind, appointments, basis, treatments
from tests.followup.records import contact, ended, house, local, patient, treat

pytestmark = pytest.mark.usefixtures("clinic")


def go(clock: Any, moment: str) -> None:
    clock.set(moment)
    gate.decide_due()


def test_a_booking_is_confirmed_now_and_reminded_at_her_hour(clock: Any) -> None:
    who = patient(house())
    slot = appointments.book(
        patient=who, branch=who.branch, start=product_clock.parse("2026-06-05T15:30")
    )
    gate.decide_due()
    confirmation, reminder = Contact.objects.filter(appointment=slot).order_by("due_at", "kind")
    assert ended(Contact.objects.get(kind="confirmation")) == "sent:confirmation"
    assert local(Contact.objects.get(kind="reminder").due_at) == "04/06 09:30"
    go(clock, "2026-06-04T09:29")
    assert ended(Contact.objects.get(kind="reminder")) == "waiting"
    go(clock, "2026-06-04T09:30")
    assert ended(Contact.objects.get(kind="reminder")) == "sent:reminder"
    assert Message.objects.count() == 2
    begins = product_clock.parse("2026-06-05T15:30")  # then nothing about it is worth saying
    assert set(Message.objects.values_list("valid_until", flat=True)) == {begins}
    message = Message.objects.get(intent=Contact.objects.get(kind="reminder").uid)
    assert message.values["day"] == "thứ Sáu 05/06"
    assert message.values["time"] == "15:30"
    assert message.values["full_call"] == "anh Hiếu"
    assert {confirmation.kind, reminder.kind} == {"confirmation", "reminder"}


def test_booked_a_day_ahead_there_is_no_reminder() -> None:
    who = patient(house())
    appointments.book(patient=who, branch=who.branch, start=product_clock.parse("2026-06-02T08:30"))
    assert [row.kind for row in Contact.objects.all()] == ["confirmation"]


def test_cancelled_before_its_time_nothing_more_is_said(clock: Any) -> None:
    who = patient(house())
    slot = appointments.book(
        patient=who, branch=who.branch, start=product_clock.parse("2026-06-05T15:30")
    )
    appointments.cancel(slot, "bận")
    go(clock, "2026-06-04T10:00")
    assert ended(Contact.objects.get(kind="reminder")) == "stopped:cancelled"
    assert ended(Contact.objects.get(kind="confirmation")) == "stopped:cancelled"
    assert not Message.objects.exists()


def test_moved_the_old_slot_is_silent_and_the_new_one_speaks(clock: Any) -> None:
    who = patient(house())
    old = appointments.book(
        patient=who, branch=who.branch, start=product_clock.parse("2026-06-05T15:30")
    )
    gate.decide_due()
    new = appointments.move(old, product_clock.parse("2026-06-09T10:00"))
    gate.decide_due()
    assert ended(Contact.objects.get(appointment=old, kind="reminder")) == "stopped:moved"
    assert ended(Contact.objects.get(appointment=new, kind="confirmation")).startswith("sent")
    assert local(Contact.objects.get(appointment=new, kind="reminder").due_at) == "08/06 09:30"
    # the old confirmation had not left yet: it is taken back
    first = Message.objects.get(
        intent=Contact.objects.get(appointment=old, kind="confirmation").uid
    )
    assert first.state == "cancelled"


def test_booked_at_night_it_waits_for_the_morning(clock: Any) -> None:
    clock.set("2026-06-01T20:15")
    who = patient(house())
    appointments.book(patient=who, branch=who.branch, start=product_clock.parse("2026-06-05T15:30"))
    gate.decide_due()
    row = Contact.objects.get(kind="confirmation")
    assert ended(row) == "waiting:quiet_hours"
    assert local(Contact.objects.get(pk=row.pk).due_at) == "02/06 08:00"
    go(clock, "2026-06-02T08:00")
    assert ended(row) == "sent:confirmation"


def test_the_implants_way_by_the_clock(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)  # Monday 1 June, 09:00
    go(clock, "2026-06-02T09:30")
    assert ended(contact(who, "I1")) == "sent:ask"
    answers.answer(contact=contact(who, "I1"), choice="fine")
    go(clock, "2026-06-03T09:30")  # D2, and the day after the answered check
    assert ended(contact(who, "I3", "invite")) == "sent:revisit"
    go(clock, "2026-06-04T09:30")
    assert ended(contact(who, "I2")) == "sent:ask"
    answers.answer(contact=contact(who, "I2"), choice="worse", signs=["swelling"])
    task = Task.objects.get()
    assert (task.kind, task.tier, task.role) == ("danger", "R1", "dentist")
    assert task.due_at - task.opened_at == dt.timedelta(minutes=60)
    assert task.assignee == at.dentist


def test_silence_after_surgery_is_a_call(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    go(clock, "2026-06-02T09:30")
    go(clock, "2026-06-03T09:29")
    assert not Task.objects.exists()
    go(clock, "2026-06-03T09:31")
    task = Task.objects.get()
    assert (task.kind, task.role, local(task.due_at)) == ("silence", "reception", "03/06 20:00")
    assert ended(contact(who, "I1", "call")) == "task:silence"
    # still silent on day 3: somebody is calling already
    go(clock, "2026-06-04T09:30")
    go(clock, "2026-06-05T09:31")
    assert Task.objects.count() == 1
    assert ended(contact(who, "I2", "call")) == "stopped:already_calling"


def test_silence_after_a_filling_is_no_call(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.filling)
    for moment in ("2026-06-02T09:30", "2026-06-04T09:30", "2026-06-08T09:30", "2026-06-20T09:30"):
        go(clock, moment)
    assert [ended(contact(who, key)) for key in ("F1", "F2", "F3")] == ["sent:ask"] * 3
    assert not Task.objects.exists()


def test_fine_on_the_first_day_skips_the_third(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.filling)
    go(clock, "2026-06-02T09:30")
    answers.answer(contact=contact(who, "F1"), choice="fine")
    go(clock, "2026-06-04T09:30")
    assert ended(contact(who, "F2")) == "stopped:was_fine"
    go(clock, "2026-06-08T09:30")
    assert ended(contact(who, "F3")) == "sent:ask"


def test_uneasy_after_a_week_she_is_asked_to_come(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.filling)
    go(clock, "2026-06-08T09:30")
    assert not Contact.objects.filter(step__key="F3R").exists()
    answers.answer(contact=contact(who, "F3"), choice="uneasy")
    assert local(contact(who, "F3R", "invite").due_at) == "09/06 09:30"
    go(clock, "2026-06-09T09:30")
    assert ended(contact(who, "F3R", "invite")) == "sent:revisit"


def test_uneasy_at_first_and_fine_after_a_week_she_need_not_come(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.filling)
    go(clock, "2026-06-02T09:30")
    answers.answer(contact=contact(who, "F1"), choice="uneasy")
    go(clock, "2026-06-08T09:30")
    answers.answer(contact=contact(who, "F3"), choice="fine")
    go(clock, "2026-06-09T09:30")
    assert ended(contact(who, "F3R", "invite")) == "stopped:was_fine"


def test_danger_holds_the_rest_until_somebody_has_acted(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    clock.set("2026-06-25T10:00")
    for row in Contact.objects.filter(step__key__in=["I1", "I2", "I3"], due_at__isnull=False):
        Contact.objects.filter(pk=row.pk).update(due_at=None)
        Decision.objects.create(contact=row, end="sent", reason="ask", decided_at=clock.now())
    answers.answer(contact=contact(who, "I2"), choice="worse")
    go(clock, "2026-06-26T09:30")  # I4: wanted from 26 June, invited on the 21st
    assert ended(contact(who, "I4", "invite")) == "waiting:danger_open"
    task = Task.objects.get(kind=TaskKind.DANGER)
    clock.advance(hours=2)
    tasks.done(task, by=at.dentist, result="Đã gọi, ổn")
    gate.decide_due()
    assert ended(contact(who, "I4", "invite")) == "sent:revisit"


def test_booked_for_the_visit_she_is_not_invited_and_cancelled_she_is(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    slot = appointments.book(
        patient=who,
        branch=who.branch,
        start=product_clock.parse("2026-06-10T15:30"),
        purpose="suture",
    )
    go(clock, "2026-06-03T09:30")
    assert ended(contact(who, "I3", "invite")) == "waiting:booked"
    clock.set("2026-06-08T15:00")
    appointments.cancel(slot, "bận")
    go(clock, "2026-06-09T09:30")
    assert ended(contact(who, "I3", "invite")) == "sent:revisit"


def test_she_came_and_is_not_asked_again(clock: Any) -> None:
    at = house()
    who = patient(at)
    first = treat(at, who, at.implant)
    clock.set("2026-06-08T09:00")
    slot = appointments.book(
        patient=who, branch=who.branch, start=product_clock.parse("2026-06-10T15:30")
    )
    clock.set("2026-06-10T15:28")
    appointments.check_in(slot)
    row = treatments.record(
        patient=who,
        service=at.implant,
        dentist=at.dentist,
        done_at=clock.now(),
        branch=at.branch,
        tooth=36,
        appointment=slot,
    )
    assert row.episode == first.episode
    treatments.sign(row, by=at.dentist)
    for kind in ("nudge", "call", "clinician"):
        assert ended(contact(who, "I3", kind)) == "stopped:came"
    assert ended(contact(who, "I4", "invite")) == "waiting"


def test_a_safety_visit_nobody_comes_to_goes_to_the_dentist_and_the_desk(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)  # wanted 8-15 June
    for day in ("02", "03", "04", "05", "16", "18", "19"):
        go(clock, f"2026-06-{day}T09:30")
    assert ended(contact(who, "I3", "nudge")) == "sent:revisit"
    assert ended(contact(who, "I3", "clinician")) == "task:dentist_decides"
    assert ended(contact(who, "I3", "call")) == "task:not_booked"
    kinds = Task.objects.order_by("opened_at").values_list("kind", flat=True)
    assert list(kinds) == ["silence", "clinician", "call"]


def test_a_voided_treatment_says_no_more(clock: Any) -> None:
    at = house()
    who = patient(at)
    row = treat(at, who, at.implant)
    go(clock, "2026-06-02T09:30")
    treatments.void(row, reason="nhầm răng", by=at.dentist)
    assert not Contact.objects.filter(due_at__isnull=False).exists()
    assert ended(contact(who, "I2")) == "stopped:treatment_voided"
    assert ended(contact(who, "I1")) == "sent:ask"


def test_two_treatments_of_one_day_are_asked_about_once(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant, tooth=36)
    treat(at, who, at.implant, tooth=46)
    go(clock, "2026-06-02T09:30")
    ends = sorted(ended(row) for row in Contact.objects.filter(step__key="I1", kind="ask"))
    assert ends == ["merged_into:together", "sent:ask"]
    assert Message.objects.count() == 1


def test_a_second_sitting_of_the_same_plan_starts_nothing_anew(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    clock.advance(days=9)
    treat(at, who, at.implant)
    assert Contact.objects.filter(step__key="I1", kind="ask").count() == 1


def test_who_has_no_number_ends_as_failed_even_at_night(clock: Any) -> None:
    at = house()
    who = patient(at, phone="")
    clock.set("2026-06-01T23:00")
    treat(at, who, at.filling)
    go(clock, "2026-06-03T00:10")
    assert ended(contact(who, "F1")) == "waiting"  # due at 09:30
    go(clock, "2026-06-03T09:30")
    assert ended(contact(who, "F1")) == "failed:no_contact_point"
    assert not Task.objects.exists()


def test_a_refusal_wins_and_no_basis_says_nothing(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.filling)
    basis.refuse(patient=who, purpose="care")
    go(clock, "2026-06-02T09:30")
    assert ended(contact(who, "F1")) == "stopped:refused"
    basis.note(patient=who, purpose="care", kind=BasisKind.CONSENT, text_version="1")
    go(clock, "2026-06-04T09:30")
    assert ended(contact(who, "F2")) == "sent:ask"


def test_a_refused_channel_leaves_the_other(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.filling)
    basis.refuse(patient=who, purpose="care", channel="zalo")
    go(clock, "2026-06-02T09:30")
    assert Message.objects.get().channel == "sms"


def test_without_an_account_it_says_why() -> None:
    who = patient(house(channels=False))
    appointments.book(patient=who, branch=who.branch, start=product_clock.parse("2026-06-05T15:30"))
    gate.decide_due()
    assert ended(Contact.objects.get(kind="confirmation")) == "failed:no_account"


def test_after_surgery_a_message_that_reaches_nobody_is_a_call(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.implant)
    go(clock, "2026-06-02T09:30")
    row = contact(who, "I1")
    sent = Message.objects.get(intent=row.uid)
    handlers.note_unreached(events.Unreached(row.uid, sent.uid, who.pk, at.branch.pk, "expired"))
    assert Task.objects.get().kind == "undelivered"
    assert Decision.objects.get(contact=row).detail == "expired"
    assert ended(contact(who, "I1", "call")) == "stopped:already_calling"


def test_the_second_invitation_goes_over_another_channel(clock: Any) -> None:
    at = house()
    who = patient(at)
    treat(at, who, at.filling, recall_months=3)
    for moment in ("2026-08-27T09:30", "2026-10-02T09:30"):
        go(clock, moment)
    said = [
        Message.objects.get(intent=contact(who, "F4", kind).uid).channel
        for kind in ("invite", "nudge")
    ]
    assert said == ["zalo", "sms"]
    # nobody came: the next round is written, counted from the day it was due (1 September)
    again = Contact.objects.get(step__key="F4", kind="invite", cycle=1)
    assert again.window_from == dt.date(2026, 12, 1)


def test_every_contact_ends_once_whatever_happens(clock: Any) -> None:
    at = house()
    for n in range(6):
        who = patient(at, name=f"Khách {n}", phone=f"09123453{n:02d}")
        treat(at, who, at.implant if n % 2 else at.filling)
    for day in range(400):
        clock.set(product_clock.parse("2026-06-02T09:30") + dt.timedelta(days=day))
        gate.decide_due()
    over = Contact.objects.filter(due_at__isnull=True)
    assert over.count() == Decision.objects.count()
    assert not over.filter(decision__isnull=True).exists()
    assert not Contact.objects.filter(due_at__isnull=False, decision__isnull=False).exists()
    sent = Decision.objects.filter(end="sent").count()
    assert Message.objects.values("intent").distinct().count() == sent


@pytest.mark.parametrize("kind", ["filling", "implant"])
def test_a_batch_costs_the_same_reads_for_one_and_for_thirty(clock: Any, kind: str) -> None:
    at = house(channels=False)  # decided and not said: only the reads are counted

    def statements(people: int) -> int:
        for n in range(people):
            who = patient(at, name=f"Khách {n}", phone=f"09{people:02d}3453{n:02d}")
            treat(at, who, getattr(at, kind))
        clock.advance(days=2)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            gate.decide_batch()
        return len([q for q in seen.captured_queries if "search_path" not in q["sql"]])

    statements(1)  # leaves contacts of other kinds behind, so that both have the same kinds
    two = statements(2)
    assert statements(30) <= two
