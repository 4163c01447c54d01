"""Webhooks that come twice, late, in another order, forged, not at all; and hosts that fail."""

from __future__ import annotations

import json
import time

import pytest
import requests

from tests.gateway.hands import OA_ID, act, cs, listen, oa_get, told, user
from tests.messaging.gateway_server import GatewayServer, Listener, until


def texts(listener: Listener) -> list[str]:
    return [json.loads(heard.body)["message"]["text"] for heard in list(listener.heard)]


def test_an_event_that_is_switched_off_is_not_told(
    gateway: GatewayServer, listener: Listener
) -> None:
    listen(gateway, listener, off=["user_send_text", "user_received_message"])
    act(gateway, "text", text="Chào")
    gateway.settled(gateway.zalo()["data"]["msg_id"])
    act(gateway, "follow")
    told(listener, "follow")
    assert len(listener.heard) == 1
    hooks = {e["name"]: e["hook"] for e in gateway.control("events")["events"]}
    assert hooks["user_send_text"] == "off"
    assert gateway.book()[0]["receipt"] is None
    gateway.control("webhooks", {"off": []})
    act(gateway, "text", text="Chào")
    told(listener, "user_send_text")


def test_every_event_comes_twice(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener, duplicate=True)
    act(gateway, "text", text="Chào")
    gateway.settled(gateway.zalo()["data"]["msg_id"])
    until(lambda: len(listener.heard) == 4)
    bodies = [heard.body for heard in listener.heard]
    assert len(set(bodies)) == 2
    assert "num_retry" not in listener.heard[1].headers


def test_the_second_overtakes_the_first(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener, reorder=True)
    for text in ("một", "hai", "ba"):
        act(gateway, "text", text=text)
        time.sleep(0.05)
    until(lambda: len(listener.heard) == 3)
    said = texts(listener)
    assert said.index("hai") < said.index("một")
    assert set(said) == {"một", "hai", "ba"}  # nobody waits for ever


def test_a_forged_signature(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener, bad_signature=True)
    act(gateway, "text", text="Chào")
    gateway.zalo()
    until(lambda: len(listener.heard) == 2)
    assert not any(heard.signed_by("77", "oa-secret") for heard in listener.heard)
    gateway.control("webhooks", {"bad_signature": False})
    act(gateway, "text", text="Chào")
    until(lambda: len(listener.heard) == 3)
    assert listener.heard[2].signed_by("77", "oa-secret")


def test_switches_of_one_account_are_its_own(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener)
    gateway.control("webhooks", {"oa_id": "another", "duplicate": True})
    act(gateway, "text", text="Chào")
    told(listener, "user_send_text")
    time.sleep(0.2)
    assert len(listener.heard) == 1
    switches = gateway.control("webhooks")
    assert (switches["duplicate"], switches["accounts"]["another"]["duplicate"]) == (False, True)
    for wrong in ({"explode": True}, {"off": "follow"}, {"probe_on_save": "x"}):
        answer = gateway.http.post(f"{gateway.base}/control/webhooks", json=wrong)
        assert answer.status_code == 400


def test_saving_the_address_sends_a_probe(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener, probe_on_save="braces")
    assert [heard.body for heard in listener.heard] == [b"{}"]
    assert "X-ZEvent-Signature" not in listener.heard[0].headers
    said = gateway.control("webhooks/probe", {"oa_id": OA_ID})
    assert said == {"oa_id": OA_ID, "body": "empty", "status": 200}
    assert listener.heard[1].body == b""
    listener.answers = [403]
    assert gateway.control("webhooks/probe", {"oa_id": OA_ID})["status"] == 403


def test_an_event_that_is_not_taken_comes_again(gateway: GatewayServer, listener: Listener) -> None:
    listener.answers = [500]
    listen(gateway, listener)
    act(gateway, "text", text="Chào")
    until(lambda: gateway.control("events")["events"][-1]["attempts"] == 1)
    gateway.advance(31)
    until(lambda: len(listener.heard) == 2)
    first, second = listener.heard
    assert (first.body, second.headers["num_retry"]) == (second.body, "1")
    assert first.headers["X-ZEvent-Signature"] == second.headers["X-ZEvent-Signature"]
    until(lambda: gateway.control("events")["events"][-1]["hook"] == "acknowledged")


