"""Three things to do today: what waits for a manager, by a rule (docs/kpi.md, "Three things").

Nothing is invented: a thing stands here while its count in the clinic's own rows is not zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import connection
from django.utils.translation import ngettext, pgettext

from clinics import clock
from clinics.public import Branch, Staff, alerts
from followup.public import tasks
from kpi import leakcases, words
from kpi.due import DuePage
from kpi.overview import Overview
from patients.public import treatments

MOST = 3
#: A treatment may wait so long for its signature before it is a thing to do.
UNSIGNED_AFTER = dt.timedelta(days=1)


@dataclass(frozen=True)
class Thing:
    """One thing to do: what, why with its count, the one way to where it is done, how long."""

    key: str
    what: str
    why: str
    button: str
    href: str
    minutes: int


@dataclass(frozen=True)
class Today:
    """At most three things, the most pressing first, and how many more wait."""

    things: list[Thing]
    more: int

    @property
    def minutes(self) -> int:
        """How long the shown ones take together."""
        return sum(thing.minutes for thing in self.things)


@dataclass(frozen=True)
class Seen:
    """What the rules look at: the branches she may see, and the page around them."""

    branches: Sequence[Branch]
    due: DuePage
    overview: Overview
    may_judge: bool  # cases of leaked data are the owner's and the managers'
    staff: Staff

    @cached_property
    def cases(self) -> list[leakcases.Case]:
        """Cases of leaked data nobody has judged yet."""
        return leakcases.waiting() if self.may_judge else []

    @cached_property
    def matters(self) -> list[alerts.Line]:
        """What the clinic itself must see to and nobody has taken."""
        rows = alerts.lines(self.staff, self.branches)
        return [row for row in rows if not row.taken_by]

    @property
    def query(self) -> str:
        """The branch the address names, for links that keep it."""
        return f"branch={self.due.branch}&" if self.due.branch else ""


def today(seen: Seen) -> Today:
    """The things to do, in the order of `RULES`; no more than three."""
    found = [thing for thing in (rule(seen) for rule in RULES) if thing is not None]
    return Today(found[:MOST], max(0, len(found) - MOST))


def _capped(n: int, most: int) -> int:
    """A minute each, up to so many: what is left then is another day's work."""
    return min(n, most)


def _urgent(seen: Seen) -> Thing | None:
    return _matters(seen, [row for row in seen.matters if row.urgent])


def _warnings(seen: Seen) -> Thing | None:
    return _matters(seen, [row for row in seen.matters if not row.urgent])


def _matters(seen: Seen, rows: Sequence[alerts.Line]) -> Thing | None:
    """Alerts nobody has taken: one by its own words, several by their count."""
    if not rows:
        return None
    first = rows[0].said
    if len(rows) == 1:
        what, why, button, href = first.title, first.why, first.button, first.href
    else:
        what = ngettext(
            "See to %(n)s matter of the clinic", "See to %(n)s matters of the clinic", len(rows)
        ) % {"n": len(rows)}
        why = f"{first.title}. {first.why}"
        button, href = pgettext("todo", "See them all"), f"/tasks/?{seen.query}".rstrip("?&")
    key = "urgent" if rows[0].urgent else "warnings"
    return Thing(key, what, why, button, href, _capped(5 * len(rows), 15))


def _unreached(seen: Seen) -> Thing | None:
    n = seen.due.callable
    if not n:
        return None
    first = min(row.due_on for row in seen.due.to_call)
    return Thing(
        "unreached",
        ngettext(
            "Give the call to %(n)s patient who is due and was not reached",
            "Give the calls to %(n)s patients who are due and were not reached",
            n,
        )
        % {"n": words.grouped(n)},
        pgettext("todo", "The first has been due since %(day)s. %(where)s")
        % {"day": f"{first:%d/%m}", "where": _most([row.branch for row in seen.due.to_call])},
        pgettext("todo", "Give the calls"),
        seen.due.href(due="unreached", month="") + "#due",
        3,
    )


def _most(names: Sequence[str]) -> str:
    """21 of them in Thủ Đức; nothing when all are in one branch."""
    by_name = {name: names.count(name) for name in sorted(set(names))}
    if len(by_name) < 2:
        return ""
    name = max(by_name, key=lambda one: by_name[one])
    return pgettext("todo", "%(n)s of them in %(branch)s.") % {"n": by_name[name], "branch": name}


def _dropped(seen: Seen) -> Thing | None:
    found = tasks.dropped(seen.branches)
    if not found.n or found.oldest is None:
        return None
    why = pgettext("todo", "Nobody has taken them. The oldest was due on %(day)s.") % {
        "day": f"{clock.local(found.oldest):%d/%m}"
    }
    if found.dangers:
        signs = ngettext(
            "%(n)s of them is a danger sign.", "%(n)s of them are danger signs.", found.dangers
        )
        why = signs % {"n": found.dangers} + " " + why
    return Thing(
        "dropped",
        ngettext(
            "Take up %(n)s task that is overdue", "Take up %(n)s tasks that are overdue", found.n
        )
        % {"n": found.n},
        why,
        pgettext("todo", "See the tasks"),
        f"/tasks/?{seen.query}".rstrip("?&"),
        _capped(found.n, 15),
    )


@dataclass(frozen=True)
class Unsettled:
    """Appointments of past days without an outcome, of one branch."""

    branch: str
    name: str
    n: int
    oldest: dt.date


