"""Alerts: one at a time, closed with their cause, seen by who must act, told once."""

from __future__ import annotations

import datetime as dt
import re
import smtplib
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from clinics import alert_letters, alerts, due
from clinics import clock as product_clock
from clinics import staff as people
from clinics.models import Alert, Branch, ChangeEvent, Role, Staff
from clinics.public import places
from clinics.registry.models import DueHint
from tests.clinics.alerting import KIND, Roof, roof

__all__ = ["roof"]
pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def home(clinic: Any, clock: Any) -> Branch:
    return places.open_branch(code="q3", name="Quận 3", hotline="+842873006868")


@pytest.fixture
def away(home: Branch) -> Branch:
    return places.open_branch(code="td", name="Thủ Đức", hotline="+842873006869")


def hired(role: Role, *branches: Branch, email: str = "") -> Staff:
    return people.hire(
        username=uuid.uuid4().hex[:8], password=None, full_name=f"Test {role}", role=role,
        branches=branches, email=f"{email or role}@an-tam.vn",
    )  # fmt: skip


def letters() -> list[tuple[list[str], str]]:
    return sorted((each.to, str(each.subject)) for each in mail.outbox)


def look() -> None:
    alert_letters.work_off()


def test_an_alert_stands_once_and_ends_with_its_cause(home: Branch, roof: Roof) -> None:
    roof.leaks("1")
    roof.leaks("2")
    look()
    look()
    assert sorted(Alert.objects.values_list("subject", flat=True)) == ["1", "2"]
    assert roof.told == [set(), {(KIND, "1"), (KIND, "2")}]
    roof.causes.pop()
    look()
    assert Alert.objects.get(closed_at__isnull=True).subject == "1"
    roof.leaks("2")  # again: another alert, the old one stays as it was
    look()
    assert Alert.objects.filter(subject="2").count() == 2
    assert alerts.close(KIND, "1") and not alerts.close(KIND, "1")


def test_the_database_keeps_the_rules(home: Branch, roof: Roof) -> None:
    roof.leaks()
    look()
    row = Alert.objects.get()
    broken: tuple[dict[str, Any], ...] = (
        {"level": "loud"},
        {"taken_at": product_clock.now()},
        {"closed_at": product_clock.now(), "due_at": product_clock.now()},
    )
    for change in broken:
        with pytest.raises(IntegrityError), transaction.atomic():
            Alert.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(
            kind=KIND, subject="1", level="warning", permission="x", opened_at=row.opened_at
        )


def test_what_is_raised_while_rows_are_read_is_not_closed_by_that_look(
    home: Branch, roof: Roof, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_standing: object) -> list[alerts.Cause]:
        alerts.raise_for(alerts.Cause(KIND, "9", "settings.write"))
        return []

    alerts.settle(alerts.Source(roof.source.kinds, meanwhile, lambda: None))
    assert Alert.objects.get().closed_at is None


def test_opening_and_closing_stand_in_the_trail(home: Branch, roof: Roof) -> None:
    roof.leaks()
    due.leave("an_tam", "alert", product_clock.now())
    due.work_off("an_tam")
    roof.causes.clear()
    alerts.wake()
    due.work_off("an_tam")
    found = ChangeEvent.objects.filter(kind="clinics_alert").order_by("id")
    assert [row.deed for row in found][:1] == ["insert"]
    closing = found[len(found) - 1]
    assert (closing.deed, closing.source) == ("update", "task")
    assert "closed_at" in closing.fields


def test_a_row_leaves_the_hint_that_its_letter_waits(home: Branch, roof: Roof, clock: Any) -> None:
    with schema_context("public"):
        DueHint.objects.all().delete()
    clock.set("2026-06-01T21:00")
    roof.leaks()
    look()
    morning = product_clock.parse("2026-06-02T08:00")
    assert alert_letters.next_due() == morning
    hints = DueHint.objects.filter(schema="an_tam", kind="alert")
    assert list(hints.values_list("due_at", flat=True)) == [morning]
    roof.later = product_clock.now() + HOUR
    assert alert_letters.next_due() == roof.later


# letters


def test_a_warning_is_told_once_and_by_day(home: Branch, roof: Roof, clock: Any) -> None:
    hired(Role.OWNER)
    hired(Role.MANAGER)
    hired(Role.RECEPTION, home)
    clock.set("2026-06-01T20:00")
    roof.leaks("1")
    roof.leaks("2")
    look()
    assert letters() == []
    clock.set("2026-06-02T07:59")
    look()
    assert letters() == []
    clock.set("2026-06-02T08:00")
    look()
    look()
    subject = "Nha khoa An Tâm: Mái dột 1"
    assert letters() == [(["manager@an-tam.vn"], subject), (["owner@an-tam.vn"], subject)]
    body = mail.outbox[0].body
    assert "Mái dột 2" in body and "Nước vào phòng chờ." in body
    assert "http://an-tam.localhost" in body and "/roof/1/" in body


