"""The life of each clinic of the demo as a whole: what comes from the old book, what is lived.

`an_tam` is a chain with thirty months behind it. Its first branch tried the product a hundred
days ago with the few patients whose stories are told; a fortnight ago the other three followed and
the old book was taken over. `mai_lan` opened last week and has nearly everything still to do.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from functools import partial
from pathlib import Path
from random import Random

import pandas as pd

from clinics.public import clock, due, staff
from config.history import book, evening, talks
from config.history.life import DAY, MINUTE, Care, Life, page_of
from config.history.people import someone
from config.history.places import Practice, furnish
from config.history.post import send_and_wait
from config.history.replies import Replies
from config.history.stories import Stories
from kpi import checklist
from patients.public import ImportKind, appointments, imports

#: Days the first branch, and all of them, have worked with the product.
PILOT, TOGETHER = 100, 13
#: Days in the old book: with those lived since, thirty months.
BOOK = 29 * 30
#: However short a history is, all branches work together on the evening of `evening`.
AT_LEAST = 6
#: Of a hundred who call, so many are regulars of the old book.
REGULARS = 45
#: In the last days messages go out twice a day; before, once is enough to be true.
LIVELY = 3
#: So many days before the present the phones ring more often: a full calendar to look at.
RUSH_DAYS, RUSH = 3, 2.5
#: What the young clinic has so far: days open, patients of its notebook, who came, who is booked.
YOUNG, NOTEBOOK = 6, 34
FIRST_WEEK = ((4, "checkup"), (2, "scaling"), (1, "filling"), (-1, "scaling"), (-2, "filling"))


def live(schema: str, *, seed: int, days: int = PILOT) -> None:
    """Live this clinic's history up to the present; the clock is real again afterwards.

    `days`: of the chain, how many are lived; fewer make everything before them shorter as well.
    """
    clock.move(to=None)
    until = _quarter(clock.now())
    try:
        if schema == "an_tam":
            _chain(schema, seed, until, days)
        else:
            _young(schema, seed, until)
    finally:
        clock.move(to=None)
    send_and_wait()
    due.work_off(schema)


def _quarter(moment: dt.datetime) -> dt.datetime:
    """The last quarter of an hour: two starts of one morning have the same present."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


# -- the chain --------------------------------------------------------------------------------


def _chain(schema: str, seed: int, until: dt.datetime, days: int) -> None:
    today, together = clock.day_of(until), max(AT_LEAST, TOGETHER * days // PILOT)
    clock.move(to=clock.at(today - days * DAY, dt.time(7)))
    practices = furnish(schema)
    life = Life(practices, seed=seed, until=until)
    replies = Replies(life, {one.branch.pk: one for one in practices})
    taken = partial(_take_over, practices, seed, BOOK * days // PILOT)
    life.at(clock.at(today - together * DAY, dt.time(7)), taken)
    life.at(clock.at(today - (together - 1) * DAY, dt.time(18)), _set_up)
    Stories(life, replies).plan()
    talks.plan(life, practices[0])
    evening.plan(life, practices[1], os.environ["CRM_DEMO_PASSWORD"])
    for ago in range(days, -1, -1):
        day = today - ago * DAY
        for practice in practices if ago <= together else ():
            _calls(life, practice, day, ago)
        _messages(life, replies, day, ago)
    life.run()


def _take_over(practices: list[Practice], seed: int, days: int) -> None:
    until = clock.today()
    book.bring_in(practices, seed=seed, first=until - days * DAY, until=until)


def _set_up() -> None:
    """All branches work with it: the owner puts the list of first steps away."""
    owner = staff.by_username("owner")
    with page_of(owner):
        checklist.put_away(by=owner)


def _calls(life: Life, practice: Practice, day: dt.date, ago: int) -> None:
    """Who calls this branch on this day to be booked."""
    if day.weekday() == 6:
        return
    expected = practice.place.a_day * (RUSH if ago < RUSH_DAYS else 1.0)
    for _ in range(int(expected) + (life.rng.random() < expected % 1)):
        moment = clock.at(day, dt.time(life.rng.randint(8, 18), life.rng.randint(0, 59)))
        known = life.rng.randrange(100) < REGULARS
        life.at(moment, partial(life.regular if known else life.newcomer, practice))


def _messages(life: Life, replies: Replies, day: dt.date, ago: int) -> None:
    """When the messages of this day go out, and patients react.

    Each day a minute later than the day before: what is due a day after a message was sent is
    due by then on any machine.
    """
    hours = (dt.time(9, 31), dt.time(19, 10)) if ago <= LIVELY else (dt.time(9, 31),)
    for hour in hours:
        moment = clock.at(day, hour) + (-ago % 20) * MINUTE
        life.at(moment, partial(_send, replies))


def _send(replies: Replies) -> None:
    if send_and_wait():
        replies.look()
    replies.work_tasks()


# -- the young clinic -------------------------------------------------------------------------


def _young(schema: str, seed: int, until: dt.datetime) -> None:
    today = clock.day_of(until)
    clock.move(to=clock.at(today - YOUNG * DAY, dt.time(8)))
    practices = furnish(schema, approved=False)
    life = Life(practices, seed=seed, until=until)
    life.at(clock.at(today - (YOUNG - 1) * DAY, dt.time(10)), partial(_notebook, life, seed))
    for ago, service in FIRST_WEEK:
        booked = clock.at(today - (max(ago, 0) + 1) * DAY, dt.time(15))
        life.at(booked, partial(_first, life, practices[0], today - ago * DAY, service))
    for ago in range(YOUNG, -1, -1):
        life.at(clock.at(today - ago * DAY, dt.time(16, 30)), send_and_wait)
    life.run()


def _notebook(life: Life, seed: int) -> None:
    """The patients the dentist has followed for years, typed into a sheet and brought in."""
    rng = Random(seed)  # noqa: S311 - a story, not a secret
    practice, today = life.practices[0], clock.day_of(life.now)
    rows = []
    for number in range(1, NOTEBOOK + 1):
        one = someone(rng, today, number=5_000 + number)
        rows.append(
            {
                "patient": f"ML{number:03}",
                "full_name": one.full_name,
                "phone": one.phone,
                "salutation": one.salutation,
                "gender": one.gender,
                "birth_date": one.birth_date.isoformat() if one.birth_date else "",
                "branch": practice.place.name,
            }
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "so-khach.csv"
        pd.DataFrame(rows).to_csv(path, index=False)
        imports.run(path=path, kind=ImportKind.PATIENTS.value, basis_text=book.TEXT)


def _first(life: Life, practice: Practice, day: dt.date, service: str) -> None:
    """One of the first patients: written down, booked, treated; nobody has signed anything yet."""
    patient = life.register(practice, someone(life.rng, day, number=life.number()))
    offered = life.services[service]
    slots = appointments.free_slots(
        branch=practice.branch, minutes=offered.duration_min, first_day=day, days=3,
        dentist=practice.dentists[0], limit=60,
    )  # fmt: skip
    start = life.rng.choice(slots[4:14]).start
    with page_of(practice.reception):
        slot = appointments.book(
            patient=patient, branch=practice.branch, start=start, service=offered,
            dentist=practice.dentists[0], by=practice.reception,
        )  # fmt: skip
    care = Care(tooth=26 if offered.by_tooth else None, signed=False)
    life.at(start, lambda: life.visit(practice, slot, care))
