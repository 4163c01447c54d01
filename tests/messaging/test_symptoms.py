"""Words that worry, as people type them; what is denied or over; what only looks alike."""

from __future__ import annotations

import pytest

from messaging import symptoms

LIVE = {
    "Sưng to hơn hôm qua, há miệng không được": "R1",
    "sung to hon hom qua ha mieng khong duoc": "R1",
    "Em bị chảy máu hoài không cầm": "R1",
    "mau chay khong cam duoc em oi": "R1",
    "Bác sĩ ơi em khó thở quá": "R1",
    "kho tho qua": "R1",
    "nuốt không được": "R1",
    "sưng lan xuống cổ rồi": "R1",
    "Bé lỡ nuốt phải cái mắc cài": "R1",
    "sốt 39 độ": "R2",
    "toi bi sot tu hom qua": "R2",
    "nướu sưng": "R2",
    "chua het sung": "R2",
    "vẫn chưa hết sưng": "R2",
    "môi dưới còn tê": "R2",
    "con te moi": "R2",
    "có mủ, mùi hôi": "R2",
    "ra mu hoi tanh": "R2",
    "đau không ngủ được": "R2",
    "nhuc ca dem": "R2",
    "miếng trám bị rớt rồi": "R2",
    "rot tram roi em": "R2",
    "không đau nhưng sưng": "R2",
    "đầu tiên em thấy sưng": "R2",
    "bé té ngã sáng nay": "R2",
    "răng hơi đau": "R3",
    "dau rang": "R3",
    "cắn kênh": "R3",
    "rớt mắc cài": "R3",
    "day cung dam vao ma": "R3",
}
#: Named, and nobody is called for it.
DENIED = (
    "không đau",
    "khong dau gi het",
    "ko đau nữa",
    "hết sưng",
    "het sung roi",
    "đã hết sưng, cảm ơn bác sĩ",
    "sưng đã hết",
    "đỡ đau nhiều rồi",
    "do dau roi em",
    "không hề bị sốt",
    "không sưng không đau",
    "hết chảy máu rồi",
    "chưa thấy sưng",
)
INNOCENT = (
    "Lần đầu tiên em tới, địa chỉ ở đâu ạ",
    "bat dau may gio vay em",
    "em o dau vay",
    "Chiều nay chị vướng họp, dời xuống muộn hơn được không?",
    "thực tế là chị bận",
    "thuc te la chi ban",
    "em ăn cơm xong qua",
    "màu răng sứ nào đẹp",
    "mau rang su",
    "chị mất sổ rồi, còn sót lại tờ giấy",
    "Bổ sung giấy tờ giúp anh",
    "Dạ con cảm ơn cô, hẹn cô thứ Năm ạ.",
    "không đến được",
    "mấy giờ mở cửa",
)


def worst(text: str) -> str:
    return min((each.tier for each in symptoms.named(text) if each.tier), default="")


@pytest.mark.parametrize("text", LIVE)
def test_a_sign_is_found_as_people_type_it(text: str) -> None:
    assert worst(text) == LIVE[text], symptoms.named(text)


@pytest.mark.parametrize("text", DENIED)
def test_what_is_denied_or_over_is_named_and_not_urgent(text: str) -> None:
    assert symptoms.named(text)
    assert worst(text) == "", symptoms.named(text)


@pytest.mark.parametrize("text", INNOCENT)
def test_words_that_only_look_alike_are_no_signs(text: str) -> None:
    assert symptoms.named(text) == []


def test_a_sign_is_the_same_in_capitals_and_in_broken_unicode() -> None:
    assert worst("SƯNG TO HƠN") == "R1"
    assert worst("su\u031bng to ho\u031bn") == "R1"
