"""Periodic checks of imported treatments: begun when somebody asks for it, never by themselves
(docs/imports/README.md, "What is decided")."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from clinics import clock
from clinics.public import Branch
from followup import contacts, engine, enrolments, protocols
from followup.models import (
    Contact,
    Enrolment,
    EnrolmentState,
    ProtocolStep,
    ProtocolVersion,
    StepKind,
)
from patients.public import ImportBatch, Treatment, Visit

#: The longest time between two checks; what was done before that is not looked at.
LONGEST = 24 * 31 * engine.DAY


@dataclass(frozen=True)
class RecallSummary:
    """What starting does: people whose next check is ahead or may still be offered, and those who
    are past it."""

    planned: int
    past: int


@dataclass(frozen=True)
class _Round:
    """The next check of one person after one treatment."""

    treatment: Treatment
    version: ProtocolVersion
    step: ProtocolStep
    planned: list[engine.Planned]


@transaction.atomic
def start_imported(*, batch: ImportBatch, dry_run: bool) -> RecallSummary:
    """Write the next periodic check of the people of this batch, counted from their last visit;
    a dry run only counts. Who is past it is left alone. Started again it adds nothing.
    """
    rounds = list(_rounds(batch))
    ahead = [one for one in rounds if one.planned]
    if not dry_run:
        _write(ahead)
    return RecallSummary(planned=len(ahead), past=len(rounds) - len(ahead))


def _rounds(batch: ImportBatch) -> Iterator[_Round]:
    """One a person and protocol, of the latest treatment; a statement a service, and four."""
    latest = (
        Treatment.objects.filter(
            import_batch=batch, status="signed", done_at__gte=clock.now() - LONGEST
        )
        .select_related("patient", "service")
        .order_by("patient_id", "service_id", "-done_at")
        .distinct("patient_id", "service_id")
    )
    found = list(latest)
    seen = _last_visits(batch)
    steps = _periodic(found)
    running = _running()
    calendars = enrolments.calendars(Branch.objects.all())
    now = clock.now()
    for row in found:
        version, step = steps.get(row.service_id, (None, None))
        if version is None or step is None or (row.patient_id, version.protocol_id) in running:
            continue
        whose = engine.Whose(
            engine.sayable_hour(row.patient.preferred_hour), calendars[row.branch_id]
        )
        done = clock.day_of(row.done_at)
        since = max(done, seen.get(row.patient_id, done))
        plan = engine.recall(protocols.rule(step), since, whose, months=row.recall_months)
        plan = engine.signed_late(plan, t0=row.done_at, signed_at=now, hour=whose.hour)
        running.add((row.patient_id, version.protocol_id))
        yield _Round(row, version, step, [one for one in plan if not one.missed])


def _last_visits(batch: ImportBatch) -> dict[int, dt.date]:
    theirs = Treatment.objects.filter(import_batch=batch).values("patient_id")
    rows = Visit.objects.filter(patient_id__in=theirs, voided_at__isnull=True)
    return dict(rows.values_list("patient_id").annotate(last=Max("on_date")))


def _periodic(
    found: list[Treatment],
) -> dict[int, tuple[ProtocolVersion, ProtocolStep]]:
    """By service, the step of its protocol that comes again for good."""
    steps: dict[int, tuple[ProtocolVersion, ProtocolStep]] = {}
    for service in {row.service_id: row.service for row in found}.values():
        version = protocols.active_for(service)
        for step in version.protocolstep_set.all() if version else ():
            if version and step.kind == StepKind.RECALL and not step.rounds and not step.stages:
                steps[service.pk] = (version, step)
    return steps


def _running() -> set[tuple[int, int]]:
    rows = Enrolment.objects.filter(state=EnrolmentState.RUNNING)
    return set(rows.values_list("patient_id", "version__protocol_id"))


def _write(rounds: list[_Round]) -> None:
    now = clock.now()
    made = Enrolment.objects.bulk_create(
        Enrolment(
            patient_id=one.treatment.patient_id,
            treatment=one.treatment,
            version=one.version,
            branch_id=one.treatment.branch_id,
            t0=one.treatment.done_at,
            recorded_at=now,
        )
        for one in rounds
    )
    drafted: list[Contact] = []
    for one, enrolment in zip(rounds, made, strict=True):
        drafted += contacts.drafts(enrolment, one.planned, [one.step])
    contacts.write_all(drafted)
