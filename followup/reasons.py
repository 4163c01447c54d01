"""Why something was said, was not, or waits: every reason code of docs/protocols.md in words.

The words complete the sentence that begins with how the contact ended ("Sent because …").
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from followup.models import ContactKind, DecisionEnd

Words = str | Promise


@dataclass(frozen=True)
class Why:
    """A sentence in two parts: its bold beginning, and the reason."""

    begins: str
    because: str

    def __str__(self) -> str:
        return f"{self.begins} {self.because}"


_BEGINS: dict[str, Words] = {
    DecisionEnd.SENT: pgettext_lazy("why", "Sent because"),
    DecisionEnd.STOPPED: pgettext_lazy("why", "Not sent because"),
    DecisionEnd.FAILED: pgettext_lazy("why", "Could not be sent because"),
    DecisionEnd.TASK: pgettext_lazy("why", "Given to a person because"),
    DecisionEnd.MERGED: pgettext_lazy("why", "Merged into"),
    "wait": pgettext_lazy("why", "Not sent yet because"),
    "expected": pgettext_lazy("why", "Will be sent"),
}

_BECAUSE: dict[str, Words] = {
    # sent
    "confirmation": pgettext_lazy("why", "%(called)s has just booked."),
    "reminder": pgettext_lazy("why", "the appointment is a day or two away."),
    "ask": pgettext_lazy("why", "of %(treatment)s on %(day)s, protocol %(protocol)s."),
    "revisit": pgettext_lazy("why", "%(called)s is wanted between %(window)s and has not booked."),
    "recall": pgettext_lazy("why", "the regular check-up is due."),
    "care": pgettext_lazy("why", "%(called)s did not come to the appointment."),
    "offer": pgettext_lazy("why", "%(called)s did not come and has not booked anew."),
    "lapsed": pgettext_lazy("why", "%(called)s has not come for a long time."),
    "hint": pgettext_lazy("why", "%(called)s has agreed to a hint a month."),
    "together": pgettext_lazy("why", "the message about the same day."),
    # not sent
    "deceased": pgettext_lazy("why", "%(called)s has died."),
    "moved_away": pgettext_lazy("why", "%(called)s has moved away."),
    "patient_voided": pgettext_lazy("why", "this record was removed."),
    "test_patient": pgettext_lazy("why", "this is a record for trying things out."),
    "treatment_voided": pgettext_lazy("why", "the treatment was removed."),
    "appointment_voided": pgettext_lazy("why", "the appointment was removed."),
    "cancelled": pgettext_lazy("why", "the appointment was cancelled."),
    "moved": pgettext_lazy("why", "the appointment was moved."),
    "appointment_over": pgettext_lazy("why", "the appointment is over."),
    "appointment_past": pgettext_lazy("why", "the appointment had begun."),
    "answered": pgettext_lazy("why", "%(called)s has answered."),
    "was_fine": pgettext_lazy("why", "%(called)s said that all is well."),
    "too_late": pgettext_lazy("why", "the day it asks about is over."),
    "already_calling": pgettext_lazy("why", "somebody is already calling."),
    "moved_by_dentist": pgettext_lazy("why", "the dentist moved this visit to another month."),
    "treated_again": pgettext_lazy("why", "the treatment has gone on since."),
    "plan_closed": pgettext_lazy("why", "the treatment is finished."),
    "restored": pgettext_lazy("why", "the tooth has its filling or crown."),
    "healed": pgettext_lazy("why", "the dentist has noted that the tooth is healed."),
    "rides_along": pgettext_lazy("why", "another regular check-up falls into the same weeks."),
    "taken_back": pgettext_lazy("why", "the appointment was not missed after all."),
    "booked_anew": pgettext_lazy("why", "%(called)s has an appointment."),
    "care_plan": pgettext_lazy("why", "a care plan asks for the next visit."),
    "came": pgettext_lazy("why", "%(called)s has come."),
    "window_over": pgettext_lazy("why", "the time for this visit is over."),
    "signed_late": pgettext_lazy("why", "the treatment was signed after its time."),
    "refused": pgettext_lazy("why", "%(called)s does not want these messages."),
    "no_content": pgettext_lazy(
        "why", "%(called)s has not agreed to hints: ask at the next visit."
    ),
    "hints_off": pgettext_lazy("why", "the hints of this care plan were switched off."),
    "of_age": pgettext_lazy("why", "%(called)s is of age now and has not been asked herself."),
    "no_basis": pgettext_lazy("why", "it is not noted that we may write to %(called)s."),
    # cannot be sent
    "no_contact_point": pgettext_lazy("why", "there is no mobile number."),
    "no_account": pgettext_lazy("why", "no Zalo account or SMS name is connected."),
    "no_template": pgettext_lazy("why", "this text has not been approved."),
    "unreachable": pgettext_lazy("why", "none of the numbers receives messages."),
    # waits
    "booked": pgettext_lazy("why", "%(called)s has booked for it."),
    "danger_open": pgettext_lazy(
        "why", "a danger sign is open. It goes on by itself when somebody has closed it."
    ),
    "after_check": pgettext_lazy("why", "it follows the day after the last check."),
    "quiet_hours": pgettext_lazy("why", "of the quiet hours."),
    # given to a person
    "silence": pgettext_lazy("why", "%(called)s has not answered after surgery."),
    "not_booked": pgettext_lazy("why", "%(called)s has not booked for this visit."),
    "missed": pgettext_lazy("why", "%(called)s missed an appointment and has not booked anew."),
    "dentist_decides": pgettext_lazy("why", "%(called)s has not come; the dentist decides."),
}

#: What would be said, while it is still ahead.
_EXPECTED: dict[str, Words] = {
    ContactKind.REMINDER: pgettext_lazy("why", "if the appointment stands then."),
    ContactKind.ASK: pgettext_lazy("why", "because of %(treatment)s on %(day)s."),
    ContactKind.INVITE: pgettext_lazy("why", "if %(called)s has not booked for it by then."),
    ContactKind.CARE: pgettext_lazy("why", "because %(called)s did not come."),
    ContactKind.OFFER: pgettext_lazy("why", "if %(called)s has not booked by then."),
    ContactKind.HINT: pgettext_lazy("why", "if %(called)s agrees to hints then."),
    ContactKind.NUDGE: pgettext_lazy("why", "if %(called)s has neither booked nor come by then."),
}
_EXPECTED_TASK: dict[str, Words] = {
    ContactKind.CALL: pgettext_lazy("why", "A call, if nothing has come of it by then."),
    ContactKind.CLINICIAN: pgettext_lazy("why", "The dentist decides, if she has not come."),
}

#: Codes of what no provider was asked to take, or could be.
NOT_SENT = {"account_paused", "no_connection", "too_late", "budget", "ad_cap", "misfit"}
#: Why a message that was sent reached nobody, by the provider's code (docs/providers.md).
_UNREACHED: dict[str, Words] = {
    "expired": pgettext_lazy("unreached", "the message was not delivered in time"),
    "unknown": pgettext_lazy("unreached", "nobody knows whether it arrived"),
    "refused": pgettext_lazy("unreached", "the patient does not want these messages"),
    "too_few": pgettext_lazy("unreached", "too few numbers to send this advertisement by SMS"),
    "own_link": pgettext_lazy("unreached", "an SMS advertisement cannot carry a link of her own"),
    "-118": pgettext_lazy("unreached", "there is no Zalo account with this number"),
    "-108": pgettext_lazy("unreached", "the number is not valid"),
    "budget": pgettext_lazy("unreached", "the month's limit for messages was used up"),
    "ad_cap": pgettext_lazy("unreached", "she has had as many advertisements as she may get"),
    "misfit": pgettext_lazy("unreached", "the words did not fit the registered text"),
    "account_paused": pgettext_lazy("unreached", "the clinic's account could not send"),
    "no_connection": pgettext_lazy("unreached", "the provider could not be reached"),
    "too_late": pgettext_lazy("unreached", "it was held back until it was out of date"),
}


def decided(end: str, code: str, facts: dict[str, str]) -> Why:
    """The sentence of a decision."""
    return Why(str(_BEGINS[end]), _fill(_BECAUSE.get(code), code, facts))


def waiting(code: str, facts: dict[str, str]) -> Why:
    """The sentence of a wait."""
    return Why(str(_BEGINS["wait"]), _fill(_BECAUSE.get(code), code, facts))


def expected(kind: str, facts: dict[str, str]) -> Why | None:
    """Under what condition something ahead will be said."""
    if kind in _EXPECTED_TASK:
        return Why("", _fill(_EXPECTED_TASK[kind], kind, facts))
    words = _EXPECTED.get(kind)
    return Why(str(_BEGINS["expected"]), _fill(words, kind, facts)) if words else None


def unreached(code: str) -> str:
    """Why a message that was sent reached nobody."""
    return str(_UNREACHED.get(code, pgettext("unreached", "the provider did not take it")))


def short(code: str) -> str:
    """A reason as a filter of the data list names it."""
    return str(_SHORT[code]) if code in _SHORT else unreached(code)


_SHORT: dict[str, Words] = {
    "no_contact_point": pgettext_lazy("data", "No mobile number"),
    "no_account": pgettext_lazy("data", "No Zalo account or SMS name connected"),
    "no_template": pgettext_lazy("data", "Text not approved"),
    "unreachable": pgettext_lazy("data", "Number receives no messages"),
    "undelivered": pgettext_lazy("data", "Sent, but not received"),
}


def _fill(words: Words | None, code: str, facts: dict[str, str]) -> str:
    return str(words) % facts if words is not None else code


#: What a step is called on a timeline and in lists.
TITLES: dict[str, Words] = {
    "care_guide": gettext_lazy("Care on the first day"),
    "check_trend": gettext_lazy("Question on day 3"),
    "check_filling": gettext_lazy("Question on day %(n)s"),
    "check_crown": gettext_lazy("Question on day %(n)s"),
    "suture": gettext_lazy("suture removal"),
    "healing": gettext_lazy("healing check"),
    "integration": gettext_lazy("implant check before the crown"),
    "maintenance": gettext_lazy("implant care visit"),
    "check_pain": gettext_lazy("Question on day %(n)s"),
    "check_braces": gettext_lazy("Question on day %(n)s"),
    "check_retainer": gettext_lazy("Question on day %(n)s"),
    "root_session": gettext_lazy("next root canal session"),
    "root_check": gettext_lazy("check after the root canal"),
    "restoration": gettext_lazy("filling or crown after the root canal"),
    "root_symptoms": gettext_lazy("tooth check after half a year"),
    "root_healing": gettext_lazy("healing check of the root"),
    "adjustment": gettext_lazy("braces adjustment"),
    "retention": gettext_lazy("retainer check"),
    "hint_braces": pgettext_lazy("thread", "Hint: keeping teeth well with braces"),
    "filling_check": gettext_lazy("filling check"),
    "recall": gettext_lazy("regular check-up"),
    "missed": gettext_lazy("missed appointment"),
    "lapsed": gettext_lazy("return after a long time"),
}
_KINDS: dict[str, Words] = {
    ContactKind.INVITE: pgettext_lazy("thread", "Invitation: %(what)s"),
    ContactKind.NUDGE: pgettext_lazy("thread", "Second invitation: %(what)s"),
    ContactKind.CALL: pgettext_lazy("thread", "Call about the %(what)s"),
    ContactKind.CLINICIAN: pgettext_lazy("thread", "Dentist decides: %(what)s"),
    ContactKind.CARE: pgettext_lazy("thread", "Asked after the missed appointment"),
    ContactKind.OFFER: pgettext_lazy("thread", "Two free times offered"),
}


def title(kind: str, *, purpose: str = "", day: int | None = None) -> str:
    """What a contact is called."""
    if kind == ContactKind.CONFIRMATION:
        return pgettext("thread", "Booking confirmation")
    if kind == ContactKind.REMINDER:
        return pgettext("thread", "Appointment reminder")
    words = str(TITLES.get(purpose, purpose)) % {"n": day or ""}
    if kind in (ContactKind.ASK, ContactKind.HINT):
        return words
    if kind == ContactKind.CALL and day is not None:
        return pgettext("thread", "Call if there is no answer")
    return str(_KINDS[kind]) % {"what": words}
