"""People worth looking at: families, courses over months, a danger sign that is open now.

Every story is told in days before the present and happens through the desk's and the dentist's
own verbs, between the dice of everybody else's life. Their phones begin with 0968, which nobody
else of the demo has. docs/operating.md says where to look.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from clinics.public import Branch, clock
from config.history.life import DAY, MINUTE, Care, Life, page_of
from config.history.people import Someone
from config.history.places import Practice
from config.history.replies import Replies
from followup.public import Contact, answers
from patients.public import (
    Appointment,
    Clash,
    Patient,
    Relation,
    appointments,
    courses,
    families,
    people,
)

#: A story's visit is booked so many days ahead.
AHEAD = 3
#: Who sits in the waiting room when the demo opens, in minutes since they came.
WAITING = (("Trương Ngọc Mai", 21), ("Cao Minh Trí", 9), ("Ngô Thị Phượng", 4))


#: A visit at which nothing needs to be said.
PLAIN = Care()


@dataclass(frozen=True)
class Came:
    """A visit of a story: days before the present, hour, service, what was done."""

    ago: int
    hour: int
    service: str
    care: Care = PLAIN
    purpose: str = ""
    returns: bool = False
    dentist: int = 0


def said(stage: str, **more: object) -> Care:
    """A step of a course."""
    tooth = more.pop("tooth", None)
    return Care(tooth=tooth, said=courses.Said(stage=stage, **more))  # type: ignore[arg-type]


class Stories:
    """The stories of one clinic; `plan` puts them into its life before it is lived."""

    def __init__(self, life: Life, replies: Replies) -> None:
        self.life, self.replies = life, replies
        self.today = clock.day_of(life.until)
        self.known: dict[str, Patient] = {}

    def plan(self) -> None:
        """All stories of the chain: the first branch tried the product first, so most are hers."""
        first, second, third, fourth = self.life.practices
        self._family(first)
        self._grandparents(first)
        self._two_numbers(first)
        self._braces(first)
        self._root_canals(first, second)
        self._missed(second)
        self._danger(third)
        self._unsigned(first, fourth)
        self._waiting(first)

    # -- how a story is told ------------------------------------------------------------------

    def day(self, ago: int, hour: int = 9, minute: int = 0) -> dt.datetime:
        """This hour of the clinic's clock, so many days before the present."""
        return clock.at(self.today - ago * DAY, dt.time(hour, minute))

    def meet(self, practice: Practice, ago: int, who: Someone, *, of: str = "") -> None:
        """Somebody is written down; `of` = whose phone it is, when it is not hers."""

        def write() -> None:
            patient = self.life.register(practice, who, relation=of)
            self.known[who.full_name] = patient
            self.replies.quiet.add(patient.pk)

        self.life.at(self.day(ago, 8, 30), write)

    def comes(self, practice: Practice, name: str, *visits: Came) -> None:
        """She is booked some days ahead each time, comes and is treated."""
        for visit in visits:
            booked_on = self.day(visit.ago + AHEAD, 8, 40)
            self.life.at(booked_on, partial(self._book_visit, practice, name, visit))

    def _book_visit(self, practice: Practice, name: str, visit: Came) -> None:
        wanted = self._behind_us(practice, visit)
        slot = self.keep(
            practice, name, wanted, visit.service,
            purpose=visit.purpose, returns=visit.returns, dentist=visit.dentist,
        )  # fmt: skip
        if slot is not None:
            here = appointments.start_of(slot) - 4 * MINUTE
            self.life.at(here, lambda: self.life.visit(practice, slot, visit.care))

    def _behind_us(self, practice: Practice, visit: Came) -> dt.datetime:
        """The time of a visit she has had, or, where her dentist is away then and the next free one
        is ahead of the present, the same hour of the day before: on a Monday morning a story's
        "yesterday afternoon" looks from Saturday on."""
        wanted = self.day(visit.ago, visit.hour)
        for back in range(AHEAD if wanted < self.life.until else 0):
            start = self._free(practice, wanted - back * DAY, visit.service, visit.dentist)
            if start is not None and start < self.life.until:
                return wanted - back * DAY
        return wanted

    def _free(
        self, practice: Practice, wanted: dt.datetime, service: str, dentist: int
    ) -> dt.datetime | None:
        """The first free time of a dentist from the wanted one on, within three days."""
        slots = appointments.free_slots(
            branch=practice.branch, minutes=self.life.services[service].duration_min,
            first_day=clock.day_of(wanted), days=3, limit=60,
            dentist=practice.dentists[dentist % len(practice.dentists)],
        )  # fmt: skip
        return next((slot.start for slot in slots if slot.start >= wanted), None)

    def keep(
        self,
        practice: Practice,
        name: str,
        wanted: dt.datetime,
        service: str,
        *,
        purpose: str = "",
        returns: bool = False,
        dentist: int = 0,
    ) -> Appointment | None:
        """Book the first free time of a dentist from the wanted one on; None when there is none,
        or when she was never met (of a shortened history)."""
        if name not in self.known:
            return None
        offered = self.life.services[service]
        doctor = practice.dentists[dentist % len(practice.dentists)]
        start = self._free(practice, wanted, service, dentist)
        if start is None:
            return None
        try:
            with page_of(practice.reception):
                return appointments.book(
                    patient=self.known[name], branch=practice.branch, start=start,
                    service=offered, dentist=doctor, purpose=purpose, counts_as_return=returns,
                    by=practice.reception,
                )  # fmt: skip
        except Clash:
            return None

    def later(self, ago: int, hour: int, deed: Callable[[], object]) -> None:
        self.life.at(self.day(ago, hour), deed)

    # -- families -----------------------------------------------------------------------------

    def _family(self, q3: Practice) -> None:
        """A mother decides and pays for two children: three patients, one phone."""
        mother, son, girl = "Nguyễn Thu Hà", "Trần Gia Bảo", "Trần Bảo Ngọc"
        self.meet(q3, 97, Someone(mother, "F", "chị", dt.date(1988, 3, 14), "0968418276", "zalo"))
        for child, gender, born in (
            (son, "M", dt.date(2016, 8, 2)),
            (girl, "F", dt.date(2019, 5, 21)),
        ):
            who = Someone(child, gender, "bé", born, "0968418276", "referral")
            self.meet(q3, 97, who, of="mẹ")
            self.later(97, 9, partial(self._child_of, q3, child, mother))
        self.comes(
            q3, mother, Came(94, 17, "scaling"), Came(33, 17, "filling", Care(tooth=26), dentist=1)
        )
        self.comes(
            q3, son, Came(94, 17, "checkup", dentist=1), Came(88, 16, "filling", Care(tooth=75)),
            Came(31, 16, "checkup", dentist=1),
        )  # fmt: skip
        self.comes(q3, girl, Came(94, 17, "checkup", dentist=2))
        self.later(2, 10, lambda: self.keep(q3, girl, self.day(-3, 16), "scaling", dentist=1))

    def _child_of(self, practice: Practice, child: str, mother: str) -> None:
        with page_of(practice.reception):
            families.tie(
                patient=self.known[child], relation=Relation.MOTHER, relative=self.known[mother],
                is_guardian=True, pays=True, decides=True, by=practice.reception,
            )  # fmt: skip

    def _grandparents(self, q3: Practice) -> None:
        """A daughter is reached for her parents; her father has an implant, step by step."""
        daughter, father, mother = "Lê Thanh Tâm", "Lê Văn Phúc", "Phạm Thị Hồng"
        phone = "0968552309"
        self.meet(q3, 98, Someone(daughter, "F", "chị", dt.date(1983, 11, 9), phone, "referral"))
        self.meet(q3, 98, Someone(father, "M", "bác", dt.date(1951, 2, 3), phone), of="con gái")
        self.meet(q3, 98, Someone(mother, "F", "bác", dt.date(1954, 7, 30), phone), of="con gái")
        for parent in (father, mother):
            self.later(98, 9, partial(self._cared_by, q3, parent, daughter))
        self.comes(
            q3, father, Came(95, 9, "implant", Care(tooth=36)),
            Came(85, 9, "suture", purpose="suture"),
            Came(64, 9, "suture", purpose="healing"), Came(2, 9, "suture", purpose="integration"),
        )  # fmt: skip
        self.comes(q3, mother, Came(64, 10, "scaling", dentist=1))
        self.later(93, 12, partial(self._says, father, "I1", "fine"))
        self.later(92, 12, partial(self._says, father, "I2", "better"))

    def _cared_by(self, practice: Practice, parent: str, daughter: str) -> None:
        with page_of(practice.reception):
            families.tie(
                patient=self.known[parent], relation=Relation.CHILD,
                relative=self.known[daughter], is_guardian=True, decides=True,
                by=practice.reception,
            )  # fmt: skip

    def _two_numbers(self, q3: Practice) -> None:
        """One person, two numbers: the first has no Zalo, the second has."""
        name = "Vũ Hoàng Long"
        self.meet(q3, 30, Someone(name, "M", "anh", dt.date(1979, 6, 18), "0968773118", "google"))
        self.later(30, 9, partial(self._second_number, q3, name, "0968204555"))
        self.comes(q3, name, Came(27, 14, "filling", Care(tooth=46), dentist=1))

    def _second_number(self, practice: Practice, name: str, phone: str) -> None:
        with page_of(practice.reception):
            people.add_phone(patient=self.known[name], phone=phone)

    # -- courses ------------------------------------------------------------------------------

    def _braces(self, q3: Practice) -> None:
        """One comes every month, one has stayed away, one wears his retainer."""
        on_time, away, finished = "Đỗ Khánh Linh", "Phan Minh Quân", "Bùi Ngọc Anh"
        self.meet(q3, 99, Someone(on_time, "F", "chị", dt.date(2008, 9, 1), "0968317452", "tiktok"))
        self.meet(q3, 99, Someone(away, "M", "anh", dt.date(2006, 4, 25), "0968930617", "facebook"))
        self.meet(q3, 99, Someone(finished, "M", "anh", dt.date(2001, 1, 12), "0968645120"))
        adjust = said("adjustment", revisit_weeks=4)
        self.comes(
            q3, on_time, Came(96, 10, "ortho", said("bonding", revisit_weeks=5, planned_months=24)),
            *(
                Came(ago, 10, "ortho", adjust, "adjustment")
                for ago in (61, 33, 5)
            ),
        )  # fmt: skip
        self.comes(
            q3, away, Came(96, 11, "ortho", said("bonding", revisit_weeks=5, planned_months=18)),
            Came(60, 11, "ortho", adjust, "adjustment"),
        )  # fmt: skip
        self.comes(
            q3, finished, Came(95, 15, "ortho", said("adjustment", revisit_weeks=4)),
            Came(66, 15, "ortho_debond"),
            Came(34, 15, "checkup", purpose="retention", returns=True),
        )  # fmt: skip

    def _root_canals(self, q3: Practice, thu_duc: Practice) -> None:
        """One is done and restored, one is between two sessions, one was left open and waits."""
        done, between, waits = "Trần Thị Mỹ Duyên", "Hồ Kim Yến", "Đặng Quốc Huy"
        self.meet(q3, 58, Someone(done, "F", "chị", dt.date(1990, 12, 5), "0968112847", "zalo"))
        self.comes(
            q3, done, Came(55, 11, "root_canal", said("session", tooth=36), dentist=2),
            Came(47, 11, "root_canal", said("obturation", tooth=36), "root_session", dentist=2),
            Came(39, 11, "checkup", purpose="root_check", dentist=2),
            Came(30, 11, "filling", Care(tooth=36), "restoration", dentist=2),
        )  # fmt: skip
        self.meet(q3, 9, Someone(between, "F", "chị", dt.date(1995, 10, 17), "0968460298"))
        temporary = said("session", tooth=46, tooth_left="temporary")
        self.comes(q3, between, Came(6, 11, "root_canal", temporary, dentist=2))
        self.later(5, 15, lambda: self.keep(
            q3, between, self.day(-3, 11), "root_canal", purpose="root_session", dentist=2
        ))  # fmt: skip
        self.meet(thu_duc, 12, Someone(waits, "M", "anh", dt.date(1986, 5, 8), "0968587734"))
        left_open = said("session", tooth=24, tooth_left="open")
        self.comes(thu_duc, waits, Came(9, 15, "root_canal", left_open, dentist=1))

    # -- what went wrong, and what is open ----------------------------------------------------

    def _missed(self, thu_duc: Practice) -> None:
        """She did not come; she is asked after, offered two times, and nobody has reached her."""
        name = "Huỳnh Thị Diễm"
        self.meet(thu_duc, 12, Someone(name, "F", "chị", dt.date(1993, 3, 3), "0968725061"))
        self.later(12, 9, lambda: self._stays_away(thu_duc, name, self.day(9, 10)))

    def _stays_away(self, practice: Practice, name: str, wanted: dt.datetime) -> None:
        slot = self.keep(practice, name, wanted, "filling")
        if slot is not None:
            end = appointments.start_of(slot) + 45 * MINUTE
            self.life.at(end, lambda: self.life.end(appointments.miss, slot, practice))

    def _danger(self, go_vap: Practice) -> None:
        """After surgery he writes that it is worse: a call within the hour, open right now."""
        name = "Mai Đức Thịnh"
        self.meet(go_vap, 7, Someone(name, "M", "anh", dt.date(1972, 8, 28), "0968041933", "zalo"))
        self.comes(go_vap, name, Came(4, 10, "implant", Care(tooth=16)))
        self.later(2, 13, partial(self._says, name, "I1", "fine"))
        worse = partial(
            self._says, name, "I2", "worse", signs=("swelling",),
            note="Má sưng to hơn hôm qua nhiều, uống thuốc không đỡ",
        )  # fmt: skip
        self.life.at(self.life.until - 24 * MINUTE, worse)

    def _says(
        self, name: str, step: str, choice: str, *, signs: tuple[str, ...] = (), note: str = ""
    ) -> None:
        """She answers the question of this step, if it was sent."""
        asked = Contact.objects.filter(
            patient=self.known.get(name), step__key=step, kind="ask", decision__end="sent"
        ).last()
        if asked is not None:
            with page_of(None):
                answers.answer(contact=asked, choice=choice, signs=signs, note=note)

    def _unsigned(self, q3: Practice, binh_thanh: Practice) -> None:
        """Treated, and not signed by the evening."""
        first, second = "Lưu Thị Xuân", "Quách Văn Nam"
        self.meet(q3, 5, Someone(first, "F", "cô", dt.date(1966, 6, 6), "0968200871", "passing"))
        self.comes(q3, first, Came(1, 15, "filling", Care(tooth=17, signed=False), dentist=1))
        self.meet(binh_thanh, 6, Someone(second, "M", "chú", dt.date(1961, 4, 4), "0968311460"))
        unsigned = Care(tooth=37, signed=False)
        self.comes(binh_thanh, second, Came(2, 14, "extraction", unsigned))

    def _waiting(self, q3: Practice) -> None:
        """Who sits in the waiting room now, if the branch is open at this hour."""
        if not _is_open(q3.branch, self.life.until):
            return
        for seat, (name, minutes) in enumerate(WAITING):
            born, phone = dt.date(1980 + 5 * seat, 2, 11), f"096819{seat}604"
            salutation = "anh" if "Minh" in name else "chị"
            gender = "M" if salutation == "anh" else "F"
            self.meet(q3, 2, Someone(name, gender, salutation, born, phone))
            hour = clock.local(self.life.until)
            wanted = self.life.until.replace(
                minute=30 if hour.minute >= 30 else 0, second=0, microsecond=0
            )
            self.later(1, 9, partial(self._sits, q3, name, wanted, seat, minutes))

    def _sits(
        self, practice: Practice, name: str, wanted: dt.datetime, seat: int, minutes: int
    ) -> None:
        slot = self.keep(practice, name, wanted, "checkup", dentist=seat)
        if slot is not None and clock.day_of(appointments.start_of(slot)) == self.today:
            here = self.life.until - minutes * MINUTE
            self.life.at(here, partial(self.life.desk, appointments.check_in, slot, practice))


def _is_open(branch: Branch, moment: dt.datetime) -> bool:
    """Whether somebody can be waiting there at this moment."""
    here = clock.local(moment)
    inside = branch.opens_at <= here.time() < branch.closes_at
    return inside and (not branch.open_weekdays or here.weekday() in branch.open_weekdays)
