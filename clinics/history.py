"""Who saw and changed what: both trails read as one list, a day at a time (docs/audit.md)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.utils.translation import pgettext_lazy

from clinics import clock
from clinics.models import AuditEntry, ChangeEvent, Staff

SHOWN = 300
#: So many records of one kind opened within an hour are told as one line.
MANY = 8

#: Verbs of the reads' trail, in the clinic's words.
VERBS = {
    "patient.seen": pgettext_lazy("trail", "Opened the record"),
    "search.seen": pgettext_lazy("trail", "Found in a search"),
    "list.seen": pgettext_lazy("trail", "Shown in a list"),
    "api.seen": pgettext_lazy("trail", "Read by a program"),
    "list.exported": pgettext_lazy("trail", "Took out as a file"),
    "trail.seen": pgettext_lazy("trail", "Looked up who saw and changed what"),
    "phone.revealed": pgettext_lazy("trail", "Saw the phone number in full"),
    "appointment.overbooked": pgettext_lazy(
        "trail", "Booked over another appointment or outside a shift"
    ),
    "signed.in": pgettext_lazy("trail", "Signed in"),
    "password.set": pgettext_lazy("trail", "Chose a new password"),
    "channel.connected": pgettext_lazy("trail", "Connected an account to send messages by"),
    "channel.changed": pgettext_lazy("trail", "Changed an account that messages go by"),
    "channel.stopped": pgettext_lazy("trail", "Switched an account off"),
    "channel.started": pgettext_lazy("trail", "Switched an account on"),
    "channel.allowed": pgettext_lazy("trail", "Allowed the clinic's use of an account"),
    "channel.tried": pgettext_lazy("trail", "Sent a test message"),
    "checklist.put_away": pgettext_lazy("trail", "Put the list of first steps away"),
}
#: Tracked tables, in the clinic's words.
THINGS = {
    "clinics_profile": pgettext_lazy("trail", "the clinic's profile"),
    "clinics_branch": pgettext_lazy("trail", "a branch"),
    "clinics_closingday": pgettext_lazy("trail", "a closing day"),
    "clinics_chair": pgettext_lazy("trail", "a chair"),
    "clinics_service": pgettext_lazy("trail", "a service"),
    "clinics_staff": pgettext_lazy("trail", "a staff member"),
    "clinics_staff_branches": pgettext_lazy("trail", "where somebody works"),
    "clinics_invitation": pgettext_lazy("trail", "an invitation"),
    "clinics_shift": pgettext_lazy("trail", "a shift"),
    "clinics_dayoff": pgettext_lazy("trail", "somebody's day off"),
    "clinics_alert": pgettext_lazy("trail", "a matter of the clinic"),
    "patients_patient": pgettext_lazy("trail", "the patient's record"),
    "patients_contactpoint": pgettext_lazy("trail", "a phone number"),
    "patients_patientcontactpoint": pgettext_lazy("trail", "whose number it is"),
    "patients_basis": pgettext_lazy("trail", "a consent or refusal"),
    "patients_appointment": pgettext_lazy("trail", "an appointment"),
    "patients_episode": pgettext_lazy("trail", "a plan"),
    "patients_treatment": pgettext_lazy("trail", "a treatment"),
    "patients_visit": pgettext_lazy("trail", "a visit"),
    "patients_tie": pgettext_lazy("trail", "the family"),
    "patients_careassignment": pgettext_lazy("trail", "who looks after the patient"),
    "messaging_call": pgettext_lazy("trail", "a call"),
    "messaging_quickreply": pgettext_lazy("trail", "a quick reply"),
    "messaging_template": pgettext_lazy("trail", "a message text"),
    "messaging_templateparam": pgettext_lazy("trail", "what a message text leaves blank"),
    "messaging_spendinglimit": pgettext_lazy("trail", "what messages may cost in a month"),
    "messaging_guide": pgettext_lazy("trail", "the words of a care guide"),
    "messaging_guidepicture": pgettext_lazy("trail", "a picture of a care guide"),
    "messaging_guidevideo": pgettext_lazy("trail", "a film of a care guide"),
    "patients_importbatch": pgettext_lazy("trail", "an import"),
    "kpi_leakverdict": pgettext_lazy("trail", "a verdict on a case of leaked data"),
}
_PROTOCOL = pgettext_lazy("trail", "a care protocol")
DEEDS = {
    "insert": pgettext_lazy("a deed", "Wrote down"),
    "update": pgettext_lazy("a deed", "Changed"),
    "delete": pgettext_lazy("a deed", "Deleted"),
}
#: Columns people know by a word; the others are not named.
COLUMNS = {
    "full_name": pgettext_lazy("trail", "name"),
    "birth_date": pgettext_lazy("trail", "birth date"),
    "salutation": pgettext_lazy("trail", "how she is spoken to"),
    "preferred_hour": pgettext_lazy("trail", "preferred hour"),
    "language": pgettext_lazy("trail", "language"),
    "during": pgettext_lazy("trail", "time"),
    "on_date": pgettext_lazy("trail", "day"),
    "status": pgettext_lazy("trail", "status"),
    "outcome": pgettext_lazy("trail", "outcome"),
    "dentist_id": pgettext_lazy("trail", "dentist"),
    "chair_id": pgettext_lazy("trail", "chair"),
    "branch_id": pgettext_lazy("trail", "branch"),
    "service_id": pgettext_lazy("trail", "service"),
    "reason": pgettext_lazy("trail", "reason"),
    "tooth": pgettext_lazy("trail", "tooth"),
    "agreed_value": pgettext_lazy("trail", "agreed price"),
    "price": pgettext_lazy("trail", "price"),
    "role": pgettext_lazy("trail", "role"),
    "is_active": pgettext_lazy("trail", "active or not"),
    "signed_at": pgettext_lazy("trail", "signature"),
    "voided_at": pgettext_lazy("trail", "voided"),
    "ended_at": pgettext_lazy("trail", "no longer used"),
    "closed_at": pgettext_lazy("trail", "finished"),
    "opens_at": pgettext_lazy("trail", "opening hour"),
    "closes_at": pgettext_lazy("trail", "closing hour"),
    "starts_at": pgettext_lazy("trail", "begin"),
    "ends_at": pgettext_lazy("trail", "end"),
}


@dataclass(frozen=True)
class Line:
    """One deed: several rows of one request and kind are one line."""

    at: dt.datetime
    who: str  # "" = the product itself, or the patient by her link
    what: str
    columns: list[str] = field(default_factory=list)
    times: int = 1
    subject: UUID | None = None  # the one patient whose record was shown
    outside: bool = False  # written past the product
    since: dt.datetime | None = None  # of many reads told as one: when the first was
    whose: list[UUID] = field(default_factory=list)  # and of whom, the latest first


@dataclass(frozen=True)
class Day:
    """One day's lines, newest first, and the days around it that have something."""

    day: dt.date
    lines: list[Line]
    cut: bool  # there are more than are shown
    earlier: dt.date | None
    later: dt.date | None


