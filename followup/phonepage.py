"""What a patient sees when she opens the link of a message: one question a page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from django.utils import translation
from django.utils.translation import get_language, pgettext

from clinics import clock
from clinics.public import places
from followup import answers, contacts, hints, sequences, tongues
from followup.models import (
    Answer,
    AnswerChoice,
    Contact,
    ContactKind,
    SequenceKind,
    StepKind,
    Task,
    TaskKind,
)
from messaging.public import Visitor, guides, links
from patients.public import (
    Appointment,
    Outcome,
    Patient,
    appointments,
    courses,
    guardians,
    treatments,
)

_CAME = (Outcome.ON_TIME, Outcome.LATE)


@dataclass(frozen=True)
class Choice:
    """One answer of a question: its value, word, face and tone."""

    value: str
    word: str
    face: str
    tone: str


_FACES = {
    AnswerChoice.FINE: ("smile", ""),
    AnswerChoice.BETTER: ("smile", ""),
    AnswerChoice.UNEASY: ("meh", "same"),
    AnswerChoice.SAME: ("meh", "same"),
    AnswerChoice.CALL_ME: ("phone", "same"),
    AnswerChoice.WORSE: ("frown", "worse"),
    AnswerChoice.URGENT: ("octagon-alert", "worse"),
}


@dataclass(frozen=True)
class Slot:
    """An appointment on its page. `state`: open, confirmed, move_asked, cancelled, over."""

    uid: str
    start: dt.datetime
    timed: bool
    minutes: int | None
    dentist: str
    address: str
    state: str
    wish: str
    day: str
    when: str  # 15:30 thứ Sáu 05/06


@dataclass(frozen=True)
class Seen:
    """Everything the page of one link shows."""

    contact: Contact
    page: str  # slot, question, invite, hint
    clinic: str
    branch: str
    hotline: str
    salutation: str
    called: str
    day_n: int | None = None
    slots: tuple[Slot, ...] = ()
    choices: tuple[Choice, ...] = ()
    signs: tuple[answers.Sign, ...] = ()
    scale: tuple[str, ...] = ()  # how strong the pain is, where it is asked
    guide: str = ""  # which care advice stands below the question
    advice: guides.Shown | None = None  # the same in words and pictures
    answer: Answer | None = None
    task: Task | None = None
    dentist: str = ""
    treated_on: str = ""
    booked: Slot | None = None
    missed_on: str = ""  # the day of the slot she missed
    times: tuple[str, ...] = ()  # free times she is offered
    far: courses.Progress | None = None  # how far her braces are
    tip: tuple[str, str] = ("", "")  # the title and the words of a hint
    stopped: bool = False  # she wants no more of them
    opened: links.OpenedLink | None = None  # the link it was opened by

    @property
    def late(self) -> bool:
        """Somebody should have called her by now: no hour is promised any more."""
        return self.task is not None and self.task.due_at < clock.now()


def open_link(token: str) -> Seen | None:
    """What a token opens; None when it is not ours, is outdated, or has nothing to show. Writes
    nothing: `note` does. From here on the request speaks the language of who reads it."""
    opened = links.resolve(token)
    contact = contacts.by_intent(opened.intent) if opened else None
    if contact is None:
        return None
    to = guardians.receiver_of(contact.patient)
    translation.activate(tongues.read_by(contact.patient, to))
    return replace(seen(contact), opened=opened)


def note(page: Seen, *, by: Visitor, clicked: bool = False) -> None:
    """Somebody, or something, has opened the page or pressed a button on it."""
    if page.opened is not None:
        links.note(page.opened, kind=by, clicked=clicked)


def seen(contact: Contact) -> Seen:
    """The page of a contact as it stands now."""
    profile, patient, say = places.profile(), contact.patient, _tongue()
    plan = contact.enrolment
    to = guardians.receivers([patient.pk]).get(patient.pk)
    common = {
        "contact": contact,
        "clinic": profile.name,
        "branch": contact.branch.name,
        "hotline": contact.branch.hotline or profile.hotline,
        "salutation": say.salutation(patient, to),
        "called": say.call(patient, to),
        "dentist": say.dentist(plan.treatment.dentist) if plan else "",
        "treated_on": say.date(clock.day_of(plan.t0)) if plan else _last_visit(contact),
    }
    if contact.kind in (ContactKind.CONFIRMATION, ContactKind.REMINDER):
        return Seen(page="slot", slots=_slots(contact), **common)  # type: ignore[arg-type]
    if contact.kind == ContactKind.HINT:
        return Seen(page="hint", **_hint(contact), **common)  # type: ignore[arg-type]
    if contact.kind == ContactKind.ASK:
        return Seen(page="question", **_question(contact), **common)  # type: ignore[arg-type]
    return Seen(page="invite", **_invite(contact), **common)  # type: ignore[arg-type]


def _slots(contact: Contact) -> tuple[Slot, ...]:
    return tuple(_slot(row) for row in contacts.slots_of(contact))


def _slot(row: Appointment) -> Slot:
    start = contacts.start_of(row)
    minutes = None
    if row.during is not None:
        minutes = int((row.during.upper - row.during.lower).total_seconds() // 60)
    return Slot(
        uid=str(row.uid),
        start=start,
        timed=row.during is not None,
        minutes=minutes,
        dentist=str(row.dentist) if row.dentist else "",
        address=row.branch.address,
        state=_state(row, start),
        wish=row.move_wish,
        day=_day_words(row.on_date),
        when=_when(row, start),
    )


def _state(row: Appointment, start: dt.datetime) -> str:
    if row.voided_at or (row.outcome and row.outcome not in _CAME):
        return "cancelled" if row.outcome != Outcome.NO_SHOW else "over"
    if row.outcome or row.checked_in_at or start <= clock.now():
        return "over"
    if row.move_asked_at:
        return "move_asked"
    return "confirmed" if row.confirmed_at else "open"


def _when(row: Appointment, start: dt.datetime) -> str:
    day = _tongue().day(row.on_date)
    return f"{clock.local(start):%H:%M} {day}" if row.during is not None else day


def _day_words(day: dt.date) -> str:
    away = (day - clock.today()).days
    near = {0: pgettext("phone", "today"), 1: pgettext("phone", "tomorrow")}
    return near.get(away) or _tongue().on(day)


def _question(contact: Contact) -> dict[str, object]:
    step, last, guide = contact.step, answers.latest(contact), _guide(contact)
    return {
        "day_n": step.day if step else None,
        "choices": tuple(
            Choice(choice, str(choice.label), *_FACES[choice])
            for choice in answers.choices(contact)
        ),
        "signs": tuple(answers.signs_asked(contact)),
        "scale": tuple(map(str, range(11))) if answers.asks_pain(contact) else (),
        "guide": guide,
        "advice": guides.shown(guide) if last else None,
        "answer": last,
        "task": _task(contact) if last else None,
    }


def _hint(contact: Contact) -> dict[str, object]:
    return {"tip": hints.tip_of(contact), "stopped": not hints.agreed(contact.patient)}


def _guide(contact: Contact) -> str:
    """Which care advice belongs to a question: that of the first days."""
    plan, step = contact.enrolment, contact.step
    if plan is None or step is None or step.kind != StepKind.ASK:
        return ""
    return plan.version.protocol.key if (step.day or 0) <= 3 else ""


def _task(contact: Contact) -> Task | None:
    """What her answer gave somebody to do, while it is open."""
    kinds = (TaskKind.DANGER, TaskKind.CALL_BACK)
    found = Task.objects.filter(contact=contact, kind__in=kinds, done_at__isnull=True)
    return found.select_related("assignee").order_by("due_at").first()


def _invite(contact: Contact) -> dict[str, object]:
    purpose = contact.step.purpose if contact.step else None  # missed: any visit will do
    booked = appointments.open_for(contact.patient, purpose)
    slot = contact.sequence.appointment if contact.sequence else None
    offered = contact.kind == ContactKind.OFFER and booked is None
    return {
        "missed_on": _tongue().date(slot.on_date) if slot else "",
        "far": _far(contact),
        "times": tuple(map(_tongue().time, sequences.two_times(contact))) if offered else (),
        "booked": _slot(booked) if booked else None,
        "task": _task(contact),
    }


def _far(contact: Contact) -> courses.Progress | None:
    """How far the course is whose next adjustment she is invited to."""
    if contact.enrolment is None or contact.step is None or contact.step.purpose != "adjustment":
        return None
    return treatments.progress_of(contact.enrolment.treatment.episode)


def _last_visit(contact: Contact) -> str:
    """When she came last, of an invitation after a long absence."""
    away = contact.sequence
    if away is None or away.kind != SequenceKind.LAPSED:
        return ""
    return _tongue().date(clock.day_of(away.t0), year=True)


def _tongue() -> tongues.Tongue:
    """How the language of the page says it."""
    return tongues.of(get_language() or "")


def alert_tier(found: Seen) -> str:
    """The tier of what she reported, "" when nobody must act at once."""
    task = found.task
    return task.tier if task is not None and task.kind == TaskKind.DANGER else ""


def reader(found: Seen) -> Patient:
    """Who reads the page: of a minor, who speaks for her."""
    patient = found.contact.patient
    through = guardians.receivers([patient.pk]).get(patient.pk)
    return through.patient if through else patient
