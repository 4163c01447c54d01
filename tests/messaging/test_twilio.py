"""Twilio: abroad only, after a recorded decision, signed reports, never twice."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from messaging import accounts, registering
from messaging.models import Inbound, Message, ProviderAccount, TemplatePurpose, Unreachable
from messaging.providers.base import OutcomeUnknown, ProviderError, Reply, Scope, Sending
from messaging.providers.news import Arrived, Receipt, Said
from messaging.providers.twilio import webhook
from messaging.providers.twilio.client import Twilio
from messaging.providers.twilio.forms import TwilioForm
from messaging.public import Want, routes
from tests.messaging.gateway_server import Heard
from tests.messaging.outposts import Outpost, Wire, work
from tests.payloads import reading

NOW = dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC)  # 10:00 in Vietnam
SID, TOKEN, SENDER = "AC" + "1" * 32, "auth-token", "+15005550006"
ABROAD = "+14155550123"
BASIS = {"basis_by": "Trần Hải", "basis_on": "2026-05-20", "basis_reference": "CBT-07"}


class Account:
    kind = "twilio"
    account_id = "ACb61a6d542f9036550ba9c401c80f00ef"
    callback_token = "t0ken"

    def __init__(self, **said: str) -> None:
        self.credentials = json.dumps(
            {"auth_token": "TwilioTokenOfTests", "sender": SENDER, **BASIS, **said}
        )


def sending(to: str = ABROAD, **more: Any) -> Sending:
    message = Message(text="An Tam: 15:30")
    return Sending(message.uid, to, "phone", "", {}, message.text, **more)


# ---------------------------------------------------------------------- what it takes


def test_it_takes_numbers_abroad_and_only_with_a_basis() -> None:
    assert Twilio().takes(Account(), "phone", ABROAD)
    assert not Twilio().takes(Account(), "phone", "+84903418276")
    assert not Twilio().takes(Account(), "email", "a@example.vn")
    for name in BASIS:
        account = Account(**{name: ""})
        assert not Twilio().takes(account, "phone", ABROAD)
        assert len(Twilio().missing(account)) == 1
    assert Twilio().missing(Account()) == []


@pytest.mark.parametrize(
    ("account", "message", "code", "scope", "permanent"),
    [
        (Account(), sending("+84903418276"), "at_home", Scope.CONTACT_POINT, True),
        (Account(), sending(is_ad=True), "no_advertising", Scope.TEMPLATE, True),
        (Account(basis_on=""), sending(), "no_basis_abroad", Scope.ACCOUNT, False),
    ],
)
def test_what_was_queued_and_must_not_leave_is_refused_here(
    account: Account, message: Sending, code: str, scope: Scope, permanent: object
) -> None:
    with pytest.raises(ProviderError) as caught:
        Twilio().request(account, message)
    error = caught.value
    assert (error.code, error.scope, error.permanent) == (code, scope, permanent)
    assert Twilio().words(code)


# ---------------------------------------------------------------------- codes


def answer(name: str) -> Reply:
    said = reading.payload("twilio", name)
    return Reply(said["status"], json.dumps(said["body"]).encode())


def test_every_code_is_recorded() -> None:
    listed = {
        f"answer.refused.{row['code']}" for row in reading.errors("twilio") if "status" in row
    }
    assert listed == set(reading.names("twilio", "answer.refused"))


@pytest.mark.parametrize("row", reading.errors("twilio"), ids=lambda row: str(row["code"]))
def test_every_code_does_what_its_class_says(row: dict[str, Any]) -> None:
    code = str(row["code"])
    assert Twilio().words(code) or row["class"] == "later"
    if "status" not in row:  # told by a callback
        found = webhook.receipt_of("undelivered", "SM1", code)
        assert found is not None
        assert (found.news, found.code) == ("failed", code)
        assert (found.fact_days == 0) is (row["class"] != "permanent" or code == "30007")
        return
    with pytest.raises(ProviderError) as caught:
        Twilio().accepted(answer(f"answer.refused.{code}"), NOW)
    error = caught.value
    assert error.permanent is (row["class"] == "permanent")
    assert (error.scope is Scope.ACCOUNT) is (row["class"] == "config")
    assert (error.retry_at is None) is error.permanent
    assert error.text == row["message"]


def test_a_code_nobody_knows_took_nothing_and_a_broken_answer_may_have() -> None:
    with pytest.raises(ProviderError) as caught:
        Twilio().accepted(Reply(400, b'{"code": 29999, "message": "new"}'), NOW)
    assert (caught.value.code, caught.value.permanent) == ("29999", True)
    for reply in (Reply(500, b"{}"), Reply(201, b"<html>"), Reply(201, b"[]"), Reply(200, b"{}")):
        with pytest.raises(OutcomeUnknown):
            Twilio().accepted(reply, NOW)


@pytest.mark.parametrize(
    ("price", "unit", "cost"),
    [(None, "USD", None), ("-0.00790", "USD", None), ("-812", "VND", 812), ("x", "VND", None)],
)
def test_a_price_in_another_currency_is_no_cost(price: Any, unit: str, cost: int | None) -> None:
    body = reading.payload("twilio", "answer.delivered")["body"] | {
        "price": price, "price_unit": unit,
    }  # fmt: skip
    found = Twilio().looked_up(Reply(200, json.dumps(body).encode()), body["sid"])
    assert found == Receipt("delivered", None, body["sid"], None, cost=cost)


# ---------------------------------------------------------------------- signed reports


def arrived(name: str, **changed: Any) -> Arrived:
    said = reading.payload("twilio", name)
    said["form"] |= changed.pop("form", {})
    raw = "&".join(f"{key}={value.replace('+', '%2B')}" for key, value in said["form"].items())
    values: dict[str, Any] = {
        "method": "POST", "url": said["url"], "token": "t0ken", "raw": raw.encode(),
        "headers": {"x-twilio-signature": said["headers"]["X-Twilio-Signature"]},
    } | changed  # fmt: skip
    return Arrived(**values)


REPORTS = reading.names("twilio", "callback") + reading.names("twilio", "inbound")


@pytest.mark.parametrize("name", REPORTS)
def test_a_recorded_report_is_genuine_and_altered_it_is_not(name: str, settings: Any) -> None:
    settings.BASE_SCHEME, settings.BASE_DOMAIN = "https", "tai-kham.example.vn"
    here = Account()
    assert Twilio().genuine(arrived(name), here)
    # A proxy may tell us another port or scheme than Twilio called.
    for url in ("http://127.0.0.1:8000/x", "https://tai-kham.example.vn:443/webhooks/twilio/t0ken"):
        assert Twilio().genuine(arrived(name, url=url), here)
    assert not Twilio().genuine(arrived(name, form={"MessageStatus": "read"}), here)
    assert not Twilio().genuine(arrived(name, headers={}), here)
    assert not Twilio().genuine(arrived(name, token="other"), here)
    assert not Twilio().genuine(arrived(name), Account(auth_token="stolen"))
    settings.BASE_DOMAIN = "elsewhere.vn"
    assert not Twilio().genuine(arrived(name, url="https://elsewhere.vn/webhooks/twilio/x"), here)


def test_with_and_without_a_port() -> None:
    raw = b"MessageSid=SM1&MessageStatus=sent"
    fields = "MessageSidSM1MessageStatussent"
    for signed_url in ("https://a.vn/t", "https://a.vn:443/t"):
        mac = webhook.signed(signed_url + fields, "s")
        assert webhook.genuine("https://a.vn/t", raw, "s", mac)
        assert not webhook.genuine("https://b.vn/t", raw, "s", mac)
    mac = webhook.signed("http://a.vn/t" + fields, "s")
    assert webhook.genuine("http://a.vn:8000/t", raw, "s", mac)


@pytest.mark.parametrize("name", REPORTS)
def test_what_a_recorded_report_says(name: str) -> None:
    form = reading.payload("twilio", name)["form"]
    body = Twilio().stored(arrived(name))
    found = Twilio().news(body)
    status = form.get("MessageStatus") or form["SmsStatus"]
    assert Twilio().event(body) == status
    if status == "received":
        assert found == [Said(form["From"], form["MessageSid"], None, "STOP")]
    elif status in ("delivered", "undelivered", "failed"):
        (receipt,) = found
        assert isinstance(receipt, Receipt)
        news = "delivered" if status == "delivered" else "failed"
        assert (receipt.news, receipt.ref, receipt.code) == (
            news, form["MessageSid"], form.get("ErrorCode", ""),
        )  # fmt: skip
    else:
        assert found == []


def test_the_same_report_has_one_key() -> None:
    keys = {name: Twilio().dedupe_key(arrived(name)) for name in REPORTS}
    sid = reading.payload("twilio", "callback.sent")["form"]["MessageSid"]
    assert keys["callback.sent"] == f"{sid}:sent"
    assert keys["callback.undelivered.30003"] == keys["callback.undelivered.30008"]
    assert len({keys[f"callback.{each}"] for each in ("sent", "sending", "delivered")}) == 3


# ---------------------------------------------------------------------- the form


def form(**said: str) -> TwilioForm:
    typed = {"name": "Abroad", "account_sid": SID, "auth_token": TOKEN, "sender": SENDER}
    return TwilioForm({**typed, **said}, branches=[])


def test_the_form_keeps_the_decision_and_its_date() -> None:
    filled = form(**BASIS)
    assert filled.is_valid(), filled.errors
    assert filled.credentials() == {"auth_token": TOKEN, "sender": SENDER, **BASIS}
    again = TwilioForm(branches=[], stored=filled.credentials(), initial={"account_sid": SID})
    html = str(again)
    assert 'value="2026-05-20"' in html
    assert TOKEN not in html
    assert form().is_valid()  # connected, and sends nothing


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"account_sid": "12"}, "account_sid"),
        ({"sender": "a name that is too long"}, "sender"),
        ({"basis_by": "Trần Hải"}, "basis_reference"),
        ({**BASIS, "basis_on": "2030-01-01"}, "basis_on"),
        ({**BASIS, "basis_on": "hôm qua"}, "basis_on"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(said: dict[str, str], field: str) -> None:
    assert field in form(**said).errors


# ---------------------------------------------------------------------- on the wire


@pytest.fixture
def abroad(outpost: Outpost, wire: Wire) -> ProviderAccount:
    wire.control(
        "accounts", {"kind": "twilio", "sid": SID, "auth_token": TOKEN, "numbers": [SENDER]}
    )
    account = accounts.connect(
        "twilio", SID, "Abroad", {"auth_token": TOKEN, "sender": SENDER, **BASIS}
    )
    registering.register(
        key="reminder",
        account=account,
        channel="sms",
        purpose=TemplatePurpose.REMINDER,
        body="{{ clinic }}: {{ time }}",
        params=[],
    )
    return account


def say(outpost: Outpost, phone: str = ABROAD, **more: Any) -> Message:
    return outpost.say(outpost.patient(phone), **more)


def carry(wire: Wire, expected: int) -> list[int]:
    """Bring Twilio's forms to the product, byte for byte."""
    return [bring(each) for each in wire.receipts(expected)]


