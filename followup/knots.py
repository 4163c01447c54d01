"""The knots of a thread: what one appointment, treatment, message or task looks like on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, pgettext

from clinics import clock
from followup import reasons
from followup.models import Answer, Decision, Task
from messaging.public import Direction, Message, calls, links, outbox
from patients.public import Patient, Relation, appointments, people, treatments

_CAME = ("on_time", "late")


@dataclass(frozen=True)
class Bit:
    """A small fact under a title: an icon, words, and the channel it is about."""

    icon: str
    text: str
    channel: str = ""


@dataclass(frozen=True)
class Entry:
    """One knot of the thread. `shape` is a kind of <c-thread.node>."""

    at: dt.datetime
    shape: str
    title: str
    group: str  # visits, messages, unsaid, tasks
    icon: str = ""
    chip: str = ""
    chip_state: str = ""
    why: reasons.Why | None = None
    bits: tuple[Bit, ...] = ()
    quote: str = ""
    book: str = ""  # where this visit can be booked
    move: str = ""  # where the dentist moves it
    months: tuple[int, ...] = ()  # the months after treatment she may move it to
    day_only: bool = False
    minor: bool = False

    @property
    def other_year(self) -> int | None:
        """Its year, when it is not this one: then the year is said instead of the hour."""
        year = clock.day_of(self.at).year
        return year if year != clock.today().year else None


def said_bits(
    said: Sequence[Message], opens: Mapping[links.Way, links.Opens] | None = None
) -> Iterable[Bit]:
    """How each attempt of a message went, and how often its link was opened, by whom."""
    for message in said:
        name = "Zalo" if message.channel == "zalo" else "SMS"
        yield Bit("message-circle", f"{name}: {_state(message)}", message.channel)
        opened = (opens or {}).get((message.intent, message.attempt))
        if opened is not None:
            yield Bit("mouse-pointer-click", opened.says)
        if outbox.language_missed(message):
            yield Bit("languages", pgettext("thread", "in Vietnamese: no text in her language yet"))


def _state(message: Message) -> str:
    def at(moment: dt.datetime | None) -> str:
        return f"{clock.local(moment):%H:%M}" if moment else ""

    if message.state == "accepted" and message.error_code == outbox.NO_REPORT:
        return pgettext("message", "sent %(at)s, no report can be had of it") % {
            "at": at(message.accepted_at)
        }
    words = {
        "queued": pgettext("message", "waiting to be sent"),
        "calling": pgettext("message", "being sent"),
        "accepted": pgettext("message", "sent %(at)s") % {"at": at(message.accepted_at)},
        "delivered": pgettext("message", "received %(at)s") % {"at": at(message.delivered_at)},
        "seen": pgettext("message", "seen %(at)s") % {"at": at(message.seen_at)},
        "acted": pgettext("message", "received %(at)s") % {"at": at(message.delivered_at)},
        "cancelled": pgettext("message", "taken back before it was sent"),
        "unknown": pgettext("message", "nobody knows whether it arrived"),
        "expired": pgettext("message", "not delivered in time"),
    }
    if message.state in words:
        return words[message.state]
    if message.error_code in reasons.NOT_SENT:
        refused = pgettext("message", "not sent, %(why)s")
    else:
        refused = pgettext("message", "not taken, %(why)s")
    return refused % {"why": reasons.unreached(message.error_code)}


def receiver_bits(decision: Decision) -> Iterable[Bit]:
    """To whom it went, when not to the patient herself."""
    if decision.receiver is not None:
        words = pgettext("thread", "sent to the %(relation)s: %(name)s")
        relation = str(Relation(decision.receiver_is).label).lower()
        facts = {"relation": relation, "name": people.called(decision.receiver)}
        yield Bit("users", words % facts)


def answer_bits(rows: Sequence[Answer]) -> Iterable[Bit]:
    """Her last answer."""
    if rows:
        last = rows[-1]
        words = pgettext("thread", "Answer: %(choice)s") % {"choice": last.get_choice_display()}
        if last.pain is not None:
            words += pgettext("thread", ", pain %(n)s of 10") % {"n": last.pain}
        yield Bit("reply", f"{words} {clock.local(last.answered_at):%H:%M}")


def task_bits(task: Task) -> Iterable[Bit]:
    """Who must by when, or who did and what came of it."""
    if task.done_at:
        who = task.done_by.short_name if task.done_by else gettext("By itself")
        yield Bit("check", f"{who} {clock.local(task.done_at):%H:%M %d/%m}: {task.result}")
        return
    who = task.assignee.short_name if task.assignee else pgettext("who must", "The desk")
    by = clock.local(task.due_at)
    yield Bit(
        "user", pgettext("thread", "%(who)s, by %(at)s") % {"who": who, "at": f"{by:%H:%M %d/%m}"}
    )


def visits(patient: Patient) -> Iterable[Entry]:
    """Her treatments, and the appointments that no treatment speaks for; two statements."""
    done = treatments.of_patient(patient)
    days = {clock.day_of(line.done_at) for line in done}
    for line in done:
        tooth = pgettext("thread", "tooth %(n)s") % {"n": line.tooth} if line.tooth else ""
        signed = f"{clock.local(line.signed_at):%H:%M}" if line.signed_at else ""
        yield Entry(
            at=line.done_at,
            shape="visit",
            title=_what(line, tooth),
            group="visits",
            chip="" if signed else pgettext("thread", "Not signed yet"),
            chip_state="" if signed else "look",
            bits=(
                Bit("user", line.dentist),
                *(
                    (Bit("pen-line", pgettext("thread", "Signed %(at)s") % {"at": signed}),)
                    if signed
                    else ()
                ),
            ),
        )
    for slot in appointments.untreated(patient):
        if slot.outcome in _CAME and slot.on_date in days:
            continue
        yield _slot(slot)


def _what(line: treatments.Line, tooth: str) -> str:
    """Trám răng 36; of a course, which step it was: Chỉnh nha, siết chỉnh"""
    what = f"{line.service} {tooth}".strip()
    return f"{what}, {line.stage_label.lower()}" if line.stage_label else what


def talks(patient: Patient) -> Iterable[Entry]:
    """Her calls; one statement."""
    for call in calls.of_patient(patient):
        yield Entry(
            at=call.happened_at,
            shape="sent",
            icon="phone-incoming" if call.direction == Direction.IN else "phone",
            title=str(call.get_direction_display()),
            group="messages",
            bits=(
                Bit("reply", str(call.get_result_display())),
                Bit("user", call.by.short_name),
            ),
            quote=call.note,
        )


def _slot(slot: appointments.Line) -> Entry:
    ahead = not slot.outcome
    missed = slot.outcome == "no_show"
    came = slot.outcome in _CAME
    return Entry(
        at=slot.start or clock.day_bounds(slot.on_date)[0],
        shape="missed" if missed else "booked" if ahead else "visit" if came else "merged",
        icon="" if ahead or missed or came else "calendar-x",
        title=slot.service or pgettext("thread", "Appointment"),
        group="visits",
        chip_state=slot.outcome or ("unresolved" if slot.unresolved else slot.status),
        quote=slot.reason or slot.move_wish,
        bits=tuple(Bit("user", name) for name in (slot.dentist,) if name),
        day_only=slot.start is None,
    )
