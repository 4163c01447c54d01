"""The address in a message opens one page, here, for a while."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django_tenants.utils import schema_context

from clinics.registry.models import Clinic
from messaging.models import Link, Message
from messaging.public import events, links
from tests.messaging.outposts import Outpost, Wire, work


def token_of(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[1]


def test_a_link_opens_its_intent(outpost: Outpost, clock: Any) -> None:
    patient, intent = outpost.patient(), uuid.uuid4()
    url = links.url_for(intent, patient_id=patient.pk)
    assert url.startswith("http://an-tam.localhost/k/") and len(token_of(url)) == 24
    assert links.url_for(intent, patient_id=patient.pk) == url
    assert Link.objects.get().first_opened_at is None
    opened = links.resolve(token_of(url))
    assert opened is not None
    assert (opened.intent, opened.patient_id) == (intent, patient.pk)
    first = Link.objects.get().first_opened_at
    clock.advance(days=1)
    links.resolve(token_of(url))
    assert Link.objects.get().first_opened_at == first


def test_an_altered_link_opens_nothing(outpost: Outpost) -> None:
    token = token_of(links.url_for(uuid.uuid4(), patient_id=outpost.patient().pk))
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert links.resolve(token[:place] + other + token[place + 1 :]) is None
    for wrong in ("", "x", token[:-4], token + "AAAA", "é" * 24, token.replace("-", "+") + " "):
        assert links.resolve(wrong) is None


def test_a_link_opens_nothing_in_another_clinic(outpost: Outpost, other_clinic: Clinic) -> None:
    """Even where the same nonce stands."""
    token = token_of(links.url_for(uuid.uuid4(), patient_id=outpost.patient().pk))
    nonce = bytes(Link.objects.get().nonce)
    with schema_context(other_clinic.schema_name):
        assert links.resolve(token) is None
        assert links._nonce(token) is None
    assert links._nonce(token) == nonce


def test_a_link_ends(outpost: Outpost, clock: Any) -> None:
    until = clock.now() + dt.timedelta(hours=1)
    url = links.url_for(uuid.uuid4(), patient_id=outpost.patient().pk, opens_until=until)
    assert links.resolve(token_of(url))
    clock.advance(hours=2)
    assert links.resolve(token_of(url)) is None


def test_an_answer_is_proof_that_it_arrived(
    outpost: Outpost, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.Acted] = []
    monkeypatch.setattr(events.acted, "_handlers", [told.append])
    message = outpost.say()
    assert links.mark_acted(message.intent) is False  # nothing was sent yet
    work()
    assert links.mark_acted(message.intent) is True
    assert links.mark_acted(message.intent) is True
    wire.carry()
    work()
    message.refresh_from_db()
    assert message.state == "acted"
    assert message.acted_at and message.delivered_at
    assert len(told) == 1


def test_an_answer_withdraws_the_fallback_that_waits(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    clock.set("2026-06-01T18:00")
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="never_delivers")
    message = outpost.say(patient)
    work()
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(message) == [("zalo", "expired"), ("sms", "queued")]
    links.mark_acted(message.intent)
    clock.set("2026-06-02T09:00")
    work()
    assert outpost.attempts(message) == [("zalo", "acted"), ("sms", "cancelled")]
    assert Message.objects.filter(channel="sms", called_at__isnull=False).count() == 0
