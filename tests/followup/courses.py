"""Courses in tests: their services, a visit of one, and a walk through the days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinics import clock as product_clock
from clinics.public import Service
from followup import gate
from followup.models import Decision
from followup.public import protocols
from patients.public import Patient, Treatment, appointments, courses, treatments
from tests.followup.records import House, house

SERVICES = (
    ("root_canal", "Điều trị tủy", False, True),
    ("ortho", "Chỉnh nha", False, False),
    ("ortho_debond", "Tháo mắc cài", True, False),
)


def clinic_of() -> House:
    """The house of the other tests, with the services of courses."""
    at = house()
    for code, name, single, by_tooth in SERVICES:
        Service.objects.create(code=code, name=name, single_visit=single, by_tooth=by_tooth)
    protocols.install(approved_by=at.dentist)
    return at


def did(
    at: House,
    who: Patient,
    code: str,
    stage: str = "",
    *,
    done: str | None = None,
    tooth: int | None = None,
    came: bool = False,
    **said: Any,
) -> Treatment:
    """Done (now, or then) and signed now; `came` = she was checked in for it."""
    service = Service.objects.get(code=code)
    slot = None
    if came:
        slot = appointments.book(
            patient=who, branch=at.branch, start=product_clock.now(), service=service
        )
        appointments.check_in(slot)
    row = treatments.record(
        patient=who,
        service=service,
        dentist=at.dentist,
        done_at=product_clock.parse(done) if done else product_clock.now(),
        branch=at.branch,
        appointment=slot,
        tooth=tooth,
        said=courses.Said(stage=stage, **said),
    )
    return treatments.sign(row, by=at.dentist)


def walk(clock: Any, first: str, last: str) -> list[str]:
    """Every day from first to last at 09:30 decide what is due; what was decided, a line each:
    day, step, kind, end and reason."""
    day, until = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    seen = set(Decision.objects.values_list("pk", flat=True))
    found: list[str] = []
    while day <= until:
        clock.set(f"{day.isoformat()}T09:30")
        gate.decide_due()
        fresh = Decision.objects.exclude(pk__in=seen).filter(contact__step__isnull=False)
        for row in fresh.select_related("contact__step").order_by("pk"):
            contact = row.contact
            key = contact.step.key if contact.step else ""
            found.append(f"{day:%d/%m} {key} {contact.kind} {row.end}:{row.reason}")
        seen |= set(fresh.values_list("pk", flat=True))
        day += dt.timedelta(days=1)
    return found


def table(text: str) -> list[str]:
    """A table written by hand, a line a decision."""
    return [" ".join(line.split()) for line in text.strip().splitlines()]
