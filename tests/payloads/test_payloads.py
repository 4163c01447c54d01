"""The recorded payloads are complete and hold together."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from tests.payloads.reading import (
    ZALO_APP,
    ZALO_OA,
    errors,
    names,
    payload,
    zalo_mac,
    zalo_raw,
)

#: Every event that the papers about Zalo's webhooks name.
EVENTS = """
user_send_text user_send_image user_send_gif user_send_audio user_send_video user_send_sticker
user_send_file user_send_link user_send_location user_send_business_card
oa_send_text oa_send_image oa_send_gif oa_send_list oa_send_file oa_send_sticker oa_send_template
user_received_message user_seen_message user_reacted_message oa_reacted_message follow unfollow
user_submit_info user_click_chatnow add_user_to_tag remove_user_from_tag remove_tag
update_user_info user_withdraw widget_interaction_accepted widget_failed_to_sync_user_external_id
oa_send_consent user_reply_consent user_call_oa oa_call_user extension_purchased
user_click_button user_click_link user_feedback user_click_response_button
change_template_status change_template_quality change_oa_daily_quota change_oa_template_tags
change_template_quota event_journey_acknowledged event_journey_time_out
anonymous_send_text oa_send_anonymous_text
""".split()
ZALO = names("zalo")
SIGNED = [n for n in ZALO if not n.startswith("probe") and not n.endswith("bad_signature")]


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_is_recorded_under_its_name(event: str) -> None:
    assert [n for n in ZALO if n.split(".")[0] == event]


@pytest.mark.parametrize("name", SIGNED)
def test_a_zalo_payload_is_signed_and_named(name: str) -> None:
    event = payload("zalo", name)
    body = event["body"]
    assert event["event"] == body["event_name"] == name.split(".")[0]
    assert body["app_id"] == ZALO_APP
    assert event["headers"]["X-ZEvent-Signature"] == zalo_mac(zalo_raw(name), body["timestamp"])
    ids = [body.get("oa_id"), body.get("oaId")]
    ids += [body.get(side, {}).get("id") for side in ("sender", "recipient")]
    assert ZALO_OA in ids
    assert all(one is None or isinstance(one, str) for one in ids)  # longer than a float holds


def test_a_false_signature_is_false() -> None:
    event = payload("zalo", "user_send_text.bad_signature")
    raw = zalo_raw("user_send_text.bad_signature")
    assert event["headers"]["X-ZEvent-Signature"] != zalo_mac(raw, event["body"]["timestamp"])
    assert (zalo_raw("probe.empty"), zalo_raw("probe.braces")) == (b"", b"{}")


def test_every_code_has_one_class() -> None:
    listed = errors("zalo")
    assert {e["family"] for e in listed} == {"business", "openapi", "oauth"}
    assert {e["class"] for e in listed} == {"R", "R~", "T", "L", "N", "K", "Q", "C"}
    for family, count in (("business", 75), ("openapi", 39), ("oauth", 9)):
        assert len({e["code"] for e in listed if e["family"] == family}) == count
    doubled = [e["code"] for e in listed if e["family"] == "openapi"]
    assert sorted({code for code in doubled if doubled.count(code) > 1}) == [-223, -32]


@pytest.mark.parametrize("name", names("twilio", "callback") + names("twilio", "inbound"))
def test_a_twilio_form_is_signed(name: str) -> None:
    call = payload("twilio", name)
    said = call["url"] + "".join(key + call["form"][key] for key in sorted(call["form"]))
    digest = hmac.new(call["auth_token"].encode(), said.encode(), hashlib.sha1).digest()
    assert call["headers"]["X-Twilio-Signature"] == base64.b64encode(digest).decode()


def test_an_answer_to_a_short_number_is_signed() -> None:
    said = payload("esms", "inbound.short_code")["query"]
    text = said["cpid"] + said["smsid"] + said["content"] + said["receiverTime"] + "MoKeyOfTests"
    assert base64.b64encode(hashlib.md5(text.encode()).digest()).decode() == said["sign"]


@pytest.mark.parametrize("provider", ["esms", "twilio"])
def test_codes_are_listed_once(provider: str) -> None:
    codes = [e["code"] for e in errors(provider)]
    assert len(codes) == len(set(codes)) >= 20
