"""Braces and retainers by the clock, against tables written by hand from docs/protocols.md."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinics import clock as product_clock
from followup import contacts, phonepage
from followup.models import Contact, Enrolment, Task
from followup.public import answers
from patients.public import Visit, appointments, courses, treatments
from tests.followup.courses import clinic_of, did, table, walk
from tests.followup.records import contact, ended, local, patient

pytestmark = pytest.mark.usefixtures("clinic")

# Bonded on Monday 1 June 2026; O4 is wanted from day 28 (29 June) to day 42 (13 July).
SILENT = table("""
    02/06 O1 ask       sent:ask
    04/06 O2 ask       sent:ask
    08/06 O3 ask       sent:ask
    24/06 O4 invite    sent:revisit
    20/07 O4 nudge     sent:revisit
    27/07 O4 call      task:not_booked
    24/08 O4 clinician task:dentist_decides
""")
# Debond on 1 June: months 1 and 3 fall into the first 120 days.
RETAINER = table("""
    02/06 O6A  ask    sent:ask
    08/06 O6B  ask    sent:ask
    26/06 O7M1 invite sent:recall
    09/07 O7M1 nudge  sent:recall
    27/08 O7M3 invite sent:recall
    16/09 O7M3 nudge  sent:recall
""")


def window(row: Contact) -> tuple[dt.date | None, dt.date | None]:
    return row.window_from, row.window_to


def latest(kind: str = "invite") -> Contact:
    return Contact.objects.filter(step__key="O4", kind=kind).latest("pk")


def test_120_days_after_bonding_when_nobody_comes(clock: Any) -> None:
    at = clinic_of()
    did(at, patient(at), "ortho", "bonding")
    assert walk(clock, "2026-06-01", "2026-09-29") == SILENT
    call, clinician = Task.objects.order_by("opened_at")
    assert (call.role, clinician.role) == ("reception", "dentist")
    assert clinician.assignee == at.dentist


def test_fine_on_the_first_day_skips_the_third(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "ortho", "bonding")
    walk(clock, "2026-06-01", "2026-06-02")
    answers.answer(contact=contact(who, "O1"), choice="fine")
    assert walk(clock, "2026-06-03", "2026-06-08") == table("""
        04/06 O2 ask stopped:was_fine
        08/06 O3 ask sent:ask
    """)


def test_every_adjustment_wants_the_next_one_until_the_debond(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    first = did(at, who, "ortho", "bonding", came=True)
    clock.set("2026-07-06T09:00")
    second = did(at, who, "ortho", "adjustment", came=True)
    assert second.episode_id == first.episode_id
    assert window(latest()) == (dt.date(2026, 8, 3), dt.date(2026, 8, 17))
    # nothing is asked after an adjustment, and the first window is over
    assert walk(clock, "2026-07-07", "2026-08-02") == table("29/07 O4 invite sent:revisit")
    clock.set("2026-08-10T09:00")
    did(at, who, "ortho", "adjustment", came=True)
    assert window(latest()) == (dt.date(2026, 9, 7), dt.date(2026, 9, 21))
    clock.set("2026-09-10T09:00")
    end = did(at, who, "ortho_debond", came=True)
    end.episode.refresh_from_db()
    assert end.episode_id == first.episode_id
    assert end.episode.closed_at is not None
    assert not Contact.objects.filter(step__key="O4", due_at__isnull=False).exists()
    assert Enrolment.objects.get(treatment=end).version.protocol.key == "ortho_debond"
    # four visits of one plan: the first opened it, none of the others is a return
    visits = Visit.objects.order_by("on_date").values_list("is_return", flat=True)
    assert list(visits) == [True, False, False, False]


def test_the_dentists_own_weeks_hold_until_she_says_others(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "ortho", "bonding", revisit_weeks=8)
    assert window(latest()) == (dt.date(2026, 7, 27), dt.date(2026, 8, 10))
    clock.set("2026-07-28T09:00")
    did(at, who, "ortho", "adjustment")  # not said again: 8 weeks as before
    assert window(latest()) == (dt.date(2026, 9, 22), dt.date(2026, 10, 6))
    clock.set("2026-09-22T09:00")
    did(at, who, "ortho", "adjustment", revisit_weeks=6)
    assert window(latest()) == (dt.date(2026, 11, 3), dt.date(2026, 11, 17))


def test_booked_late_but_booked_nobody_calls(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "ortho", "bonding")
    walk(clock, "2026-06-01", "2026-07-21")
    appointments.book(
        patient=who, branch=at.branch, start=product_clock.parse("2026-08-20T09:00"),
        purpose="adjustment",
    )  # fmt: skip
    walk(clock, "2026-07-22", "2026-07-27")
    assert ended(latest("call")) == "waiting:booked"


def test_an_adjustment_signed_late(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "ortho", "bonding")
    clock.set("2026-09-01T10:00")  # done on 6 July: wanted until 17 August, the call is due
    did(at, who, "ortho", "adjustment", done="2026-07-06T09:00")
    assert ended(latest("invite")) == "stopped:signed_late"
    assert ended(latest("nudge")) == "stopped:signed_late"
    assert local(latest("call").due_at) == "01/09 10:00"
    assert local(latest("clinician").due_at) == "28/09 09:30"


def test_a_finished_plan_wants_no_adjustment(clock: Any) -> None:
    at = clinic_of()
    row = did(at, patient(at), "ortho", "bonding")
    treatments.close_plan(row.episode, by=at.dentist)
    assert ended(latest()) == "stopped:plan_closed"
    assert ended(Contact.objects.get(step__key="O3")) == "waiting"


def test_a_debond_that_was_a_mistake_opens_the_plan_again(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    first = did(at, who, "ortho", "bonding")
    clock.set("2026-06-03T09:00")
    end = did(at, who, "ortho_debond")
    treatments.void(end, reason="nhầm khách", by=at.dentist)
    first.episode.refresh_from_db()
    assert first.episode.closed_at is None
    assert ended(latest()) == "waiting"
    assert ended(contact(who, "O6A")) == "stopped:treatment_voided"


def test_120_days_after_the_debond(clock: Any) -> None:
    at = clinic_of()
    did(at, patient(at), "ortho_debond")
    assert walk(clock, "2026-06-01", "2026-09-29") == RETAINER
    # months 6 and 12, then every year
    assert local(Contact.objects.get(step__key="O7M6", kind="invite").due_at) == "26/11 09:30"
    yearly = Contact.objects.get(step__key="O7", kind="invite")
    assert yearly.window_from == dt.date(2027, 6, 1)
    walk(clock, "2027-05-27", "2027-05-28")
    walk(clock, "2027-07-16", "2027-07-18")
    again = Contact.objects.get(step__key="O7", kind="invite", cycle=1)
    assert again.window_from == dt.date(2028, 6, 1)
    assert not Contact.objects.filter(step__key="O7M1", cycle=1).exists()


def test_a_lost_retainer_is_for_the_dentist_today(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "ortho_debond")
    walk(clock, "2026-06-01", "2026-06-08")
    answers.answer(contact=contact(who, "O6B"), choice="uneasy", signs=["retainer"])
    assert Task.objects.get(kind="danger").tier == "R2"


def test_the_invitation_says_how_far_the_course_is(clock: Any) -> None:
    at = clinic_of()
    who = patient(at)
    did(at, who, "ortho", "bonding", came=True, planned_months=24)
    clock.set("2026-07-06T09:00")
    did(at, who, "ortho", "adjustment", came=True)
    walk(clock, "2026-07-07", "2026-08-02")
    page = phonepage.seen(contacts.by_intent(latest().uid) or latest())
    assert page.far == courses.Progress(3, 24)
    assert phonepage.seen(contact(who, "O1")).far is None