def bring(heard: Heard) -> int:
    client = Client(headers={"host": "localhost"})
    with schema_context("an_tam"):
        return client.post(
            heard.path,
            data=heard.body,
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": heard.headers["X-Twilio-Signature"]},
        ).status_code


def test_a_message_abroad_is_delivered(
    outpost: Outpost, wire: Wire, abroad: ProviderAccount
) -> None:
    message = say(outpost)
    work()
    (row,) = wire.book(channel="twilio")
    assert (row["phone"], row["text"]) == (ABROAD, "Nha khoa An Tam: 15:30")
    assert outpost.attempts(message) == [("sms", "accepted")]
    assert carry(wire, 2) == [200, 200]
    work()
    message.refresh_from_db()
    assert (message.state, message.provider_ref, message.cost) == ("delivered", row["id"], None)


def test_a_forged_report_is_kept_and_not_believed(
    outpost: Outpost, wire: Wire, abroad: ProviderAccount
) -> None:
    message = say(outpost)
    work()
    for heard in wire.receipts(2):
        bring(Heard("POST", heard.path, {}, {"X-Twilio-Signature": "x"}, heard.body))
    work()
    assert outpost.attempts(message) == [("sms", "accepted")]
    assert set(Inbound.objects.values_list("genuine", flat=True)) == {False}