def unsettled(branches: Sequence[Branch]) -> list[Unsettled]:
    """Past days nobody has settled, the branch with most of them first; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.uid::text, b.name, count(*), min(a.on_date) FROM patients_appointment a"
            " JOIN clinics_branch b ON b.id = a.branch_id"
            " JOIN patients_patient p ON p.id = a.patient_id AND NOT p.is_test"
            " AND p.voided_at IS NULL"
            " WHERE a.branch_id = ANY(%s::bigint[]) AND a.on_date < %s AND a.outcome IS NULL"
            " AND a.voided_at IS NULL GROUP BY b.uid, b.name ORDER BY 3 DESC, 2",
            [[branch.pk for branch in branches], clock.today()],
        )
        return [Unsettled(*row) for row in cursor.fetchall()]


def _unsettled(seen: Seen) -> Thing | None:
    rows = unsettled(seen.branches)
    if not rows:
        return None
    n = sum(row.n for row in rows)
    oldest = min(row.oldest for row in rows)
    return Thing(
        "unsettled",
        ngettext("Have %(n)s past appointment settled", "Have %(n)s past appointments settled", n)
        % {"n": words.grouped(n)},
        pgettext("todo", "Nobody said whether they came; the oldest is of %(day)s. %(where)s")
        % {
            "day": f"{oldest:%d/%m}",
            "where": _most([name for row in rows for name in [row.name] * row.n]),
        },
        pgettext("todo", "Settle them"),
        f"/today/close/?branch={rows[0].branch}",
        _capped(n, 20),
    )


def _unsigned(seen: Seen) -> Thing | None:
    before = clock.now() - UNSIGNED_AFTER
    rows = list(treatments.unsigned().filter(branch__in=seen.branches, recorded_at__lte=before))
    if not rows:
        return None
    names = [row.dentist.short_name for row in rows]
    by_name = sorted(set(names), key=lambda name: (-names.count(name), name))
    said = ", ".join(f"{name} {names.count(name)}" for name in by_name[:3])
    return Thing(
        "unsigned",
        ngettext(
            "Have %(n)s treatment signed that has waited for more than a day",
            "Have %(n)s treatments signed that have waited for more than a day",
            len(rows),
        )
        % {"n": len(rows)},
        pgettext("todo", "Until then no care begins. %(who)s.") % {"who": said},
        pgettext("todo", "See what waits"),
        f"/tasks/?{seen.query}kind=unsigned",
        5,
    )


def _alarm(seen: Seen) -> Thing | None:
    """A branch whose number is an alarm beside the clinic; the number shown first goes first."""
    for place, whole in enumerate(seen.overview.numbers):
        for row in seen.overview.rows if len(seen.overview.rows) > 1 else []:
            one, word = row.cells[place]
            if word == "alarm":
                return Thing(
                    "alarm",
                    pgettext("todo", "Talk with %(branch)s about: %(name)s")
                    % {"branch": row.name, "name": whole.name},
                    pgettext("todo", "%(n)s there, %(all)s in the whole clinic, of 100.")
                    % {"n": one.big, "all": whole.big},
                    pgettext("todo", "See each patient"),
                    f"/numbers/{whole.metric.key}/?branch={row.uid}&months={whole.period.months}",
                    10,
                )
    return None


def _chain(seen: Seen) -> Thing | None:
    if not seen.may_judge:
        return None
    last = leakcases.chain()
    if last.passed or last.at is None:
        return None
    return Thing(
        "chain",
        pgettext("todo", "Find out who touched the audit trail"),
        ngettext(
            "%(n)s place in it is not as it was sealed, found on %(day)s.",
            "%(n)s places in it are not as they were sealed, found on %(day)s.",
            last.faults,
        )
        % {"n": last.faults, "day": f"{clock.local(last.at):%d/%m}"},
        pgettext("todo", "See what is known"),
        "/numbers/data_leak/cases/",
        15,
    )


def _reads_outside_hours(seen: Seen) -> Thing | None:
    return _cases(seen, [c for c in seen.cases if c.off_hours])


def _other_cases(seen: Seen) -> Thing | None:
    return _cases(seen, [c for c in seen.cases if not c.off_hours])


def _cases(seen: Seen, cases: Sequence[leakcases.Case]) -> Thing | None:
    """Cases nobody has judged: one by what it was, several by their count."""
    if not cases or not seen.may_judge:
        return None
    first = cases[0]
    if len(cases) == 1:
        what = pgettext("todo", "Look into: %(what)s") % {"what": first.title}
        href = f"/numbers/data_leak/cases/{first.uid}/"
    else:
        what = ngettext(
            "Look into %(n)s case of leaked data",
            "Look into %(n)s cases of leaked data",
            len(cases),
        ) % {"n": len(cases)}
        href = "/numbers/data_leak/cases/"
    return Thing(
        "reads" if first.off_hours else "cases",
        what,
        first.why if len(cases) == 1 else f"{first.title}: {first.why}",
        pgettext("todo", "See who opened what"),
        href,
        _capped(5 * len(cases), 15),
    )


#: In this order (docs/kpi.md, "Three things"): what is urgent, what cannot be trusted until it is
#: cleared up, patients who wait, what the clinic's own book needs, then what is to be talked about.
RULES: list[Callable[[Seen], Thing | None]] = [
    _urgent,
    _chain,
    _reads_outside_hours,
    _unreached,
    _dropped,
    _warnings,
    _other_cases,
    _unsettled,
    _unsigned,
    _alarm,
]
