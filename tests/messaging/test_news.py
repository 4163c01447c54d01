"""Every recorded event of Zalo, and what it says in our words."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest

from messaging.providers import provider_of
from messaging.providers.news import (
    Answered,
    Arrived,
    Attachment,
    Followed,
    Forgotten,
    News,
    Opened,
    QuotaNews,
    Receipt,
    Said,
    Shared,
    TemplateNews,
    Unknown,
    WeSaid,
)
from tests.payloads import reading

#: Instants, ids and the tracking id of the recorded events.
AT = dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)
HER, MESSAGE, OLDER = "5308693166941955879", "96d3cdf3af150460909", "86d3cdf3af150460908"
ZNS, UID = "a4d0243feb7c9d25c46b", uuid.UUID("018f6f1c2d3e4a5b8c7d9e0f1a2b3c4d")
PHOTO = Attachment("image", "https://photo.example.vn/a/anh-rang.jpg")
PLACE = Attachment("location", name="10.7769, 106.7009")


def said(text: str = "", *parts: Attachment, reply_to: str = "") -> list[News]:
    return [Said(HER, MESSAGE, AT, text, parts, reply_to)]


def anonymous(text: str = "", *parts: Attachment) -> list[News]:
    return [Said("anonymous:anon_6f1c2d", MESSAGE, AT, text, parts)]


def we_said(text: str = "", *parts: Attachment, to: str = HER) -> list[News]:
    return [WeSaid(to, MESSAGE, AT, text, parts)]


DELIVERED: list[News] = [Receipt("delivered", UID, ZNS, AT - dt.timedelta(milliseconds=568))]
ACTED = Receipt("acted", UID, ZNS, AT)
STICKER = Attachment("sticker", "https://sticker.example.vn/a/cam-on.png")
GIF = Attachment("gif", "https://photo.example.vn/a/vui.gif")
FILM = Attachment("file", "https://file.example.vn/a/phim.pdf", "phim.pdf")
CARD = Attachment("card", name='{"phone":"84903418276","qrCodeUrl":""}')
SHARED = Shared(HER, AT, "Nguyễn Thị Thu Trang", "84903418276")

EXPECTED: dict[str, list[News]] = {
    "user_send_text": said("Sau 17h được không em, chị kẹt họp"),
    "user_send_text.retry": said("Em ơi chiều nay chị vướng họp"),
    "user_send_text.query": said("#xin-doi-gio"),
    "user_send_text.quoted": said("Dạ được ạ", reply_to=OLDER),
    "user_send_image": said("Chỗ này còn sưng", PHOTO),
    "user_send_image.photo": said("", PHOTO),
    "user_send_gif": said("", GIF),
    "user_send_audio": said("", Attachment("audio", "https://voice.example.vn/a/loi-nhan.m4a")),
    "user_send_video": said("", Attachment("video", "https://video.example.vn/a/rang.mp4")),
    "user_send_sticker": said("", STICKER),
    "user_send_file": said("", FILM),
    "user_send_link": said(
        "https://bao.example.vn/rang",
        Attachment("link", "https://bao.example.vn/rang", "Chăm sóc răng"),
    ),
    "user_send_location": said("", PLACE),
    "user_send_location.message_location": said("", PLACE),
    "user_send_business_card": said("", CARD),
    "anonymous_send_text": anonymous("Phòng khám mở cửa mấy giờ?"),
    "anonymous_send_image": anonymous("", PHOTO),
    "anonymous_send_file": anonymous("", FILM),
    "anonymous_send_sticker": anonymous("", Attachment("sticker")),
    "user_call_oa": [Said(HER, "call-1", AT, attachments=(Attachment("call", name="answered"),))],
    "oa_send_text": we_said("Dạ An Tâm xin chào chị ạ"),
    "oa_send_text.admin": we_said("Dạ chị chờ em xem lịch ạ"),
    "oa_send_image": we_said("", PHOTO),
    "oa_send_gif": we_said("", GIF),
    "oa_send_file": we_said(
        "", Attachment("file", "https://file.example.vn/a/dan-do.pdf", "dan-do.pdf")
    ),
    "oa_send_sticker": we_said("", STICKER),
    "oa_send_list": we_said("", Attachment("file")),
    "user_received_message": DELIVERED,
    "user_received_message.no_header": DELIVERED,
    "user_received_message.hashphone": DELIVERED,
    "user_received_message.chat": [Receipt("delivered", None, MESSAGE, AT)],
    "user_seen_message": [Receipt("seen", None, MESSAGE, AT), Receipt("seen", None, OLDER, AT)],
    "user_seen_message.msg_id": [Receipt("seen", None, MESSAGE, AT)],
    "user_reacted_message": [Receipt("seen", None, MESSAGE, AT)],
    "user_click_button": [Receipt("acted", None, MESSAGE, AT)],
    "user_click_link": [Receipt("acted", None, MESSAGE, AT)],
    "user_feedback": [
        ACTED,
        Answered(UID, ZNS, AT, 5, note="Bác sĩ nhẹ tay, Bác sĩ tận tình, Đúng giờ"),
    ],
    "user_feedback.bare": [ACTED, Answered(UID, ZNS, AT, 2)],
    "user_click_response_button": [ACTED, Answered(UID, ZNS, AT, choice="xin-doi-gio")],
    "follow": [Followed(HER, AT)],
    "unfollow": [Followed(HER, AT, follows=False)],
    "user_submit_info": [SHARED],
    "user_submit_info.old": [SHARED],
    "update_user_info": [SHARED],
    "user_click_chatnow": [Opened(HER, AT)],
    "widget_interaction_accepted": [Opened(HER, AT)],
    "user_withdraw": [Forgotten(HER, AT)],
    "change_template_status": [TemplateNews("501", "ENABLE")],
    "change_template_status.disabled": [TemplateNews("501", "DISABLE", reason="Chất lượng thấp")],
    "change_template_status.rejected": [
        TemplateNews("501", "REJECT", reason="Nội dung thiếu tham số định danh khách hàng")
    ],
    "change_template_quality": [TemplateNews("501", quality="LOW")],
    "change_template_quality.object": [TemplateNews("501", quality="LOW")],
    "change_oa_daily_quota": [QuotaNews(10_000)],
    "change_oa_daily_quota.oa_id": [QuotaNews(10_000)],
    **{
        f"oa_send_anonymous_{kind}": we_said(text, *parts, to="anonymous:anon_6f1c2d")
        for kind, text, parts in (
            ("image", "", (PHOTO,)),
            ("file", "", (FILM,)),
            ("sticker", "", (Attachment("sticker"),)),
        )
    },
    **{
        name: []  # ours, or nothing here keeps such a thing
        for name in (
            "oa_send_template",
            "oa_send_consent",
            "oa_reacted_message",
            "add_user_to_tag",
            "remove_user_from_tag",
            "remove_tag",
            "widget_failed_to_sync_user_external_id",
        )
    },
    **{
        name: [Unknown(name)]  # nobody is sure of their shape: kept and shown
        for name in (
            "change_oa_template_tags",
            "change_template_quota",
            "event_journey_acknowledged",
            "event_journey_time_out",
            "extension_purchased",
            "oa_call_user",
            "user_reply_consent",
        )
    },
}


def heard(name: str) -> list[News]:
    return provider_of("zalo").news(reading.zalo_raw(name).decode())


def test_every_recorded_event_is_expected_here() -> None:
    left = {name for name in reading.names("zalo") if not name.startswith("probe")}
    left -= {"user_send_text.bad_signature", "oa_send_anonymous_text"}
    assert left == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_an_event_says(name: str) -> None:
    assert heard(name) == EXPECTED[name]


def test_what_the_clinic_says_to_somebody_unknown_stands_with_her() -> None:
    (found,) = heard("oa_send_anonymous_text")
    assert isinstance(found, WeSaid)
    assert found.person == "anonymous:anon_6f1c2d"
    assert found.text


@pytest.mark.parametrize("name", [name for name in EXPECTED if EXPECTED[name]])
def test_an_event_without_what_it_needs_is_unknown_and_never_breaks(name: str) -> None:
    event = json.loads(reading.zalo_raw(name))
    bare = {"event_name": event["event_name"], "message": "?", "sender": 1, "info": [], "tag": 0}
    assert provider_of("zalo").news(json.dumps(bare)) == [Unknown(event["event_name"])]


def key(event: dict[str, Any]) -> str:
    return provider_of("zalo").dedupe_key(Arrived("POST", "", "", json.dumps(event).encode()))


def test_two_events_of_one_instant_are_two_and_the_same_one_is_one() -> None:
    follow = json.loads(reading.zalo_raw("follow"))
    assert key(follow) == key(follow)
    assert key(follow) != key({**follow, "follower": {"id": "1"}})
    template = json.loads(reading.zalo_raw("change_template_status"))
    assert key(template) != key({**template, "template_id": "502"})
    retried = json.loads(reading.zalo_raw("user_send_text.retry"))
    assert key(retried) == key({**retried, "timestamp": "1795312830000"})
