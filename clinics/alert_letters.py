"""The due work of alerts: a look at what stands, one letter each to who must act, and the leaders
when nobody has taken an urgent one in its time (docs/alerts.md).

Due kind `alert`. Letters speak to the network: rows are marked first, and marked back when the
mail server took none of the letters about them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation

from clinics import alerts, clock, directory, letters, places, schemas, staff
from clinics.access import PERMISSIONS, WHOLE_CLINIC
from clinics.models import Alert, AlertLevel, Role, Staff

#: Who is told when nobody took an urgent alert, and first where nobody else may act.
LEADERS = {Role.OWNER, Role.MANAGER, Role.BRANCH_MANAGER}
AGAIN_AFTER = dt.timedelta(minutes=15)
#: A letter that no mail server took for so long is given up; the alert stands on its page.
GIVE_UP_AFTER = dt.timedelta(days=1)


@dataclass(frozen=True)
class Post:
    """What is to be told of an alert: that it stands, or that nobody has taken it."""

    alert: Alert
    late: bool


def work_off() -> None:
    """Look at what stands, and tell who must know."""
    for source in alerts.sources():
        alerts.settle(source)
    while posts := _claim():
        _send(posts)


def next_due() -> dt.datetime | None:
    """When there is more to do or to look at."""
    wanted = [alerts.earliest(), *(source.again() for source in alerts.sources())]
    return min((at for at in wanted if at is not None), default=None)


@transaction.atomic
def _claim() -> list[Post]:
    """What must be told now, marked as told."""
    now = clock.now()
    rows = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        due_at__lte=now, closed_at__isnull=True, kind__in=alerts.kinds()
    )
    posts = []
    for alert in rows.prefetch_related("branches").order_by("opened_at", "id"):
        late = alert.told_at is not None
        posts.append(Post(alert, late))
        if late:
            alert.escalated_at, alert.due_at = now, None
        else:
            alert.told_at, alert.due_at = now, alert.act_by
        alert.save(update_fields=["told_at", "escalated_at", "due_at"])
    return posts


def _send(posts: Sequence[Post]) -> None:
    """One letter a person, about all that she must know."""
    people = list(staff.everybody())
    to: dict[int, list[Post]] = {}
    for post in posts:
        for person in _readers(post, people):
            to.setdefault(person.pk, []).append(post)
    taken: set[int] = set()
    for person in people:
        hers = to.get(person.pk, [])
        if hers and _letter(person, hers):
            taken |= {post.alert.pk for post in hers}
    wanted = {post.alert.pk for mine in to.values() for post in mine}
    for post in posts:
        if post.alert.pk in wanted - taken:
            _not_told(post)


def _readers(post: Post, people: Sequence[Staff]) -> list[Staff]:
    """Who may act on it and has an address: first those whose work it is, leaders when it is late
    or when there is nobody else."""
    mine = [person for person in people if person.user.email and _may(person, post.alert)]
    leaders = [person for person in mine if person.role in LEADERS]
    others = [person for person in mine if person.role not in LEADERS]
    return leaders if post.late else others or leaders


def _may(person: Staff, alert: Alert) -> bool:
    if alert.permission not in PERMISSIONS[person.role]:
        return False
    where = {branch.pk for branch in alert.branches.all()}
    hers = {branch.pk for branch in person.branches.all()}
    return not where or person.role in WHOLE_CLINIC or bool(where & hers)


def _letter(person: Staff, posts: Sequence[Post]) -> bool:
    """False when the mail server did not take it. The language is the product's own: nobody's
    page is being shown."""
    with translation.override(settings.LANGUAGE_CODE):
        things = [(alerts.say(post.alert), post.late) for post in posts]
        context: dict[str, object] = {
            "clinic": places.profile().name,
            "name": person.full_name,
            "first": things[0][0].title,
            "things": things,
            "urgent": any(post.late or post.alert.level == AlertLevel.URGENT for post in posts),
            "home": directory.address_of(schemas.current()),
        }
        return letters.send("alert", to=person.user.email, context=context)


def _not_told(post: Post) -> None:
    """Nobody knows yet: again in a while, as long as it stands and nobody has taken it."""
    now = clock.now()
    if now - post.alert.opened_at > GIVE_UP_AFTER:
        return
    back: dict[str, object] = {"escalated_at": None} if post.late else {"told_at": None}
    rows = Alert.objects.filter(pk=post.alert.pk, closed_at__isnull=True, taken_by__isnull=True)
    rows.update(due_at=now + AGAIN_AFTER, **back)
