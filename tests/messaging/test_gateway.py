"""The local gateway behaves on the wire as docs/gateway.md says the real ones do."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.messaging.gateway_server import (
    DATA,
    DAY,
    HOUR,
    OA,
    TEMPLATE,
    GatewayServer,
    Listener,
    until,
)

# Zalo, accepted


def test_an_accepted_template_message_is_answered_booked_and_delivered(
    gateway: GatewayServer,
) -> None:
    answer = gateway.zalo(tracking_id="apt-1")
    assert answer["error"] == 0
    assert answer["message"] == "Success"
    data = answer["data"]
    assert len(data["msg_id"]) == 20
    assert int(data["msg_id"], 16) >= 0
    assert data["sent_time"].isdigit()
    assert data["sending_mode"] == "1"
    assert data["quota"] == {"dailyQuota": "20000", "remainingQuota": "19999"}
    row = gateway.settled(data["msg_id"])
    assert (row["state"], row["phone"], row["tracking_id"]) == (
        "delivered",
        "+84903418276",
        "apt-1",
    )
    assert row["text"] == "Chào chị Trang, An Tâm nhắc lịch hẹn lúc 15:30 17/11/2026."
    assert row["links"] == [{"title": "Xem lịch hẹn", "url": "http://an-tam.localhost:8000/k/abc"}]
    assert row["charged"] == 200
    status = gateway.zalo_get("message/status", message_id=data["msg_id"])
    assert status.json()["data"]["status"] == 1
    assert status.headers["X-RateLimit-Limit"] == "4000"


def test_zalo_takes_the_same_message_twice_and_the_book_counts_it(gateway: GatewayServer) -> None:
    first, second = gateway.zalo(tracking_id="same"), gateway.zalo(tracking_id="same")
    assert first["data"]["msg_id"] != second["data"]["msg_id"]
    assert gateway.control("book?summary=1")["repeated"] == {"zalo": {"same": 2}, "esms": {}}


def test_a_delivery_is_told_by_a_signed_webhook(gateway: GatewayServer, listener: Listener) -> None:
    url = f"http://localhost:{listener.port}/webhooks/zalo"
    gateway.control("accounts", {"oa_id": OA["oa_id"], "webhook_url": url})
    sent = gateway.zalo(tracking_id="apt-2")["data"]
    heard = until(lambda: listener.heard and listener.heard[0])
    assert (heard.method, heard.path) == ("POST", "/webhooks/zalo")
    assert heard.headers["Host"] == f"localhost:{listener.port}"
    assert heard.headers["X-ZEvent-Server"] == "ZNS"
    assert heard.signed_by("77", "oa-secret")
    assert not heard.signed_by("77", "app-secret")
    event = json.loads(heard.body)
    assert event["event_name"] == "user_received_message"
    assert event["app_id"] == "77"
    assert event["sender"] == {"id": "4318527"}
    assert event["recipient"] == {"id": "84903418276"}
    assert event["message"]["msg_id"] == sent["msg_id"]
    assert event["message"]["tracking_id"] == "apt-2"
    assert int(event["message"]["delivery_time"]) >= int(sent["sent_time"])
    assert until(lambda: gateway.book()[0]["receipt"] == "acknowledged")


def test_a_webhook_that_is_not_taken_comes_again_with_the_same_signature(
    gateway: GatewayServer, listener: Listener
) -> None:
    listener.answers = [500, 503]
    gateway.control(
        "accounts", {"oa_id": OA["oa_id"], "webhook_url": f"http://127.0.0.1:{listener.port}/z"}
    )
    gateway.zalo()
    until(lambda: len(listener.heard) == 1)
    until(lambda: gateway.book()[0]["receipt_attempts"] == 1)
    gateway.advance(31)
    until(lambda: gateway.book()[0]["receipt_attempts"] == 2)
    gateway.advance(31 + 290)
    time.sleep(0.3)  # several looks of the gateway's schedule
    assert len(listener.heard) == 2  # the second pause is five minutes
    gateway.advance(31 + 302)
    until(lambda: len(listener.heard) == 3)
    assert [heard.headers.get("num_retry") for heard in listener.heard] == [None, "1", "2"]
    assert len({(heard.body, heard.headers["X-ZEvent-Signature"]) for heard in listener.heard}) == 1


# Zalo, refused


@pytest.mark.parametrize(
    ("code", "more"),
    [
        (-124, {"token": "unknown", "template_id": "none"}),
        (-109, {"template_id": "none", "template_data": {}}),
        (-131, {"template_id": "pending", "template_data": {}}),
        (-117, {"template_id": "others", "template_data": {}}),
        (-146, {"template_id": "disabled", "template_data": {}}),
        (-111, {"template_data": {}, "phone": "12"}),
        (-112, {"template_data": ["chị Trang"], "phone": "12"}),
        (-112, {"template_data": DATA | {"other": "1"}, "phone": "12"}),
        (-1121, {"template_data": DATA | {"ten": "a" * 31}, "phone": "12"}),
        (-1122, {"template_data": {"ten": "chị Trang"}, "phone": "12"}),
        (-1124, {"template_data": DATA | {"ten": 5}, "phone": "12"}),
        (-1124, {"template_data": DATA | {"gio": "chiều mai"}, "phone": "12"}),
        (-132, {"tracking_id": "x" * 49, "phone": "12"}),
        (-108, {"phone": "842873006868", "mode": "development"}),
        (-108, {"phone": "8490341827"}),
        (-127, {"phone": "84903418118", "mode": "development"}),
        (-118, {"phone": "84903418118"}),
        (-114, {"phone": "84903418114"}),
        (-141, {"phone": "84903418141"}),
    ],
)
def test_refusals_come_in_zalos_order(
    gateway: GatewayServer, code: int, more: dict[str, Any]
) -> None:
    others = {"pending": "PENDING_REVIEW", "disabled": "DISABLE", "others": "ENABLE"}
    for name, status in others.items():
        oa_id = "another" if name == "others" else ""
        gateway.control("templates", TEMPLATE | {"id": name, "status": status, "oa_id": oa_id})
    answer = gateway.zalo(**more)
    assert answer["error"] == code
    assert "data" not in answer
    assert gateway.book() == []


def test_texts_of_refusals_are_zalos_own(gateway: GatewayServer) -> None:
    assert gateway.zalo(phone="84903418118") == {
        "error": -118,
        "message": "Zalo account not existed",
    }
    assert gateway.zalo(token="no") == {"error": -124, "message": "Access token invalid"}
    assert gateway.zalo(phone="1") == {"error": -108, "message": "Phone number invalid"}
    assert gateway.zalo_raw(b"")["error"] == -121
    assert gateway.zalo_raw(b"{")["error"] == -122


def test_a_name_of_thirty_composed_letters_fits_however_it_is_typed(gateway: GatewayServer) -> None:
    decomposed = "e\u0323\u0302" * 30  # ệ in three code points
    assert gateway.zalo(template_data=DATA | {"ten": decomposed})["error"] == 0


def test_the_daily_quota_ends_and_starts_again_at_midnight(gateway: GatewayServer) -> None:
    gateway.control("accounts", {"oa_id": OA["oa_id"], "daily_quota": 1})
    assert gateway.zalo()["data"]["quota"]["remainingQuota"] == "0"
    assert gateway.zalo()["error"] == -144
    assert gateway.zalo_get("message/quota").json()["data"]["remainingQuota"] == "0"
    gateway.advance(DAY)
    assert gateway.zalo()["error"] == 0


def test_a_wrong_proof_of_the_app_secret_is_refused(gateway: GatewayServer) -> None:
    address = f"{gateway.base}/zalo-business/message/quota"
    headers = {"access_token": "first-access", "appsecret_proof": "0" * 64}
    assert gateway.http.get(address, headers=headers).json()["error"] == -1241


def test_the_details_of_a_template(gateway: GatewayServer) -> None:
    data = gateway.zalo_get("template/info/v2", template_id="501").json()["data"]
    assert (data["templateId"], data["status"], data["timeout"]) == (501, "ENABLE", 7_200_000)
    assert [param["name"] for param in data["listParams"]] == ["ten", "gio", "ma"]
    assert data["listButtons"][0]["content"] == "http://an-tam.localhost:8000/k/<ma>"
    assert gateway.zalo_get("template/info/v2", template_id="9").json()["error"] == -109


# undelivered


def test_an_undelivered_message_dies_after_two_hours_uncharged(
    gateway: GatewayServer, listener: Listener
) -> None:
    gateway.control(
        "accounts", {"oa_id": OA["oa_id"], "webhook_url": f"http://127.0.0.1:{listener.port}/z"}
    )
    sent = gateway.zalo(phone="84903418000")["data"]
    gateway.advance(2 * HOUR - 60)
    arrived = gateway.settled(gateway.zalo()["data"]["msg_id"])  # later ones pass it by
    assert arrived["state"] == "delivered"
    assert (
        gateway.zalo_get("message/status", message_id=sent["msg_id"]).json()["data"]["status"] == 0
    )
    gateway.advance(2 * HOUR + 1)
    row = gateway.settled(sent["msg_id"])
    assert (row["state"], row["charged"], row["receipt"]) == ("expired", 0, None)
    assert row["settled_at"] - row["accepted_at"] == pytest.approx(2 * HOUR)
    until(lambda: listener.heard)
    told = [json.loads(heard.body)["message"]["msg_id"] for heard in listener.heard]
    assert told == [arrived["id"]]  # nobody is told of an expiry


def test_a_handset_that_is_switched_on_again_gets_what_waited(gateway: GatewayServer) -> None:
    assert (
        gateway.control("phones/+84903418276", {"zalo": "never_delivers"})["zalo"]
        == "never_delivers"
    )
    sent = gateway.zalo()["data"]["msg_id"]
    gateway.advance(HOUR)
    gateway.control("phones/0903418276", {"zalo": "ok"})
    assert gateway.settled(sent)["state"] == "delivered"


@pytest.mark.parametrize(
    ("switch", "code"), [("none", -118), ("refused", -141), ("inactive", -114), ("ok", 0)]
)
def test_a_switch_of_a_phone_wins_over_its_number(
    gateway: GatewayServer, switch: str, code: int
) -> None:
    gateway.control("phones/84903418118", {"zalo": switch})
    assert gateway.zalo(phone="84903418118")["error"] == code


# tokens


def token(
    gateway: GatewayServer, refresh: str, secret: str = "app-secret", **more: str
) -> requests.Response:
    form = {"refresh_token": refresh, "app_id": "77", "grant_type": "refresh_token"} | more
    address = f"{gateway.base}/zalo-oauth/v4/oa/access_token"
    return gateway.http.post(address, data=form, headers={"secret_key": secret})


def test_a_refresh_kills_the_old_pair_at_once(gateway: GatewayServer) -> None:
    pair = token(gateway, "first-refresh").json()
    assert pair["expires_in"] == "90000"
    assert gateway.zalo(token="first-access")["error"] == -124
    assert gateway.zalo(token=pair["access_token"])["error"] == 0
    spent = token(gateway, "first-refresh")
    assert (spent.status_code, spent.content) == (200, b"")
    assert gateway.zalo(token=pair["access_token"])["error"] == 0
    gateway.advance(25 * HOUR + 1)
    assert gateway.zalo(token=pair["access_token"])["error"] == -124
    assert "access_token" in token(gateway, pair["refresh_token"]).json()


def test_oauth_errors_have_their_own_shape(gateway: GatewayServer) -> None:
    unknown = token(gateway, "never-issued").json()
    assert unknown["error"] == -14014
    assert unknown["error_name"] == "Invalid refresh token."
    assert token(gateway, "first-refresh", secret="wrong").json()["error"] == -14004
    assert token(gateway, "first-refresh", app_id="1").json()["error"] == -14002
    assert token(gateway, "first-refresh", grant_type="password").json()["error"] == -14018


def test_a_set_up_that_runs_again_keeps_the_tokens_in_force(gateway: GatewayServer) -> None:
    pair = token(gateway, "first-refresh").json()
    gateway.control("accounts", OA)
    assert gateway.zalo(token="first-access")["error"] == -124
    assert gateway.zalo(token=pair["access_token"])["error"] == 0


# a restart, and what it must not need


def test_a_killed_gateway_still_knows_everything(tmp_path: Path) -> None:
    with GatewayServer(tmp_path) as server:
        server.fresh()
        pair = token(server, "first-refresh").json()
        server.control("phones/0903418277", {"zalo": "refused"})
        mine = {"token": pair["access_token"]}
        ids = [server.zalo(tracking_id=f"t-{n}", **mine)["data"]["msg_id"] for n in range(30)]
        sms = server.sms()["SMSID"]
        server.stop(signal.SIGKILL)
        server.start()
        assert [row["id"] for row in server.book()] == [*ids, sms]
        assert {server.settled(message)["state"] for message in (*ids, sms)} == {"delivered"}
        assert server.sms()["CodeResult"] == "124"
        assert server.zalo(phone="84903418277", **mine)["error"] == -141
        assert server.zalo(**mine)["data"]["quota"]["remainingQuota"] == "19969"
        root = Path(__file__).parents[2]
        other = subprocess.run(server.command(), cwd=root, capture_output=True, timeout=20)
        assert other.returncode == 1
        assert b"used by another gateway" in other.stderr
        assert server.stop() == 0


def test_the_gateway_needs_nothing_of_the_product() -> None:
    code = (
        "import sys, messaging.gateway.__main__\n"
        "ours = ('django', 'clinics', 'patients', 'followup', 'kpi', 'config')\n"
        "print([n for n in sys.modules if n.split('.')[0] in ours])\n"
        "rest = [n for n in sys.modules if n.startswith('messaging.')]\n"
        "print([n for n in rest if not n.startswith('messaging.gateway')])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert said.stdout.split("\n")[:2] == ["[]", "[]"], said.stdout + said.stderr
