"""Phones: one form for every way of writing, and a reason for what is none."""

from __future__ import annotations

import pytest

from patients import phones

pytestmark = pytest.mark.usefixtures("english")


@pytest.mark.parametrize(
    "typed",
    [
        "0903418276", "903418276", "84903418276", "+84903418276", "+840903418276",
        "0084903418276", "+84(0)903418276", "0903.418.276", " 0903 418 276 ", "0903-418-276",
    ],
)  # fmt: skip
def test_every_way_of_writing_is_one_number(typed: str) -> None:
    phone = phones.parse(typed)
    assert (phone.e164, phone.converted_from, phone.can_sms) == ("+84903418276", "", True)


@pytest.mark.parametrize(("old", "new"), sorted(phones.PREFIXES_2018.items()))
@pytest.mark.parametrize("lead", ["0", "+84", "84", ""])
def test_numbers_from_before_2018_are_converted(old: str, new: str, lead: str) -> None:
    phone = phones.parse(f"{lead}{old}1234567")
    assert phone.e164 == f"+84{new}1234567"
    assert phone.converted_from == f"0{old}1234567"
    assert phone.can_sms


def test_a_landline_cannot_get_an_sms() -> None:
    phone = phones.parse("028 7300 6868")
    assert (phone.e164, phone.can_sms) == ("+842873006868", False)


def test_a_number_abroad_keeps_its_country() -> None:
    assert phones.parse("+1 650-253-0000").e164 == "+16502530000"


@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        ("", "empty", "0903 418 276"),
        ("0903 418 27", "length", "one digit short"),
        ("0903 418", "length", "3 digits short"),
        ("0903 418 2761", "length", "one digit too many"),
        ("0521 418 276", "prefix", "0521"),
        ("chưa có", "letters", "letters"),
        ("1900 6868", "service", "switchboard"),
        ("+1 650", "foreign", "country code"),
        ("12", "length", "7 digits short"),
    ],
)
def test_what_is_no_number_says_why(typed: str, code: str, says: str) -> None:
    with pytest.raises(phones.PhoneError) as error:
        phones.parse(typed)
    assert error.value.code == code
    assert says in error.value.messages[0]


def test_the_desk_sees_a_part_and_the_allowed_the_whole() -> None:
    assert phones.masked("+84903418276") == "0903 ••• 276"
    assert phones.national("+84903418276") == "0903 418 276"
    assert phones.national("+842873006868") == "028 7300 6868"
    assert phones.masked("") == ""


@pytest.mark.parametrize(
    ("query", "digits"),
    [("276", "276"), ("0903 41", "090341"), ("+84 903", "84903"), ("an 27", ""), ("27", "")],
)
def test_a_part_of_a_phone_is_told_from_a_name(query: str, digits: str) -> None:
    assert phones.search_digits(query) == digits
