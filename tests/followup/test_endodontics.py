"""Root canals by the clock, against tables written by hand from docs/protocols.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics import clock as product_clock
from clinics.public import Service
from followup import gate
from followup.models import Contact, Enrolment, Task
from followup.public import answers
from messaging.public import links
from patients.public import NotPossible, appointments, treatments
from tests.followup.courses import clinic_of, did, table, walk
from tests.followup.records import contact, ended, local, patient, treat

pytestmark = pytest.mark.usefixtures("clinic")

# Monday 1 June 2026. Nobody answers, nobody books, every day is open.
SESSION = table("""
    02/06 E1  ask       sent:ask
    03/06 E3A invite    sent:revisit
    04/06 E2A ask       sent:ask
    12/06 E3A nudge     sent:revisit
    14/06 E3A clinician task:dentist_decides
    15/06 E3A call      task:not_booked
""")
OBTURATION = table("""
    02/06 E1  ask       sent:ask
    03/06 E3B invite    sent:revisit
    04/06 E2B ask       sent:ask
    12/06 E3B nudge     sent:revisit
    15/06 E4  invite    sent:revisit
    15/06 E3B call      task:not_booked
    25/06 E3B clinician task:dentist_decides
    29/06 E4  call      task:not_booked
""")


def test_120_days_after_a_session_with_the_tooth_left_open(clock: Any) -> None:
    at = clinic_of()
    did(at, patient(at), "root_canal", "session", tooth=36, tooth_left="open")
    assert sorted(walk(clock, "2026-06-01", "2026-09-29")) == sorted(SESSION)
    task = Task.objects.get(kind="clinician")
    assert (task.role, task.assignee) == ("dentist", at.dentist)


def test_120_days_after_the_root_is_filled_and_the_tooth_closed(clock: Any) -> None:
    at = clinic_of()
    did(at, patient(at), "root_canal", "obturation", tooth=36)
    assert sorted(walk(clock, "2026-06-01", "2026-09-29")) == sorted(OBTURATION)


def test_temporised_the_dentist_hears_of_it_after_three_days(clock: Any) -> None:
    at = clinic_of()
    did(at, patient(at), "root_canal", "obturation", tooth=36, tooth_left="temporary")
    said = walk(clock, "2026-06-01", "2026-06-20")
    assert "14/06 E3B clinician task:dentist_decides" in said


def test_every_session_begins_it_anew(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    first = did(at, who, "root_canal", "session", tooth=36, tooth_left="temporary")
    walk(clock, "2026-06-01", "2026-06-08")
    clock.set("2026-06-09T09:00")
    second = did(at, who, "root_canal", "session", tooth=36, tooth_left="temporary", came=True)
    assert second.episode_id == first.episode_id
    # the visit came, so nothing of the first session is said any more
    assert ended(contact_of(first, "E3A", "nudge")) == "stopped:came"
    assert walk(clock, "2026-06-10", "2026-06-24") == table("""
        10/06 E1  ask       sent:ask
        11/06 E3A invite    sent:revisit
        12/06 E2A ask       sent:ask
        20/06 E3A nudge     sent:revisit
        22/06 E3A clinician task:dentist_decides
        23/06 E3A call      task:not_booked
    """)


def contact_of(row: Any, step: str, kind: str) -> Contact:
    return Contact.objects.get(enrolment__treatment=row, step__key=step, kind=kind, cycle=0)


def test_a_session_that_was_a_mistake_gives_back_what_it_ended(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    first = did(at, who, "root_canal", "session", tooth=36, tooth_left="temporary")
    clock.set("2026-06-02T15:00")
    second = did(at, who, "root_canal", "session", tooth=36, tooth_left="temporary")
    assert ended(contact_of(first, "E2A", "ask")) == "stopped:treated_again"
    treatments.void(second, reason="nhầm khách", by=at.dentist)
    assert ended(contact_of(first, "E2A", "ask")) == "waiting"
    assert ended(contact_of(second, "E2A", "ask")) == "stopped:treatment_voided"
    assert Enrolment.objects.get(treatment=first).state == "running"


def test_signed_late_only_what_is_valid_now_is_said(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    clock.set("2026-06-13T18:00")  # done on the 1st: after the second invitation, before the call
    did(
        at, who, "root_canal", "obturation",
        tooth=36, tooth_left="temporary", done="2026-06-01T10:00",
    )  # fmt: skip
    missed = Contact.objects.filter(decision__reason="signed_late")
    assert sorted(f"{row.step.key} {row.kind}" for row in missed if row.step) == [
        "E1 ask", "E2B ask", "E3B invite",
    ]  # fmt: skip
    gate.decide_due()
    assert ended(contact(who, "E3B", "nudge")) == "sent:revisit"
    assert ended(contact(who, "E4", "invite")) == "waiting"


def test_an_earlier_session_that_is_signed_late_begins_nothing(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    clock.set("2026-06-09T10:00")
    later = did(at, who, "root_canal", "obturation", tooth=36)
    did(at, who, "root_canal", "session", tooth=36, tooth_left="open", done="2026-06-01T10:00")
    assert [row.treatment for row in Enrolment.objects.all()] == [later]


def test_fine_after_the_first_day_skips_day_three_only_when_filled(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "root_canal", "obturation", tooth=36)
    walk(clock, "2026-06-01", "2026-06-02")
    answers.answer(contact=contact(who, "E1"), choice="fine")
    assert "04/06 E2B ask stopped:was_fine" in walk(clock, "2026-06-03", "2026-06-04")
    other = patient(at, "Lê Thị Thu", "0912345999")
    clock.set("2026-06-10T10:00")
    did(at, other, "root_canal", "session", tooth=46, tooth_left="open")
    walk(clock, "2026-06-11", "2026-06-11")
    answers.answer(contact=contact(other, "E1"), choice="fine")
    assert "13/06 E2A ask sent:ask" in walk(clock, "2026-06-12", "2026-06-13")


@pytest.mark.parametrize(("pain", "tiers"), [(6, []), (7, ["R2"]), (10, ["R2"])])
def test_pain_from_seven_on_is_for_the_dentist(clock: Any, pain: int, tiers: list[str]) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "root_canal", "session", tooth=36, tooth_left="open")
    walk(clock, "2026-06-01", "2026-06-04")
    answers.answer(contact=contact(who, "E2A"), choice="uneasy", pain=pain)
    assert [task.tier for task in Task.objects.filter(kind="danger")] == tiers


def test_pain_is_answered_where_it_is_asked_and_up_to_ten(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "root_canal", "session", tooth=36, tooth_left="open")
    walk(clock, "2026-06-01", "2026-06-04")
    for step, pain in (("E1", 3), ("E2A", 11)):
        with pytest.raises(NotPossible):
            answers.answer(contact=contact(who, step), choice="fine", pain=pain)


def test_she_answers_the_scale_on_her_phone(clock: Any, client_for: Callable[..., Client]) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "root_canal", "session", tooth=36, tooth_left="open")
    walk(clock, "2026-06-01", "2026-06-04")
    asked = contact(who, "E2A")
    phone = client_for("dentist")
    page = "/k/" + links.url_for(asked.uid, patient_id=who.pk).rsplit("/k/", 1)[1]
    text = phone.get(page).content.decode()
    assert 'name="pain" value="10"' in text
    assert "0 là không đau" in text
    refused = phone.post(f"{page}answer/", {"choice": "uneasy"})
    assert refused.status_code == 422
    assert "Anh/chị chọn giúp em một số từ 0 đến 10." in refused.content.decode()
    phone.post(f"{page}answer/", {"choice": "uneasy", "pain": "8"})
    saved = answers.latest(asked)
    assert saved is not None
    assert saved.pain == 8
    thread = phone.get(f"/patients/{who.uid}/timeline/?all=1").content.decode()
    assert "đau 8/10" in thread


def test_restored_nobody_asks_to_restore(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "root_canal", "obturation", tooth=36, tooth_left="temporary")
    clock.set("2026-06-10T10:00")
    treat(at, who, at.filling, tooth=37)  # another tooth
    assert "15/06 E4 invite sent:revisit" in walk(clock, "2026-06-11", "2026-06-16")
    clock.set("2026-06-17T10:00")
    treat(at, who, at.filling, tooth=36)
    assert "29/06 E4 call stopped:restored" in walk(clock, "2026-06-18", "2026-06-30")


def test_booked_for_the_filling_the_call_waits(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "root_canal", "obturation", tooth=36)
    walk(clock, "2026-06-01", "2026-06-20")
    appointments.book(
        patient=who,
        branch=at.branch,
        start=product_clock.parse("2026-07-01T09:00"),
        purpose="restoration",
    )
    walk(clock, "2026-06-21", "2026-06-29")
    assert ended(contact(who, "E4", "call")) == "waiting:booked"


def test_the_half_year_check_rides_on_another_one(clock: Any) -> None:
    at = clinic_of()
    who, alone = patient(at), patient(at, "Lê Thị Thu", "0912345999")
    did(at, who, "root_canal", "obturation", tooth=36)
    did(at, alone, "root_canal", "obturation", tooth=36)
    clock.set("2026-06-10T10:00")
    treat(at, who, at.filling, tooth=36)  # its own check-up is due on 10 December
    walk(clock, "2026-11-26", "2026-11-26")
    assert ended(contact(who, "E5", "invite")) == "stopped:rides_along"
    assert ended(contact(alone, "E5", "invite")) == "sent:recall"
    assert not Contact.objects.filter(step__key="E5").exclude(kind="invite").exists()


def test_healing_is_looked_at_every_year_up_to_four(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "root_canal", "obturation", tooth=36)
    first = contact(who, "E6", "invite")
    assert local(first.due_at) == "27/05 09:30"  # due 1 June 2027
    for year in (2027, 2028, 2029, 2030, 2031):
        # the call comes 4 days after due + 60 days: 4 August
        walk(clock, f"{year}-05-27", f"{year}-05-28")
        walk(clock, f"{year}-08-01", f"{year}-08-05")
    rounds = Contact.objects.filter(step__key="E6", kind="call").order_by("cycle")
    assert [row.cycle for row in rounds] == [0, 1, 2, 3]
    assert {ended(row) for row in rounds} == {"task:not_booked"}


def test_once_healed_is_recorded_nothing_more_is_asked(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "root_canal", "obturation", tooth=36)
    clock.set("2027-05-20T10:00")
    did(at, who, "root_canal", "control", tooth=36, healed=True, came=True)
    assert Enrolment.objects.count() == 1  # a control begins nothing
    walk(clock, "2027-05-27", "2027-05-27")
    assert ended(contact(who, "E6", "invite")) == "stopped:healed"
    walk(clock, "2027-08-04", "2027-08-05")
    assert not Contact.objects.filter(step__key="E6", cycle=1).exists()


def test_the_preview_knows_the_step(clock: Any, client_for: Callable[..., Client]) -> None:
    at = clinic_of()
    who = patient(at)
    service = Service.objects.get(code="root_canal")
    asked = f"/care/preview/?patient={who.uid}&service={service.uid}&done_at=2026-06-01T08:00"
    dentist = client_for("dentist", branches=[at.branch])
    session = dentist.get(f"{asked}&stage=session&tooth_left=open").content.decode()
    assert "buổi điều trị tủy tiếp theo" in session
    assert "trám hoặc bọc răng" not in session
    filled = dentist.get(f"{asked}&stage=obturation").content.decode()
    assert "trám hoặc bọc răng sau điều trị tủy" in filled
    assert "buổi điều trị tủy tiếp theo" not in filled