def test_only_silence_is_told_again_where_that_is_switched(
    gateway: GatewayServer, listener: Listener
) -> None:
    listener.answers = [500]
    listen(gateway, listener, retry_non_200=False)
    act(gateway, "text", text="Chào")
    until(lambda: gateway.control("events")["events"][-1]["hook"] == "acknowledged")


def test_given_up_the_address_is_switched_off(gateway: GatewayServer, listener: Listener) -> None:
    listener.answers = [500] * 6
    listen(gateway, listener, disable_after_retries=True)
    act(gateway, "text", text="Chào")
    at = 0.0
    for attempt, pause in enumerate((0, 31, 301, 901, 1801, 3601), 1):
        at += pause
        gateway.advance(at)
        until(lambda: len(listener.heard) == attempt)  # noqa: B023 - asked before the next turn
        time.sleep(0.1)  # its answer is written down
    until(lambda: gateway.control("events")["events"][-1]["hook"] == "given_up")
    assert gateway.control("accounts")["zalo"][0]["webhook_url"] == ""
    act(gateway, "text", text="Chào")
    assert gateway.control("events")["events"][-1]["hook"] == "off"


# the hosts themselves


def test_a_fault_of_one_endpoint_leaves_the_others(gateway: GatewayServer) -> None:
    her = user(gateway)
    gateway.control("mode", {"channel": "zalo", "endpoint": "message/cs", "fail": "-200"})
    assert cs(gateway, her)["error"] == -200
    assert gateway.zalo()["error"] == 0
    assert oa_get(gateway, "v2.0/oa/getoa")["error"] == 0
    modes = gateway.control("mode")
    assert modes["zalo"]["fail"] == ""
    assert modes["endpoints"]["zalo"][0]["endpoint"] == "message/cs"
    gateway.control("mode", {"channel": "zalo", "endpoint": "message/cs"})
    assert cs(gateway, her)["error"] == 0


def test_the_mode_of_an_endpoint_wins_over_its_channels(gateway: GatewayServer) -> None:
    her = user(gateway)
    gateway.control("mode", {"channel": "zalo", "fail": "-100"})
    gateway.control("mode", {"channel": "zalo", "endpoint": "message/cs", "fail": "-234"})
    assert (cs(gateway, her)["error"], gateway.zalo()["error"]) == (-234, -100)
    gateway.control("mode", {})
    assert (cs(gateway, her)["error"], gateway.zalo()["error"]) == (0, 0)


def test_a_page_instead_of_json(gateway: GatewayServer) -> None:
    gateway.control("mode", {"channel": "all", "fail": "html"})
    address = f"{gateway.base}/zalo-openapi/v2.0/oa/getoa"
    answer = requests.get(address, headers={"access_token": "first-access"}, timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    with pytest.raises(requests.JSONDecodeError):
        gateway.sms()
    assert gateway.book() == []


def test_too_many_calls_on_every_channel(gateway: GatewayServer) -> None:
    her = user(gateway)
    gateway.control("mode", {"channel": "all", "rate_limited": True})
    assert (gateway.zalo()["error"], cs(gateway, her)["error"]) == (-32, -32)
    assert oa_get(gateway, "v2.0/oa/getoa")["error"] == -32  # also where nothing is sent
    assert gateway.sms()["CodeResult"] == "160"


def test_a_free_text_whose_answer_is_lost_was_sent(gateway: GatewayServer) -> None:
    her = user(gateway)
    gateway.control("mode", {"channel": "zalo", "lose_answer": True, "only_next": 1})
    with pytest.raises(requests.ConnectionError):
        cs(gateway, her, "một lần")
    assert [row["text"] for row in gateway.book(channel="oa")] == ["một lần"]
