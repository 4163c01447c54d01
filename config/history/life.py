"""One clinic's life, hour by hour: each thing happens at its time on the product's clock."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random

from clinics import acting
from clinics.public import Service, Staff, clock, places
from config.history.people import Someone, someone
from config.history.places import Practice
from patients.public import (
    Appointment,
    BasisKind,
    Clash,
    Episode,
    NotPossible,
    Patient,
    Treatment,
    appointments,
    courses,
    people,
    treatments,
)

Deed = Callable[[], object]
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
#: What newcomers come for, in a hundred.
WANTS = {"filling": 34, "scaling": 26, "checkup": 18, "implant": 12, "extraction": 10}
#: Teeth by their FDI numbers.
TEETH = (14, 16, 24, 26, 36, 37, 46, 47)


@dataclass(frozen=True)
class Care:
    """What a story says of one visit at the chair: the tooth (FDI), the step of a course, and
    whether its dentist signs. Without one the dice decide."""

    tooth: int | None = None
    said: courses.Said = courses.NOTHING
    signed: bool = True


@contextmanager
def page_of(who: Staff | None) -> Iterator[None]:
    """One request to a page of the staff; None = to a page a patient opened by her link."""
    with acting.within("web"):
        if who is not None:
            acting.admitted(who.pk)
        yield


class Life:
    """A queue of deeds by time; each deed may add later ones. From now on the clock to `until`.

    Deeds count from `now`, the time they were planned for, not from the clock that ran on while
    others were done: so the same seed gives the same order, however slow the machine.
    """

    def __init__(self, practices: list[Practice], *, seed: int, until: dt.datetime) -> None:
        self.rng = Random(seed)  # noqa: S311 - a story, not a secret
        self.practices = practices
        self.until = until
        self.begins = self.now = clock.now()
        self.services = {service.code: service for service in places.services()}
        self._queue: list[tuple[dt.datetime, int, Deed]] = []
        self._count = itertools.count()
        self._numbers = itertools.count(1)
        self._regulars: dict[int, list[int]] = {}

    def at(self, moment: dt.datetime, deed: Deed) -> None:
        """Have something happen, unless the present comes before it, or it the beginning."""
        if self.begins <= moment <= self.until:
            heapq.heappush(self._queue, (moment, next(self._count), deed))

    def run(self) -> None:
        """Live through everything that is planned, moving the clock along."""
        while self._queue:
            self.now, _, deed = heapq.heappop(self._queue)
            clock.move(to=self.now)
            deed()

    def number(self) -> int:
        """The number of the next person, which keeps her phone her own."""
        return next(self._numbers)

    # -- the desk ---------------------------------------------------------------------------

    def newcomer(self, practice: Practice) -> None:
        """Somebody calls, is written down and booked."""
        person = someone(self.rng, clock.day_of(self.now), number=self.number())
        patient = self.register(practice, person)
        code = self.rng.choices(list(WANTS), list(WANTS.values()))[0]
        days = self.rng.choice((1, 1, 2, 3, 4, 6))
        self.book(practice, patient, self.services[code], in_days=days)

    def regular(self, practice: Practice) -> None:
        """Somebody of the old book calls again; where there is no book, a newcomer does."""
        known = self._regulars_of(practice)
        if not known:
            self.newcomer(practice)
            return
        patient = Patient.objects.get(pk=self.rng.choice(known))
        if appointments.open_for(patient) is None:
            code = self.rng.choice(("scaling", "scaling", "checkup", "filling"))
            self.book(practice, patient, self.services[code], in_days=self.rng.choice((1, 2, 4)))

    def _regulars_of(self, practice: Practice) -> list[int]:
        found = self._regulars.get(practice.branch.pk, [])
        if not found:
            book = Patient.objects.filter(branch=practice.branch, import_batch__isnull=False)
            found = list(book.order_by("pk").values_list("pk", flat=True))
            self._regulars[practice.branch.pk] = found
        return found

    def register(self, practice: Practice, person: Someone, *, relation: str = "") -> Patient:
        """Write somebody down at the desk of this branch, with the basis for care messages."""
        with page_of(practice.reception):
            return people.register(
                branch=practice.branch,
                full_name=person.full_name,
                phone=person.phone,
                relation=relation,
                salutation=person.salutation,
                gender=person.gender,
                birth_date=person.birth_date,
                source=person.source,
                basis=BasisKind.CARE_RELATION,
                text_version="care-2026-01",
                by=practice.reception,
            )

    def book(
        self,
        practice: Practice,
        patient: Patient,
        service: Service,
        *,
        in_days: int,
        purpose: str = "",
        counts_as_return: bool = False,
    ) -> Appointment | None:
        """Agree a free time some days ahead; a full week is tried once, then she calls again."""
        dentist = self.rng.choice(practice.dentists)
        slots = appointments.free_slots(
            branch=practice.branch,
            minutes=service.duration_min,
            first_day=clock.day_of(self.now) + max(1, in_days) * DAY,
            days=4,
            dentist=dentist,
            limit=40,
        )
        if not slots:
            return None
        try:
            with page_of(practice.reception):
                booked = appointments.book(
                    patient=patient,
                    branch=practice.branch,
                    start=self.rng.choice(slots).start,
                    service=service,
                    dentist=dentist,
                    purpose=purpose,
                    counts_as_return=counts_as_return,
                    by=practice.reception,
                )
        except Clash:
            return None
        self._day_of(practice, booked)
        return booked

    def _day_of(self, practice: Practice, booked: Appointment) -> None:
        """Decide how this slot will end, and plan it."""
        start = appointments.start_of(booked)
        fate = self.rng.random()
        if fate < practice.place.misses:
            self.at(start + 45 * MINUTE, lambda: self.end(appointments.miss, booked, practice))
        elif fate < practice.place.misses + 0.06:
            early = self.rng.choice((30, 40, 5))
            reason = self.rng.choice(("bận việc đột xuất", "con ốm", "đi công tác"))
            cancel = partial(appointments.cancel, reason=reason)
            self.at(start - dt.timedelta(hours=early), lambda: self.end(cancel, booked, practice))
        elif fate < 0.985:
            late = self.rng.choice((-9, -6, -4, -2, 0, 3, 6, 12, 22))
            self.at(start + late * MINUTE, lambda: self.visit(practice, booked))

    def end(self, verb: Callable[..., object], slot: Appointment, practice: Practice) -> None:
        """She is not coming: the desk writes it down, unless the slot has ended meanwhile."""
        slot.refresh_from_db()
        if slot.outcome is None and slot.checked_in_at is None:
            self.desk(verb, slot, practice)

    def desk(self, verb: Callable[..., object], slot: Appointment, practice: Practice) -> None:
        """The desk of this branch does this with a slot."""
        with page_of(practice.reception):
            verb(slot, by=practice.reception)

    # -- the visit --------------------------------------------------------------------------

    def visit(self, practice: Practice, slot: Appointment, care: Care | None = None) -> None:
        """She comes, waits, is treated, leaves; the dentist signs, mostly soon."""
        slot.refresh_from_db()
        if slot.outcome is not None:
            return
        self.desk(appointments.check_in, slot, practice)
        wait = self.rng.choice((2, 4, 7, 11, 18))
        seated = partial(self.desk, appointments.seat, slot, practice)
        self.at(self.now + wait * MINUTE, seated)
        over = self.now + (wait + minutes_of(slot)) * MINUTE
        self.at(over, lambda: self._treat(practice, slot, care))

    def _treat(self, practice: Practice, slot: Appointment, care: Care | None) -> None:
        """What was done is written down; the signature follows within the hour."""
        dentist, service = slot.dentist, slot.service
        if dentist is None or service is None:
            return
        plan = self._open_plan(slot) if service.code == "suture" else None
        with page_of(dentist):
            treatment = treatments.record(
                patient=slot.patient,
                service=service,
                dentist=dentist,
                done_at=clock.now(),
                branch=practice.branch,
                appointment=slot,
                tooth=care.tooth if care else self._tooth(service),
                episode=plan,
                recall_months=self._recall(service),
                agreed_value=service.price or None,
                said=care.said if care else courses.NOTHING,
            )
        self.desk(appointments.done, slot, practice)
        if care is None or care.signed:
            self.at(self.now + 12 * MINUTE, lambda: self._sign(treatment, dentist))
        if care is None and self.rng.random() < practice.place.returns * 0.45:
            days = self.rng.choice((28, 35, 50, 62, 75, 90))
            self.at(self.now + days * DAY, lambda: self._comes_again(practice, slot.patient))

    def _tooth(self, service: Service) -> int | None:
        return self.rng.choice(TEETH) if service.by_tooth else None

    def _recall(self, service: Service) -> int | None:
        return self.rng.choice((3, None, None)) if service.code == "filling" else None

    def _sign(self, treatment: Treatment, dentist: Staff) -> None:
        try:
            with page_of(dentist):
                treatments.sign(treatment, by=dentist)
        except NotPossible:
            return

    def _open_plan(self, slot: Appointment) -> Episode | None:
        return next(iter(treatments.open_plans(slot.patient)), None)

    def _comes_again(self, practice: Practice, patient: Patient) -> None:
        code = self.rng.choice(("scaling", "checkup", "filling"))
        self.book(practice, patient, self.services[code], in_days=self.rng.choice((1, 2, 4)))


def minutes_of(slot: Appointment) -> int:
    """How long the slot is."""
    assert slot.during is not None
    return int((slot.during.upper - slot.during.lower).total_seconds() // 60)
