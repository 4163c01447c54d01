"""The blanks a text may have: a closed list, what each means and how long it may become.

Who fills them: followup/wording.py for messages of appointments, care plans and absences; the
link is made when a message is queued. Pure: no database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from messaging.models import TemplatePurpose as P
from messaging.wordings import LINK

#: A blank as it stands in a text.
BLANK = re.compile(r"{{\s*(\w+)\s*}}")
_EVERY = frozenset(P)
_SLOT = frozenset({P.CONFIRMATION, P.REMINDER})
_TREATED = frozenset({P.AFTERCARE, P.CHECK, P.RECALL, P.SURVEY})


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`longest`: letters it may have. `may_cut`: a shorter form still says the truth."""

    name: str
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
            pgettext_lazy("blank", "How she is called, with her name"),
            "chị Trang",
            60,
            may_cut=True,
        ),
        Placeholder(
            "salutation", pgettext_lazy("blank", "How she is addressed"), "chị", 10, may_cut=True
        ),
        Placeholder("name", pgettext_lazy("blank", "Her given name"), "Trang", 30, may_cut=True),
        Placeholder(
            "clinic", pgettext_lazy("blank", "Name of the clinic"), "An Tâm", 60, may_cut=True
        ),
        Placeholder(
            "branch", pgettext_lazy("blank", "Name of the branch"), "Quận 3", 60, may_cut=True
        ),
        Placeholder("hotline", pgettext_lazy("blank", "Number to call"), "028 7300 6868", 20),
        Placeholder(
            "time", pgettext_lazy("blank", "Hour of the appointment"), "15:30", 12, purposes=_SLOT
        ),
        Placeholder(
            "day",
            pgettext_lazy("blank", "Day of the appointment"),
            "thứ Ba 17/11",
            20,
            purposes=_SLOT | {P.RECALL},
        ),
        Placeholder(
            "dentist",
            pgettext_lazy("blank", "Her dentist"),
            "BS. Khôi",
            40,
            purposes=_SLOT | _TREATED,
            may_cut=True,
        ),
        Placeholder(
            "treated_on",
            pgettext_lazy("blank", "When she was treated"),
            "ngày 14/11",
            40,
            purposes=_TREATED,
        ),
        Placeholder(
            "slot_1",
            pgettext_lazy("blank", "First free hour offered"),
            "09:30 thứ Ba 17/11",
            24,
            purposes=frozenset({P.RECALL}),
        ),
        Placeholder(
            "slot_2",
            pgettext_lazy("blank", "Second free hour offered"),
            "15:30 thứ Tư 18/11",
            24,
            purposes=frozenset({P.RECALL}),
        ),
        Placeholder(
            LINK,
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


def examples() -> dict[str, str]:
    """A value for each, as one real message would have them."""
    return {one.name: one.example for one in PLACEHOLDERS.values() if one.name != LINK}
