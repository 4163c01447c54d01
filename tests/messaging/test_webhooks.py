"""Reports come in on the platform's host: routed, verified, stored raw, understood, once."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from clinics.registry.models import Clinic, DueHint, ProviderRoute, UnroutedWebhook
from messaging import accounts, receipts, setup, tasks
from messaging.models import Inbound, Message
from messaging.public import events
from messaging.secrets import unseal
from tests.messaging.gateway_server import Heard
from tests.messaging.outposts import Outpost, Wire, post, work

CREDENTIALS = {"app_id": "1", "app_secret": "x", "oa_secret": "y"}


@pytest.fixture
def sent(outpost: Outpost, wire: Wire) -> tuple[Message, Heard]:
    """A message Zalo has, and the webhook it has sent about it."""
    message = outpost.say()
    work()
    (heard,) = wire.receipts()
    return message, heard


def signed(outpost: Outpost, event: dict[str, Any]) -> Heard:
    """An event as Zalo would sign it for this clinic's account."""
    said = json.loads(outpost.zalo.credentials)
    body = json.dumps({"timestamp": "1780300000000", "app_id": said["app_id"], **event}).encode()
    mac = hashlib.sha256(
        said["app_id"].encode() + body + b"1780300000000" + said["oa_secret"].encode()
    ).hexdigest()
    return Heard("POST", "/webhooks/zalo", {}, {"X-ZEvent-Signature": f"mac={mac}"}, body)


def test_the_same_report_twice_is_one_row_and_one_move(
    outpost: Outpost, sent: tuple[Message, Heard], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.Delivered] = []
    monkeypatch.setattr(events.delivered, "_handlers", [told.append])
    message, heard = sent
    assert [post(heard), post(heard)] == [200, 200]
    work()
    post(heard)
    work()
    assert Inbound.objects.count() == 1
    assert [each.message for each in told] == [message.uid]
    assert outpost.attempts(message) == [("zalo", "delivered")]


def test_a_wrong_signature_changes_nothing(outpost: Outpost, sent: tuple[Message, Heard]) -> None:
    message, heard = sent
    assert post(heard, signature="mac=" + "0" * 64) == 200
    assert post(heard, signature="") == 200
    assert post(heard, signature="mac=chữ ký") == 200
    altered = heard.body.replace(b"user_received_message", b"user_seen_message")
    assert post(heard, body=altered) == 200
    work()
    assert outpost.attempts(message) == [("zalo", "accepted")]
    assert set(Inbound.objects.values_list("genuine", "understood_at")) == {(False, None)}
    assert post(heard) == 200  # the true one comes through all the same
    work()
    assert outpost.attempts(message) == [("zalo", "delivered")]


def test_nothing_personal_is_logged_of_a_forged_one(
    sent: tuple[Message, Heard], caplog: pytest.LogCaptureFixture
) -> None:
    _message, heard = sent
    caplog.clear()
    post(heard, signature="mac=0")
    phone = json.loads(heard.body)["recipient"]["id"]
    assert "not genuine" in caplog.text
    assert phone not in caplog.text


def test_another_clinics_secret_opens_nothing_here(
    outpost: Outpost, sent: tuple[Message, Heard], other_clinic: Clinic, wire: Wire
) -> None:
    """mai_lan signs, with its own secret, a report that names an_tam's account and message."""
    message, heard = sent
    with schema_context(other_clinic.schema_name):
        theirs = setup.connect_gateway()
        said = json.loads(theirs.zalo.credentials)
    event = json.loads(heard.body)
    for oa_id in (outpost.zalo.account_id, theirs.zalo.account_id):
        event["sender"]["id"] = oa_id
        event["app_id"] = said["app_id"]
        body = json.dumps(event).encode()
        mac = hashlib.sha256(
            said["app_id"].encode()
            + body
            + event["timestamp"].encode()
            + said["oa_secret"].encode()
        ).hexdigest()
        assert post(heard, body=body, signature=f"mac={mac}") == 200
    with schema_context(other_clinic.schema_name):
        receipts.understand_due()
    work()
    assert not Inbound.objects.filter(genuine=True).exists()
    assert outpost.attempts(message) == [("zalo", "accepted")]


def test_an_account_belongs_to_one_clinic(outpost: Outpost, other_clinic: Clinic) -> None:
    said = json.loads(outpost.zalo.credentials)
    with schema_context(other_clinic.schema_name), pytest.raises(accounts.AccountTaken):
        accounts.connect_zalo(name="x", oa_id=outpost.zalo.account_id, **said)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"no json", b"\xff\xfe", b'{"a":' * 9000])
def test_what_is_no_event_is_answered_and_forgotten(clinic: Clinic, body: bytes) -> None:
    assert post(Heard("POST", "/webhooks/zalo", {}, {}, body)) == 200
    assert not Inbound.objects.exists()
    with schema_context("public"):
        assert not UnroutedWebhook.objects.exists()


