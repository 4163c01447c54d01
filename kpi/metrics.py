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
    COUNT = "count"  # how many were counted: no share, and no range
    PER_DAY = "per_day"  # counted ÷ days on which a branch was open
    HELD = "held"  # counted ÷ (counted + not counted) of all records held, spoken in counts


class Better(StrEnum):
    UP = "up"
    DOWN = "down"


#: Dimensions every unit carries; by time follows from its index day.
BY_TIME = ("day", "week", "month")
BY_PLACE = ("branch", "service", "staff")
BY_CHANNEL = "channel"


@dataclass(frozen=True)
class Part:
    """One way to read a metric's units.

    `horizon` is how many days a unit is followed before it is mature (0: at once); an event
    later than `after` and not later than `horizon` counts. `event` names the column of days,
    `since` the one from whose day it is followed ("" = the index day; who has none is left out).
    `among` are the stored roles this part looks at; everybody else is left out.

    A part with `counts` reads the stored reasons instead ("failed%" = all that begin so): each
    is counted, not counted, still waited for, or else left out as `otherwise` ("" = as it is
    stored). `matures`: only once the unit's `mature_at` is over; until then `unsure` reasons
    are told as `unsure_as`.

    A part with `stock` looks at what is held, "records" or "acts", instead of units
    (kpi/stock.py): `counts` are then the states that count, `waits` those nobody has judged yet.
    """

    key: str
    kind: Kind
    horizon: int = 0
    after: int = 0
    event: str = "days"
    since: str = ""
    among: Sequence[str] = ()
    counts: Sequence[str] = ()
    counts_not: Sequence[str] = ()
    waits: Sequence[str] = ()
    otherwise: str = ""
    matures: bool = False
    unsure: Sequence[str] = ()
    unsure_as: str = ""
    stock: str = ""


@dataclass(frozen=True)
class Unsourced:
    """A part that cannot be counted yet: its name, and what is missing. Said, never guessed."""

    key: str
    name: Text
    why: Text


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
    days: int = 0  # a rolling window of so many days, whatever period is asked for; 0 = none
    leads: str = ""  # the part pages show first, while the headline has no source
    unsourced: Sequence[Unsourced] = ()

    @property
    def lead(self) -> Part:
        """The part a page leads with."""
        return self.part(self.leads)

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

#: Reasons of a message that reached her, and of one that did not.
_SURE = (
    *("answered", "opened_link", "booked", "seen", "seen_one_way"),
    *("read%", "not_read_booked"),
)
_UNSURE = ("no_sign", "one_way", "not_read", "not_read_one_way")
_REACHED = (*_SURE, *_UNSURE)
#: Delivered with a link, and not answered.
_SILENT = (
    *("opened_link", "booked", "no_sign", "seen", "read", "read_opened", "read_booked"),
    *("not_read", "not_read_booked"),
)
_LOST = ("failed%", "expired", "outcome_unknown")

OPEN_RATE = Metric(
    key="open_rate",
    version=1,
    name=said("Care messages read"),
    unit="fraction",
    better=Better.UP,
    once_per_person=False,
    first_list="not_counted",
    parts=(
        Part(
            "headline",
            Kind.SHARE,
            counts=("read%",),
            counts_not=("not_read%",),
            otherwise="no_reading",
            matures=True,
            unsure=("not_read%",),
            unsure_as="waiting_72h",
        ),
        Part(
            "surely_read",
            Kind.SHARE,
            counts=_SURE,
            counts_not=_UNSURE,
            waits=("under_way",),
            matures=True,
            unsure=_UNSURE,
            unsure_as="waiting_72h",
        ),
        Part("delivery", Kind.SHARE, counts=_REACHED, counts_not=_LOST, waits=("under_way",)),
        Part(
            "response",
            Kind.SHARE,
            counts=("answered", "read_answered"),
            counts_not=_SILENT,
            waits=("under_way",),
            matures=True,
            unsure=_SILENT,
            unsure_as="waiting_72h",
        ),
        Part("read_capable_share", Kind.SHARE, counts=("read%", "not_read%"), counts_not=_REACHED),
    ),
    population=said(
        "Care messages that were handed over in the period. All attempts to say one thing, on"
        " whatever channel, are one message."
    ),
    index=said("The day on which it was first handed over."),
    counts=said(
        "It was delivered, and within 72 hours she opened her link, answered, confirmed or booked:"
        " so it was surely read."
    ),
    counts_not=said(
        "It was delivered and 72 hours went by without a sign. She may have read it all the same:"
        " neither Zalo templates nor SMS report reading."
    ),
    leaves_out=said(
        "Messages that were not delivered, with the provider's reason, messages withdrawn before"
        " they went out, and test records."
    ),
    matures=said("72 hours after it was delivered."),
    dimensions=(*BY_TIME, "branch", BY_CHANNEL),
    leads="surely_read",
    unsourced=(
        Unsourced(
            "headline",
            said("Messages reported as read"),
            said("No channel has reported reading yet: Zalo templates and SMS tell only delivery."),
        ),
    ),
)

