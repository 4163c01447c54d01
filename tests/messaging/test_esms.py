"""eSMS, customer care: accents, the sandbox, what each code does, and reports nobody signs."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest

from messaging import tending
from messaging.models import Inbound, Message, ProviderAccount
from messaging.providers.base import ProviderError, Reply, Request, Scope, Sending
from messaging.providers.esms.client import Esms
from messaging.providers.esms.forms import EsmsForm
from messaging.providers.http import call
from messaging.providers.news import Look, News, Receipt
from tests.messaging.gateway_server import Heard
from tests.messaging.outposts import Outpost, Wire, post, work
from tests.payloads import reading

NOW = dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC)  # 10:00 in Vietnam
SMSID, UID = "dc7127849c5f4c69b9a8ea69d56adc9a", uuid.UUID("018f6f1c2d3e4a5b8c7d9e0f1a2b3c4d")


class Account:
    kind = "esms"
    account_id = "NKAnTam"
    callback_token = "t0ken"
    credentials = json.dumps({"api_key": "key", "secret_key": "secret"})


def body(**more: Any) -> dict[str, Any]:
    """What is sent for one message."""
    sending = Sending(UID, "+84903418276", "phone", "", {}, "An Tam nhac chi Trang", **more)
    return dict(json.loads(Esms().request(Account(), sending).body or b""))


def test_care_goes_to_one_number_with_our_key(settings: Any) -> None:
    settings.BASE_SCHEME, settings.BASE_DOMAIN = "https", "tai-kham.vn"
    said = body()
    assert (said["SmsType"], said["IsUnicode"], said["RequestId"]) == ("2", "0", UID.hex)
    assert said["Phone"] == "0903418276"
    assert said["CallbackUrl"] == "https://tai-kham.vn/webhooks/esms/t0ken"
    assert "Sandbox" not in said
    assert body(keeps_accents=True)["IsUnicode"] == "1"


@pytest.mark.parametrize("row", reading.errors("esms"), ids=lambda row: str(row["code"]))
def test_every_code_does_what_its_class_says(row: dict[str, str]) -> None:
    reply = Reply(
        200, json.dumps({"CodeResult": row["code"], "ErrorMessage": row["message"]}).encode()
    )
    if row["class"] == "sent":
        assert Esms().accepted(reply, NOW).ref == ""
        return
    with pytest.raises(ProviderError) as caught:
        Esms().accepted(reply, NOW)
    error = caught.value
    wanted = {"permanent": True, "split": True, "config": False, "balance": False, "later": False}
    assert error.permanent is wanted[row["class"]]
    assert (error.scope is Scope.ACCOUNT) is (row["class"] in {"config", "balance"})
    assert (error.retry_at is None) is error.permanent
    assert error.text == row["message"]


ENDS = {"delivered", "failed", "finished_with_failures", "refused", "totalprice", "viber"}
ENDS |= {"advertising", "zalo_consulting", "zns_by_uid", "zns_failed"}


@pytest.mark.parametrize("name", reading.names("esms", "callback"))
def test_a_report_only_makes_us_ask(name: str) -> None:
    query = reading.payload("esms", name)["query"]
    found = Esms().news(json.dumps(query))
    if name.removeprefix("callback.") not in ENDS:
        assert found == []
        return
    (look,) = found
    assert isinstance(look, Look)
    assert look.ref == query["SMSID"]
    assert (look.uid == UID) is (query["RequestId"] == UID.hex)


@pytest.mark.parametrize(
    ("said", "news", "cost"),
    [
        (
            {"SendStatus": 5, "SendSuccess": 1, "SendFailed": 0, "TotalPrice": 350.0},
            "delivered",
            350,
        ),
        ({"SendStatus": "5", "SendSuccess": "0", "SendFailed": "2"}, "failed", None),
        ({"SendStatus": 4}, "failed", None),
        ({"SendStatus": 7, "SendSuccess": 0}, None, None),
        ({"SendStatus": 2}, None, None),
        ({"SendStatus": 5, "SendSuccess": "many"}, None, None),
    ],
)  # fmt: skip
def test_what_the_look_up_says(said: dict[str, Any], news: str | None, cost: int | None) -> None:
    reply = Reply(200, json.dumps({"CodeResponse": "100", "SMSID": SMSID, **said}).encode())
    found = Esms().looked_up(reply, SMSID)
    assert (found.news if found else None, found.cost if found else None) == (news, cost)


def test_the_recorded_look_up_and_balance() -> None:
    status = reading.payload("esms", "answer.status")["body"]
    found: News | None = Esms().looked_up(Reply(200, json.dumps(status).encode()), SMSID)
    assert found == Receipt("delivered", None, SMSID, None, cost=350)
    left = reading.payload("esms", "answer.balance")["body"]
    assert Esms().balance_left(Reply(200, json.dumps(left).encode()), NOW) == 1_000_000


# ---------------------------------------------------------------------- on the wire


@pytest.fixture
def sent(outpost: Outpost, wire: Wire) -> Message:
    """An SMS eSMS has."""
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    message = outpost.say(patient)
    work()
    return Message.objects.get(intent=message.intent, channel="sms")


def claims(message: Message, token: str, **more: str) -> Heard:
    """A report as eSMS sends it."""
    query = {
        "SMSID": message.provider_ref, "RequestId": message.uid.hex, "SendStatus": "5",
        "SendSuccess": "1", "SendFailed": "0", "TotalPrice": "1.0000",
    } | more  # fmt: skip
    return Heard("GET", f"/webhooks/esms/{token}", query, {}, b"")


def test_a_report_is_looked_up_and_brings_what_it_cost(
    outpost: Outpost, sent: Message, wire: Wire
) -> None:
    assert wire.carry() == [200]
    work()
    sent.refresh_from_db()
    charged = wire.gateway.settled(sent.provider_ref)["charged"]
    assert (sent.state, sent.cost) == ("delivered", charged)
    assert charged > 0
    assert Inbound.objects.get().due_at is None


def test_a_report_that_lies_changes_nothing(outpost: Outpost, wire: Wire, clock: Any) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none", sms="never")
    message = outpost.say(patient)
    work()
    sms = Message.objects.get(intent=message.intent, channel="sms")
    before = Message.objects.values().get(pk=sms.pk)
    token = outpost.esms.callback_token
    post(claims(sms, token))
    post(claims(sms, token, SendSuccess="0", SendFailed="1"))
    post(claims(sms, token, SendStatus="4"))
    for _ in range(4):
        work()
        clock.advance(minutes=11)
    assert Message.objects.values().get(pk=sms.pk) == before
    work()
    assert set(Inbound.objects.values_list("due_at", flat=True)) == {None}  # nobody asks for ever


def test_many_reports_are_one_question(
    outpost: Outpost, sent: Message, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    plain = Esms.look_up

    def noted(self: Esms, account: Any, ref: str) -> Request:
        asked.append(ref)
        return plain(self, account, ref)

    monkeypatch.setattr(Esms, "look_up", noted)
    wire.receipts()
    for number in range(30):
        post(claims(sent, outpost.esms.callback_token, SendFailed=str(number)))
        post(claims(sent, outpost.esms.callback_token, RequestId=uuid.uuid4().hex, SMSID="x"))
    work()
    assert asked == [sent.provider_ref]
    sent.refresh_from_db()
    assert sent.state == "delivered"
    work()
    assert Inbound.objects.filter(due_at__isnull=False).count() == 0
    post(claims(sent, outpost.esms.callback_token, SendFailed="99"))
    work()
    assert len(asked) == 1  # what has arrived is not asked about


def test_a_report_for_another_message_does_not_move_ours(
    outpost: Outpost, sent: Message, wire: Wire, clock: Any
) -> None:
    """Somebody mixes our key with the id of a message that did arrive: ours is asked about."""
    other = outpost.patient()
    wire.phone(outpost.phone_of(other), zalo="none", sms="never")
    message = outpost.say(other)
    work()
    silent = Message.objects.get(intent=message.intent, channel="sms")
    post(claims(silent, outpost.esms.callback_token, SMSID=sent.provider_ref))
    work()
    silent.refresh_from_db()
    assert silent.state == "accepted"


def test_a_report_before_our_own_book_keeping_waits_for_it(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    wire.mode(channel="esms", lose_answer=True, only_next=1)
    message = outpost.say(patient)
    work()
    wire.carry()
    work()
    assert outpost.attempts(message)[1] == ("sms", "queued")  # its id is not known yet
    clock.advance(minutes=1)
    work()
    assert outpost.attempts(message)[1] == ("sms", "accepted")
    clock.advance(minutes=1)
    work()
    assert outpost.attempts(message)[1] == ("sms", "delivered")
    assert len(wire.book(channel="esms")) == 1


def test_the_sandbox_sends_nothing(outpost: Outpost, wire: Wire) -> None:
    said = json.loads(outpost.esms.credentials) | {"sandbox": True}
    stored = ProviderAccount.objects.get(pk=outpost.esms.pk)
    stored.credentials = json.dumps(said)
    stored.save(update_fields=["credentials"])
    patient = outpost.patient()
    wire.phone(outpost.phone_of(patient), zalo="none")
    message = outpost.say(patient)
    work()
    assert outpost.attempts(message)[1] == ("sms", "accepted")
    assert wire.book(channel="esms") == []


def test_the_balance_stands_on_the_account(outpost: Outpost, wire: Wire, clock: Any) -> None:
    keys = json.loads(outpost.esms.credentials)
    pair = {name: keys[name] for name in ("api_key", "secret_key")}
    wire.control("accounts", {"kind": "esms", **pair, "balance": 36_693})
    clock.advance(minutes=61)
    tending.tend_due()
    stored = ProviderAccount.objects.get(pk=outpost.esms.pk)
    assert stored.balance == 36_693
    assert stored.balance_at is not None and stored.tend_at is not None
    wire.mode(channel="esms", fail="500")
    clock.advance(minutes=61)
    tending.tend_due()
    stored.refresh_from_db()
    assert stored.balance == 36_693  # as it was when last heard
    assert stored.tend_at is not None and stored.tend_at - clock.now() <= tending.SOON


def test_wrong_keys_are_said_by_the_balance_too(outpost: Outpost, wire: Wire) -> None:
    outpost.esms.credentials = json.dumps({"api_key": "nobody", "secret_key": "x"})
    refused = call(Esms().balance(outpost.esms))
    assert isinstance(refused, Reply)
    with pytest.raises(ProviderError) as caught:
        Esms().balance_left(refused, NOW)
    assert (caught.value.code, caught.value.scope) == ("101", Scope.ACCOUNT)


def test_the_form_and_what_it_says_while_it_is_only_tried() -> None:
    typed = {"name": "SMS", "brand_name": "NKAnTam", "api_key": "k", "secret_key": "s"}
    form = EsmsForm({**typed, "sandbox": "on"}, branches=[])
    assert form.is_valid(), form.errors
    said = {name: value for name, value in form.credentials().items() if value}
    assert said == {"api_key": "k", "secret_key": "s", "sandbox": "1"}
    trying, real = Account(), Account()
    trying.credentials = json.dumps(form.credentials())
    assert len(Esms().missing(trying)) == 1
    assert Esms().missing(real) == []
    assert "sandbox" in EsmsForm(branches=[], stored=form.credentials()).initial
