"""One person's thread: what was said and why, what was not and why, what is expected next.

As many statements for a long life as for a short one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import pgettext

from clinics import clock
from followup import answers, enrolments, reasons, tasks
from followup.knots import (
    Bit,
    Entry,
    answer_bits,
    receiver_bits,
    said_bits,
    talks,
    task_bits,
    visits,
)
from followup.models import (
    Answer,
    Contact,
    ContactKind,
    Decision,
    DecisionEnd,
    Deferral,
    Task,
    TaskKind,
)
from messaging.public import Message, links, outbox
from patients.public import Patient, people

AHEAD_SHOWN = 5
PAST_SHOWN = 30
SHOWS = ("all", "visits", "messages", "unsaid")
_SHAPES = {
    DecisionEnd.SENT: "sent",
    DecisionEnd.MERGED: "merged",
    DecisionEnd.STOPPED: "unsaid",
    DecisionEnd.FAILED: "unsaid",
    DecisionEnd.TASK: "sent",
}
#: Ends of what follows an invitation that say nothing new: shown only among what was not said.
_QUIET = (ContactKind.NUDGE, ContactKind.CALL, ContactKind.CLINICIAN)
#: Why a hint fell away with the course going on: nothing new either.
_OVERTAKEN = ("treated_again", "plan_closed", "hints_off")


@dataclass
class Thread:
    """The entries in their three parts, each the latest first."""

    ahead: list[Entry] = field(default_factory=list)
    today: list[Entry] = field(default_factory=list)
    past: list[Entry] = field(default_factory=list)
    older: int = 0  # past entries that are not shown
    later: int = 0  # entries ahead that are not shown
    unsaid: int = 0


@dataclass(frozen=True)
class _Rows:
    contacts: list[Contact]
    waits: dict[int, Deferral]
    said: dict[uuid.UUID, list[Message]]
    opens: dict[links.Way, links.Opens]
    answers: dict[int, list[Answer]]
    tasks: list[Task]
    now: dt.datetime
    called: str


def of(patient: Patient, *, show: str = "all", everything: bool = False) -> Thread:
    """The thread of a patient. `show`: all, visits, messages, unsaid; `everything` = no limit."""
    rows = _read(patient)
    found = [
        *_contacts(rows, patient),
        *_danger(rows),
        *_tasks(rows),
        *visits(patient),
        *talks(patient),
    ]
    thread = Thread(unsaid=sum(entry.shape == "unsaid" and not entry.minor for entry in found))
    wanted = [entry for entry in found if _wanted(entry, show)]
    wanted.sort(key=lambda entry: entry.at, reverse=True)
    begin, end = clock.day_bounds(clock.day_of(rows.now))
    ahead = [entry for entry in wanted if entry.at >= end]
    past = [entry for entry in wanted if entry.at < begin]
    thread.today = [entry for entry in wanted if begin <= entry.at < end]
    thread.ahead = ahead if everything else ahead[-AHEAD_SHOWN:]
    thread.past = past if everything else past[:PAST_SHOWN]
    thread.later, thread.older = len(ahead) - len(thread.ahead), len(past) - len(thread.past)
    return thread


def _wanted(entry: Entry, show: str) -> bool:
    if show == "unsaid":
        return entry.shape == "unsaid"
    if entry.minor:
        return False
    return show == "all" or entry.group == show


def _read(patient: Patient) -> _Rows:
    contacts = list(
        Contact.objects.filter(patient=patient).select_related(
            "step",
            "branch",
            "sequence",
            "appointment",
            "decision__merged_into__step",
            "decision__merged_into__sequence",
            "decision__receiver",
            "enrolment__treatment__service",
            "enrolment__treatment__dentist",
            "enrolment__version__protocol",
        )
    )
    waits = Deferral.objects.filter(contact__patient=patient, contact__due_at__isnull=False)
    replies: dict[int, list[Answer]] = {}
    for row in Answer.objects.filter(contact__patient=patient).order_by("answered_at", "id"):
        replies.setdefault(row.contact_id, []).append(row)
    said = outbox.attempts(row.uid for row in contacts if row.due_at is None)
    return _Rows(
        contacts=contacts,
        waits={row.contact_id: row for row in waits.order_by("id")},
        said=said,
        opens=links.opens(said),
        answers=replies,
        tasks=list(
            Task.objects.filter(patient=patient).select_related(
                "assignee", "done_by", "contact__step"
            )
        ),
        now=clock.now(),
        called=people.called(patient),
    )


# what was said, was not, and will be


def _contacts(rows: _Rows, patient: Patient) -> Iterable[Entry]:
    next_up: set[tuple[object, ...]] = set()
    for row in sorted(rows.contacts, key=lambda each: (each.due_at or each.planned_for, each.pk)):
        if row.due_at is None:
            yield _decided(row, rows)
            continue
        cause = (row.enrolment_id, row.step_id, row.appointment_id, row.sequence_id)
        visit = (*cause, row.cycle, row.kind == "ask")
        if visit not in next_up and not _silent_call(row):
            next_up.add(visit)
            yield _coming(row, rows, patient)


def _silent_call(row: Contact) -> bool:
    return row.kind == ContactKind.CALL and row.window_from is None


def _title(row: Contact) -> str:
    step, about = row.step, row.sequence.kind if row.sequence else ""
    return reasons.title(
        row.kind, purpose=step.purpose if step else about, day=step.day if step else None
    )


def _decided(row: Contact, rows: _Rows) -> Entry:
    decision: Decision = row.decision
    said = rows.said.get(row.uid, [])
    quiet = row.kind in _QUIET and decision.end in (DecisionEnd.STOPPED, DecisionEnd.TASK)
    quiet = quiet or (row.kind == ContactKind.HINT and decision.reason in _OVERTAKEN)
    chips = {
        DecisionEnd.STOPPED: (pgettext("thread", "Not sent"), "unsent"),
        DecisionEnd.FAILED: (pgettext("thread", "Could not be sent"), "failed"),
        DecisionEnd.MERGED: (pgettext("thread", "Merged"), "merged"),
    }
    chip, state = chips.get(DecisionEnd(decision.end), ("", ""))
    if decision.detail:
        chip, state = pgettext("thread", "Not received"), "failed"
    return Entry(
        at=decision.decided_at,
        shape=_SHAPES[DecisionEnd(decision.end)],
        title=_title(row),
        group="messages",
        chip=chip,
        chip_state=state,
        why=_why(row, decision, rows),
        bits=(
            *_window_bit(row),
            *receiver_bits(decision),
            *said_bits(said, rows.opens),
            *answer_bits(rows.answers.get(row.pk, [])),
        ),
        minor=quiet,
    )


def _why(row: Contact, decision: Decision, rows: _Rows) -> reasons.Why:
    why = reasons.decided(decision.end, decision.reason, _facts(row, rows))
    if decision.merged_into is not None:
        return reasons.Why(why.begins, f"“{_title(decision.merged_into)}”.")
    return why


def _facts(row: Contact, rows: _Rows) -> dict[str, str]:
    plan = row.enrolment
    found = {"called": rows.called, "treatment": "", "day": "", "protocol": "", "window": ""}
    if plan is not None:
        tooth = f" {plan.treatment.tooth}" if plan.treatment.tooth else ""
        found["treatment"] = f"{plan.treatment.service.name}{tooth}"
        found["day"] = f"{clock.local(plan.t0):%d/%m}"
        found["protocol"] = f"{plan.version.protocol.name} {plan.version.number}"
    if row.window_from and row.window_to:
        found["window"] = f"{row.window_from:%d/%m}–{row.window_to:%d/%m}"
    return found


def _window_bit(row: Contact) -> tuple[Bit, ...]:
    if not (row.window_from and row.window_to):
        return ()
    days = f"{row.window_from:%d/%m}–{row.window_to:%d/%m}"
    return (Bit("calendar-days", pgettext("thread", "wanted %(days)s") % {"days": days}),)


def _coming(row: Contact, rows: _Rows, patient: Patient) -> Entry:
    wait, due = rows.waits.get(row.pk), row.due_at or row.planned_for
    facts = _facts(row, rows)
    held = wait is not None and wait.until >= due
    why = (
        reasons.waiting(wait.reason, facts) if wait and held else reasons.expected(row.kind, facts)
    )
    booked = bool(wait and held and wait.reason == "booked")
    return Entry(
        at=due,
        shape="held" if held else "expected",
        title=_title(row),
        group="messages",
        chip=pgettext("thread", "On hold") if held else "",
        chip_state="held" if held else "",
        why=why,
        bits=_window_bit(row),
        book="" if booked else _booking(row, patient),
        move="" if booked or row.step is None else f"/patients/{patient.uid}/wanted/{row.uid}/",
        months=_months(row),
    )


def _months(row: Contact) -> tuple[int, ...]:
    """To which months the dentist may move the visit this contact waits for."""
    if row.step is None or row.enrolment is None or row.window_from is None:
        return ()
    now_at = enrolments.month_of(row.enrolment, row.step, row.window_from)
    return tuple(months for months in enrolments.move_targets(row.step) if months != now_at)


def _booking(row: Contact, patient: Patient) -> str:
    """Where the visit this contact wants is booked."""
    if row.step is None or row.window_from is None:
        return ""
    counts = "&counts_as_return=1" if row.step.counts_as_return else ""
    day = max(row.window_from, clock.today())
    return (
        f"/appointments/new/?patient={patient.uid}&branch={row.branch.uid}"
        f"&purpose={row.step.purpose}{counts}&date={day.isoformat()}"
    )


# danger, tasks, visits


def _danger(rows: _Rows) -> Iterable[Entry]:
    """Answers that made somebody act."""
    by_contact = {task.contact_id: task for task in rows.tasks if task.kind == TaskKind.DANGER}
    contacts = {row.pk: row for row in rows.contacts}
    for contact_id, task in by_contact.items():
        said = rows.answers.get(contact_id or 0, [])
        if not said:
            continue
        last = said[-1]
        signs = ", ".join(str(sign.words) for sign in answers.said_signs(last))
        yield Entry(
            at=task.opened_at,
            shape="danger",
            title=pgettext("thread", "%(question)s: %(choice)s")
            % {
                "question": _title(contacts[last.contact_id]),
                "choice": last.get_choice_display(),
            },
            group="messages",
            chip="" if task.done_at else tasks.left(task, rows.now),
            chip_state="danger",
            quote=last.note,
            bits=(*((Bit("octagon-alert", signs),) if signs else ()), *task_bits(task)),
        )


def _tasks(rows: _Rows) -> Iterable[Entry]:
    for task in rows.tasks:
        if task.kind == TaskKind.DANGER and rows.answers.get(task.contact_id or 0):
            continue
        yield Entry(
            at=task.opened_at,
            shape="sent" if task.done_at else "held",
            icon="check" if task.done_at else "list-checks",
            title=str(task.get_kind_display()),
            group="tasks",
            chip="" if task.done_at else tasks.left(task, rows.now),
            chip_state="clock",
            quote=task.why,
            bits=tuple(task_bits(task)),
        )
