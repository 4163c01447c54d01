"""What the provider knows of an account is taken over; a test goes out to ourselves alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from clinics.models import AuditEntry
from clinics.public import due
from messaging import sync
from messaging.models import FoundTemplate, Message, ProviderAccount, Template, TemplateParam
from tests.messaging.outposts import Outpost, Wire

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client_for: Callable[..., Client]) -> Client:
    return client_for("owner")


def row_of(outpost: Outpost) -> ProviderAccount:
    return ProviderAccount.objects.get(pk=outpost.zalo.pk)


def change(wire: Wire, template_id: str, **more: Any) -> None:
    (known,) = [t for t in wire.control("templates")["templates"] if t["id"] == template_id]
    wire.control("templates", known | more)


def press(owner: Client, outpost: Outpost, deed: str, **said: str) -> Any:
    return owner.post(f"/settings/channels/{outpost.zalo.uid}/{deed}/", said)


def test_quota_quality_and_templates_are_taken_over(
    outpost: Outpost, wire: Wire, owner: Client, clock: Any
) -> None:
    text = Template.objects.get(key="reminder", channel="zalo")
    wire.control(
        "accounts", {"oa_id": outpost.zalo.account_id, "daily_quota": 1_234, "quality": "MEDIUM"}
    )
    change(wire, text.provider_id, price=300, price_uid=210, timeout=7_200_000, quality="HIGH")
    assert press(owner, outpost, "ask").status_code == 302
    row = row_of(outpost)
    assert (row.daily_quota, row.quota_left, row.quality) == (1_234, 1_234, "MEDIUM")
    text.refresh_from_db()
    assert (text.price_phone, text.price_user, text.timeout_ms) == (300, 210, 7_200_000)
    assert text.quality == "HIGH"
    blanks = set(TemplateParam.objects.filter(template=text).values_list("name", flat=True))
    assert blanks == set(text.params.split(","))
    page = owner.get("/settings/channels/").content.decode()
    assert "Hôm nay còn 1.234 trên 1.234 tin" in page
    assert "Chất lượng: trung bình" in page


def test_a_template_that_was_switched_off_there_is_not_used_here(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    text = Template.objects.get(key="reminder", channel="zalo")
    change(wire, text.provider_id, status="DISABLE", reason="Nhiều khách báo xấu")
    clock.advance(hours=20, minutes=1)  # by itself, with the rest of the looking after
    due.work_off("an_tam")
    text.refresh_from_db()
    assert text.status == "disabled"
    assert outpost.say().channel == "sms"


def test_more_than_one_page_of_templates(outpost: Outpost, wire: Wire) -> None:
    many = [
        {"id": str(900_000 + n), "name": f"Mẫu {n:03}", "oa_id": outpost.zalo.account_id,
         "title": "Mẫu", "text": "Chào <ten>", "params": [{"name": "ten", "type": "NAME"}]}
        for n in range(130)
    ]  # fmt: skip
    wire.control("templates", {"templates": many})
    assert sync.ask(row_of(outpost)) is None
    assert [one.name for one in sync.unlinked(outpost.zalo)] == [f"Mẫu {n:03}" for n in range(130)]
    linked = Template.objects.filter(account=outpost.zalo).count()
    assert FoundTemplate.objects.count() == 130 + linked


def test_a_template_nobody_uses_can_be_chosen_for_a_text(
    outpost: Outpost, wire: Wire, owner: Client
) -> None:
    text = Template.objects.get(key="reminder", channel="zalo")
    there = text.provider_id
    Template.objects.filter(pk=text.pk).update(provider_id="", status="pending", approved_at=None)
    sync.ask(row_of(outpost))
    assert [one.provider_id for one in sync.unlinked(outpost.zalo)] == [there]
    assert there in owner.get(f"/settings/channels/{outpost.zalo.uid}/").content.decode()
    answer = press(owner, outpost, "link", found=there, text=str(text.uid))
    assert answer.status_code == 302
    text.refresh_from_db()
    assert (text.provider_id, text.status) == (there, "approved")


def test_a_template_with_other_values_does_not_fit(
    outpost: Outpost, wire: Wire, owner: Client
) -> None:
    other = {
        "id": "900001",
        "name": "Mẫu khác",
        "oa_id": outpost.zalo.account_id,
        "title": "Mẫu",
        "text": "Chào <ten>",
        "params": [{"name": "ten", "type": "NAME"}],
    }
    wire.control("templates", {"templates": [other]})
    text = Template.objects.get(key="reminder", channel="zalo")
    Template.objects.filter(pk=text.pk).update(provider_id="", status="pending", approved_at=None)
    sync.ask(row_of(outpost))
    answer = press(owner, outpost, "link", found="900001", text=str(text.uid))
    assert answer.status_code == 422
    text.refresh_from_db()
    assert text.provider_id == ""


def test_no_answer_changes_nothing_and_is_said(
    outpost: Outpost, wire: Wire, owner: Client, clock: Any
) -> None:
    sync.ask(row_of(outpost))
    before = row_of(outpost)
    wire.mode(channel="zalo", fail="502html")
    clock.advance(hours=1)
    press(owner, outpost, "ask")
    after = row_of(outpost)
    assert (after.synced_at, after.daily_quota) == (before.synced_at, before.daily_quota)
    page = owner.get(f"/settings/channels/{outpost.zalo.uid}/").content.decode()
    assert "không trả lời" in page


# ------------------------------------------------------------------ a test to ourselves


def test_a_test_goes_out_for_real_and_is_no_message_to_a_patient(
    outpost: Outpost, wire: Wire, owner: Client
) -> None:
    wire.control("accounts", {"oa_id": outpost.zalo.account_id, "admins": ["+84903100999"]})
    text = Template.objects.get(key="reminder", channel="zalo")
    wire.control("tokens", {"oa_id": outpost.zalo.account_id, "expire": "access"})
    answer = press(owner, outpost, "test", text=str(text.uid), to="0903 100 999")
    assert "Nhà cung cấp đã nhận" in answer.content.decode()
    (row,) = wire.book()
    assert row["phone"] == "+84903100999"
    assert not Message.objects.exists()
    noted = AuditEntry.objects.get(verb="channel.tried")
    assert noted.subject == outpost.zalo.uid
    assert "0903" not in noted.note
    assert "84903" not in noted.note


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("0903 100 998", "chỉ gửi được cho quản trị viên"),  # Zalo's -127
        ("+1 415 555 2671", "không gửi được tới địa chỉ như vậy"),
        ("me@example.vn", "không gửi được tới địa chỉ như vậy"),
    ],
)
def test_what_the_provider_answers_is_said_in_words(
    outpost: Outpost, wire: Wire, owner: Client, to: str, says: str
) -> None:
    text = Template.objects.get(key="reminder", channel="zalo")
    answer = press(owner, outpost, "test", text=str(text.uid), to=to)
    assert says in answer.content.decode()
    assert wire.book() == []


def test_a_test_wants_a_text_of_this_account_and_a_number(
    outpost: Outpost, wire: Wire, owner: Client
) -> None:
    text = Template.objects.get(key="reminder", channel="zalo")
    other = Template.objects.get(key="reminder", channel="sms")
    assert press(owner, outpost, "test", text=str(text.uid), to="mười").status_code == 422
    assert press(owner, outpost, "test", text=str(other.uid), to="0903100999").status_code == 422
    answer = owner.post(
        f"/settings/channels/{outpost.esms.uid}/test/", {"text": str(other.uid), "to": "0903100997"}
    )
    assert "Nhà cung cấp đã nhận" in answer.content.decode()
    (row,) = wire.book(channel="esms")
    assert "{{" not in row["text"]
