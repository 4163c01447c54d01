"""One conversation as its page shows it: what was said, and who she is (docs/inbox.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext, pgettext

from clinics import clock
from clinics.public import Branch, figures
from messaging import attachments, files, talks
from messaging.inbox import channel_word, name_of, note_of, part_word, visible
from messaging.models import (
    FileState,
    LineFile,
    LineKind,
    LineState,
    Message,
    Talk,
    TalkLine,
    ZaloPerson,
)
from messaging.providers.news import Attachment
from messaging.providers.zalo.heard import ANONYMOUS
from messaging.reasons import reason
from messaging.texts import LINK
from messaging.windows import Window, number_of, why_closed, window
from messaging.wordings import WORDINGS
from patients.public import ContactPointKind, Patient, appointments, identities, people, phones

LINES = 80
MESSAGES = 30
#: What waits no longer than this is being sent.
SOON = dt.timedelta(minutes=2)


@dataclass(frozen=True)
class Part:
    """A picture or the like of a line. `address`: where the provider has it; `file`: the uid under
    which it is opened here; `note`: what must be said of it."""

    word: str
    name: str = ""
    address: str = ""
    file: str = ""
    is_picture: bool = False
    width: int | None = None
    height: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """One thing said. `kind`: in, out, note, sent (an automatic message of the outbox)."""

    uid: str
    kind: str
    at: dt.datetime
    text: str
    by: str = ""
    title: str = ""
    state: str = ""
    bad: bool = False
    may_again: bool = False
    worries: bool = False
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Conversation:
    """Everything the page of one conversation shows."""

    talk: Talk
    uid: str
    name: str
    note: str
    entries: list[Entry]
    window: Window
    window_words: str
    version: str
    patient: Patient | None
    many: list[Patient]
    phone: str
    calls: str  # a stranger's number, to be dialled
    next: appointments.Line | None
    who: ZaloPerson | None
    is_anonymous: bool
    answered_by: str


def get(uid: UUID | str, *, branches: Iterable[Branch]) -> Talk:
    """A conversation of these branches. Raises Talk.DoesNotExist."""
    found = visible(branches).select_related("patient__branch", "account", "assigned_to")
    return found.get(uid=uid)


def version_of(talk: Talk) -> str:
    return f"{talk.changed_at.timestamp()}"


def read(talk: Talk) -> Conversation:
    """A conversation with its last lines, the automatic messages between them, and who she is."""
    patient = talk.patient
    address = talks.address(talk.account, talk.sender) if talk.account else ("", "")
    many = identities.behind(*address) if patient is None else []
    who = ZaloPerson.objects.filter(account=talk.account_id, user_id=talk.sender).first()
    if patient is None and who is not None and who.phone and not many:
        many = identities.behind(ContactPointKind.PHONE, who.phone)
    way = window(talk)
    points = people.points(patient) if patient else []
    return Conversation(
        talk=talk,
        uid=str(talk.uid),
        name=name_of(talk, many, who),
        note=note_of(talk, many),
        entries=_entries(talk),
        window=way,
        window_words=window_words(way),
        version=version_of(talk),
        patient=patient,
        many=_sharing(patient, points[0].value) if patient and points else many,
        calls=number_of(talk) if patient is None else "",
        phone=phones.masked(points[0].value) if points else phones.masked(who.phone if who else ""),
        next=appointments.next_of(patient) if patient else None,
        who=who,
        is_anonymous=talk.sender.startswith(ANONYMOUS),
        answered_by=talk.assigned_to.short_name if talk.assigned_to else "",
    )


def _sharing(patient: Patient, number: str) -> list[Patient]:
    found = identities.behind(ContactPointKind.PHONE, number)
    return [each for each in found if each.pk != patient.pk]


def window_words(way: Window) -> str:
    """What stands beside the field while she types."""
    if way.state == "free":
        return pgettext("window", "%(left)s left, free") % {"left": way.left}
    if way.state == "paid":
        return _paid(way)
    if way.state == "sms":
        return pgettext("window", "by SMS to %(number)s") % {"number": phones.masked(way.person)}
    return why_closed(way)


def _paid(way: Window) -> str:
    each = way.price("")
    if each is None:
        return pgettext("window", "%(left)s left, not free") % {"left": way.left}
    said = pgettext("window", "%(left)s left, %(price)s a message")
    return said % {"left": way.left, "price": figures.money(each)}


def _entries(talk: Talk) -> list[Entry]:
    said = TalkLine.objects.filter(talk=talk).select_related("by").order_by("-at", "-id")
    lines = list(said[:LINES])
    kept = files.of_lines([line.pk for line in lines if line.parts])
    found = [_entry(line, kept.get(line.pk, {})) for line in lines]
    if talk.patient is not None:
        sent = Message.objects.filter(patient=talk.patient, called_at__isnull=False)
        rows = sent.select_related("template").order_by("-called_at", "-id")[:MESSAGES]
        found += [_of_outbox(row) for row in rows]
    return sorted(found, key=lambda entry: entry.at)


def _entry(line: TalkLine, kept: Mapping[int, LineFile]) -> Entry:
    failed = line.state in (LineState.FAILED, LineState.UNKNOWN)
    state = "" if line.kind != LineKind.OUT else str(line.get_state_display())
    if failed:
        state = f"{state}: {reason(line.error_code)}"
    elif line.state == LineState.QUEUED and line.due_at and line.due_at > clock.now() + SOON:
        state = pgettext("line", "waits until %(hour)s") % {
            "hour": f"{clock.local(line.due_at):%H:%M}"
        }
    return Entry(
        uid=str(line.uid),
        kind=line.kind,
        at=line.at,
        text=line.text,
        by=line.by.short_name if line.by else "",
        title=pgettext("inbox", "Answered by itself") if line.is_automatic else "",
        state=state,
        bad=failed,
        may_again=line.state == LineState.FAILED,
        worries=bool(line.sign) and line.kind == LineKind.IN,
        parts=[_part(each, kept.get(n)) for n, each in enumerate(talks.parts_of(line))],
    )


def _part(said: Attachment, kept: LineFile | None) -> Part:
    """A part with its copy here; without one, as the provider's address."""
    word = part_word(said)
    if kept is None or kept.state == FileState.GONE:
        note = pgettext("part", "no copy could be kept") if kept else ""
        return Part(word, said.name, _safe(said.url), note=note)
    if kept.state == FileState.WANTED:
        return Part(word, said.name, note=pgettext("part", "being fetched"))
    return Part(
        word=word,
        name=kept.name,
        file=str(kept.uid),
        is_picture=kept.kind == attachments.IMAGE,
        width=kept.width,
        height=kept.height,
        note=attachments.size_word(kept.size),
    )


def _safe(url: str) -> str:
    """Only an ordinary address is shown as a link."""
    return url if url.startswith("https://") else ""


def _of_outbox(row: Message) -> Entry:
    wording = WORDINGS.get(row.template.key)
    words = str(row.get_state_display()).lower()
    return Entry(
        uid=str(row.uid),
        kind="sent",
        at=row.called_at or row.queued_at,
        text=row.text.replace(LINK, "…"),
        title=wording.title if wording else gettext("Message"),
        state=f"{channel_word(row.channel)} · {words}",
        bad=row.state in ("failed", "unknown", "expired"),
    )
