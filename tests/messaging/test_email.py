"""E-mail on the wire: letters arrive, come back, are in doubt, and end at one press."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from messaging import accounts, letters, registering
from messaging.models import Inbound, Message, ProviderAccount, TemplatePurpose, Unreachable
from messaging.providers.base import Sending
from patients.public import ContactPoint, Patient, PatientContactPoint
from tests.messaging.breaking_mail import Breaking
from tests.messaging.outposts import Outpost, Wire, work

NOW = dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC)  # 10:00 in Vietnam
FROM, NAME = "thu@an-tam.vn", "Nha khoa An Tâm"


@pytest.fixture
def mailbox(outpost: Outpost, wire: Wire) -> ProviderAccount:
    """The clinic's mail account, at the gateway's own SMTP server."""
    url = f"smtp://127.0.0.1:{wire.gateway.smtp_port}"
    account = accounts.connect("email", FROM, "Thư", {"url": url, "sender_name": NAME})
    registering.register(
        key="reminder", account=account, channel="email", params=["link"],
        purpose=TemplatePurpose.REMINDER,
        body="Chào {{ full_call }}, {{ clinic }} nhắc lịch hẹn {{ time }} {{ day }}. {{ link }}",
    )  # fmt: skip
    back = f"http://localhost:{wire.listener.port}/webhooks/email/{account.callback_token}"
    wire.control("mail", {"bounce_url": back})
    return account


def reader(outpost: Outpost, address: str = "lan@example.vn") -> Patient:
    """A patient who has nothing but an address."""
    patient = outpost.patient()
    point, _new = ContactPoint.objects.get_or_create(
        kind="email", value=address,
        defaults={"reversed_value": address[::-1], "typed": address, "recorded_at": NOW},
    )  # fmt: skip
    PatientContactPoint.objects.filter(patient=patient).update(contact_point=point)
    return patient


def say(outpost: Outpost, address: str = "lan@example.vn", **more: Any) -> Message:
    return outpost.say(reader(outpost, address), allowed_channels=["email"], **more)


def letters_of(wire: Wire) -> list[dict[str, Any]]:
    return list(wire.control("mail")["letters"])


def test_a_letter_arrives_and_silence_means_it_stayed(
    outpost: Outpost, wire: Wire, mailbox: ProviderAccount, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    message = say(outpost)
    work()
    (came,) = letters_of(wire)
    message.refresh_from_db()
    assert came["to"] == ["lan@example.vn"]
    assert came["headers"]["Message-ID"] == message.provider_ref == f"<{message.uid.hex}@an-tam.vn>"
    assert "http://an-tam.localhost/k/" in came["text"]
    assert "Nha khoa An Tâm\n" in came["text"]  # who writes
    assert (message.state, message.cost) == ("accepted", 0)
    clock.advance(hours=2, minutes=11)
    work()
    message.refresh_from_db()
    assert (message.state, message.delivered_at) == ("delivered", message.accepted_at)


def test_an_address_that_is_none_is_a_fact_and_a_full_one_waits(
    outpost: Outpost, wire: Wire, mailbox: ProviderAccount, clock: Any
) -> None:
    gone, full = say(outpost, "lan.bounce@example.vn"), say(outpost, "lan.full@example.vn")
    well = say(outpost)
    work()
    for each in (gone, full, well):
        each.refresh_from_db()
    assert (gone.state, gone.error_code) == ("failed", "recipient-5.1.1")
    assert (full.state, full.error_code) == ("queued", "recipient-4.2.2")
    assert well.state == "accepted"  # the others of its batch do not matter
    fact = Unreachable.objects.get()
    assert (fact.contact_point_id, fact.channel, fact.until) == (
        gone.contact_point_id, "email", None,
    )  # fmt: skip


def carry(wire: Wire, kind: str = "message/rfc822") -> list[int]:
    """Bring the mails that came back to the product."""
    client = Client(headers={"host": "localhost"})
    heard = wire.receipts()
    with schema_context("an_tam"):
        return [
            client.post(each.path, data=each.body, content_type=kind).status_code for each in heard
        ]


def test_a_letter_that_comes_back_has_failed_and_is_a_fact(
    outpost: Outpost, wire: Wire, mailbox: ProviderAccount
) -> None:
    message = say(outpost, "lan.later@example.vn")
    work()
    assert outpost.attempts(message) == [("email", "accepted")]
    assert carry(wire) == [200]
    work()
    message.refresh_from_db()
    assert (message.state, message.error_code) == ("failed", "5.1.1")
    assert Unreachable.objects.get().until is None


def test_a_letter_that_comes_back_late_is_still_a_fact(
    outpost: Outpost, wire: Wire, mailbox: ProviderAccount, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    message = say(outpost, "lan.later@example.vn")
    work()
    heard = wire.receipts()
    clock.advance(hours=3)
    work()
    assert outpost.attempts(message) == [("email", "delivered")]
    wire.listener.heard = heard
    carry(wire)
    work()
    assert Unreachable.objects.get().code == "5.1.1"


def test_a_stranger_without_the_secret_address_changes_nothing(
    outpost: Outpost, wire: Wire, mailbox: ProviderAccount
) -> None:
    message = say(outpost, "lan.later@example.vn")
    work()
    for heard in wire.receipts():
        client = Client(headers={"host": "localhost"})
        with schema_context("an_tam"):
            client.post("/webhooks/email/guessed", heard.body, content_type="message/rfc822")
    work()
    assert outpost.attempts(message) == [("email", "accepted")]
    assert not Inbound.objects.exists()


def test_an_advertisement_says_so_first(
    outpost: Outpost, wire: Wire, mailbox: ProviderAccount
) -> None:
    message = say(outpost)
    Message.objects.filter(pk=message.pk).update(is_ad=True, purpose="offer", valid_until=None)
    work()
    (came,) = letters_of(wire)
    assert came["subject"].startswith("[QC] ")


def test_nobody_answers_the_door(
    outpost: Outpost, wire: Wire, mailbox: ProviderAccount, clock: Any
) -> None:
    good = mailbox.credentials
    mailbox.credentials = json.dumps({"url": "smtp://127.0.0.1:9", "sender_name": NAME})
    mailbox.save(update_fields=["credentials"])
    message = say(outpost)
    work()
    message.refresh_from_db()
    assert (message.state, message.error_code) == ("queued", "no_connection")
    mailbox.credentials = good
    mailbox.save(update_fields=["credentials"])
    clock.advance(minutes=1)
    work()
    assert outpost.attempts(message) == [("email", "accepted")]


def test_a_letter_in_doubt_is_never_sent_again(
    outpost: Outpost, mailbox: ProviderAccount, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    with Breaking("DATA", after=True) as server:
        url = f"smtp://127.0.0.1:{server.port}"
        mailbox.credentials = json.dumps({"url": url, "sender_name": NAME})
        mailbox.save(update_fields=["credentials"])
        message = say(outpost)
        work()
        assert outpost.attempts(message) == [("email", "calling")]
        clock.advance(hours=2, minutes=11)
        work()
    assert outpost.attempts(message) == [("email", "unknown")]
    assert server.heard.count("DATA") == 1


def test_dressing_costs_the_same_for_one_and_for_twenty(
    outpost: Outpost, mailbox: ProviderAccount
) -> None:
    def statements(many: int) -> int:
        uids = [say(outpost).uid for _ in range(many)]
        batch = [Sending(uid, "lan@example.vn", "email", "", {}, "Chào chị") for uid in uids]
        with CaptureQueriesContext(connection) as said:
            dressed = letters.dress(batch)
        assert all(each.unsubscribe_url in each.footer for each in dressed)
        return len([each for each in said if not each["sql"].startswith("SET ")])

    assert statements(1) == statements(20)


def test_one_press_in_her_mail_program_ends_it(
    outpost: Outpost, wire: Wire, mailbox: ProviderAccount
) -> None:
    """The gateway's page posts as RFC 8058 says; here its POST is carried to the product."""
    message = say(outpost)
    work()
    (came,) = letters_of(wire)
    url = came["headers"]["List-Unsubscribe"].strip("<>")
    client = Client(enforce_csrf_checks=True, headers={"host": "an-tam.localhost"})
    answer = client.post(
        url.partition("localhost")[2],
        data=b"List-Unsubscribe=One-Click",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 200
    assert message.patient.basis_set.filter(kind="refusal", channel="email").count() == 1
