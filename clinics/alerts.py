"""Alerts: what needs a person of the clinic though no patient is behind it (docs/alerts.md).

An app declares its kinds by a `Source`: how each reads, and a look at the rows that says which
causes stand now. What stands without an alert gets one, an alert whose cause is over is closed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import pgettext

from clinics import clock, due, quiet, schemas
from clinics.access import PERMISSIONS
from clinics.models import Alert, AlertLevel, Branch, Staff

Subject = tuple[str, str]


@dataclass(frozen=True)
class Cause:
    """Why an alert stands. `subject`: what it is about, one open alert of a kind each; `act_by`:
    when nobody has taken it by then, leaders are told; `branches`: ids, none = the whole clinic."""

    kind: str
    subject: str
    permission: str
    urgent: bool = False
    act_by: dt.datetime | None = None
    branches: frozenset[int] = frozenset()
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """An alert in words: what, why in one sentence, and the way to where it is mended."""

    title: str
    why: str
    button: str
    href: str
    icon: str = "circle-alert"


@dataclass(frozen=True)
class Source:
    """The alerts of an app. `look` is told which of them stand, and says which causes stand now;
    `again` says when to look next by itself, None = only when somebody calls `wake`."""

    kinds: Mapping[str, Callable[[Alert], Said]]
    look: Callable[[Collection[Subject]], Iterable[Cause]]
    again: Callable[[], dt.datetime | None]


_sources: list[Source] = []


def register(source: Source) -> None:
    """Declare an app's alerts (its apps.py does this in `ready`)."""
    if source not in _sources:
        _sources.append(source)


def sources() -> Sequence[Source]:
    """What has been declared."""
    return tuple(_sources)


def kinds() -> list[str]:
    """Every kind somebody declares; a row of another kind is left alone."""
    return [kind for source in _sources for kind in source.kinds]


def say(alert: Alert) -> Said:
    """An alert in words. Raises KeyError for a kind nobody declares any more."""
    words = {kind: said for source in _sources for kind, said in source.kinds.items()}
    return words[alert.kind](alert)


# what raises and ends them


@transaction.atomic
def raise_for(cause: Cause) -> Alert:
    """See that an alert stands for this cause. One that stands takes what is worse."""
    now = clock.now()
    level = AlertLevel.URGENT if cause.urgent else AlertLevel.WARNING
    alert, new = Alert.objects.get_or_create(
        kind=cause.kind,
        subject=cause.subject,
        closed_at=None,
        defaults={
            "level": level,
            "permission": cause.permission,
            "facts": dict(cause.facts),
            "opened_at": now,
            "act_by": cause.act_by,
            "due_at": _letter_at(now, urgent=cause.urgent),
        },
    )
    if new and cause.branches:
        alert.branches.set(cause.branches)
    return alert if new else _follow(alert, cause)


def _letter_at(now: dt.datetime, *, urgent: bool) -> dt.datetime:
    """Now, or in the morning when it is night and nothing is urgent."""
    return now if urgent else quiet.awake(now)


def _follow(alert: Alert, cause: Cause) -> Alert:
    """What became worse is told anew, and nobody has taken that yet; else only facts change."""
    nearer = cause.act_by is not None and (alert.act_by is None or cause.act_by < alert.act_by)
    worse = cause.urgent and alert.level != AlertLevel.URGENT
    changed: dict[str, object] = {}
    if nearer or worse:
        changed = {
            "level": AlertLevel.URGENT if cause.urgent else alert.level,
            "act_by": cause.act_by if nearer else alert.act_by,
            "due_at": _letter_at(clock.now(), urgent=cause.urgent),
            "told_at": None,
            "escalated_at": None,
            "taken_by": None,
            "taken_at": None,
        }
    if alert.facts != dict(cause.facts):
        changed["facts"] = dict(cause.facts)
    for name, value in changed.items():
        setattr(alert, name, value)
    if changed:
        alert.save(update_fields=list(changed))
    return alert


def close(kind: str, subject: str) -> bool:
    """Its cause is over. False when no such alert stood."""
    return _close(Alert.objects.filter(kind=kind, subject=subject, closed_at__isnull=True)) > 0


def _close(rows: QuerySet[Alert]) -> int:
    return rows.update(closed_at=clock.now(), due_at=None)


@transaction.atomic
def settle(source: Source) -> None:
    """Bring an app's alerts to what its rows say now.

    The alerts are read before the rows: what is raised in the meantime has no part in this look.
    """
    standing = {
        (alert.kind, alert.subject): alert
        for alert in Alert.objects.filter(kind__in=source.kinds, closed_at__isnull=True)
        .select_for_update()
        .prefetch_related("branches")
    }
    over = dict(standing)
    for cause in source.look(standing.keys()):
        known = over.pop((cause.kind, cause.subject), None)
        if known is None:
            raise_for(cause)
            continue
        _follow(known, cause)
        if {branch.pk for branch in known.branches.all()} != cause.branches:
            known.branches.set(cause.branches)
    if over:
        _close(Alert.objects.filter(pk__in=[alert.pk for alert in over.values()]))