def of_patient(
    *, uid: UUID, pk: int, numbers: Iterable[int] = (), day: dt.date | None = None
) -> Day:
    """What was seen and changed of one patient; `numbers` are the ids of her contact points."""
    entries = AuditEntry.objects.filter(Q(subject=uid) | Q(subjects__contains=[uid]))
    changes = ChangeEvent.objects.filter(
        Q(patient_id=pk) | Q(kind="patients_contactpoint", object_id__in=list(numbers))
    )
    return _day(entries, changes, day)


def of_staff(person: Staff, *, day: dt.date | None = None) -> Day:
    """What one person saw and changed; record after record within an hour is one line."""
    entries = AuditEntry.objects.filter(actor=person)
    seen = _day(entries, ChangeEvent.objects.filter(actor=person), day)
    return replace(seen, lines=_told_shortly(seen.lines))


@dataclass(frozen=True)
class Was:
    """What a column of one row held before somebody changed it."""

    object_id: int
    at: dt.datetime
    who: str  # "" = the product itself
    value: Any


def former_values(*, kind: str, column: str, patient_id: int, ids: Iterable[int]) -> list[Was]:
    """The former values of a column of these rows of a patient, the oldest first; one statement.

    What was redacted is left out.
    """
    rows = ChangeEvent.objects.filter(
        patient_id=patient_id,
        kind=kind,
        deed="update",
        object_id__in=list(ids),
        fields__contains=[column],
        before__isnull=False,
    ).select_related("actor")
    return [
        Was(row.object_id or 0, row.happened_at, str(row.actor or ""), (row.before or {})[column])
        for row in rows.order_by("happened_at", "id")
    ]


