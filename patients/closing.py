"""The end of a branch's day: what nobody has settled yet, and what nobody has signed.

Nothing is marked by itself (docs/kpi.md, B9): an appointment without an outcome is asked about
here until a person says what happened.
"""

from __future__ import annotations

from dataclasses import dataclass

from clinics import clock
from clinics.public import Branch
from patients import appointments, treatments
from patients.board import Entry, entry_of

LIMIT = 100


@dataclass(frozen=True)
class Closing:
    """What a branch's day still asks for. `more` = unsettled ones beyond the first 100."""

    unsettled: list[Entry]
    more: int
    inside: list[Entry]  # checked in, their visit not over yet
    unsigned: list[treatments.Line]

    @property
    def is_settled(self) -> bool:
        """Whether the branch may go home."""
        return not (self.unsettled or self.inside or self.unsigned)


def read(branch: Branch) -> Closing:
    """Everything open up to now, the oldest first; four statements."""
    now = clock.now()
    unsettled = appointments.unresolved([branch], limit=LIMIT)
    return Closing(
        unsettled=[entry_of(line, now) for line in unsettled],
        more=max(0, count(branch) - len(unsettled)) if len(unsettled) == LIMIT else 0,
        inside=[entry_of(line, now) for line in appointments.inside(branch)],
        unsigned=treatments.unsigned_in(branch),
    )


def count(branch: Branch) -> int:
    """How many appointments of the branch nobody has settled; one statement."""
    return appointments.count_unresolved([branch])
