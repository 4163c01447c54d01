"""What messaging alerts people of: each kind opens once, reads well, and ends with its cause."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinics import alert_letters, alerts
from clinics import clock as product_clock
from clinics.models import Alert, Branch, Role
from clinics.models import Staff as Person
from clinics.public import due, places, staff
from followup.public import Task
from messaging import alerting, followers, limits, registering, spending, standing, talks, templates
from messaging.models import Inbound, Message, MessageClass, ProviderAccount, Talk, Template
from messaging.models import TemplatePurpose as P
from messaging.providers import provider_of
from messaging.public import accounts
from tests.messaging.talking import HER, Zalo, zalo

__all__ = ["zalo"]
pytestmark = pytest.mark.django_db
BLEEDS = "máu chảy mãi không cầm được"
HOUR = dt.timedelta(hours=1)


def look() -> list[str]:
    """The kinds that stand after a look, and each in words that are complete."""
    alert_letters.work_off()
    return standing_now()


def standing_now() -> list[str]:
    rows = list(Alert.objects.filter(closed_at__isnull=True).order_by("id"))
    for row in rows:
        said = alerts.say(row)
        words = f"{said.title} {said.why} {said.button}"
        assert "%" not in words.replace("80 %", "") and said.href.startswith("/"), words
    return [row.kind for row in rows]


def owner() -> Person:
    return staff.hire(username="o", password=None, full_name="Chủ", role=Role.OWNER)


# a stranger's sign


def test_a_strangers_sign_stands_at_once_with_its_clock(zalo: Zalo) -> None:
    zalo.hears(BLEEDS)
    row = Alert.objects.get()
    assert (row.kind, row.level, row.permission) == (talks.STRANGER, "urgent", "inbox.answer")
    assert row.act_by is not None
    assert abs(row.act_by - row.opened_at - HOUR) < dt.timedelta(seconds=5)
    assert BLEEDS not in str(row.facts) and "máu" not in f"{alerts.say(row)}"
    assert alerts.say(row).href == f"/inbox/{Talk.objects.get().uid}/"
    act_by = row.act_by
    zalo.hears(BLEEDS)
    assert look() == [talks.STRANGER]
    row.refresh_from_db()
    assert row.act_by == act_by  # a second message gives nobody more time


@pytest.mark.parametrize(
    ("text", "hours"), [("chị bị sốt", 24), ("đau răng quá, giá bao nhiêu", None), ("đau", None)]
)
def test_how_soon_depends_on_the_sign(zalo: Zalo, text: str, hours: int | None) -> None:
    zalo.hears(text)
    tier = Talk.objects.get().alarm
    assert (tier == "R2") == (Alert.objects.count() == 1)
    if hours is not None:
        row = Alert.objects.get()
        assert row.act_by is not None
        assert round((row.act_by - row.opened_at) / HOUR) == hours


def test_a_worse_sign_takes_the_nearer_clock_and_nobody_has_taken_that(zalo: Zalo) -> None:
    zalo.hears("chị bị sốt")
    row = Alert.objects.get()
    alerts.take(row, by=owner())
    zalo.hears(BLEEDS)
    row.refresh_from_db()
    assert row.taken_by is None and row.act_by is not None
    assert row.act_by - product_clock.now() < HOUR


def test_a_patients_own_sign_is_a_task_and_no_alert(zalo: Zalo) -> None:
    zalo.patient()
    zalo.shares("84903418276")
    zalo.hears(BLEEDS)
    assert (look(), Task.objects.get().kind) == ([], "danger")


def test_an_answer_or_a_settled_conversation_ends_it(zalo: Zalo) -> None:
    zalo.hears(BLEEDS)
    talk = Talk.objects.get()
    talks.settle(talk)
    assert standing_now() == []
    zalo.hears(BLEEDS)
    assert standing_now() == [talks.STRANGER]
    heard = talks.Heard(zalo.account, HER, "x1", product_clock.now(), "Chị gọi ngay 115 giúp em")
    talks.said_elsewhere(talk, heard)
    assert (standing_now(), look()) == ([], [])


def test_who_she_is_makes_it_a_task_of_hers(zalo: Zalo) -> None:
    zalo.hears(BLEEDS)
    zalo.hears("alo")
    patient = zalo.patient()
    followers.join(followers.person(zalo.account, HER), patient, by=owner())
    assert look() == []
    task = Task.objects.get()
    assert (task.patient, task.kind, task.tier, task.why) == (patient, "danger", "R1", BLEEDS)


def test_a_look_finds_a_sign_that_nobody_alerted_of(zalo: Zalo) -> None:
    zalo.hears(BLEEDS)
    Alert.objects.all().delete()
    assert look() == [talks.STRANGER]


def test_the_desk_of_the_accounts_branches_sees_it(
    zalo: Zalo, client_for: Callable[..., Client]
) -> None:
    away = places.open_branch(code="td", name="Thủ Đức", hotline="+842873006869")
    zalo.account.branches.set([zalo.branch])
    zalo.hears(BLEEDS)
    wanted: list[tuple[str, Branch, bool]] = [
        ("reception", zalo.branch, True), ("reception", away, False),
        ("consultant", zalo.branch, True), ("dentist", zalo.branch, False),
        ("owner", away, True),
    ]  # fmt: skip
    for role, branch, seen in wanted:
        body = client_for(role, branches=[branch]).get("/tasks/").content.decode()
        assert ("Người chưa có hồ sơ nhắn" in body) == seen, (role, branch)


# accounts


def test_consent_that_ended(zalo: Zalo) -> None:
    standing.await_consent(zalo.account, code="-14014")
    due.work_off("an_tam")  # the verb woke the look
    row = Alert.objects.get(closed_at__isnull=True)
    assert (row.kind, row.level, row.permission) == (
        "account_authorise",
        "urgent",
        "settings.write",
    )
    assert alerts.say(row).title == "Cho phép lại Zalo An Tâm"
    assert alerts.say(row).href == f"/settings/channels/{zalo.account.uid}/"
    zalo.account.refresh_from_db()
    standing.authorised(zalo.account, {"access_token": "a"})
    due.work_off("an_tam")
    assert standing_now() == []


def test_an_account_somebody_is_just_connecting_is_no_alert(zalo: Zalo) -> None:
    standing.await_consent(zalo.account, code="new")
    assert look() == []


def test_a_long_pause_stands_until_a_message_gets_through(zalo: Zalo, clock: Any) -> None:
    def pause(**length: int) -> None:
        until = product_clock.now() + dt.timedelta(**length)
        standing.pause(zalo.account, code="-135", text="no money", until=until)

    pause(minutes=5)
    assert look() == []
    pause(minutes=60)
    assert look() == ["account_paused"]
    words = str(provider_of("zalo").words("-135"))
    assert words and alerts.say(Alert.objects.get()).why.lower().startswith(
        words.rstrip(".").lower()
    )
    clock.advance(minutes=90)  # it tries again, and nobody knows yet whether it works
    assert look() == ["account_paused"]
    zalo.account.refresh_from_db()
    standing.resume(zalo.account)
    assert look() == []
    assert Alert.objects.count() == 1


def test_an_account_switched_off_is_nobodys_matter(zalo: Zalo) -> None:
    standing.await_consent(zalo.account, code="-14014")
    assert look() == ["account_authorise"]
    accounts.switch(zalo.account, on=False, by=owner())
    due.work_off("an_tam")
    assert standing_now() == []
    assert alerting.again() is None


def test_a_token_that_could_not_be_renewed(zalo: Zalo, clock: Any) -> None:
    standing.authorised(zalo.account, {"access_token": "a"})
    clock.advance(hours=21)
    assert look() == []
    clock.advance(hours=2)
    assert look() == ["token_dying"]
    standing.authorised(zalo.account, {"access_token": "b"})
    assert look() == []


def sent(zalo: Zalo, **more: Any) -> Message:
    patient = zalo.patient()
    template = Template.objects.create(
        key="reminder", channel="zalo", account=zalo.account, body="x"
    )
    point = patient.patientcontactpoint_set.filter(contact_point__kind="phone")[0].contact_point
    now = product_clock.now()
    return Message.objects.create(
        intent="018f6f1c-2d3e-4a5b-8c7d-9e0f1a2b3c4e", uid="018f6f1c2d3e4a5b8c7d9e0f1a2b3c4d",
        patient=patient, branch=zalo.branch, contact_point=point, account=zalo.account,
        template=template, channel="zalo", purpose="care", state="accepted", queued_at=now,
        called_at=now, accepted_at=now, **more,
    )  # fmt: skip


def test_an_account_that_never_reports(zalo: Zalo, clock: Any) -> None:
    sent(zalo)
    clock.advance(hours=2)
    assert look() == []
    clock.advance(hours=2)
    assert look() == ["never_heard"]
    zalo.follows()
    assert look() == []


def reports(account: ProviderAccount, n: int, **more: Any) -> None:
    Inbound.objects.bulk_create(
        Inbound(
            account=account, dedupe_key=f"{more}{number}", body="{}",
            received_at=product_clock.now(), **more,
        )
        for number in range(n)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "many", "more"),
    [("forged_reports", 20, {"genuine": False}), ("unread_reports", 10, {"error": "KeyError"})],
)
def test_reports_that_pile_up(
    zalo: Zalo, clock: Any, kind: str, many: int, more: dict[str, Any]
) -> None:
    reports(zalo.account, many - 1, **more)
    reports(zalo.account, 50)  # these are well
    assert look() == []
    reports(zalo.account, 1, **more, event="x")
    assert look() == [kind]
    clock.advance(hours=25)
    assert look() == []


# texts


def text(zalo: Zalo, **more: Any) -> Template:
    return templates.begin(
        key="reminder", account=zalo.account, channel="zalo", purpose=P.REMINDER,
        message_class=MessageClass.CARE, body="{{ clinic }}", **more,
    )  # fmt: skip


def test_a_text_the_provider_refused(zalo: Zalo) -> None:
    draft = text(zalo)
    templates.submit(draft, provider_id="77")
    assert look() == []
    templates.reject(draft, "Thiếu tên phòng khám.")
    due.work_off("an_tam")
    row = Alert.objects.get()
    assert (row.kind, row.level, row.permission) == ("text_stopped", "warning", "messages.write")
    said = alerts.say(row)
    assert said.title.startswith("Nhà cung cấp từ chối mẫu “")
    assert said.why.endswith("Nhà cung cấp nói: Thiếu tên phòng khám.")
    assert said.href == f"/settings/messages/{draft.uid}/"
    templates.submit(draft)
    due.work_off("an_tam")
    assert standing_now() == []


def test_a_text_in_use_that_the_provider_stopped(zalo: Zalo) -> None:
    used = registering.register(
        key="reminder", account=zalo.account, channel="zalo", purpose=P.REMINDER, body="x"
    )
    assert look() == []
    Template.objects.filter(pk=used.pk).update(disabled_reason="-1441: low quality")  # the outbox
    assert look() == ["text_stopped"]
    assert "ngừng" in alerts.say(Alert.objects.get()).title
    draft = text(zalo)  # somebody writes another one
    assert look() == []
    templates.drop(draft)
    assert look() == ["text_stopped"]


def test_a_text_another_one_replaced_is_no_alert(zalo: Zalo) -> None:
    first = text(zalo)
    templates.submit(first, provider_id="1")
    templates.approve(first)
    second = templates.write(
        first, title="", body="{{ clinic }}!", button="", keep_accents=False, price_phone=None
    )
    templates.submit(second, provider_id="2")
    templates.approve(second)
    first.refresh_from_db()
    assert (first.status, look()) == ("disabled", [])


def test_advertising_is_for_who_writes_it(zalo: Zalo, client_for: Callable[..., Client]) -> None:
    draft = templates.begin(
        key="tet", account=zalo.account, channel="zalo", purpose=P.CAMPAIGN,
        message_class=MessageClass.ADS, title="Tết", body="x",
    )  # fmt: skip
    templates.reject(draft, "")
    look()
    assert Alert.objects.get().permission == "messages.ads"
    assert "Tết" in alerts.say(Alert.objects.get()).title


# money


@pytest.mark.parametrize(
    ("spent", "kinds"),
    [(799_999, []), (800_000, [limits.NEAR]), (1_000_000, [limits.REACHED])],
)
def test_the_months_limit(zalo: Zalo, spent: int, kinds: list[str], clock: Any) -> None:
    sent(zalo, cost=spent)
    spending.set_limit(1_000_000)
    due.work_off("an_tam", leave_out=("outbox", "account"))
    assert standing_now() == kinds
    for row in Alert.objects.all():
        assert (row.subject, row.permission) == ("2026-06", "costs.set")
        assert "1.000.000\u00a0₫" in alerts.say(row).why
        assert row.level == ("urgent" if kinds == [limits.REACHED] else "warning")
    spending.set_limit(2_000_000)
    due.work_off("an_tam", leave_out=("outbox", "account"))
    assert standing_now() == []
    spending.set_limit(1_000_000)
    assert look() == kinds
    clock.set("2026-07-01T00:30")
    assert set(look()) - {"never_heard"} == set()


def test_a_visit_that_meets_the_limit_asks_for_a_look_once(zalo: Zalo) -> None:
    sent(zalo, cost=900_000)
    spending.set_limit(1_000_000)
    limits.hold_to_budget(accounts.sending())
    due.work_off("an_tam", leave_out=("outbox", "account"))
    assert standing_now() == [limits.NEAR]
    limits.hold_to_budget(accounts.sending())
    assert [each for each in due.due_now("an_tam") if each.kind == "alert"] == []


def test_a_look_costs_as_many_statements_for_many_as_for_one(zalo: Zalo) -> None:
    def more(n: int) -> None:
        for number in range(n):
            account = accounts.connect_esms(
                name=f"A{number}", brand_name=f"ANTAM{n}{number}", api_key="a", secret_key="b"
            )
            standing.await_consent(account, code="1")
            Template.objects.create(
                key=f"k{n}{number}", channel="sms", account=account, body="x", status="rejected"
            )
            reports(account, 20, genuine=False)
            zalo.hears(BLEEDS, who=f"{HER[:-4]}{n:02}{number:02}")

    more(1)
    look()

    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            alerts.settle(alerting.SOURCE)
        return len(seen)

    one = statements()
    more(6)
    look()
    assert Alert.objects.filter(closed_at__isnull=True).count() == 28
    assert statements() == one


def test_when_it_looks_by_itself(zalo: Zalo, clock: Any) -> None:
    clock.set("2026-06-01T10:00")
    assert alerting.again() is not None
    assert abs((alerting.again() or product_clock.now()) - product_clock.now() - HOUR).seconds < 2
    clock.set("2026-06-01T19:30")
    assert alerting.again() == product_clock.parse("2026-06-02T08:00")
