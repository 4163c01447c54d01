"""The product's own texts for an account a clinic connects itself: drafts to hand in, and then
what its care is said with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics.models import Branch, Profile, Staff
from clinics.public import places
from messaging import editing, own_texts, routes, templates
from messaging.models import Language, ProviderAccount, Template
from messaging.public import accounts
from messaging.wordings import SMS_ONLY, WORDINGS
from patients.public import BasisKind, people

pytestmark = pytest.mark.django_db
KEYS = {"api_key": "a", "secret_key": "b"}
KINDS = {
    "zalo": {"app_id": "1", "app_secret": "a", "oa_secret": "b"},
    "esms": KEYS,
    "viber": KEYS,
    "email": {"url": "smtp://127.0.0.1:2525", "sender_name": "An Tâm"},
}
PAGE = "/settings/messages/"


@pytest.fixture
def quan3(clinic: Any, clock: Any) -> Branch:
    Profile.objects.update(name="Nha khoa An Tâm", hotline="+842873006868")
    return places.open_branch(code="q3", name="Quận 3", hotline="+842873006868")


def connected(kind: str) -> ProviderAccount:
    by = Staff.objects.get(role="owner")
    return accounts.connect_new(kind, f"AT{kind}", "An Tâm", KINDS[kind], by=by)


@pytest.mark.parametrize("kind", KINDS)
def test_they_begin_as_drafts_in_words_that_may_be_sent(
    quan3: Branch, client_for: Callable[..., Client], kind: str
) -> None:
    client_for("owner")
    account = connected(kind)
    wanted = set(WORDINGS) | (set(SMS_ONLY) if kind == "esms" else set())
    assert own_texts.begin(account, Language.EN) == len(wanted)
    drafts = Template.objects.filter(account=account)
    assert {one.status for one in drafts} == {"draft"}
    for language in ("vi", "en"):
        assert {one.key for one in drafts if one.language == language} == wanted
    for draft in drafts:
        assert editing.is_clean(draft), (draft.key, draft.language)
        # she can answer, whatever the channel
        assert "link" in draft.params.split(",") or draft.key in SMS_ONLY


def test_approved_it_is_what_the_care_is_said_with(
    quan3: Branch, client_for: Callable[..., Client]
) -> None:
    client_for("owner")
    connected("esms")
    her = people.register(
        branch=quan3, full_name="Đặng Thị Thu Trang", phone="0903418276", salutation="chị",
        basis=BasisKind.CARE_RELATION, text_version="care-2026-01", by=None,
    )  # fmt: skip
    want = routes.Want(her.pk, quan3.pk, "reminder")
    assert routes.reach([want])[want].why_not == "no_template"
    draft = Template.objects.get(key="reminder")
    templates.submit(draft)
    templates.approve(draft)
    (route,) = routes.reach([want])[want].routes
    assert route.template_id == draft.pk


def test_the_page_says_what_is_missing_and_begins_it_once(
    quan3: Branch, client_for: Callable[..., Client]
) -> None:
    owner = client_for("owner")
    account = connected("esms")
    assert "Mẫu tin còn thiếu" in owner.get(PAGE).content.decode()  # the English ones
    Template.objects.filter(key__in=("reminder", "recall")).delete()
    asked = {"account": account.uid, "language": "vi"}
    for _ in range(2):
        answer = owner.post(f"{PAGE}own/", asked, follow=True)
        assert answer.status_code == 200
    assert Template.objects.filter(language="vi").count() == len({**WORDINGS, **SMS_ONLY})
    assert owner.post(f"{PAGE}own/", asked | {"language": "en"}).status_code == 302
    assert "Mẫu tin còn thiếu" not in owner.get(PAGE).content.decode()
    assert owner.post(f"{PAGE}own/", {"account": "rubbish"}).status_code == 302
    assert client_for("reception").post(f"{PAGE}own/", asked).status_code == 403
