"""Who is behind an address that wrote to us: a number, or an identity at Zalo (docs/inbox.md)."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from clinics import clock
from patients.models import ContactPoint, ContactPointKind, Patient, PatientContactPoint


def behind(kind: str, value: str) -> list[Patient]:
    """The patients reached by an address, her own before a relative's; one statement."""
    return many([(kind, value)]).get((kind, value), [])


def many(addresses: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[Patient]]:
    """The patients behind each of these addresses (kind, value); one statement."""
    found: dict[tuple[str, str], list[Patient]] = {}
    if not addresses:
        return found
    rows = (
        PatientContactPoint.objects.filter(
            contact_point__value__in={value for _kind, value in addresses},
            ended_at__isnull=True,
            patient__voided_at__isnull=True,
            patient__deceased_on__isnull=True,
        )
        .select_related("patient__branch", "contact_point")
        .order_by("relation", "patient__sort_key", "patient_id")
    )
    for row in rows:
        key = (row.contact_point.kind, row.contact_point.value)
        if key in addresses:
            found.setdefault(key, []).append(row.patient)
    return found


@transaction.atomic
def attach_zalo(*, patient: Patient, value: str) -> ContactPoint:
    """She is known at an Official Account as `value` ("<OA>/<user id>"). Told again, nothing
    changes. A user is one person: whoever had this identity has it no longer."""
    point, _made = ContactPoint.objects.get_or_create(
        kind=ContactPointKind.ZALO,
        value=value,
        defaults={
            "reversed_value": "",  # nobody looks for it by its last digits
            "typed": value,
            "can_sms": False,
            "recorded_at": clock.now(),
        },
    )
    standing = PatientContactPoint.objects.filter(contact_point=point, ended_at__isnull=True)
    standing.exclude(patient=patient).update(ended_at=clock.now())
    if not standing.filter(patient=patient).exists():
        PatientContactPoint.objects.create(patient=patient, contact_point=point)
    return point


def detach_zalo(*, value: str) -> int:
    """Nobody is reached as this user any more. Returns of how many patients it was."""
    return PatientContactPoint.objects.filter(
        contact_point__kind=ContactPointKind.ZALO, contact_point__value=value, ended_at__isnull=True
    ).update(ended_at=clock.now())