def typed_day(said: str) -> dt.date | None:
    """The day of an address (?day=2026-11-17); anything else is none."""
    try:
        return dt.date.fromisoformat(said)
    except ValueError:
        return None


def _day(entries: QuerySet[AuditEntry], changes: QuerySet[ChangeEvent], day: dt.date | None) -> Day:
    """The day asked for; without one, the newest that has something."""
    trails: tuple[QuerySet[Any], ...] = (entries, changes)
    day = day or _nearest(trails, before=clock.now() + dt.timedelta(days=1)) or clock.today()
    begins, ends = clock.day_bounds(day)
    seen = [
        list(
            trail.filter(happened_at__gte=begins, happened_at__lt=ends)
            .select_related("actor")
            .order_by("-happened_at", "-id")[: SHOWN + 1]
        )
        for trail in trails
    ]
    lines = _together([*map(_read, seen[0]), *_changed(seen[1])])
    return Day(
        day=day,
        lines=lines[:SHOWN],
        cut=max(map(len, seen)) > SHOWN or len(lines) > SHOWN,
        earlier=_nearest(trails, before=begins),
        later=_first_after(trails, ends),
    )


def _told_shortly(lines: list[Line]) -> list[Line]:
    """Reads of single records, many of one kind in an hour of the clock, as one line each, at
    the place of the latest."""
    kinds: dict[tuple[str, dt.datetime], list[Line]] = defaultdict(list)
    for line in lines:
        if line.subject is not None:
            hour = line.at.replace(minute=0, second=0, microsecond=0)
            kinds[line.what, hour].append(line)
    crowds = {id(many[0]): many for many in kinds.values() if len(many) >= MANY}
    within = {id(line) for many in crowds.values() for line in many}
    return [
        _one_of_many(crowds[id(line)]) if id(line) in crowds else line
        for line in lines
        if id(line) in crowds or id(line) not in within
    ]


def _one_of_many(many: list[Line]) -> Line:
    whose = list(dict.fromkeys(line.subject for line in many if line.subject is not None))
    return replace(
        many[0], times=len(many), subject=None, since=many[-1].at, whose=whose
    )  # fmt: skip


def _nearest(trails: tuple[QuerySet[Any], ...], *, before: dt.datetime) -> dt.date | None:
    newest = [
        trail.filter(happened_at__lt=before).aggregate(at=Max("happened_at"))["at"]
        for trail in trails
    ]
    return max((clock.day_of(at) for at in newest if at), default=None)


def _first_after(trails: tuple[QuerySet[Any], ...], after: dt.datetime) -> dt.date | None:
    first = [
        trail.filter(happened_at__gte=after).order_by("happened_at").first() for trail in trails
    ]
    return min((clock.day_of(one.happened_at) for one in first if one), default=None)


def _together(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _read(entry: AuditEntry) -> Line:
    said = str(VERBS.get(entry.verb, entry.verb))
    whose = entry.subject if entry.verb.endswith((".seen", ".revealed")) else None
    times = len(entry.subjects or [1])
    return Line(entry.happened_at, str(entry.actor or ""), said, times=times, subject=whose)


def _changed(events: list[ChangeEvent]) -> list[Line]:
    lines: dict[tuple[Any, ...], Line] = {}
    for event in events:
        key = (event.request or event.pk, event.actor_id, event.kind, event.deed)
        line = _line(event)
        known = lines.get(key)
        if known is None:
            lines[key] = line
        else:
            columns = list(dict.fromkeys([*known.columns, *line.columns]))
            lines[key] = replace(known, columns=columns, times=known.times + line.times)
    return list(lines.values())


def _line(event: ChangeEvent) -> Line:
    thing = THINGS.get(event.kind, _PROTOCOL)
    return Line(
        at=event.happened_at,
        who=str(event.actor or ""),
        what=f"{DEEDS[event.deed]} {thing}",
        columns=[str(COLUMNS[name]) for name in event.fields if name in COLUMNS],
        times=event.rows,
        outside=event.source == "",
    )
