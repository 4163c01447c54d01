"""Advertising by SMS goes in bundles: together, in its hours, asked about, never twice."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import json
import uuid
from collections import Counter, defaultdict
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from messaging.models import Message, ProviderAccount
from messaging.providers.base import Reply, Sending
from messaging.providers.esms.client import Esms
from messaging.public import events
from patients.public import ContactPoint
from tests.messaging.gateway_server import until
from tests.messaging.outposts import Outpost, Wire, work
from tests.payloads import reading

NOW = dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC)  # 10:00 in Vietnam
TEXT = "[QC] Nha khoa An Tam kham rang mien phi thang 6. Tu choi: goi 028 7300 6868"


class Desk:
    """eSMS's desk for advertising, where a person approves campaigns, and what it took."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        wire.control("settings", {"approval_seconds": 10 * 86_400})

    @property
    def campaigns(self) -> dict[str, list[str]]:
        """The numbers of every campaign in its book, by its id."""
        found: dict[str, list[str]] = defaultdict(list)
        for row in self.wire.book(channel="esms"):
            found[row["id"].rpartition("-")[0]].append(row["phone"])
        return found

    def one(self) -> str:
        (campaign,) = self.campaigns
        return campaign

    def decide(self, *, approve: bool) -> None:
        for campaign in self.campaigns:
            self.wire.control("esms/approve", {"SMSID": campaign, "approve": approve})
        under_way = {"accepted", "calling"}
        until(lambda: not under_way & {row["state"] for row in self.wire.book(channel="esms")})


@pytest.fixture
def desk(wire: Wire) -> Desk:
    return Desk(wire)


_numbers = itertools.count(904_000_001)


def advertise(outpost: Outpost, many: int, *, text: str = TEXT, **more: Any) -> list[Message]:
    """Queue one text for so many numbers, as a campaign does."""
    pattern = outpost.say(outpost.patient(), allowed_channels=[], purpose="offer")
    Message.objects.filter(pk=pattern.pk).delete()
    points = ContactPoint.objects.bulk_create(
        ContactPoint(
            kind="phone", value=f"+84{n}", reversed_value=f"{n}"[::-1], typed=f"0{n}",
            recorded_at=pattern.queued_at,
        )
        for n in itertools.islice(_numbers, many)
    )  # fmt: skip
    for point in points:
        pattern.pk, pattern.uid, pattern.intent = None, uuid.uuid4(), uuid.uuid4()
        row = copy.copy(pattern)
        row.contact_point, row.account, row.channel = point, outpost.esms, "sms"
        row.is_ad, row.text = True, text
        for name, value in more.items():
            setattr(row, name, value)
        row.save(force_insert=True)
    return list(Message.objects.filter(contact_point__in=points).order_by("id"))


def states() -> Counter[str]:
    return Counter(Message.objects.values_list("state", flat=True))


def test_thirty_go_in_one_request_of_their_own_kind(outpost: Outpost, desk: Desk) -> None:
    messages = advertise(outpost, 30)
    work()
    assert sorted(desk.campaigns[desk.one()]) == sorted(
        each.contact_point.value for each in messages
    )
    (text,) = {row["text"] for row in desk.wire.book(channel="esms")}
    assert text == TEXT
    assert set(Message.objects.values_list("state", "provider_ref")) == {("accepted", desk.one())}


def test_what_is_written_in_the_request() -> None:
    class Account:
        kind, account_id, callback_token = "esms", "NKAnTam", "t0ken"
        credentials = json.dumps({"api_key": "key", "secret_key": "secret"})

    sending = Sending(uuid.uuid4(), "+84903418276", "phone", "", {}, TEXT, is_ad=True)
    said = json.loads(Esms().bundle(Account(), [sending], "label").body or b"")
    assert said == {
        "ApiKey": "key", "SecretKey": "secret", "Phones": ["0903418276"], "Content": TEXT,
        "Brandname": "NKAnTam", "SmsType": "1", "IsUnicode": "0", "RequestId": "label",
        "campaignid": "label",
    }  # fmt: skip
    asked = Esms().bundle_look_up(Account(), NOW, NOW + dt.timedelta(hours=1), 2)
    assert json.loads(asked.body or b"") == {
        "ApiKey": "key", "SecretKey": "secret", "SmsType": "1", "Page": 2, "PageSize": 500,
        "From": "2026-06-01 09:59:00", "To": "2026-06-01 11:01:00",
    }  # fmt: skip


