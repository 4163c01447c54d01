"""On what basis we may write to a patient, and what she refused (docs/patients.md).

Rows are appended. For a purpose, the newest row of a channel and the newest row for all channels
hold together; if either is a refusal, it wins. What an undone import noted does not count.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet

from clinics import clock
from clinics.public import Staff
from patients import events
from patients.models import Basis, BasisKind, Channel, Patient, Purpose

ALL = ""  # a row without a channel


@dataclass(frozen=True)
class Verdict:
    """May we write? `reason`: consent, care_relation, refused or no_basis; `since` when noted."""

    allowed: bool
    reason: str
    since: dt.datetime | None
    text_version: str = ""


NO_BASIS = Verdict(False, "no_basis", None)


@transaction.atomic
def note(
    *,
    patient: Patient,
    purpose: str,
    kind: str,
    text_version: str,
    channel: str = ALL,
    source: str = "desk",
    by: Staff | None = None,
) -> Basis:
    """Record a consent, or the care relationship, with the version of the text it was given on.

    The care relationship is a basis for care messages only (ValueError otherwise).
    """
    if kind == BasisKind.CARE_RELATION and purpose != Purpose.CARE:
        raise ValueError("The care relationship is a basis for care messages only.")
    return _append(
        Basis(
            patient=patient,
            purpose=purpose,
            channel=channel,
            kind=kind,
            text_version=text_version,
            source=source,
            noted_by=by,
            recorded_at=clock.now(),
        ),
        by,
    )


def refuse(
    *,
    patient: Patient,
    purpose: str,
    channel: str = ALL,
    source: str = "desk",
    by: Staff | None = None,
) -> Basis:
    """Record that she does not want this; it wins over every basis from now on."""
    return note(
        patient=patient,
        purpose=purpose,
        kind=BasisKind.REFUSAL,
        text_version="",
        channel=channel,
        source=source,
        by=by,
    )


def _append(row: Basis, by: Staff | None) -> Basis:
    """Add a row unless it says what already holds (a press twice tells no news)."""
    newest = (
        _standing(Basis.objects.filter(patient=row.patient, purpose=row.purpose))
        .filter(channel=row.channel)
        .order_by("-recorded_at", "-id")
        .first()
    )
    if newest and (newest.kind, newest.text_version) == (row.kind, row.text_version):
        return newest
    row.save(force_insert=True)
    events.basis_changed.tell(events.BasisNews(patient=row.patient, basis=row, by=by))
    return row


def _standing(rows: QuerySet[Basis]) -> QuerySet[Basis]:
    return rows.filter(Q(import_batch__isnull=True) | Q(import_batch__undone_at__isnull=True))


def verdicts(patient_ids: Collection[int], purpose: str) -> dict[int, dict[str, Verdict]]:
    """Per patient and channel, whether we may write for this purpose; one statement."""
    rows = (
        _standing(Basis.objects.filter(patient_id__in=patient_ids, purpose=purpose))
        .order_by("recorded_at", "id")
        .only("patient_id", "channel", "kind", "text_version", "recorded_at", "purpose")
    )
    newest: dict[int, dict[str, Basis]] = defaultdict(dict)
    for row in rows:
        newest[row.patient_id][row.channel] = row  # later rows replace earlier ones
    return {
        patient_id: {
            channel: judge(newest[patient_id].get(channel), newest[patient_id].get(ALL))
            for channel in Channel.values
        }
        for patient_id in patient_ids
    }


def judge(own: Basis | None, general: Basis | None) -> Verdict:
    """What the newest row of the channel and the newest row for all channels say together."""
    rows = [row for row in (own, general) if row is not None]
    if not rows:
        return NO_BASIS
    for row in rows:
        if row.kind == BasisKind.REFUSAL:
            return Verdict(False, "refused", row.recorded_at)
    best = max(rows, key=lambda row: row.recorded_at)
    return Verdict(True, best.kind, best.recorded_at, best.text_version)


@dataclass(frozen=True)
class Line:
    """One row of the table on a patient's page: a purpose, and what holds per channel."""

    purpose: str
    label: str
    channels: dict[str, Verdict]


def table(patient: Patient) -> list[Line]:
    """What she may be written for, by purpose and channel; one statement."""
    rows = _standing(Basis.objects.filter(patient=patient)).order_by("recorded_at", "id")
    newest: dict[tuple[str, str], Basis] = {(row.purpose, row.channel): row for row in rows}
    return [
        Line(
            purpose=purpose.value,
            label=str(purpose.label),
            channels={
                channel: judge(newest.get((purpose, channel)), newest.get((purpose, ALL)))
                for channel in Channel.values
            },
        )
        for purpose in Purpose
    ]


def history(patient: Patient) -> Iterable[Basis]:
    """Every row noted for her, newest first."""
    return (
        Basis.objects.filter(patient=patient)
        .select_related("noted_by", "import_batch")
        .order_by("-recorded_at", "-id")
    )
