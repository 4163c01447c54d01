"""Zalo by user id: templates, what people of the clinic write, pictures and files, who she is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinics import clock as product_clock
from messaging.models import Message, ProviderAccount
from messaging.providers.base import Asks, ProviderError
from messaging.providers.zalo.client import Zalo
from patients.models import ContactPoint, PatientContactPoint
from patients.public import Patient
from tests.messaging.outposts import Outpost, Wire, work

pytestmark = pytest.mark.django_db
ZALO = Zalo()
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def met(outpost: Outpost, wire: Wire, patient: Patient, **does: str) -> str:
    """She does something at the account; returns her id there."""
    phone = outpost.phone_of(patient).removeprefix("+")
    deed = does or {"do": "text", "text": "Cho em hỏi"}
    wire.control(f"phones/{phone}/act", {"oa_id": outpost.zalo.account_id, **deed})
    people = wire.control("events")["events"]
    return str(people[-1]["user_id"]) if "user_id" in people[-1] else _sender(people[-1])


def _sender(event: dict[str, Any]) -> str:
    body = event.get("body") or event
    return str((body.get("sender") or body.get("follower") or {})["id"])


def known(outpost: Outpost, patient: Patient, user_id: str, oa_id: str = "") -> ContactPoint:
    point = ContactPoint.objects.create(
        kind="zalo",
        value=f"{oa_id or outpost.zalo.account_id}/{user_id}",
        recorded_at=product_clock.now(),
    )
    PatientContactPoint.objects.create(patient=patient, contact_point=point, position=9)
    return point


def account(outpost: Outpost) -> ProviderAccount:
    return ProviderAccount.objects.get(pk=outpost.zalo.pk)


@pytest.mark.parametrize("beside", [False, True], ids=["in data", "beside data"])
def test_a_template_goes_by_user_id_where_she_is_known(
    outpost: Outpost,
    wire: Wire,
    beside: bool,  # noqa: FBT001 - a parameter
) -> None:
    wire.control("spellings", {"sent_time_beside": beside})
    patient = outpost.patient()
    user_id = met(outpost, wire, patient)
    known(outpost, patient, user_id)
    message = outpost.say(patient)
    work()
    message.refresh_from_db()
    (row,) = wire.book(channel="oa")
    assert (message.state, message.provider_ref) == ("accepted", row["id"])
    assert row["kind"] == "uid"
    assert wire.book(channel="zalo") == []


def test_a_template_that_cannot_go_by_user_id_goes_to_her_phone_on_zalo(
    outpost: Outpost, wire: Wire
) -> None:
    patient = outpost.patient()
    known(outpost, patient, met(outpost, wire, patient))
    for each in wire.control("templates")["templates"]:
        wire.control("templates", each | {"uid": False})
    message = outpost.say(patient)
    work()
    work()
    assert outpost.attempts(message) == [("zalo", "failed"), ("zalo", "accepted")]
    first = Message.objects.get(intent=message.intent, attempt=1)
    assert first.error_code == "-249"
    assert not first.template.disabled_reason  # by phone it is as good as before
    assert [row["phone"] for row in wire.book(channel="zalo")] == [outpost.phone_of(patient)]


def test_an_id_of_another_account_is_not_written_to(outpost: Outpost, wire: Wire) -> None:
    patient = outpost.patient()
    known(outpost, patient, "123456789", oa_id="999")
    message = outpost.say(patient)
    work()
    assert message.contact_point.kind == "phone"
    assert len(wire.book(channel="zalo")) == 1
    assert ZALO.takes(outpost.zalo, "zalo", f"{outpost.zalo.account_id}/1")
    assert not ZALO.takes(outpost.zalo, "zalo", f"{outpost.zalo.account_id}0/1")
    assert not ZALO.takes(outpost.zalo, "email", "a@example.vn")


def test_an_expired_token_is_renewed_for_a_message_by_user_id(outpost: Outpost, wire: Wire) -> None:
    patient = outpost.patient()
    known(outpost, patient, met(outpost, wire, patient))
    wire.control("tokens", {"oa_id": outpost.zalo.account_id, "expire": "access"})
    message = outpost.say(patient)
    work()
    assert outpost.attempts(message) == [("zalo", "accepted")]
    assert len(wire.book(channel="oa")) == 1


def test_what_it_costs_to_write_is_read_from_the_answer(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    patient = outpost.patient()
    user_id = met(outpost, wire, patient)
    first = ZALO.consult(account(outpost), user_id, text="Chào chị, em nghe đây ạ")
    assert first.ref == wire.book(channel="oa")[0]["id"]
    assert first.quota_type == "reply"
    clock.advance(days=3)  # past 48 hours, within seven days
    wire.control("accounts", {"oa_id": outpost.zalo.account_id, "cs_quota": 7})
    second = ZALO.consult(account(outpost), user_id, text="Em nhắc lại ạ")
    assert (second.quota_type, second.remain, second.total) == ("sub_quota", 6, 7)
    clock.advance(days=5)
    with pytest.raises(ProviderError) as refused:
        ZALO.consult(account(outpost), user_id, text="Em nhắc lại lần nữa ạ")
    assert (refused.value.code, refused.value.permanent) == ("-230", True)
    assert len(wire.book(channel="oa")) == 2


def test_a_picture_a_file_and_a_question_for_her_number(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    patient = outpost.patient()
    user_id = met(outpost, wire, patient)
    image = ZALO.upload_image(account(outpost), "phim.png", PNG)
    file = ZALO.upload_file(account(outpost), "dặn dò.pdf", b"%PDF-1.4 " + b"0" * 50)
    ZALO.consult(account(outpost), user_id, text="Phim của chị", image=image)
    ZALO.consult(account(outpost), user_id, file=file)
    asks = Asks("Nha khoa An Tâm", "Chị cho em xin số để đặt lịch", "https://example.vn/a.png")
    ZALO.consult(account(outpost), user_id, asks=asks)
    said = [row["extra"]["type"] for row in wire.book(channel="oa")]
    assert said == ["image", "file", "request_user_info"]
    clock.advance(days=5)
    met(outpost, wire, patient)
    clock.advance(days=3)
    with pytest.raises(ProviderError) as old:  # what was uploaded lives seven days
        ZALO.consult(account(outpost), user_id, image=image)
    assert old.value.code == "-100"
    assert old.value.permanent


@pytest.mark.parametrize(
    "deed",
    [
        lambda row: ZALO.consult(row, "1", text="a" * 2_001),
        lambda row: ZALO.upload_image(row, "a.png", b"0" * 1_000_001),
        lambda row: ZALO.upload_image(row, "a.bmp", PNG),
        lambda row: ZALO.upload_file(row, "a.pdf", b"0" * 5_000_001),
        lambda row: ZALO.upload_file(row, "a.exe", b"0"),
    ],
)
def test_what_zalo_would_not_take_is_not_sent(outpost: Outpost, wire: Wire, deed: Any) -> None:
    with pytest.raises(ProviderError) as refused:
        deed(account(outpost))
    assert refused.value.code == "-210"
    assert refused.value.permanent
    assert wire.control("refusals")["refusals"] == []


def test_who_she_is_and_how_much_may_be_written(outpost: Outpost, wire: Wire, clock: Any) -> None:
    patient = outpost.patient()
    user_id = met(outpost, wire, patient, do="follow")
    row = account(outpost)
    found = ZALO.person(row, user_id)
    assert (found.user_id, found.follows, found.shared_phone) == (user_id, True, "")
    wire.control("accounts", {"oa_id": row.account_id, "cs_replies": 8})
    met(outpost, wire, patient)
    assert ZALO.left_for(row, user_id).remain == 8
    ZALO.consult(row, user_id, text="Dạ")
    left = ZALO.left_for(row, user_id)
    assert (left.remain, left.total) == (7, 8)


def test_a_token_that_ended_is_renewed_once_for_what_people_write(
    outpost: Outpost, wire: Wire
) -> None:
    patient = outpost.patient()
    user_id = met(outpost, wire, patient)
    wire.control("tokens", {"oa_id": outpost.zalo.account_id, "expire": "access"})
    row = account(outpost)
    assert ZALO.consult(row, user_id, text="Dạ em nghe").ref
    assert row.credentials == account(outpost).credentials
    wire.control("tokens", {"oa_id": outpost.zalo.account_id, "kill": "all"})
    with pytest.raises(ProviderError) as refused:
        ZALO.consult(row, user_id, text="Dạ")
    assert refused.value.code in ("-216", "-220")
    assert account(outpost).must_authorise


def test_nobody_at_the_door_is_told_at_once(outpost: Outpost, settings: Any) -> None:
    settings.ZALO_OPENAPI_URL = "http://127.0.0.1:9"
    before = product_clock.now()
    with pytest.raises(ProviderError) as refused:
        ZALO.consult(account(outpost), "1", text="Dạ")
    assert refused.value.code == "no_connection"
    assert not refused.value.permanent
    assert product_clock.now() - before < dt.timedelta(minutes=1)
