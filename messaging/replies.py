"""Answers in our own words: written as a row first, sent outside any transaction, never twice.

queued ─► calling ─► sent ─► delivered ─► seen; or failed with its reason; or unknown, when the
request went out and nothing came back: nobody sends that one again (docs/inbox.md, "Answers").
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext, pgettext

from clinics import clock
from clinics.public import Staff, places
from messaging import followers, talks
from messaging.models import LineKind, LineState, ProviderAccount, Talk, TalkLine, ZaloPerson
from messaging.providers import NoSuchProvider, kinds, provider_of
from messaging.providers.abilities import Talks
from messaging.providers.base import Asks, OutcomeUnknown, ProviderError
from messaging.providers.zalo.heard import ANONYMOUS
from patients.public import NotPossible

log = structlog.get_logger(__name__)

LONGEST = 2_000
FREE_FOR = dt.timedelta(hours=48)
OPEN_FOR = dt.timedelta(days=7)
BATCH = 20
#: When somebody must look at a line whose worker was killed while it was handed over.
LEASE = dt.timedelta(minutes=2)
MOST_TRIES = 5
#: Marks a line of ours that asks for her name and number.
ASKS = "asks"
TITLE = 100  # letters of what she reads above the button
NO_CONNECTION = dt.timedelta(minutes=30)


@dataclass(frozen=True)
class Window:
    """Whether she can be answered in words now. `state`: free, paid, over (only a template may be
    sent), none (no channel of hers takes answers); `until`: when it ends."""

    state: str
    until: dt.datetime | None = None
    account: ProviderAccount | None = None
    person: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in ("free", "paid")

    @property
    def left(self) -> str:
        """How long: "31 h", "3 days"."""
        if self.until is None:
            return ""
        hours = max(int((self.until - clock.now()).total_seconds() // 3600), 0)
        if hours < 1:
            return pgettext("window", "less than 1 h")
        if hours < 72 and self.state == "free":
            return pgettext("window", "%(n)s h") % {"n": hours}
        return pgettext("window", "%(n)s days") % {"n": -(-hours // 24)}


def window(talk: Talk) -> Window:
    """By whom and until when she can be answered: where she wrote last; three statements."""
    known = [who for who in _people(talk) if who.account.is_active]
    known.sort(key=lambda who: (who.seen_at is not None, who.seen_at), reverse=True)
    for who in known:
        if who.account.kind not in kinds() or not isinstance(provider_of(who.account.kind), Talks):
            continue
        if who.seen_at is None:
            return Window("over", None, who.account, who.user_id)
        now = clock.now()
        for state, length in (("free", FREE_FOR), ("paid", OPEN_FOR)):
            if now < who.seen_at + length:
                return Window(state, who.seen_at + length, who.account, who.user_id)
        return Window("over", None, who.account, who.user_id)
    return Window("none")


def _people(talk: Talk) -> list[ZaloPerson]:
    if talk.patient is not None:
        return followers.of_patient(talk.patient)
    if talk.sender.startswith(ANONYMOUS):
        return []
    who = followers.get(talk.account_id, talk.sender)
    return [who] if who else []


@transaction.atomic
def write(
    talk: Talk,
    text: str,
    *,
    by: Staff | None,
    uid: uuid.UUID | None = None,
    asks: bool = False,
) -> TalkLine:
    """Answer her. The same `uid` again is the same answer. `by` None = written by the product.

    Raises NotPossible with the reason when she cannot be answered now, or there is nothing to say.
    """
    words = text.strip()
    if uid is not None and (known := TalkLine.objects.filter(uid=uid).first()):
        return known
    if not words:
        raise NotPossible(gettext("Write something first."))
    if len(words) > LONGEST:
        raise NotPossible(gettext("An answer has at most %(n)s letters.") % {"n": LONGEST})
    talks.check_open(talk)
    way = window(talk)
    if not way.is_open or way.account is None:
        raise NotPossible(why_closed(way))
    line, is_new = TalkLine.objects.get_or_create(
        uid=uid or uuid.uuid4(),
        defaults={
            "talk": talk,
            "kind": LineKind.OUT,
            "state": LineState.QUEUED,
            "account": way.account,
            "channel": talks.channel_of(way.account),
            "person": way.person,
            "text": words,
            "parts": "",
            "at": clock.now(),
            "by": by,
            "is_automatic": by is None,
            "sign": ASKS if asks else "",
            "due_at": clock.now(),
        },
    )
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


def why_closed(way: Window) -> str:
    """Why she cannot be answered in words, and what to do instead."""
    if way.state == "over":
        return gettext(
            "More than 7 days since she last wrote: Zalo takes only approved messages. Call her."
        )
    return gettext("She cannot be answered here: she has not written to us on Zalo. Call her.")


@transaction.atomic
def again(line: TalkLine) -> None:
    """Send once more what was certainly refused. What may have arrived is not sent again."""
    row = TalkLine.objects.select_for_update().select_related("talk").get(pk=line.pk)
    if row.state != LineState.FAILED:
        raise NotPossible(gettext("Only an answer that certainly did not arrive is sent again."))
    way = window(row.talk)
    if not way.is_open or way.account is None:
        raise NotPossible(why_closed(way))
    TalkLine.objects.filter(pk=row.pk).update(
        state=LineState.QUEUED, due_at=clock.now(), tries=0, error_code="", error_text="",
        account=way.account, person=way.person,
    )  # fmt: skip
    Talk.objects.filter(pk=row.talk_id).update(failed_at=None, failed_why="")
    talks.touch([row.talk_id])


# sending: a kind of due work


def send_due() -> None:
    """Send every answer that waits, and give up those whose worker was killed."""
    _give_up()
    while True:
        claimed = _claim()
        for line in claimed:
            _settle(line, _sent(line))
        if len(claimed) < BATCH:
            return


def next_due() -> dt.datetime | None:
    """When an answer waits to be sent or looked at."""
    found: dt.datetime | None = TalkLine.objects.aggregate(at=Min("due_at"))["at"]
    return found


@transaction.atomic
def _give_up() -> None:
    """Handed over by somebody who is gone: it may have arrived, so it is never sent again."""
    gone = TalkLine.objects.select_for_update(skip_locked=True).filter(
        state=LineState.CALLING, due_at__lte=clock.now()
    )
    for line in gone.select_related("talk"):
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
    TalkLine.objects.bulk_update(rows, ["state", "due_at", "tries"])
    return rows


def _sent(line: TalkLine) -> dict[str, object]:
    """Hand one answer over; what to write on its row."""
    account = line.account
    try:
        if account is None:
            raise NoSuchProvider("")
        provider = provider_of(account.kind)
        if not isinstance(provider, Talks):
            raise NoSuchProvider(account.kind)
        asks = Asks(line.text[:TITLE]) if line.sign == ASKS else None
        text = "" if asks else line.text
        taken = provider.consult(account, line.person, text=text, asks=asks)
    except ProviderError as error:
        return _no_connection(line) if error.code == "no_connection" else _refused(line, error)
    except OutcomeUnknown:
        return {"state": LineState.UNKNOWN, "error_code": "no_answer"}
    except NoSuchProvider:
        return {"state": LineState.FAILED, "error_code": "no_account"}
    return {"state": LineState.SENT, "ref": taken.ref[:80], "error_code": "", "error_text": ""}


def _no_connection(line: TalkLine) -> dict[str, object]:
    """Nobody opened the door, so it was certainly not said: again, for half an hour."""
    now = clock.now()
    if now - line.at > NO_CONNECTION:
        return {"state": LineState.FAILED, "error_code": "no_connection"}
    due_at = now + dt.timedelta(seconds=15 * 2 ** min(line.tries, 5))
    return {"state": LineState.QUEUED, "due_at": due_at, "error_code": "no_connection"}


def _refused(line: TalkLine, error: ProviderError) -> dict[str, object]:
    said: dict[str, object] = {"error_code": error.code, "error_text": error.text}
    if error.permanent or line.tries >= MOST_TRIES:
        return {"state": LineState.FAILED, **said}
    due_at = error.retry_at or clock.now() + dt.timedelta(minutes=line.tries)
    return {"state": LineState.QUEUED, "due_at": due_at, **said}


@transaction.atomic
def _settle(line: TalkLine, said: Mapping[str, object]) -> None:
    """Write how it ended. A report of the provider may have been faster: then it stands."""
    row = TalkLine.objects.select_for_update(of=("self",)).select_related("talk").get(pk=line.pk)
    if row.state != LineState.CALLING:
        return
    _write(row, {"due_at": None, **said})


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


def reason(code: str) -> str:
    """Why an answer did not arrive, in words."""
    words = {
        "no_answer": pgettext("answer", "nobody knows whether it arrived, ask her"),
        "no_connection": pgettext("answer", "no connection to Zalo"),
        "expired": pgettext("answer", "it was not delivered in time"),
        "unknown": pgettext("answer", "nobody knows whether it arrived, ask her"),
        "-118": pgettext("answer", "this number has no Zalo"),
        "-108": pgettext("answer", "there is no such number"),
        "no_account": pgettext("answer", "the account is not connected any more"),
        "-230": pgettext("answer", "more than 7 days since she last wrote"),
        "-232": pgettext("answer", "more than 7 days since she last wrote"),
        "-213": pgettext("answer", "she does not follow us on Zalo"),
        "-217": pgettext("answer", "she does not want messages from us"),
        "-244": pgettext("answer", "she does not want messages from us"),
        "-227": pgettext("answer", "her Zalo has not been used for a long time"),
        "-210": pgettext("answer", "it is too long"),
        "-211": pgettext("answer", "the account has used up its messages"),
        "-216": pgettext("answer", "the account must be allowed again"),
        "-220": pgettext("answer", "the account must be allowed again"),
        "-248": pgettext("answer", "Zalo does not allow this text"),
    }
    return words.get(code) or pgettext("answer", "it was refused (%(code)s)") % {"code": code}


def line_of(talk: Talk, uid: uuid.UUID) -> TalkLine | None:
    """A line of a conversation."""
    return TalkLine.objects.filter(talk=talk, uid=uid).first()
