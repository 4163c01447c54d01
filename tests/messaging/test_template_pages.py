"""The pages on which a clinic writes its texts: nothing stops, nothing typed is lost."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from clinics import clock
from clinics.models import AuditEntry, Branch, Profile
from clinics.public import places
from messaging import registering, templates
from messaging.models import MessageClass, ProviderAccount, Template, TemplatePurpose
from messaging.placeholders import PLACEHOLDERS, as_typed, from_typed
from messaging.public import accounts
from messaging.wordings import WORDINGS
from patients.public import BasisKind, Patient, appointments, people

pytestmark = pytest.mark.django_db
GOOD = "[phòng khám] nhac [cách gọi]: hen [giờ hẹn] [ngày hẹn]. Xac nhan [đường dẫn] goi [số gọi]"


@pytest.fixture
def quan3(clinic: Any, clock: Any) -> Branch:
    Profile.objects.update(name="Nha khoa An Tâm", hotline="+842873006868")
    return places.open_branch(code="q3", name="Quận 3", hotline="+842873006868")


@pytest.fixture
def sms(quan3: Branch) -> Template:
    account = accounts.connect_esms(name="A", brand_name="ANTAM", api_key="a", secret_key="b")
    return registering.register(
        key="reminder", account=account, channel="sms", purpose=TemplatePurpose.REMINDER,
        body=WORDINGS["reminder"].sms,
    )  # fmt: skip


@pytest.fixture
def zalo(quan3: Branch) -> Template:
    account = accounts.connect_zalo(
        name="An Tâm", oa_id="1", app_id="2", app_secret="a", oa_secret="b",
        access_token="c", refresh_token="d",
    )  # fmt: skip
    wording = WORDINGS["reminder"]
    return registering.register(
        key="reminder", account=account, channel="zalo", purpose=TemplatePurpose.REMINDER,
        title=wording.title, body=wording.zalo, button=wording.button, provider_id="100200",
        params=wording.zalo_params(),
    )  # fmt: skip


@pytest.fixture
def trang(quan3: Branch) -> Patient:
    her = people.register(
        branch=quan3, full_name="Đặng Thị Thu Trang", phone="0903418276", salutation="chị",
        basis=BasisKind.CARE_RELATION, text_version="care-2026-01", by=None,
    )  # fmt: skip
    appointments.book(patient=her, branch=quan3, start=clock.now() + dt.timedelta(days=1, hours=6))
    return her


def at(text: Template, more: str = "") -> str:
    return f"/settings/messages/{text.uid}/{more}"


def page(answer: Any) -> str:
    return str(answer.content.decode())


def test_blanks_are_typed_as_words_and_stored_as_liquid() -> None:
    for wording in WORDINGS.values():
        for body in (wording.zalo, wording.sms):
            assert "{" not in as_typed(body) and from_typed(as_typed(body)) == body
    assert from_typed("[QC] [TEN] [cach goi] [lạ]") == "[QC] {{ name }} {{ full_call }} [lạ]"
    assert len({one.word for one in PLACEHOLDERS.values()}) == len(PLACEHOLDERS)


def test_a_text_is_changed_handed_in_and_taken(
    client_for: Callable[..., Client], sms: Template
) -> None:
    care = client_for("care")
    assert "[cách gọi]" in page(care.get(at(sms))) and "{{" not in page(care.get(at(sms)))
    answer = care.post(at(sms), {"body": GOOD, "price_phone": "350"}, follow=True)
    assert "Lời đang dùng vẫn được gửi" in page(answer)
    draft = Template.objects.get(status="draft")
    assert draft.body == from_typed(GOOD) and draft.price_phone == 350
    assert templates.get(sms.uid).status == "approved"
    assert "Bản nháp" in page(care.get("/settings/messages/"))
    care.post(at(draft, "step/submit/"))
    care.post(at(draft, "step/refuse/"), {"reason": "thiếu tên"})
    assert "thiếu tên" in page(care.get(at(draft)))
    care.post(at(draft, "step/submit/"))
    care.post(at(draft, "step/approve/"))
    assert templates.get(draft.uid).status == "approved"
    assert templates.get(sms.uid).status_reason == "replaced"


def test_zalo_wants_its_number(client_for: Callable[..., Client], zalo: Template) -> None:
    owner = client_for("owner")
    said = {
        "title": "Nhắc lịch hẹn", "button": "Trả lời",
        "body": "Chào [cách gọi], [phòng khám] nhắc lịch [giờ hẹn]. Cần đổi, gọi [số gọi].",
    }  # fmt: skip
    owner.post(at(zalo), said)
    draft = Template.objects.get(status="draft")
    answer = owner.post(at(draft, "step/submit/"), {"provider_id": "abc"})
    assert answer.status_code == 422 and 'value="abc"' in page(answer)
    assert "Mã của Zalo là một dãy số" in page(answer)
    owner.post(at(draft, "step/submit/"), {"provider_id": "100201"})
    draft = templates.get(draft.uid)
    assert (draft.status, draft.provider_id) == ("pending", "100201")
    assert draft.params == "full_call,clinic,time,hotline,link"


def test_what_must_be_mended_is_not_handed_in(
    client_for: Callable[..., Client], sms: Template
) -> None:
    owner = client_for("owner")
    owner.post(at(sms), {"body": GOOD + " sau khi nhổ răng 36"})
    draft = Template.objects.get(status="draft")
    said = page(owner.get(at(draft)))
    assert "nhổ răng" in said and "răng 36" in said and "step/submit" not in said
    owner.post(at(draft, "step/submit/"))
    owner.post(at(draft, "step/approve/"))
    assert templates.get(draft.uid).status == "draft"


def test_nothing_typed_is_lost(client_for: Callable[..., Client], sms: Template) -> None:
    owner = client_for("owner")
    answer = owner.post(at(sms), {"body": "Chào [tên]", "price_phone": "-1"})
    assert answer.status_code == 422 and "Chào [tên]" in page(answer)
    assert Template.objects.count() == 1
    empty = owner.post(at(sms), {"body": " "})
    assert "Hãy viết lời khách sẽ đọc" in page(empty)


def test_it_is_read_as_a_real_patient_and_counted_while_it_is_typed(
    client_for: Callable[..., Client], sms: Template, trang: Patient
) -> None:
    care = client_for("care")
    assert str(trang.uid) in page(care.get(at(sms, "who/?q=trang")))
    said = {"body": GOOD, "patient": str(trang.uid), "price_phone": "400"}
    shown = page(care.post(at(sms, "check/"), said))
    assert "Nha khoa An Tam nhac chi Trang: hen 15:00 thu Ba 02/06." in shown
    # Counted by hand: the sentence, the address and the hotline.
    text = "Nha khoa An Tam nhac chi Trang: hen 15:00 thu Ba 02/06. Xac nhan "
    letters = len(text) + len(PLACEHOLDERS["link"].example) + len(" goi 028 7300 6868")
    assert letters < 160 and f"1 phần · {letters} ký tự · 400" in shown  # without accents
    assert f"2 phần · {letters} ký tự · 800" in shown  # with them: 70 letters are one part, 134 two
    assert Template.objects.count() == 1  # nothing is written
    seen = AuditEntry.objects.filter(verb="search.seen", subject=trang.uid)
    before = seen.count()
    care.post(at(sms, "check/"), said)
    assert seen.count() == before  # not with every letter
    assert before >= 1


def test_a_broken_text_is_shown_and_named_not_run(
    client_for: Callable[..., Client], sms: Template
) -> None:
    loop = "{% for i in (1..100000000) %}a{% endfor %} {{ name"
    answer = client_for("care").post(at(sms, "check/"), {"body": loop})
    assert answer.status_code == 200 and "Chỉ điền được chỗ trống đơn giản" in page(answer)


def test_who_may_write_what(client_for: Callable[..., Client], sms: Template) -> None:
    campaign = templates.begin(
        key="campaign_tet", account=sms.account, channel="sms",  # type: ignore[arg-type]
        purpose=TemplatePurpose.CAMPAIGN, message_class=MessageClass.ADS, title="Tết",
        body="[QC] {{ clinic }}",
    )  # fmt: skip
    may = {
        "owner": (302, 302), "manager": (302, 302), "care": (302, 403), "marketing": (403, 302),
        "reception": (403, 403), "dentist": (403, 403), "branch_manager": (403, 403),
    }  # fmt: skip
    for role, wanted in may.items():
        client = client_for(role)
        got = tuple(client.post(at(one), {"body": GOOD}).status_code for one in (sms, campaign))
        assert got == wanted, role
    marketing = client_for("marketing")
    assert "<textarea" not in page(marketing.get(at(sms)))  # she reads it
    assert "/settings/messages/" in page(marketing.get("/patients/"))  # and finds the way


def test_a_patient_of_another_branch_is_not_read_as(
    client_for: Callable[..., Client], sms: Template, trang: Patient
) -> None:
    hers = places.open_branch(code="td", name="Thủ Đức", hotline="+842873006868")
    marketing = client_for("marketing", branches=[hers])
    assert "Trang" not in page(marketing.get(at(sms, "who/?q=trang")))
    said = {"body": GOOD, "patient": str(trang.uid)}
    assert marketing.post(at(sms, "check/"), said).status_code == 404
    assert marketing.get(at(sms, "?patient=nobody")).status_code == 404


def test_another_clinics_text_is_not_found(
    client_for: Callable[..., Client], other_clinic: Any, quan3: Branch
) -> None:
    with schema_context(other_clinic.schema_name):
        theirs = Template.objects.create(key="reminder", channel="sms", body="…")
        theirs.refresh_from_db()
    owner = client_for("owner")
    for uid in (theirs.uid, uuid.uuid4()):
        assert owner.get(f"/settings/messages/{uid}/").status_code == 404
        assert owner.post(f"/settings/messages/{uid}/step/approve/").status_code == 404


def test_a_new_text_of_ones_own(client_for: Callable[..., Client], sms: Template) -> None:
    account = str(sms.account.uid)  # type: ignore[union-attr]
    said = {"purpose": "campaign", "name": "Quà Tết", "account": account, "language": "vi"}
    marketing = client_for("marketing")
    answer = marketing.post("/settings/messages/new/", said, follow=True)
    made = Template.objects.get(purpose="campaign")
    assert (made.key, made.message_class, made.status) == ("campaign_qua_tet", "ads", "draft")
    assert "Quà Tết" in page(answer)
    again = marketing.post("/settings/messages/new/", said)
    assert again.status_code == 422 and "Đã có mẫu tin tên này" in page(again)
    assert "Quà Tết" in page(again)
    care = client_for("care")
    assert care.post("/settings/messages/new/", said).status_code == 422
    care.post("/settings/messages/new/", {**said, "purpose": "birthday"})
    assert Template.objects.get(purpose="birthday").message_class == "care"
    refused = client_for("owner").post(
        "/settings/messages/new/", {**said, "purpose": "survey", "offer": "on"}
    )
    assert "Chỉ chiến dịch và tin sinh nhật" in page(refused)


def test_a_step_pressed_twice_is_done_once(
    client_for: Callable[..., Client], sms: Template
) -> None:
    owner = client_for("owner")
    owner.post(at(sms), {"body": GOOD})
    draft = Template.objects.get(status="draft")
    for _ in range(2):
        answer = owner.post(at(draft, "step/drop/"), follow=True)
    assert answer.status_code == 404 and Template.objects.count() == 1
    twice = owner.post(at(sms, "step/approve/"), follow=True)
    assert "Việc này đã làm rồi" in page(twice)
    assert templates.get(sms.uid).status == "approved"


def test_the_list_costs_the_same_for_one_text_and_for_many(
    client_for: Callable[..., Client], sms: Template
) -> None:
    owner = client_for("owner")
    owner.get("/settings/messages/")

    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            owner.get("/settings/messages/")
        return len(queries)

    one = asked()
    for key in ("recall", "nudge", "invite"):
        registering.register(
            key=key, account=sms.account, channel="sms",  # type: ignore[arg-type]
            purpose=TemplatePurpose.RECALL, body=WORDINGS[key].sms,
        )  # fmt: skip
    assert asked() == one


def test_a_part_costs_what_the_account_says_until_the_text_says_otherwise(
    client_for: Callable[..., Client], sms: Template
) -> None:
    care = client_for("care")
    assert "chưa biết giá" in page(care.get("/settings/messages/"))
    ProviderAccount.objects.update(part_price_care=700)
    listed = page(care.get("/settings/messages/"))
    assert "tối đa 2 phần" in listed and "1.400\u00a0₫" in listed
    assert "700\u00a0₫" in page(care.get(at(sms)))  # with this reader: one part
    Template.objects.filter(pk=sms.pk).update(price_phone=350)
    assert "700\u00a0₫" in page(care.get("/settings/messages/"))