def test_what_is_over_before_its_letter_or_taken_is_not_told(
    home: Branch, roof: Roof, clock: Any
) -> None:
    owner = hired(Role.OWNER)
    clock.set("2026-06-01T23:00")
    roof.leaks("1")
    roof.leaks("2")
    look()
    del roof.causes[0]
    alerts.take(Alert.objects.get(subject="2"), by=owner)
    clock.set("2026-06-02T09:00")
    look()
    assert letters() == []


def test_an_urgent_one_at_night_goes_to_the_desk_and_later_to_the_managers(
    home: Branch, away: Branch, roof: Roof, clock: Any
) -> None:
    clock.set("2026-06-01T23:00")
    hired(Role.OWNER)
    hired(Role.BRANCH_MANAGER, home)
    hired(Role.BRANCH_MANAGER, away, email="other_manager")
    hired(Role.RECEPTION, home)
    hired(Role.RECEPTION, away, email="other_desk")
    hired(Role.CARE)
    hired(Role.DENTIST, home)
    until = product_clock.now() + HOUR
    roof.leaks(permission="inbox.answer", urgent=True, act_by=until, branches=frozenset({home.pk}))
    look()
    first = "Gấp, Nha khoa An Tâm: Mái dột 1"
    assert letters() == [(["care@an-tam.vn"], first), (["reception@an-tam.vn"], first)]
    assert abs((alert_letters.next_due() or until) - until) < dt.timedelta(seconds=1)
    clock.set(until - dt.timedelta(minutes=1))
    look()
    assert len(letters()) == 2
    clock.set(until)
    mail.outbox.clear()
    look()
    look()
    assert letters() == [(["branch_manager@an-tam.vn"], first), (["owner@an-tam.vn"], first)]
    assert "quá giờ mà chưa ai nhận" in mail.outbox[0].body
    assert Alert.objects.get().escalated_at is not None


def test_one_that_was_taken_in_time_is_not_passed_on_until_it_becomes_worse(
    home: Branch, roof: Roof, clock: Any
) -> None:
    hired(Role.OWNER)
    desk = hired(Role.RECEPTION, home)
    roof.leaks(permission="inbox.answer", urgent=True, act_by=product_clock.now() + 24 * HOUR)
    look()
    alerts.take(Alert.objects.get(), by=desk)
    clock.advance(hours=25)
    look()
    assert len(letters()) == 1
    worse = product_clock.now() - 2 * HOUR  # nearer than what she took
    roof.causes.clear()
    roof.leaks(permission="inbox.answer", urgent=True, act_by=worse)
    look()
    row = Alert.objects.get()
    assert row.taken_by is None
    assert [to for to, _subject in letters()] == [
        ["owner@an-tam.vn"], ["reception@an-tam.vn"], ["reception@an-tam.vn"],
    ]  # fmt: skip


