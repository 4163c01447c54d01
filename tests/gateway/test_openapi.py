"""Zalo's OA host at the gateway: free text, templates by user id, users, uploads, quotas."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.gateway.hands import OA_ID, PHONE, PNG, act, cs, listen, oa_get, oa_post, told, user
from tests.messaging.gateway_server import DATA, DAY, HOUR, TEMPLATE, GatewayServer, Listener, until


def template(kind: str, **element: Any) -> dict[str, Any]:
    payload = {"template_type": kind, "elements": [element] if element else []}
    return {"type": "template", "payload": payload}


def media(**element: Any) -> dict[str, Any]:
    return template("media", **element)


def file(token: str) -> dict[str, Any]:
    return {"type": "file", "payload": {"token": token}}


def upload(gateway: GatewayServer, kind: str, name: str, content: bytes) -> Any:
    return requests.post(
        f"{gateway.base}/zalo-openapi/v2.0/oa/upload/{kind}",
        files={"file": (name, content)},
        headers={"access_token": "first-access"},
        timeout=5,
    ).json()


def test_an_answer_within_two_days_is_free_and_told(
    gateway: GatewayServer, listener: Listener
) -> None:
    listen(gateway, listener)
    her = user(gateway)
    assert len(her) == 19 and int(her) > 2**53
    answer = cs(gateway, her, "Dạ chị ơi, em giữ giờ rồi ạ")
    data = answer["data"]
    assert (answer["error"], data["user_id"]) == (0, her)
    assert data["sent_time"].isdigit()
    assert data["quota"]["quota_type"] == "reply"
    row = gateway.settled(data["message_id"])
    assert (row["channel"], row["kind"], row["state"], row["charged"]) == (
        "oa",
        "cs",
        "delivered",
        0,
    )
    assert row["text"] == "Dạ chị ơi, em giữ giờ rồi ạ"
    heard, event = told(listener, "user_received_message")[0]
    assert heard.signed_by("77", "oa-secret")
    assert "X-ZEvent-Server" not in heard.headers  # that is of templates by phone only
    assert event["message"] == {"msg_id": data["message_id"]}
    assert (event["sender"]["id"], event["recipient"]["id"]) == (OA_ID, her)
    _heard, sent = told(listener, "oa_send_text")[0]
    assert (sent["sender"]["id"], sent["message"]["text"]) == (OA_ID, row["text"])


@pytest.mark.parametrize(
    ("after", "code", "kind", "charged"),
    [
        (0, 0, "reply", 0),
        (2 * DAY - 60, 0, "reply", 0),
        (2 * DAY + 60, 0, "purchase_quota", 55),
        (7 * DAY - 60, 0, "purchase_quota", 55),
        (7 * DAY + 60, -230, "", 0),
    ],
)
def test_the_window_of_seven_days_and_the_price(
    gateway: GatewayServer, after: float, code: int, kind: str, charged: int
) -> None:
    her = user(gateway)
    gateway.advance(after)
    answer = cs(gateway, her)
    assert answer["error"] == code
    if not code:
        assert answer["data"]["quota"]["quota_type"] == kind
        assert gateway.settled(answer["data"]["message_id"])["charged"] == charged


def test_the_package_is_used_before_money(gateway: GatewayServer) -> None:
    gateway.control("accounts", {"oa_id": OA_ID, "cs_quota": 2, "balance": 100})
    her = user(gateway)
    gateway.advance(3 * DAY)
    quotas = [cs(gateway, her)["data"]["quota"] for _ in range(2)]
    assert [(q["quota_type"], q["remain"], q["total"]) for q in quotas] == [
        ("sub_quota", 1, 2),
        ("sub_quota", 0, 2),
    ]
    bought = cs(gateway, her)["data"]
    assert bought["quota"]["quota_type"] == "purchase_quota"
    gateway.settled(bought["message_id"])  # 45 VND are left, one costs 55
    assert cs(gateway, her)["error"] == -321


def test_eight_free_answers_where_an_account_has_that_limit(gateway: GatewayServer) -> None:
    gateway.control("accounts", {"oa_id": OA_ID, "cs_replies": 2})
    her = user(gateway)
    kinds = [cs(gateway, her)["data"]["quota"]["quota_type"] for _ in range(3)]
    assert kinds == ["reply", "reply", "purchase_quota"]
    quota = oa_post(gateway, "v3.0/oa/quota/message", {"user_id": her})["data"]
    assert quota["cs_reply"] == {"remain": 0, "total": 2}
    user(gateway)  # she writes again
    assert cs(gateway, her)["data"]["quota"]["quota_type"] == "reply"


def test_who_follows_and_never_wrote_is_welcomed(gateway: GatewayServer) -> None:
    her = act(gateway, "follow")["user_id"]
    assert cs(gateway, her)["data"]["quota"]["quota_type"] == "welcome_msg"
    detail = oa_get(gateway, "v3.0/oa/user/detail", {"user_id": her})["data"]
    assert detail["user_is_follower"] is True
    act(gateway, "unfollow")
    detail = oa_get(gateway, "v3.0/oa/user/detail", {"user_id": her})["data"]
    assert detail["user_is_follower"] is False


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (-201, {"text": ""}),
        (-201, {"text": 5}),
        (-210, {"text": "a" * 2_001}),
        (-233, {"attachment": {"type": "audio", "payload": {}}}),
        (-201, {"attachment": media(media_type="image", url="ftp://x")}),
        (-201, {"attachment": media(media_type="image", attachment_id="never uploaded")}),
        (-201, {"attachment": media(media_type="gif", url="http://a.vn/b.gif")}),
        (-201, {"attachment": file("no")}),
        (
            -201,
            {"attachment": {"type": "template", "payload": {"template_type": "request_user_info"}}},
        ),
        (-233, {"attachment": {"type": "template", "payload": {"template_type": "promotion"}}}),
    ],
)
def test_wrong_messages_are_refused(
    gateway: GatewayServer, code: int, message: dict[str, Any]
) -> None:
    her = user(gateway)
    assert cs(gateway, her, **message)["error"] == code
    assert gateway.book() == []
    assert cs(gateway, her, text="a" * 2_000)["error"] == 0


def test_tokens_and_bodies_have_this_hosts_codes(gateway: GatewayServer) -> None:
    path = "v3.0/oa/message/cs"
    assert oa_post(gateway, path, {}, token="no")["error"] == -216
    assert oa_post(gateway, path, {}, appsecret_proof="0" * 64)["error"] == -242
    assert oa_post(gateway, path, b"{")["error"] == -201
    assert oa_post(gateway, path, {"recipient": {"user_id": "1"}})["error"] == -201
    gateway.control("tokens", {"oa_id": OA_ID, "expire": "access"})
    assert oa_post(gateway, path, {})["error"] == -220


def test_a_superseded_token_is_told_from_an_unknown_one(gateway: GatewayServer) -> None:
    form = {"refresh_token": "first-refresh", "app_id": "77", "grant_type": "refresh_token"}
    address = f"{gateway.base}/zalo-oauth/v4/oa/access_token"
    gateway.http.post(address, data=form, headers={"secret_key": "app-secret"})
    assert oa_post(gateway, "v3.0/oa/message/cs", {})["error"] == -220


def test_too_many_calls_in_a_minute(gateway: GatewayServer) -> None:
    gateway.control("accounts", {"oa_id": OA_ID, "rate_per_minute": 2})
    address = f"{gateway.base}/zalo-openapi/v2.0/oa/getoa"
    gateway.advance(0.01)
    answers = [
        gateway.http.get(address, headers={"access_token": "first-access"}) for _ in range(5)
    ]
    assert -32 in [answer.json()["error"] for answer in answers]
    assert answers[0].headers["X-RateLimit-Limit"] == "2"


def test_a_user_id_means_somebody_to_one_account_only(gateway: GatewayServer) -> None:
    other = {"oa_id": "9999", "app_id": "78", "app_secret": "x", "access_token": "other"}
    gateway.control("accounts", other | {"webhook_url": ""})
    her = act(gateway, "text", text="Chào", oa_id=OA_ID)["user_id"]
    elsewhere = act(gateway, "text", text="Chào", oa_id="9999")["user_id"]
    assert her != elsewhere
    body = {"recipient": {"user_id": her}, "message": {"text": "Dạ"}}
    assert oa_post(gateway, "v3.0/oa/message/cs", body, token="other")["error"] == -201


def test_pictures_and_files_go_by_their_upload(gateway: GatewayServer) -> None:
    her = user(gateway)
    picture = upload(gateway, "image", "rang.png", PNG)["data"]["attachment_id"]
    shown = media(media_type="image", attachment_id=picture)
    sent = cs(gateway, her, text="Xem ạ", attachment=shown)
    row = gateway.settled(sent["data"]["message_id"])
    assert (row["extra"]["type"], row["extra"]["upload"]) == ("image", picture)
    assert gateway.http.get(f"{gateway.base}/uploads/{picture}").content == PNG
    token = upload(gateway, "file", "dan-do.pdf", b"%PDF-1.7 x")["data"]["token"]
    assert cs(gateway, her, attachment=file(token))["error"] == 0
    # an attachment_id is no file token
    assert cs(gateway, her, attachment=file(picture))["error"] == -201
    gateway.advance(7 * DAY + 1)
    user(gateway)
    late = cs(gateway, her, attachment=shown)
    assert (late["error"], late["message"]) == (-100, "attachment_id was expired")


@pytest.mark.parametrize(
    ("kind", "name", "content", "code"),
    [
        ("image", "a.png", b"GIF89a....", -201),
        ("image", "a.png", PNG + b"\0" * 1_048_576, -210),
        ("gif", "a.gif", PNG, -201),
        ("file", "a.exe", b"%PDF", -201),
        ("image", "a.png", b"", -201),
    ],
)
def test_uploads_of_another_kind_or_size_are_refused(
    gateway: GatewayServer, kind: str, name: str, content: bytes, code: int
) -> None:
    assert upload(gateway, kind, name, content)["error"] == code


def test_data_that_is_asked_for_comes_back(gateway: GatewayServer, listener: Listener) -> None:
    her = user(gateway)
    answer = gateway.http.post(
        f"{gateway.base}/control/phones/{PHONE}/act", json={"do": "share", "name": "Trang"}
    )
    assert answer.status_code == 400  # nobody has asked
    element = {"title": "Cho em xin số ạ", "subtitle": "để giữ lịch", "image_url": "http://a.vn/i"}
    asked = template("request_user_info", **element)
    assert cs(gateway, her, attachment=asked)["error"] == 0
    listen(gateway, listener)
    act(gateway, "share", name="Trang", address="128 NĐC", city="Hồ Chí Minh")
    _heard, event = told(listener, "user_submit_info")[0]
    assert event["info"]["phone"] == "84903418276"
    assert event["info"]["full_address"]["user_city"] == "Hồ Chí Minh"
    shared = oa_get(gateway, "v3.0/oa/user/detail", {"user_id": her})["data"]["shared_info"]
    assert (shared["name"], shared["phone"]) == ("Trang", "84903418276")


# templates by user id


def by_user(gateway: GatewayServer, her: str, **more: Any) -> Any:
    body = {"user_id": her, "template_id": "501", "template_data": DATA} | more
    return oa_post(gateway, "v3.0/oa/message/template", body)


def test_a_template_by_user_id_is_cheaper_and_has_no_window(gateway: GatewayServer) -> None:
    gateway.control("templates", {"id": "501", "price_uid": 140})
    her = act(gateway, "chatnow")["user_id"]
    gateway.advance(30 * DAY)
    answer = by_user(gateway, her, tracking_id="x" * 200)  # not looked at
    row = gateway.settled(answer["data"]["message_id"])
    assert (row["kind"], row["charged"]) == ("uid", 140)
    assert "sent_time" in answer["data"]
    gateway.control("spellings", {"sent_time_beside": True})
    beside = by_user(gateway, her)
    assert "sent_time" in beside and "sent_time" not in beside["data"]
    assert gateway.control("book?summary=1")["repeated"] == {"zalo": {}, "esms": {}}


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (-249, {"uid": False}),
        (-249, {"tag": "OTP"}),
        (-249, {"buttons": [{"title": "Tôi sẽ đến", "reply": "yes"}]}),
        (-131, {"status": "PENDING_REVIEW"}),
        (-146, {"status": "DISABLE"}),
        (-147, {"daily_quota": 0}),
    ],
)
def test_templates_that_cannot_go_by_user_id(
    gateway: GatewayServer, code: int, change: dict[str, Any]
) -> None:
    her = user(gateway)
    gateway.control("templates", TEMPLATE | change)
    assert by_user(gateway, her)["error"] == code


def test_whether_a_template_by_user_id_is_seen_is_a_switch(
    gateway: GatewayServer, listener: Listener
) -> None:
    her = user(gateway)
    first = by_user(gateway, her)["data"]["message_id"]
    gateway.settled(first)
    listen(gateway, listener)
    act(gateway, "seen")
    assert gateway.settled(first)["seen_at"]
    gateway.control("spellings", {"uid_seen": True})
    second = by_user(gateway, her)["data"]["message_id"]
    gateway.settled(second)
    act(gateway, "seen")
    assert told(listener, "user_seen_message")[0][1]["message"] == {"msg_ids": [second]}
    assert not gateway.control("events?name=user_seen_message")["events"][1:]


def test_a_template_by_phone_is_never_seen(gateway: GatewayServer, listener: Listener) -> None:
    listen(gateway, listener)
    user(gateway)
    gateway.settled(gateway.zalo()["data"]["msg_id"])
    assert act(gateway, "seen") == {"phone": PHONE, "did": "seen", "seen": []}


# people, the account


def test_the_account_and_its_people(gateway: GatewayServer) -> None:
    about = oa_get(gateway, "v2.0/oa/getoa")["data"]
    assert (about["oa_id"], about["name"], about["num_follower"]) == (OA_ID, "Nha khoa An Tâm", 0)
    gateway.control("spellings", {"oaid": True})
    assert oa_get(gateway, "v2.0/oa/getoa")["data"]["oaid"] == OA_ID
    hers = [user(gateway, f"+8490341827{n}") for n in range(3)]
    act(gateway, "follow", "+84903418270", name="Trang")
    listed = oa_get(gateway, "v3.0/oa/user/getlist", {"offset": 1, "count": 1})["data"]
    assert listed == {"total": 3, "count": 1, "offset": 1, "users": [{"user_id": hers[1]}]}
    wanted = {"offset": 0, "count": 50, "is_follower": True}
    assert oa_get(gateway, "v3.0/oa/user/getlist", wanted)["data"]["users"] == [
        {"user_id": hers[0]}
    ]
    assert oa_get(gateway, "v3.0/oa/user/getlist", {"offset": 0, "count": 51})["error"] == -210
    gateway.advance(DAY)
    periods = {"TODAY": 0, "YESTERDAY": 3, "L7D": 3, "2020_01_01:2020_02_01": 0}
    for period, count in periods.items():
        asked = {"offset": 0, "count": 50, "last_interaction_period": period}
        assert oa_get(gateway, "v3.0/oa/user/getlist", asked)["data"]["total"] == count, period
    assert oa_get(gateway, "v3.0/oa/user/detail")["error"] == -201
    assert oa_get(gateway, "v3.0/oa/user/detail", {"user_id": "1"})["error"] == -201
    detail = oa_get(gateway, "v3.0/oa/user/detail", {"user_id": hers[0]})["data"]
    assert detail["display_name"] == "Trang"


def test_messages_of_version_two_are_shut_down(gateway: GatewayServer) -> None:
    her = user(gateway)
    body = {"recipient": {"user_id": her}, "message": {"text": "Dạ"}}
    for path in ("v2.0/oa/message", "v3.0/oa/message/transaction", "v3.0/oa/message/promotion"):
        assert oa_post(gateway, path, body)["error"] == -240
    react = {"recipient": {"user_id": her}}
    react["sender_action"] = {"react_icon": "/-strong", "react_message_id": "m"}
    assert oa_post(gateway, "v2.0/oa/message", react)["error"] == 0


def test_a_killed_gateway_still_knows_people_uploads_and_events(
    gateway: GatewayServer, listener: Listener
) -> None:
    her = user(gateway)
    picture = upload(gateway, "image", "rang.png", PNG)["data"]["attachment_id"]
    listener.answers = [500]
    listen(gateway, listener)
    act(gateway, "text", text="Sau 17h được không em")
    until(lambda: gateway.control("events?name=user_send_text")["events"][-1]["attempts"] == 1)
    gateway.stop(9)
    gateway.start()
    assert (
        cs(gateway, her, attachment=media(media_type="image", attachment_id=picture))["error"] == 0
    )
    heard, event = told(listener, "user_send_text", 2)[1]
    assert event["message"]["text"] == "Sau 17h được không em"
    assert heard.headers["num_retry"] == "1"


def test_a_phone_that_is_off_gets_the_chat_when_it_is_back(gateway: GatewayServer) -> None:
    her = user(gateway)
    gateway.control(f"phones/{PHONE}", {"zalo": "never_delivers"})
    sent = cs(gateway, her)["data"]["message_id"]
    gateway.advance(5 * HOUR)
    gateway.control(f"phones/{PHONE}", {"zalo": "ok"})
    assert gateway.settled(sent)["state"] == "delivered"
    gateway.control(f"phones/{PHONE}", {"zalo": "refused"})
    assert cs(gateway, her)["error"] == -244
