"""What she answers, and what follows from it (docs/protocols.md, "Answers")."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics import clock
from clinics.public import Staff
from followup import contacts, enrolments, tasks
from followup.models import (
    Answer,
    AnswerChoice,
    Contact,
    ContactKind,
    DecisionEnd,
    StepKind,
    Task,
    TaskKind,
)
from messaging.public import links
from patients.public import Appointment, NotPossible, appointments


@dataclass(frozen=True)
class Sign:
    """A danger sign: how soon somebody must act on it."""

    key: str
    tier: str
    words: Promise


#: Worst first, as they are listed.
SIGNS = (
    Sign("breathing", "R1", _("Hard to breathe or to swallow")),
    Sign("bleeding", "R1", _("Bleeding that does not stop")),
    Sign("swelling", "R1", _("Swelling much more than yesterday")),
    Sign("spreading", "R1", _("Swelling that spreads to the eye or the neck")),
    Sign("swallowed", "R1", _("Swallowed or breathed in a part, and coughs")),
    Sign("fever", "R2", _("A fever of 38 degrees or more")),
    Sign("face", "R2", _("The face or the gum is swollen")),
    Sign("bruise", "R2", _("Severe pain since the treatment, with swelling and a bruise")),
    Sign("numb", "R2", _("Lip, chin or tongue still numb")),
    Sign("pus", "R2", _("Pus or a bad smell")),
    Sign("night_pain", "R2", _("Pain at night, or pain that lasts")),
    Sign("lost", "R2", _("The filling has come off")),
    Sign("temporary_lost", "R2", _("The temporary filling has come out")),
    Sign("wire_wax", "R2", _("A wire hurts although wax is on it")),
    Sign("injury", "R2", _("A blow to the mouth, or swelling")),
    Sign("retainer", "R2", _("The retainer is lost or broken")),
    Sign("loose", "R2", _("The tooth or its screw is loose")),
    Sign("high_bite", "R3", _("The bite feels too high")),
    Sign("wire", "R3", _("A wire pricks the cheek or the gum")),
    Sign("bracket", "R3", _("A bracket has come off")),
)
_OF_PROTOCOL = {
    "implant": ("breathing", "bleeding", "swelling", "fever", "numb", "pus"),
    "implant_crown": ("swelling", "fever", "pus", "loose", "high_bite"),
    "filling": ("breathing", "swelling", "fever", "night_pain", "lost", "high_bite"),
    "root_canal": ("breathing", "spreading", "fever", "face", "bruise", "temporary_lost"),
    "ortho": ("breathing", "swallowed", "wire_wax", "injury", "wire", "bracket"),
    "ortho_debond": ("retainer",),
}
_TREND = (AnswerChoice.BETTER, AnswerChoice.SAME, AnswerChoice.WORSE)
_USUAL = (AnswerChoice.FINE, AnswerChoice.UNEASY, AnswerChoice.CALL_ME, AnswerChoice.URGENT)
#: The tier an answer has by itself.
_TIER = {AnswerChoice.URGENT: "R1", AnswerChoice.WORSE: "R2"}
#: Pain from 0 to 10 that a dentist must hear of within 24 hours.
SEVERE_PAIN = 7


def choices(contact: Contact) -> tuple[AnswerChoice, ...]:
    """What can be answered to a question."""
    trend = contact.step is not None and contact.step.purpose == "check_trend"
    return _TREND if trend else _USUAL


def asks_pain(contact: Contact) -> bool:
    """Whether a question asks how strong the pain is, from 0 to 10."""
    return contact.step is not None and contact.step.purpose == "check_pain"


def signs_asked(contact: Contact) -> list[Sign]:
    """The danger signs asked for after this treatment, worst first."""
    key = contact.enrolment.version.protocol.key if contact.enrolment else ""
    asked = _OF_PROTOCOL.get(key, ())
    return [sign for sign in SIGNS if sign.key in asked]


def tier_of(choice: str, signs: Collection[str], pain: int | None = None) -> str:
    """The worst tier of an answer: R1 within 60 minutes, R2 within 24 hours, R3 within 7 days,
    "" when nothing needs a person."""
    severe = pain is not None and pain >= SEVERE_PAIN
    tiers = [sign.tier for sign in SIGNS if sign.key in signs]
    tiers += ["R2"] if severe else []
    tiers += [_TIER[choice]] if choice in _TIER else []  # type: ignore[index]
    return min(tiers, default="")


@transaction.atomic
def answer(
    *,
    contact: Contact,
    choice: str,
    signs: Sequence[str] = (),
    note: str = "",
    pain: int | None = None,
) -> Answer:
    """Keep an answer to a question, and give what it asks for to a person.

    A danger sign, "worse" or "urgent" opens a danger task that holds other messages back;
    "call me" a call; an uneasy answer after a filling the visit that hangs on it. The same
    answer twice is one; another one later holds instead. Raises NotPossible for what cannot be
    answered to this question.
    """
    known = {sign.key for sign in signs_asked(contact)}
    wrong = contact.kind != ContactKind.ASK or choice not in choices(contact)
    if wrong or set(signs) - known or not _pain_fits(contact, pain):
        raise NotPossible(gettext("This cannot be answered here."))
    Contact.objects.select_for_update().only("pk").get(pk=contact.pk)
    keys = ",".join(sign.key for sign in SIGNS if sign.key in signs)
    words = " ".join(note.split())[:500]
    last = latest(contact)
    same = (choice, keys, words, pain)
    if last is not None and (last.choice, last.signs, last.note, last.pain) == same:
        return last
    row = Answer.objects.create(
        contact=contact, choice=choice, signs=keys, note=words, pain=pain, answered_at=clock.now()
    )
    links.mark_acted(contact.uid)
    _silence_over(contact)
    _follow(row, tier_of(choice, signs, pain))
    return row


def _pain_fits(contact: Contact, pain: int | None) -> bool:
    return pain is None or (asks_pain(contact) and 0 <= pain <= 10)


def _silence_over(contact: Contact) -> None:
    """She has answered: nobody need call because she was silent."""
    contacts.end(
        Contact.objects.filter(
            enrolment=contact.enrolment_id,
            step=contact.step_id,
            cycle=contact.cycle,
            kind=ContactKind.CALL,
            step__kind=StepKind.ASK,
        ),
        end=DecisionEnd.STOPPED,
        reason="answered",
    )
    open_calls = Task.objects.filter(
        kind=TaskKind.SILENCE,
        contact__enrolment=contact.enrolment_id,
        done_at__isnull=True,
    )
    for task in open_calls:
        tasks.done(task, by=None, result=gettext("She has answered."))


def _follow(row: Answer, tier: str) -> None:
    contact = row.contact
    dentist = contact.enrolment.treatment.dentist if contact.enrolment else None
    if tier in ("R1", "R2"):
        _open(row, TaskKind.DANGER, tier, dentist)
    elif row.choice == AnswerChoice.CALL_ME or tier:
        _open(row, TaskKind.CALL_BACK, tier, None)
    if row.choice == AnswerChoice.UNEASY and contact.enrolment is not None:
        enrolments.ask_to_come(contact.enrolment, row.answered_at)


def _open(row: Answer, kind: TaskKind, tier: str, dentist: Staff | None) -> None:
    contact = row.contact
    tasks.give(
        kind=kind,
        patient=contact.patient,
        branch=contact.branch,
        contact=contact,
        tier=tier,
        why=row.note,
        assignee=dentist,
    )


def latest(contact: Contact) -> Answer | None:
    """Her last answer to a question; it is the one that holds."""
    return Answer.objects.filter(contact=contact).order_by("-answered_at", "-id").first()


def said_signs(row: Answer) -> list[Sign]:
    """The danger signs of an answer, worst first."""
    keys = set(filter(None, row.signs.split(",")))
    return [sign for sign in SIGNS if sign.key in keys]


# what she does with a slot or an invitation


@transaction.atomic
def confirm(contact: Contact) -> None:
    """She will come, to all the message was about. Raises NotPossible when a slot has ended."""
    for slot in contacts.slots_of(contact):
        appointments.confirm(slot)
    links.mark_acted(contact.uid)


@transaction.atomic
def ask_move(contact: Contact, *, slot: str, wish: str) -> Appointment:
    """She asks for another time; the desk gets it to do. `slot`: uid, "" = the first."""
    found = appointments.ask_move(_slot(contact, slot), wish=wish)
    links.mark_acted(contact.uid)
    return found


@transaction.atomic
def cancel(contact: Contact, *, slot: str, reason: str) -> Appointment:
    """She cannot come, and says why. `slot`: uid, "" = the first."""
    found = appointments.cancel(_slot(contact, slot), reason=reason)
    links.mark_acted(contact.uid)
    return found


def _slot(contact: Contact, uid: str) -> Appointment:
    for slot in contacts.slots_of(contact):
        if uid in ("", str(slot.uid)):
            return slot
    raise NotPossible(gettext("This cannot be answered here."))


@transaction.atomic
def wish_to_come(contact: Contact, *, wish: str) -> Task:
    """She says when she would like to come; the desk calls and keeps a place."""
    task = tasks.give(
        kind=TaskKind.CALL_BACK,
        patient=contact.patient,
        branch=contact.branch,
        contact=contact,
        why=" ".join(wish.split()),
    )
    links.mark_acted(contact.uid)
    return task