def wake() -> None:
    """Something has changed that alerts may be about: look within seconds."""
    due.knock(schemas.current(), "alert")


@transaction.atomic
def take(alert: Alert, *, by: Staff) -> None:
    """She sees to it: no more letters about it, and no manager. Somebody else may take it over."""
    rows = Alert.objects.filter(pk=alert.pk, closed_at__isnull=True)
    rows.exclude(taken_by=by).update(taken_by=by, taken_at=clock.now(), due_at=None)


# reads


def open_for(staff: Staff, branches: Iterable[Branch]) -> QuerySet[Alert]:
    """Open alerts this person must see to, of these branches or of the whole clinic."""
    only = Alert.branches.through.objects.filter(alert=OuterRef("pk"))
    here = ~Exists(only) | Exists(only.filter(branch__in=[branch.pk for branch in branches]))
    return Alert.objects.filter(
        here,
        kind__in=kinds(),
        permission__in=PERMISSIONS[staff.role],
        closed_at__isnull=True,
    )


def untaken(staff: Staff, branches: Iterable[Branch]) -> QuerySet[Alert]:
    """Of these, what nobody sees to yet."""
    return open_for(staff, branches).filter(taken_by__isnull=True)


def get(uid: UUID, *, staff: Staff, branches: Iterable[Branch]) -> Alert:
    """One she may act on. Raises Alert.DoesNotExist."""
    return open_for(staff, branches).get(uid=uid)


@dataclass(frozen=True)
class Line:
    """One alert as lists show it. `tone`: bad = urgent, look = a warning."""

    uid: str
    said: Said
    urgent: bool
    tone: str
    since: dt.datetime
    left: str  # how long until somebody must have taken it
    where: str  # names of branches; "" = the whole clinic
    taken_by: str
    mine: bool
    told: bool  # nobody took it in time, the managers were told


def lines(staff: Staff, branches: Iterable[Branch]) -> list[Line]:
    """What she must see to: untaken first, of these the nearest clock, then what is urgent, then
    the oldest; one statement."""
    of = Alert.branches.through.objects.filter(alert=OuterRef("pk"))
    rows = (
        open_for(staff, branches)
        .select_related("taken_by")
        .annotate(where=ArraySubquery(of.order_by("branch__name").values("branch__name")))
    )
    found = [
        _line(alert, list(alert.where), staff)
        for alert in rows.order_by("act_by", "opened_at", "id")
    ]
    return sorted(found, key=lambda one: (bool(one.taken_by), not one.urgent))


def _line(alert: Alert, where: Sequence[str], staff: Staff) -> Line:
    urgent = alert.level == AlertLevel.URGENT
    runs = alert.act_by is not None and alert.taken_by is None
    return Line(
        uid=str(alert.uid),
        said=say(alert),
        urgent=urgent,
        tone="bad" if urgent else "look",
        since=alert.opened_at,
        left=left(alert.act_by, clock.now()) if alert.act_by and runs else "",
        where=", ".join(where),
        taken_by=alert.taken_by.short_name if alert.taken_by else "",
        mine=alert.taken_by_id == staff.pk,
        told=alert.escalated_at is not None,
    )


def left(until: dt.datetime, now: dt.datetime) -> str:
    """How much time is left: "36 min left", "5 h left", or how long it is late."""
    minutes = round((until - now).total_seconds() / 60)
    late = minutes < 0
    minutes = abs(minutes)
    if minutes < 90:  # "60 min", not "1 h": the clock of the worst signs
        words = pgettext("clock", "%(n)s min late") if late else pgettext("clock", "%(n)s min left")
        return words % {"n": minutes}
    if minutes < 60 * 24:
        words = pgettext("clock", "%(n)s h late") if late else pgettext("clock", "%(n)s h left")
        return words % {"n": minutes // 60}
    words = pgettext("clock", "%(n)s days late") if late else pgettext("clock", "%(n)s days left")
    return words % {"n": minutes // (60 * 24)}


def earliest() -> dt.datetime | None:
    """When something is to be done about an alert next."""
    rows = Alert.objects.filter(due_at__isnull=False, kind__in=kinds()).order_by("due_at")
    return rows.values_list("due_at", flat=True).first()


def has_open(kind: str, subject: str) -> bool:
    """Whether such an alert stands."""
    return Alert.objects.filter(kind=kind, subject=subject, closed_at__isnull=True).exists()
