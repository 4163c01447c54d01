"""A clinic's texts: their states, who follows whom, and values against registered blanks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinics import clock, history
from clinics.models import Branch, Staff
from messaging import purposes, registering, templates
from messaging.fitting import Param, Why
from messaging.models import (
    Language,
    MessageClass,
    ProviderAccount,
    Template,
    TemplateParam,
    TemplateStatus,
)
from messaging.models import TemplatePurpose as P
from messaging.public import Want, accounts, routes
from messaging.templates import NotPossible, Registered
from messaging.wordings import SMS_ONLY, WORDINGS
from patients.public import BasisKind, people

pytestmark = pytest.mark.django_db

KNOWN = {"clinic": "A", "name": "B"}
OLD, NEW = "{{ clinic }} nhac {{ name }}", "{{ clinic }} nhắc {{ name }} lúc {{ time }}"


@pytest.fixture
def esms(clinic: Any, clock: Any) -> ProviderAccount:
    return accounts.connect_esms(name="An Tâm", brand_name="ANTAM", api_key="a", secret_key="b")


@pytest.fixture
def zalo(clinic: Any, clock: Any) -> ProviderAccount:
    return accounts.connect_zalo(
        name="An Tâm", oa_id="1", app_id="2", app_secret="a", oa_secret="b",
        access_token="c", refresh_token="d",
    )  # fmt: skip


@pytest.fixture
def reminder(esms: ProviderAccount) -> Template:
    return registering.register(
        key="reminder", account=esms, channel="sms", purpose=P.REMINDER, body=OLD
    )


def written(template: Template, **changed: Any) -> Template:
    said: dict[str, Any] = {"title": "", "body": template.body, "button": "", "price_phone": None}
    return templates.write(template, **({**said, "keep_accents": False} | changed))


def states(template: Template) -> list[tuple[str, str]]:
    return [(one.body, one.status) for one in templates.beside(template)]


def reachable(esms: ProviderAccount) -> int | None:
    branch = Branch.objects.create(name="Q3", code="q3")
    her = people.register(
        branch=branch, full_name="Nguyễn Thu Trang", phone="0903418276", salutation="chị",
        basis=BasisKind.CARE_RELATION, text_version="care-2026-01", by=None,
    )  # fmt: skip
    want = Want(her.pk, branch.pk, "reminder")
    found = routes.reach([want])[want].routes
    return found[0].template_id if found else None


def test_every_own_text_has_a_purpose_the_same_as_the_database_gives(esms: Any) -> None:
    assert set(purposes.OWN) == {*WORDINGS, *SMS_ONLY}
    for key in purposes.OWN:
        row = Template.objects.create(key=key, channel="x", body="…")
        assert row.purpose == purposes.purpose_of(key)


def test_a_changed_text_waits_beside_the_one_in_use_until_it_is_approved(
    esms: ProviderAccount, reminder: Template
) -> None:
    draft = written(reminder, body=NEW)
    assert states(reminder) == [(NEW, "draft"), (OLD, "approved")]
    assert draft.params == "clinic,name,time"
    again = written(draft, body=NEW + ".")
    assert again.pk == draft.pk and len(states(reminder)) == 2
    assert reachable(esms) == reminder.pk  # nothing stops
    templates.submit(draft)
    assert [state for _body, state in states(reminder)] == ["pending", "approved"]
    templates.approve(Template.objects.get(pk=draft.pk))
    reminder.refresh_from_db()
    draft.refresh_from_db()
    assert (reminder.status, reminder.disabled_reason) == ("disabled", "replaced")
    assert draft.status == "approved" and draft.approved_at == draft.status_at


def test_a_new_text_is_what_is_sent_from_then_on(esms: ProviderAccount, reminder: Template) -> None:
    draft = written(reminder, body=NEW)
    templates.approve(draft)
    assert reachable(esms) == draft.pk
    assert [one.pk for one in templates.every()] == [draft.pk]  # what was replaced is not shown


def test_the_same_words_or_a_price_are_no_new_text(reminder: Template) -> None:
    assert written(reminder, price_phone=350).pk == reminder.pk
    assert states(reminder) == [(OLD, "approved")]
    reminder.refresh_from_db()
    assert reminder.price_phone == 350


def test_a_rejected_text_says_why_and_is_written_again(reminder: Template) -> None:
    draft = written(reminder, body=NEW)
    templates.submit(draft)
    templates.reject(draft, "thiếu tên thương hiệu")
    assert (draft.status, draft.status_reason) == ("rejected", "thiếu tên thương hiệu")
    again = written(draft, body=NEW + " nhé")
    assert (again.pk, again.status, again.status_reason) == (draft.pk, "draft", "")
    templates.drop(again)
    assert states(reminder) == [(OLD, "approved")]
    with pytest.raises(NotPossible):
        templates.drop(reminder)  # what is in use is not thrown away


def test_zalo_needs_its_template_id(zalo: ProviderAccount) -> None:
    text = templates.begin(
        key="camp", account=zalo, channel="zalo", purpose=P.CAMPAIGN,
        message_class=MessageClass.ADS, body="[QC] {{ clinic }}",
    )  # fmt: skip
    with pytest.raises(NotPossible):
        templates.approve(text)
    templates.submit(text, provider_id="4711")
    templates.approve(text)
    assert text.status == "approved"
    with pytest.raises(NotPossible):
        templates.begin(
            key="camp", account=zalo, channel="zalo", purpose=P.CAMPAIGN,
            message_class=MessageClass.ADS,
        )  # fmt: skip


def test_the_product_leaves_a_clinics_own_text_alone(reminder: Template) -> None:
    def product(body: str) -> Template:
        return registering.register(
            key="reminder", account=reminder.account, channel="sms",  # type: ignore[arg-type]
            purpose=P.REMINDER, body=body,
        )  # fmt: skip

    assert product("{{ clinic }} moi").pk == reminder.pk  # its own is renewed
    assert templates.get(reminder.uid).body == "{{ clinic }} moi"
    draft = written(templates.get(reminder.uid), body=NEW)
    templates.approve(draft)
    assert product("{{ clinic }} khac").pk == draft.pk
    draft.refresh_from_db()
    assert draft.body == NEW


def rows() -> list[dict[str, Any]]:
    """The texts in the order in which they were written, but for what is new in each."""
    fresh = {"id", "uid", "status_at", "approved_at"}
    return [
        {name: value for name, value in row.items() if name not in fresh}
        for row in Template.objects.order_by("id").values()
    ]


def test_all_at_once_is_the_same_as_one_after_another(
    esms: ProviderAccount, zalo: ProviderAccount
) -> None:
    all_of_it: list[registering.Text] = [
        {"key": "reminder", "account": zalo, "channel": "zalo", "purpose": P.REMINDER, "body": OLD,
         "title": "Nhắc", "button": "Xem", "provider_id": "7", "params": ("name", "link")},
        {"key": "nudge", "account": esms, "channel": "sms", "purpose": P.RECALL, "body": OLD,
         "language": Language.EN},
    ]  # fmt: skip
    with CaptureQueriesContext(connection) as seen:
        registering.register_all(all_of_it)
    assert len([one for one in seen if one["sql"].startswith("INSERT")]) == 1
    at_once = rows()
    assert [(one["params"], one["status"]) for one in at_once] == [
        ("name,link", "approved"),
        ("clinic,name", "approved"),
    ]
    Template.objects.all().delete()
    for text in all_of_it:
        registering.register(**text)
    assert rows() == at_once
    registering.register_all([{**text, "body": "{{ clinic }}"} for text in all_of_it])
    assert [(one["body"], one["params"]) for one in rows()] == [
        ("{{ clinic }}", "name,link"),
        ("{{ clinic }}", "clinic"),
    ]


# the database's own rules


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "spam"},
        {"message_class": "ads"},  # a reminder is never advertising
        {"language": "fr"},
        {"status": "gone"},
        {"status": "approved"},  # a second one in use
        {"status": "draft", "key": "twice"},
    ],
)
def test_the_database_refuses(reminder: Template, wrong: dict[str, str]) -> None:
    Template.objects.create(key="twice", channel="sms", account=reminder.account, body="…")
    row = {"key": "reminder", "channel": "sms", "purpose": "reminder", "body": "…"} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        Template.objects.create(account=reminder.account, **row)


def test_a_server_of_the_version_before_may_write_beside(reminder: Template) -> None:
    """It knows only approved_at and disabled_reason; the state follows."""
    rows = Template.objects.filter(pk=reminder.pk)
    rows.update(disabled_reason="-146: low quality")
    assert rows.get().status == "disabled" and rows.get().status_reason == "-146: low quality"
    rows.update(disabled_reason="", approved_at=clock.now())
    assert rows.get().status == "approved"
    rows.update(approved_at=None)
    assert rows.get().status == "draft"
    old = Template.objects.create(key="recall", channel="sms", body="…", approved_at=clock.now())
    old.refresh_from_db()
    assert (old.status, old.purpose) == ("approved", "recall")


def test_every_change_stands_in_the_trail(
    client_for: Callable[..., Any], reminder: Template
) -> None:
    assert {"messaging_template", "messaging_templateparam"} <= set(history.THINGS)
    written(reminder, body=NEW)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT deed, count(*) FROM clinics_changeevent WHERE kind = 'messaging_template'"
            " GROUP BY deed"
        )
        assert dict(cursor.fetchall())["insert"] == 2
    assert not Staff.objects.filter(full_name="").exists()


# what the provider says


def told(status: TemplateStatus = TemplateStatus.APPROVED, **more: Any) -> Registered:
    return Registered(provider_id="4711", status=status, **more)


@pytest.fixture
def card(zalo: ProviderAccount) -> Template:
    return registering.register(
        key="reminder", account=zalo, channel="zalo", purpose=P.REMINDER, title="Nhắc lịch hẹn",
        body="Chào {{ full_call }}, {{ clinic }}, {{ hotline }}", button="Xem lịch",
        provider_id="4711", params=("full_call", "clinic", "hotline", "link"),
    )  # fmt: skip


def test_the_state_follows_the_providers(zalo: ProviderAccount, card: Template) -> None:
    blanks = [Param("full_call", 30), Param("clinic", 10), Param("hotline", 15, kind="PHONE")]
    assert not templates.synchronised(
        zalo, [told(params=blanks, price_phone=200, price_user=140, timeout_ms=7_200_000)]
    )
    card = templates.get(card.uid)
    assert (card.price_phone, card.price_user, card.timeout_ms) == (200, 140, 7_200_000)
    assert TemplateParam.objects.filter(template=card).count() == 3
    (changed,) = templates.synchronised(
        zalo, [told(TemplateStatus.DISABLED, reason="chất lượng thấp", quality="LOW")]
    )
    card = templates.get(card.uid)
    assert (changed.pk, card.status, card.status_reason) == (card.pk, "disabled", "chất lượng thấp")
    assert card.quality == "LOW" and card.price_phone == 200  # unsaid stays
    assert TemplateParam.objects.filter(template=card).count() == 3
    templates.synchronised(zalo, [told()])
    assert templates.get(card.uid).status == "approved"


def test_a_pending_text_that_zalo_approves_replaces_the_one_in_use(
    zalo: ProviderAccount, card: Template
) -> None:
    draft = templates.write(
        card, title=card.title, body=card.body + ".", button=card.button, keep_accents=False,
        price_phone=None,
    )  # fmt: skip
    templates.submit(draft, provider_id="4712")
    templates.synchronised(zalo, [Registered(provider_id="4712", status=TemplateStatus.APPROVED)])
    assert [(one.provider_id, one.status) for one in templates.beside(card)] == [
        ("4712", "approved"),
        ("4711", "disabled"),
    ]
    templates.synchronised(zalo, [told()])  # the old one, still enabled at Zalo
    assert [one.status for one in templates.beside(card)] == ["approved", "disabled"]


# values against blanks


def test_what_may_be_cut_is_cut_at_a_word_and_the_rest_refused(
    zalo: ProviderAccount, card: Template
) -> None:
    blanks = [
        Param("full_call", 20),
        Param("clinic", 200),
        Param("hotline", 8, kind="PHONE"),
        Param("link", 30, kind="URL"),
    ]
    templates.synchronised(zalo, [told(params=blanks)])
    card = templates.get(card.uid)
    values = {"full_call": "chị Hoa (mẹ bé Ngọc Anh)", "clinic": "An Tâm", "hotline": "02873006868"}
    found = templates.misfit(card, values)
    assert [(one.name, one.why) for one in found] == [
        ("full_call", Why.TOO_LONG),
        ("hotline", Why.TOO_LONG),
    ]
    fitted = templates.fit(card, values)
    assert fitted.values["full_call"] == "chị Hoa" and fitted.cut == ("full_call",)
    assert [one.name for one in fitted.misfits] == ["hotline"]  # half a number calls nobody
    assert "8" in fitted.misfits[0].says
    at = {**values, "hotline": "1900 545", "link": "an-tam.vn/k"}
    assert [(m.name, m.why) for m in templates.fit(card, at).misfits] == [("link", Why.WRONG_KIND)]


@pytest.mark.parametrize(
    ("kind", "value", "why"),
    [
        ("DATE", "17/11/2026", []),
        ("DATE", "thứ Ba 17/11", [Why.WRONG_KIND]),
        ("TIME", "15:30", []),
        ("TIME", "15:30 17/11/2026", []),
        ("PHONE", "028 7300 6868", []),
        ("PHONE", "gọi em", [Why.WRONG_KIND]),
        ("NUMBER", "1.000", []),
        ("NUMBER", "một", [Why.WRONG_KIND]),
        ("URL", "https://x.vn/k/1/", []),
        ("URL", "x.vn", [Why.WRONG_KIND]),
        ("STRING", "gì cũng được", []),
    ],
)
def test_kinds(reminder: Template, kind: str, value: str, why: list[Why]) -> None:
    TemplateParam.objects.create(template=reminder, name="time", kind=kind, max_length=60)
    found = templates.misfit(templates.get(reminder.uid), {"time": value, **KNOWN})
    assert [one.why for one in found] == why


def test_a_missing_value_is_a_misfit_only_where_it_is_required(reminder: Template) -> None:
    TemplateParam.objects.create(template=reminder, name="name", max_length=30, required=False)
    TemplateParam.objects.create(template=reminder, name="clinic", max_length=30, min_length=3)
    text = templates.get(reminder.uid)
    assert [one.why for one in templates.misfit(text, {})] == [Why.MISSING]
    assert [one.why for one in templates.misfit(text, {"clinic": "AT"})] == [Why.TOO_SHORT]
    assert not templates.misfit(text, {"clinic": "An Tâm"})


def test_an_unknown_text_is_not_found(clinic: Any) -> None:
    with pytest.raises(Template.DoesNotExist):
        templates.get(uuid.uuid4())
