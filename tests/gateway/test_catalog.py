"""Zalo's business host: lists of templates, their changes, ratings and pressed answers."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.gateway.hands import OA_ID, PHONE, act, listen, told
from tests.messaging.gateway_server import DATA, TEMPLATE, GatewayServer, Listener

REPLIES = TEMPLATE | {
    "buttons": [
        {"title": "Tôi sẽ đến", "reply": "yes-<ma>"},
        {"title": "Đổi giờ", "reply": "move"},
    ],
    "rating": True,
    "feedbacks": ["Đúng giờ", "Nhẹ tay"],
}


def get(gateway: GatewayServer, path: str, **query: Any) -> Any:
    return gateway.zalo_get(path, **query).json()


def ask(gateway: GatewayServer, path: str, **body: Any) -> Any:
    now = int(time.time() * 1000)
    asked = {"template_id": "501", "from_time": now - 60_000, "to_time": now + 60_000} | body
    address = f"{gateway.base}/zalo-business/{path}"
    return gateway.http.post(address, json=asked, headers={"access_token": "first-access"}).json()


def test_templates_are_listed_by_status_and_page(gateway: GatewayServer) -> None:
    for number, status in ((502, "PENDING_REVIEW"), (503, "REJECT"), (504, "DISABLE")):
        gateway.control("templates", TEMPLATE | {"id": str(number), "status": status})
    gateway.control("templates", TEMPLATE | {"id": "505", "oa_id": "another"})
    gateway.control("templates", TEMPLATE | {"id": "506", "status": "DELETE"})
    listed = get(gateway, "template/all", offset="0", limit="100")
    assert listed["metadata"] == {"total": 4}
    assert [each["templateId"] for each in listed["data"]] == [501, 502, 503, 504]
    for number, status in enumerate(("ENABLE", "PENDING_REVIEW", "REJECT", "DISABLE"), 1):
        found = get(gateway, "template/all", offset="0", limit="10", status=str(number))["data"]
        assert [each["status"] for each in found] == [status]
    assert get(gateway, "template/all", offset="1", limit="2")["data"][0]["templateId"] == 502
    assert get(gateway, "template/all", limit="101")["error"] == -132


def test_prices_samples_tags_and_quality(gateway: GatewayServer) -> None:
    detail = get(gateway, "template/info/v2", template_id="501")["data"]
    assert (detail["price_sdt"], detail["price_uid"]) == ("200", "140")
    sample = get(gateway, "template/sample-data", template_id="501")["data"]
    assert set(sample) == {"ten", "gio", "ma"}
    assert gateway.zalo(template_data=sample)["error"] == 0  # a sample can be sent
    assert get(gateway, "template/sample-data", template_id="9")["error"] == -109
    tags = get(gateway, "message/template-tag")["data"]
    assert tags == ["TRANSACTION", "CUSTOMER_CARE", "PROMOTION"]
    gateway.control("accounts", {"oa_id": OA_ID, "quality": "MEDIUM"})
    assert get(gateway, "quality")["data"]["oa7dayQuality"] == "MEDIUM"
    assert gateway.zalo_get("quality", token="no").json()["error"] == -124


@pytest.mark.parametrize(
    ("change", "event", "said"),
    [
        (
            {"status": "DISABLE", "reason": "Kém"},
            "change_template_status",
            {
                "status": {"prev_status": "ENABLE", "new_status": "DISABLE"},
                "reason": "Chất lượng thấp",
            },
        ),
        ({"quality": "LOW"}, "change_template_quality", {"quality": "LOW"}),
        (
            {"daily_quota": 500},
            "change_template_quota",
            {"quota": {"prev_value": "", "new_value": "500"}},
        ),
    ],
)
def test_a_change_of_a_template_is_told(
    gateway: GatewayServer, listener: Listener, change: Any, event: str, said: Any
) -> None:
    listen(gateway, listener)
    gateway.control("templates", {"id": "501"} | change)
    heard, body = told(listener, event)[0]
    assert heard.headers["X-ZEvent-Server"] == "ZNS"
    assert heard.signed_by("77", "oa-secret")
    assert (body["oa_id"], body["template_id"]) == (OA_ID, "501")
    assert said.items() <= body.items()
    detail = get(gateway, "template/info/v2", template_id="501")["data"]
    assert detail["templateName"] == TEMPLATE["name"]  # the rest of it stays
    gateway.control("templates", {"id": "501"} | change)
    assert len(gateway.control(f"events?name={event}")["events"]) == 1  # nothing has changed


def test_the_other_spellings_of_changes(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener)
    gateway.control("quota", {"oa_id": OA_ID, "daily_quota": 10_000})
    body = told(listener, "change_oa_daily_quota")[0][1]
    assert body["quota"] == {"prev_value": "20000", "new_value": "10000"}
    assert body["oaId"] == OA_ID and "oa_id" not in body
    assert get(gateway, "message/quota")["data"]["dailyQuota"] == "10000"
    gateway.control("spellings", {"quota_oa_id": True, "quality_object": True})
    gateway.control("quota", {"oa_id": OA_ID, "daily_quota": 1_000})
    assert told(listener, "change_oa_daily_quota", 2)[1][1]["oa_id"] == OA_ID
    gateway.control("templates", {"id": "501", "quality": "LOW"})
    quality = told(listener, "change_template_quality")[0][1]["quality"]
    assert quality == {"prev_quality": "UNDEFINED", "new_quality": "LOW"}


def test_a_rating_is_told_and_can_be_fetched(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener)
    gateway.control("templates", REPLIES)
    message = gateway.zalo(tracking_id="t-9")["data"]["msg_id"]
    gateway.settled(message)
    act(gateway, "rate", message_id=message, rate=4, note="Bác sĩ nhẹ tay", feedbacks=["Nhẹ tay"])
    heard, body = told(listener, "user_feedback")[0]
    assert heard.headers["X-ZEvent-Server"] == "ZNS"
    said = body["message"]
    assert (said["rate"], said["note"], said["feedbacks"]) == (4, "Bác sĩ nhẹ tay", ["Nhẹ tay"])
    assert (said["msg_id"], said["tracking_id"]) == (message, "t-9")
    assert "sender" not in body  # no user id inside
    rows = ask(gateway, "rating/get", offset=0, limit=10)["data"]
    assert rows["total"] == 1
    assert (rows["data"][0]["rate"], rows["data"][0]["trackingId"]) == (4, "t-9")
    assert ask(gateway, "rating/get", to_time=1)["data"]["total"] == 0
    assert ask(gateway, "rating/get", from_time="soon")["error"] == -132
    for wrong in ({"rate": 5}, {"rate": 6}):
        values = {"do": "rate", "message_id": message} | wrong
        answer = gateway.http.post(f"{gateway.base}/control/phones/{PHONE}/act", json=values)
        assert answer.status_code == 400  # she has rated it; six is no rating


def test_a_quick_reply_is_told_and_can_be_fetched(
    gateway: GatewayServer, listener: Listener
) -> None:
    listen(gateway, listener)
    gateway.control("templates", REPLIES)
    message = gateway.zalo(tracking_id="t-9", template_data=DATA)["data"]["msg_id"]
    gateway.settled(message)
    act(gateway, "press", message_id=message, button=0)
    act(gateway, "press", message_id=message, button=1)
    body = told(listener, "user_click_response_button", 2)
    data = sorted(event["message"]["data"] for _heard, event in body)
    assert data == ["move", "yes-abc"]
    assert {event["msg_id"] for _heard, event in body} == {message}
    rows = ask(gateway, "response/get", limit=1)["data"]
    assert (rows["total"], rows["data"][0]["data"], rows["data"][0]["msgId"]) == (
        2,
        "yes-abc",
        message,
    )
