"""How numbers, days, phones and names are written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from clinics import clock
from clinics.templatetags import tk, tk_shapes

NOW = dt.datetime(2026, 11, 17, 7, 22, tzinfo=dt.UTC)  # 14:22 on the clinic's clock


@pytest.fixture(autouse=True)
def _vietnamese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with translation.override("vi"):
        yield


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+84903418276", "0903 418 276"),
        ("+842873006868", "028 7300 6868"),
        ("+842513822288", "0251 382 2288"),
        ("+8419001234", "1900 1234"),
        ("+841800599920", "1800 599920"),
        ("+12025550123", "+12025550123"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_phone_is_grouped_as_people_read_it(stored: str | None, shown: str) -> None:
    assert tk.phone(stored).replace("\u00a0", " ") == shown


def test_a_masked_phone_shows_only_its_ends() -> None:
    assert tk.phone_masked("+84903418276").replace("\u00a0", " ") == "0903 ••• 276"


def test_a_phone_is_dialled_as_it_is_shown() -> None:
    kept = ("+84903418276", "+842873006868", "+8419001234", "+12025550123")
    assert [tk.tel(one) for one in kept] == [
        "0903418276",
        "02873006868",
        "19001234",
        "+12025550123",
    ]


def test_a_day_is_the_clinics_day_not_utcs() -> None:
    late = dt.datetime(2026, 11, 17, 18, 30, tzinfo=dt.UTC)  # 01:30 the next day in the clinic
    assert (tk.day(late), tk.hour(late), tk.short_day(late)) == ("18/11/2026", "01:30", "18/11")


@pytest.mark.parametrize(
    ("date", "words"),
    [
        (dt.date(2026, 11, 17), "Hôm nay"),
        (dt.date(2026, 11, 18), "Ngày mai"),
        (dt.date(2026, 11, 16), "Hôm qua"),
        (dt.date(2026, 11, 25), "Thứ Tư 25/11"),
        (dt.date(2026, 11, 22), "Chủ Nhật 22/11"),
        (dt.date(2027, 1, 4), "Thứ Hai 04/01/2027"),
    ],
)
def test_near_days_have_names(date: dt.date, words: str) -> None:
    assert tk.near(date) == words


def test_a_moment_reads_as_one_says_it() -> None:
    assert tk.moment(dt.datetime(2026, 11, 17, 8, 30, tzinfo=dt.UTC)) == "15:30 hôm nay"
    assert tk.moment(dt.datetime(2026, 11, 25, 10, 30, tzinfo=dt.UTC)) == "17:30 thứ Tư 25/11"


def test_numbers_are_grouped_by_the_language() -> None:
    assert (tk.grouped(1204), tk.decimal(57.25), tk.per_100(0.575)) == ("1.204", "57,3", "58")
    assert tk.money(24500000).replace("\u00a0", " ") == "24.500.000 ₫"
    with translation.override("en"):
        assert (tk.grouped(1204), tk.decimal(57.25)) == ("1,204", "57.3")


def test_a_range_is_never_torn() -> None:
    assert tk.to(55, 60) == "55\u2060–\u206060"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Hồ Quang Hiếu", "QH"),
        ("Đỗ Phương Uyên", "PU"),
        ("Ấn", "Ấ"),
        ("", ""),
        ("Lê (mẹ) An", "LA"),
    ],
)
def test_initials_end_with_the_given_name(name: str, letters: str) -> None:
    assert tk.initials(name) == letters


def test_a_hit_is_marked_without_accents_and_stays_safe() -> None:
    assert tk.hit("Nguyễn Thị Thu Trang", "thu trang") == "Nguyễn Thị <mark>Thu Trang</mark>"
    assert tk.hit("Đặng <b>", "dang") == "<mark>Đặng</mark> &lt;b&gt;"
    assert tk.hit("Hà", "xyz") == "Hà"


def test_the_ruler_counts_a_hundred_people() -> None:
    ticks = [tick for half in tk_shapes.ruler(0.5763, 0.55, 0.60) for ten in half for tick in ten]
    assert (len(ticks), ticks.count("yes"), ticks.count("maybe")) == (100, 55, 5)
    assert tk_shapes.tens(0.83) == [100] * 8 + [30, 0]
    assert tk_shapes.people_dots(14, 18).count(True) == 14


def test_teeth_stand_in_the_order_of_the_mouth() -> None:
    lower = tk_shapes.arch("lower", {36: "implant", "46": "crown canal"})
    assert [tooth["fdi"] for tooth in lower][:2] == [48, 47]
    by_number = {tooth["fdi"]: tooth for tooth in lower}
    assert (by_number[36]["state"], by_number[36]["side"]) == ("implant", "left")
    assert by_number[46]["words"] == "mão sứ, lấy tủy"


@pytest.mark.parametrize(
    ("cookie", "attribute"), [("trau-dem", ' data-theme="trau-dem"'), ('"><x', ""), ("", "")]
)
def test_only_a_known_theme_reaches_the_page(cookie: str, attribute: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie
    assert tk.theme_attr(Context({"request": request})) == attribute


def test_every_state_is_a_shape_a_tone_and_a_word() -> None:
    for name, (shape, tone, word) in tk.STATES.items():
        assert tk._icons().get(shape), name
        assert tone, name
        assert word or name in {"clock", "danger"}, name


def test_every_icon_named_in_a_template_is_drawn() -> None:
    missing = {
        (path.name, name)
        for path in (Path(settings.BASE_DIR) / "templates").rglob("*.html")
        for name in re.findall(r"""(?:{% icon |\bicon=)["']([a-z0-9-]+)["']""", path.read_text())
        if name not in tk._icons()
    }
    assert missing == set()


def test_a_state_speaks_vietnamese() -> None:
    assert (
        Template('{% load tk %}{% state "waiting" as s %}{{ s.word }}').render(Context())
        == "Đang chờ"
    )
