"""What was accepted by a Zalo user id and is never reported: it may have arrived, so nothing is
said twice and nothing is claimed (docs/messages.md, "When nobody reports")."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinics import clock as product_clock
from followup.knots import said_bits
from messaging import receipts
from messaging.models import Message, Template
from messaging.providers.news import Receipt
from messaging.public import events, outbox
from tests.messaging.outposts import Outpost, Wire, work
from tests.messaging.test_zalo_client import known, met

pytestmark = pytest.mark.usefixtures("clinic")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[events.Unreached]:
    found: list[events.Unreached] = []
    monkeypatch.setattr(events.unreached, "_handlers", [found.append])
    return found


@pytest.fixture
def silent(outpost: Outpost, wire: Wire, clock: Any) -> Message:
    """Zalo took it at 10:00 by her user id; it must be said by 11:00; no report reaches us, and
    asked about it Zalo does not know it."""
    Template.objects.filter(channel="zalo").update(price_user=200, price_phone=300)
    clock.set("2026-06-01T10:00")
    patient = outpost.patient()
    known(outpost, patient, met(outpost, wire, patient))
    message = outpost.say(patient, limit_at=product_clock.now() + dt.timedelta(hours=1))
    work()
    Message.objects.filter(pk=message.pk).update(provider_ref="unknown-to-status")
    message.refresh_from_db()
    assert (message.state, message.contact_point.kind) == ("accepted", "zalo")
    return message


def test_it_stays_accepted_at_rest_and_no_sms_follows(
    outpost: Outpost, wire: Wire, silent: Message, clock: Any, told: list[events.Unreached]
) -> None:
    for minutes in (61, 10, 60, 31, 24 * 60):  # past its limit, its time, and everybody's patience
        clock.advance(minutes=minutes)
        work()
    assert outpost.attempts(silent) == [("zalo", "accepted")]
    silent.refresh_from_db()
    assert (silent.due_at, silent.error_code, silent.overlapped) == (None, "no_report", False)
    assert silent.cost == 200 and silent.ended_at is None  # it is charged, as far as one knows
    assert not told and not wire.book(channel="sms") and outbox.next_due() is None
    assert [bit.text for bit in said_bits([silent])] == [
        "Zalo: đã gửi 10:00, Zalo không báo lại tin này"
    ]


def test_a_report_that_comes_all_the_same_moves_it_on(
    outpost: Outpost, silent: Message, clock: Any
) -> None:
    clock.advance(hours=3)
    work()
    silent.refresh_from_db()
    assert silent.error_code == "no_report"
    receipts.apply([(outpost.zalo, Receipt("seen", None, silent.provider_ref, clock.now()))])
    silent.refresh_from_db()
    assert (silent.state, silent.error_code) == ("seen", "")


def test_it_is_asked_for_once_all_the_same(
    outpost: Outpost, wire: Wire, silent: Message, clock: Any
) -> None:
    """Should Zalo know it, it is known here too."""
    (row,) = wire.book(channel="oa")
    wire.gateway.settled(row["id"])
    Message.objects.filter(pk=silent.pk).update(provider_ref=row["id"])
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(silent) == [("zalo", "delivered")]


def test_by_phone_silence_still_means_not_delivered(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    clock.set("2026-06-01T10:00")
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="never_delivers")
    message = outpost.say(patient)
    work()
    clock.advance(hours=2, minutes=11)
    work()
    assert outpost.attempts(message) == [("zalo", "expired"), ("sms", "accepted")]