def test_nothing_is_reported_so_it_is_asked_for(outpost: Outpost, desk: Desk, clock: Any) -> None:
    messages = advertise(outpost, 31)
    work()
    clock.advance(minutes=16)
    work()
    assert states() == {"accepted": 31}  # nobody has approved it
    desk.wire.phone(messages[0].contact_point.value, sms="fail")
    desk.decide(approve=True)
    clock.advance(minutes=16)
    work()
    assert states() == {"delivered": 30, "failed": 1}
    rows = Message.objects.values_list("state", "cost", "error_code")
    price = len(TEXT) // 160 * 350 + 350
    assert set(rows) == {("delivered", price, ""), ("failed", 0, "status-5")}
    assert desk.wire.listener.heard == []


def test_a_person_may_refuse_a_campaign(outpost: Outpost, desk: Desk, clock: Any) -> None:
    advertise(outpost, 30)
    work()
    desk.decide(approve=False)
    clock.advance(minutes=16)
    work()
    assert set(Message.objects.values_list("state", "error_code")) == {("failed", "status-4")}


def test_too_few_wait_and_leave_together(outpost: Outpost, desk: Desk, clock: Any) -> None:
    clock.set("2026-06-01T09:01")
    advertise(outpost, 20)
    work()
    assert (dict(desk.campaigns), states()) == ({}, {"queued": 20})
    assert set(Message.objects.values_list("tries", flat=True)) == {0}
    clock.set("2026-06-01T09:08")
    advertise(outpost, 10)
    work()
    assert not desk.campaigns
    clock.set("2026-06-01T09:15:05")
    work()
    assert len(desk.campaigns[desk.one()]) == 30


