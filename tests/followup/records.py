"""Rows the tests of this app start from, made by the public verbs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from clinics import clock
from clinics.public import Branch, Role, Service, Staff, staff
from followup.models import Contact
from followup.public import protocols
from messaging import purposes, registering
from messaging.public import accounts
from patients.public import BasisKind, Patient, Treatment, people, treatments

TEXTS = (
    "booking_confirmation", "reminder", "care_guide_1", "check_trend", "care_guide_filling",
    "check_filling_3", "check_filling_7", "invite", "nudge", "recall",
    "check_pain", "check_week", "restore", "missed_care", "missed_offer", "hint",
)  # fmt: skip


@dataclass(frozen=True)
class House:
    """A branch with a dentist, an implant and a filling service, and both channels."""

    branch: Branch
    dentist: Staff
    implant: Service
    filling: Service


def house(*, channels: bool = True) -> House:
    branch = Branch.objects.create(name="Quận 3", code="q3")
    dentist = staff.hire(
        username="khoi",
        password=None,
        full_name="Hoàng Minh Khôi",
        title="BS.",
        role=Role.DENTIST,
        branches=[branch],
    )
    made = House(
        branch,
        dentist,
        Service.objects.create(
            code="implant", name="Cấy implant", single_visit=False, surgical=True, by_tooth=True
        ),
        Service.objects.create(code="filling", name="Trám răng", by_tooth=True),
    )
    protocols.install(approved_by=dentist)
    if channels:
        connect()
    return made


def connect() -> None:
    """A Zalo account and a brand name, with every text; nothing is sent in these tests."""
    zalo = accounts.connect_zalo(
        name="An Tâm", oa_id="1", app_id="2", app_secret="a", oa_secret="b",
        access_token="c", refresh_token="d",
    )  # fmt: skip
    esms = accounts.connect_esms(name="An Tâm", brand_name="AnTam", api_key="a", secret_key="b")
    for account, channel in ((zalo, "zalo"), (esms, "sms")):
        for key in TEXTS:
            registering.register(
                key=key,
                account=account,
                channel=channel,
                purpose=purposes.purpose_of(key),
                body="Chào {{ full_call }} {{ link }}",
                params=("full_call", "link"),
                provider_id=f"{key}-1",
            )


def patient(of: House, name: str = "Hồ Quang Hiếu", phone: str = "0912345384") -> Patient:
    return people.register(
        branch=of.branch,
        full_name=name,
        phone=phone,
        salutation="anh",
        basis=BasisKind.CARE_RELATION,
        text_version="care-2026-01",
        by=None,
    )


def treat(
    of: House,
    who: Patient,
    service: Service,
    *,
    done: str | None = None,
    tooth: int = 36,
    **more: object,
) -> Treatment:
    """Done (now, or then) and signed now."""
    row = treatments.record(
        patient=who,
        service=service,
        dentist=of.dentist,
        done_at=clock.parse(done) if done else clock.now(),
        branch=of.branch,
        tooth=tooth,
        **more,  # type: ignore[arg-type]
    )
    return treatments.sign(row, by=of.dentist)


def contact(who: Patient, step: str, kind: str = "ask") -> Contact:
    return Contact.objects.get(patient=who, step__key=step, kind=kind, cycle=0)


def ended(row: Contact) -> str:
    """`end:reason` of its decision, or `waiting:reason` of its last deferral, or `waiting`."""
    row = Contact.objects.get(pk=row.pk)
    decision = getattr(row, "decision", None)
    if decision is not None:
        assert row.due_at is None
        return f"{decision.end}:{decision.reason}"
    assert row.due_at is not None
    put_off = row.deferral_set.order_by("id").last()
    return f"waiting:{put_off.reason}" if put_off else "waiting"


def local(moment: dt.datetime | None) -> str:
    return f"{clock.local(moment):%d/%m %H:%M}" if moment else ""