def test_numbers_of_viet_nam_never_go_this_way(
    outpost: Outpost, wire: Wire, abroad: ProviderAccount
) -> None:
    ProviderAccount.objects.exclude(pk=abroad.pk).update(is_active=False)
    patient = outpost.patient()
    want = Want(patient.pk, outpost.branch.pk, "reminder")
    assert routes.reach([want])[want].routes == ()


def test_without_a_basis_nothing_leaves_and_the_account_says_why(
    outpost: Outpost, wire: Wire, abroad: ProviderAccount, clock: Any
) -> None:
    message = say(outpost)
    said = json.loads(abroad.credentials) | {"basis_on": ""}  # withdrawn after it was queued
    abroad.credentials = json.dumps(said)
    abroad.save(update_fields=["credentials"])
    work()
    assert wire.book(channel="twilio") == []
    assert outpost.attempts(message) == [("sms", "queued")]
    abroad.refresh_from_db()
    assert abroad.paused_reason.startswith("no_basis_abroad")
    other = outpost.patient("+14155550199")
    want = Want(other.pk, outpost.branch.pk, "reminder")
    assert routes.reach([want])[want].routes == ()
    abroad.credentials = json.dumps(said | BASIS)
    abroad.save(update_fields=["credentials"])
    clock.advance(minutes=61)
    work()
    assert outpost.attempts(message) == [("sms", "accepted")]


@pytest.mark.parametrize(("code", "days"), [(30005, True), (30003, False), (30007, False)])
def test_a_refusal_that_comes_later_is_a_failure_and_maybe_a_fact(
    outpost: Outpost, wire: Wire, abroad: ProviderAccount, code: int, days: object
) -> None:
    wire.control(f"phones/{ABROAD}", {"twilio_code": code})
    message = say(outpost)
    work()
    carry(wire, 2)
    work()
    message.refresh_from_db()
    assert (message.state, message.error_code) == ("failed", str(code))
    assert Unreachable.objects.exists() is days


def test_a_lost_answer_is_never_repeated(
    outpost: Outpost, wire: Wire, abroad: ProviderAccount, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    wire.mode(channel="twilio", lose_answer=True, only_next=1)
    message = say(outpost)
    work()
    assert outpost.attempts(message) == [("sms", "calling")]
    clock.advance(hours=4, minutes=11)
    work()
    assert outpost.attempts(message) == [("sms", "unknown")]
    assert len(wire.book(channel="twilio")) == 1


def test_a_lost_report_is_asked_for(
    outpost: Outpost, wire: Wire, abroad: ProviderAccount, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    message = say(outpost)
    work()
    wire.receipts(2)  # and forgotten
    clock.advance(hours=4, minutes=11)
    work()
    assert outpost.attempts(message) == [("sms", "delivered")]
