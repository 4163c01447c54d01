"""When a person asks us to stop, and when she only seems to (docs/inbox.md, "Stop").

Pure but for the verbs at the end. A refusal is a whole message that means one: words around it
("không đến được", "huỷ lịch giúp em") are an answer for a person to read.
"""

from __future__ import annotations

from collections.abc import Iterable

from clinics.public import Staff
from messaging.models import Message
from patients.public import Patient, Purpose, basis, names

#: Whole messages, folded (small letters, no accents, no signs), that mean "write no more".
_WHOLE = frozenset(
    {
        "stop", "tu choi", "huy", "huy dang ky", "huy dk", "huy nhan tin", "ngung", "dung",
        "ngung nhan tin", "ngung gui tin", "dung nhan tin", "dung gui tin", "dung nhan",
        "khong nhan tin", "khong nhan tin nua", "toi khong muon nhan tin", "unsubscribe",
        "khong muon nhan tin", "khong muon nhan tin nua", "dung nhan tin nua", "tc", "thoi",
        "thoi dung nhan nua", "tu choi nhan tin", "tu choi quang cao", "ngung quang cao",
        "dung nhan tin cho toi nua", "dung nhan cho toi nua", "bo dang ky", "stop all", "end",
    }
)  # fmt: skip
_WHOLE_PACKED = frozenset(words.replace(" ", "") for words in _WHOLE)
#: Polite words around the words of a refusal that change nothing.
_POLITE = frozenset(
    "a nhe nha di ah em oi anh chi co chu bac minh toi cho giup xin vui long".split()
)
#: Alone they are also words of a running talk ("thôi", "dừng"): a command only in capitals.
_NEEDS_CAPITALS = frozenset({"dung", "ngung", "thoi", "end"})
#: After a message about an appointment these may mean the appointment: capitals too.
_OR_THE_SLOT = frozenset({"huy", "tu choi"})
_ABOUT_SLOTS = frozenset({"booking_confirmation", "reminder"})


def asks_to_stop(text: str, *, about_slot: bool = False, brands: Iterable[str] = ()) -> bool:
    """Whether a whole message asks us to write no more, with or without accents.

    `about_slot`: what we said last was about an appointment; "huỷ" may then be meant for that,
    and counts only as the command it is: in capitals. `brands`: what our name is on this channel;
    beside it ("TU CHOI AN TAM", as networks teach people) a word of refusal can mean nothing else.
    """
    said = names.fold(text)
    if not said or len(said) > 60:
        return False
    if any(_beside(brand, said) in _WHOLE_PACKED for brand in brands):
        return True
    kept = " ".join(word for word in said.split() if word not in _POLITE) or said
    if kept in _NEEDS_CAPITALS or (about_slot and kept in _OR_THE_SLOT):
        return text.strip().isupper()
    return said in _WHOLE or kept in _WHOLE


def _beside(brand: str, said: str) -> str:
    """What is said before or after our name, without spaces; "" = our name is not said."""
    packed, name = said.replace(" ", ""), names.fold(brand).replace(" ", "")
    if not name or name not in packed:
        return ""
    return packed.removesuffix(name) if packed.endswith(name) else packed.removeprefix(name)


def spoke_of_slot(patient: Patient, channel: str) -> bool:
    """Whether the last message she was sent on this channel was about an appointment."""
    last = _last(patient, channel)
    return last is not None and last.template.key in _ABOUT_SLOTS


def purposes_of(patient: Patient, channel: str) -> list[str]:
    """What a refusal is about: the purpose of the last message she was sent on this channel;
    when there is none, every purpose."""
    last = _last(patient, channel)
    return [last.purpose] if last else list(Purpose.values)


def _last(patient: Patient, channel: str) -> Message | None:
    sent = Message.objects.filter(patient=patient, channel=channel, called_at__isnull=False)
    return sent.select_related("template").order_by("-called_at", "-id").first()


def refuse(patient: Patient, *, channel: str, purposes: list[str], source: str) -> None:
    """Note her refusal of these purposes on this channel."""
    for purpose in purposes:
        basis.refuse(patient=patient, purpose=purpose, channel=channel, source=source)


def refuse_all(patient: Patient, *, channel: str, source: str, by: Staff | None = None) -> None:
    """She wants nothing more on this channel."""
    for purpose in Purpose.values:
        basis.refuse(patient=patient, purpose=purpose, channel=channel, source=source, by=by)
