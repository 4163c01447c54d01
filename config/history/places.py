"""The two clinics of the demo: who works there, where, and what they do."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass

from clinics.public import Branch, Chair, Role, Staff, clock, places, rota, staff
from followup.public import protocols
from messaging import setup

#: code, name, minutes, VND, single visit, surgical, by tooth. Codes start protocols of that name.
SERVICES = (
    ("checkup", "Khám tổng quát", 30, 200_000, True, False, False),
    ("scaling", "Cạo vôi, đánh bóng", 30, 350_000, True, False, False),
    ("filling", "Trám răng", 45, 600_000, True, False, True),
    ("implant", "Cấy implant", 90, 24_500_000, False, True, True),
    ("implant_crown", "Gắn mão trên implant", 45, 6_000_000, True, False, True),
    ("root_canal", "Điều trị tủy", 60, 1_500_000, False, False, True),
    ("ortho", "Chỉnh nha", 30, 0, False, False, False),
    ("ortho_debond", "Tháo mắc cài, hàm duy trì", 60, 2_000_000, True, False, False),
    ("extraction", "Nhổ răng", 45, 1_200_000, True, True, True),
    ("suture", "Cắt chỉ, kiểm tra lành thương", 20, 0, True, False, False),
)


@dataclass(frozen=True)
class Place:
    """A branch and its habits: how many come a day, how many of them do not show up."""

    code: str
    name: str
    address: str
    hotline: str
    desk: str
    dentists: tuple[str, ...]
    a_day: float
    misses: float
    returns: float
    sundays: bool = False


AN_TAM = (
    Place("q3", "Quận 3", "128 Nguyễn Đình Chiểu, Quận 3", "+842873006868", "Lê Ngọc Diễm",
          ("Hoàng Minh Khôi", "Nguyễn Thảo Vy", "Trần Quốc Dũng"), 1.25, 0.07, 0.75, sundays=True),
    Place("thu-duc", "Thủ Đức", "45 Võ Văn Ngân, Thủ Đức", "+842873006869", "Bùi Thu Hương",
          ("Lý Đình Toàn", "Cao Bảo Ngân"), 0.95, 0.22, 0.35),
    Place("go-vap", "Gò Vấp", "210 Quang Trung, Gò Vấp", "+842873006870", "Mai Kim Oanh",
          ("Ngô Khánh Linh",), 0.8, 0.12, 0.55, sundays=True),
    Place("binh-thanh", "Bình Thạnh", "17 Xô Viết Nghệ Tĩnh", "+842873006871", "Vũ Hồng Nhi",
          ("Phạm Gia Hân",), 0.7, 0.10, 0.6),
)  # fmt: skip
MAI_LAN = (
    Place("trung-tam", "Nha khoa Mai Lan", "9 Lê Lợi, Huế", "+842343822222", "Tống Thị Xuân",
          ("Đỗ Mai Lan",), 0.25, 0.10, 0.5),
)  # fmt: skip
PLACES = {"an_tam": AN_TAM, "mai_lan": MAI_LAN}

#: Who is where on which days (0 = Monday), from and until: every dentist within any four days, so
#: whoever calls finds a time. The others' weeks are not planned.
ROTA = (
    ("Hoàng Minh Khôi", "q3", range(7), 8, 18),
    ("Nguyễn Thảo Vy", "q3", (0, 2, 4, 6), 8, 12),
    ("Nguyễn Thảo Vy", "q3", (1, 3), 13, 20),
    ("Trần Quốc Dũng", "q3", (0, 1, 2, 3), 12, 20),
    ("Trần Quốc Dũng", "thu-duc", (4, 5), 8, 20),
    ("Lý Đình Toàn", "thu-duc", range(6), 8, 17),
)

#: Sign-in name, role, full name of those who see the whole clinic. `reception` and `dentist`
#: are the first branch's.
PEOPLE = (
    ("owner", Role.OWNER, "Trần Mỹ Hạnh"),
    ("manager", Role.MANAGER, "Lê Thanh Tùng"),
    ("care", Role.CARE, "Võ Kim Ngân"),
)


@dataclass(frozen=True)
class Practice:
    """A branch with the people and rooms the day needs."""

    place: Place
    branch: Branch
    dentists: list[Staff]
    chairs: list[Chair]
    reception: Staff


def furnish(schema: str, *, approved: bool = True) -> list[Practice]:
    """Branches, chairs, staff, services, protocols and provider accounts of a clinic.

    `approved`: whether a dentist has taken the care protocols into use.
    """
    password = os.environ["CRM_DEMO_PASSWORD"]
    plan = PLACES[schema]
    places.describe(hotline=plan[0].hotline)
    branches = [_branch(place) for place in plan]
    for name, role, full in PEOPLE:
        staff.hire(username=name, password=password, full_name=full, role=role, branches=branches)
    staff.hire(
        username="assistant",
        password=password,
        full_name="Đinh Ngọc Lan",
        role=Role.ASSISTANT,
        branches=branches[:1],
    )
    practices = [
        _practice(place, branch, password, first=number == 0)
        for number, (place, branch) in enumerate(zip(plan, branches, strict=True))
    ]
    for code, name, minutes, price, single, surgical, by_tooth in SERVICES:
        places.offer(
            code=code,
            name=name,
            duration_min=minutes,
            price=price,
            single_visit=single,
            surgical=surgical,
            by_tooth=by_tooth,
        )
    _plan(practices)
    if approved:
        protocols.install(approved_by=practices[0].dentists[0])
    connected = setup.connect_gateway(english=True)
    if approved:
        setup.know_prices(connected, by=staff.by_username("owner"))
    setup.quick_replies()
    return practices


def _practice(place: Place, branch: Branch, password: str, *, first: bool) -> Practice:
    """A branch with its dentists, chairs and desk; the first one's sign in by the plain names."""
    reception = staff.hire(
        username="reception" if first else f"{place.code}-desk",
        password=password,
        full_name=place.desk,
        role=Role.RECEPTION,
        branches=[branch],
    )
    dentists = [
        staff.hire(
            username="dentist" if first and seat == 0 else f"{place.code}-{seat + 1}",
            password=password,
            full_name=full,
            role=Role.DENTIST,
            branches=[branch],
            title="BS.",
        )
        for seat, full in enumerate(place.dentists)
    ]
    seats = range(1, len(dentists) + 2)
    chairs = [places.add_chair(branch=branch, name=f"Ghế {seat}") for seat in seats]
    return Practice(place, branch, dentists, chairs, reception)


def _plan(practices: list[Practice]) -> None:
    """The rota of half a year, from the first day of the history on."""
    places_by = {one.place.code: one.branch for one in practices}
    people = {person.full_name: person for one in practices for person in one.dentists}
    for name, code, weekdays, low, high in ROTA if ROTA[0][0] in people else ():
        people[name].branches.add(places_by[code])
        rota.plan_week(
            person=people[name],
            branch=places_by[code],
            monday=clock.today(),
            weekdays=weekdays,
            starts_at=dt.time(low),
            ends_at=dt.time(high),
        )
    for branch in places_by.values():
        rota.copy_week(branch, clock.today(), weeks=rota.MOST_WEEKS)


def _branch(place: Place) -> Branch:
    return places.open_branch(
        code=place.code,
        name=place.name,
        address=place.address,
        hotline=place.hotline,
        open_weekdays=range(7 if place.sundays else 6),
    )