def test_the_console_may_look(clinic: Clinic) -> None:
    client = Client(headers={"host": "localhost"})
    assert client.get("/webhooks/zalo").status_code == 200


def test_webhooks_live_on_the_platforms_host_alone(clinic: Clinic) -> None:
    client = Client(headers={"host": "an-tam.localhost"})
    assert client.post("/webhooks/zalo", b"{}", content_type="application/json").status_code == 404


def test_what_finds_no_clinic_waits_encrypted_for_a_week(clinic: Clinic, clock: Any) -> None:
    body = b'{"event_name":"follow","oa_id":"999","follower":{"id":"84903418276"}}'
    post(Heard("POST", "/webhooks/zalo", {}, {}, body))
    with schema_context("public"):
        (kept,) = UnroutedWebhook.objects.all()
        raw = bytes(kept.payload)
        assert b"84903418276" not in raw
        assert unseal(raw) == body.decode()
        clock.advance(days=6)
        assert tasks.forget_unrouted() == 0
        clock.advance(days=2)
        assert tasks.forget_unrouted() == 1


def test_a_stored_report_leaves_a_hint(outpost: Outpost, sent: tuple[Message, Heard]) -> None:
    with schema_context("public"):
        DueHint.objects.all().delete()
    post(sent[1])
    with schema_context("public"):
        assert list(DueHint.objects.values_list("schema", "kind")) == [("an_tam", "inbound")]


def test_a_body_is_not_readable_in_the_database(
    outpost: Outpost, sent: tuple[Message, Heard]
) -> None:
    post(sent[1])
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM messaging_inbound")
        assert b"84903" not in bytes(cursor.fetchone()[0])


def test_an_answer_by_zalos_button_counts_as_answered(
    outpost: Outpost, sent: tuple[Message, Heard], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.Acted] = []
    monkeypatch.setattr(events.acted, "_handlers", [told.append])
    message, heard = sent
    event = {
        "event_name": "user_feedback",
        "oa_id": outpost.zalo.account_id,
        "message": {
            "rate": 5,
            "msg_id": "m",
            "tracking_id": message.uid.hex,
            "submit_time": "1780300000000",
        },
    }
    post(signed(outpost, event))
    post(heard)  # the report of delivery comes after the answer
    work()
    assert outpost.attempts(message) == [("zalo", "acted")]
    assert [each.intent for each in told] == [message.intent]


def test_reports_of_something_else_are_kept_and_move_nothing(
    outpost: Outpost, sent: tuple[Message, Heard]
) -> None:
    follow = {
        "event_name": "follow",
        "oa_id": outpost.zalo.account_id,
        "follower": {"id": "5"},
    }
    stranger = {
        "event_name": "user_received_message",
        "sender": {"id": outpost.zalo.account_id},
        "message": {"msg_id": "x", "tracking_id": "not-ours", "delivery_time": "late"},
    }
    assert [post(signed(outpost, follow)), post(signed(outpost, stranger))] == [200, 200]
    work()
    assert list(Inbound.objects.values_list("due_at", "error")) == [(None, ""), (None, "")]
    assert outpost.attempts(sent[0]) == [("zalo", "accepted")]


def test_a_handler_that_fails_stops_only_its_own_report(
    outpost: Outpost, wire: Wire, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = outpost.say(), outpost.say()
    work()

    def fails(news: events.Delivered) -> None:
        if news.intent == first.intent:
            raise ValueError("not now")

    monkeypatch.setattr(events.delivered, "_handlers", [fails])
    wire.carry(2)
    work()
    assert outpost.attempts(first) == [("zalo", "accepted")]
    assert outpost.attempts(second) == [("zalo", "delivered")]
    assert Inbound.objects.get(error="ValueError").due_at is not None
    monkeypatch.setattr(events.delivered, "_handlers", [])
    clock.advance(minutes=6)
    work()
    assert outpost.attempts(first) == [("zalo", "delivered")]


def test_esms_reports_by_a_secret_address(outpost: Outpost, wire: Wire) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    message = outpost.say(patient)
    work()
    (heard,) = wire.receipts()
    assert heard.path == f"/webhooks/esms/{outpost.esms.callback_token}"
    wrong = Heard("GET", "/webhooks/esms/guessed", heard.query, {}, b"")
    assert post(wrong) == 200
    assert not Inbound.objects.exists()
    assert [post(heard), post(heard)] == [200, 200]
    work()
    assert Inbound.objects.count() == 1
    assert outpost.attempts(message)[1] == ("sms", "delivered")


def test_routes_name_the_clinic(outpost: Outpost) -> None:
    with schema_context("public"):
        assert set(ProviderRoute.objects.values_list("provider", "account_id", "schema")) == {
            ("zalo", outpost.zalo.account_id, "an_tam"),
            ("esms", outpost.esms.callback_token, "an_tam"),
        }
