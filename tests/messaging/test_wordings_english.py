"""The product's English texts: the same keys, clean by the lint, and short enough."""

from __future__ import annotations

from typing import Any

import pytest

from messaging import purposes, texts
from messaging.lint import Text, lint
from messaging.wordings import LINK, WORDINGS
from messaging.wordings_english import ENGLISH

URL = "https://nha-khoa-an-tam.example.vn/k/" + "x" * 24 + "/"


def test_every_text_stands_in_english_too() -> None:
    assert list(ENGLISH) == list(WORDINGS)


@pytest.mark.parametrize("key", list(ENGLISH))
def test_it_is_clean_and_fits(key: str) -> None:
    wording = ENGLISH[key]
    common: dict[str, Any] = {"purpose": purposes.purpose_of(key), "clinic": "An Tâm"}
    services = ["Cấy implant", "Trám răng", "Khám răng định kỳ", "Laser", "Check-up"]
    sms = Text(body=wording.sms, channel="sms", language="en", services=services, **common)
    card = Text(
        body=wording.zalo,
        title=wording.title,
        button=wording.button,
        channel="zalo",
        language="en",
        services=services,
        **common,
    )
    assert lint(sms) == [] and lint(card) == []
    assert len(wording.zalo_params()) <= 10 and wording.zalo_params()[-1] == LINK
    assert "salutation" not in wording.zalo_params() and wording.sms.isascii()


@pytest.mark.parametrize("key", list(ENGLISH))
def test_nothing_is_left_empty_when_little_is_known(key: str) -> None:
    filled = texts.complete({"clinic": "Mai Lan", "hotline": "028 1", "day": "Tue 17 Nov"}, "en")
    for body, plain in ((ENGLISH[key].zalo, False), (ENGLISH[key].sms, True)):
        text = texts.with_link(texts.render(body, filled, sms=plain), URL)
        assert "dear patient" in text and " ." not in text and " ," not in text
        assert "anh" not in text.split() and "{" not in text
    assert len(text) <= texts.SMS_LENGTH


def test_the_lint_reads_english_as_english() -> None:
    def codes(body: str, language: str) -> set[str]:
        text = Text(body=body, channel="sms", purpose="recall", language=language)
        return {one.code for one in lint(text)}

    whole = "{{ clinic }} {{ hotline }} "
    assert codes(whole + "after your root canal", "en") == {"clinical"}
    assert codes(whole + "tooth 36", "en") == {"clinical"}
    assert codes(whole + "20% discount", "en") == {"offer_in_care"}
    assert codes(whole + "your bank account", "en") == {"asks_secret"}
    assert codes(whole + "please confirm by this link", "en") == set()
    assert codes(whole + "please confirm by this link", "vi") == {"jargon"}


def test_values_of_two_languages_are_kept_beside_each_other() -> None:
    both = texts.in_languages({"vi": {"day": "thứ Ba 17/11"}, "en": {"day": "Tue 17 Nov"}})
    english = texts.in_language(both, "en")
    assert english["day"] == "Tue 17 Nov"
    again = texts.in_language(texts.complete(english, "en"), "vi")
    assert again["day"] == "thứ Ba 17/11" and "full_call" not in again  # nothing English is left
    assert texts.is_wanted_in(again, "en") and not texts.is_wanted_in({"day": "x"}, "en")
    assert texts.in_language({"day": "thứ Ba"}, "vi") == {"day": "thứ Ba"}
