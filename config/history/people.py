"""Vietnamese people as a front desk meets them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random

FAMILY = (
    "Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Lê Lê Phạm Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ "
    "Hồ Ngô Dương Lý Đinh Trương Mai Tống Lưu Châu Cao Quách"
).split()
MIDDLE_F = "Thị Thị Ngọc Thu Minh Bảo Mỹ Khánh Thanh Kim Diệu Hoài Phương Tuyết Hồng".split()
MIDDLE_M = "Văn Văn Minh Quốc Đức Gia Hoàng Anh Hữu Thành Tuấn Trung Xuân Đình Công".split()
GIVEN_F = (
    "Trang Hân Linh Lan Hương Thảo Ngân Trâm Uyên Nhi Vy Mai Hà Yến Thủy Hạnh Diễm Loan Nga Tâm "
    "Quyên Ánh Châu Giang Oanh Phượng Thúy Xuân Như Đào"
).split()
GIVEN_M = (
    "Khôi Dũng Hiếu Bảo Khoa Trí Phúc Thịnh Nam Long Tuấn Sơn Hải Đạt Huy Quân Minh Lộc Vinh Tài "
    "Nghĩa Trung Kiên Toàn Bình Duy Phong Hưng Cường Đông"
).split()
#: How those who say it found the clinic, in a hundred; the rest was not asked.
SOURCES = {
    "referral": 34,
    "facebook": 18,
    "zalo": 9,
    "google": 13,
    "tiktok": 6,
    "passing": 8,
    "": 12,
}
MOBILE = ("090", "093", "091", "094", "098", "097", "086", "032", "035", "038", "070", "077", "081")


@dataclass(frozen=True)
class Someone:
    """A person who walks in: as much of her as reception writes down."""

    full_name: str
    gender: str
    salutation: str
    birth_date: dt.date | None
    phone: str
    source: str = ""


def someone(rng: Random, today: dt.date, *, number: int) -> Someone:
    """The next person of this clinic; `number` keeps her phone her own."""
    woman = rng.random() < 0.58
    middle, given = (MIDDLE_F, GIVEN_F) if woman else (MIDDLE_M, GIVEN_M)
    name = f"{rng.choice(FAMILY)} {rng.choice(middle)} {rng.choice(given)}"
    age = min(78, max(19, round(rng.gauss(38, 14))))
    born = dt.date(today.year - age, rng.randint(1, 12), rng.randint(1, 28))
    return Someone(
        full_name=name,
        gender="F" if woman else "M",
        salutation=_salutation(age, woman=woman),
        birth_date=born if rng.random() < 0.85 else None,
        phone=phone(rng, number),
        source=rng.choices(list(SOURCES), list(SOURCES.values()))[0],
    )


def _salutation(age: int, *, woman: bool) -> str:
    if age >= 55:
        return "cô" if woman else "chú"
    return "chị" if woman else "anh"


def phone(rng: Random, number: int) -> str:
    """A mobile number. Its last digits tell the local gateway how this phone behaves:
    118 has no Zalo, 141 refused the clinic, the rest receives (docs/gateway.md)."""
    luck = rng.random()
    if luck < 0.04:
        return ""  # she gave none
    ending = "118" if luck < 0.16 else "141" if luck < 0.18 else f"{300 + number % 600:03}"
    middle = number * 7919 % 10_000  # 7919 shares no factor with 10,000: no two alike
    return f"{rng.choice(MOBILE)}{middle:04}{ending}"
