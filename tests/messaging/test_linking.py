"""A text goes by a template whose blanks have Zalo's own names: chosen, judged, sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from messaging import linking, mapping, sync, templates
from messaging.models import Message, ProviderAccount, Template, TemplateParam
from tests.messaging.outposts import Outpost, Wire, work

pytestmark = pytest.mark.usefixtures("clinic")
BLANKS = (
    ("name", "STRING", 30),  # one of our words, and another thing there
    ("phong_kham", "STRING", 30),
    ("gio", "TIME", 20),
    ("ngay", "DATE", 20),
    ("duong_dan", "URL", 200),
    ("sdt", "PHONE", 15),
)
RIGHT = {"name": "full_call", "phong_kham": "clinic", "gio": "time", "ngay": "day",
         "duong_dan": "link", "sdt": "hotline"}  # fmt: skip


@pytest.fixture
def draft(outpost: Outpost, wire: Wire) -> Template:
    """A reminder being written anew, beside the one in use; Zalo has approved 900001 for it."""
    there = {
        "id": "900001", "name": "Nhắc hẹn", "oa_id": outpost.zalo.account_id, "title": "Nhắc hẹn",
        "text": " ".join(f"<{name}>" for name, _kind, _most in BLANKS[:-2]) + " <sdt>",
        "params": [{"name": n, "type": k, "maxLength": most} for n, k, most in BLANKS],
        "buttons": [{"title": "Trả lời", "url_param": "duong_dan"}],
    }  # fmt: skip
    wire.control("templates", {"templates": [there]})
    assert sync.ask(ProviderAccount.objects.get(pk=outpost.zalo.pk)) is None
    text = Template.objects.get(key="reminder", channel="zalo")
    return templates.write(
        text, title=text.title, body=text.body + " Xin cảm ơn.", button=text.button,
        keep_accents=False, price_phone=None,
    )  # fmt: skip


def at(text: Template, more: str = "") -> str:
    return f"/settings/messages/{text.uid}/{more}"


def typed(**pairs: str) -> dict[str, str]:
    chosen = RIGHT | pairs
    fields = {f"blank_{n}": chosen[name] for n, (name, _k, _m) in enumerate(BLANKS)}
    return {"found": "900001", **fields}


def test_what_is_listed_is_kept_with_kinds_and_lengths(draft: Template) -> None:
    (one,) = linking.found(draft)
    assert [(p.name, p.kind, p.max_length) for p in linking.blanks(one)] == list(BLANKS)
    assert linking.state_of(one) == "đã duyệt"


def test_it_is_picked_filled_judged_and_sent(
    outpost: Outpost, wire: Wire, draft: Template, client_for: Any
) -> None:
    manager: Client = client_for("manager")
    page = manager.get(at(draft)).content.decode()
    assert "Nhắc hẹn (900001), " in page and "Điền gì vào" not in page
    page = manager.get(at(draft, "?found=900001")).content.decode()
    assert "Điền gì vào các chỗ trống của mẫu “Nhắc hẹn” ở Zalo?" in page
    assert "DATE, dài nhất 20 chữ" in page
    assert manager.get(at(draft, "?found=900002")).status_code == 404
    # "thứ Ba 17/11" is no date as Zalo wants it
    answer = manager.post(at(draft, "step/link/"), typed())
    assert answer.status_code == 422
    assert "chưa đúng kiểu nhà mạng đã duyệt" in answer.content.decode()
    assert Template.objects.get(pk=draft.pk).provider_id == ""


def test_a_day_as_words_goes_where_words_are_wanted(
    outpost: Outpost, wire: Wire, draft: Template, client_for: Any
) -> None:
    one = linking.found(draft)[0]
    for each in one.blanks:
        if each["name"] == "ngay":
            each["kind"] = "STRING"
    one.save(update_fields=["blanks"])
    for each in wire.control("templates")["templates"]:
        if each["id"] == "900001":
            params = [
                p | ({"type": "STRING"} if p["name"] == "ngay" else {}) for p in each["params"]
            ]
            wire.control("templates", each | {"params": params})
    manager: Client = client_for("manager")
    old = Template.objects.get(key="reminder", channel="zalo", status="approved")
    assert manager.post(at(draft, "step/link/"), typed()).status_code == 302
    draft.refresh_from_db()
    old.refresh_from_db()
    assert (draft.status, draft.provider_id) == ("approved", "900001")  # approved there already
    assert (old.status, old.status_reason) == ("disabled", "replaced")
    assert draft.params == "name,phong_kham,gio,ngay,duong_dan,sdt"
    assert mapping.read(draft) == RIGHT
    assert TemplateParam.objects.filter(template=draft).count() == 6
    said = outpost.say()
    work()
    said.refresh_from_db()
    (row,) = wire.book(channel="zalo")
    sent: dict[str, Any] = row["params"]
    assert said.state == "accepted"
    assert (sent["name"], sent["gio"], sent["ngay"]) == ("chị Trang", "15:30", "thứ Ba 17/11")
    assert sent["duong_dan"].startswith("http") and "/k/" in sent["duong_dan"]
    assert set(sent) == set(RIGHT)
    assert said.values["name"] == "Trang"  # what a fallback has to say is not touched


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"gio": "branch"}, "gio"),  # no hour
        ({"sdt": "dentist"}, "sdt"),  # no number
        ({"phong_kham": ""}, "phong_kham"),  # wanted, and nothing fills it
        ({"phong_kham": "slot_1"}, "phong_kham"),  # not known of a reminder
    ],
)
def test_what_does_not_fit_is_named(draft: Template, wrong: dict[str, str], name: str) -> None:
    one = linking.found(draft)[0]
    right = RIGHT | {"ngay": "time"}
    assert linking.misfits(draft, one, right) == []
    assert [each.name for each in linking.misfits(draft, one, right | wrong)] == [name]


def test_a_button_needs_its_address(draft: Template) -> None:
    one = linking.found(draft)[0]
    one.params, one.blanks = "name", one.blanks[:1]
    with pytest.raises(linking.DoesNotFit) as refusal:
        linking.link(draft, one, {"name": "full_call"})
    assert [each.name for each in refusal.value.misfits] == [""]
    assert not Message.objects.exists()


def test_who_may_not_write_may_not_link(draft: Template, client_for: Any) -> None:
    assert client_for("marketing").post(at(draft, "step/link/"), typed()).status_code == 403
