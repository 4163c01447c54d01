"""Answers by SMS: to a short number of eSMS and to Twilio, and what may be answered by it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django_tenants.utils import schema_context

from messaging import copies, receipts, replies
from messaging.models import Inbound, ProviderAccount, Talk, TalkLine
from messaging.providers.base import Account
from messaging.providers.esms import inbound
from messaging.providers.esms.client import Esms
from messaging.providers.esms.forms import EsmsForm
from messaging.providers.news import Arrived, Said, Unknown
from messaging.providers.twilio.client import Twilio
from messaging.windows import window
from patients.public import NotPossible, Patient, basis
from tests.messaging.gateway_server import Heard, until
from tests.messaging.outposts import Outpost, Wire, post, work
from tests.messaging.test_replies import desk
from tests.messaging.test_twilio import ABROAD, SID, abroad
from tests.payloads import reading

__all__ = ["abroad"]

Clients = Callable[..., Client]
SHORT = {"short_number": "8041", "short_cpid": "cp-77", "short_key": "MoKeyOfTests"}
HERS = "0903100209"


class Renting:
    """An eSMS account with the short number of the recorded text."""

    kind, account_id, callback_token = "esms", "NKAnTam", "t0ken"

    def __init__(self, **said: str) -> None:
        keys = {"api_key": "k", "secret_key": "s", **SHORT, **said}
        self.credentials = json.dumps(keys)


def arrived(token: str = "t0ken", **changed: str) -> Arrived:
    said = reading.payload("esms", "inbound.short_code")["query"] | changed
    request = RequestFactory().get("/", said)
    return Arrived("GET", request.build_absolute_uri(), token, b"", query=dict(said))


def test_the_recorded_text_is_genuine_and_altered_it_is_not() -> None:
    renting: Account = Renting()
    assert Esms().genuine(arrived(), renting)
    for changed in ({"content": "TU CHOI"}, {"smsid": "mo-1"}, {"sign": ""}, {"cpid": "cp-78"}):
        assert not Esms().genuine(arrived(**changed), renting)
    assert not Esms().genuine(arrived("another"), renting)
    assert not Esms().genuine(arrived(), Renting(short_key=""))


def test_what_the_recorded_text_says() -> None:
    body = Esms().stored(arrived())
    (news,) = Esms().news(body)
    assert isinstance(news, Said)
    assert (news.sender, news.ref, news.text) == ("+84903418276", "mo-1042", "TU CHOI AN TAM")
    assert news.at is not None
    assert news.at.isoformat() == "2026-11-22T02:00:00+00:00"  # 09:00 in Viet Nam
    assert (Esms().event(body), Esms().dedupe_key(arrived())) == ("inbound", "inbound:mo-1042")
    assert Esms().dedupe_key(arrived(content="khac")) == "inbound:mo-1042"


def test_a_long_text_is_kept_whole() -> None:
    long = "dau qua " * 100
    assert json.loads(Esms().stored(arrived(content=long)))["content"] == long
    assert inbound.news_of({"sender": "x", "smsid": "1"}) == [Unknown("inbound")]


def test_a_short_number_is_whole_or_not_there() -> None:
    said = {"name": "An Tâm", "brand_name": "NKAnTam", "api_key": "k", "secret_key": "s"}
    assert EsmsForm(said, branches=[]).is_valid()
    assert EsmsForm(said | SHORT, branches=[]).is_valid()
    partly = EsmsForm(said | {"short_number": "8041"}, branches=[])
    assert set(partly.errors) == {"short_cpid", "short_key"}


# ------------------------------------------------------------------ a patient answers by SMS


def texts(wire: Wire, text: str, phone: str = HERS) -> Heard:
    """She writes to the short number, and it is heard and understood twice."""
    wire.control(f"phones/{phone}/act", {"do": "sms", "text": text})
    found = until(lambda: [each for each in wire.receipts(1) if "smsid" in each.query])
    heard: Heard = found[0]
    assert [post(heard), post(heard)] == [200, 200]
    receipts.understand_due()
    return heard


def test_she_answers_the_reminder_by_sms(outpost: Outpost, wire: Wire) -> None:
    patient = outpost.patient(HERS)
    texts(wire, "Cho minh doi sang 17h nhe")
    talk = Talk.objects.get()
    assert (talk.patient, talk.unread) == (patient, 1)
    assert talk.waits_since is not None
    line = TalkLine.objects.get()
    assert (line.channel, line.text) == ("sms", "Cho minh doi sang 17h nhe")
    assert Inbound.objects.count() == 1
    assert window(talk).state == "brand"
    with pytest.raises(NotPossible, match="nhà mạng"):
        replies.write(talk, "Dạ được", by=desk(), uid=uuid.uuid4())


def test_a_refusal_is_of_that_channel_and_a_sign_is_seen(outpost: Outpost, wire: Wire) -> None:
    patient = outpost.patient(HERS)
    outpost.say(patient)
    texts(wire, "Em bi sung ma, chay mau khong cam")
    assert Talk.objects.get().alarm == "R1"
    texts(wire, "TU CHOI NhaKhoaAnTam")
    verdicts = basis.verdicts([patient.pk], "care")[patient.pk]
    assert (verdicts["sms"].reason, verdicts["zalo"].allowed) == ("refused", True)
    work()  # that it is noted is said by the text that is registered for it, to her number
    told = [row["text"] for row in wire.book(channel="esms") if row["phone"].endswith(HERS[1:])]
    assert told[-1].startswith("Nha khoa An Tam da ghi nhan: khong gui tin loai nay qua SMS")
    note = TalkLine.objects.filter(kind="note").latest("id")
    assert "Chưa báo lại" not in note.text


def test_an_unknown_number_is_a_stranger_whom_the_desk_calls(
    outpost: Outpost, wire: Wire, client_for: Clients
) -> None:
    texts(wire, "Gia nieng rang bao nhieu")
    talk = Talk.objects.get()
    assert (talk.patient, talk.sender) == (None, "+84903100209")
    page = client_for("reception").get(f"/inbox/{talk.uid}/").content.decode()
    assert 'href="tel:+84903100209"' in page
    assert "nhà mạng" in page
    assert "Hỏi số" not in page


def test_a_forged_text_is_kept_and_changes_nothing(outpost: Outpost, wire: Wire) -> None:
    outpost.patient(HERS)
    address = f"/webhooks/esms/{outpost.esms.callback_token}"
    said = reading.payload("esms", "inbound.short_code")["query"] | {"sender": "84903100209"}
    assert post(Heard("GET", address, said | {"sign": "x"}, {}, b"")) == 200
    receipts.understand_due()
    assert (Talk.objects.count(), Inbound.objects.get().genuine) == (0, False)


# ------------------------------------------------------------------ answered by SMS, abroad


@pytest.fixture
def viet_kieu(outpost: Outpost, wire: Wire, abroad: ProviderAccount) -> Patient:
    """A patient with a number abroad, and a Twilio number that can be answered."""
    address = Twilio().webhook_url(abroad)
    wire.control("accounts", {"kind": "twilio", "sid": abroad.account_id, "inbound_url": address})
    return outpost.patient(ABROAD)


def hears(wire: Wire, text: str) -> None:
    wire.control(f"phones/{ABROAD}/act", {"do": "sms", "text": text, "account": SID})
    for heard in wire.receipts(1):
        bring(heard)
    receipts.understand_due()


def bring(heard: Heard) -> None:
    with schema_context("an_tam"):
        Client(headers={"host": "localhost"}).post(
            heard.path, data=heard.body, content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": heard.headers["X-Twilio-Signature"]},
        )  # fmt: skip


def test_an_answer_by_sms_arrives_once(wire: Wire, viet_kieu: Patient, client_for: Clients) -> None:
    hears(wire, "Can I come at 5 pm?")
    talk, client = Talk.objects.get(), client_for("reception")
    assert talk.patient == viet_kieu
    said = {"uid": str(uuid.uuid4()), "text": "Dạ được ạ"}
    for _n in range(2):
        assert client.post(f"/inbox/{talk.uid}/answer/", said).status_code == 302
    copies.work()
    copies.work()
    rows = wire.book(channel="twilio")
    assert [(row["phone"], row["text"]) for row in rows] == [(ABROAD, "Da duoc a")]
    line = TalkLine.objects.get(kind="out")
    assert (line.channel, line.state, line.ref) == ("sms", "sent", rows[0]["id"])
    for heard in wire.receipts(2):
        bring(heard)
    receipts.understand_due()
    line.refresh_from_db()
    assert line.state == "delivered"


def test_what_the_network_drops_later_is_seen_in_the_inbox(wire: Wire, viet_kieu: Patient) -> None:
    hears(wire, "Hello")
    talk = Talk.objects.get()
    wire.control(f"phones/{ABROAD}", {"twilio_code": 30003})
    line = replies.write(talk, "Dạ", by=desk())
    copies.work()
    for heard in wire.receipts(2):
        bring(heard)
    receipts.understand_due()
    line.refresh_from_db()
    talk.refresh_from_db()
    assert (line.state, line.error_code, talk.failed_why) == ("failed", "30003", "30003")


def test_at_night_it_waits_and_a_refusal_keeps_it_back(
    wire: Wire, viet_kieu: Patient, clock: Any, client_for: Clients
) -> None:
    hears(wire, "Hello")
    clock.set(clock.now().replace(hour=14, minute=30))  # 21:30 in Viet Nam
    talk = Talk.objects.get()
    line = replies.write(talk, "Dạ", by=desk())
    copies.work()
    line.refresh_from_db()
    assert (line.state, wire.book(channel="twilio")) == ("queued", [])
    assert line.due_at is not None
    assert line.due_at.hour == 1  # 08:00 in Viet Nam
    assert "chờ đến 08:00" in client_for("reception").get(f"/inbox/{talk.uid}/").content.decode()
    basis.refuse(patient=viet_kieu, purpose="care", channel="sms")
    line.refresh_from_db()
    assert (line.state, line.error_code) == ("failed", "refused")
    clock.advance(hours=12)
    copies.work()
    assert wire.book(channel="twilio") == []
    with pytest.raises(NotPossible, match="từ chối"):
        replies.write(talk, "Dạ", by=desk())


def test_parts_and_price_stand_beside_what_is_typed(
    wire: Wire, viet_kieu: Patient, abroad: ProviderAccount, client_for: Clients
) -> None:
    hears(wire, "Hello")
    talk, client = Talk.objects.get(), client_for("reception")
    ProviderAccount.objects.filter(pk=abroad.pk).update(part_price_care=1_200)

    def count(text: str, **more: str) -> str:
        said = client.post(f"/inbox/{talk.uid}/count/", {"text": text, **more})
        return " ".join(said.content.decode().split())

    assert count("") == ""
    plain, kept = count("ạ" * 71), count("ạ" * 71, accents="1")  # 71 of 160; 67 + 4
    assert plain.startswith("1 phần · 71 ký tự")
    assert "1.200" in plain
    assert kept.startswith("2 phần · 71 ký tự")
    assert "2.400" in kept
    with pytest.raises(NotPossible, match="1600"):
        replies.write(talk, "a" * 1_601, by=desk())


def test_a_picture_does_not_go_by_sms_and_nothing_goes_by_itself(
    wire: Wire, viet_kieu: Patient
) -> None:
    hears(wire, "Hello")
    talk = Talk.objects.get()
    assert (window(talk).state, window(talk).limits) == ("sms", None)
    with pytest.raises(NotPossible):
        replies.write(talk, "Dạ", by=None)
    assert not TalkLine.objects.filter(kind="out").exists()
