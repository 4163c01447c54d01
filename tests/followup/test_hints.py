"""Hints of the month (O5) by the clock, against tables written by hand from docs/protocols.md."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from followup import contacts, hints, phonepage, preview, protocols, timeline
from followup.models import Contact, Decision, ProtocolVersion
from messaging.public import Message, links
from patients.public import NotPossible, Patient, Purpose, basis, treatments
from tests.followup.courses import clinic_of, did, table, walk
from tests.followup.records import House, ended, local, patient
from tests.patients import pages

pytestmark = pytest.mark.usefixtures("clinic")
Clients = Callable[..., Client]

# Bonded on Monday 1 June 2026, adjusted on 6 July, 3 and 31 August: O5 is due on day 14 after each
# (15/06, 20/07, 17/08, 14/09), but never nearer than 30 days to the one before.
COURSE = table("""
    02/06 O1 ask    sent:ask
    04/06 O2 ask    sent:ask
    08/06 O3 ask    sent:ask
    15/06 O5 hint   sent:hint
    24/06 O4 invite sent:revisit
    20/07 O5 hint   sent:hint
    29/07 O4 invite sent:revisit
    19/08 O5 hint   sent:hint
    26/08 O4 invite sent:revisit
    18/09 O5 hint   sent:hint
    23/09 O4 invite sent:revisit
