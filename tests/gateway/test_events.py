"""What the gateway tells of patients has the shapes that were recorded of Zalo."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.hands import OA_ID, PHONE, act, cs, listen, oa_post, told, user
from tests.messaging.gateway_server import DATA, TEMPLATE, GatewayServer, Listener
from tests.payloads.reading import payload

URL = "http://photo.example.vn/a.jpg"
ASKING = TEMPLATE | {"buttons": [{"title": "Đổi giờ", "reply": "move"}], "rating": True}
ASK = {"template_type": "request_user_info", "elements": [{"title": "Cho em xin số ạ"}]}


def template(gateway: GatewayServer) -> str:
    gateway.control("templates", ASKING)
    message = str(gateway.zalo(template_data=DATA)["data"]["msg_id"])
    gateway.settled(message)
    return message


def chat(gateway: GatewayServer) -> str:
    message = str(cs(gateway, user(gateway))["data"]["message_id"])
    gateway.settled(message)
    return message


def share(gateway: GatewayServer) -> None:
    cs(gateway, user(gateway), attachment={"type": "template", "payload": ASK})
    act(gateway, "share", name="Trang")


def picture(gateway: GatewayServer) -> None:
    element = {"media_type": "image", "url": URL}
    said = {"template_type": "media", "elements": [element]}
    cs(gateway, user(gateway), attachment={"type": "template", "payload": said})


def by_user_id(gateway: GatewayServer) -> None:
    body = {"user_id": user(gateway), "template_id": "501", "template_data": DATA}
    assert oa_post(gateway, "v3.0/oa/message/template", body)["error"] == 0


def reaction(gateway: GatewayServer) -> None:
    action = {"react_icon": "/-strong", "react_message_id": "m"}
    body = {"recipient": {"user_id": user(gateway)}, "sender_action": action}
    oa_post(gateway, "v2.0/oa/message", body)


def seen(gateway: GatewayServer) -> None:
    chat(gateway)
    act(gateway, "seen")


#: The recorded payload, what makes the gateway tell it, and the spelling that goes with it.
WAYS: list[tuple[str, Callable[[GatewayServer], Any], str]] = [
    ("follow", lambda g: act(g, "follow"), ""),
    ("unfollow", lambda g: act(g, "unfollow"), ""),
    ("user_send_text", lambda g: act(g, "text", text="Chào"), ""),
    ("user_send_image", lambda g: act(g, "image", url=URL, text="Xem"), ""),
    ("user_send_image.photo", lambda g: act(g, "image", url=URL), "photo"),
    ("user_send_gif", lambda g: act(g, "gif", url=URL), ""),
    ("user_send_audio", lambda g: act(g, "audio", url=URL), ""),
    ("user_send_video", lambda g: act(g, "video", url=URL), ""),
    ("user_send_sticker", lambda g: act(g, "sticker", url=URL), ""),
    ("user_send_file", lambda g: act(g, "file", url=URL), ""),
    ("user_send_link", lambda g: act(g, "link", url=URL, text=URL), ""),
    ("user_send_business_card", lambda g: act(g, "business_card", url=URL), ""),
    ("user_send_location", lambda g: act(g, "location"), ""),
    ("user_send_location.message_location", lambda g: act(g, "location"), "location_in_message"),
    ("user_click_chatnow", lambda g: act(g, "chatnow"), ""),
    ("user_reacted_message", lambda g: act(g, "react", message_id=chat(g)), ""),
    ("user_seen_message", seen, ""),
    ("user_seen_message.msg_id", seen, "seen_msg_id"),
    ("user_submit_info", share, ""),
    ("user_submit_info.old", share, "old_info"),
    ("user_received_message", template, ""),
    ("user_received_message.chat", chat, ""),
    ("user_feedback", lambda g: act(g, "rate", message_id=template(g), rate=5), ""),
    ("user_click_response_button", lambda g: act(g, "press", message_id=template(g)), ""),
    ("oa_send_text", chat, ""),
    ("oa_send_image", picture, ""),
    ("oa_reacted_message", reaction, ""),
    (
        "change_template_status",
        lambda g: g.control("templates", {"id": "501", "status": "DISABLE"}),
        "",
    ),
    (
        "change_template_quality",
        lambda g: g.control("templates", {"id": "501", "quality": "LOW"}),
        "",
    ),
    (
        "change_template_quality.object",
        lambda g: g.control("templates", {"id": "501", "quality": "LOW"}),
        "quality_object",
    ),
    (
        "change_oa_daily_quota",
        lambda g: g.control("quota", {"oa_id": OA_ID, "daily_quota": 5}),
        "",
    ),
    (
        "change_oa_daily_quota.oa_id",
        lambda g: g.control("quota", {"oa_id": OA_ID, "daily_quota": 5}),
        "quota_oa_id",
    ),
    (
        "change_template_quota",
        lambda g: g.control("templates", {"id": "501", "daily_quota": 5}),
        "",
    ),
]


def shape(value: Any) -> Any:
    """Names and types, without what they hold."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


