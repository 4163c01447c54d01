"""The book of the program a practice had before: its years, brought in by `import_data`'s verb."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pandas as pd

from clinics.public import clock
from config.history.people import Someone, someone
from config.history.places import SERVICES, Practice
from followup.public import recalls
from patients.public import Episode, ImportBatch, ImportKind, imports, treatments

TEXT = "care-2024-01"
#: The first days of the lunar years: the week around them is closed, the weeks before are full.
TET = (dt.date(2024, 2, 10), dt.date(2025, 1, 29), dt.date(2026, 2, 17), dt.date(2027, 2, 6))
#: How busy each month is; children come in summer, everybody wants to be done before Tết.
SEASON = (1.15, 0.75, 0.9, 0.95, 1.0, 1.15, 1.25, 1.1, 0.9, 0.95, 1.05, 1.15)
#: Newcomers a day of the oldest month, of those of a day now.
YOUNG = 0.55
#: What newcomers came for, and what those who come again do, in a hundred.
FIRST = {"filling": 36, "scaling": 30, "checkup": 20, "extraction": 10, "implant": 4}
AGAIN = {"scaling": 55, "filling": 25, "checkup": 20}
#: An implant of these many days ago is still healing; the crown of older ones is on.
HEALING = 130
BY_TOOTH = {code for code, *_rest, by_tooth in SERVICES if by_tooth}
MINUTES = {code: minutes for code, _name, minutes, *_rest in SERVICES}
PRICE = {code: price for code, _name, _minutes, price, *_rest in SERVICES}
TEETH = (14, 15, 16, 17, 24, 25, 26, 27, 34, 35, 36, 37, 44, 45, 46, 47)


@dataclass(frozen=True)
class Line:
    """One line of the old book: an appointment, and what was done when she came."""

    person: Someone
    number: int
    practice: Practice
    moment: dt.datetime
    booked_at: dt.datetime
    dentist: str
    service: str
    outcome: str
    opens: bool

    @property
    def came(self) -> bool:
        return self.outcome in ("on_time", "late")


def bring_in(practices: list[Practice], *, seed: int, first: dt.date, until: dt.date) -> int:
    """Write the book of [first, until) and import it. Returns the number of its patients."""
    rng = Random(seed)  # noqa: S311 - a story, not a secret
    lines = sorted(_lines(practices, rng, first, until), key=lambda line: line.moment)
    came = [line for line in lines if line.came]
    batches: list[ImportBatch] = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, rows in (
            (ImportKind.APPOINTMENTS, [_appointment(line) for line in lines]),
            (ImportKind.TREATMENTS, [_treatment(line, rng) for line in came]),
            (ImportKind.VISITS, [_visit(line) for line in came]),
        ):
            path = Path(folder) / f"{kind.value}.csv"
            pd.DataFrame(rows).to_csv(path, index=False)
            done = imports.run(path=path, kind=kind.value, basis_text=TEXT)
            batches += done.batches if kind == ImportKind.TREATMENTS else []
    _close_plans(practices[0], until)
    for batch in batches:  # asked for at the move, as `import_data --start-steps` does
        recalls.start_imported(batch=batch, dry_run=False)
    return len({line.number for line in lines})


def _lines(
    practices: list[Practice], rng: Random, first: dt.date, until: dt.date
) -> Iterator[Line]:
    number = 10_000  # the newcomers of the live days count from 1: no two phones alike
    for offset in range((until - first).days):
        day = first + dt.timedelta(days=offset)
        grown = YOUNG + (1 - YOUNG) * offset / (until - first).days
        for practice in practices:
            for _ in range(_count(rng, practice.place.a_day * grown * busy(day))):
                number += 1
                yield from _course(rng, practice, someone(rng, day, number=number), number, day,
                                   until)  # fmt: skip


def busy(day: dt.date) -> float:
    """How much of an average day this one is: 0 on Sundays and around Tết."""
    if day.weekday() == 6:
        return 0.0
    away = min((abs(day - tet), (day - tet).days) for tet in TET)
    if away[0] <= dt.timedelta(days=4):
        return 0.0
    eve = 1.5 if -25 <= away[1] < 0 else 1.0
    return SEASON[day.month - 1] * eve * (1.2 if day.weekday() == 5 else 1.0)


def _count(rng: Random, expected: float) -> int:
    return int(expected) + (rng.random() < expected % 1)


def _course(
    rng: Random, practice: Practice, person: Someone, number: int, day: dt.date, until: dt.date
) -> Iterator[Line]:
    """All appointments of one person: the first, and again and again until she stays away."""
    service = _one_of(rng, FIRST)
    while day < until:
        line = _line(rng, practice, person, number, day, service)
        yield line
        if service == "implant" and line.came:
            crown = day + dt.timedelta(days=rng.randint(110, HEALING))
            if crown < until:
                yield _line(rng, practice, person, number, _open_day(crown), "implant_crown")
        if rng.random() > practice.place.returns * (0.85 if line.came else 0.35):
            return
        days = round(math.exp(rng.gauss(4.75, 0.55)))  # half of them within 116 days
        day = _open_day(day + dt.timedelta(days=max(14, days)))
        service = _one_of(rng, AGAIN)


def _open_day(day: dt.date) -> dt.date:
    while not busy(day):
        day += dt.timedelta(days=1)
    return day


def _one_of(rng: Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def _line(
    rng: Random, practice: Practice, person: Someone, number: int, day: dt.date, service: str
) -> Line:
    ahead = rng.choice((0, 1, 1, 2, 3, 5, 7))
    hour = dt.time(rng.choice((8, 8, 9, 9, 10, 11, 13, 14, 15, 16, 17)), rng.choice((0, 30)))
    moment = clock.at(day, hour)
    asked = clock.at(day - dt.timedelta(days=ahead), dt.time(7, 45))
    return Line(
        person=person,
        number=number,
        practice=practice,
        moment=moment,
        booked_at=asked,
        dentist=str(rng.choice(practice.dentists)),
        service=service,
        outcome=_outcome(rng, practice),
        opens=service != "implant_crown",
    )


def _outcome(rng: Random, practice: Practice) -> str:
    misses = practice.place.misses
    late, gone = 0.12, 0.04
    weights = (misses, gone, gone, 0.02, late, 1 - misses - 2 * gone - 0.02 - late)
    words = ("no_show", "cancelled", "late_cancel", "moved", "late", "on_time")
    return rng.choices(words, weights)[0]


def _who(line: Line) -> dict[str, object]:
    born = line.person.birth_date
    return {
        "patient": f"AT{line.number}",
        "full_name": line.person.full_name,
        "phone": line.person.phone,
        "salutation": line.person.salutation,
        "gender": line.person.gender,
        "birth_date": born.isoformat() if born else "",
        "branch": line.practice.place.name,
        "on_date": clock.day_of(line.moment).isoformat(),
        "start": clock.local(line.moment).strftime("%H:%M"),
    }


def _appointment(line: Line) -> dict[str, object]:
    return _who(line) | {
        "minutes": MINUTES[line.service],
        "booked_at": clock.local(line.booked_at).strftime("%Y-%m-%d %H:%M:%S"),
        "dentist": line.dentist,
        "service": line.service,
        "outcome": line.outcome,
    }


def _treatment(line: Line, rng: Random) -> dict[str, object]:
    return _who(line) | {
        "service": line.service,
        "dentist": line.dentist,
        "tooth": rng.choice(TEETH) if line.service in BY_TOOTH else "",
        "agreed_value": PRICE[line.service],
    }


def _visit(line: Line) -> dict[str, object]:
    return _who(line) | {"is_return": "1" if line.opens else "0"}


def _close_plans(practice: Practice, until: dt.date) -> None:
    """The dentist closes the plans of implants whose crown is on."""
    before = clock.at(until - dt.timedelta(days=HEALING), dt.time(0))
    for plan in Episode.objects.filter(closed_at__isnull=True, opened_at__lt=before):
        treatments.close_plan(plan, by=practice.dentists[0])
