"""How many parts an SMS is: the networks' own figures, counted by hand and by another way."""

from __future__ import annotations

import random
import string
import unicodedata

import pytest

from messaging import segments, texts
from messaging.segments import Encoding

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


@pytest.mark.parametrize(
    ("units", "parts", "left"),
    [(0, 0, 160), (1, 1, 159), (160, 1, 0), (161, 2, 145), (306, 2, 0), (307, 3, 152), (459, 3, 0)],
)
def test_plain_letters_160_306_459(units: int, parts: int, left: int) -> None:
    found = segments.count("a" * units)
    assert (found.encoding, found.units, found.parts, found.left) == ("gsm7", units, parts, left)


@pytest.mark.parametrize(
    ("units", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_accented_letters_70_134_201(units: int, parts: int) -> None:
    found = segments.count("ạ" * units)
    assert (found.encoding, found.parts) == ("ucs2", parts)


@pytest.mark.parametrize(
    ("units", "parts"), [(122, 1), (123, 2), (268, 2), (269, 3), (421, 3), (422, 4)]
)
def test_advertising_122_268_421(units: int, parts: int) -> None:
    assert segments.count("a" * units, ads=True).parts == parts


@pytest.mark.parametrize(("units", "parts"), [(70, 1), (71, 2), (134, 2), (135, 3)])
def test_advertising_with_accents_is_counted_like_any_other(units: int, parts: int) -> None:
    assert segments.count("ế" * units, ads=True).parts == parts


def test_the_alphabet_is_the_networks_own() -> None:
    """Of all Vietnamese letters only à è é ì ò ù and É are in it (see docs/templates.md)."""
    small = {
        unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES if tone
    } | {"ă", "â", "ê", "ô", "ơ", "ư", "đ"}
    letters = small | {letter.upper() for letter in small}
    assert {x for x in letters if segments.encoding_of(x) == Encoding.GSM7} == set("àèéìòùÉ")
    assert len(segments.GSM) == 127  # 128 places, one of which leads to the second page
    assert segments.encoding_of("“") == segments.encoding_of("\u00a0") == Encoding.UCS2


def test_the_second_page_counts_two_and_is_never_cut() -> None:
    assert segments.count("[a]").units == 5
    assert segments.count("€" * 80).parts == 1
    assert segments.count("€" * 81).parts == 2
    # 152 + a pair that would lie over the edge: the first part keeps a hole.
    edge = "a" * 152 + "€" + "a" * 152
    assert segments.count(edge).units == 306 and segments.count(edge).parts == 3


def test_the_parts_grow_with_the_text_and_agree_with_division() -> None:
    rng = random.Random(20261122)
    alphabet = string.ascii_letters + string.digits + " .,:/"
    for _ in range(400):
        text = "".join(rng.choices(alphabet, k=rng.randrange(1, 700)))
        found = segments.count(text)
        assert found.parts == (1 if len(text) <= 160 else -(-len(text) // 153))
        assert segments.count(text + "x").parts >= found.parts
        assert segments.count(text, ads=True).parts >= found.parts
        accented = segments.count(text + "ữ")
        assert accented.parts == (1 if len(text) < 70 else -(-(len(text) + 1) // 67))
        assert found.left == found.parts * (160 if found.parts == 1 else 153) - len(text)


def test_the_price_is_parts_times_what_a_part_costs() -> None:
    assert segments.price(2, 350) == 700
    assert segments.price(2, None) is None
    assert segments.price(0, 350) == 0


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ("“Chị” ‘Hoa’", "\"Chị\" 'Hoa'"),
        ("8:00–9:00 — mời", "8:00-9:00 - mời"),
        ("chờ…", "chờ..."),
        ("Quận\u00a03\u2009nhé", "Quận 3 nhé"),
        ("An\u200b \ufeffTâm\u200d", "An Tâm"),
        ("chúc mừng 🎉🎂 chị 👍🏽 ❤️ 🇻🇳 1️⃣", "chúc mừng chị 1"),
        ("• Ăn mềm", "- Ăn mềm"),
        ("Ðặng Ɖỗ", "Đặng Đỗ"),
        ("ðau", "đau"),
        ("500.000₫", "500.000đ"),
        (unicodedata.normalize("NFD", "Nguyễn Thị Hằng ở Ế"), "Nguyễn Thị Hằng ở Ế"),
        ("e\u0301\u0302 a\u0300\u0306 o\u0309\u0302", "ế ằ ổ"),
        ("é\u0302", "ế"),
        ("a \n  b\r\nc\t d", "a\nb\nc d"),
    ],
)
def test_what_was_pasted_is_what_was_meant(pasted: str, meant: str) -> None:
    assert texts.clean(pasted) == meant
    assert texts.clean(meant) == meant  # twice changes nothing


def test_a_clean_text_without_accents_is_of_the_small_alphabet() -> None:
    rng = random.Random(7)
    pool = "aăâđêôơưếẤựÐ“–…\u00a0\u200b🎂•₫ẫ" + string.printable
    for _ in range(300):
        text = texts.without_accents("".join(rng.choices(pool, k=60)))
        assert segments.encoding_of(text) == Encoding.GSM7, text
        assert texts.clean(text) == text


def test_accents_are_kept_where_the_text_was_registered_with_them() -> None:
    body, values = "{{ clinic }} nhắc {{ name }}: {{ link }}", {"clinic": "An Tâm", "name": "Ế"}
    plain = texts.render(body, values, sms=True)
    kept = texts.render(body, values, sms=True, accents=True)
    assert plain == "An Tam nhac E: {{ link }}"
    assert kept == "An Tâm nhắc Ế: {{ link }}"
