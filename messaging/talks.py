"""Conversations: one a patient over all channels, or one an unknown sender (docs/inbox.md).

These verbs write rows and nothing else; what must be sent is a queued line (messaging/replies.py).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext

from clinics import clock
from clinics.public import Branch, Staff, alerts, places
from messaging import answer_costs, events, files, hours
from messaging.models import LineKind, LineState, ProviderAccount, Talk, TalkLine, Wait
from messaging.providers import NoSuchProvider, provider_of
from messaging.providers.news import Attachment
from patients.public import ContactPointKind, NotPossible, Patient, identities

Address = tuple[str, str]
#: So long a provider may tell us of a line of ours.
TOLD_WITHIN = dt.timedelta(days=1)
#: The alert of a sign that somebody named who is no patient.
STRANGER = "stranger_sign"


def address(account: ProviderAccount, sender: str) -> Address:
    """The contact point behind a sender of an account: kind and value."""
    if account.kind == "zalo":
        return ContactPointKind.ZALO, f"{account.account_id}/{sender}"
    return ContactPointKind.PHONE, sender


def channel_of(account: ProviderAccount) -> str:
    try:
        return provider_of(account.kind).channel
    except NoSuchProvider:
        return ""


def of_patient(patient: Patient) -> Talk:
    """Her conversation, begun when it is first wanted."""
    return _begun(patient=patient, account=None, sender="")


def of_sender(account: ProviderAccount, sender: str) -> Talk:
    """Where what a sender writes belongs: with exactly one patient behind her address it is that
    patient's conversation, else her own."""
    people = identities.behind(*address(account, sender))
    if len(people) == 1:
        return of_patient(people[0])
    return _begun(patient=None, account=account, sender=sender)


def _begun(*, patient: Patient | None, account: ProviderAccount | None, sender: str) -> Talk:
    now = clock.now()
    talk, _new = Talk.objects.get_or_create(
        patient=patient,
        account=account,
        sender=sender,
        merged_into=None,
        defaults={"last_at": now, "changed_at": now},
    )
    return talk


@dataclass(frozen=True)
class Heard:
    """What somebody said to us."""

    account: ProviderAccount
    person: str
    ref: str
    at: dt.datetime
    text: str = ""
    parts: Sequence[Attachment] = ()
    reply_to: str = ""
    signs: str = ""
    tier: str = ""
    is_new: bool = True  # somebody must look at it
    waits: bool = True  # and answer it


@transaction.atomic
def hear(talk: Talk, said: Heard) -> TalkLine | None:
    """She said something: it stands in the conversation, unread and waiting for an answer. None
    when this very line is known."""
    talk = _locked(talk)
    if said.ref and TalkLine.objects.filter(account=said.account, ref=said.ref).exists():
        return None
    line = TalkLine.objects.create(
        talk=talk,
        kind=LineKind.IN,
        account=said.account,
        channel=channel_of(said.account),
        person=said.person,
        text=said.text,
        parts=packed(said.parts),
        at=said.at,
        ref=said.ref,
        reply_to=said.reply_to,
        sign=said.signs[:20],
    )
    files.want(line, said.parts)
    talk.unread += said.is_new
    if said.waits:
        talk.waits_since = talk.waits_since or said.at
    talk.alarm = min(filter(None, (talk.alarm, said.tier)), default="")
    _touch(talk, line, ["unread", "waits_since", "alarm"])
    return line


@transaction.atomic
def said_elsewhere(talk: Talk, said: Heard) -> TalkLine | None:
    """Somebody of the clinic answered her in the provider's own program, or the provider tells us
    of a line we sent ourselves: that one only learns its id."""
    talk = _locked(talk)
    known = TalkLine.objects.filter(account=said.account, ref=said.ref)
    if known.exists():
        return None
    kinds = [each.kind for each in said.parts]
    for line in _perhaps_ours(talk, said):
        alike = [each.kind for each in parts_of(line)] == kinds
        if alike and line.text.strip() == said.text.strip():
            TalkLine.objects.filter(pk=line.pk).update(
                ref=said.ref, state=LineState.SENT, due_at=None, error_code="", error_text="",
                **answer_costs.taken(),
            )  # fmt: skip
            _touch(talk, None, [])
            return None
    line = TalkLine.objects.create(
        talk=talk,
        kind=LineKind.OUT,
        state=LineState.SENT,
        account=said.account,
        channel=channel_of(said.account),
        person=said.person,
        text=said.text,
        parts=packed(said.parts),
        at=said.at,
        ref=said.ref,
    )
    files.want(line, said.parts)
    _answered(talk, said.at, None)
    _touch(talk, line, ["unread", "waits_since", "alarm", "failed_at", "failed_why"])
    return line


