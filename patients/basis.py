"""On what basis we may write to a patient, and what she refused (docs/patients.md).

Rows are appended. For a purpose, the newest row of a channel and the newest row for all channels
hold together; if either is a refusal, it wins. What an undone import noted does not count.
What was agreed for a child that somebody speaks for ends on the 18th birthday; refusals stand.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from clinics import clock
from clinics.public import Staff
from patients import ages, events
from patients.models import Basis, BasisKind, Channel, Patient, Purpose, Tie

ALL = ""  # a row without a channel
#: The version of the words she is told when she is asked for hints (they stand on her page).
CONTENT_TEXT = "content-2026-11"


@dataclass(frozen=True)
class Verdict:
    """May we write? `reason`: consent, care_relation, refused, no_basis, or of_age (what stood was
    said for her as a child); `since` when noted, or the first moment of her 18th birthday."""

    allowed: bool
    reason: str
    since: dt.datetime | None
    text_version: str = ""


NO_BASIS = Verdict(False, "no_basis", None)


def text_of(purpose: str, usual: str) -> str:
    """The version of the text a consent is given on: of hints their own, else the clinic's."""
    return CONTENT_TEXT if purpose == Purpose.CONTENT else usual


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
    hold(_spoken_for(patient))
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


def hold(patient_ids: Iterable[int]) -> None:
    """Until this transaction ends nobody consents or refuses for them: who decides whether to
    write decides on what stands, and a refusal waits for it, then stops what came of it."""
    rows = Patient.objects.filter(pk__in=set(patient_ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _spoken_for(patient: Patient) -> list[int]:
    """Her, and the children whose messages go to her."""
    children = Tie.objects.filter(relative=patient, is_guardian=True, ended_at__isnull=True)
    return [patient.pk, *children.values_list("patient_id", flat=True)]


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
    same = newest and (newest.kind, newest.text_version) == (row.kind, row.text_version)
    if newest and same and not _of_a_child(newest):
        return newest
    row.save(force_insert=True)
    events.basis_changed.tell(events.BasisNews(patient=row.patient, basis=row, by=by))
    return row


def _of_a_child(row: Basis) -> bool:
    """Whether it was said before she came of age, so that it may have to be said anew."""
    day = ages.of_age_on(row.patient)
    return day is not None and clock.day_of(row.recorded_at) < day <= clock.today()


def _standing(rows: QuerySet[Basis]) -> QuerySet[Basis]:
    return rows.filter(Q(import_batch__isnull=True) | Q(import_batch__undone_at__isnull=True))


def verdicts(patient_ids: Collection[int], purpose: str) -> dict[int, dict[str, Verdict]]:
    """Per patient and channel, whether we may write for this purpose; one statement."""
    rows = _spoken(Basis.objects.filter(patient_id__in=patient_ids, purpose=purpose)).only(
        "patient_id", "channel", "kind", "text_version", "recorded_at", "purpose",
        "patient__birth_date", "patient__age_years", "patient__age_on",
    )  # fmt: skip
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


def _spoken(rows: QuerySet[Basis]) -> QuerySet[Basis]:
    """What stands, the oldest first, with what `_outgrown` asks: whether somebody speaks for her,
    and when she is of age."""
    speaks = Tie.objects.filter(patient=OuterRef("patient"), is_guardian=True)
    return (
        _standing(rows)
        .annotate(guarded=Exists(speaks))
        .select_related("patient")
        .order_by("recorded_at", "id")
    )


def _outgrown(row: Basis) -> dt.date | None:
    """The 18th birthday, when it has ended what this row says."""
    day = ages.of_age_on(row.patient) if row.guarded else None  # type: ignore[attr-defined]
    if row.kind == BasisKind.REFUSAL or day is None or day > clock.today():
        return None
    return day if clock.day_of(row.recorded_at) < day else None


def judge(own: Basis | None, general: Basis | None) -> Verdict:
    """What the newest row of the channel and the newest row for all channels say together."""
    rows = [row for row in (own, general) if row is not None]
    if not rows:
        return NO_BASIS
    for row in rows:
        if row.kind == BasisKind.REFUSAL:
            return Verdict(False, "refused", row.recorded_at)
    birthdays = [day for row in rows if (day := _outgrown(row))]
    rows = [row for row in rows if _outgrown(row) is None]
    if not rows:
        return Verdict(False, "of_age", clock.day_bounds(max(birthdays))[0])
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
    rows = _spoken(Basis.objects.filter(patient=patient))
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
