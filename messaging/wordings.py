"""The product's own texts, by key: what a clinic starts with and lets Zalo approve.

How they speak: verb first, by the person's own address, no diagnosis, no procedure and no price;
they name the clinic and its hotline and make sense without the link. The words are data for
patients in Vietnam, so they stand here and not in a translation file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The value that becomes the button's address.
LINK = "link"
_NAME = re.compile(r"{{\s*(\w+)\s*}}")


@dataclass(frozen=True)
class Wording:
    """One thing to say: Zalo's title, text and button, and the SMS."""

    title: str
    zalo: str
    button: str
    sms: str

    def zalo_params(self) -> tuple[str, ...]:
        """The names to be filled in, in their order, the link last."""
        return (*dict.fromkeys(_NAME.findall(self.zalo)), LINK)

    def sms_params(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_NAME.findall(self.sms)))


def as_zalo_writes(text: str) -> str:
    """The text with placeholders as Zalo's templates have them: <name>."""
    return _NAME.sub(r"<\1>", text)


#: That a refusal is noted. Said by SMS alone: by Zalo she is answered in her conversation.
STOPPED = "stopped"
SMS_ONLY: dict[str, str] = {
    STOPPED: "{{ clinic }} da ghi nhan: khong gui tin loai nay qua SMS den so nay nua. "
    "Muon nhan lai, goi {{ hotline }}",
}

_ANSWER = "{{ salutation }} trả lời giúp em bằng nút bên dưới nhé"
_CALL = "Cần gặp ngay, mời {{ salutation }} gọi {{ hotline }}."

