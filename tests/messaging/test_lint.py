"""What the lint says of a text: every rule, and all the product's own texts clean."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from messaging import purposes
from messaging.lint import Text, errors, lint, longest
from messaging.wordings import WORDINGS

SMS = "{{ clinic }} nhac {{ full_call }}: hen {{ time }} {{ day }}. Xac nhan: {{ link }}"
CALL = " hoac goi {{ hotline }}"
ZALO = (
    "Chào {{ full_call }}, {{ clinic }} nhắc lịch hẹn {{ time }}. Cần đổi giờ, gọi {{ hotline }}."
)
SERVICES = ["Cấy implant", "Trám răng", "Khám răng định kỳ", "Laser", "Điều trị tủy"]


def sms(body: str, **more: Any) -> list[tuple[str, str, str]]:
    return found(Text(**{"body": body, "channel": "sms", "purpose": "reminder", **more}))


def zalo(body: str, **more: Any) -> list[tuple[str, str, str]]:
    card = {"title": "Nhắc lịch hẹn", "button": "Trả lời", "channel": "zalo"}
    return found(Text(**{"body": body, "purpose": "reminder", **card, **more}))


def found(text: Text) -> list[tuple[str, str, str]]:
    return [(one.level, one.code, one.where) for one in lint(text)]


@pytest.mark.parametrize("key", sorted(WORDINGS))
def test_the_products_own_texts_are_clean(key: str) -> None:
    wording, purpose = WORDINGS[key], purposes.purpose_of(key)
    assert not sms(wording.sms, purpose=purpose, services=SERVICES, clinic="An Tâm")
    card = {"title": wording.title, "button": wording.button}
    assert not zalo(wording.zalo, purpose=purpose, services=SERVICES, clinic="An Tâm", **card)


def test_a_good_text_is_good() -> None:
    assert not sms(SMS + CALL)
    assert not zalo(ZALO)


@pytest.mark.parametrize(
    ("body", "code", "where"),
    [
        ("{{ clinic }} {{ hotline }} {{ tooth }}", "unknown_placeholder", "tooth"),
        ("{{ clinic }} {{ hotline }} {{ slot_1 }}", "placeholder_not_here", "slot_1"),
        ("{{ clinic }} {{ hotline }} {{ name", "syntax", ""),
        ("{{ clinic }} {{ hotline }} {{ name | upcase }}", "syntax", "{{ name | upcase }}"),
        ("{{ clinic }} {{ hotline }} {% if name %}a{% endif %}", "syntax", "{% if name %}"),
        ("chào {{ name }}, gọi {{ hotline }}", "no_brand", ""),
        ("{{ clinic }} chào {{ name }}", "no_hotline", ""),
        ("{{ clinic }} {{ hotline }} nhập mật khẩu", "asks_secret", "mật khẩu"),
        ("{{ clinic }} {{ hotline }} chuyen khoan", "asks_secret", "chuyển khoản"),
        ("{{ clinic }} {{ hotline }} " + "a" * 300, "too_long", ""),
        ("[QC] {{ clinic }} {{ hotline }}", "label_in_care", "[QC]"),
        ("{{ clinic }} {{ hotline }} uu dai", "offer_in_care", "ưu đãi"),
    ],
)
def test_errors_of_an_sms(body: str, code: str, where: str) -> None:
    assert ("error", code, where) in sms(body)


@pytest.mark.parametrize(
    "words",
    [
        "lần trám vừa rồi", "lan tram vua roi", "sau khi cấy IMPLANT", "lấy tủy", "lay tuy",
        "điều trị tuỷ", "nhổ răng khôn", "nho rang khon", "niềng răng", "nieng", "áp xe",
        "kết quả xét nghiệm", "viêm nướu", "răng 36", "rang so 8", "R36", "răng số 46", "laser",
        "Trám răng", "tram rang", "cay implant",
    ],
)  # fmt: skip
def test_clinical_words_are_found_with_and_without_accents(words: str) -> None:
    for said in (
        sms(f"{SMS}{CALL} {words}", services=SERVICES),
        zalo(f"{ZALO} {words}", services=SERVICES),
        zalo(ZALO, title=f"Hỏi thăm {words}", services=SERVICES),
        zalo(ZALO, button=f"Xem {words}", services=SERVICES),
    ):
        assert "clinical" in [code for _level, code, _where in said]


@pytest.mark.parametrize(
    "words",
    [
        "tuy nhiên", "tuy nhien", "em nhớ", "em nho", "vệ sinh răng 2 lần mỗi ngày", "răng",
        "ngậm 15 phút", "đánh răng 15 giây", "khám răng định kỳ", "vệ sinh răng sau khi ăn",
        "quận 11", "sợ thế nào", "gap ngay", "đường Trạm", "rang sau an",
    ],
)  # fmt: skip
def test_harmless_words_are_left_alone(words: str) -> None:
    assert not zalo(f"{ZALO} {words}", services=SERVICES)


@pytest.mark.parametrize(
    ("words", "code", "where"),
    [
        ("Kính chào quý khách", "jargon", "quý khách"),
        ("moi benh nhan den", "jargon", "bệnh nhân"),
        ("cho em xin feedback", "jargon", "feedback"),
        ("việc gấp", "alarm", "gấp"),
        ("QUÁ HẠN rồi", "alarm", "quá hạn"),
        ("QUÁ HẠN rồi", "capitals", "QUÁ HẠN"),
        ("KHẨN", "capitals", "KHẨN"),
        ("mời đến!!!", "exclamation", "!!!"),
        ("dịch vụ tốt nhất", "superlative", "tốt nhất"),
        ("phòng khám số một", "superlative", "số một"),
        ("nha khoa so 1", "superlative", "so 1"),
    ],
)
def test_warnings_say_and_let_pass(words: str, code: str, where: str) -> None:
    said = sms(SMS + CALL + " " + words, cap=9)
    assert ("warning", code, where) in said
    assert not [one for one in said if one[0] == "error"]


@pytest.mark.parametrize(
    "words",
    ["sớm nhất", "gần nhất", "lần thứ nhất", "BS. Khôi", "SMS", "nhất là buổi tối", "TP HCM nhé"],
)
def test_no_warning_without_a_reason(words: str) -> None:
    assert not zalo(f"{ZALO} {words}")


def test_advertising_has_its_label_in_front_and_the_way_out_at_the_end() -> None:
    ads: Any = {"purpose": "campaign", "message_class": "ads"}
    good = "[QC] {{ clinic }} uu dai thang 12. Goi {{ hotline }}. Tu choi: {{ link }}"
    assert not errors(lint(Text(body=good, channel="sms", **ads)))
    assert ("error", "no_label", "") in sms(good.replace("[QC] ", ""), **ads)
    assert ("error", "no_label", "") in sms(good.replace("[QC] ", "") + " [QC]", **ads)
    assert ("error", "no_opt_out", "") in sms(good.replace("Tu choi: {{ link }}", ""), **ads)
    assert ("error", "no_opt_out", "") in sms("[QC] tu choi. " + "a" * 99, **ads)


def test_an_sms_is_measured_with_long_names_and_as_it_is_sent() -> None:
    body = "{{ clinic }} {{ hotline }} " + "ạ" * 100
    assert not sms(body)  # without accents: one part
    assert ("error", "too_long", "") in sms(body, keep_accents=True)  # 134 letters at most
    assert not sms(body, keep_accents=True, cap=3)
    text = Text(body="{{ full_call }} {{ time }}", channel="sms", purpose="reminder")
    assert len(longest(text, accents=False)) == 40 + 1 + 12


def test_zalos_sizes() -> None:
    assert ("error", "title_length", "Ngắn") in zalo(ZALO, title="Ngắn")
    assert ("error", "button_length", "Xem") in zalo(ZALO, button="Xem")
    assert not zalo(ZALO, button="")  # a card without a button
    assert "body_length" in [code for _, code, _ in zalo(ZALO + "a" * 400)]
    assert ("error", "address_in_text", "https://x.vn/a") in zalo(ZALO + " https://x.vn/a")


def test_blanks_that_the_provider_registered_too_short() -> None:
    registered = {"full_call": 30, "day": 10, "time": 20}
    said = zalo(ZALO + " {{ day }}", registered=registered)
    assert ("warning", "may_be_cut", "full_call") in said
    assert ("error", "too_long_for_blank", "day") in said  # "thứ Ba 17/11" has twelve
    assert "time" not in [where for _, _, where in said]


def test_errors_come_first_and_are_said_in_vietnamese() -> None:
    said = lint(Text(body="Chào!!! răng 36", channel="sms", purpose="reminder"))
    assert [one.level for one in said] == sorted(one.level for one in said)
    with translation.override("vi"):
        words = [one.says for one in lint(Text(body="A!", channel="sms", purpose="reminder"))]
    assert any("phòng khám" in one for one in words)
    assert not any("Write" in one or "Add" in one for one in words)