def _perhaps_ours(talk: Talk, said: Heard) -> list[TalkLine]:
    """Lines of ours whose id nobody has told us: what is being handed over by this account first,
    then what nobody knows of, while the provider may still speak of it."""
    under_way = TalkLine.objects.filter(
        talk=talk,
        account=said.account,
        kind=LineKind.OUT,
        ref="",
        state__in=[LineState.CALLING, LineState.UNKNOWN],
        called_at__gte=said.at - TOLD_WITHIN,
    )
    return sorted(under_way, key=lambda line: (line.state != LineState.CALLING, line.at, line.pk))


@transaction.atomic
def note(talk: Talk, text: str, *, by: Staff | None = None, uid: uuid.UUID | None = None) -> None:
    """Write something down for us; she never reads it. The same `uid` again is one note."""
    talk = _locked(talk)
    line, is_new = TalkLine.objects.get_or_create(
        uid=uid or uuid.uuid4(),
        defaults={
            "talk": talk,
            "kind": LineKind.NOTE,
            "text": text,
            "parts": "",
            "by": by,
            "at": clock.now(),
        },
    )
    if is_new:
        _touch(talk, line if talk.last_line_id is None else None, [])


def note_left(account: ProviderAccount, user_id: str, at: dt.datetime) -> None:
    """She no longer follows the account: it stands in her conversation, when there is one."""
    talk = _existing(account, user_id)
    if talk is not None:
        at_hour = f"{clock.local(at):%H:%M %d/%m/%Y}"
        note(talk, gettext("No longer follows us on Zalo since %(at)s.") % {"at": at_hour})


def _existing(account: ProviderAccount, sender: str) -> Talk | None:
    people = identities.behind(*address(account, sender))
    own = Q(account=account, sender=sender, patient__isnull=True)
    whose = Q(patient__in=people) if len(people) == 1 else own
    return Talk.objects.filter(whose, merged_into__isnull=True).first()


@transaction.atomic
def give_to(patient: Patient, *, account: ProviderAccount, sender: str) -> Talk:
    """What this sender wrote is the patient's from now on."""
    mine = _locked(of_patient(patient))
    stray = (
        Talk.objects.select_for_update()
        .filter(account=account, sender=sender, patient__isnull=True, merged_into__isnull=True)
        .first()
    )
    if stray is None:
        return mine
    TalkLine.objects.filter(talk=stray).update(talk=mine)
    Wait.objects.filter(talk=stray).exclude(
        asked_at__in=Wait.objects.filter(talk=mine).values("asked_at")
    ).update(talk=mine)
    mine.unread += stray.unread
    waits = [each for each in (mine.waits_since, stray.waits_since) if each is not None]
    mine.waits_since = min(waits, default=None)
    mine.alarm = min(filter(None, (mine.alarm, stray.alarm)), default="")
    mine.assigned_to_id = mine.assigned_to_id or stray.assigned_to_id
    last = TalkLine.objects.filter(talk=mine).order_by("-at", "-id").first()
    stray.merged_into = mine
    stray.changed_at = clock.now()
    stray.save(update_fields=["merged_into", "changed_at"])
    _touch(mine, last, ["unread", "waits_since", "alarm", "assigned_to"])
    if stray.alarm:
        _worry_about(patient, stray, account)
    return mine


def _worry_about(patient: Patient, stray: Talk, account: ProviderAccount) -> None:
    """A sign nobody has answered is now a patient's: it becomes her task."""
    _calm(stray)
    line = (
        TalkLine.objects.filter(account=account, person=stray.sender, kind=LineKind.IN)
        .exclude(sign="")
        .order_by("-at", "-id")
        .first()
    )
    if line is not None:
        worried = events.Worried(patient.pk, line.sign, stray.alarm, line.text, line.at)
        events.worried.tell(worried)


def _calm(talk: Talk) -> None:
    """The sign of somebody nobody knows was answered, or she is known now."""
    if talk.patient_id is None and talk.alarm:
        alerts.close(STRANGER, str(talk.uid))


# what people of the clinic do with a conversation


@transaction.atomic
def assign(talk: Talk, *, to: Staff | None) -> None:
    """Somebody takes it on (or nobody any more)."""
    talk = _locked(talk)
    talk.assigned_to = to
    _touch(talk, None, ["assigned_to"])