NEW_DATA = Metric(
    key="new_data",
    version=1,
    name=said("New patients in the book"),
    unit="people",
    better=Better.UP,
    once_per_person=False,
    first_list="counted",
    parts=(
        Part("headline", Kind.COUNT),
        Part("per_open_day", Kind.PER_DAY),
        Part("complete", Kind.SHARE),
        Part("reachable_30", Kind.SHARE, horizon=30, after=-1, among=("counted",)),
    ),
    population=said("People who were written down for the first time in the period."),
    index=said("The day of her first record, at the branch that made it."),
    counts=said(
        "The record has a name, a mobile number, where it was made and the basis on which the"
        " clinic may write to her."
    ),
    counts_not=said("One of these is missing; the list says which."),
    leaves_out=said("People who came in by an import, in a list of their own, and test records."),
    matures=said("At once; what is added to a record later counts from then on."),
    unsourced=(
        Unsourced(
            "capture_rate",
            said("Of all who asked for the first time"),
            said(
                "Not known yet: calls, Zalo threads and forms are not connected, so nobody knows"
                " how many asked."
            ),
        ),
    ),
)

LOYALTY = Metric(
    key="loyalty",
    version=1,
    name=said("Become loyal patients"),
    unit="fraction",
    better=Better.UP,
    once_per_person=True,
    first_list="not_counted",
    parts=(
        Part("headline", Kind.SURVIVAL, horizon=365),
        Part("step_2", Kind.SURVIVAL, horizon=365, event="any_days"),
        Part("step_3", Kind.SURVIVAL, horizon=365, after=-1, since="any_days"),
    ),
    population=said("People whose first visit lies in the period."),
    index=said("The day of her first visit."),
    counts=said(
        "Within 365 days of the first visit she had, inside one year, three visits on different"
        " days, over 90 days or more, for two different things: two plans of treatment, or one and"
        " a check-up she kept."
    ),
    counts_not=said("365 days are over and that has not happened."),
    leaves_out=said("Test records, each listed."),
    matures=said(
        "365 days after the first visit. Who has not been followed that long yet takes part in the"
        " estimate with the days known so far, and is listed apart."
    ),
    unsourced=(
        Unsourced(
            "step_4",
            said("Loyal patients who bring others"),
            said("Not known yet: nobody writes down who was sent by whom."),
        ),
        Unsourced(
            "complaints",
            said("Open complaints"),
            said("Not looked at yet: complaints are not kept here, so they hold nobody back."),
        ),
    ),
)

DATA_LEAK = Metric(
    key="data_leak",
    version=2,
    name=said("Leaks of data"),
    unit="fraction",
    better=Better.DOWN,
    once_per_person=False,
    first_list="counted",
    parts=(
        Part(
            "headline", Kind.HELD, stock="records", counts=("lost", "exposed"),
            waits=("suspected",),
        ),
        Part("loss", Kind.HELD, stock="records", counts=("lost",)),
        Part("exposure", Kind.HELD, stock="records", counts=("exposed",), waits=("suspected",)),
        Part("suspected", Kind.HELD, stock="records", counts=("suspected",)),
        Part(
            "dropped_ball",
            Kind.SHARE,
            counts=("not_done", "done_too_late"),
            counts_not=("done_in_time",),
            matures=True,
            unsure=("not_done",),
            unsure_as="still_time",
        ),
        Part("accountability", Kind.SHARE, stock="acts"),
    ),
    population=said("Records held at any time in the last 30 days."),
    index=said("The day of what happened to it."),
    counts=said(
        "It was lost: deleted, voided, its name overwritten or its last number gone without a"
        " reason. Or it came into wrong hands, and somebody has confirmed that."
    ),
    counts_not=said("Nothing of that kind was seen."),
    leaves_out=said("Test records, each listed. What is being looked into is listed apart."),
    matures=said("When somebody has said what a suspected case was."),
    dimensions=(*BY_TIME, "branch", "staff"),
    days=30,
    unsourced=(
        Unsourced(
            "photographs",
            said("What no book shows"),
            said(
                "A photograph of a screen, a message to a wrong number that the patient herself"
                " gave, and one sign-in shared by several people leave no trace here."
            ),
        ),
    ),
)  # fmt: skip

METRICS: dict[str, Metric] = {
    metric.key: metric for metric in (REVISIT, NEW_DATA, OPEN_RATE, LOYALTY, DATA_LEAK, NO_SHOW)
}

#: Below this many mature units nothing is concluded: counts are shown, and the period widens.
FEW = 20
#: Share of appointments without an outcome above which a number needs checking (docs/kpi.md).
UNRESOLVED_LIMIT = 0.02
