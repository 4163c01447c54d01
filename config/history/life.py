"""One clinic's life, hour by hour: each thing happens at its time on the product's clock."""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import time
from collections.abc import Callable
from functools import partial
from random import Random

from clinics import schemas
from clinics.public import Service, Staff, clock, due, places
from config.history.people import Someone, someone
from config.history.places import Practice
from messaging.public import Message, MessageState
from patients.public import (
    Appointment,
    BasisKind,
    Clash,
    Episode,
    NotPossible,
    Patient,
    appointments,
    people,
    treatments,
)

Deed = Callable[[], None]
MINUTE = dt.timedelta(minutes=1)
#: What newcomers come for, in a hundred.
WANTS = {"filling": 34, "scaling": 26, "checkup": 18, "implant": 12, "extraction": 10}


class Life:
    """A queue of deeds by time; each deed may add later ones. Ends at `until`."""

    def __init__(self, practices: list[Practice], *, seed: int, until: dt.datetime) -> None:
        self.rng = Random(seed)  # noqa: S311 - a story, not a secret
        self.practices = practices
        self.until = until
        self.services = {service.code: service for service in places.services()}
        self._queue: list[tuple[dt.datetime, int, Deed]] = []
        self._count = itertools.count()
        self._numbers = itertools.count(1)
        self._regulars = {one.branch.pk: _patients_of(one) for one in practices}

    def at(self, moment: dt.datetime, deed: Deed) -> None:
        """Have something happen, unless the present comes before it."""
        if moment <= self.until:
            heapq.heappush(self._queue, (moment, next(self._count), deed))

    def run(self) -> None:
        """Live through everything that is planned, moving the clock along."""
        while self._queue:
            moment, _, deed = heapq.heappop(self._queue)
            clock.move(to=moment)
            deed()

    # -- the desk ---------------------------------------------------------------------------

    def newcomer(self, practice: Practice) -> None:
        """Somebody calls, is written down and booked."""
        person = someone(self.rng, clock.today(), number=next(self._numbers))
        patient = self.register(practice, person)
        code = self.rng.choices(list(WANTS), list(WANTS.values()))[0]
        days = self.rng.choice((1, 1, 2, 3, 4, 6))
        self.book(practice, patient, self.services[code], in_days=days)

    def regular(self, practice: Practice) -> None:
        """Somebody of the old book calls again; where there is no book, a newcomer does."""
        known = self._regulars[practice.branch.pk]
        if not known:
            self.newcomer(practice)
            return
        patient = Patient.objects.get(pk=self.rng.choice(known))
        if appointments.open_for(patient) is None:
            code = self.rng.choice(("scaling", "scaling", "checkup", "filling"))
            self.book(practice, patient, self.services[code], in_days=self.rng.choice((1, 2, 4)))

    def register(self, practice: Practice, person: Someone) -> Patient:
        return people.register(
            branch=practice.branch,
            full_name=person.full_name,
            phone=person.phone,
            salutation=person.salutation,
            gender=person.gender,
            birth_date=person.birth_date,
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
            first_day=clock.today() + dt.timedelta(days=max(1, in_days)),
            days=4,
            dentist=dentist,
            limit=40,
        )
        if not slots:
            return None
        try:
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
        assert booked.during is not None
        start: dt.datetime = booked.during.lower
        fate = self.rng.random()
        if fate < practice.place.misses:
            self.at(start + 45 * MINUTE, lambda: self._end(appointments.miss, booked, practice))
        elif fate < practice.place.misses + 0.06:
            early = self.rng.choice((30, 40, 5))
            reason = self.rng.choice(("bận việc đột xuất", "con ốm", "đi công tác"))
            cancel = partial(appointments.cancel, reason=reason)
            self.at(start - dt.timedelta(hours=early), lambda: self._end(cancel, booked, practice))
        elif fate < 0.985:
            late = self.rng.choice((-9, -6, -4, -2, 0, 3, 6, 12, 22))
            self.at(start + late * MINUTE, lambda: self.visit(practice, booked))

    def _end(self, verb: Callable[..., object], slot: Appointment, practice: Practice) -> None:
        slot.refresh_from_db()
        if slot.outcome is None and slot.checked_in_at is None:
            verb(slot, by=practice.reception)

    # -- the visit --------------------------------------------------------------------------

    def visit(self, practice: Practice, slot: Appointment) -> None:
        """She comes, waits, is treated, leaves; the dentist signs, mostly soon."""
        slot.refresh_from_db()
        if slot.outcome is not None:
            return
        appointments.check_in(slot, by=practice.reception)
        wait = self.rng.choice((2, 4, 7, 11, 18))
        length = places_minutes(slot)
        now = clock.now()
        self.at(now + wait * MINUTE, lambda: self._step(appointments.seat, slot, practice))
        self.at(now + (wait + length) * MINUTE, lambda: self.treat(practice, slot))

    def _step(self, verb: Callable[..., object], slot: Appointment, practice: Practice) -> None:
        slot.refresh_from_db()
        verb(slot, by=practice.reception)

    def treat(self, practice: Practice, slot: Appointment) -> None:
        """What was done is written down; the signature follows within the hour."""
        slot.refresh_from_db()
        dentist, service = slot.dentist, slot.service
        if dentist is None or service is None:
            return
        plan = self._open_plan(slot) if service.code == "suture" else None
        treatment = treatments.record(
            patient=slot.patient,
            service=service,
            dentist=dentist,
            done_at=clock.now(),
            branch=practice.branch,
            appointment=slot,
            tooth=self.rng.choice((14, 16, 24, 26, 36, 37, 46, 47)) if service.by_tooth else None,
            episode=plan,
            recall_months=self.rng.choice((3, None, None)) if service.code == "filling" else None,
            agreed_value=service.price or None,
        )
        self._step(appointments.done, slot, practice)
        self.at(clock.now() + 12 * MINUTE, lambda: self._sign(treatment, dentist))
        if self.rng.random() < practice.place.returns * 0.45:
            days = self.rng.choice((28, 35, 50, 62, 75, 90))
            self.at(
                clock.now() + dt.timedelta(days=days),
                lambda: self._comes_again(practice, slot.patient),
            )

    def _sign(self, treatment: object, dentist: Staff) -> None:
        try:
            treatments.sign(treatment, by=dentist)  # type: ignore[arg-type]
        except NotPossible:
            return

    def _open_plan(self, slot: Appointment) -> Episode | None:
        return next(iter(treatments.open_plans(slot.patient)), None)

    def _comes_again(self, practice: Practice, patient: Patient) -> None:
        code = self.rng.choice(("scaling", "checkup", "filling"))
        self.book(practice, patient, self.services[code], in_days=self.rng.choice((1, 2, 4)))


def _patients_of(practice: Practice) -> list[int]:
    rows = Patient.objects.filter(branch=practice.branch)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def places_minutes(slot: Appointment) -> int:
    """How long the slot is."""
    assert slot.during is not None
    return int((slot.during.upper - slot.during.lower).total_seconds() // 60)


#: What is counted and sealed once, when the history has come to the present.
AT_THE_END = ("kpi", "audit")


def send_and_wait(rounds: int = 50) -> int:
    """Let the clinic's messages be decided and sent, and arrive before the clock moves on.

    Returns the number of visits this took; 0 = nothing was due.
    """
    visits = due.work_off(schemas.current(), leave_out=AT_THE_END)
    for _ in range(rounds if visits else 0):
        if not _under_way():
            break
        time.sleep(0.03)
        visits += due.work_off(schemas.current(), leave_out=AT_THE_END)
    return visits


def _under_way() -> bool:
    """Whether a message that will arrive has not arrived yet (…000 never receives)."""
    return (
        Message.objects.filter(state__in=(MessageState.CALLING, MessageState.ACCEPTED))
        .exclude(contact_point__value__endswith="000")
        .exists()
    )
