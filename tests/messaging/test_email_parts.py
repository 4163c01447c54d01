"""E-mail, part by part: the letter, a server's answers, a server that breaks, what comes back."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import json
import uuid
from email.message import EmailMessage
from typing import Any

import pytest

from messaging.providers.base import Lost, NotSent, ProviderError, Reply, Scope, Sending
from messaging.providers.email import codes, letter
from messaging.providers.email.client import Email
from messaging.providers.email.forms import EmailForm
from messaging.providers.news import Arrived, Receipt, Unknown
from tests.messaging.breaking_mail import Breaking
from tests.payloads import reading

NOW = dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC)  # 10:00 in Vietnam
UID = uuid.UUID("018f6f1c2d3e4a5b8c7d9e0f1a2b3c4d")
FROM, NAME = "thu@an-tam.vn", "Nha khoa An Tâm"
TEXT = "Chào chị Trang, An Tâm nhắc lịch hẹn 15:30. Xem: http://an-tam.localhost/k/abc/"


def sending(**more: Any) -> Sending:
    values: dict[str, Any] = {
        "uid": UID, "to": "lan@example.vn", "to_kind": "email", "template_id": "", "values": {},
        "text": TEXT, "title": "Nhắc lịch hẹn", "unsubscribe_url": "https://an-tam.vn/u/x/",
        "footer": "Nha khoa An Tâm\n12 <Lê Lợi>\nĐiện thoại: 028 7300 6868",
    } | more  # fmt: skip
    return Sending(**values)


class Account:
    kind, account_id, callback_token = "email", FROM, "t0ken"

    def __init__(self, port: int) -> None:
        url = f"smtp://127.0.0.1:{port}"
        self.credentials = json.dumps({"url": url, "sender_name": NAME})


# ---------------------------------------------------------------------- the letter


def _part(read: EmailMessage, kind: str) -> str:
    found = read.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def test_a_letter_says_the_same_in_text_and_html() -> None:
    made = letter.make(sending(), address=FROM, sender_name=NAME).message()
    assert made["Message-ID"] == f"<{UID.hex}@an-tam.vn>"
    assert made["List-Unsubscribe"] == "<https://an-tam.vn/u/x/>"
    assert made["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    read = email.message_from_bytes(made.as_bytes(), policy=email.policy.default)
    assert (read["Subject"], read["From"].addresses[0].display_name) == ("Nhắc lịch hẹn", NAME)
    plain, html = (_part(read, kind) for kind in ("plain", "html"))
    assert TEXT in plain and "12 <Lê Lợi>" in plain
    assert "12 &lt;Lê Lợi&gt;<br>" in html
    assert '<a href="http://an-tam.localhost/k/abc/">' in html
    for nothing_that_tells_on_her in ("<img", "src=", "url(", "<script"):
        assert nothing_that_tells_on_her not in html


@pytest.mark.parametrize(
    ("more", "subject"),
    [
        ({"is_ad": True}, "[QC] Nhắc lịch hẹn"),
        ({"is_ad": True, "title": "[QC] Ưu đãi"}, "[QC] Ưu đãi"),
        ({"title": ""}, "Chào chị Trang, An Tâm nhắc lịch hẹn 15:30"),
        ({"title": "", "text": "từ " * 40}, ("từ " * 23).strip() + "…"),
        ({"title": "hai\ndòng"}, "hai dòng"),
    ],
)
def test_its_subject(more: dict[str, Any], subject: str) -> None:
    assert letter.subject(sending(**more)) == subject


def test_whom_it_can_write_to() -> None:
    account = Account(25)
    assert Email().takes(account, "email", "lan@example.vn")
    assert not Email().takes(account, "phone", "+84903418276")
    assert not Email().takes(account, "email", "lân@example.vn")


# ---------------------------------------------------------------------- what a server answers


@pytest.mark.parametrize(
    ("phase", "code", "text", "scope", "permanent", "days"),
    [
        (codes.RECIPIENT, 550, "5.1.1 No such user", Scope.CONTACT_POINT, True, None),
        (codes.RECIPIENT, 550, "no such user", Scope.CONTACT_POINT, True, None),
        (codes.RECIPIENT, 550, "5.2.1 disabled", Scope.CONTACT_POINT, True, None),
        (codes.RECIPIENT, 554, "5.7.1 we do not like you", Scope.CONTACT_POINT, True, 0),
        (codes.RECIPIENT, 552, "5.2.2 full", Scope.CONTACT_POINT, False, 0),
        (codes.RECIPIENT, 452, "4.2.2 full", Scope.CONTACT_POINT, False, 0),
        (codes.RECIPIENT, 450, "greylisted", Scope.CONTACT_POINT, False, 0),
        (codes.TEXT, 554, "5.6.0 spam", Scope.TEMPLATE, True, 0),
        (codes.TEXT, 451, "later", Scope.TEMPLATE, False, 0),
        (codes.SENDER, 550, "not you", Scope.ACCOUNT, False, 0),
        (codes.SIGN_IN, 535, "5.7.8 wrong password", Scope.ACCOUNT, False, 0),
    ],
)
def test_what_a_refusal_means(
    phase: str, code: int, text: str, scope: Scope, permanent: object, days: int | None
) -> None:
    body = json.dumps({"phase": phase, "text": text, "ref": ""}).encode()
    with pytest.raises(ProviderError) as caught:
        Email().accepted(Reply(code, body), NOW)
    error = caught.value
    assert (error.scope, error.permanent, error.fact_days) == (scope, permanent, days)
    assert (error.retry_at is None) is error.permanent
    assert Email().words(error.code)


# ---------------------------------------------------------------------- a server that breaks


def hand_over(port: int, many: int = 3) -> list[Any]:
    batch = [sending(uid=uuid.uuid4()) for _ in range(many)]
    return Email().hand_over(Account(port), batch)


def test_one_connection_for_a_batch() -> None:
    with Breaking("never") as server:
        outcomes = hand_over(server.port, 5)
    assert (server.connections, server.letters) == (1, 5)
    assert [each.status for each in outcomes] == [250] * 5


@pytest.mark.parametrize("word", ["MAIL", "RCPT"])
def test_broken_before_its_text_a_letter_was_not_sent(word: str) -> None:
    with Breaking(word, nth=2) as server:
        first, second, third = hand_over(server.port)
    assert isinstance(second, NotSent)
    assert (first.status, third.status) == (250, 250)  # the next one opens the door again
    assert (server.connections, server.letters) == (2, 2)


def test_broken_in_its_text_it_is_in_doubt() -> None:
    with Breaking("DATA", nth=2, after=True) as server:
        first, second, third = hand_over(server.port)
    assert isinstance(second, Lost)
    assert (first.status, third.status) == (250, 250)


def test_nobody_opens_or_only_to_say_no() -> None:
    assert {type(each) for each in hand_over(9)} == {NotSent}
    with Breaking("never", banner=b"554 closed\r\n") as server:
        assert {type(each) for each in hand_over(server.port)} == {NotSent}
    assert server.connections == 1  # not knocked at for every letter


# ---------------------------------------------------------------------- what comes back


def posted(name: str) -> Arrived:
    said = reading.payload("email", name)
    headers = {"content-type": said["content_type"]}
    return Arrived("POST", "", "t0ken", said["raw"].encode(), headers=headers)


@pytest.mark.parametrize("name", reading.names("email"))
def test_what_a_mail_that_comes_back_says(name: str) -> None:
    said = reading.payload("email", name)
    body = Email().stored(posted(name))
    found = Email().news(body)
    if said["news"] == "unknown":
        assert found == [Unknown("mail")]
    elif not said["news"]:
        assert found == []
    else:
        (receipt,) = found
        assert isinstance(receipt, Receipt)
        assert (receipt.news, receipt.uid) == (said["news"], UID)
        assert receipt.fact_days == said.get("fact_days", 0)


def test_copies_of_one_report_have_one_key() -> None:
    keys = {name: Email().dedupe_key(posted(name)) for name in reading.names("email", "dsn")}
    assert keys["dsn.unknown_user"] == keys["dsn.envelope"]
    assert keys["dsn.unknown_user"] != keys["dsn.delayed"] != keys["dsn.delivered"]


# ---------------------------------------------------------------------- the form


def test_the_form_keeps_its_secret() -> None:
    url = "smtp+tls://thu:geheim@mail.example.vn:587"
    typed = {"name": "Thư", "address": FROM, "sender_name": NAME, "url": url}
    form = EmailForm(typed, branches=[])
    assert form.is_valid(), form.errors
    assert form.credentials() == {"sender_name": NAME, "url": url}
    again = EmailForm({**typed, "url": ""}, branches=[], stored=form.credentials(),
                      initial={"address": FROM})  # fmt: skip
    assert "geheim" not in str(again)
    assert again.is_valid(), again.errors
    assert again.credentials()["url"] == url
    for wrong in ("mail.example.vn", "http://mail.example.vn", "smtp://", "smtp://a:x"):
        assert "url" in EmailForm({**typed, "url": wrong}, branches=[]).errors
