"""Plans that each treatment begins anew: the one before ends, and stands again when the later
treatment turns out to be a mistake (docs/protocols.md, "Courses")."""

from __future__ import annotations

from django.db import transaction

from clinics import clock
from followup import contacts
from followup.models import (
    Contact,
    Decision,
    DecisionEnd,
    Enrolment,
    EnrolmentState,
    OverWhen,
    ProtocolVersion,
)
from patients.public import Episode, Treatment

AGAIN = "treated_again"
CLOSED = "plan_closed"


@transaction.atomic
def take_over(treatment: Treatment, version: ProtocolVersion) -> None:
    """The treatment of a plan ends what waited from the ones before it."""
    before = Enrolment.objects.filter(
        treatment__episode_id=treatment.episode_id,
        version__protocol_id=version.protocol_id,
        state=EnrolmentState.RUNNING,
    )
    for enrolment in before.select_for_update(of=("self",)):
        own = Contact.objects.filter(enrolment=enrolment)
        contacts.end(own, end=DecisionEnd.STOPPED, reason=AGAIN)
        contacts.withdraw(own)
        Enrolment.objects.filter(pk=enrolment.pk).update(
            state=EnrolmentState.FINISHED, stopped_reason=AGAIN
        )


@transaction.atomic
def give_back(treatment: Treatment) -> None:
    """A treatment was voided: what it had ended in its plan stands again where it is ahead."""
    if treatment.signed_at is None:
        return
    before = Enrolment.objects.filter(
        treatment__episode_id=treatment.episode_id, version__restarts=True
    ).exclude(treatment=treatment)
    last = (
        before.filter(
            state__in=[EnrolmentState.RUNNING, EnrolmentState.FINISHED],
            treatment__voided_at__isnull=True,
        )
        .order_by("-t0", "-id")
        .first()
    )
    if last is None:
        return
    Enrolment.objects.filter(pk=last.pk).update(state=EnrolmentState.RUNNING, stopped_reason="")
    fallen = Contact.objects.filter(
        enrolment=last,
        planned_for__gt=clock.now(),
        decision__end=DecisionEnd.STOPPED,
        decision__reason__in=[AGAIN, CLOSED, "came"],
        decision__decided_at__gte=treatment.signed_at,
    )
    for contact in fallen.select_for_update(of=("self",)):
        Decision.objects.filter(contact=contact).delete()
        Contact.objects.filter(pk=contact.pk).update(due_at=contact.planned_for)


def finished(episode: Episode) -> int:
    """The plan is finished: its own visits are not wanted any more. Returns how many ended."""
    own = Contact.objects.filter(
        enrolment__treatment__episode=episode, step__over_when=OverWhen.CLOSED
    )
    return contacts.end(own, end=DecisionEnd.STOPPED, reason=CLOSED)