WORDINGS: dict[str, Wording] = {
    "booking_confirmation": Wording(
        "Đã giữ lịch hẹn",
        "Chào {{ full_call }}, {{ clinic }} đã giữ lịch {{ time }} {{ day }} tại {{ branch }} với "
        "{{ dentist }}. Nếu bận, {{ salutation }} báo em bằng nút bên dưới hoặc gọi {{ hotline }}.",
        "Xem lịch hẹn",
        "{{ clinic }} da giu lich cho {{ full_call }}: {{ time }} {{ day }}, {{ branch }}. "
        "Xem hoac doi: {{ link }} hoac goi {{ hotline }}",
    ),
    "reminder": Wording(
        "Nhắc lịch hẹn",
        "Chào {{ full_call }}, {{ clinic }} nhắc {{ salutation }} lịch hẹn {{ time }} {{ day }} "
        "tại {{ branch }}, {{ dentist }}. Mời {{ salutation }} bấm giúp em một nút bên dưới nhé. "
        "Cần đổi giờ, gọi {{ hotline }}.",
        "Trả lời lịch hẹn",
        "{{ clinic }} nhac {{ full_call }}: hen {{ time }} {{ day }}, {{ branch }}. "
        "Xac nhan: {{ link }} hoac goi {{ hotline }}",
    ),
    "care_guide_1": Wording(
        "Hỏi thăm sau điều trị",
        "Chào {{ full_call }}, {{ clinic }} hỏi thăm {{ salutation }} sau lần điều trị "
        f"{{{{ treated_on }}}}. Hôm nay trong người thế nào, {_ANSWER}; "
        f"cách chăm sóc cũng ở đó. {_CALL}",
        "Trả lời và xem cách chăm sóc",
        "{{ clinic }} hoi tham {{ full_call }} sau lan dieu tri {{ treated_on }}. "
        "Tra loi va xem cach cham soc: {{ link }} Can gap ngay, goi {{ hotline }}",
    ),
    "check_trend": Wording(
        "Hỏi thăm ngày thứ 3",
        "Chào {{ full_call }}, hôm nay là ngày thứ 3 sau lần điều trị {{ treated_on }} tại "
        "{{ clinic }}. So với hôm qua {{ salutation }} thấy đỡ, như cũ hay nặng hơn? Mời "
        f"{_ANSWER}. {_CALL}",
        "Trả lời",
        "{{ clinic }} hoi {{ full_call }}: ngay thu 3 sau lan dieu tri {{ treated_on }}, thay do, "
        "nhu cu hay nang hon? Tra loi: {{ link }} Can gap ngay, goi {{ hotline }}",
    ),
    "care_guide_filling": Wording(
        "Hỏi thăm sau điều trị",
        "Chào {{ full_call }}, {{ clinic }} hỏi thăm {{ salutation }} sau lần điều trị "
        "{{ treated_on }}. Ăn nhai đã quen chưa, có chỗ nào chưa thoải mái không? Mời "
        f"{_ANSWER}. {_CALL}",
        "Trả lời và xem cách chăm sóc",
        "{{ clinic }} hoi tham {{ full_call }} sau lan dieu tri {{ treated_on }}: an nhai da quen "
        "chua? Tra loi: {{ link }} Can gap ngay, goi {{ hotline }}",
    ),
    "check_filling_3": Wording(
        "Hỏi thăm ngày thứ 3",
        "Chào {{ full_call }}, {{ clinic }} hỏi thăm lại sau lần điều trị {{ treated_on }}. "
        f"Hôm nay {{{{ salutation }}}} thấy ổn hay còn khó chịu? Mời {_ANSWER}. {_CALL}",
        "Trả lời",
        "{{ clinic }} hoi {{ full_call }}: sau lan dieu tri {{ treated_on }}, hom nay on hay con "
        "kho chiu? Tra loi: {{ link }} Can gap ngay, goi {{ hotline }}",
    ),
    "check_filling_7": Wording(
        "Hỏi thăm sau một tuần",
        "Chào {{ full_call }}, đã một tuần từ lần điều trị {{ treated_on }} tại {{ clinic }}. Ăn "
        f"nhai, uống nóng lạnh thế nào? Mời {_ANSWER}. {_CALL}",
        "Trả lời",
        "{{ clinic }} hoi {{ full_call }}: mot tuan sau lan dieu tri {{ treated_on }}, an nhai, "
        "uong nong lanh the nao? Tra loi: {{ link }} Can gap ngay, goi {{ hotline }}",
    ),
    "check_pain": Wording(
        "Hỏi thăm ngày thứ 3",
        "Chào {{ full_call }}, {{ clinic }} hỏi thăm lại sau lần điều trị {{ treated_on }}. Từ 0 "
        "đến 10, hôm nay {{ salutation }} còn đau mấy điểm? Mời "
        f"{_ANSWER}. {_CALL}",
        "Trả lời",
        "{{ clinic }} hoi {{ full_call }}: sau lan dieu tri {{ treated_on }}, hom nay con dau may "
        "diem, tu 0 den 10? Tra loi: {{ link }} Can gap ngay, goi {{ hotline }}",
    ),
    "check_week": Wording(
        "Hỏi thăm sau một tuần",
        "Chào {{ full_call }}, đã một tuần từ lần điều trị {{ treated_on }} tại {{ clinic }}. Ăn "
        f"uống và vệ sinh răng đã quen chưa? Mời {_ANSWER}. {_CALL}",
        "Trả lời",
        "{{ clinic }} hoi {{ full_call }}: mot tuan sau lan dieu tri {{ treated_on }}, an uong va "
        "ve sinh rang da quen chua? Tra loi: {{ link }} Can gap ngay, goi {{ hotline }}",
    ),
    "restore": Wording(
        "Còn một bước cho chiếc răng",
        "Chào {{ full_call }}, răng điều trị {{ treated_on }} tại {{ clinic }} còn một bước nữa để "
        "chắc và kín lâu dài. Mời {{ salutation }} chọn ngày bằng nút bên dưới, em giữ chỗ với "
        "{{ dentist }}. Cũng có thể gọi {{ hotline }}.",
        "Chọn ngày",
        "{{ clinic }} nhac {{ full_call }}: rang dieu tri {{ treated_on }} con mot buoc nua de "
        "chac va kin. Chon ngay: {{ link }} hoac goi {{ hotline }}",
    ),
    "invite": Wording(
        "Hẹn ngày khám lại",
        "Chào {{ full_call }}, sắp đến ngày khám lại sau lần điều trị {{ treated_on }} tại "
        "{{ clinic }}. Tiện ngày nào, mời {{ salutation }} chọn bằng nút bên dưới, em giữ chỗ với "
        "{{ dentist }}. Cũng có thể gọi {{ hotline }}.",
        "Chọn ngày",
        "{{ clinic }} moi {{ full_call }} kham lai sau lan dieu tri {{ treated_on }}. "
        "Chon ngay: {{ link }} hoac goi {{ hotline }}",
    ),
    "nudge": Wording(
        "Em giữ chỗ khám lại",
        "Chào {{ full_call }}, {{ clinic }} chưa thấy {{ salutation }} chọn ngày khám lại sau lần "
        "điều trị {{ treated_on }}. Mời {{ salutation }} chọn bằng nút bên dưới, hoặc gọi "
        "{{ hotline }} để em xếp giúp.",
        "Chọn ngày",
        "{{ clinic }} nhac {{ full_call }} chon ngay kham lai: {{ link }} hoac goi {{ hotline }}",
    ),
    "missed_care": Wording(
        "Hỏi thăm sức khỏe",
        "Chào {{ full_call }}, {{ clinic }} chưa gặp được {{ salutation }} ở lịch hẹn {{ day }}. "
        "{{ salutation }} có ổn không? Khi nào tiện, mời {{ salutation }} chọn ngày khác bằng nút "
        "bên dưới, hoặc gọi {{ hotline }} để em giúp.",
        "Chọn ngày khác",
        "{{ clinic }} chua gap duoc {{ full_call }} o lich hen {{ day }}. {{ salutation }} co on "
        "khong? Chon ngay khac: {{ link }} hoac goi {{ hotline }}",
    ),
    "missed_offer": Wording(
        "Hai giờ còn trống",
        "Chào {{ full_call }}, {{ clinic }} còn chỗ {{ slot_1 }} và {{ slot_2 }} với "
        "{{ dentist }}. Tiện giờ nào, mời {{ salutation }} bấm nút bên dưới để em giữ chỗ, hoặc "
        "gọi {{ hotline }}.",
        "Chọn giờ",
        "{{ clinic }} con cho {{ slot_1 }} va {{ slot_2 }} cho {{ full_call }}. "
        "Chon gio: {{ link }} hoac goi {{ hotline }}",
    ),
    "recall": Wording(
        "Đến hẹn khám định kỳ",
        "Chào {{ full_call }}, đã đến lúc khám răng định kỳ, lần trước là {{ treated_on }}. "
        "Mời {{ salutation }} chọn ngày bằng nút bên dưới, {{ clinic }} giữ chỗ, "
        "hoặc gọi {{ hotline }}.",
        "Chọn ngày",
        "{{ clinic }} nhan {{ full_call }}: da den luc kham rang dinh ky. "
        "Chon ngay: {{ link }} hoac goi {{ hotline }}",
    ),
    "hint": Wording(
        "Gợi ý giữ răng tháng này",
        "Chào {{ full_call }}, {{ clinic }} gửi {{ salutation }} một gợi ý ngắn để giữ răng trong "
        "tháng này, mời {{ salutation }} đọc bằng nút bên dưới. Không muốn nhận nữa, "
        "{{ salutation }} báo ở đó hoặc gọi {{ hotline }}.",
        "Đọc gợi ý",
        "{{ clinic }} gui {{ full_call }} goi y giu rang thang nay: {{ link }} "
        "Khong nhan nua: bao o do hoac goi {{ hotline }}",
    ),
}
