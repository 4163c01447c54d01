"""Viber is one more folder: everything that is not its own comes from eSMS."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from messaging import accounts, registering
from messaging.models import Message, ProviderAccount, TemplatePurpose
from messaging.providers import providers
from messaging.providers.base import ProviderError, Reply
from messaging.providers.news import Look
from messaging.providers.viber.client import Viber
from messaging.providers.viber.forms import ViberForm
from tests.messaging.gateway_server import Heard
from tests.messaging.outposts import Outpost, Wire, post, work
from tests.payloads import reading

NOW = dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC)  # 10:00 in Vietnam


@pytest.fixture
def viber(outpost: Outpost, wire: Wire) -> ProviderAccount:
    keys = json.loads(outpost.esms.credentials)
    pair = {name: keys[name] for name in ("api_key", "secret_key")}
    wire.control("accounts", {"kind": "esms", **pair, "viber_price": 470})
    account = accounts.connect("viber", "Nha khoa An Tam", "Viber", keys)
    registering.register(
        key="reminder", account=account, channel="viber", params=["link"],
        purpose=TemplatePurpose.REMINDER,
        body="Chào {{ full_call }}, {{ clinic }} nhắc lịch hẹn {{ time }}. Bấm nút bên dưới nhé.",
    )  # fmt: skip
    ProviderAccount.objects.filter(kind="zalo").update(is_active=False)
    return account


def say(outpost: Outpost) -> Message:
    return outpost.say(allowed_channels=["viber", "sms"])


def test_its_place_is_between_zalo_and_sms() -> None:
    assert [each.kind for each in providers()] == ["zalo", "viber", "esms", "twilio", "email"]


def test_a_message_goes_arrives_and_has_its_price(
    outpost: Outpost, wire: Wire, viber: ProviderAccount
) -> None:
    message = say(outpost)
    work()
    (row,) = wire.book(channel="esms")
    assert row["text"].startswith("Chào chị Trang, Nha khoa An Tâm nhắc lịch hẹn 15:30.")
    assert outpost.attempts(message) == [("viber", "accepted")]
    (heard,) = wire.receipts()
    assert heard.path == f"/webhooks/viber/{viber.callback_token}"
    assert post(heard) == 200
    work()
    message.refresh_from_db()
    assert (message.state, message.cost) == ("delivered", 470)


def test_who_has_no_viber_gets_an_sms_whatever_a_report_claims(
    outpost: Outpost, wire: Wire, viber: ProviderAccount
) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), viber="none")
    message = outpost.say(patient, allowed_channels=["viber", "sms"])
    work()
    message.refresh_from_db()
    wire.receipts()  # the true one, and forgotten
    query = {"SMSID": message.provider_ref, "SendStatus": "5", "SendSuccess": "1"}
    post(Heard("GET", f"/webhooks/viber/{viber.callback_token}", query, {}, b""))
    work()
    assert outpost.attempts(message) == [("viber", "failed"), ("sms", "accepted")]


def test_a_lost_answer_is_not_repeated_and_goes_on_by_sms(
    outpost: Outpost, wire: Wire, viber: ProviderAccount, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    wire.mode(channel="esms", lose_answer=True, only_next=1)
    message = say(outpost)
    work()
    clock.advance(hours=4, minutes=11)
    work()
    work()
    assert outpost.attempts(message) == [("viber", "unknown"), ("sms", "accepted")]
    assert len(wire.book(channel="esms")) == 2


def test_the_button_carries_the_link_and_the_sandbox_its_own_name(
    outpost: Outpost, viber: ProviderAccount
) -> None:
    message = say(outpost)
    requests: list[dict[str, Any]] = []
    plain = Viber.request

    def noted(self: Viber, account: Any, sending: Any) -> Any:
        made = plain(self, account, sending)
        requests.append(json.loads(made.body or b""))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Viber, "request", noted)
        viber.credentials = json.dumps(json.loads(viber.credentials) | {"sandbox": "1"})
        viber.save(update_fields=["credentials"])
        work()
    (said,) = requests
    assert (said["SmsType"], said["OttLabel"]) == ("23", "Mở")
    assert said["OttUrl"].startswith("http://an-tam.localhost/k/")
    assert said["IsSandBox"] == "1" and "Sandbox" not in said
    message.refresh_from_db()
    assert message.state == "accepted"


@pytest.mark.parametrize("row", reading.errors("esms"), ids=lambda row: str(row["code"]))
def test_its_codes_are_those_of_esms(row: dict[str, str]) -> None:
    reply = Reply(200, json.dumps({"CodeResult": row["code"]}).encode())
    if row["class"] == "sent":
        assert Viber().accepted(reply, NOW)
        return
    with pytest.raises(ProviderError) as caught:
        Viber().accepted(reply, NOW)
    assert caught.value.permanent is (row["class"] in {"permanent", "split"})


def test_the_recorded_report_makes_us_ask() -> None:
    query = reading.payload("esms", "callback.viber")["query"]
    assert Viber().news(json.dumps(query)) == [Look(None, query["SMSID"])]


def test_its_name_may_be_longer_than_one_of_sms() -> None:
    typed = {"name": "V", "brand_name": "Nha khoa An Tam", "api_key": "k", "secret_key": "s"}
    assert ViberForm(typed, branches=[]).is_valid()
