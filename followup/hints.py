"""Hints of the month between two visits of a course (docs/protocols.md, "Hints"): for who agreed
to them, where a dentist switched them on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import pgettext, pgettext_lazy

from clinics import clock
from clinics.public import Staff
from followup import contacts, courses, engine, monthly, protocols
from followup.models import (
    Contact,
    ContactKind,
    DecisionEnd,
    Enrolment,
    Protocol,
    ProtocolStep,
    ProtocolVersion,
    StepKind,
)
from patients.public import NotPossible, Patient, Purpose, basis, guardians

OFF = "hints_off"
NOT_AGREED = "no_content"
#: What the pages behind the messages say, in turn; then from the first again.
TIPS: tuple[tuple[str | Promise, str | Promise], ...] = (
    (
        pgettext_lazy("hint", "Two minutes after every meal"),
        pgettext_lazy(
            "hint",
            "Hold the brush at an angle above the brackets, then below them. Food that stays "
            "there for a day is what makes white marks.",
        ),
    ),
    (
        pgettext_lazy("hint", "The small brush between the brackets"),
        pgettext_lazy(
            "hint",
            "Once a day, from above and from below, pass the small brush under the wire. It "
            "takes a minute in front of the mirror.",
        ),
    ),
    (
        pgettext_lazy("hint", "Sweet drinks only with the meal"),
        pgettext_lazy(
            "hint",
            "Milk tea and soft drinks in small sips through the day are harder on the teeth "
            "than one glass with the meal. Rinse with water afterwards.",
        ),
    ),
    (
        pgettext_lazy("hint", "Gums that bleed want more brushing, not less"),
        pgettext_lazy(
            "hint",
            "Brush along the edge of the gum softly twice a day. If it still bleeds after a "
            "week, tell us.",
        ),
    ),
    (
        pgettext_lazy("hint", "Cut it small, chew it slowly"),
        pgettext_lazy(
            "hint",
            "Apples, guava and bread crust in small pieces; no ice, no hard nuts. A bracket "
            "that came off means one more visit.",
        ),
    ),
    (
        pgettext_lazy("hint", "Fluoride before going to sleep"),
        pgettext_lazy(
            "hint",
            "Brush with fluoride toothpaste last of all, spit, and do not rinse: the little "
            "that stays works all night.",
        ),
    ),
)


# the switch


def switched_on(steps: Iterable[ProtocolStep]) -> bool:
    """Whether these steps of a version hold hints."""
    return any(step.kind == StepKind.HINT for step in steps)


@transaction.atomic
def switch(key: str, *, on: bool, by: Staff) -> bool:
    """Take the hints of a care plan into use, or out of it: a new version, approved by `by`.

    Switched on they begin with the next visit of each patient; switched off, what waits is not
    said any more. False when it was so already. Raises Protocol.DoesNotExist when the plan has
    none, NotPossible when the plan itself is not approved yet.
    """
    if key not in courses.OPTIONAL:
        raise Protocol.DoesNotExist
    protocol = Protocol.objects.select_for_update().filter(key=key).first()
    active = ProtocolVersion.objects.filter(protocol=protocol, active=True).first()
    if protocol is None or active is None:
        raise NotPossible(pgettext("care plan", "Approve the care plan first."))
    steps = list(active.protocolstep_set.all())
    if switched_on(steps) == on:
        return False
    number = ProtocolVersion.objects.filter(protocol=protocol).aggregate(n=Max("number"))["n"]
    ProtocolVersion.objects.filter(pk=active.pk).update(active=False)
    version = ProtocolVersion.objects.create(
        protocol=protocol,
        number=number + 1,
        approved_by=by,
        approved_at=clock.now(),
        active=True,
        restarts=active.restarts,
    )
    _copy(steps, version, courses.OPTIONAL[key] if on else [])
    if not on:
        waiting = Contact.objects.filter(
            kind=ContactKind.HINT, enrolment__version__protocol=protocol
        )
        contacts.end(waiting, end=DecisionEnd.STOPPED, reason=OFF)
        contacts.withdraw(waiting)
    return True


def _copy(steps: Sequence[ProtocolStep], version: ProtocolVersion, more: list[courses.Row]) -> None:
    """The steps of the version before, without its hints, and with these."""
    kept = [step for step in steps if step.kind != StepKind.HINT]
    last = max((step.position for step in kept), default=0)
    for step in kept:
        step.pk, step.version = None, version
    fresh = [
        ProtocolStep(version=version, position=place, **row)
        for place, row in enumerate(more, start=last + 1)
    ]
    ProtocolStep.objects.bulk_create([*kept, *fresh])


def in_use(versions: Collection[int]) -> set[int]:
    """Of these versions, those of care plans whose hints are in use now; one statement."""
    found = ProtocolVersion.objects.filter(
        pk__in=versions,
        protocol__protocolversion__active=True,
        protocol__protocolversion__protocolstep__kind=StepKind.HINT,
    )
    return set(found.values_list("pk", flat=True)) if versions else set()


# what is written ahead


def planned(
    patient: Patient,
    steps: Iterable[ProtocolStep],
    said: protocols.Said,
    *,
    t0: dt.datetime,
    whose: engine.Whose,
    busy: Collection[dt.date],
) -> list[engine.Planned]:
    """The hints that follow a treatment, 30 days after the last one she was sent."""
    found = [step for step in steps if step.kind == StepKind.HINT]
    if not found:
        return []
    last = Contact.objects.filter(
        patient=patient, kind=ContactKind.HINT, decision__end=DecisionEnd.SENT
    ).aggregate(at=Max("decision__decided_at"))["at"]
    return [
        one
        for step in found
        for one in monthly.times(
            protocols.rule(step, said),
            t0,
            whose,
            busy=busy,
            last=clock.day_of(last) if last else None,
        )
    ]


def write(
    enrolment: Enrolment,
    steps: Sequence[ProtocolStep],
    said: protocols.Said,
    whose: engine.Whose,
    others: Iterable[engine.Planned],
) -> list[Contact]:
    """Write the hints of an enrolment ahead. While she has not agreed to hints only the first of
    her whole plan is, so that her thread says once why there are none."""
    busy = {clock.day_of(one.at) for one in others}
    found = planned(enrolment.patient, steps, said, t0=enrolment.t0, whose=whose, busy=busy)
    now = clock.now()
    found = [one for one in found if one.at > now]  # a hint whose day is over is none
    if found and not agreed(enrolment.patient):
        found = [] if _said_why(enrolment) else found[:1]
    drafted = [
        row
        for place, one in enumerate(found)
        for row in contacts.drafts(enrolment, [one], steps, cycle=place)
    ]
    return contacts.write_all(drafted)


def agreed(patient: Patient) -> bool:
    """Whether she has agreed to hints on a channel that carries them."""
    through = guardians.receivers([patient.pk])
    found = guardians.verdicts([patient.pk], Purpose.CONTENT, through)[patient.pk]
    return any(found[channel].allowed for channel in ("zalo", "sms"))


def _said_why(enrolment: Enrolment) -> bool:
    return Contact.objects.filter(
        kind=ContactKind.HINT, enrolment__treatment__episode=enrolment.treatment.episode_id
    ).exists()


# what she reads


def tip_of(contact: Contact) -> tuple[str, str]:
    """The title and the words of a hint: the next one in turn of those she was sent."""
    before = Contact.objects.filter(
        patient=contact.patient_id,
        kind=ContactKind.HINT,
        decision__end=DecisionEnd.SENT,
        planned_for__lt=contact.planned_for,
    ).count()
    title, words = TIPS[before % len(TIPS)]
    return str(title), str(words)


def stop(contact: Contact) -> None:
    """She wants no more hints: a refusal, heard at once on every channel. Twice is once."""
    if agreed(contact.patient):
        basis.refuse(patient=contact.patient, purpose=Purpose.CONTENT, source="patient")
