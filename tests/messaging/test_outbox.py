"""What is queued, taken back, refused; what its events and reads say."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, transaction

from messaging.models import Link, Message
from messaging.public import Want, events, outbox, routes
from patients.public import basis
from tests.messaging.outposts import VALUES, Outpost, Wire, work


def test_an_intent_is_said_once(outpost: Outpost) -> None:
    intent = uuid.uuid4()
    outpost.say(intent=intent)
    with pytest.raises(outbox.AlreadyQueued):
        outpost.say(intent=intent)
    assert Message.objects.count() == 1


def test_the_table_itself_refuses_two_open_attempts(outpost: Outpost) -> None:
    message = outpost.say()
    twin = Message.objects.get(pk=message.pk)
    twin.pk, twin.uid, twin.attempt = None, uuid.uuid4(), 2
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)


def test_withdrawn_in_time_nothing_is_sent(outpost: Outpost, wire: Wire) -> None:
    message = outpost.say()
    assert outbox.withdraw([message.intent]) is True
    work()
    assert outpost.attempts(message) == [("zalo", "cancelled")]
    assert wire.book() == []


def test_a_refusal_wins_over_what_waits(
    outpost: Outpost, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.Unreached] = []
    monkeypatch.setattr(events.unreached, "_handlers", [told.append])
    patient = outpost.patient()
    message = outpost.say(patient)
    basis.refuse(patient=patient, purpose="care")
    work()
    assert outpost.attempts(message) == [("zalo", "cancelled")]
    assert wire.book() == []
    assert [each.reason for each in told] == ["refused"]


def test_a_refusal_of_sms_stops_the_fallback_only(outpost: Outpost, wire: Wire) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    message = outpost.say(patient)
    basis.refuse(patient=patient, purpose="care", channel="sms")
    basis.refuse(patient=patient, purpose="offer")
    work()
    assert outpost.attempts(message) == [("zalo", "failed")]


def test_the_text_is_kept_as_the_patient_reads_it(outpost: Outpost) -> None:
    message = outpost.say(key="booking_confirmation")
    assert message.text.startswith(
        "Chào chị Trang, Nha khoa An Tâm đã giữ lịch 15:30 thứ Ba 17/11 tại Quận 3 với BS. Khôi."
    )
    assert Link.objects.get().intent == message.intent


def test_attempts_are_read_for_many_at_once(
    outpost: Outpost, django_assert_num_queries: object
) -> None:
    said = [outpost.say() for _ in range(3)]
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = outbox.attempts([each.intent for each in said])
        assert {rows[0].contact_point.value for rows in found.values()}
    assert set(found) == {each.intent for each in said}


def test_no_texts_means_no_template(outpost: Outpost) -> None:
    want = Want(outpost.patient().pk, outpost.branch.pk, "nothing_like_it")
    assert routes.reach([want])[want] == routes.Reach((), "no_template")
    assert "link" not in VALUES