@transaction.atomic
def read(talk: Talk) -> None:
    """It was looked at. Looked at twice changes nothing."""
    if Talk.objects.filter(pk=talk.pk, unread__gt=0).update(unread=0, changed_at=clock.now()):
        talk.unread = 0


@transaction.atomic
def unread(talk: Talk) -> None:
    """Somebody must look at it again."""
    talk = _locked(talk)
    talk.unread = max(talk.unread, 1)
    _touch(talk, None, ["unread"])


@transaction.atomic
def settle(talk: Talk) -> None:
    """Nothing needs to be answered (a "thank you"), or what did not arrive was dealt with."""
    talk = _locked(talk)
    _calm(talk)
    talk.unread, talk.waits_since, talk.alarm = 0, None, ""
    talk.failed_at, talk.failed_why = None, ""
    _touch(talk, None, ["unread", "waits_since", "alarm", "failed_at", "failed_why"])


@transaction.atomic
def answered(talk: Talk, line: TalkLine) -> None:
    """A person of the clinic has written: nothing waits any more, and how long it took is kept."""
    talk = _locked(talk)
    _answered(talk, line.at, line.by)
    _touch(talk, line, ["unread", "waits_since", "alarm"])


def _answered(talk: Talk, at: dt.datetime, by: Staff | None) -> None:
    asked = talk.waits_since
    _calm(talk)
    talk.unread, talk.waits_since, talk.alarm = 0, None, ""
    talk.failed_at, talk.failed_why = None, ""
    if asked is None or at < asked:
        return
    branch = branch_of(talk)
    minutes = hours.of(branch).open_minutes(asked, at) if branch else 0
    Wait.objects.get_or_create(
        talk=talk,
        asked_at=asked,
        defaults={"answered_at": at, "answered_by": by, "open_minutes": minutes},
    )


@transaction.atomic
def failed(talk: Talk, *, why: str, at: dt.datetime) -> None:
    """What we said did not reach her."""
    talk = _locked(talk)
    talk.failed_at, talk.failed_why = at, why[:200]
    _touch(talk, None, ["failed_at", "failed_why"])


def unreached(patient_id: int, *, why: str) -> None:
    """No message arrives at a patient by any way."""
    with transaction.atomic():
        talk = of_patient(Patient(pk=patient_id))
        failed(talk, why=why, at=clock.now())


def branch_of(talk: Talk) -> Branch | None:
    """Whose hours count for it: her branch, else the first that the account serves."""
    if talk.patient is not None:
        return talk.patient.branch
    own = talk.account.branches.order_by("pk").first() if talk.account else None
    return own or places.branches().order_by("pk").first()


def _locked(talk: Talk) -> Talk:
    row = Talk.objects.select_for_update().get(pk=talk.pk)
    return _locked(row.merged_into) if row.merged_into is not None else row


def _touch(talk: Talk, line: TalkLine | None, fields: Iterable[str]) -> None:
    talk.changed_at = clock.now()
    changed = [*fields, "changed_at"]
    if line is not None:
        talk.last_line, talk.last_at = line, max(talk.last_at, line.at)
        changed += ["last_line", "last_at"]
    talk.save(update_fields=changed)


def lock(talk_ids: Iterable[int]) -> None:
    """Hold these until the transaction ends. A conversation comes before its lines, everywhere:
    else what is heard and what is sent wait for each other."""
    rows = Talk.objects.select_for_update().filter(pk__in=set(talk_ids)).order_by("pk")
    list(rows.values_list("pk", flat=True))


def touch(talk_ids: Iterable[int]) -> None:
    """Something about these changed that is not on their row: who looks gets it anew."""
    Talk.objects.filter(pk__in=list(talk_ids)).update(changed_at=clock.now())


def packed(parts: Sequence[Attachment]) -> str:
    """Pictures and the like as a line keeps them."""
    return json.dumps([asdict(each) for each in parts], ensure_ascii=False) if parts else ""


def parts_of(line: TalkLine) -> list[Attachment]:
    """The pictures and the like of a line."""
    return [Attachment(**each) for each in json.loads(line.parts)] if line.parts else []


def take_on(talk: Talk, *, by: Staff) -> None:
    """Who answers has it, when nobody else has."""
    Talk.objects.filter(pk=talk.pk, assigned_to__isnull=True).update(
        assigned_to=by, changed_at=F("changed_at")
    )


def check_open(talk: Talk) -> None:
    """Raises NotPossible when it was joined to another conversation meanwhile."""
    if Talk.objects.filter(pk=talk.pk, merged_into__isnull=False).exists():
        raise NotPossible(gettext("This conversation has moved to the patient's."))
