"""One answer handed over to its provider: words, a picture, a file, or a request for her number.

Runs outside any transaction; says what to write on the answer's row (messaging/replies.py).
"""

from __future__ import annotations

import datetime as dt

from clinics import clock
from clinics.public import quiet
from messaging import files
from messaging.attachments import IMAGE
from messaging.models import LineState, ProviderAccount, TalkLine
from messaging.providers import NoSuchProvider, provider_of
from messaging.providers.abilities import HttpProvider, Talks
from messaging.providers.base import (
    Asks,
    Lost,
    NotSent,
    OutcomeUnknown,
    ProviderError,
    Scope,
    Sending,
)
from messaging.providers.http import call

#: Marks a line of ours that asks for her name and number.
ASKS = "asks"
TITLE = 100  # letters of what she reads above the button
MOST_TRIES = 5
NO_CONNECTION = dt.timedelta(minutes=30)


def sent(line: TalkLine) -> tuple[dict[str, object], int | None]:
    """Hand one answer over; what to write on its row, and VND if the provider says its cost."""
    try:
        ref, cost = _ref(line)
    except ProviderError as error:
        waits = error.code == "no_connection"
        return (_no_connection(line) if waits else _refused(line, error)), None
    except OutcomeUnknown:
        return {"state": LineState.UNKNOWN, "error_code": "no_answer"}, None
    except NoSuchProvider:
        return {"state": LineState.FAILED, "error_code": "no_account"}, None
    told = {"ref": ref[:80], "error_code": "", "error_text": ""}
    return {"state": LineState.SENT, **told}, cost


def _ref(line: TalkLine) -> tuple[str, int | None]:
    """The provider's id of what was said, and VND where it says what it took. Raises
    ProviderError, OutcomeUnknown, NoSuchProvider."""
    account = line.account
    if account is None:
        raise NoSuchProvider("")
    provider = provider_of(account.kind)
    if isinstance(provider, Talks):
        return _said(provider, account, line)
    if isinstance(provider, HttpProvider) and provider.own_words:
        return _texted(provider, account, line)
    raise NoSuchProvider(account.kind)


def _said(provider: Talks, account: ProviderAccount, line: TalkLine) -> tuple[str, int | None]:
    asks = Asks(line.text[:TITLE]) if line.sign == ASKS else None
    image, file = _uploaded(provider, account, line)
    text = "" if asks else line.text
    taken = provider.consult(account, line.person, text=text, image=image, file=file, asks=asks)
    return taken.ref, taken.cost


def _uploaded(provider: Talks, account: ProviderAccount, line: TalkLine) -> tuple[str, str]:
    """What names her picture and her file at the provider. Uploaded anew with every try: names end.

    A lost upload has said nothing to her, so it counts as no connection and is tried again.
    """
    kept = files.ours(line)
    if kept is None:
        return "", ""
    try:
        if kept.kind == IMAGE:
            return provider.upload_image(account, kept.name, kept.data), ""
        return "", provider.upload_file(account, kept.name, kept.data)
    except OutcomeUnknown as error:
        raise _unheard("upload") from error


def _texted(
    provider: HttpProvider, account: ProviderAccount, line: TalkLine
) -> tuple[str, int | None]:
    """Words to a number, as they stand."""
    sending = Sending(
        uid=line.uid,
        to=line.person,
        to_kind="phone",
        template_id="",
        values={},
        text=line.text,
        keeps_accents=True,  # what was to go was taken out when it was written
    )
    outcome = call(provider.request(account, sending))
    if isinstance(outcome, NotSent):
        raise _unheard(outcome.reason)
    if isinstance(outcome, Lost):
        raise OutcomeUnknown(outcome.reason)
    accepted = provider.accepted(outcome, clock.now())
    return accepted.ref, accepted.cost


def _unheard(reason: str) -> ProviderError:
    return ProviderError("no_connection", reason, scope=Scope.ACCOUNT, permanent=False)


def _no_connection(line: TalkLine) -> dict[str, object]:
    """Nobody opened the door, so it was certainly not said: again, for half an hour."""
    now = clock.now()
    began = quiet.awake(line.at) if line.channel == "sms" else line.at
    if now - began > NO_CONNECTION:
        return {"state": LineState.FAILED, "error_code": "no_connection"}
    due_at = now + dt.timedelta(seconds=15 * 2 ** min(line.tries, 5))
    return {"state": LineState.QUEUED, "due_at": due_at, "error_code": "no_connection"}


def _refused(line: TalkLine, error: ProviderError) -> dict[str, object]:
    said: dict[str, object] = {"error_code": error.code, "error_text": error.text}
    if error.permanent or line.tries >= MOST_TRIES:
        return {"state": LineState.FAILED, **said}
    due_at = error.retry_at or clock.now() + dt.timedelta(minutes=line.tries)
    return {"state": LineState.QUEUED, "due_at": due_at, **said}
