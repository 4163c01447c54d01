"""Who is due for a return this month: four parts that add up, and who will be told later.

The rule stands in docs/kpi.md, "Due this month"; what is known of each comes from followup.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import ngettext, pgettext

from clinics import clock
from clinics.public import Branch
from followup.public import returns
from kpi import words

#: Rows of the list on the first screen; the whole list is asked for by `all=1`.
FIRST = 6
PAGE = 50


@dataclass(frozen=True)
class Asked:
    """What the address says: the month by its first day, the chosen part, the page."""

    month: dt.date
    part: str = ""
    page: int = 1
    whole: bool = False


@dataclass(frozen=True)
class Part:
    """One of the four, or those who will be told later."""

    key: str
    name: str
    n: int
    fill: str
    icon: str
    href: str
    current: bool


_PARTS = (
    ("came", returns.State.CAME, "", "circle-check"),
    ("booked", returns.State.BOOKED, "soft", "calendar-check"),
    ("waiting", returns.State.WAITING, "amber", "message-circle-more"),
    ("unreached", returns.State.UNREACHED, "alarm", "phone-missed"),
)
_STATES = {key: state for key, state, _fill, _icon in _PARTS} | {"later": returns.State.LATER}


def month_of(day: dt.date, months: int = 0) -> dt.date:
    """The first day of a day's month, so many months on."""
    place = day.year * 12 + day.month - 1 + months
    return dt.date(place // 12, place % 12 + 1, 1)


@dataclass(frozen=True)
class DuePage:
    """The month's returns, and the chosen list."""

    asked: Asked
    rows: list[returns.Due]
    kept: tuple[tuple[str, str], ...]  # what else stands in the address

    @property
    def title(self) -> str:
        return pgettext("due", "Due for a return in %(month)s") % {
            "month": f"{self.asked.month.month}/{self.asked.month.year}"
            if self.asked.month.year != clock.today().year
            else str(self.asked.month.month)
        }

    @property
    def branch(self) -> str:
        """The branch the address names; "" = all, or the one she last chose."""
        return dict(self.kept).get("branch", "")

    @property
    def total(self) -> int:
        """Everybody of the four parts."""
        return len(self.rows) - self.of("later")

    def of(self, key: str) -> int:
        return sum(row.state == _STATES[key] for row in self.rows)

    @property
    def days_left(self) -> str:
        """How much of the month is left; "" when it is not the running one."""
        if month_of(clock.today()) != self.asked.month:
            return ""
        n = (month_of(self.asked.month, 1) - clock.today()).days - 1
        return ngettext("%(n)s day left", "%(n)s days left", n) % {"n": n}

    @property
    def part(self) -> str:
        """The list that is open: the one asked for, else those not reached, if any."""
        if self.asked.part:
            return self.asked.part
        return "unreached" if self.of("unreached") else ""

    @property
    def parts(self) -> list[Part]:
        return [
            Part(
                key, part_name(key), self.of(key), fill, icon, self.href(due=key), key == self.part
            )
            for key, _state, fill, icon in _PARTS
        ]

    @property
    def bar(self) -> list[tuple[int, str]]:
        return [(part.n, part.fill) for part in self.parts]

    @property
    def bar_said(self) -> str:
        """The bar for those who hear it."""
        return ", ".join(f"{part.name}: {part.n}" for part in self.parts)

    @property
    def later_said(self) -> str:
        """12 patients more will be told from 21/11; "" when there are none."""
        days = [row.at for row in self.rows if row.state == returns.State.LATER and row.at]
        if not days:
            return ""
        n = len(days)
        said = ngettext(
            "%(n)s patient more, to be told from %(day)s",
            "%(n)s patients more, to be told from %(day)s",
            n,
        )
        return said % {"n": n, "day": f"{min(days):%d/%m}"}

    def href(self, **changes: str) -> str:
        """The address with another part, month or page; the list is opened in place."""
        said = dict(self.kept) | {"month": f"{self.asked.month:%Y-%m}"} | changes
        return "/numbers/?" + urlencode({name: value for name, value in said.items() if value})

    @property
    def later_href(self) -> str:
        return self.href(due="later")

    @property
    def earlier_month(self) -> str:
        return self.href(month=f"{month_of(self.asked.month, -1):%Y-%m}", due=self.asked.part)

    @property
    def later_month(self) -> str:
        return self.href(month=f"{month_of(self.asked.month, 1):%Y-%m}", due=self.asked.part)

    @property
    def chosen(self) -> list[returns.Due]:
        """Everybody of the open list."""
        if not self.part:
            return []
        return [row for row in self.rows if row.state == _STATES[self.part]]

    @property
    def shown(self) -> list[returns.Due]:
        """The rows of it that stand on the page."""
        if not self.asked.whole:
            return self.chosen[:FIRST]
        return self.chosen[(self.asked.page - 1) * PAGE : self.asked.page * PAGE]

    @property
    def list_said(self) -> str:
        return list_said(self.part, len(self.chosen))

    @property
    def whole_href(self) -> str:
        """All of them; "" when all stand here."""
        if self.asked.whole or len(self.chosen) <= FIRST:
            return ""
        return self.href(due=self.part, all="1")

    @property
    def back_href(self) -> str:
        if not self.asked.whole or self.asked.page == 1:
            return ""
        return self.href(due=self.part, all="1", page=str(self.asked.page - 1))

    @property
    def next_href(self) -> str:
        if not self.asked.whole or self.asked.page * PAGE >= len(self.chosen):
            return ""
        return self.href(due=self.part, all="1", page=str(self.asked.page + 1))

    @property
    def to_call(self) -> list[returns.Due]:
        """Those not reached who have no call given yet and can be called."""
        rows = [row for row in self.rows if row.state == returns.State.UNREACHED]
        return [row for row in rows if row.task_due is None and not row.no_call]

    @property
    def callable(self) -> int:
        return len(self.to_call)


def due_page(
    branches: Sequence[Branch], asked: Asked, *, kept: Sequence[tuple[str, str]] = ()
) -> DuePage:
    """The month of these branches."""
    found = returns.due(branches, first=asked.month, until=month_of(asked.month, 1))
    return DuePage(asked, found, tuple(kept))


def part_name(key: str) -> str:
    """A part, as the clinic calls it."""
    return {
        "came": pgettext("due", "Came"),
        "booked": pgettext("due", "Booked"),
        "waiting": pgettext("due", "Told, no answer yet"),
        "unreached": pgettext("due", "Not reached yet"),
        "later": pgettext("due", "To be told later"),
    }[key]


def list_said(key: str, n: int) -> str:
    """The head of a list: "38 patients not reached yet"."""
    if not key:
        return ""
    said = {
        "came": ngettext("%(n)s patient came", "%(n)s patients came", n),
        "booked": ngettext("%(n)s patient has booked", "%(n)s patients have booked", n),
        "waiting": ngettext(
            "%(n)s patient was told and has not answered",
            "%(n)s patients were told and have not answered",
            n,
        ),
        "unreached": ngettext("%(n)s patient not reached yet", "%(n)s patients not reached yet", n),
        "later": ngettext("%(n)s patient to be told later", "%(n)s patients to be told later", n),
    }[key]
    return said % {"n": words.grouped(n)}


def given_said(given: returns.Given) -> str:
    """What came of giving calls, in one or two sentences."""
    said = []
    if given.given or not (given.had or given.no_phone or given.refused):
        said.append(
            ngettext("%(n)s call given to the desk.", "%(n)s calls given to the desk.", given.given)
            % {"n": words.grouped(given.given)}
        )
    if given.had:
        said.append(
            ngettext("%(n)s had one already.", "%(n)s had one already.", given.had)
            % {"n": words.grouped(given.had)}
        )
    if given.no_phone:
        said.append(
            ngettext("%(n)s has no phone number.", "%(n)s have no phone number.", given.no_phone)
            % {"n": words.grouped(given.no_phone)}
        )
    if given.refused:
        said.append(
            ngettext("%(n)s does not want calls.", "%(n)s do not want calls.", given.refused)
            % {"n": words.grouped(given.refused)}
        )
    return " ".join(said)
