"""Every code of Zalo that anybody has written down: what we do about it, and how we say it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import translation

from messaging.providers.base import OutcomeUnknown, ProviderError, Reply, Scope
from messaging.providers.zalo import codes, words
from messaging.providers.zalo.client import Zalo
from messaging.providers.zalo.codes import Family
from tests.payloads.reading import errors

NOW = dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC)  # 10:00 in Vietnam
MORNING = dt.datetime(2026, 6, 2, 1, tzinfo=dt.UTC)
EVERY = errors("zalo")


def behaviour(error: ProviderError) -> str:
    """What follows from an error, in one word of ours, without looking at its table."""
    if error.renew:
        return "K" if error.scope is Scope.ACCOUNT and not error.permanent else "?"
    if error.permanent:
        if error.scope is Scope.TEMPLATE:
            return "T"
        return "R" if error.scope is Scope.CONTACT_POINT else "?"
    assert error.retry_at is not None
    if error.scope is Scope.ACCOUNT:
        return "pause"
    if error.retry_at >= MORNING:
        return "morning"
    return "L" if error.retry_at - NOW <= dt.timedelta(minutes=15) else "?"


#: What each class asks for; more than one where sources say more than one.
WANTED = {
    "R": {"R"},
    "R~": {"R"},
    "T": {"T"},
    "L": {"L"},
    "N": {"morning"},
    "K": {"K"},
    # the account's share pauses it, a template's waits for the morning, a person's is hers alone
    "Q": {"pause", "morning", "R"},
    "C": {"pause"},
}


@pytest.mark.parametrize("row", EVERY, ids=lambda row: f"{row['family']} {row['code']}")
def test_a_code_does_what_its_class_asks(row: dict[str, Any]) -> None:
    error = codes.error_of(row["code"], row["message"], NOW, Family(row["family"]))
    assert error is not None
    allowed = set.union(*(WANTED[each] for each in [row["class"], *row.get("also", [])]))
    assert behaviour(error) in allowed
    assert (error.code, error.text) == (str(row["code"]), row["message"])


@pytest.mark.parametrize("row", EVERY, ids=lambda row: f"{row['family']} {row['code']}")
def test_a_code_is_said_in_vietnamese(row: dict[str, Any]) -> None:
    with translation.override("en"):
        english = str(words.sentence(row["code"], Family(row["family"])))
    with translation.override("vi"):
        said = str(words.sentence(row["code"], Family(row["family"])))
    assert said != english
    assert said.endswith(".")
    assert english != str(words.NOBODY_KNOWS)


def test_nothing_stands_in_the_table_that_nobody_wrote_down() -> None:
    known = {(row["family"], row["code"]) for row in EVERY} | {("business", -32)}
    ours = {(family.value, code) for family, table in codes.CODES.items() for code in table}
    assert ours == known


def test_a_recipients_share_is_hers_and_does_not_stop_the_account() -> None:
    for family, code in (("business", -1471), ("business", -1472), ("openapi", -218)):
        error = codes.error_of(code, "", NOW, Family(family))
        assert error is not None
        assert (error.scope, error.permanent, error.fact_days) == (Scope.CONTACT_POINT, True, 0)


def test_the_same_number_means_something_else_on_another_host() -> None:
    phone = codes.error_of(-100, "", NOW, Family.BUSINESS)
    chat = codes.error_of(-100, "", NOW, Family.OPENAPI)
    assert phone is not None
    assert chat is not None
    assert (phone.permanent, chat.permanent) == (False, True)
    assert codes.error_of(-216, "", NOW, Family.BUSINESS) is None


@pytest.mark.parametrize(
    "body",
    [b'{"error":-99999,"message":"new"}', b"<html>", b"", b"[]", b'{"error":"x"}', b'{"data":{}}'],
)
def test_anything_else_leaves_the_outcome_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        Zalo().accepted(Reply(200, body), NOW)
    good = json.dumps({"error": 0, "data": {"msg_id": "1"}}).encode()
    with pytest.raises(OutcomeUnknown):
        Zalo().accepted(Reply(502, good), NOW)


def test_what_a_paused_account_says() -> None:
    with translation.override("vi"):
        assert "hết tiền" in str(Zalo().words("-115"))
        assert str(Zalo().words("-99999")) == str(words.NOBODY_KNOWS)
        assert Zalo().words("no_answer") == ""
