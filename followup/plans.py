"""The care plans as a dentist reads them before she takes them into use (docs/protocols.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import npgettext, pgettext

from clinics.public import Service
from followup import hints, protocols, reasons
from followup.courses import OPTIONAL
from followup.models import ProtocolStep, ProtocolVersion, StepKind
from patients.public import Stage


@dataclass(frozen=True)
class Step:
    """When something is said or wanted after the treatment, and what."""

    when: str
    what: str
    only: str  # after which step of a course; "" = after each treatment


@dataclass(frozen=True)
class Plan:
    """One care plan; not approved, nothing of it is said."""

    key: str
    name: str
    steps: list[Step]
    services: list[str]  # those whose signature begins it
    approved_by: str
    approved_at: dt.datetime | None
    hints: bool | None = None  # whether its hints are in use; none = it has none


def every() -> list[Plan]:
    """All care plans, in use or not; three statements."""
    active = {
        version.protocol.key: version
        for version in ProtocolVersion.objects.filter(active=True)
        .select_related("protocol", "approved_by")
        .prefetch_related("protocolstep_set", "protocol__serviceprotocol_set__service")
    }
    codes = {service.code: service.name for service in Service.objects.filter(is_active=True)}
    return [
        _in_use(key, active[key]) if key in active else _waiting(key, name, rows, codes)
        for key, (name, rows) in protocols.TABLES.items()
    ]


def _in_use(key: str, version: ProtocolVersion) -> Plan:
    return Plan(
        key=key,
        name=version.protocol.name,
        steps=_steps(version.protocolstep_set.all()),
        services=[
            link.service.name
            for link in version.protocol.serviceprotocol_set.all()
            if link.service.is_active
        ],
        approved_by=version.approved_by.short_name if version.approved_by else "",
        approved_at=version.approved_at,
        hints=hints.switched_on(version.protocolstep_set.all()) if key in OPTIONAL else None,
    )


def _waiting(key: str, name: str, rows: list[dict[str, Any]], codes: dict[str, str]) -> Plan:
    steps = _steps(ProtocolStep(**row) for row in rows)
    return Plan(key, name, steps, [codes[key]] if key in codes else [], "", None)


def _steps(rows: Iterable[ProtocolStep]) -> list[Step]:
    return [Step(_when(row), _what(row), _only(row)) for row in rows]


def _only(row: ProtocolStep) -> str:
    return ", ".join(str(Stage(stage).label) for stage in row.stages.split(",") if stage)


def _what(row: ProtocolStep) -> str:
    words = str(reasons.TITLES.get(row.purpose, row.purpose)) % {"n": row.day or ""}
    return words[:1].upper() + words[1:]


def _when(row: ProtocolStep) -> str:
    if row.kind == StepKind.ASK:
        return pgettext("care plan", "day %(n)s") % {"n": row.day}
    if row.kind == StepKind.HINT:
        words = pgettext("care plan", "once a month, from day %(n)s, for who agreed")
        return words % {"n": row.window_from}
    if row.kind == StepKind.RECALL and row.every_months:
        months = row.every_months
        if row.rounds == 1:
            words = npgettext(
                "care plan", "once after %(n)s month", "once after %(n)s months", months
            )
        else:
            words = npgettext("care plan", "every %(n)s month", "every %(n)s months", months)
        return words % {"n": months}
    between = {"first": row.window_from, "last": row.window_to}
    return pgettext("care plan", "day %(first)s to %(last)s") % between


def in_use() -> int:
    """How many care plans a dentist has taken into use; one statement."""
    return ProtocolVersion.objects.filter(active=True).count()