def test_a_letter_no_server_took_is_tried_again_for_a_day(
    home: Branch, roof: Roof, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hired(Role.OWNER)
    tried: list[object] = []

    def refuse(*_arguments: object, **_more: object) -> int:
        tried.append(1)
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", refuse)
        roof.leaks()
        look()
        look()
        assert len(tried) == 1
        clock.advance(minutes=16)
        look()
        assert len(tried) == 2
    clock.advance(minutes=16)
    look()
    assert len(letters()) == 1
    clock.advance(minutes=16)
    look()
    assert len(letters()) == 1


def test_who_has_no_address_is_not_written_to(home: Branch, roof: Roof) -> None:
    people.hire(
        username="desk", password=None, full_name="Lan", role=Role.RECEPTION, branches=[home]
    )
    hired(Role.OWNER)
    roof.leaks(permission="inbox.answer", urgent=True)
    look()
    assert [to for to, _subject in letters()] == [["owner@an-tam.vn"]]


# pages


def subjects(body: str) -> list[str]:
    return [subject for subject in ("1", "2", "3") if f"Mái dột {subject}" in body]


def badge(body: str) -> int:
    """What the rail says beside the tasks."""
    rail = body.split('class="tk-rail"', 1)[1]
    entry = rail.split('href="/tasks/"', 1)[1].split("</a>", 1)[0]
    found = re.search(r'tk-count">(\d+)<', entry)
    return int(found[1]) if found else 0


def opened(client: Client, path: str = "/tasks/") -> str:
    return client.get(path).content.decode()


def test_who_must_act_sees_it_and_nobody_else(
    home: Branch, away: Branch, roof: Roof, client_for: Clients
) -> None:
    roof.leaks("1", "inbox.answer", branches=frozenset({home.pk}))
    roof.leaks("2", "inbox.answer")
    roof.leaks("3", "settings.write")
    look()
    wanted = {
        ("owner", None): ["1", "2", "3"],
        ("manager", None): ["1", "2", "3"],
        ("care", None): ["1", "2"],
        ("reception", home): ["1", "2"],
        ("reception", away): ["2"],
        ("branch_manager", away): ["2"],
        ("dentist", home): [],
    }
    for (role, branch), found in wanted.items():
        body = opened(client_for(role, branches=[branch] if branch else []))
        assert (subjects(body), badge(body)) == (found, len(found)), (role, branch)
    owner = client_for("owner")
    assert subjects(opened(owner, f"/tasks/?branch={away.uid}")) == ["2", "3"]
    assert subjects(opened(owner, f"/alerts/?branch={home.uid}")) == ["1", "2", "3"]
    assert client_for("marketing", branches=[home]).get("/alerts/").status_code == 403


def test_taking_one_on(
    home: Branch, away: Branch, roof: Roof, client_for: Clients, other_clinic: Any
) -> None:
    roof.leaks(
        "1", "inbox.answer", branches=frozenset({home.pk}), act_by=product_clock.now() + HOUR
    )
    look()
    row = Alert.objects.get()
    path = f"/alerts/{row.uid}/take/"
    assert client_for("reception", branches=[away]).post(path).status_code == 404
    assert client_for("dentist", branches=[home]).post(path).status_code == 404
    assert client_for("marketing", branches=[home]).post(path).status_code == 403
    desk, other = (client_for("reception", branches=[home]) for _ in range(2))
    assert desk.get(path).status_code == 405
    assert "Tôi lo việc này" in opened(desk)
    answer = desk.post(path, headers={"HX-Request": "true"}).content.decode()
    assert "bạn đang lo" in answer and "Tôi lo việc này" not in answer
    row.refresh_from_db()
    first = row.taken_at
    assert (row.taken_by, row.due_at) == (desk.staff, None)  # type: ignore[attr-defined]
    assert desk.post(path).status_code == 302
    row.refresh_from_db()
    assert row.taken_at == first
    assert badge(opened(desk)) == 0
    assert "đang lo" in opened(other)
    other.post(path)
    row.refresh_from_db()
    assert row.taken_by == other.staff  # type: ignore[attr-defined]
    alerts.close(KIND, "1")
    assert desk.post(path).status_code == 404
    with schema_context(other_clinic.schema_name):
        theirs = alerts.raise_for(alerts.Cause(KIND, "1", "inbox.answer"))
    assert client_for("owner").post(f"/alerts/{theirs.uid}/take/").status_code == 404


def test_fifty_cost_as_many_statements_as_one(
    home: Branch, roof: Roof, client_for: Clients
) -> None:
    owner = client_for("owner")

    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            owner.get(path)
        return len(seen)

    pages = ("/tasks/", "/alerts/", "/patients/", "/numbers/")
    for path in pages:  # what is remembered between two looks is warm
        owner.get(path)
    none = [statements(path) for path in pages]
    for number in range(50):
        roof.leaks(str(number), branches=frozenset({home.pk}))
        if number in (0, 49):
            look()
            assert [statements(path) for path in pages] == none, number


def test_the_managers_first_screen_names_the_urgent_one_first(
    home: Branch, away: Branch, roof: Roof, client_for: Clients
) -> None:
    owner, lead = client_for("owner"), client_for("branch_manager", branches=[away])
    roof.leaks("1", "settings.write")
    roof.leaks("2", "inbox.answer", urgent=True, branches=frozenset({home.pk}))
    look()

    def three(client: Client) -> str:
        body = client.get("/numbers/").content.decode()
        return body[body.index("tk-three") :].split("</section>", 1)[0]

    both = three(owner)
    assert both.index("Mái dột 2") < both.index("Mái dột 1")
    assert 'href="/roof/2/"' in both and "Xem mái" in both
    assert "Mái dột" not in three(lead)
    roof.leaks("3", "settings.write")
    look()
    assert "Lo 2 việc của phòng khám" in three(owner)
    alerts.take(Alert.objects.get(subject="2"), by=owner.staff)  # type: ignore[attr-defined]
    assert "Mái dột 2" not in three(owner)
