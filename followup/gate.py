"""The gate: every due contact is decided once, at the moment it would be said.

Facts are read for a whole batch (`facts.py`), the decision is pure (`judgement.py`), and what
comes of it is written with it in one transaction: a decision or a deferral, a queued message,
a task (docs/protocols.md, "At the gate").
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Min

from clinics import clock
from clinics.public import places
from followup import contacts, enrolments, facts, lapsed, sql, tasks, wording
from followup.judgement import Fail, GiveTask, Send, Stop, Verdict, Wait, judge
from followup.models import (
    Contact,
    ContactKind,
    Decision,
    DecisionEnd,
    Deferral,
    TaskKind,
)
from messaging.public import outbox, routes
from patients.public import Purpose, basis, guardians

BATCH = 500
#: A message about an appointment that was not delivered goes the next way after this, although
#: the first may still arrive: after an hour when the appointment is near, in any case an hour
#: before it.
LIMIT = dt.timedelta(hours=4)
NEAR, NEAR_LIMIT = dt.timedelta(hours=24), dt.timedelta(minutes=60)
BEFORE_START = dt.timedelta(minutes=60)

Judged = list[tuple[Contact, Verdict]]


def decide_due() -> None:
    """Decide everything that is due, batch by batch, each in its own transaction."""
    while decide_batch() == BATCH:
        pass


def next_due() -> dt.datetime | None:
    """When the next contact will be due."""
    at: dt.datetime | None = Contact.objects.filter(due_at__isnull=False).aggregate(
        at=Min("due_at")
    )["at"]
    return at


@transaction.atomic
def decide_batch(limit: int = BATCH) -> int:
    """Claim and decide up to `limit` due contacts. Returns how many there were."""
    ids = sql.claim(clock.now(), limit)
    if not ids:
        return 0
    batch = list(
        Contact.objects.filter(pk__in=ids)
        .select_related(
            "patient",
            "branch",
            "step",
            "appointment__dentist",
            "enrolment__treatment__dentist",
            "enrolment__branch",
            "import_batch",
            "sequence__appointment__dentist",
            "sequence__appointment__service",
            "sequence__appointment__branch",
            "sequence__appointment__chair",
        )
        .order_by("due_at", "id")
    )
    basis.hold(row.patient_id for row in batch)
    known = facts.load(batch)
    judged: Judged = [(row, judge(facts.of(row, known))) for row in batch]
    _write(judged, known)
    return len(batch)


def _write(judged: Judged, known: facts.Known) -> None:
    merged = _merged(judged)
    _defer(judged, known.now)
    _decide(judged, merged, known.now, known.through)
    said = [row for row, verdict in judged if isinstance(verdict, Send) and row.pk not in merged]
    _queue(said, judged, known)
    _listen_for_silence(said, known.now)
    _give(judged)
    ended = [row for row, verdict in judged if not isinstance(verdict, Wait)]
    enrolments.close_rounds(ended)
    lapsed.next_year([row for row, verdict in judged if not isinstance(verdict, Wait | Stop)])


def _merged(judged: Judged) -> dict[int, Contact]:
    """Of messages of one kind to one patient due together, the first is said for all: visits of
    one day, checks of two treatments done together."""
    first: dict[tuple[object, ...], Contact] = {}
    found: dict[int, Contact] = {}
    for row, verdict in judged:
        if not isinstance(verdict, Send):
            continue
        day = row.appointment.on_date if row.appointment else clock.day_of(row.planned_for)
        key = (row.patient_id, row.kind, row.template, day)
        if key in first:
            found[row.pk] = first[key]
        else:
            first[key] = row
    return found


def _defer(judged: Judged, now: dt.datetime) -> None:
    waits = [(row, verdict) for row, verdict in judged if isinstance(verdict, Wait)]
    Deferral.objects.bulk_create(
        Deferral(contact=row, from_at=now, until=wait.until, reason=wait.reason)
        for row, wait in waits
    )
    by_time: dict[dt.datetime, list[int]] = defaultdict(list)
    for row, wait in waits:
        by_time[wait.until].append(row.pk)
    for until, ids in by_time.items():
        Contact.objects.filter(pk__in=ids).update(due_at=until)


def _decide(
    judged: Judged,
    merged: dict[int, Contact],
    now: dt.datetime,
    through: dict[int, guardians.Receiver],
) -> None:
    ends = {Send: DecisionEnd.SENT, Stop: DecisionEnd.STOPPED, Fail: DecisionEnd.FAILED}
    rows = []
    for row, verdict in judged:
        if isinstance(verdict, Wait):
            continue
        target = merged.get(row.pk)
        end = DecisionEnd.MERGED if target else ends.get(type(verdict), DecisionEnd.TASK)
        reason = "together" if target else verdict.reason
        to = through.get(row.patient_id) if end == DecisionEnd.SENT else None
        rows.append(
            Decision(
                contact=row,
                end=end,
                reason=reason,
                merged_into=target,
                decided_at=now,
                receiver=to.patient if to else None,
                receiver_is=to.relation if to else "",
            )
        )
    Decision.objects.bulk_create(rows)
    Contact.objects.filter(pk__in=[row.contact_id for row in rows]).update(due_at=None)


def _queue(said: Sequence[Contact], judged: Judged, known: facts.Known) -> None:
    if not said:
        return
    profile = places.profile()
    used = facts.other_channel(said)
    channels = {row.pk: verdict.channels for row, verdict in judged if isinstance(verdict, Send)}
    sayings = []
    for row in said:
        allowed = channels[row.pk]
        ways = [way for way in known.reach[facts.want(row)].routes if way.channel in allowed]
        ways.sort(key=lambda way: way.channel in used.get(row.pk, set()))  # stable: order kept
        sayings.append(
            outbox.Saying(
                intent=row.uid,
                patient=row.patient,
                branch=row.branch,
                route=ways[0],
                values=wording.values(row, profile, known.through.get(row.patient_id)),
                safety=row.safety,
                limit_at=_limit(row, known.now),
                valid_until=contacts.start_of(row.appointment) if row.appointment else None,
                allowed_channels=known_channels(row, known),
                purpose=Purpose.CONTENT if row.kind == ContactKind.HINT else Purpose.CARE,
            )
        )
    outbox.queue(sayings)


def known_channels(contact: Contact, known: facts.Known) -> list[str]:
    """The channels she may be written to on, for a fallback to look for its way."""
    bases = facts.bases_of(contact, known)
    return [channel for channel in routes.channels() if bases[channel].allowed]


def _limit(contact: Contact, now: dt.datetime) -> dt.datetime | None:
    if contact.appointment is None:
        return None
    start = contacts.start_of(contact.appointment)
    within = NEAR_LIMIT if start - now < NEAR else LIMIT
    return min(now + within, start - BEFORE_START)


def _listen_for_silence(said: Sequence[Contact], now: dt.datetime) -> None:
    """After a question that must be answered: a call, if nothing has come back by then."""
    asked = [row for row in said if row.step is not None and row.step.silence_hours]
    rows = []
    for row in asked:
        hours = row.step.silence_hours if row.step else None
        at = now + dt.timedelta(hours=hours or 24)
        rows.append(
            Contact(
                kind=ContactKind.CALL,
                patient_id=row.patient_id,
                branch_id=row.branch_id,
                enrolment_id=row.enrolment_id,
                step_id=row.step_id,
                cycle=row.cycle,
                template="",
                safety=True,
                planned_for=at,
                due_at=at,
                created_at=now,
            )
        )
    Contact.objects.bulk_create(rows, ignore_conflicts=True)


_TASKS = {
    "silence": TaskKind.SILENCE,
    "not_booked": TaskKind.CALL,
    "dentist_decides": TaskKind.CLINICIAN,
    "missed": TaskKind.CALL,
    "lapsed": TaskKind.CALL,
}


def _give(judged: Judged) -> None:
    for row, verdict in judged:
        if not isinstance(verdict, GiveTask):
            continue
        treatment = row.enrolment.treatment if row.enrolment else None
        kind = _TASKS[verdict.reason]
        tasks.give(
            kind=kind,
            patient=row.patient,
            branch=row.branch,
            contact=row,
            why=_said_then(row),
            assignee=treatment.dentist if treatment and kind == TaskKind.CLINICIAN else None,
        )


def _said_then(row: Contact) -> str:
    """Why she cancelled the slot the call is about, in her words."""
    slot = row.sequence.appointment if row.sequence else None
    return slot.reason if slot else ""
