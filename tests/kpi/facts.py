"""Rows of other apps as an import or a year of work leaves them, made in bulk for the numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from clinics import clock
from clinics.public import Branch, Role, Service, Staff, staff
from patients.models import Person
from patients.public import (
    Appointment,
    Episode,
    ImportBatch,
    Patient,
    Treatment,
    TreatmentStatus,
    Visit,
    names,
)

Day = dt.date


def at(day: Day, hour: int = 10) -> dt.datetime:
    """An instant of a clinic's day."""
    return clock.at(day, dt.time(hour))


class Facts:
    """A small clinic that facts are put into."""

    def __init__(self) -> None:
        self.branches = [
            Branch.objects.create(name=name, code=name) for name in ("Quận 3", "Thủ Đức", "Gò Vấp")
        ]
        self.service = Service.objects.create(code="filling", name="Trám răng")
        self.dentist: Staff = staff.hire(
            username="bs-khoi",
            password="nu-cuoi-cua-ban",
            full_name="Trần Minh Khôi",
            role=Role.DENTIST,
            branches=self.branches,
        )
        self.made = 0

    def patient(self, name: str = "", **facts: Any) -> Patient:
        self.made += 1
        name = name or f"Nguyễn Văn A{self.made}"
        facts.setdefault("branch", self.branches[0])
        if "person" not in facts:
            facts["person"] = Person.objects.create()
        return Patient.objects.create(
            full_name=name,
            name_key=names.fold(name),
            sort_key=names.sort_key(name),
            recorded_at=clock.now(),
            **facts,
        )

    def batch(self) -> ImportBatch:
        return ImportBatch.objects.create(
            kind="appointments", file_name="f", file_sha256="0", started_at=clock.now()
        )

    def appointment(
        self, patient: Patient, day: Day, outcome: str | None = None, **facts: Any
    ) -> Appointment:
        facts.setdefault("branch", patient.branch)
        if outcome:
            facts.setdefault("outcome_at", min(at(day, 12), clock.now()))
        return Appointment.objects.create(
            patient=patient,
            on_date=day,
            outcome=outcome,
            booked_at=clock.now(),
            recorded_at=clock.now(),
            **facts,
        )

    def plan(
        self,
        patient: Patient,
        *days: Day,
        closed: bool = True,
        branch: Branch | None = None,
        batch: ImportBatch | None = None,
    ) -> Episode:
        """A plan of treatment with a visit on each day; the first day opens it."""
        branch = branch or patient.branch
        episode = Episode.objects.create(
            patient=patient,
            branch=branch,
            service=self.service,
            opened_at=at(days[0]),
            closed_at=at(days[-1], 11) if closed else None,
            recorded_at=at(days[0], 11),
        )
        for day in days:
            self.treated(episode, day, branch=branch, is_return=day == days[0], batch=batch)
        return episode

    def treated(
        self,
        episode: Episode,
        day: Day,
        *,
        branch: Branch,
        is_return: bool = False,
        batch: ImportBatch | None = None,
    ) -> Treatment:
        """One more visit of a plan."""
        visit, _ = Visit.objects.get_or_create(
            patient=episode.patient,
            on_date=day,
            voided_at=None,
            defaults={
                "branch": branch,
                "started_at": at(day, 9),
                "is_return": is_return,
                "recorded_at": at(day, 11),
                "import_batch": batch,
            },
        )
        if is_return and not visit.is_return:
            Visit.objects.filter(pk=visit.pk).update(is_return=True)
        return Treatment.objects.create(
            patient=episode.patient,
            episode=episode,
            branch=branch,
            service=self.service,
            dentist=self.dentist,
            status=TreatmentStatus.SIGNED,
            done_at=at(day),
            signed_at=at(day, 11),
            recorded_at=at(day),
            import_batch=batch,
        )
