"""Whose return falls due in a month, and how far each has come (docs/kpi.md, "Due this month").

A return is one round of a step that counts as one (docs/protocols.md, "Periodic checks"); it is
due on the first day of its window. What is asked about it is what the gate asks: the same facts.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from django.db import transaction
from django.utils.translation import ngettext, pgettext

from clinics import clock
from clinics.public import Branch
from followup import contacts, engine, enrolments, facts, reasons
from followup.judgement import Facts
from followup.models import Contact, ContactKind, DecisionEnd, Task, TaskKind
from messaging.public import Message, MessageState, calls, outbox


class State(IntEnum):
    """How far a return has come; who has two due stands where the least has been done."""

    UNREACHED = 1
    WAITING = 2
    LATER = 3
    BOOKED = 4
    CAME = 5


#: Decisions after which nobody wants this visit any more: it is not due.
_OVER = frozenset(
    {
        "deceased", "moved_away", "patient_voided", "test_patient", "treatment_voided",
        "treated_again", "plan_closed", "restored", "healed", "rides_along", "moved_by_dentist",
    }
)  # fmt: skip
#: Tasks that are a call to her already.
_CALLS = (TaskKind.CALL, TaskKind.CALL_BACK, TaskKind.UNDELIVERED, TaskKind.SILENCE)
_UNDER_WAY = (MessageState.QUEUED, MessageState.CALLING, MessageState.ACCEPTED)
_SPOKEN = ("reached", "relative", "call_back")
#: The first words of a round, in the order in which a call may hang on them.
_ORDER = {ContactKind.CALL: 0, ContactKind.INVITE: 1, ContactKind.NUDGE: 2}


@dataclass(frozen=True)
class Due:
    """One person whose return is due, and why she is where she is.

    `at` is the day of her state: when she came, is booked for, was told, or will be.
    `no_call` is why nobody can call her: no_phone, refused, "" = she can be called.
    """

    state: State
    patient_id: int
    person_id: int
    patient_uid: str
    name: str
    salutation: str
    sort_key: str
    what: str
    due_on: dt.date
    at: dt.date | None
    why: str
    branch: str
    no_call: str
    task_due: dt.datetime | None
    round_: tuple[int, ...]  # its contacts, the one a call hangs on first


def due(branches: Sequence[Branch], *, first: dt.date, until: dt.date) -> list[Due]:
    """Everybody of these branches whose return is due in [first, until), once each, the one due
    longest first. As many statements for a thousand as for one."""
    rows = list(
        Contact.objects.filter(
            step__counts_as_return=True,
            kind__in=contacts.AROUND_VISIT,
            window_from__gte=first,
            window_from__lt=until,
            branch__in=branches,
        )
        .select_related(
            "patient", "branch", "step", "decision__merged_into", "enrolment__treatment__service"
        )
        .order_by("id")
    )
    rounds: dict[tuple[int | None, int | None, int], list[Contact]] = defaultdict(list)
    for row in rows:
        rounds[row.enrolment_id, row.step_id, row.cycle].append(row)
    if not rounds:
        return []
    known = _load(list(rounds.values()))
    found: dict[int, Due] = {}
    for one in (_one(round_, known) for round_ in rounds.values()):
        if one is None:
            continue
        other = found.get(one.person_id)
        if other is None or (one.state, one.due_on) < (other.state, other.due_on):
            found[one.person_id] = one
    return sorted(found.values(), key=lambda one: (one.due_on, one.sort_key, one.patient_id))


@dataclass(frozen=True)
class _Known:
    """The rows all rounds are compared with."""

    facts: facts.Known
    attempts: dict[UUID, list[Message]]
    calls: dict[int, list[calls.Spoke]]
    tasks: dict[int, dt.datetime]  # by patient, when her open call is due


def _load(rounds: Sequence[Sequence[Contact]]) -> _Known:
    every = [row for round_ in rounds for row in round_]
    patients = {row.patient_id for row in every}
    return _Known(
        facts=facts.load([round_[0] for round_ in rounds]),
        attempts=outbox.attempts(_intent(row) for row in every),
        calls=calls.since(patients, min(row.planned_for for row in every)),
        tasks=_open_calls(patients),
    )


def _open_calls(patients: Iterable[int]) -> dict[int, dt.datetime]:
    rows = Task.objects.filter(
        patient_id__in=list(patients), kind__in=_CALLS, done_at__isnull=True
    ).order_by("-due_at")
    return dict(rows.values_list("patient_id", "due_at"))


def _intent(row: Contact) -> UUID:
    """What its message goes by: its own uid, or that of the contact it was merged into."""
    decision = getattr(row, "decision", None)
    target = decision.merged_into if decision is not None else None
    return target.uid if target is not None else row.uid


def _one(round_: Sequence[Contact], known: _Known) -> Due | None:
    """A round and where it stands; None when nobody wants it any more."""
    lead = round_[0]
    fact = facts.of(lead, known.facts)
    ends = [row.decision for row in round_ if getattr(row, "decision", None) is not None]
    over = bool(fact.gone or fact.plan.stopped or fact.plan.over)
    if over or any(end.reason in _OVER for end in ends):
        return None
    state, at, why = _state(round_, fact, known)
    patient, window = lead.patient, lead.window_from
    if window is None:
        return None
    return Due(
        state=state,
        patient_id=patient.pk,
        person_id=patient.person_id,
        patient_uid=str(patient.uid),
        name=str(patient),
        salutation=patient.salutation,
        sort_key=patient.sort_key,
        what=_what(lead, window),
        due_on=window,
        at=at,
        why=why,
        branch=lead.branch.name,
        no_call="no_phone" if fact.no_contact_point else "" if fact.call_allowed else "refused",
        task_due=known.tasks.get(patient.pk),
        round_=tuple(row.pk for row in sorted(round_, key=lambda r: _ORDER.get(_kind(r), 3))),
    )


def _kind(row: Contact) -> ContactKind:
    return ContactKind(row.kind)


def _what(lead: Contact, window: dt.date) -> str:
    """What it is due for: "Trám răng 36, 6 tháng"."""
    plan = lead.enrolment
    if plan is None:
        return ""
    treatment = plan.treatment
    months = max(1, round((window - clock.day_of(plan.t0)).days / 30.44))
    name = f"{treatment.service.name} {treatment.tooth or ''}".strip()
    return f"{name}, " + ngettext("%(n)s month", "%(n)s months", months) % {"n": months}


def _state(
    round_: Sequence[Contact], fact: Facts, known: _Known
) -> tuple[State, dt.date | None, str]:
    lead = round_[0]
    came = facts.came_on(lead, known.facts)
    if came is not None:
        return State.CAME, came, pgettext("due", "came on %(day)s") % {"day": f"{came:%d/%m}"}
    if fact.plan.booked_for is not None:
        day = clock.day_of(fact.plan.booked_for)
        return State.BOOKED, day, pgettext("due", "booked for %(day)s") % {"day": f"{day:%d/%m}"}
    tried = [m for row in round_ for m in known.attempts.get(_intent(row), []) if _went(m)]
    begun = min(row.planned_for for row in round_)
    spoke = [c for c in known.calls.get(lead.patient_id, []) if c.at >= begun]
    said = _said(tried, spoke)
    if said is not None:
        return State.WAITING, *said
    ahead = [row.due_at for row in round_ if row.due_at is not None]
    ended = [row for row in round_ if row.due_at is None]
    if ahead and not tried and not spoke and not any(map(_failed, ended)):
        day = clock.day_of(max(min(ahead), known.facts.now))
        words = pgettext("due", "will be told from %(day)s") % {"day": f"{day:%d/%m}"}
        return State.LATER, day, words
    return State.UNREACHED, None, _why_not(round_, tried, spoke)


def _went(message: Message) -> bool:
    """Whether it was tried: what was withdrawn before it went out tells nothing of her."""
    return message.state != MessageState.CANCELLED or message.error_code == "refused"


def _failed(row: Contact) -> bool:
    """Whether what was to be said could not be, or must not."""
    end = row.decision
    return end.end != DecisionEnd.STOPPED or end.reason in ("refused", "no_basis")


def _said(
    tried: Sequence[Message], spoke: Sequence[calls.Spoke]
) -> tuple[dt.date | None, str] | None:
    """The last thing that reached her or is on its way, and the day of it."""
    heard = [(c.at, pgettext("due", "spoken to on %(day)s")) for c in spoke if c.result in _SPOKEN]
    heard += [
        (m.delivered_at, pgettext("due", "message received on %(day)s"))
        for m in tried
        if m.delivered_at is not None
    ]
    if heard:
        at, words = max(heard)
        day = clock.day_of(at)
        return day, words % {"day": f"{day:%d/%m}"}
    if any(m.state in _UNDER_WAY for m in tried):
        return None, pgettext("due", "message on its way")
    return None


def _why_not(
    round_: Sequence[Contact], tried: Sequence[Message], spoke: Sequence[calls.Spoke]
) -> str:
    """Why nobody has reached her, as the desk says it; the latest attempt speaks first."""
    in_vain = sum(c.result == "no_answer" for c in spoke)
    if any(c.result == "wrong_number" for c in spoke):
        return pgettext("due", "The number is wrong")
    if in_vain:
        said = ngettext(
            "called %(n)s time, nobody answered", "called %(n)s times, nobody answered", in_vain
        )
        return _sentence(said % {"n": in_vain})
    lost = {m.channel: m.error_code or m.state for m in tried}
    if lost:
        names = {"zalo": "Zalo", "sms": "SMS"}
        return "; ".join(
            f"{names.get(channel, channel)}: {reasons.unreached(code)}"
            for channel, code in lost.items()
        )
    ended = [row.decision for row in round_ if row.due_at is None]
    failed = [end.reason for end in ended if end.end == DecisionEnd.FAILED]
    words = {
        "no_contact_point": pgettext("due", "No mobile number yet"),
        "refused": pgettext("due", "Does not want messages"),
        "no_basis": pgettext("due", "Nobody noted that we may write to her"),
        "signed_late": pgettext("due", "Signed too late to be reminded"),
        "window_over": pgettext("due", "The time to remind her is over"),
    }
    for code in [*failed, *(end.reason for end in ended)]:
        if code in words:
            return words[code]
    return reasons.short(failed[0]) if failed else pgettext("due", "Nobody has told her yet")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Given:
    """What came of giving calls: how many now, how many had one, and whom nobody can call."""

    given: int = 0
    had: int = 0
    no_phone: int = 0
    refused: int = 0


@transaction.atomic
def give_calls(branches: Sequence[Branch], *, first: dt.date, until: dt.date) -> Given:
    """A call task for everybody not reached whose return is due in [first, until).

    Pressed twice, or by two at once, it is one task each: who has an open call keeps it. The
    task hangs on the round's own call, so the protocol's later call finds it and adds none.
    """
    rows = [row for row in due(branches, first=first, until=until) if row.state == State.UNREACHED]
    reachable = [row for row in rows if not row.no_call]
    ids = [pk for row in reachable for pk in row.round_]
    locked = {
        row.pk: row
        for row in Contact.objects.select_for_update(of=("self",))
        .filter(pk__in=ids)
        .select_related("branch")
        .order_by("id")
    }
    standing = _open_calls(row.patient_id for row in reachable)
    used = set(
        Task.objects.filter(contact_id__in=ids, kind=TaskKind.CALL).values_list(
            "contact_id", flat=True
        )
    )
    now = clock.now()
    times: dict[int, dt.datetime] = {}
    fresh = []
    for row in reachable:
        if row.patient_id in standing:
            continue
        place = next((pk for pk in row.round_ if pk not in used), None)
        lead = locked[row.round_[0]]
        if lead.branch_id not in times:
            times[lead.branch_id] = engine.same_day(now, enrolments.shift_of(lead.branch))
        at = times[lead.branch_id]
        fresh.append(
            Task(
                kind=TaskKind.CALL,
                patient_id=row.patient_id,
                branch_id=lead.branch_id,
                contact_id=place,
                role="reception",
                why="" if place else row.what[:300],
                opened_at=now,
                due_at=at,
                escalate_at=at,
            )
        )
    Task.objects.bulk_create(fresh)
    refused = [row.no_call for row in rows if row.no_call]
    return Given(
        given=len(fresh),
        had=len(reachable) - len(fresh),
        no_phone=refused.count("no_phone"),
        refused=refused.count("refused"),
    )
