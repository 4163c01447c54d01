"""What should not have happened: an evening at Thủ Đức, as the reading log and the trail keep it.

A second desk account opens two hundred records within a quarter of an hour after closing time,
reads dozens of numbers in full, cancels an appointment and puts her own number into a patient's
record. Each page is a request of its own, noted by the verbs the pages use (docs/audit.md).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

from clinics.public import Role, audit, clock, places, staff
from config.history.life import DAY, Life, page_of
from config.history.people import Someone
from config.history.places import Practice
from patients.public import Appointment, Patient, appointments, people

#: Sign-in name and name of who did it, the number that is her own, how long she works here.
WHO, NAME, PHONE, SINCE = "thu-duc-desk-2", "Trịnh Mỹ Kiều", "0968600145", 12
#: How many records, seconds between two of them, and of how many the number is read in full.
RECORDS, EVERY, REVEALED = 200, 4, 60
#: Minutes after closing time when it begins.
AFTER = 24


def plan(life: Life, practice: Practice, password: str) -> None:
    """Put the evening into the life of this branch: last week, on a day it was open."""
    today = clock.day_of(life.until)
    day = next(today - ago * DAY for ago in (6, 7, 8) if _is_open(practice, today - ago * DAY))
    since = max(clock.at(today - SINCE * DAY, dt.time(8, 5)), life.begins)
    life.at(since, partial(_hired, life, practice, password))
    begins = clock.at(day, practice.branch.closes_at) + dt.timedelta(minutes=AFTER)
    life.at(begins, partial(_evening, life, practice))


def _is_open(practice: Practice, day: dt.date) -> bool:
    return places.is_open(practice.branch, day, frozenset())


def _hired(life: Life, practice: Practice, password: str) -> None:
    """She begins to work at the desk, and is a patient there herself."""
    staff.hire(
        username=WHO, password=password, full_name=NAME, role=Role.RECEPTION,
        branches=[practice.branch],
    )  # fmt: skip
    life.register(practice, Someone(NAME, "F", "chị", dt.date(1998, 12, 12), PHONE))


def _evening(life: Life, practice: Practice) -> None:
    clerk = staff.by_username(WHO)
    found = Patient.objects.filter(branch=practice.branch, voided_at__isnull=True)
    records = list(found.exclude(full_name=NAME).order_by("sort_key", "id")[:RECORDS])
    moment = life.now
    deeds: list[Callable[[], object]] = [
        partial(audit.record, verb="signed.in", actor=clerk),
        partial(
            audit.saw, what="list", actor=clerk, subjects=[one.uid for one in records[:25]]
        ),
    ]  # fmt: skip
    for place, patient in enumerate(records):
        deeds.append(partial(audit.saw, what="patient", actor=clerk, subjects=[patient.uid]))
        if place % 3 == 0 and place // 3 < REVEALED:
            deeds.append(partial(people.reveal, patient=patient, by=clerk))
    slot = _coming(practice, moment)
    if slot is not None:
        deeds += [
            partial(audit.saw, what="patient", actor=clerk, subjects=[slot.patient.uid]),
            partial(appointments.cancel, slot, reason="khách đổi ý", by=clerk),
            partial(_takes_over, slot.patient),
        ]
    for deed in deeds:
        clock.move(to=moment)
        with page_of(clerk):
            deed()
        moment += dt.timedelta(seconds=EVERY)


def _coming(practice: Practice, moment: dt.datetime) -> Appointment | None:
    """The next appointment of a patient with a number, from the next day on."""
    rows = Appointment.objects.filter(
        branch=practice.branch,
        on_date__gt=clock.day_of(moment),
        outcome__isnull=True,
        voided_at__isnull=True,
        patient__patientcontactpoint__ended_at__isnull=True,
        patient__patientcontactpoint__isnull=False,
    ).exclude(patient__full_name=NAME)
    return rows.select_related("patient", "branch").order_by("during", "id").first()


def _takes_over(patient: Patient) -> None:
    """The patient's numbers end, and hers stands instead."""
    for point in people.points(patient):
        people.end_phone(patient=patient, contact_point=point)
    people.add_phone(patient=patient, phone=PHONE)
