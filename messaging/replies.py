"""Answers in our own words: written as a row first, sent outside any transaction, never twice.

queued ─► calling ─► sent ─► delivered ─► seen; or failed with its reason; or unknown, when the
request went out and nothing came back: nobody sends that one again (docs/inbox.md, "Answers").
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import structlog
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext

from clinics import clock
from clinics.public import Staff, alerts, places, quiet
from messaging import answer_costs, files, handover, talks, texts
from messaging.attachments import FILE, Attached
from messaging.handover import ASKS
from messaging.models import LineKind, LineState, Talk, TalkLine
from messaging.providers.news import Attachment
from messaging.windows import Window, why_closed, window
from patients.public import NotPossible, Patient, Purpose, basis

log = structlog.get_logger(__name__)

LONGEST = 2_000
BATCH = 20
#: When somebody must look at a line whose worker was killed while it was handed over.
LEASE = dt.timedelta(minutes=2)
#: A file beside words is a line of its own, with a uid made from theirs by this name.
_BESIDE = "file"


@transaction.atomic
def write(
    talk: Talk,
    text: str,
    *,
    by: Staff | None,
    uid: uuid.UUID | None = None,
    asks: bool = False,
    attached: Attached | None = None,
    accents: bool = True,
) -> TalkLine:
    """Answer her. The same `uid` again is the same answer. `by` None = written by the product.
    `accents` False: an SMS loses its accents, and is shorter by that.

    A picture goes with its words; a file goes after them, as Zalo documents no words beside one.
    Raises NotPossible with the reason when she cannot be answered now, or there is nothing to say.
    """
    uid = uid or uuid.uuid4()
    if known := TalkLine.objects.filter(uid=uid).first():
        return known
    words = text.strip()
    talks.check_open(talk)
    way = window(talk)
    if not way.is_open or way.account is None:
        raise NotPossible(why_closed(way))
    if way.state == "sms":
        words = words if accents else texts.without_accents(words)
        only_chat = asks or attached is not None
        _check_sms(talk, way, words, automatic=by is None, only_chat=only_chat)
    _check_words(words, attached)
    if attached is not None and attached.kind == FILE and words:
        line = _line(talk, way, words, by=by, uid=uid)
        _line(talk, way, "", by=by, uid=uuid.uuid5(uid, _BESIDE), attached=attached)
        return line
    return _line(talk, way, words, by=by, uid=uid, asks=asks, attached=attached)


def _check_words(words: str, attached: Attached | None) -> None:
    if not words and attached is None:
        raise NotPossible(gettext("Write something first."))
    if len(words) > LONGEST:
        raise NotPossible(gettext("An answer has at most %(n)s letters.") % {"n": LONGEST})


def _check_sms(talk: Talk, way: Window, words: str, *, automatic: bool, only_chat: bool) -> None:
    """An SMS costs money and knows refusals: nothing goes by itself, and nothing to who refused."""
    if automatic or way.account is None:
        raise NotPossible(why_closed(Window("none")))
    if only_chat:
        raise NotPossible(gettext("By SMS only words can go."))
    if len(words) > way.letters:
        most = {"n": way.letters}
        raise NotPossible(gettext("An SMS has at most %(n)s letters.") % most)
    if talk.patient is not None and refuses_sms(talk.patient):
        raise NotPossible(gettext("She has refused messages by SMS. Call her."))


def refuses_sms(patient: Patient) -> bool:
    """Whether she wants nothing about her care by SMS; an answer is that."""
    verdict = basis.verdicts([patient.pk], Purpose.CARE)[patient.pk]["sms"]
    return verdict.reason == "refused"


def _line(
    talk: Talk,
    way: Window,
    words: str,
    *,
    by: Staff | None,
    uid: uuid.UUID,
    asks: bool = False,
    attached: Attached | None = None,
) -> TalkLine:
    now = clock.now()
    account = way.account
    if account is None:
        raise NotPossible(why_closed(way))
    parts = [Attachment(attached.kind, name=attached.name)] if attached else []
    line, is_new = TalkLine.objects.get_or_create(
        uid=uid,
        defaults={
            "talk": talk,
            "kind": LineKind.OUT,
            "state": LineState.QUEUED,
            "account": account,
            "channel": talks.channel_of(account),
            "person": way.person,
            "text": words,
            "parts": talks.packed(parts),
            "at": now,
            "by": by,
            "is_automatic": by is None,
            "sign": ASKS if asks else "",
            "due_at": quiet.awake(now) if way.state == "sms" else now,
            "branch": talks.branch_of(talk),
            "price": way.price(words),
        },
    )
    if is_new and attached is not None:
        files.keep(line, attached)
    if is_new and by is not None:
        talks.answered(talk, line)
        talks.take_on(talk, by=by)
    elif is_new:
        talks.touch([talk.pk])
    return line


def ask_number(talk: Talk, *, by: Staff, uid: uuid.UUID) -> TalkLine:
    """Ask her for her name and number: Zalo shows her a button, what she gives comes back as news.
    Raises NotPossible."""
    clinic = places.profile().name  # the words are for patients, so in their language
    words = f"Để {clinic} hỗ trợ đúng hồ sơ, mời mình bấm để chia sẻ tên và số điện thoại."
    return write(talk, words, by=by, uid=uid, asks=True)


@transaction.atomic
def again(line: TalkLine) -> None:
    """Send once more what was certainly refused. What may have arrived is not sent again."""
    talks.lock([line.talk_id])
    row = TalkLine.objects.select_for_update(of=("self",)).select_related("talk").get(pk=line.pk)
    if row.state != LineState.FAILED:
        raise NotPossible(gettext("Only an answer that certainly did not arrive is sent again."))
    way = window(row.talk)
    if not way.is_open or way.account is None:
        raise NotPossible(why_closed(way))
    if way.state == "sms":
        only_chat = bool(row.parts) or row.sign == ASKS
        _check_sms(row.talk, way, row.text, automatic=row.by_id is None, only_chat=only_chat)
    now = clock.now()
    TalkLine.objects.filter(pk=row.pk).update(
        state=LineState.QUEUED, tries=0, ref="", error_code="", error_text="",
        due_at=quiet.awake(now) if way.state == "sms" else now,
        account=way.account, person=way.person, channel=talks.channel_of(way.account),
        price=way.price(row.text), branch=talks.branch_of(row.talk),
    )  # fmt: skip
    Talk.objects.filter(pk=row.talk_id).update(failed_at=None, failed_why="")
    talks.touch([row.talk_id])


@transaction.atomic
def refused(patient_id: int, *, purpose: str, channel: str) -> None:
    """She wants no more on this channel ("" = all): SMS that wait for the morning stay here."""
    if purpose != Purpose.CARE or channel not in ("", "sms"):
        return
    rows = TalkLine.objects.filter(talk__patient=patient_id, channel="sms", state=LineState.QUEUED)
    talks.lock(rows.values_list("talk_id", flat=True))
    for row in rows.select_for_update(of=("self",)).select_related("talk"):
        _write(row, {"state": LineState.FAILED, "due_at": None, "error_code": "refused"})


# sending: a kind of due work


def send_due() -> None:
    """Send every answer that waits, and give up those whose worker was killed."""
    _give_up()
    while True:
        claimed = _claim()
        for line in claimed:
            _settle(line, *handover.sent(line))
        if len(claimed) < BATCH:
            return


def next_due() -> dt.datetime | None:
    """When an answer waits to be sent or looked at."""
    found: dt.datetime | None = TalkLine.objects.aggregate(at=Min("due_at"))["at"]
    return found


@transaction.atomic
def _give_up() -> None:
    """Handed over by somebody who is gone: it may have arrived, so it is never sent again."""
    gone = TalkLine.objects.filter(state=LineState.CALLING, due_at__lte=clock.now())
    talks.lock(gone.values_list("talk_id", flat=True))
    for line in gone.select_for_update(of=("self",)).select_related("talk"):
        _write(line, {"state": LineState.UNKNOWN, "due_at": None, "error_code": "no_answer"})


@transaction.atomic
def _claim() -> list[TalkLine]:
    now = clock.now()
    rows = list(
        TalkLine.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=LineState.QUEUED, due_at__lte=now)
        .select_related("account", "talk__patient")
        .order_by("due_at", "id")[:BATCH]
    )
    for row in rows:
        row.state, row.due_at, row.tries = LineState.CALLING, now + LEASE, row.tries + 1
        row.called_at = now
        if row.branch_id is None:  # written by the version before
            row.branch = talks.branch_of(row.talk)
    TalkLine.objects.bulk_update(rows, ["state", "due_at", "tries", "called_at", "branch"])
    return rows


@transaction.atomic
def _settle(line: TalkLine, said: Mapping[str, object], cost: int | None) -> None:
    """Write how it ended; `cost`: VND by the provider's answer, None = it says none. A report may
    have been faster: then it stands."""
    talks.lock([line.talk_id])
    row = TalkLine.objects.select_for_update(of=("self",)).select_related("talk").get(pk=line.pk)
    if row.price if cost is None else cost:
        alerts.wake()  # the month's limit may be near
    if row.state == LineState.CALLING:
        taken = answer_costs.taken(cost) if said["state"] == LineState.SENT else {}
        _write(row, {"due_at": None, **said, **taken})
    elif cost is not None and row.accepted_at is not None:
        TalkLine.objects.filter(pk=row.pk).update(**answer_costs.corrected(cost))


def _write(row: TalkLine, said: Mapping[str, object]) -> None:
    ref = said.get("ref")
    if ref and TalkLine.objects.filter(account=row.account_id, ref=ref).exclude(pk=row.pk).exists():
        said = {**said, "ref": ""}  # the provider told us of it already, as a line of its own
    TalkLine.objects.filter(pk=row.pk).update(**said)
    state, code = str(said["state"]), str(said.get("error_code", ""))
    if state in (LineState.FAILED, LineState.UNKNOWN):
        talks.failed(row.talk, why=code, at=clock.now())
        log.warning("answer not sent", code=code)
    else:
        talks.touch([row.talk_id])


def line_of(talk: Talk, uid: uuid.UUID) -> TalkLine | None:
    """A line of a conversation."""
    return TalkLine.objects.filter(talk=talk, uid=uid).first()
