"""Names: kept as typed, found however they are typed."""

from __future__ import annotations

import unicodedata

import pytest

from patients import names


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Đặng Thị Thu Trang", "dang thi thu trang"),
        ("Ðặng", "dang"),  # the Icelandic letter an old keyboard leaves
        ("hoà", "hoa"),
        ("hòa", "hoa"),
        ("THUỶ", "thuy"),
        ("Nguyễn-Văn  An (con)", "nguyen van an con"),
        (unicodedata.normalize("NFD", "Nguyễn Ượng"), "nguyen uong"),
        ("\u200bLê\u00a0Lợi", "le loi"),
        ("", ""),
    ],
)
def test_folding_takes_away_accents_case_and_signs(typed: str, key: str) -> None:
    assert names.fold(typed) == key


def test_what_is_kept_is_composed_and_keeps_its_spelling() -> None:
    assert names.clean(unicodedata.normalize("NFD", "  Trần   Hoà ")) == "Trần Hoà"
    assert names.clean("Trần Hòa") != names.clean("Trần Hoà")


def test_marks_in_the_wrong_order_become_one_letter() -> None:
    assert names.clean("Nguye\u0303\u0302n") == "Nguyễn"
    assert names.clean("ti\u0301\u0065\u0301\u0302n") == "tíến"


def test_lists_go_by_given_name_then_family() -> None:
    people = ["Trần Văn An", "Lê Thị Bình", "Đỗ Văn An", "Nguyễn An"]
    assert sorted(people, key=names.sort_key) == [
        "Đỗ Văn An",
        "Nguyễn An",
        "Trần Văn An",
        "Lê Thị Bình",
    ]


def test_every_word_start_can_be_found() -> None:
    assert names.suffixes("Nguyễn Văn An") == ["nguyen van an", "van an", "an"]
    assert names.suffixes("An An") == ["an an", "an"]
    assert names.suffixes("") == []


def test_initials_are_family_and_given_name() -> None:
    assert names.initials("Đặng Thị Trang") == "ĐT"
    assert names.initials("Trang") == "T"
    assert names.initials("") == ""