def test_too_few_at_the_end_fail_with_their_reason(
    outpost: Outpost, desk: Desk, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[events.Unreached] = []
    monkeypatch.setattr(events.unreached, "_handlers", [told.append])
    limit = clock.now() + dt.timedelta(hours=2)
    advertise(outpost, 29, limit_at=limit)
    work()
    clock.advance(hours=2, minutes=20)
    work()
    assert set(Message.objects.values_list("state", "error_code")) == {("failed", "too_few")}
    assert {each.reason for each in told} == {"too_few"}
    assert len(told) == 29
    assert not desk.campaigns


def test_without_a_limit_they_wait_a_day(outpost: Outpost, desk: Desk, clock: Any) -> None:
    advertise(outpost, 3)
    work()
    clock.advance(hours=23)
    work()
    assert states() == {"queued": 3}
    clock.advance(hours=1, minutes=20)
    work()
    assert states() == {"failed": 3}


def test_other_texts_do_not_count(outpost: Outpost, desk: Desk) -> None:
    advertise(outpost, 29)
    advertise(outpost, 29, text=TEXT + " .")
    work()
    assert (dict(desk.campaigns), states()) == ({}, {"queued": 58})


def test_a_text_with_a_link_of_her_own_cannot_go(outpost: Outpost, desk: Desk) -> None:
    advertise(outpost, 30, text=TEXT + " {{ link }}")
    work()
    assert set(Message.objects.values_list("state", "error_code")) == {("failed", "own_link")}


def test_a_shared_number_is_written_to_once(outpost: Outpost, desk: Desk, clock: Any) -> None:
    messages = advertise(outpost, 31)
    Message.objects.filter(pk=messages[0].pk).update(contact_point=messages[1].contact_point)
    work()
    assert len(desk.campaigns[desk.one()]) == 30
    desk.decide(approve=True)
    clock.advance(minutes=16)
    work()
    assert states() == {"delivered": 31}
    costs = Message.objects.filter(contact_point=messages[1].contact_point)
    assert set(costs.values_list("cost", flat=True)) == {0, 350}


def test_no_request_is_too_large_and_none_too_small(
    outpost: Outpost, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Esms.bundling
    assert rules is not None
    assert (rules.least, rules.most) == (30, 5000)
    small = type(rules)(30, 50, rules.opens, rules.closes, rules.look_every, rules.expires_after)
    monkeypatch.setattr(Esms, "bundling", small)
    advertise(outpost, 110)
    work()
    assert sorted(map(len, desk.campaigns.values())) == [30, 30, 50]
    assert states() == {"accepted": 110}


def test_a_lost_answer_is_found_by_its_label_and_nothing_goes_twice(
    outpost: Outpost, desk: Desk, clock: Any
) -> None:
    desk.wire.mode(channel="esms", lose_answer=True, only_next=1)
    advertise(outpost, 30)
    work()
    assert states() == {"calling": 30}
    clock.advance(minutes=16)
    work()
    assert states() == {"accepted": 30}
    assert set(Message.objects.values_list("provider_ref", flat=True)) == {desk.one()}
    desk.decide(approve=True)
    clock.advance(minutes=16)
    work()
    assert states() == {"delivered": 30}
    assert len(desk.campaigns) == 1


def test_what_is_never_found_stays_unknown(outpost: Outpost, desk: Desk, clock: Any) -> None:
    desk.wire.mode(channel="esms", lose_answer=True, only_next=1)
    desk.wire.mode(channel="esms", endpoint="GetSmsSentData", fail="500")
    advertise(outpost, 30)
    work()
    for _ in range(3):
        assert states() == {"calling": 30}
        clock.advance(hours=25)
        work()
    assert states() == {"unknown": 30}
    assert len(desk.campaigns) == 1


def test_what_nobody_approves_expires(outpost: Outpost, desk: Desk, clock: Any) -> None:
    advertise(outpost, 30)
    work()
    clock.advance(hours=71)
    work()
    assert states() == {"accepted": 30}
    clock.advance(hours=2)
    work()
    assert states() == {"expired": 30}


def test_before_it_expires_every_number_is_asked_about_once(
    outpost: Outpost, desk: Desk, clock: Any
) -> None:
    messages = advertise(outpost, 30)
    work()
    desk.wire.phone(messages[3].contact_point.value, sms="fail")
    desk.decide(approve=True)
    desk.wire.mode(channel="esms", endpoint="GetSmsSentData", fail="500")
    clock.advance(hours=71)
    work()
    assert states() == {"accepted": 30}
    clock.advance(hours=2)
    work()
    assert states() == {"delivered": 29, "failed": 1}
    assert set(Message.objects.values_list("cost", flat=True)) == {None}  # nothing says it


def test_the_recorded_answer_of_every_number_is_read() -> None:
    body = json.dumps(reading.payload("esms", "answer.receivers")["body"]).encode()
    assert [(each.to, each.news) for each in Esms().received(Reply(200, body), "ref")] == [
        ("+84903418276", "delivered"),
        ("+84961234567", "failed"),
    ]


def test_only_in_its_hours(outpost: Outpost, desk: Desk, clock: Any) -> None:
    clock.set("2026-06-01T22:00")
    advertise(outpost, 30)
    work()
    assert not desk.campaigns
    # The networks would take it from 07:00, but nobody is written to before 08:00.
    opening = dt.datetime(2026, 6, 2, 1, tzinfo=dt.UTC)
    due = [at for at in Message.objects.values_list("due_at", flat=True) if at is not None]
    assert opening <= min(due) and max(due) <= opening + dt.timedelta(minutes=20)
    clock.set("2026-06-02T07:59:50")
    work()
    assert not desk.campaigns
    clock.set("2026-06-02T08:20:01")
    work()
    assert len(desk.campaigns) == 1


def test_no_money_pauses_and_one_that_gets_through_ends_the_pause(
    outpost: Outpost, desk: Desk, clock: Any
) -> None:
    desk.wire.mode(channel="esms", fail="103")
    advertise(outpost, 30)
    work()
    account = ProviderAccount.objects.get(pk=outpost.esms.pk)
    assert account.paused_reason.startswith("103")
    assert states() == {"queued": 30}
    desk.wire.mode(channel="esms")
    clock.advance(minutes=31)
    work()
    account.refresh_from_db()
    assert (account.paused_reason, states()) == ("", {"accepted": 30})


def test_nobody_answers_the_door(outpost: Outpost, desk: Desk, settings: Any, clock: Any) -> None:
    working, settings.ESMS_URL = settings.ESMS_URL, "http://127.0.0.1:9"
    advertise(outpost, 30)
    work()
    assert set(Message.objects.values_list("state", "error_code")) == {("queued", "no_connection")}
    settings.ESMS_URL = working
    clock.advance(minutes=16)
    work()
    assert states() == {"accepted": 30}


def test_a_campaign_costs_the_same_statements_for_thirty_and_sixty(
    outpost: Outpost, desk: Desk, clock: Any
) -> None:
    def statements(many: int) -> int:
        advertise(outpost, many)
        with CaptureQueriesContext(connection) as said:
            work()
        return sum("SAVEPOINT" not in each["sql"] for each in said.captured_queries)

    assert statements(30) == statements(60)


def test_the_recorded_answer_is_read() -> None:
    body = json.dumps(reading.payload("esms", "answer.sent_data")["body"]).encode()
    fates, more = Esms().bundle_looked_up(Reply(200, body), 1)
    assert not more
    assert [(each.to, each.news, each.cost, each.label) for each in fates] == [
        ("+84903418276", "delivered", 345, "Tháng 11"),
        ("+84961234567", "failed", 0, "Tháng 11"),
    ]
    assert fates[0].ref == "dc7127849c5f4c69b9a8ea69d56adc9a"
    assert fates[0].at == dt.datetime.fromtimestamp(1795312800, tz=dt.UTC)
