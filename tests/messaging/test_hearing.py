"""What people write to us: whose it is, refusals, signs that worry, the night."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinics import clock as product_clock
from messaging import followers, hours, optout, replies, talks
from messaging.models import Inbound, Message, Talk, TalkLine, Template, Wait, ZaloPerson
from messaging.public import events
from patients.public import Patient, Purpose, basis
from tests.messaging.talking import HER, OA, Zalo, texts, zalo
from tests.payloads import reading

__all__ = ["zalo"]


@pytest.fixture
def trang(zalo: Zalo) -> Patient:
    """A patient who is joined."""
    patient = zalo.patient()
    zalo.shares("84903418276")
    return patient


def refused(patient: Patient) -> set[tuple[str, str]]:
    return {
        (row.purpose, channel)
        for row in basis.table(patient)
        for channel, verdict in row.channels.items()
        if verdict.reason == "refused"
    }


def remind(zalo: Zalo, patient: Patient, *, purpose: str = "care", key: str = "invite") -> Message:
    """A message by Zalo that has gone out to her."""
    template = Template.objects.create(key=key, channel="zalo", account=zalo.account, body="x")
    point = patient.patientcontactpoint_set.filter(contact_point__kind="phone")[0].contact_point
    return Message.objects.create(
        intent="018f6f1c-2d3e-4a5b-8c7d-9e0f1a2b3c4e", uid="018f6f1c2d3e4a5b8c7d9e0f1a2b3c4d",
        patient=patient, branch=patient.branch, contact_point=point, account=zalo.account,
        template=template, channel="zalo", purpose=purpose, state="accepted",
        provider_ref="zns1", queued_at=zalo_now(), called_at=zalo_now(), accepted_at=zalo_now(),
    )  # fmt: skip


def zalo_now() -> dt.datetime:
    return product_clock.now()


def test_what_she_writes_stands_in_her_conversation_once(zalo: Zalo, trang: Patient) -> None:
    ref = zalo.hears("Sau 17h được không em")
    zalo.hears("Sau 17h được không em", ref=ref)
    zalo.hears("chị kẹt họp")
    talk = Talk.objects.get()
    assert talk.patient == trang
    assert texts(talk) == [("in", "Sau 17h được không em"), ("in", "chị kẹt họp")]
    assert (talk.unread, talk.waits_since) == (2, TalkLine.objects.earliest("id").at)
    assert b"17h" not in bytes(raw_text())


def raw_text() -> bytes:
    from_db = TalkLine.objects.extra(select={"raw": "encode(text, 'escape')"}).earliest("id")
    return str(from_db.raw).encode()  # type: ignore[attr-defined]


def test_a_stranger_has_a_conversation_of_her_own(zalo: Zalo) -> None:
    zalo.hears("Cho mình hỏi giá niềng")
    zalo.hears("trong suốt")
    talk = Talk.objects.get()
    assert (talk.patient, talk.sender, talk.unread) == (None, HER, 2)


def test_pictures_and_places_are_kept_as_addresses_only(zalo: Zalo) -> None:
    for name in ("user_send_image", "user_send_location", "user_call_oa"):
        event = reading.payload("zalo", name)["body"]
        for gap in ("app_id", "timestamp"):
            event.pop(gap)
        event.get("message", {})["msg_id"] = name
        zalo.tells(event.pop("event_name"), **{**event, "recipient": {"id": OA}})
    kinds = [talks.parts_of(line)[0].kind for line in TalkLine.objects.order_by("id")]
    assert kinds == ["image", "location", "call"]


@pytest.mark.parametrize(
    "text",
    ["STOP", "stop", "Stop.", "TU CHOI", "Từ chối", "từ chối ạ", "HUY", "Hủy", "huỷ đăng ký",
     "HUỶ nhận tin", "ngưng nhận tin giúp chị", "Đừng nhắn tin nữa", "khong nhan tin nua", "TC",
     "Không muốn nhận tin nữa em nhé", "DỪNG", "Bỏ đăng ký"],
)  # fmt: skip
def test_words_that_refuse(text: str) -> None:
    assert optout.asks_to_stop(text)


@pytest.mark.parametrize(
    "text",
    ["không đến được", "Chiều nay chị không đến được", "huỷ lịch giúp em", "hủy hẹn ngày mai",
     "Chị từ chối nhổ răng được không?", "dừng thuốc được chưa em", "thôi để chị gọi lại",
     "thôi", "dừng", "stop by chiều nay nhé", "không", "ngưng uống kháng sinh chưa", "",
     "Đừng hẹn thứ Ba nhé", "Em gửi tin nhắn lại giúp chị", "hủy", "từ chối"],
)  # fmt: skip
def test_words_that_only_seem_to(text: str) -> None:
    assert not optout.asks_to_stop(text, about_slot=True)


def test_stop_is_a_refusal_of_what_was_said_last_and_is_confirmed(
    zalo: Zalo, trang: Patient
) -> None:
    remind(zalo, trang, purpose="offer")
    zalo.hears("Từ chối")
    assert refused(trang) == {("offer", "zalo")}
    assert Talk.objects.get().waits_since is None  # it was answered: by the confirmation
    lines = texts(Talk.objects.get())
    assert [kind for kind, _text in lines] == ["in", "out", "note"]
    assert "09:00 ngày 01/06/2026" in lines[1][1]
    assert "không gửi tin ưu đãi qua Zalo cho chị Trang nữa" in lines[1][1]


def test_who_reads_english_is_answered_in_it(zalo: Zalo, trang: Patient, clock: Any) -> None:
    Patient.objects.filter(pk=trang.pk).update(language="en")
    remind(zalo, trang, purpose="offer")
    zalo.hears("STOP")
    _her, ours, note = texts(Talk.objects.get())
    assert ours[1].startswith(f"Hello {trang.full_name}. ")
    assert "on 1 June 2026 at 09:00: we will not send you offers on Zalo any more" in ours[1]
    assert "tin ưu đãi" in note[1]  # for the desk
    clock.set("2026-06-01T21:00")
    zalo.hears("Can I change my appointment?")
    last = texts(Talk.objects.get())[-1]
    assert last[0] == "out"
    assert "the clinic is closed now. We open tomorrow at 08:00" in last[1]
    assert "call 028 7300 6868 or 115 at once" in last[1]


def test_stop_without_anything_said_refuses_all_on_that_channel(zalo: Zalo, trang: Patient) -> None:
    zalo.hears("STOP")
    assert refused(trang) == {(each, "zalo") for each in Purpose.values}


def test_cancelling_an_appointment_is_no_refusal(zalo: Zalo, trang: Patient) -> None:
    remind(zalo, trang, key="reminder")
    zalo.hears("Hủy")
    zalo.hears("không đến được")
    assert refused(trang) == set()
    zalo.hears("HUY")
    assert refused(trang) == {("care", "zalo")}


def test_a_refusal_takes_back_what_waits_in_the_same_transaction(
    zalo: Zalo, trang: Patient
) -> None:
    message = remind(zalo, trang)
    Message.objects.filter(pk=message.pk).update(state="queued", due_at=zalo_now())
    zalo.hears("STOP")
    message.refresh_from_db()
    assert (message.state, message.error_code) == ("cancelled", "refused")


def test_a_sign_that_worries_is_told_once_with_its_tier(
    zalo: Zalo, trang: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.Worried] = []
    monkeypatch.setattr(events.worried, "_handlers", [told.append])
    zalo.hears("Sưng to hơn hôm qua em ơi")
    zalo.hears("không đau em nhé")
    assert [(each.patient_id, each.sign, each.tier) for each in told] == [
        (trang.pk, "swelling", "R1")
    ]
    talk = Talk.objects.get()
    assert talk.alarm == "R1"
    signs = TalkLine.objects.order_by("id").values_list("sign", flat=True)
    assert list(signs) == ["swelling", "pain"]  # the second one is denied: seen, not raised


def test_at_night_she_is_told_so_once_with_the_hotline(
    zalo: Zalo, trang: Patient, clock: Any
) -> None:
    clock.set("2026-06-01T21:30:00+07:00")
    zalo.hears("Bé còn đau")
    zalo.hears("em ơi")
    clock.set("2026-06-02T06:00:00+07:00")
    zalo.hears("có ai không")
    ours = [text for kind, text in texts(Talk.objects.get()) if kind == "out"]
    assert len(ours) == 1
    assert "08:00 ngày mai mở cửa" in ours[0]
    assert "028 7300 6868" in ours[0]
    assert "115" in ours[0]
    clock.set("2026-06-02T20:30:00+07:00")
    zalo.hears("tối nay cũng đau")
    assert sum(kind == "out" for kind, _text in texts(Talk.objects.get())) == 2


def test_within_hours_nothing_answers_by_itself(zalo: Zalo, trang: Patient) -> None:
    zalo.hears("Chào em")
    assert [kind for kind, _text in texts(Talk.objects.get())] == ["in"]


def test_open_minutes_leave_out_nights_and_closing_days(zalo: Zalo) -> None:
    from_hour = hours.Hours(zalo.branch, frozenset({dt.date(2026, 6, 2)}))  # 08:00-20:00

    def minutes(since: str, until: str) -> int:
        return from_hour.open_minutes(
            dt.datetime.fromisoformat(since), dt.datetime.fromisoformat(until)
        )

    assert minutes("2026-06-01T09:00+07:00", "2026-06-01T09:25+07:00") == 25
    assert minutes("2026-06-01T19:30+07:00", "2026-06-03T08:10+07:00") == 40
    assert minutes("2026-06-02T09:00+07:00", "2026-06-02T12:00+07:00") == 0
    assert minutes("2026-06-01T21:00+07:00", "2026-06-01T22:00+07:00") == 0


def test_an_answer_written_at_zalo_ends_the_waiting_and_is_measured(
    zalo: Zalo, trang: Patient, clock: Any
) -> None:
    zalo.hears("Chào em")
    clock.advance(minutes=12)
    zalo.tells(
        "oa_send_text", sender={"id": OA, "admin_id": "1"}, recipient={"id": HER},
        message={"msg_id": "x1", "text": "Dạ chị"},
    )  # fmt: skip
    talk = Talk.objects.get()
    assert (talk.waits_since, talk.unread) == (None, 0)
    assert Wait.objects.get().open_minutes == 12
    assert texts(talk)[-1] == ("out", "Dạ chị")


def test_ratings_and_buttons_stand_with_the_message_they_answer(zalo: Zalo, trang: Patient) -> None:
    message = remind(zalo, trang)
    zalo.tells(
        "user_feedback", oa_id=OA,
        message={"rate": 2, "note": "còn sưng", "msg_id": "zns1", "tracking_id": message.uid},
    )  # fmt: skip
    zalo.tells(
        "user_click_response_button", oa_id=OA, msg_id="zns1",
        message={"data": "xin-doi-gio", "tracking_id": message.uid},
    )  # fmt: skip
    message.refresh_from_db()
    assert message.state == "acted"
    said = [text for _kind, text in texts(Talk.objects.get(patient=trang))]
    assert said == ["Đánh giá 2 trên 5. còn sưng", "xin-doi-gio"]


def test_seen_moves_our_answer_forward_only(zalo: Zalo, trang: Patient) -> None:
    zalo.hears("Chào em")
    line = replies.write(Talk.objects.get(), "Dạ chị", by=None)
    TalkLine.objects.filter(pk=line.pk).update(state="sent", ref="c1", due_at=None)
    for event in ("user_seen_message", "user_received_message"):
        zalo.tells(event, sender={"id": OA}, recipient={"id": HER}, message={"msg_ids": ["c1"]})
    line.refresh_from_db()
    assert line.state == "seen"


def test_what_zalo_says_of_a_template_and_of_the_quota_holds_here(zalo: Zalo) -> None:
    Template.objects.create(
        key="reminder", channel="zalo", account=zalo.account, provider_id="501", body="x",
        approved_at=zalo_now(), status="approved", purpose="reminder",
    )  # fmt: skip
    status = {"prev_status": "ENABLE", "new_status": "DISABLE"}
    zalo.tells("change_template_status", oa_id=OA, template_id="501", status=status, reason="Kém")
    assert Template.objects.get().status == "disabled"
    assert Template.objects.get().status_reason == "Kém"
    status = {"prev_status": "DISABLE", "new_status": "ENABLE"}
    zalo.tells("change_template_status", oa_id=OA, template_id="501", status=status)
    zalo.tells("change_template_quality", oa_id=OA, template_id="501", quality="LOW")
    assert (Template.objects.get().status, Template.objects.get().quality) == ("approved", "LOW")
    zalo.tells("change_oa_daily_quota", oaId=OA, quota={"prev_value": "1", "new_value": "900"})
    zalo.account.refresh_from_db()
    assert zalo.account.daily_quota == 900


def test_an_event_nobody_knows_is_kept_and_shown(zalo: Zalo) -> None:
    zalo.tells("event_of_the_future", oa_id=OA)
    row = Inbound.objects.get()
    assert (row.unknown, row.event, row.due_at) == (True, "event_of_the_future", None)


def test_who_cannot_be_reached_stands_in_the_inbox(zalo: Zalo, trang: Patient) -> None:
    message = remind(zalo, trang)
    events.unreached.tell(
        events.Unreached(message.intent, message.uid, trang.pk, zalo.branch.pk, "-118")
    )
    talk = Talk.objects.get(patient=trang)
    assert (talk.failed_why, talk.unread) == ("-118", 0)


def test_someone_behind_a_shared_phone_is_joined_once_only(zalo: Zalo, trang: Patient) -> None:
    other = zalo.patient("0903418277", "Hồ Quang Hiếu")
    who = ZaloPerson.objects.get()
    followers.join(who, other)
    assert [each.user_id for each in followers.of_patient(other)] == [HER]
    assert followers.of_patient(trang) == []
