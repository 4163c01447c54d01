"""What the patient reads: complete, composed, plain in an SMS, and fit for Zalo's rules."""

from __future__ import annotations

import re
import unicodedata

import pytest

from messaging import texts
from messaging.wordings import LINK, SMS_ONLY, WORDINGS, as_zalo_writes
from messaging.wordings_english import SMS_ONLY_ENGLISH
from tests.messaging.outposts import VALUES

URL = "https://nha-khoa-an-tam.example.vn/k/" + "x" * 24 + "/"
KEYS = {
    "booking_confirmation", "reminder", "care_guide_1", "check_trend", "care_guide_filling",
    "check_filling_3", "check_filling_7", "invite", "nudge", "recall",
    "check_pain", "check_week", "restore", "missed_care", "missed_offer", "hint",
}  # fmt: skip
#: Words of diagnoses, procedures and prices: never on a lock screen.
TELLING = (
    "implant",
    "trám",
    "tram",
    "nhổ",
    "nho rang",
    "tủy",
    "sâu răng",
    "niềng",
    "phẫu",
    "giá",
    "ưu đãi",
)


def test_every_text_of_the_plan_is_there() -> None:
    assert set(WORDINGS) == KEYS


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_text_says_who_and_how_to_call_and_no_diagnosis(key: str) -> None:
    wording = WORDINGS[key]
    for body, plain in ((wording.zalo, False), (wording.sms, True)):
        text = texts.with_link(texts.render(body, texts.complete(VALUES), sms=plain), URL)
        clinic = texts.without_accents(VALUES["clinic"]) if plain else VALUES["clinic"]
        assert clinic in text and VALUES["hotline"] in text
        assert "{" not in text and "  " not in text and "!" not in text
        assert not [word for word in TELLING if re.search(rf"\b{word}\b", text.lower())]
    assert URL in text  # the SMS carries the address itself
    assert text.isascii() and len(text) <= 2 * 153


@pytest.mark.parametrize("words", [SMS_ONLY, SMS_ONLY_ENGLISH])
def test_what_is_said_by_sms_alone_says_who_and_how_to_call(words: dict[str, str]) -> None:
    assert list(words) == list(SMS_ONLY)
    for body in words.values():
        text = texts.render(body, texts.complete(VALUES), sms=True)
        assert texts.without_accents(VALUES["clinic"]) in text and VALUES["hotline"] in text
        assert text.isascii() and len(text) <= 160 and "{" not in text


@pytest.mark.parametrize("key", sorted(KEYS))
def test_an_sms_fits_two_parts_whatever_is_filled_in(key: str) -> None:
    longest = dict.fromkeys(VALUES, "Ư" * 200)
    longest |= {"time": "15:30", "day": "thứ Ba 17/11", "hotline": "028 7300 6868"}
    longest |= {"treated_on": "ngày 14/11"}
    text = texts.render(WORDINGS[key].sms, texts.complete(longest), sms=True)
    assert len(texts.with_link(text, URL)) <= texts.SMS_LENGTH


@pytest.mark.parametrize("key", sorted(KEYS))
def test_zalos_rules_for_templates_hold(key: str) -> None:
    wording = WORDINGS[key]
    assert 9 <= len(wording.title) <= 65
    assert 9 <= len(as_zalo_writes(wording.zalo)) <= 400
    assert 5 <= len(wording.button) <= 30
    assert len(wording.zalo_params()) <= 10 and wording.zalo_params()[-1] == LINK
    assert {"full_call", "clinic"} <= set(wording.zalo_params())  # it names whom and who


@pytest.mark.parametrize("key", sorted(KEYS))
def test_nothing_is_left_empty_when_little_is_known(key: str) -> None:
    known = {"clinic": "Mai Lan", "hotline": "028 1", "day": "thứ Ba 17/11", "dentist": ""}
    filled = texts.complete(known)
    assert all(filled.get(name) for name in WORDINGS[key].zalo_params() if name != LINK)
    text = texts.render(WORDINGS[key].zalo, filled)
    assert "Chào anh/chị" in text and " ." not in text and " ," not in text


def test_letters_are_composed_and_folded() -> None:
    split = unicodedata.normalize("NFD", "Đặng Thị Hoà")
    assert texts.complete({"name": split})["name"] == "Đặng Thị Hoà"
    assert texts.without_accents("Chị Đặng – “Hoà”…") == 'Chi Dang - "Hoa"...'


def test_a_clinics_own_text_reaches_no_program() -> None:
    body = "{{ name.__class__.__mro__ }}{% if name %}Chào {{ name }}{% endif %}"
    assert texts.render(body, {"name": "Trang"}) == "Chào Trang"
