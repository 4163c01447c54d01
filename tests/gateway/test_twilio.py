"""Twilio at the gateway: messages, statuses, signed callbacks, errors."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

import pytest
import requests

from tests.gateway.hands import act
from tests.messaging.gateway_server import GatewayServer, Heard, Listener, until
from tests.payloads.reading import errors, payload

SID, TOKEN, SENDER = "AC" + "1" * 32, "auth-token", "+15005550006"
TO = "+14155550123"
ACCOUNT = {"kind": "twilio", "sid": SID, "auth_token": TOKEN, "numbers": [SENDER]}
REFUSED = [each["code"] for each in errors("twilio") if each.get("status")]
TOLD = [each["code"] for each in errors("twilio") if not each.get("status")]


@pytest.fixture(autouse=True)
def _account(gateway: GatewayServer) -> None:
    gateway.control("accounts", ACCOUNT)


def post(gateway: GatewayServer, auth: Any = (SID, TOKEN), **form: str) -> requests.Response:
    said = {"To": TO, "From": SENDER, "Body": "An Tam: 15:30 tomorrow"} | form
    address = f"{gateway.base}/twilio/2010-04-01/Accounts/{SID}/Messages.json"
    return requests.post(address, data=said, auth=auth, timeout=5)


def get(gateway: GatewayServer, sid: str) -> requests.Response:
    address = f"{gateway.base}/twilio/2010-04-01/Accounts/{SID}/Messages/{sid}.json"
    return requests.get(address, auth=(SID, TOKEN), timeout=5)


def form_of(heard: Heard, url: str) -> dict[str, str]:
    """The form of a callback, its signature computed again."""
    form = dict(parse_qsl(heard.body.decode(), keep_blank_values=True))
    said = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(TOKEN.encode(), said.encode(), hashlib.sha1).digest()
    assert heard.headers["X-Twilio-Signature"] == base64.b64encode(digest).decode()
    return form


def test_a_message_goes_its_way_and_is_told_of_each_step(
    gateway: GatewayServer, listener: Listener
) -> None:
    url = f"http://localhost:{listener.port}/webhooks/twilio/t0ken?x=1"
    created = post(gateway, StatusCallback=url)
    assert created.status_code == 201
    said = created.json()
    assert (said["status"], said["num_segments"], said["error_code"]) == ("queued", "1", None)
    assert set(said) == set(payload("twilio", "answer.created")["body"])
    until(lambda: len(listener.heard) == 2)
    forms = [form_of(heard, url) for heard in listener.heard]
    # two calls at nearly the same time: who is heard first is not said
    assert sorted(form["MessageStatus"] for form in forms) == ["delivered", "sent"]
    assert {form["MessageSid"] for form in forms} == {said["sid"]}
    fetched = get(gateway, said["sid"]).json()
    assert (fetched["status"], fetched["price"]) == ("delivered", "-0.00790")
    (row,) = gateway.book(channel="twilio")
    assert (row["phone"], row["text"]) == (TO, "An Tam: 15:30 tomorrow")


@pytest.mark.parametrize("code", TOLD)
def test_every_code_that_comes_afterwards(
    gateway: GatewayServer, listener: Listener, code: int
) -> None:
    gateway.control(f"phones/{TO}", {"twilio_code": code})
    url = f"http://localhost:{listener.port}/t"
    sid = post(gateway, StatusCallback=url).json()["sid"]
    until(lambda: len(listener.heard) == 2)
    forms = [form_of(heard, url) for heard in listener.heard]
    (last,) = [form for form in forms if form["MessageStatus"] != "sent"]
    ended = "failed" if code in (30001, 30002) else "undelivered"
    assert (last["MessageStatus"], last["ErrorCode"]) == (ended, str(code))
    assert get(gateway, sid).json()["error_code"] == code


@pytest.mark.parametrize("code", REFUSED)
def test_every_code_that_refuses(gateway: GatewayServer, code: int) -> None:
    expected = payload("twilio", f"answer.refused.{code}")
    gateway.control(f"phones/{TO}", {"twilio_code": code})
    answer = post(gateway)
    assert (answer.status_code, answer.json()) == (expected["status"], expected["body"])
    assert post(gateway, To=f"+849940{code}").json()["code"] == code
    assert gateway.book() == []


@pytest.mark.parametrize(
    ("code", "form"),
    [
        (21211, {"To": "0903418276"}),
        (21211, {"To": ""}),
        (21614, {"To": "+842873006868"}),
        (21603, {"From": ""}),
        (21606, {"From": "+15005550007"}),
        (21602, {"Body": ""}),
        (21617, {"Body": "a" * 1_601}),
    ],
)
def test_wrong_forms(gateway: GatewayServer, code: int, form: dict[str, str]) -> None:
    answer = post(gateway, **form)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_keys_are_checked_and_others_messages_are_not_found(gateway: GatewayServer) -> None:
    for auth in ((SID, "wrong"), ("AC" + "2" * 32, TOKEN), None):
        answer = post(gateway, auth=auth)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert get(gateway, "SM" + "0" * 32).status_code == 404
    assert gateway.zalo()["error"] == 0
    (zalo,) = gateway.book()
    assert get(gateway, zalo["id"]).json()["code"] == 20404


def test_numbers_of_viet_nam_are_taken_and_texts_can_be_taken_away(gateway: GatewayServer) -> None:
    sid = post(gateway, To="+84903418276", MessagingServiceSid="MG1").json()["sid"]
    address = f"{gateway.base}/twilio/2010-04-01/Accounts/{SID}/Messages/{sid}.json"
    requests.post(address, data={"Body": ""}, auth=(SID, TOKEN), timeout=5)
    assert get(gateway, sid).json()["body"] == ""
    assert gateway.book(channel="twilio")[0]["text"] == ""


def test_too_many_at_once(gateway: GatewayServer) -> None:
    gateway.control("mode", {"channel": "twilio", "rate_limited": True})
    answer = post(gateway)
    assert (answer.status_code, answer.json()["code"]) == (429, 20429)
    gateway.control("mode", {"channel": "twilio", "lose_answer": True, "only_next": 1})
    with pytest.raises(requests.ConnectionError):
        post(gateway)
    assert len(gateway.book(channel="twilio")) == 1
    assert gateway.sms()["CodeResult"] == "100"


def test_stop_is_told_and_kept_by_twilio_itself(gateway: GatewayServer, listener: Listener) -> None:
    url = f"http://localhost:{listener.port}/in"
    gateway.control("accounts", ACCOUNT | {"inbound_url": url})
    act(gateway, "sms", TO, text="STOP")
    form = form_of(until(lambda: listener.heard and listener.heard[0]), url)
    assert (form["From"], form["To"], form["Body"]) == (TO, SENDER, "STOP")
    assert post(gateway).json()["code"] == 21610
    address = f"{gateway.base}/control/phones/+84903418276/act"
    answer = gateway.http.post(address, json={"do": "sms", "text": "STOP"})
    assert answer.status_code == 400  # no way back from Viet Nam


def test_secrets_are_not_shown(gateway: GatewayServer) -> None:
    assert TOKEN not in gateway.http.get(f"{gateway.base}/control/accounts").text
