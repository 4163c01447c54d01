"""Answers in words: through the gateway's Official Account, inside its window, never twice."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clinics.public import Role, staff
from messaging import followers, receipts, replies, talks
from messaging.models import Talk, TalkLine, Wait
from messaging.windows import window
from patients.public import NotPossible, Patient
from tests.messaging.gateway_server import until
from tests.messaging.outposts import Outpost, Wire, post

PHONE = "0903100201"


@pytest.fixture
def trang(outpost: Outpost, wire: Wire, settings: Any) -> Patient:
    """A patient on the gateway's phone, who follows the account and has told it her code."""
    settings.ZALO_OPENAPI_URL = f"{wire.gateway.base}/zalo-openapi"
    patient = outpost.patient(PHONE)
    act(outpost, wire, "follow")
    act(outpost, wire, "text", text=followers.make_code(patient).code)
    talks.settle(talks.of_patient(patient))
    return patient


def act(outpost: Outpost, wire: Wire, do: str, **more: Any) -> None:
    """She does something on her phone, and it is heard."""
    wire.control(f"phones/{PHONE}/act", {"do": do, "oa_id": outpost.zalo.account_id, **more})
    wire.carry()
    receipts.understand_due()


def says(outpost: Outpost, wire: Wire, text: str) -> Talk:
    act(outpost, wire, "text", text=text)
    return Talk.objects.get(merged_into__isnull=True)


def desk() -> Any:
    return staff.hire(
        username=f"d{uuid.uuid4().hex[:6]}", password=None, full_name="Lê Ngọc Diễm",
        role=Role.RECEPTION, branches=[],
    )  # fmt: skip


def test_she_writes_and_the_answer_is_on_her_phone(
    outpost: Outpost, wire: Wire, trang: Patient, clock: Any
) -> None:
    talk = says(outpost, wire, "Sau 17h được không em")
    assert talk.patient == trang
    clock.advance(minutes=7)
    diem = desk()
    line = replies.write(talk, "Dạ được chị ơi", by=diem, uid=uuid.uuid4())
    assert replies.write(talk, "Dạ được chị ơi", by=diem, uid=line.uid) == line  # pressed twice
    replies.send_due()
    replies.send_due()
    line.refresh_from_db()
    assert (line.state, line.due_at, bool(line.ref)) == ("sent", None, True)
    assert [text for text in said(wire) if text == "Dạ được chị ơi"] == ["Dạ được chị ơi"]
    talk.refresh_from_db()
    assert (talk.waits_since, talk.unread, talk.assigned_to) == (None, 0, diem)
    assert Wait.objects.get().open_minutes == 7
    for heard in wire.receipts():  # Zalo tells of our own line too: it is no second one
        from_wire(heard)
    assert TalkLine.objects.filter(kind="out").count() == 1


def said(wire: Wire) -> list[str]:
    return [str(each.get("text", "")) for each in wire.book()]


def from_wire(heard: Any) -> None:
    post(heard)
    receipts.understand_due()


def test_the_window_is_free_then_paid_then_over(
    outpost: Outpost, wire: Wire, trang: Patient, clock: Any
) -> None:
    talk = says(outpost, wire, "Chào em")
    states = [window(talk).state]
    for hours in (47, 2, 24 * 5 - 2, 2):
        clock.advance(hours=hours)
        states.append(window(talk).state)
    assert states == ["free", "free", "paid", "paid", "over"]
    with pytest.raises(NotPossible, match="7"):
        replies.write(talk, "Dạ", by=desk(), uid=uuid.uuid4())
    assert not TalkLine.objects.filter(kind="out").exists()


def test_what_zalo_refuses_is_said_with_its_reason_and_may_be_sent_again(
    outpost: Outpost, wire: Wire, trang: Patient
) -> None:
    talk = says(outpost, wire, "Chào em")
    wire.control(f"phones/{PHONE}", {"oa_code": -248})
    line = replies.write(talk, "Khuyến mãi", by=desk(), uid=uuid.uuid4())
    replies.send_due()
    line.refresh_from_db()
    talk.refresh_from_db()
    assert (line.state, line.error_code, talk.failed_why) == ("failed", "-248", "-248")
    wire.control(f"phones/{PHONE}", {"oa_code": 0})
    replies.again(line)
    replies.send_due()
    line.refresh_from_db()
    talk.refresh_from_db()
    assert (line.state, talk.failed_at) == ("sent", None)
    with pytest.raises(NotPossible):
        replies.again(line)


