"""The numbers, each declared once: what counts, what does not and why, and when (docs/kpi.md).

Everything that shows a number reads it here: headline, trend, branches, people, API.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

Text = str | Promise


def said(text: str) -> Text:
    """Words of the numbers, apart from the same words elsewhere."""
    return pgettext_lazy("kpi", text)


class Kind(StrEnum):
    """How a value is made of its units."""

    SHARE = "share"  # counted ÷ (counted + not counted), Wilson interval
    SURVIVAL = "survival"  # estimated over all units, also those not yet mature


class Better(StrEnum):
    UP = "up"
    DOWN = "down"


#: Dimensions every unit carries; by time follows from its index day.
BY_TIME = ("day", "week", "month")
BY_PLACE = ("branch", "service", "staff")


@dataclass(frozen=True)
class Part:
    """One way to read a metric's units.

    `horizon` is how many days a unit is followed before it is mature (0: at once); an event
    later than `after` and not later than `horizon` counts. `event` names the column of days.
    """

    key: str
    kind: Kind
    horizon: int = 0
    after: int = 0
    event: str = "days"


@dataclass(frozen=True)
class Metric:
    """A declared number. Its texts are shown behind "how it is counted"."""

    key: str
    version: int
    name: Text
    unit: str
    better: Better
    once_per_person: bool
    first_list: str  # the role whose people a page shows first: those something can be done about
    parts: Sequence[Part]
    population: Text
    index: Text
    counts: Text
    counts_not: Text
    leaves_out: Text
    matures: Text
    dimensions: Sequence[str] = (*BY_TIME, *BY_PLACE)

    def part(self, key: str) -> Part:
        """The part of this key; "" is the headline. Raises KeyError."""
        if not key:
            return self.parts[0]
        for part in self.parts:
            if part.key == key:
                return part
        raise KeyError(key)


REVISIT = Metric(
    key="revisit",
    version=1,
    name=said("Return rate"),
    unit="fraction",
    better=Better.UP,
    once_per_person=True,
    first_list="not_counted",
    parts=(
        Part("headline", Kind.SURVIVAL, horizon=180),
        Part("r90", Kind.SURVIVAL, horizon=90),
        Part("r180_mature", Kind.SHARE, horizon=180),
        Part("r90_180", Kind.SURVIVAL, horizon=180, after=90),
        Part("any_return", Kind.SURVIVAL, horizon=180, event="any_days"),
    ),
    population=said("People who finished a plan of treatment in the period, each once."),
    index=said("The day of the visit that closed the plan; the first one in the period."),
    counts=said(
        "She came again within 180 days for something new: a new plan, or a check-up that a care"
        " plan counts as a return."
    ),
    counts_not=said("180 days are over and she has not come again, or came later than that."),
    leaves_out=said("People still in treatment and test records, each listed with its reason."),
    matures=said(
        "180 days after the plan was closed. Who has not been followed that long yet takes part"
        " in the estimate with the days known so far, and is listed apart."
    ),
)

NO_SHOW = Metric(
    key="no_show",
    version=1,
    name=said("Did not come"),
    unit="fraction",
    better=Better.DOWN,
    once_per_person=False,
    first_list="counted",
    parts=(Part("headline", Kind.SHARE),),
    population=said("Appointments in the period."),
    index=said("The day of the appointment on the clinic's clock."),
    counts=said("She did not come and did not say so."),
    counts_not=said("She came, on time or late, or cancelled less than 24 hours ahead."),
    leaves_out=said(
        "Appointments cancelled 24 hours ahead or more, moved, or cancelled by the clinic, and"
        " test records, each listed with its reason."
    ),
    matures=said("When its day is over, or as soon as somebody said how it ended."),
)

METRICS: dict[str, Metric] = {metric.key: metric for metric in (REVISIT, NO_SHOW)}

#: Why a unit stands where it stands, in the clinic's words.
REASONS: dict[str, Text] = {
    "no_show": said("Did not come"),
    "on_time": said("Came on time"),
    "late": said("Came late"),
    "late_cancel": said("Cancelled less than 24 hours ahead"),
    "cancelled": said("Cancelled in time"),
    "moved": said("Moved in time"),
    "late_move": said("Moved less than 24 hours ahead"),
    "clinic_cancelled": said("Cancelled by the clinic"),
    "unresolved": said("Nobody has said how it ended"),
    "day_not_over": said("The day is not over yet"),
    "test_patient": said("Test record"),
    "in_treatment": said("Still in treatment"),
    "deceased": said("Deceased"),
    "moved_away": said("Moved away"),
    "returned": said("Came again in time"),
    "returned_early": said("Came again, 6 months not over yet"),
    "returned_before": said("Came again in the first 3 months"),
    "returned_later": said("Came again later than that"),
    "never_returned": said("Has not come again"),
    "waiting": said("Being followed"),
}

#: Below this many mature units nothing is concluded: counts are shown, and the period widens.
FEW = 20
#: Share of appointments without an outcome above which a number needs checking (docs/kpi.md).
UNRESOLVED_LIMIT = 0.02
