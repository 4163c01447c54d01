"""Rows the tests of this app start from, made by the public verbs."""

from __future__ import annotations

import datetime as dt
import os

from clinics import clock
from clinics.public import Branch, Chair, Role, Service, Staff, staff
from patients.public import (
    Appointment,
    BasisKind,
    Patient,
    Treatment,
    appointments,
    people,
    treatments,
)


def branch(name: str = "Quận 3") -> Branch:
    return Branch.objects.create(name=name, code=name.lower().replace(" ", "-"))


def chair(of: Branch, name: str = "1") -> Chair:
    return Chair.objects.create(branch=of, name=name)


def dentist(of: Branch, name: str = "Trần Minh Khôi") -> Staff:
    return staff.hire(
        username=f"d-{os.urandom(4).hex()}",
        password=None,
        full_name=name,
        title="BS.",
        role=Role.DENTIST,
        branches=[of],
    )


def service(code: str = "filling", **fields: object) -> Service:
    return Service.objects.create(code=code, name=code.title(), **fields)


def patient(of: Branch, name: str = "Đặng Thị Thu Trang", phone: str = "0903418276") -> Patient:
    return people.register(
        branch=of,
        full_name=name,
        phone=phone,
        salutation="chị",
        basis=BasisKind.CARE_RELATION,
        text_version="care-2026-01",
        by=None,
    )


def at(text: str) -> dt.datetime:
    return clock.parse(text)


def slot(who: Patient, start: str, **fields: object) -> Appointment:
    fields.setdefault("branch", who.branch)
    return appointments.book(patient=who, start=at(start), **fields)  # type: ignore[arg-type]


def done(who: Patient, what: Service, by: Staff, at_: str, **fields: object) -> Treatment:
    """A treatment that was noted and is not signed."""
    fields.setdefault("branch", who.branch)
    return treatments.record(
        patient=who,
        service=what,
        dentist=by,
        done_at=at(at_),
        **fields,  # type: ignore[arg-type]
    )