def test_what_may_have_arrived_is_never_sent_again(
    outpost: Outpost, wire: Wire, trang: Patient
) -> None:
    talk = says(outpost, wire, "Chào em")
    wire.mode(channel="zalo", endpoint="message/cs", lose_answer=True)
    line = replies.write(talk, "Dạ chị", by=desk(), uid=uuid.uuid4())
    replies.send_due()
    wire.mode(channel="zalo", endpoint="message/cs")
    replies.send_due()
    line.refresh_from_db()
    assert (line.state, line.due_at) == ("unknown", None)
    assert said(wire).count("Dạ chị") == 1
    with pytest.raises(NotPossible):
        replies.again(line)


def test_a_killed_workers_answer_is_in_doubt_and_not_repeated(
    outpost: Outpost, wire: Wire, trang: Patient, clock: Any
) -> None:
    talk = says(outpost, wire, "Chào em")
    line = replies.write(talk, "Dạ chị", by=desk(), uid=uuid.uuid4())
    replies._claim()  # and here it is killed
    assert replies.next_due() is not None
    clock.advance(minutes=3)
    replies.send_due()
    line.refresh_from_db()
    talk.refresh_from_db()
    assert (line.state, talk.failed_why) == ("unknown", "no_answer")
    assert "Dạ chị" not in said(wire)
    heard = talks.Heard(outpost.zalo, "", "late", clock.now(), "Dạ chị")
    talks.said_elsewhere(talk, heard)  # Zalo knows it after all
    line.refresh_from_db()
    assert (line.state, line.ref) == ("sent", "late")


def test_nobody_at_the_door_is_tried_again_and_then_fails(
    outpost: Outpost, wire: Wire, trang: Patient, clock: Any, settings: Any
) -> None:
    talk = says(outpost, wire, "Chào em")
    settings.ZALO_OPENAPI_URL = "http://127.0.0.1:9"
    line = replies.write(talk, "Dạ chị", by=desk(), uid=uuid.uuid4())
    replies.send_due()
    line.refresh_from_db()
    assert (line.state, line.error_code) == ("queued", "no_connection")
    settings.ZALO_OPENAPI_URL = f"{wire.gateway.base}/zalo-openapi"
    clock.advance(minutes=1)
    replies.send_due()
    line.refresh_from_db()
    assert line.state == "sent"


def test_an_outdated_token_is_renewed_and_the_answer_goes_once(
    outpost: Outpost, wire: Wire, trang: Patient
) -> None:
    talk = says(outpost, wire, "Chào em")
    wire.control("tokens", {"oa_id": outpost.zalo.account_id, "expire": "access"})
    line = replies.write(talk, "Dạ chị", by=desk(), uid=uuid.uuid4())
    replies.send_due()
    line.refresh_from_db()
    assert line.state == "sent"
    assert said(wire).count("Dạ chị") == 1


def test_an_empty_or_too_long_answer_is_none(outpost: Outpost, wire: Wire, trang: Patient) -> None:
    talk = says(outpost, wire, "Chào em")
    for text in ("  ", "x" * 2_001):
        with pytest.raises(NotPossible):
            replies.write(talk, text, by=desk(), uid=uuid.uuid4())


def test_who_only_has_a_number_is_not_answered_here(outpost: Outpost, wire: Wire) -> None:
    talk = talks.of_patient(outpost.patient())
    assert window(talk).state == "none"


def test_a_stranger_is_asked_for_her_number_and_is_then_known(
    outpost: Outpost, wire: Wire, settings: Any
) -> None:
    settings.ZALO_OPENAPI_URL = f"{wire.gateway.base}/zalo-openapi"
    patient = outpost.patient(PHONE)
    talk = says(outpost, wire, "Cho mình hỏi")
    replies.ask_number(talk, by=desk(), uid=uuid.uuid4())
    replies.send_due()
    wire.carry(1)
    act(outpost, wire, "share", name="Thu Trang", phone="84903100201")

    def known() -> bool:
        wire.carry(0)  # reports of our own question may have come first
        receipts.understand_due()
        return Talk.objects.get(merged_into__isnull=True).patient == patient

    until(known)


def test_a_conversation_is_held_before_its_lines(
    outpost: Outpost, wire: Wire, trang: Patient
) -> None:
    """What is heard holds the conversation first; the other way round each waits for the other."""
    line = replies.write(says(outpost, wire, "Chào em"), "Dạ", by=desk(), uid=uuid.uuid4())
    with CaptureQueriesContext(connection) as asked:
        replies.send_due()
    held = [each["sql"] for each in asked if "FOR UPDATE" in each["sql"]]
    settling = [sql for sql in held if "SKIP LOCKED" not in sql][-2:]
    assert 'FROM "messaging_talk" ' in settling[0]
    assert 'FROM "messaging_talkline" ' in settling[1]
    line.refresh_from_db()
    assert line.state == "sent"
