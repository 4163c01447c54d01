"""A clinic's day for `bench pages`: as many of everything as wanted, made by the desk's verbs."""

from __future__ import annotations

import datetime as dt

from clinics.public import Branch, Role, Service, Staff, clock, places, staff
from followup.models import TaskKind
from followup.public import protocols, tasks
from kpi.public import recount_all
from messaging import talks
from messaging.public import accounts
from patients.public import Appointment, BasisKind, Patient, appointments, people, treatments

#: A working Wednesday; the day the pages are opened on.
TODAY = dt.date(2026, 6, 3)
#: The patient with as many visits as the lists have rows comes from so long ago on.
BEFORE = dt.timedelta(days=200)
STEP = dt.timedelta(minutes=30)


class Day:
    """One branch of a furnished clinic whose lists grow row by row."""

    def __init__(self) -> None:
        clock.move(to=clock.at(TODAY - BEFORE, dt.time(9)))
        self.branch: Branch = places.open_branch(code="bench", name="Quận 3")
        self._hired = 0
        self._seats: list[Staff] = []
        self.owner = self._hire(Role.OWNER)
        self.desk = self._hire(Role.RECEPTION)
        self.dentist = self._hire(Role.DENTIST)
        protocols.install(approved_by=self.dentist)
        self.scaling: Service = places.offer(code="scaling", name="Cạo vôi", duration_min=30)
        self.zalo = accounts.connect_zalo(
            name="Nha khoa", oa_id="1", app_id="2", app_secret="a", oa_secret="b",  # noqa: S106
            access_token="c", refresh_token="d",  # noqa: S106
        )  # fmt: skip
        self.rows = 0
        self.patient = self._register("Nguyễn Thu Trang", 0)

    def grow(self, rows: int) -> None:
        """Until each list has so many rows: her visits, today's appointments, tasks, and the
        people behind the numbers."""
        for number in range(self.rows, rows):
            self._visit(self.patient, BEFORE.days - 3 * number)
            someone = self._register(f"Trần Văn {chr(65 + number % 26)}n", number + 1)
            self._visit(someone, 190 - number // 4)
        clock.move(to=clock.at(TODAY, dt.time(7)))
        for number in range(self.rows, rows):
            someone = self._register(f"Lê Thị {chr(65 + number % 26)}n", number + 100)
            self._book(someone, number)
            tasks.give(kind=TaskKind.CALL_BACK, patient=someone, branch=self.branch, why="hỏi lịch")
            self._writes(someone, number)
        self.rows = rows
        clock.move(to=clock.at(TODAY, dt.time(7, 30)))
        recount_all()

    def _writes(self, who: Patient, number: int) -> None:
        """She asks something on Zalo, and nobody has answered."""
        said = talks.Heard(
            account=self.zalo,
            person=f"u{number}",
            ref=f"m{number}",
            at=clock.now(),
            text="Cho chị hỏi lịch tuần sau",
        )
        talks.hear(talks.of_patient(who), said)

    def _register(self, name: str, number: int) -> Patient:
        return people.register(
            branch=self.branch,
            full_name=name,
            phone=f"09034{number:05}",
            basis=BasisKind.CARE_RELATION,
            text_version="care-2026-01",
            by=self.desk,
        )

    def _visit(self, who: Patient, days_ago: int) -> None:
        """She came, was treated and signed for, so many days ago."""
        start = clock.at(TODAY - dt.timedelta(days=days_ago), dt.time(9))
        clock.move(to=start)
        slot = appointments.book(
            patient=who,
            branch=self.branch,
            start=start,
            service=self.scaling,
            overbook_reason="bench",
        )
        appointments.check_in(slot, by=self.desk)
        done = treatments.record(
            patient=who,
            service=self.scaling,
            dentist=self.dentist,
            done_at=clock.now(),
            branch=self.branch,
            appointment=slot,
        )
        treatments.sign(done, by=self.dentist)

    def _book(self, who: Patient, number: int) -> Appointment:
        """The slots of a day fill one dentist after the other, twenty each."""
        seat, place = divmod(number, 20)
        return appointments.book(
            patient=who,
            branch=self.branch,
            start=clock.at(TODAY, dt.time(8)) + place * STEP,
            minutes=30,
            service=self.scaling,
            dentist=self._dentist(seat),
            by=self.desk,
        )

    def _dentist(self, seat: int) -> Staff:
        while len(self._seats) <= seat:
            self._seats.append(self._hire(Role.DENTIST))
        return self._seats[seat]

    def _hire(self, role: Role) -> Staff:
        self._hired += 1
        return staff.hire(
            username=f"bench-{self._hired}",
            password=None,
            full_name=f"Trần Văn {self._hired}",
            role=role,
            branches=[self.branch],
        )
