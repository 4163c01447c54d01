"""What ends a step besides a visit (docs/protocols.md, "Root canal"): the tooth has its filling
or crown, healing is recorded; or another periodic check says it as well."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from clinics import clock
from followup import engine, hints
from followup.models import Contact, ContactKind, OverWhen, StepKind
from patients.public import treatments

#: How near another periodic check must lie for a step to ride on it.
NEAR = 30 * engine.DAY


@dataclass(frozen=True)
class Ends:
    """What was recorded for the patients of a batch, where a step asks for it."""

    marks: dict[tuple[int, int], list[treatments.Ended]] = field(default_factory=dict)
    checks: dict[int, list[dt.date]] = field(default_factory=dict)  # when each is due
    hinting: set[int] = field(default_factory=set)  # versions whose plan has its hints in use


def load(batch: Sequence[Contact]) -> Ends:
    """Read what the batch needs: three statements at most, none when no step asks."""
    hinted = {row.step.version_id for row in batch if row.step and row.kind == ContactKind.HINT}
    asking = {row.patient_id for row in batch if row.step and row.step.over_when}
    riding = {row.patient_id for row in batch if row.step and row.step.rides}
    marks: dict[tuple[int, int], list[treatments.Ended]] = defaultdict(list)
    for mark in treatments.ended(asking) if asking else ():
        marks[mark.patient_id, mark.tooth].append(mark)
    return Ends(marks, _checks(riding) if riding else {}, hints.in_use(hinted))


def _checks(patient_ids: set[int]) -> dict[int, list[dt.date]]:
    """When the periodic checks are due that are or were said for themselves."""
    found: dict[int, list[dt.date]] = defaultdict(list)
    rows = Contact.objects.filter(
        patient_id__in=patient_ids,
        kind=ContactKind.INVITE,
        step__kind=StepKind.RECALL,
        step__rides=False,
    ).exclude(decision__end__in=["stopped", "failed"])
    for who, due in rows.values_list("patient_id", "window_from"):
        if due is not None:
            found[who].append(due)
    return found


def over(contact: Contact, known: Ends) -> str:
    """The reason this step is not wanted any more, "" while it is."""
    step, plan = contact.step, contact.enrolment
    if step is None or plan is None:
        return ""
    if contact.kind == ContactKind.HINT and step.version_id not in known.hinting:
        return hints.OFF
    began = clock.day_of(plan.t0)
    marks = known.marks.get((contact.patient_id, plan.treatment.tooth or 0), [])
    since = [mark for mark in marks if mark.on_date >= began]
    if step.over_when == OverWhen.RESTORED and any(not mark.healed for mark in since):
        return "restored"
    if step.over_when == OverWhen.HEALED and any(mark.healed for mark in since):
        return "healed"
    return "rides_along" if step.rides and _rides(contact, known) else ""


def _rides(contact: Contact, known: Ends) -> bool:
    due = contact.window_from
    checks = known.checks.get(contact.patient_id, [])
    return due is not None and any(abs(day - due) <= NEAR for day in checks)
