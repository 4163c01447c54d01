"""The dentist moves a wanted visit to another month (docs/protocols.md, I5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from followup import enrolments, gate
from followup.models import Contact
from patients.public import NotPossible
from tests.followup.records import House, ended, house, local, patient, treat

pytestmark = pytest.mark.usefixtures("clinic")
ClientFor = Callable[..., Client]


def rows(step: str, cycle: int) -> dict[str, Contact]:
    found = Contact.objects.filter(step__key=step, cycle=cycle)
    return {row.kind: row for row in found}


def implanted() -> tuple[House, Contact]:
    at = house()
    treat(at, patient(at), at.implant)  # 1 June, 08:00
    return at, rows("I5", 0)["invite"]


def test_the_next_stage_moves_with_its_window(clock: Any) -> None:
    _at, invite = implanted()
    assert (invite.window_from, invite.window_to) == (dt.date(2026, 8, 20), dt.date(2026, 9, 19))
    assert enrolments.move(invite, months=5) is True
    moved = rows("I5", 1)
    # two months of 30 days later, as wide as before; −5 days: 14 October
    assert (moved["invite"].window_from, moved["invite"].window_to) == (
        dt.date(2026, 10, 19),
        dt.date(2026, 11, 18),
    )
    assert local(moved["invite"].due_at) == "14/10 09:30"
    assert {ended(row) for row in rows("I5", 0).values()} == {"stopped:moved_by_dentist"}
    # said twice it stands where it stands; and back again is allowed
    assert enrolments.move(moved["invite"], months=5) is False
    assert enrolments.move(moved["invite"], months=3) is True
    assert rows("I5", 2)["invite"].window_from == dt.date(2026, 8, 20)


def test_invited_already_she_is_invited_anew_in_time(clock: Any) -> None:
    _at, invite = implanted()
    clock.set("2026-08-15T09:30")
    gate.decide_due()
    assert ended(rows("I5", 0)["invite"]) == "sent:revisit"
    enrolments.move(invite, months=4)
    assert ended(rows("I5", 0)["nudge"]) == "stopped:moved_by_dentist"
    clock.set("2026-09-14T09:30")
    gate.decide_due()
    assert ended(rows("I5", 1)["invite"]) == "sent:revisit"


def test_other_visits_and_other_months_are_refused(clock: Any) -> None:
    _at, invite = implanted()
    with pytest.raises(NotPossible):
        enrolments.move(rows("I4", 0)["invite"], months=4)
    with pytest.raises(NotPossible):
        enrolments.move(invite, months=7)
    enrolments.move(invite, months=4)
    with pytest.raises(NotPossible):  # pressed on a page of before
        enrolments.move(invite, months=6)


def test_the_dentist_moves_it_on_the_page(clock: Any, client_for: ClientFor) -> None:
    _at, invite = implanted()
    dentist = client_for("dentist")
    page = dentist.get(f"/patients/{invite.patient.uid}/timeline/").content.decode()
    assert "Hẹn lại tháng khác" in page
    assert "Tháng thứ 6" in page
    assert "Tháng thứ 3" not in page  # where it stands
    address = f"/patients/{invite.patient.uid}/wanted/{invite.uid}/"
    told = dentist.post(address, {"months": "6"}, follow=True).content.decode()
    assert "Đã dời sang tháng thứ 6 sau điều trị." in told
    assert "Lần khám này không còn chờ nữa." in (
        dentist.post(address, {"months": "4"}, follow=True).content.decode()
    )
    assert "không dời như vậy" in (
        dentist.post(address, {"months": "x"}, follow=True).content.decode()
    )
    assert "Hẹn lại" not in (
        client_for("reception").get(f"/patients/{invite.patient.uid}/timeline/").content.decode()
    )
