"""The inbox as its page shows it: the list, one conversation, who she is (docs/inbox.md)."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, Max, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import pgettext

from clinics import clock
from clinics.public import Branch, Staff
from messaging import talks
from messaging.models import (
    LineKind,
    Message,
    ProviderAccount,
    Talk,
    TalkLine,
    Wait,
    ZaloPerson,
)
from messaging.providers.news import Attachment
from messaging.reasons import reason
from patients.public import (
    Appointment,
    Patient,
    identities,
    people,
    phones,
)

PAGE = 50
#: The tabs of the list, in their order; the first is the one it opens with.
TABS = ("needs", "mine", "unread", "failed", "all")
MEASURED = dt.timedelta(days=7)
_ICONS = {"zalo": "message-circle", "sms": "smartphone", "email": "mail", "viber": "phone"}


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    uid: str
    name: str
    note: str  # "3 people, one number", "unknown sender"
    last: str
    at: dt.datetime
    channel: str
    icon: str
    unread: int
    alarm: bool
    failed: str
    waits: bool
    state: str  # how far our last answer has come
    who: str  # who is answering


@dataclass(frozen=True)
class Listing:
    """A page of the list, with what stands behind each tab."""

    rows: list[Row]
    counts: dict[str, int]
    version: str
    number: int
    more: bool


def visible(branches: Iterable[Branch]) -> QuerySet[Talk]:
    """The conversations of these branches: of their patients, of who is booked there, and of
    senders nobody knows yet at an account that serves them."""
    ids = [branch.pk for branch in branches]
    booked = Appointment.objects.filter(
        patient=OuterRef("patient"), branch__in=ids, voided_at__isnull=True
    )
    only = ProviderAccount.branches.through.objects.filter(provideraccount=OuterRef("account"))
    stray = Q(patient__isnull=True) & (~Exists(only) | Exists(only.filter(branch__in=ids)))
    known = Q(patient__voided_at__isnull=True) & (Q(patient__branch__in=ids) | Exists(booked))
    hers = Q(patient__isnull=False) & known
    return Talk.objects.filter(hers | stray, merged_into__isnull=True)


def _tab(tab: str, staff: Staff) -> Q:
    arrived = Message.objects.filter(
        patient=OuterRef("patient"), delivered_at__gt=OuterRef("failed_at")
    )
    wanted: dict[str, Q] = {
        "needs": Q(waits_since__isnull=False),
        "mine": Q(assigned_to=staff),
        "unread": Q(unread__gt=0),
        "failed": Q(failed_at__isnull=False) & Q(~Exists(arrived)),
    }
    return wanted.get(tab, Q())


def waiting(branches: Iterable[Branch]) -> int:
    """How many conversations wait for an answer; one statement."""
    return visible(branches).filter(waits_since__isnull=False).count()


def version(branches: Iterable[Branch]) -> str:
    """Another one as soon as anything in the list is another; one statement."""
    found = visible(branches).aggregate(n=Count("pk"), at=Max("changed_at"))
    return f"{found['n']}-{found['at'].timestamp() if found['at'] else 0}"


def listing(
    staff: Staff, branches: Sequence[Branch], *, tab: str = "", query: str = "", number: int = 1
) -> Listing:
    """A page of the list: signs that worry first, then the latest; as many statements for fifty
    rows as for one."""
    seen = visible(branches)
    counted = seen.aggregate(
        n=Count("pk"),
        at=Max("changed_at"),
        **{key: Count("pk", filter=_tab(key, staff)) for key in TABS if key != "all"},
    )
    found = _found(seen.filter(_tab(tab or TABS[0], staff)), query, branches)
    start = (max(number, 1) - 1) * PAGE
    worst = Case(When(alarm="", then=Value(1)), default=Value(0))
    rows = found.order_by(*((worst,) if tab in ("", "needs") else ()), "-last_at", "-id")
    page = list(
        rows.select_related("patient", "account", "last_line", "assigned_to")[
            start : start + PAGE + 1
        ]
    )
    at = counted.pop("at")
    version = f"{counted['n']}-{at.timestamp() if at else 0}"
    counts = {key: counted["n" if key == "all" else key] for key in TABS}
    return Listing(_rows(page[:PAGE]), counts, version, max(number, 1), len(page) > PAGE)


def _found(rows: QuerySet[Talk], query: str, branches: Sequence[Branch]) -> QuerySet[Talk]:
    words = query.strip()
    if not words:
        return rows
    ids = [hit.id for hit in people.find(words, branches=branches, limit=PAGE)]
    told = ZaloPerson.objects.filter(
        Q(name__icontains=words) | Q(phone__endswith=phones.digits(words) or "-"),
        account=OuterRef("account"),
        user_id=OuterRef("sender"),
    )
    digits = phones.search_digits(words).removeprefix("0")
    numbered = Q(sender__contains=digits) if len(digits) >= 3 else Q(pk=None)
    return rows.filter(Q(patient__in=ids) | (Q(patient__isnull=True) & (Exists(told) | numbered)))


def _rows(page: Sequence[Talk]) -> list[Row]:
    strangers = [talk for talk in page if talk.patient is None and talk.account is not None]
    addresses = {talks.address(talk.account, talk.sender) for talk in strangers if talk.account}
    behind = identities.many(addresses)
    told = {
        (who.account_id, who.user_id): who
        for who in ZaloPerson.objects.filter(
            account__in={talk.account_id for talk in strangers},
            user_id__in=[talk.sender for talk in strangers],
        )
    }
    return [_row(talk, behind, told) for talk in page]


def _row(
    talk: Talk,
    behind: dict[tuple[str, str], list[Patient]],
    told: dict[tuple[int, str], ZaloPerson],
) -> Row:
    line = talk.last_line
    many = behind.get(talks.address(talk.account, talk.sender), []) if talk.account else []
    who = told.get((talk.account_id or 0, talk.sender))
    channel = line.channel if line else ""
    return Row(
        uid=str(talk.uid),
        name=name_of(talk, many, who),
        note=note_of(talk, many),
        last=_short(line),
        at=talk.last_at,
        channel=channel_word(channel),
        icon=_ICONS.get(channel, "message-circle"),
        unread=talk.unread,
        alarm=bool(talk.alarm),
        failed=reason(talk.failed_why) if talk.failed_at else "",
        waits=talk.waits_since is not None,
        state=str(line.get_state_display()) if line and line.kind == LineKind.OUT else "",
        who=talk.assigned_to.short_name if talk.assigned_to else "",
    )


def name_of(talk: Talk, many: Sequence[Patient], who: ZaloPerson | None) -> str:
    """What a conversation is called: the patient, the family behind one number, or as she says."""
    if talk.patient is not None:
        return f"{talk.patient.salutation} {talk.patient}".strip()
    if len(many) > 1:
        family = many[0].full_name.split(" ")[0]
        return pgettext("inbox", "The %(name)s family") % {"name": family}
    if who is not None and who.name:
        return who.name
    if talk.sender.startswith("+"):
        return phones.national(talk.sender)
    return pgettext("inbox", "Somebody on Zalo")


def note_of(talk: Talk, many: Sequence[Patient]) -> str:
    """What must be known of somebody who is no patient of ours, or is several."""
    if talk.patient is not None:
        return ""
    if len(many) > 1:
        return pgettext("inbox", "%(n)s people, one number") % {"n": len(many)}
    return pgettext("inbox", "not in our records")


def channel_word(channel: str) -> str:
    return {"zalo": "Zalo", "sms": "SMS", "viber": "Viber", "email": "E-mail"}.get(channel, "")


def _short(line: TalkLine | None) -> str:
    if line is None:
        return ""
    words = " ".join(line.text.split())[:120] or ", ".join(
        part_word(each) for each in talks.parts_of(line)
    )
    return pgettext("inbox", "You: %s") % words if line.kind == LineKind.OUT else words


def part_word(part: Attachment) -> str:
    """A picture or the like, in words."""
    words = {
        "image": pgettext("part", "a picture"),
        "gif": pgettext("part", "a moving picture"),
        "audio": pgettext("part", "a voice message"),
        "video": pgettext("part", "a film"),
        "sticker": pgettext("part", "a sticker"),
        "link": pgettext("part", "a link"),
        "location": pgettext("part", "a place"),
        "card": pgettext("part", "a visiting card"),
        "call": pgettext("part", "a call on Zalo"),
    }
    return words.get(part.kind, pgettext("part", "a file"))


# how soon people are answered


@dataclass(frozen=True)
class Pace:
    """How soon a person of the clinic answered in the last seven days, in open minutes."""

    n: int
    median: int
    in_an_hour: int


def pace(branches: Iterable[Branch]) -> Pace:
    """Of the conversations of these branches; one statement."""
    since = clock.now() - MEASURED
    rows = Wait.objects.filter(answered_at__gte=since, talk__in=visible(branches))
    minutes = list(rows.values_list("open_minutes", flat=True))
    if not minutes:
        return Pace(0, 0, 0)
    return Pace(len(minutes), round(statistics.median(minutes)), sum(m <= 60 for m in minutes))
