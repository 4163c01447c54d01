"""Open tasks as lists show them: danger first, then by their clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import pgettext

from clinics import clock
from clinics.public import Branch
from followup import answers, reasons, tasks, wording
from followup.models import Answer, SequenceKind, Task, TaskKind
from followup.models import Sequence as Row
from patients.public import Patient, guardians, names, people

PAGE = 50
#: The filters of the tasks page, and the kinds in each.
GROUPS: dict[str, tuple[str, ...]] = {
    "danger": (TaskKind.DANGER,),
    "calls": (
        TaskKind.SILENCE,
        TaskKind.CALL_BACK,
        TaskKind.CALL,
        TaskKind.UNDELIVERED,
    ),
    "moves": (TaskKind.MOVE,),
    "clinician": (TaskKind.CLINICIAN,),
    "unsigned": (TaskKind.UNSIGNED,),
}
#: What is done by a call to her.
CALLED = frozenset({*GROUPS["danger"], *GROUPS["calls"], *GROUPS["moves"]})
_ICONS = {
    TaskKind.DANGER: "octagon-alert",
    TaskKind.MOVE: "calendar-clock",
    TaskKind.CLINICIAN: "stethoscope",
    TaskKind.UNSIGNED: "pen-line",
}


@dataclass(frozen=True)
class Line:
    """One task with everything a list shows. `tone`: bad = danger or late, look = soon."""

    uid: str
    kind: str
    title: str
    why: str
    quote: str
    icon: str
    tone: str
    left: str
    due_at: dt.datetime
    patient_uid: str
    called: str
    branch: str
    who: str
    told: bool  # nobody did it in time, the manager was told
    book: str = ""
    move: str = ""
    sign: str = ""
    to: str = ""  # who is called for a minor: "chị Hoa (mẹ)"
    number: str = ""  # of hers, E.164; "" = the patient's own
    call: str = ""  # where the call is made and written down


@dataclass(frozen=True)
class Page:
    """One page of tasks."""

    lines: list[Line]
    number: int = 1
    total: int = 0

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number * PAGE < self.total else None


@dataclass(frozen=True)
class Group:
    """A filter with the number of tasks behind it."""

    key: str
    name: str
    n: int


@dataclass(frozen=True)
class Alert:
    """The open danger of a patient, for the head of her page."""

    uid: str
    title: str
    text: str
    left: str


def page(
    branches: Sequence[Branch],
    *,
    role: str,
    kind: str = "",
    query: str = "",
    number: int = 1,
    size: int = PAGE,
) -> Page:
    """Open tasks of these branches for a role; five statements at most, whatever their number."""
    found = _matching(tasks.of_role(tasks.open_in(branches), role), kind, query)
    start = (max(number, 1) - 1) * size
    rows = list(found[start : start + size])
    return Page(lines(rows), number=max(number, 1), total=found.count())


def _matching(found: QuerySet[Task], kind: str, query: str) -> QuerySet[Task]:
    if kind in GROUPS:
        found = found.filter(kind__in=GROUPS[kind])
    if query:
        found = found.filter(
            Q(patient__name_key__contains=names.fold(query)) | Q(patient__external_id=query)
        )
    return found


def counts(branches: Sequence[Branch], *, role: str) -> list[Group]:
    """How many tasks are behind each filter."""
    rows = tasks.of_role(tasks.open_in(branches), role).order_by().values_list("kind")
    by_kind = dict(rows.annotate(n=Count("id")))
    words = {
        "danger": pgettext("tasks", "Danger signs"),
        "calls": pgettext("tasks", "Calls"),
        "moves": pgettext("tasks", "Another time"),
        "clinician": pgettext("tasks", "The dentist decides"),
        "unsigned": pgettext("tasks", "To sign"),
    }
    whole = Group("", pgettext("tasks", "All"), sum(by_kind.values()))
    return [
        whole,
        *(
            Group(key, words[key], sum(by_kind.get(kind, 0) for kind in kinds))
            for key, kinds in GROUPS.items()
        ),
    ]


def lines(rows: Sequence[Task]) -> list[Line]:
    """Tasks as lists show them; three statements at most: the answers behind them, and who is
    called for minors."""
    said = _answers(rows)
    through = guardians.lines({row.patient_id for row in rows if row.kind in CALLED})
    now = clock.now()
    return [
        _line(row, said.get(row.contact_id or 0), now, through.get(row.patient_id)) for row in rows
    ]


def line(row: Task) -> Line:
    """One task as a list shows it."""
    return lines([row])[0]


def _answers(rows: Iterable[Task]) -> dict[int, Answer]:
    ids = [row.contact_id for row in rows if row.contact_id]
    found = Answer.objects.filter(contact_id__in=ids).order_by("answered_at", "id")
    return {answer.contact_id: answer for answer in found} if ids else {}


def _line(row: Task, said: Answer | None, now: dt.datetime, through: guardians.Line | None) -> Line:
    danger, late = row.kind == TaskKind.DANGER, row.due_at < now
    soon = row.due_at - now < dt.timedelta(hours=1)
    called = people.called(row.patient)
    return Line(
        uid=str(row.uid),
        kind=row.kind,
        title=_title(row, called),
        why=_why(row, said, called),
        quote=row.why,
        icon=_ICONS.get(TaskKind(row.kind), "phone"),
        tone="bad" if danger or late else "look" if soon else "",
        left=tasks.left(row, now),
        due_at=row.due_at,
        patient_uid=str(row.patient.uid),
        called=called,
        branch=row.branch.name,
        who=row.assignee.short_name if row.assignee else pgettext("who must", "The desk"),
        told=row.escalated_at is not None,
        book=_booking(row),
        move=f"/appointments/{row.appointment.uid}/move/" if row.appointment else "",
        sign=_signing(row),
        to=wording.says_who(through.receiver) if through and row.kind in CALLED else "",
        number=through.number if through and row.kind in CALLED else "",
        call=f"/patients/{row.patient.uid}/call/" if row.kind in CALLED else "",
    )


def _title(row: Task, called: str) -> str:
    words = {
        TaskKind.DANGER: pgettext("task", "Danger sign: %(called)s"),
        TaskKind.SILENCE: pgettext("task", "Call %(called)s, no answer after surgery"),
        TaskKind.CALL_BACK: pgettext("task", "%(called)s asks for a call"),
        TaskKind.MOVE: pgettext("task", "%(called)s asks for another time"),
        TaskKind.CALL: pgettext("task", "Call %(called)s about the visit"),
        TaskKind.CLINICIAN: pgettext("task", "%(called)s has not come, decide what next"),
        TaskKind.UNSIGNED: pgettext("task", "Sign the treatment of %(called)s"),
        TaskKind.UNDELIVERED: pgettext("task", "Call %(called)s, no message arrives"),
    }
    title = words[TaskKind(row.kind)] % {"called": called}
    return title[:1].upper() + title[1:]


def _why(row: Task, said: Answer | None, called: str) -> str:
    """What she said, else what the task is about."""
    if said is not None:
        signs = [str(sign.words) for sign in answers.said_signs(said)]
        pain = pgettext("task", "pain %(n)s of 10") % {"n": said.pain}
        return ", ".join(
            [said.get_choice_display(), *([pain] if said.pain is not None else []), *signs]
        )
    if row.treatment is not None:
        return f"{row.treatment.service.name}, {clock.local(row.treatment.done_at):%d/%m}"
    if row.appointment is not None:
        return f"{row.appointment.on_date:%d/%m}"
    sequence = row.contact.sequence if row.contact else None
    if sequence is not None and sequence.kind == SequenceKind.LAPSED:
        return _away(sequence)
    slot = sequence.appointment if sequence else None
    if slot is not None:
        return pgettext("task", "Missed appointment of %(day)s, ask why") % {
            "day": f"{slot.on_date:%d/%m}"
        }
    step = row.contact.step if row.contact else None
    return _wanted(row, str(reasons.TITLES.get(step.purpose, "")), step.day) if step else ""


def _away(sequence: Row) -> str:
    """Since when she has not come, and who knows her."""
    last = pgettext("task", "Has not come since %(day)s") % {
        "day": f"{clock.local(sequence.t0):%d/%m/%Y}"
    }
    return f"{last}, {sequence.dentist.short_name}" if sequence.dentist else last


def _wanted(row: Task, words: str, day: int | None) -> str:
    contact = row.contact
    text = words % {"n": day or ""}
    if contact is None or not (contact.window_from and contact.window_to):
        return text[:1].upper() + text[1:]
    days = f"{contact.window_from:%d/%m}–{contact.window_to:%d/%m}"
    return f"{text[:1].upper()}{text[1:]}, {pgettext('thread', 'wanted %(days)s') % {'days': days}}"


def _signing(row: Task) -> str:
    """Where the treatment this task is about is signed."""
    slot = row.treatment.appointment if row.treatment else None
    return f"/dentist/{slot.uid}/sign/" if slot else ""


def _booking(row: Task) -> str:
    """Where the visit this task is about is booked."""
    if row.kind in (TaskKind.MOVE, TaskKind.UNSIGNED):
        return ""
    address = f"/appointments/new/?patient={row.patient.uid}&branch={row.branch.uid}"
    contact = row.contact
    if contact is None or contact.step is None or contact.window_from is None:
        return address
    counts = "&counts_as_return=1" if contact.step.counts_as_return else ""
    return f"{address}&purpose={contact.step.purpose}{counts}"


def alert_of(patient: Patient) -> Alert | None:
    """The open danger sign of a patient: what, who must, by when, and what if nobody does."""
    row = tasks.danger_of([patient.pk]).get(patient.pk)
    if row is None:
        return None
    said = _answers([row]).get(row.contact_id or 0)
    signs = tuple(str(sign.words) for sign in answers.said_signs(said)) if said else ()
    what = ", ".join(signs) or (said.get_choice_display() if said else row.why)
    by = clock.local(row.due_at)
    who = row.assignee.short_name if row.assignee else pgettext("who must", "The dentist")
    return Alert(
        uid=str(row.uid),
        title=pgettext("danger", "Danger sign: %(what)s") % {"what": what},
        text=pgettext(
            "danger",
            "Other messages wait. %(who)s calls by %(at)s; if nobody does, the manager is told.",
        )
        % {"who": who, "at": f"{by:%H:%M %d/%m}"},
        left=tasks.left(row, clock.now()),
    )