""")
ADJUSTED = ("2026-07-06", "2026-08-03", "2026-08-31")


@pytest.fixture
def at() -> House:
    """A clinic whose hints a dentist has switched on."""
    made = clinic_of()
    assert hints.switch("ortho", on=True, by=made.dentist)
    return made


def agree(who: Patient) -> None:
    basis.note(
        patient=who, purpose=Purpose.CONTENT, kind="consent", text_version=basis.CONTENT_TEXT
    )


def due() -> list[str]:
    rows = Contact.objects.filter(kind="hint", due_at__isnull=False).order_by("due_at")
    return [local(row.due_at) for row in rows]


def day_before(day: str) -> str:
    return (dt.date.fromisoformat(day) - dt.timedelta(days=1)).isoformat()


def test_120_days_of_a_course_with_its_adjustments(clock: Any, at: House) -> None:
    who = patient(at)
    agree(who)
    did(at, who, "ortho", "bonding", came=True)
    found, since = [], "2026-06-01"
    for day in ADJUSTED:
        found += walk(clock, since, day_before(day))
        clock.set(f"{day}T09:00")
        did(at, who, "ortho", "adjustment", came=True)
        since = day
    assert found + walk(clock, since, "2026-09-29") == COURSE
    said = Contact.objects.filter(kind="hint")
    assert [row.decision.end for row in said] == ["sent"] * 4
    assert Message.objects.filter(intent__in=said.values("uid"), purpose="content").count() == 4


def test_long_intervals_get_one_a_month_until_the_adjustment_is_over(at: House) -> None:
    who = patient(at)
    agree(who)
    did(at, who, "ortho", "bonding", revisit_weeks=12)  # wanted from day 84 to day 98
    assert due() == ["15/06 09:30", "15/07 09:30", "14/08 09:30"]


def test_short_intervals_have_theirs_halfway_and_not_on_the_day_of_a_question(at: House) -> None:
    who = patient(at)
    agree(who)
    did(at, who, "ortho", "bonding", revisit_weeks=2)  # day 7 is the day of O3
    assert due() == ["09/06 09:30"]


def test_off_until_a_dentist_switches_them_on(clock: Any) -> None:
    house = clinic_of()
    who = patient(house)
    agree(who)
    did(house, who, "ortho", "bonding", came=True)
    assert not Contact.objects.filter(kind="hint").exists()
    assert hints.switch("ortho", on=True, by=house.dentist)
    assert not hints.switch("ortho", on=True, by=house.dentist)  # pressed twice
    versions = ProtocolVersion.objects.filter(protocol__key="ortho").order_by("number")
    assert [(row.number, row.active) for row in versions] == [(1, False), (2, True)]
    assert not Contact.objects.filter(kind="hint").exists()  # she began on the version before
    clock.set("2026-07-06T09:00")
    did(house, who, "ortho", "adjustment", came=True)
    assert due() == ["20/07 09:30"]
    protocols.install(approved_by=house.dentist)  # done again it changes nothing
    assert versions.filter(active=True).get().number == 2


def test_switched_off_what_waits_is_not_said(clock: Any, at: House) -> None:
    who = patient(at)
    agree(who)
    did(at, who, "ortho", "bonding")
    assert hints.switch("ortho", on=False, by=at.dentist)
    row = Contact.objects.get(kind="hint")
    assert ended(row) == "stopped:hints_off"
    assert Contact.objects.filter(step__key="O4", due_at__isnull=False).count() == 4
    # given back by a later mistake, it is still off
    Decision.objects.filter(contact=row).delete()
    Contact.objects.filter(pk=row.pk).update(due_at=row.planned_for)
    assert walk(clock, "2026-06-15", "2026-06-15")[-1] == "15/06 O5 hint stopped:hints_off"


def test_a_plan_that_is_not_approved_or_has_none_is_not_switched(at: House) -> None:
    ProtocolVersion.objects.filter(protocol__key="ortho").update(active=False)
    with pytest.raises(NotPossible):
        hints.switch("ortho", on=False, by=at.dentist)


def test_without_consent_her_thread_says_once_why_there_are_none(clock: Any, at: House) -> None:
    who = patient(at)  # care messages only
    did(at, who, "ortho", "bonding", came=True)
    assert walk(clock, "2026-06-15", "2026-06-15")[-1] == "15/06 O5 hint stopped:no_content"
    for day in ADJUSTED[:2]:
        clock.set(f"{day}T09:00")
        did(at, who, "ortho", "adjustment", came=True)
    assert Contact.objects.filter(kind="hint").count() == 1
    told = [entry for entry in timeline.of(who, everything=True).past if entry.shape == "unsaid"]
    assert [str(entry.why) for entry in told if "gợi ý" in str(entry.why)] == [
        "Không gửi vì anh Hiếu chưa đồng ý nhận gợi ý: hỏi ở lần khám tới."
    ]
    agree(who)
    clock.set("2026-08-31T09:00")
    did(at, who, "ortho", "adjustment", came=True)
    assert walk(clock, "2026-08-31", "2026-09-14")[-1] == "14/09 O5 hint sent:hint"


def test_consent_is_asked_when_it_is_said(clock: Any, at: House) -> None:
    who = patient(at)
    agree(who)
    did(at, who, "ortho", "bonding")
    basis.refuse(patient=who, purpose=Purpose.CONTENT)
    assert walk(clock, "2026-06-15", "2026-06-15")[-1] == "15/06 O5 hint stopped:refused"


def test_who_wants_no_care_messages_may_still_want_hints(clock: Any, at: House) -> None:
    who = patient(at)
    agree(who)
    basis.refuse(patient=who, purpose=Purpose.CARE)
    did(at, who, "ortho", "bonding")
    assert walk(clock, "2026-06-01", "2026-06-15") == table("""
        02/06 O1 ask  stopped:refused
        04/06 O2 ask  stopped:refused
        08/06 O3 ask  stopped:refused
        15/06 O5 hint sent:hint
    """)


def test_signed_late_a_hint_whose_day_is_over_is_none(clock: Any, at: House) -> None:
    who = patient(at)
    agree(who)
    clock.set("2026-06-20T10:00")  # day 14 is over
    did(at, who, "ortho", "bonding", done="2026-06-01T09:00")
    assert due() == []
    assert not Contact.objects.filter(kind="hint").exists()


def test_a_finished_plan_has_no_more_hints(at: House) -> None:
    who = patient(at)
    agree(who)
    row = did(at, who, "ortho", "bonding")
    treatments.close_plan(row.episode, by=at.dentist)
    assert ended(Contact.objects.get(kind="hint")) == "stopped:plan_closed"


def test_the_preview_shows_them_to_who_agreed(clock: Any, at: House) -> None:
    who = patient(at)
    service = did(at, patient(at, "Lê An", "0912000001"), "ortho", "bonding").service

    def seen() -> list[str]:
        found = preview.of(
            patient=who, branch=at.branch, service=service, done_at=clock.now(),
            said=protocols.Said(stage="adjustment"),
        )  # fmt: skip
        return [local(one.at) for one in found or [] if one.icon == "lightbulb"]

    assert seen() == []
    agree(who)
    assert seen() == ["15/06 09:30"]


# what she reads, and where it is switched


def test_the_page_says_another_hint_each_time_and_stops_them(
    client_for: Clients, clock: Any, at: House
) -> None:
    who = patient(at)
    agree(who)
    did(at, who, "ortho", "bonding", revisit_weeks=12)
    walk(clock, "2026-06-15", "2026-06-15")
    walk(clock, "2026-07-15", "2026-07-15")
    first, second, third = Contact.objects.filter(kind="hint").order_by("planned_for")
    assert hints.tip_of(first)[0] == "Hai phút sau mỗi bữa ăn"
    assert hints.tip_of(second)[0] == "Bàn chải kẽ giữa các mắc cài"
    assert phonepage.seen(contacts.by_intent(first.uid) or first).page == "hint"
    link = links.url_for(second.uid, patient_id=who.pk)
    path = "/k/" + link.split("/k/")[1]
    client = client_for(None)
    assert "Bàn chải kẽ" in pages.text(client.get(path))
    for _twice in range(2):
        client.post(f"{path}stop/")
    assert "không gửi gợi ý cho anh nữa" in pages.text(client.get(path))
    rows = basis.history(who)
    assert [(row.kind, row.source) for row in rows if row.purpose == "content"] == [
        ("refusal", "patient"), ("consent", "desk"),
    ]  # fmt: skip
    assert walk(clock, "2026-08-14", "2026-08-14")[-1] == "14/08 O5 hint stopped:refused"
    assert ended(third) == "stopped:refused"


def test_a_dentist_switches_them_on_the_page(client_for: Clients) -> None:
    clinic_of()
    dentist = client_for("dentist")
    page = pages.text(dentist.get("/care/plans/"))
    assert page.count("Bật gợi ý") == 1  # braces alone have them
    address = "/care/plans/ortho/hints/"
    assert client_for("care").post(address, {"on": "1"}).status_code == 403
    assert dentist.post("/care/plans/implant/hints/", {"on": "1"}).status_code == 404
    assert dentist.post(address, {"on": "1"}).status_code == 302
    page = pages.text(dentist.get("/care/plans/"))
    assert "Tắt gợi ý" in page
    assert "mỗi tháng một lần từ ngày 14" in page


def test_the_desk_notes_her_consent_on_her_page(client_for: Clients, at: House) -> None:
    who = patient(at)
    client = client_for("reception", branches=[at.branch])
    assert "Gợi ý giữ răng" in pages.text(client.get(f"/patients/{who.uid}/"))
    assert not hints.agreed(who)
    said = {"purpose": "content", "channel": "zalo", "wish": "yes"}
    pages.press(client, f"/patients/{who.uid}/consent/", **said)
    assert hints.agreed(who)
    row = next(iter(basis.history(who)))
    assert (row.purpose, row.kind, row.text_version) == ("content", "consent", "content-2026-11")
