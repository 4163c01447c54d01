"""What the pages of messages say when something is missing, wrong or pressed twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.forms import CharField, Form, IntegerField
from django.utils import translation

from clinics.templatetags import tk
from messaging import accounts, trials
from messaging.models import Message, ProviderAccount, Template
from messaging.views.costs import LimitForm
from tests.messaging.outposts import Outpost
from tests.messaging.test_accounts import connect
from tests.messaging.test_costs import sums


def test_an_account_is_switched_off_after_a_question(
    clinic: Any, client_for: Any, clock: Any
) -> None:
    owner = client_for("owner")
    connect(owner)
    account = ProviderAccount.objects.get()
    page = f"/settings/channels/{account.uid}/"
    assert f'hx-confirm="Tắt {account.name}?' in owner.get(page).content.decode()
    for _press in range(2):
        answer = owner.post(f"{page}off/", HTTP_HX_REQUEST="true")
        assert (answer.status_code, answer["HX-Redirect"]) == (204, page)
    account.refresh_from_db()
    assert account.is_active is False
    assert "hx-confirm" not in owner.get(page).content.decode()  # to switch on needs no question


def test_a_sum_of_unknown_prices_is_not_nothing(outpost: Outpost, client_for: Any) -> None:
    sums(outpost)
    Message.objects.filter(channel="zalo").update(cost=None)
    owner = client_for("owner")
    page = owner.get("/messages/costs/?month=2026-06").content.decode()
    by_channel = page.partition('id="by-channel"')[2].partition("</section>")[0]
    zalo = by_channel.partition("key=zalo")[2].partition("</li>")[0]
    assert "chưa biết giá" in zalo
    assert "0 ₫" not in zalo
    behind = owner.get("/messages/costs/by/channel/?month=2026-06&key=sms").content.decode()
    assert "SMS: từng tin" in behind


@pytest.mark.parametrize("typed", ["abc", "0", "-5", "9" * 30, "😀"])
def test_a_limit_that_is_no_amount_is_said_beside_its_field(typed: str) -> None:
    with translation.override("vi"):
        form = LimitForm({"vnd": typed})
        assert form.errors == {"vnd": ["Ghi số tiền bằng chữ số, ví dụ 5.000.000."]}


def test_nobody_joined_has_a_next_step(clinic: Any, client_for: Any, clock: Any) -> None:
    page = client_for("reception").get("/inbox/followers/").content.decode()
    assert "Chưa có khách nào kết nối Zalo." in page
    assert 'href="/inbox/qr/"' in page


def test_the_time_of_a_row(clock: Any) -> None:
    clock.set("2026-06-04T20:00")  # in Vietnam
    at = dt.datetime(2026, 6, 4, 8, 30, tzinfo=dt.UTC)  # 15:30
    with translation.override("vi"):
        assert tk.brief(at) == "15:30"
        assert tk.brief(at - dt.timedelta(hours=16)) == "Hôm qua"
        assert tk.brief(at - dt.timedelta(days=2)) == "02/06"
        assert tk.brief(None) == ""
    with translation.override("en"):
        assert tk.moment(at) == "15:30 today"
        assert tk.moment(at - dt.timedelta(days=2)) == "15:30 Tuesday 02/06"


def test_a_form_speaks_as_the_desk_does() -> None:
    class Short(Form):
        name = CharField(max_length=3)
        n = IntegerField(max_value=5)

    with translation.override("vi"):
        assert Short({}).errors["name"] == ["Chưa điền mục này."]
        bad = Short({"name": "Trang", "n": "9"}).errors
        assert bad["name"] == ["Dài quá: nhiều nhất 3 ký tự, đang có 5."]
        assert bad["n"] == ["Số này lớn quá: nhiều nhất là 5."]
        assert Short({"name": "T", "n": "x"}).errors["n"] == ["Chỉ ghi số nguyên, ví dụ 12."]


def test_a_test_names_its_texts_and_says_what_is_wrong_with_a_number(
    outpost: Outpost, client_for: Any
) -> None:
    owner = client_for("owner")
    page = f"/settings/channels/{outpost.esms.uid}/"
    assert "booking_confirmation" not in owner.get(page).content.decode()
    text = trials.choices(outpost.esms)[0]
    bad = owner.post(f"{page}test/", {"text": text.uid, "to": "12"})
    assert bad.status_code == 422
    said = bad.content.decode()
    assert "Số này thiếu" in said
    assert "[&#x27;" not in said


def test_a_letter_may_be_written_and_used(outpost: Outpost, client_for: Any) -> None:
    owner = client_for("owner")
    letters = accounts.connect("email", "hen@antam.vn", "Thư", {"url": "smtp://127.0.0.1:25"})
    typed = {"purpose": "birthday", "name": "Chúc mừng", "account": letters.uid, "language": "vi"}
    made = owner.post("/settings/messages/new/", typed)
    assert made.status_code == 302
    page = made["Location"]
    text = Template.objects.get(account=letters)
    words = {
        "title": "Mừng sinh nhật",
        "body": "Chào [cách gọi], [phòng khám] chúc mừng sinh nhật. Cần gì xin gọi [số gọi].",
    }
    assert owner.post(page, words).status_code == 302
    shown = owner.get(page).content.decode()
    assert "Tiêu đề thư" in shown
    assert "E-mail không cần ai duyệt" in shown
    assert "SMS" not in shown.partition("<main")[2].partition("</main>")[0]
    for deed in ("submit", "approve"):
        assert owner.post(f"{page}step/{deed}/").status_code == 302
    text.refresh_from_db()
    assert (text.status, text.channel, text.title) == ("approved", "email", "Mừng sinh nhật")
