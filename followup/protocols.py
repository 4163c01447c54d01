"""Protocols: the care plans of services, versioned and approved by a dentist.

The tables are those of docs/protocols.md ("Implant", "Crown on an implant", "Filling"); those of
courses stand in `courses.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from clinics import clock
from clinics.public import Service, Staff
from followup import courses, engine
from followup.models import (
    OverWhen,
    Protocol,
    ProtocolStep,
    ProtocolVersion,
    ServiceProtocol,
    StepKind,
)
from patients.public import Treatment, treatments

Row = dict[str, object]

#: Surgery. The delivery of the crown starts a protocol of its own.
IMPLANT: list[Row] = [
    {
        "key": "I1", "kind": "ask", "purpose": "care_guide", "template": "care_guide_1",
        "day": 1, "safety": True, "silence_hours": 24,
    },
    {
        "key": "I2", "kind": "ask", "purpose": "check_trend", "template": "check_trend",
        "day": 3, "safety": True, "silence_hours": 24,
    },
    {
        "key": "I3", "kind": "revisit", "purpose": "suture", "template": "invite",
        "window_from": 7, "window_to": 14, "safety": True,
    },
    {
        "key": "I4", "kind": "revisit", "purpose": "healing", "template": "invite",
        "window_from": 25, "window_to": 40,
    },
    {
        "key": "I5", "kind": "revisit", "purpose": "integration", "template": "invite",
        "window_from": 80, "window_to": 110, "may_move_to": "3,4,5,6",
    },
    {
        "key": "I7", "kind": "recall", "purpose": "maintenance", "template": "recall",
        "window_from": 45, "window_to": 45, "every_months": 12, "by_call": True,
        "counts_as_return": True,
    },
]  # fmt: skip

#: I6: after the crown was delivered.
IMPLANT_CROWN: list[Row] = [
    {
        "key": "I6A", "kind": "ask", "purpose": "care_guide", "template": "care_guide_filling",
        "day": 1,
    },
    {
        "key": "I6B", "kind": "ask", "purpose": "check_crown", "template": "check_filling_7",
        "day": 7,
    },
]  # fmt: skip

FILLING: list[Row] = [
    {
        "key": "F1", "kind": "ask", "purpose": "care_guide", "template": "care_guide_filling",
        "day": 1,
    },
    {
        "key": "F2", "kind": "ask", "purpose": "check_filling", "template": "check_filling_3",
        "day": 3, "mandatory": False, "skip_if_fine": True,
    },
    {
        "key": "F3", "kind": "ask", "purpose": "check_filling", "template": "check_filling_7",
        "day": 7,
    },
    {
        "key": "F3R", "kind": "revisit", "purpose": "filling_check", "template": "invite",
        "window_from": 7, "window_to": 10, "only_if_asked": True,
    },
    {
        "key": "F4", "kind": "recall", "purpose": "recall", "template": "recall",
        "window_from": 30, "window_to": 30, "every_months": 6, "counts_as_return": True,
    },
]  # fmt: skip

TABLES: dict[str, tuple[str, list[Row]]] = {
    "implant": ("Implant", IMPLANT),
    "implant_crown": ("Mão trên implant", IMPLANT_CROWN),
    "filling": ("Trám răng", FILLING),
    **courses.TABLES,
}

#: What else a visit may be for and still be the visit that was wanted.
SUPERSETS: dict[str, frozenset[str]] = {
    "suture": frozenset({"healing"}),
    "recall": frozenset({"maintenance"}),
    "maintenance": frozenset({"recall"}),
}


@dataclass(frozen=True)
class Said:
    """What a treatment says to its protocol: which step of its course it was, whether the tooth
    was left open or temporised, the weeks to the next adjustment, whether the plan is closed."""

    stage: str = ""
    unsealed: bool = False
    weeks: int | None = None
    closed: bool = False


NOTHING = Said()


def said_of(treatment: Treatment) -> Said:
    """What this treatment says."""
    return Said(
        stage=treatment.stage,
        unsealed=bool(treatment.tooth_left),
        weeks=treatments.weeks_of(treatment) if treatment.stage else None,
        closed=treatment.episode.closed_at is not None,
    )


@transaction.atomic
def install(*, approved_by: Staff) -> list[ProtocolVersion]:
    """Write the protocols of docs/protocols.md as version 1, approved by a dentist, and let
    the services with the same code start them. Done again it changes nothing."""
    found = []
    for key, (name, rows) in TABLES.items():
        protocol, _ = Protocol.objects.get_or_create(key=key, defaults={"name": name})
        version, fresh = ProtocolVersion.objects.get_or_create(
            protocol=protocol,
            number=1,
            defaults={
                "approved_by": approved_by,
                "approved_at": clock.now(),
                "active": True,
                "restarts": key in courses.RESTARTS,
            },
        )
        if fresh:
            ProtocolStep.objects.bulk_create(
                ProtocolStep(version=version, position=place, **row)
                for place, row in enumerate(rows, start=1)
            )
        for service in Service.objects.filter(code=key):
            link(service=service, key=key)
        found.append(version)
    return found


def link(*, service: Service, key: str) -> ServiceProtocol:
    """Let a service start a protocol; a service starts one at most."""
    protocol = Protocol.objects.get(key=key)
    made, _ = ServiceProtocol.objects.update_or_create(
        service=service, defaults={"protocol": protocol}
    )
    return made


def active_for(service: Service) -> ProtocolVersion | None:
    """The version that a signed treatment of this service starts today, if any."""
    return (
        ProtocolVersion.objects.filter(active=True, protocol__serviceprotocol__service=service)
        .select_related("protocol")
        .prefetch_related("protocolstep_set")
        .first()
    )


def after(steps: Iterable[ProtocolStep], said: Said) -> list[ProtocolStep]:
    """The steps that follow a treatment, by which step of its course it was. A finished plan
    has no more of its own visits."""
    return [
        step
        for step in steps
        if (not step.stages or said.stage in step.stages.split(","))
        and not (said.closed and step.over_when == OverWhen.CLOSED)
    ]


def rules(steps: Iterable[ProtocolStep], said: Said) -> list[engine.StepRule]:
    """The steps as the time rules see them after this treatment."""
    return [rule(step, said) for step in steps]


def rule(step: ProtocolStep, said: Said = NOTHING) -> engine.StepRule:
    """One step as the time rules see it. The dentist's own weeks to the next adjustment move
    its window, which stays as wide."""
    clinician, later = step.clinician_days, 0
    if said.unsealed and step.unsealed_days is not None:
        clinician = step.unsealed_days
    if said.weeks and step.purpose == "adjustment":
        later = 7 * said.weeks - (step.window_from or 0)
    first, last = step.window_from, step.window_to
    if said.weeks and step.kind == StepKind.HINT:  # halfway to the next visit, until it is over
        first, last = min(first or 0, 7 * said.weeks // 2), 7 * said.weeks + engine.WIDTH
    return engine.StepRule(
        key=step.key,
        kind=step.kind,
        day=step.day,
        window_from=None if first is None else first + later,
        window_to=None if last is None else last + later,
        every_months=step.every_months,
        safety=step.safety,
        only_if_asked=step.only_if_asked,
        by_call=step.by_call,
        says=tuple(filter(None, step.says.split(","))),
        invite_days=step.invite_days,
        nudge_days=step.nudge_days,
        call_days=step.call_days,
        clinician_days=clinician,
    )


def serves(purpose: str, *, wanted: str) -> bool:
    """Whether a visit for `purpose` is the visit that was wanted, or more."""
    return purpose == wanted or purpose in SUPERSETS.get(wanted, frozenset())
