"""The blanks a text may have: a closed list, what each means and how long it may become.

Who fills them: followup/wording.py for messages of appointments, care plans and absences; the
link is made when a message is queued. Pure: no database.

People type a blank as a word in brackets, [tên]; stored it is Liquid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from messaging import texts
from messaging.models import Language
from messaging.models import TemplatePurpose as P
from messaging.wordings import LINK

#: A blank as it stands in a text, and as people type it: [tên].
BLANK = re.compile(r"{{\s*(\w+)\s*}}")
TYPED = re.compile(r"\[([^\[\]{}\n]{1,30})\]")
_EVERY = frozenset(P)
_SLOT = frozenset({P.CONFIRMATION, P.REMINDER})
_TREATED = frozenset({P.AFTERCARE, P.CHECK, P.RECALL, P.SURVEY})
#: Letters a blank takes where its provider does not say.
LONGEST = texts.VALUE_LENGTH


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`word`: as it is typed, in brackets. `longest`: letters it may have. `may_cut`: a shorter
    form still says the truth."""

    name: str
    word: str
    means: Promise
    example: str
    longest: int
    purposes: frozenset[P] = _EVERY
    may_cut: bool = False


PLACEHOLDERS = {
    one.name: one
    for one in (
        Placeholder(
            "full_call",
            "cách gọi",
            pgettext_lazy("blank", "How she is called, with her name"),
            "chị Trang",
            60,
            may_cut=True,
        ),
        Placeholder(
            "salutation",
            "xưng hô",
            pgettext_lazy("blank", "How she is addressed"),
            "chị",
            10,
            may_cut=True,
        ),
        Placeholder(
            "name", "tên", pgettext_lazy("blank", "Her given name"), "Trang", 30, may_cut=True
        ),
        Placeholder(
            "clinic",
            "phòng khám",
            pgettext_lazy("blank", "Name of the clinic"),
            "An Tâm",
            60,
            may_cut=True,
        ),
        Placeholder(
            "branch",
            "chi nhánh",
            pgettext_lazy("blank", "Name of the branch"),
            "Quận 3",
            60,
            may_cut=True,
        ),
        Placeholder(
            "hotline", "số gọi", pgettext_lazy("blank", "Number to call"), "028 7300 6868", 20
        ),
        Placeholder(
            "time",
            "giờ hẹn",
            pgettext_lazy("blank", "Hour of the appointment"),
            "15:30",
            12,
            purposes=_SLOT,
        ),
        Placeholder(
            "day",
            "ngày hẹn",
            pgettext_lazy("blank", "Day of the appointment"),
            "thứ Ba 17/11",
            20,
            purposes=_SLOT | {P.RECALL},
        ),
        Placeholder(
            "dentist",
            "bác sĩ",
            pgettext_lazy("blank", "Her dentist"),
            "BS. Khôi",
            40,
            purposes=_SLOT | _TREATED,
            may_cut=True,
        ),
        Placeholder(
            "treated_on",
            "ngày điều trị",
            pgettext_lazy("blank", "When she was treated"),
            "ngày 14/11",
            40,
            purposes=_TREATED,
        ),
        Placeholder(
            "slot_1",
            "giờ trống 1",
            pgettext_lazy("blank", "First free hour offered"),
            "09:30 thứ Ba 17/11",
            24,
            purposes=frozenset({P.RECALL}),
        ),
        Placeholder(
            "slot_2",
            "giờ trống 2",
            pgettext_lazy("blank", "Second free hour offered"),
            "15:30 thứ Tư 18/11",
            24,
            purposes=frozenset({P.RECALL}),
        ),
        Placeholder(
            LINK,
            "đường dẫn",
            pgettext_lazy("blank", "Address of her own page"),
            "https://an-tam.vn/k/Ab3dEf6hIj9lMn2pQr5tUv8x/",
            80,
        ),
    )
}


def of_purpose(purpose: str) -> list[Placeholder]:
    """The blanks a text of this purpose may have, in the list's order."""
    return [one for one in PLACEHOLDERS.values() if purpose in one.purposes]


def used(text: str) -> list[str]:
    """The blanks of a text in their order, each once."""
    return list(dict.fromkeys(BLANK.findall(text)))


#: The examples that another language says in another way.
_IN_ENGLISH = {
    "full_call": "John Smith",
    "salutation": "you",
    "name": "John Smith",
    "day": "Tue 17 Nov",
    "dentist": "Dr. Khôi",
    "treated_on": "on 14 Nov",
    "slot_1": "09:30 Tue 17 Nov",
    "slot_2": "15:30 Wed 18 Nov",
}


def examples(language: str = "") -> dict[str, str]:
    """A value for each, as one real message of a language would have them."""
    found = {one.name: one.example for one in PLACEHOLDERS.values() if one.name != LINK}
    return found | _IN_ENGLISH if language == Language.EN else found


def as_typed(text: str) -> str:
    """A stored text as people read and type it."""
    return BLANK.sub(
        lambda blank: f"[{PLACEHOLDERS[blank[1]].word}]" if blank[1] in PLACEHOLDERS else blank[0],
        text,
    )


def from_typed(text: str) -> str:
    """A typed text as it is stored. What is no blank of ours stays, for the lint to name."""
    known = {_folded(one.word): one.name for one in PLACEHOLDERS.values()}

    def stored(typed: re.Match[str]) -> str:
        name = known.get(_folded(typed[1]))
        return f"{{{{ {name} }}}}" if name else typed[0]

    return TYPED.sub(stored, text)


def _folded(word: str) -> str:
    return texts.without_accents(word).lower()
