"""The accounts' settings: a form of each provider, secrets never shown, how each stands."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from clinics import clock as product_clock
from clinics.models import AuditEntry, Branch
from messaging import accounts, templates
from messaging.models import Inbound, ProviderAccount, Template
from messaging.providers import providers
from messaging.providers.forms import AccountForm, SecretField
from tests.messaging.outposts import Outpost, work

pytestmark = pytest.mark.django_db

NEW = {
    "name": "OA An Tâm",
    "oa_id": "4318527",
    "app_id": "77",
    "app_secret": "app-secret",
    "oa_secret": "oa-secret",
    "access_token": "first-access",
    "refresh_token": "first-refresh",
}


@pytest.fixture
def owner(client_for: Callable[..., Client]) -> Client:
    return client_for("owner")


def connect(owner: Client, **more: Any) -> Any:
    return owner.post("/settings/channels/new/zalo/", {**NEW, **more})


def stored(account: ProviderAccount) -> dict[str, str]:
    account.refresh_from_db()
    return dict(json.loads(account.credentials))


def test_an_account_is_connected_by_the_form_of_its_provider(
    clinic: Any, owner: Client, clock: Any
) -> None:
    branch = Branch.objects.create(name="Quận 3", code="q3")
    answer = connect(owner, branches=[str(branch.uid)])
    account = ProviderAccount.objects.get()
    assert answer["Location"] == f"/settings/channels/{account.uid}/"
    assert (account.kind, account.account_id, account.name) == ("zalo", "4318527", "OA An Tâm")
    assert [one.pk for one in account.branches.all()] == [branch.pk]
    assert stored(account) == {
        name: value for name, value in NEW.items() if name not in ("name", "oa_id")
    }
    noted = AuditEntry.objects.get(verb="channel.connected")
    assert (noted.subject, noted.actor_id) == (account.uid, owner.staff.pk)  # type: ignore[attr-defined]


def test_a_secret_is_never_shown_and_stays_when_it_is_left_empty(
    clinic: Any, owner: Client, clock: Any
) -> None:
    connect(owner)
    account = ProviderAccount.objects.get()
    path = f"/settings/channels/{account.uid}/"
    page = owner.get(path).content.decode()
    assert 'value="77"' in page  # the application's id is no secret
    for name in ("app-secret", "oa-secret", "first-access", "first-refresh"):
        assert name not in page
    owner.post(path, {"name": "OA mới", "app_id": "78"})
    assert stored(account) == stored(account) | {
        "app_id": "78",
        "app_secret": "app-secret",
        "oa_secret": "oa-secret",
        "access_token": "first-access",
        "refresh_token": "first-refresh",
    }
    assert account.name == "OA mới"
    owner.post(path, {"name": "OA mới", "app_id": "78", "app_secret": "another"})
    assert stored(account)["app_secret"] == "another"
    notes = AuditEntry.objects.filter(verb="channel.changed").values_list("note", flat=True)
    assert list(notes.order_by("pk")) == ["app_id, name", "app_secret"]
    bad = owner.post(path, {"name": "", "app_id": "mười", "app_secret": "typed-again"})
    assert bad.status_code == 422
    assert "typed-again" not in bad.content.decode()
    assert stored(account)["app_secret"] == "another"


def test_the_price_of_a_part_is_written_down_and_taken_back(
    clinic: Any, owner: Client, clock: Any
) -> None:
    typed = {"name": "SMS", "brand_name": "AnTam", "api_key": "a", "secret_key": "b"}
    owner.post("/settings/channels/new/esms/", {**typed, "part_price_care": "790"})
    account = ProviderAccount.objects.get()
    assert (account.part_price_care, account.part_price_ads) == (790, None)
    assert "part_price_care" not in stored(account)  # it is no secret
    path = f"/settings/channels/{account.uid}/"
    assert 'value="790"' in owner.get(path).content.decode()
    owner.post(path, {"name": "SMS", "part_price_ads": "650"})
    account.refresh_from_db()
    assert (account.part_price_care, account.part_price_ads) == (None, 650)
    note = AuditEntry.objects.filter(verb="channel.changed").latest("pk").note
    assert note == "part_price_ads, part_price_care"
    assert owner.post(path, {"name": "SMS", "part_price_ads": "0"}).status_code == 422


def test_what_was_renewed_meanwhile_is_not_written_back(
    clinic: Any, owner: Client, clock: Any
) -> None:
    """The page was open while the tokens were renewed: saving the name keeps the new pair."""
    connect(owner)
    account = ProviderAccount.objects.get()
    accounts.authorised(account, {"access_token": "second", "refresh_token": "second-r"})
    owner.post(f"/settings/channels/{account.uid}/", {"name": "OA khác", "app_id": "77"})
    assert stored(account)["access_token"] == "second"
    assert stored(account)["refresh_token"] == "second-r"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"oa_id": "OA An Tâm"}, "id_oa_id_error"),
        ({"refresh_token": ""}, "id_refresh_token_error"),
        ({"code_verifier": "short"}, "id_code_verifier_error"),
        ({"app_secret": ""}, "id_app_secret_error"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    clinic: Any, owner: Client, clock: Any, typed: dict[str, str], field: str
) -> None:
    answer = connect(owner, **typed)
    assert answer.status_code == 422
    assert f'id="{field}"' in answer.content.decode()
    assert not ProviderAccount.objects.exists()


def test_an_account_is_connected_once_and_by_one_clinic(
    clinic: Any, other_clinic: Any, owner: Client, clock: Any
) -> None:
    connect(owner)
    again = connect(owner, name="Lần nữa")
    assert again.status_code == 422
    assert ProviderAccount.objects.get().name == "OA An Tâm"
    with schema_context(other_clinic.schema_name):
        accounts.connect("zalo", "555", "Của họ", {"app_id": "1", "access_token": "x"})
    taken = connect(owner, oa_id="555")
    assert taken.status_code == 422
    assert 'id="id_oa_id_error"' in taken.content.decode()
    assert ProviderAccount.objects.count() == 1


def test_another_clinics_account_and_an_unknown_kind_are_not_found(
    clinic: Any, other_clinic: Any, owner: Client, clock: Any
) -> None:
    with schema_context(other_clinic.schema_name):
        theirs = accounts.connect("zalo", "555", "Của họ", {"app_id": "1", "access_token": "x"})
    assert owner.get(f"/settings/channels/{theirs.uid}/").status_code == 404
    assert owner.post(f"/settings/channels/{theirs.uid}/off/").status_code == 404
    assert owner.get(f"/settings/channels/{uuid.uuid4()}/").status_code == 404
    assert owner.get("/settings/channels/new/telegram/").status_code == 404


def test_an_account_without_permission_waits_for_somebody(
    clinic: Any, owner: Client, clock: Any
) -> None:
    connect(owner, access_token="", refresh_token="")
    account = ProviderAccount.objects.get()
    assert account.must_authorise is True
    assert account not in accounts.sending()
    for path in ("/settings/channels/", f"/settings/channels/{account.uid}/"):
        assert "Chưa ai cấp quyền" in owner.get(path).content.decode()
    owner.post(
        f"/settings/channels/{account.uid}/",
        {"name": "OA An Tâm", "app_id": "77", "access_token": "a", "refresh_token": "r"},
    )
    assert [one.must_authorise for one in accounts.sending()] == [False]


def test_how_an_account_stands_is_said_in_words(clinic: Any, owner: Client, clock: Any) -> None:
    connect(owner)
    account = ProviderAccount.objects.get()

    def said() -> str:
        return str(owner.get("/settings/channels/").content.decode())

    assert "Chưa đủ" in said()  # nothing may be said by it yet
    draft = Template.objects.get(key="reminder")  # the product's own, as it was begun
    templates.submit(draft, provider_id="1")
    templates.approve(draft)
    assert "Đang hoạt động" in said()
    until = product_clock.now().replace(hour=4, minute=30, second=0)  # 11:30 in Vietnam
    accounts.pause(account, code="-115", text="Out of quota", until=until)
    assert "Tạm dừng đến 11:30 hôm nay" in said()
    accounts.resume(account)
    assert 'class="tk-count"' not in said()
    accounts.await_consent(account, code="-14014")
    assert "Cần cấp quyền lại" in said()
    assert 'class="tk-count">1<' in said()  # beside the settings, on whatever page she is
    accounts.pause(account, code="-115", text="Out of quota", until=until)
    assert "Cần cấp quyền lại" in said()  # a pause does not shorten the wait for a person
    ProviderAccount.objects.update(kind="pigeon")
    assert "Đang nghỉ" in said()
    page = owner.get(f"/settings/channels/{account.uid}/").content.decode()
    assert "không còn hỗ trợ" in page
    assert 'name="app_id"' not in page


def test_what_waits_for_an_account_that_is_switched_off_goes_another_way(
    outpost: Outpost, owner: Client, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    message = outpost.say()
    path = f"/settings/channels/{outpost.zalo.uid}/"
    for _ in range(2):
        owner.post(f"{path}off/")
    assert "Đã tắt" in owner.get(path).content.decode()
    work()
    assert [each[0] for each in outpost.attempts(message)] == ["zalo", "sms"]
    owner.post(f"{path}on/")
    outpost.zalo.refresh_from_db()
    assert outpost.zalo.is_active
    verbs = AuditEntry.objects.filter(verb__startswith="channel.").order_by("pk")
    assert [each.verb for each in verbs] == ["channel.stopped", "channel.started"]


def test_strange_reports_are_shown_without_their_text(
    outpost: Outpost, owner: Client, clock: Any
) -> None:
    now = product_clock.now()
    strange: list[dict[str, Any]] = [
        {"genuine": False},
        {"unknown": True},
        {"error": "ValueError"},
        {"understood_at": now},
    ]
    for place, more in enumerate(strange):
        Inbound.objects.create(
            account=outpost.zalo, dedupe_key=str(place), body="{'text': 'đau răng'}",
            received_at=now, event=f"event_{place}", **more,
        )  # fmt: skip
    page = owner.get(f"/settings/channels/{outpost.zalo.uid}/").content.decode()
    assert [f"event_{place}" in page for place in range(4)] == [True, True, True, False]
    assert "đau răng" not in page
    assert page.count("Không chứng minh được nguồn gửi") == 1
    assert "Lần cuối nhận báo cáo" in page


def test_the_list_costs_as_much_for_many_accounts(clinic: Any, owner: Client, clock: Any) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            owner.get("/settings/channels/")
        return len(seen)

    counts = []
    for start, end in ((0, 1), (1, 9)):
        for place in range(start, end):
            accounts.connect("esms", f"NK{place}", f"SMS {place}", {"api_key": "k"})
        counts.append(cost())
    assert counts[0] == counts[1]


@pytest.mark.parametrize("provider", providers(), ids=lambda each: str(each.kind))
def test_every_provider_has_a_form_with_its_own_fields(provider: Any) -> None:
    form = provider.form(branches=[])
    assert isinstance(form, AccountForm)
    assert provider.title
    assert form.account_field in form.fields
    assert list(form.fields)[:2] == ["name", form.account_field]
    for name, field in form.fields.items():
        if "secret" in name or "token" in name or "password" in name:
            assert isinstance(field, SecretField), name
