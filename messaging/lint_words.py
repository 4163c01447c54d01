"""The words the lint looks for: data in patients' own language, so not in a translation file."""

from __future__ import annotations

import re

#: Services, procedures, illnesses, teeth and results: never where others read along.
CLINICAL = (
    "implant", "cấy ghép", "trụ răng", "veneer", "dán sứ", "răng sứ", "mão sứ", "bọc sứ",
    "mão răng", "cầu răng", "hàm giả", "răng giả", "phục hình", "trám", "trám răng", "hàn răng",
    "composite", "inlay", "onlay", "tủy", "tuỷ", "lấy tủy", "chữa tủy", "điều trị tủy", "nội nha",
    "nhổ", "nhổ răng", "răng khôn", "tiểu phẫu", "phẫu thuật", "hậu phẫu", "ghép xương",
    "nâng xoang", "cắt lợi", "cắt nướu", "cạo vôi", "lấy cao răng", "vôi răng", "nạo túi",
    "nha chu", "nha khoa trẻ em", "niềng", "niềng răng", "chỉnh nha", "mắc cài", "invisalign",
    "khay trong suốt", "tháo niềng", "tẩy trắng", "tẩy trắng răng", "sâu răng", "răng sâu",
    "viêm tủy", "viêm nướu", "viêm lợi", "viêm quanh răng", "áp xe", "mủ", "u nang", "nang răng",
    "ung thư", "lung lay", "mất răng", "tiêu xương", "hôi miệng", "chẩn đoán", "chụp phim",
    "x-quang", "x quang", "xét nghiệm", "kết quả xét nghiệm", "dương tính", "âm tính", "hiv",
    "viêm gan", "tiểu đường", "huyết áp", "mang thai", "có thai", "kháng sinh", "gây mê",
    "gây tê", "cắt chỉ", "khâu",
)  # fmt: skip
#: The same in an English text.
ENGLISH_CLINICAL = (
    "crown", "denture", "filling", "fillings", "root canal", "extraction", "wisdom tooth",
    "surgery", "graft", "sinus lift", "scaling", "braces", "aligner", "aligners", "whitening",
    "decay", "caries", "cavity", "cavities", "gingivitis", "periodontitis", "gum disease",
    "abscess", "pus", "cyst", "cancer", "bone loss", "bad breath", "diagnosis", "x-ray",
    "test result", "positive", "negative", "hepatitis", "diabetes", "blood pressure", "pregnant",
    "pregnancy", "antibiotic", "antibiotics", "anesthesia", "anaesthesia", "stitches", "suture",
)  # fmt: skip
#: Names of a price list that tell nothing.
GENERAL = {
    "kham", "kham rang", "tu van", "kham tu van", "kham va tu van", "tai kham", "kham dinh ky",
    "kham rang dinh ky", "kham tong quat", "kham lai", "kiem tra", "kiem tra dinh ky",
}  # fmt: skip
#: What means something harmless too when it is written without accents.
AMBIGUOUS = {
    "tuy", "nho", "mu", "khau", "gap", "khan", "rang sau", "dan su", "noi nha", "nha chu",
    "tang qua", "so the",
}  # fmt: skip
#: A tooth by its number: răng 36, R.36, răng số 8.
TOOTH = re.compile(
    r"(?<!\w)(?:(?:răng|rang|tooth)\s+|r\.?\s?)(?:(?:số|so)\s+[1-8]{1,2}|[1-8][1-8])(?![\w:/.])"
    r"(?!\s*(?:phút|phut|giây|giay|giờ|gio|ngày|ngay|lần|lan|tuần|tuan|tháng|thang|%))",
    re.IGNORECASE,
)
OFFERS = (
    "ưu đãi", "khuyến mãi", "khuyến mại", "giảm giá", "tặng quà", "quà tặng", "voucher",
    "trả góp", "miễn phí", "mã giảm", "flash sale", "giá sốc",
)  # fmt: skip
ENGLISH_OFFERS = (
    "discount", "promotion", "special offer", "gift", "free of charge", "for free", "off the price",
    "instalments", "installments", "sale",
)  # fmt: skip
SECRETS = (
    "mật khẩu", "mã otp", "otp", "số tài khoản", "chuyển khoản", "căn cước", "cccd", "cmnd",
    "số thẻ", "đặt cọc",
)  # fmt: skip
ENGLISH_SECRETS = (
    "password", "bank account", "bank transfer", "identity card", "id card", "passport",
    "card number", "deposit",
)  # fmt: skip
#: What people in the trade say → what everybody understands.
JARGON = {
    "quý khách": "[cách gọi]", "bệnh nhân": "[cách gọi]",
    "khách hàng": "[cách gọi]", "recall": "khám định kỳ", "follow up": "hỏi thăm",
    "follow-up": "hỏi thăm", "no-show": "không đến", "check-up": "khám", "check in": "đến khám",
    "booking": "giữ lịch", "book lịch": "giữ lịch", "confirm": "xác nhận", "feedback": "góp ý",
    "tình trạng hậu phẫu": "hôm nay thấy thế nào", "lâm sàng": "khi khám",
    "triệu chứng": "dấu hiệu", "ê buốt": "buốt khi ăn uống", "sang chấn": "va chạm",
    "khớp cắn": "khi cắn lại", "tuân thủ": "làm theo", "nha sĩ điều trị": "bác sĩ",
    "vui lòng đến đúng giờ": "mời đến lúc", "click": "bấm", "link": "nút bên dưới",
}  # fmt: skip
ALARM = (
    "khẩn cấp", "khẩn", "gấp", "quá hạn", "cảnh báo", "nguy hiểm", "biến chứng", "hậu quả",
    "mất bảo hành", "ngay lập tức", "đừng bỏ lỡ", "cơ hội cuối", "sắp hết hạn", "nếu không đến",
)  # fmt: skip
ACRONYMS = {"ZALO", "SMS", "QC", "AD", "TP", "HCM", "TPHCM", "BS"}
SUPERLATIVES = re.compile(
    r"(?<!sớm )(?<!gần )(?<!thứ )(?<!ít )(?<!muộn )(?<!lần )(?<!duy )(?<!thống )"
    r"(?<!som )(?<!gan )(?<!thu )(?<!muon )(?<!lan )(?<!thong )"
    r"(?<!\w)(tốt nhất|nhất|tot nhat|re nhat|hang dau|hàng đầu|số một|số 1|so mot|so 1|top 1)"
    r"(?!\w)(?! định| là)",
    re.IGNORECASE,
)
