"""What a dentist says of one visit of a course: root canals and braces (docs/patients.md)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from clinics.public import Branch, Service, Staff
from clinics.registry.models import Clinic
from patients.public import (
    Appointment,
    Episode,
    Patient,
    Treatment,
    appointments,
    courses,
    treatments,
)
from tests.patients import pages, records

pytestmark = pytest.mark.django_db


@pytest.fixture
def canal(clinic: Clinic) -> Service:
    return records.service("root_canal", by_tooth=True, single_visit=False)


@pytest.fixture
def braces(clinic: Clinic) -> Service:
    return records.service("ortho", single_visit=False)


def seated(me: Client, who: Patient, service: Service, clock: Any) -> Appointment:
    mine: Any = me
    made = records.slot(who, "2026-06-01T09:30", dentist=mine.staff, service=service)
    clock.set("2026-06-01T09:32")
    appointments.check_in(made)
    appointments.seat(made)
    clock.set("2026-06-01T10:05")
    return made


def page_of(slot: Appointment) -> str:
    return f"/dentist/{slot.uid}/sign/"


def form(service: Service, **other: str) -> dict[str, str]:
    return {
        "service": str(service.uid),
        "tooth": "36" if service.by_tooth else "",
        "done_on": "01/06/2026",
        "done_time": "10:00",
        "agreed_value": "",
        **other,
    }


def note(who: Patient, by: Staff, service: Service, at: str, **more: Any) -> Treatment:
    return treatments.record(
        patient=who,
        service=service,
        dentist=by,
        done_at=records.at(at),
        branch=who.branch,
        tooth=36 if service.by_tooth else None,
        **more,
    )


def test_a_root_canal_is_signed_with_its_step(
    me: Client, home: Branch, canal: Service, clock: Any
) -> None:
    slot = seated(me, records.patient(home), canal, clock)
    page = pages.text(me.get(page_of(slot)))
    assert "Lần này là bước nào?" in page
    assert "Đã trám bít ống tủy" in page
    assert "Chỉnh lực" not in page
    refused = pages.press(me, page_of(slot), **form(canal))
    assert refused.status_code == 422
    assert "Chọn giúp lần này là bước nào." in pages.text(refused)
    assert not Treatment.objects.exists()
    said = form(canal, stage="session", tooth_left="open", healed="on", revisit_weeks="8")
    assert pages.press(me, page_of(slot), **said).status_code == 204
    made = Treatment.objects.get()
    # what belongs to another step is left out
    assert (made.stage, made.tooth_left, made.healed) == ("session", "open", False)
    assert made.revisit_weeks is None
    assert "một buổi, còn tiếp" in pages.text(me.get(page_of(slot)))


def test_the_form_asks_what_belongs_to_the_step(
    me: Client, home: Branch, canal: Service, clock: Any
) -> None:
    slot = seated(me, records.patient(home), canal, clock)
    asked = f"service={canal.uid}&was={canal.uid}&tooth=36"
    session = pages.text(pages.part(me, f"{page_of(slot)}?{asked}&stage=session"))
    assert "Răng được để lại thế nào" in session
    assert re.search(r'name="tooth_left"[^>]* value="temporary"[^>]*checked', session)
    assert "Đã lành" not in session
    assert "stage=session&amp;tooth_left=temporary" in session  # what the preview is asked
    control = pages.text(pages.part(me, f"{page_of(slot)}?{asked}&stage=control"))
    assert "Đã lành, thấy trên phim" in control
    assert "Răng được để lại thế nào" not in control


def test_a_step_noted_at_the_chair_is_signed_as_the_dentist_says(
    me: Client, home: Branch, canal: Service, clock: Any
) -> None:
    mine: Any = me
    slot = seated(me, records.patient(home), canal, clock)
    note(slot.patient, mine.staff, canal, "2026-06-01T10:00", appointment=slot)
    said = form(canal, stage="obturation", tooth_left="temporary")
    assert pages.press(me, page_of(slot), **said).status_code == 204
    made = Treatment.objects.get()
    assert (made.stage, made.tooth_left, made.status) == ("obturation", "temporary", "signed")


def test_braces_are_adjusted_while_their_plan_is_open(
    me: Client, home: Branch, braces: Service, clock: Any
) -> None:
    mine: Any = me
    who = records.patient(home)
    clock.set("2026-05-04T10:00")
    said = courses.Said(stage="bonding", revisit_weeks=8)
    treatments.sign(note(who, mine.staff, braces, "2026-05-04T09:00", said=said), by=mine.staff)
    slot = seated(me, who, braces, clock)
    page = pages.text(me.get(page_of(slot)))
    assert re.search(r'name="stage"[^>]* value="adjustment"[^>]*checked', page)
    assert '<option value="8" selected' in page
    done = pages.press(me, page_of(slot), **form(braces, stage="adjustment", revisit_weeks=""))
    assert done.status_code == 204
    made = Treatment.objects.latest("pk")
    assert treatments.weeks_of(made) == 8
    assert made.episode.treatment_set.count() == 2


def test_the_debond_ends_the_course_it_belongs_to(
    me: Client, home: Branch, braces: Service, clock: Any
) -> None:
    mine: Any = me
    who = records.patient(home)
    debond = records.service("ortho_debond", single_visit=True)
    clock.set("2026-06-01T10:00")
    bonded = note(who, mine.staff, braces, "2026-06-01T09:00", said=courses.Said(stage="bonding"))
    treatments.sign(bonded, by=mine.staff)
    clock.set("2026-06-02T10:00")
    end = note(who, mine.staff, debond, "2026-06-02T09:00")
    assert end.episode_id == bonded.episode_id
    treatments.sign(end, by=mine.staff)
    end.episode.refresh_from_db()
    assert end.episode.closed_at is not None
    treatments.void(end, reason="nhầm", by=mine.staff)
    end.episode.refresh_from_db()
    assert Episode.objects.get().closed_at is None
    assert Episode.objects.get().closed_by is None


def test_a_tooth_that_is_named_opens_no_second_course_of_braces(
    me: Client, home: Branch, braces: Service, clock: Any
) -> None:
    mine: Any = me
    who = records.patient(home)
    clock.set("2026-06-01T10:00")
    first = note(who, mine.staff, braces, "2026-06-01T09:00", said=courses.Said(stage="bonding"))
    clock.set("2026-07-01T10:00")
    again = treatments.record(
        patient=who, service=braces, dentist=mine.staff, branch=home, tooth=36,
        done_at=records.at("2026-07-01T09:00"), said=courses.Said(stage="adjustment"),
    )  # fmt: skip
    assert again.episode_id == first.episode_id


def test_only_a_step_of_its_own_course_is_taken(
    me: Client, home: Branch, canal: Service, braces: Service, clock: Any
) -> None:
    mine: Any = me
    who = records.patient(home)
    clock.set("2026-06-01T10:00")
    with pytest.raises(ValidationError, match="stage"):
        note(who, mine.staff, canal, "2026-06-01T09:00", said=courses.Said(stage="bonding"))
    said = courses.Said(stage="bonding", revisit_weeks=13)
    with pytest.raises(ValidationError, match="revisit_weeks"):
        note(who, mine.staff, braces, "2026-06-01T09:00", said=said)
    row = note(who, mine.staff, canal, "2026-06-01T09:00", said=courses.Said(stage="session"))
    for wrong in ({"healed": True}, {"revisit_weeks": 1}, {"stage": "", "tooth_left": "open"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Treatment.objects.filter(pk=row.pk).update(**wrong)


def test_a_course_of_braces_says_how_far_it_is(
    me: Client, home: Branch, braces: Service, clock: Any
) -> None:
    who = records.patient(home)
    slot = seated(me, who, braces, clock)
    page = pages.text(me.get(page_of(slot)))
    assert 'name="planned_months"' in page
    done = pages.press(me, page_of(slot), **form(braces, stage="bonding", planned_months="24"))
    assert done.status_code == 204
    made = Treatment.objects.latest("pk")
    for day, month in (("2026-06-30", 1), ("2026-07-01", 2), ("2026-12-01", 7), ("2028-08-31", 27)):
        clock.set(f"{day}T10:00")
        assert treatments.progress_of(made.episode) == courses.Progress(month, 24)
    clock.set("2026-12-01T10:00")
    assert "tháng 7/24" in pages.text(me.get(f"/patients/{who.uid}/"))


def test_only_braces_that_are_put_on_have_a_length(
    me: Client, home: Branch, braces: Service, clock: Any
) -> None:
    mine: Any = me
    who = records.patient(home)
    clock.set("2026-06-15T10:00")
    said = courses.Said(stage="bonding", planned_months=61)
    with pytest.raises(ValidationError, match="planned_months"):
        note(who, mine.staff, braces, "2026-06-15T09:00", said=said)
    said = courses.Said(stage="adjustment", planned_months=12)
    made = note(who, mine.staff, braces, "2026-06-15T09:00", said=said)
    assert made.planned_months is None
    assert treatments.progress_of(made.episode) is None