@pytest.mark.parametrize(("name", "do", "spelling"), WAYS, ids=[way[0] for way in WAYS])
def test_an_event_has_its_recorded_shape(
    gateway: GatewayServer,
    listener: Listener,
    name: str,
    do: Callable[[GatewayServer], Any],
    spelling: str,
) -> None:
    recorded = payload("zalo", name)
    listen(gateway, listener)
    if spelling:
        gateway.control("spellings", {spelling: True})
    do(gateway)
    heard, body = told(listener, recorded["event"])[-1]
    assert heard.signed_by("77", "oa-secret")
    assert heard.headers.get("X-ZEvent-Server") == recorded["headers"].get("X-ZEvent-Server")
    expected, found = shape(recorded["body"]), shape(body)
    if "feedbacks" in expected.get("message", {}):
        expected["message"]["feedbacks"] = found["message"]["feedbacks"]
    assert found == expected


def test_a_template_by_user_id_is_told_to_be_sent(
    gateway: GatewayServer, listener: Listener
) -> None:
    listen(gateway, listener)
    by_user_id(gateway)
    _heard, body = told(listener, "oa_send_template")[0]
    assert body["sender"]["id"] == OA_ID


def test_a_button_that_asks_comes_back_as_text(gateway: GatewayServer, listener: Listener) -> None:
    buttons = [{"title": "Đổi giờ", "type": "oa.query.show", "payload": "#doi-gio"}]
    said = {"template_type": "button", "elements": [{"title": "Chị chọn"}], "buttons": buttons}
    message = cs(
        gateway, user(gateway), text="Dạ", attachment={"type": "template", "payload": said}
    )["data"]["message_id"]
    gateway.settled(message)
    listen(gateway, listener)
    act(gateway, "press", message_id=message, button=0)
    assert told(listener, "user_send_text")[0][1]["message"]["text"] == "#doi-gio"


def test_reading_by_itself_is_a_setting(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener)
    gateway.control("settings", {"seen_seconds": 0})
    message = chat(gateway)
    told(listener, "user_seen_message")
    gateway.control("settings", {"seen_seconds": None})
    assert gateway.settled(message)["seen_at"]


def test_what_she_cannot_do_is_refused(gateway: GatewayServer) -> None:
    message = template(gateway)
    address = f"{gateway.base}/control/phones/{PHONE}/act"
    for wrong in (
        {},
        {"do": "fly"},
        {"do": "text"},
        {"do": "text", "text": "Chào", "oa_id": "none"},
        {"do": "image"},
        {"do": "press", "message_id": message, "button": 1},
        {"do": "press", "message_id": "none"},
        {"do": "react", "message_id": message},  # a template by phone is no chat
    ):
        answer = gateway.http.post(address, json=wrong)
        assert answer.status_code == 400, wrong
        assert answer.json()["error"]


def test_ids_are_words_not_numbers(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener)
    act(gateway, "text", text="Chào")
    heard, body = told(listener, "user_send_text")[0]
    assert json.loads(heard.body)["sender"]["id"] == body["sender"]["id"]
    assert isinstance(body["timestamp"], str) and len(body["timestamp"]) == 13
