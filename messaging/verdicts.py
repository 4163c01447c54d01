"""What the outcome of handing a message over means for it. Writes nothing (docs/messages.md)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from messaging.models import MessageState, outbox
from messaging.models.outbox import NO_ANSWER
from messaging.providers.base import (
    Accepted,
    Lost,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Provider,
    ProviderError,
    Scope,
)
from messaging.sql import Claimed, Settled

#: How long after `expires_after` an attempt is taken as not delivered.
MARGIN = dt.timedelta(minutes=10)
#: A limit that comes at once still leaves a sent message this long.
LIMIT_AFTER = dt.timedelta(minutes=5)
MOST_TRIES = 3
#: After this without a connection to the provider the next way is taken.
NO_CONNECTION = dt.timedelta(hours=2)


class Verdict(NamedTuple):
    """How a handing-over ended, and the refusal or the answer behind it."""

    row: Claimed
    settled: Settled
    error: ProviderError | None = None
    accepted: Accepted | None = None


def judge(provider: Provider, row: Claimed, outcome: Outcome, now: dt.datetime) -> Verdict:
    """What an outcome means for a message. Writes nothing."""
    if isinstance(outcome, NotSent):
        return Verdict(row, _not_sent(row, outcome, now))
    if isinstance(outcome, Lost):
        return Verdict(row, _unknown(provider, row, outcome.reason, now))
    try:
        taken = provider.accepted(outcome, now)
    except OutcomeUnknown as unknown:
        return Verdict(row, _unknown(provider, row, str(unknown), now))
    except ProviderError as error:
        return Verdict(row, refused(row, error, now), error)
    until = now + provider.expires_after + MARGIN
    look = until if row.limit_at is None else min(until, max(row.limit_at, now + LIMIT_AFTER))
    cost = row.price if taken.cost is None else taken.cost
    settled = Settled(
        row.id, MessageState.ACCEPTED, taken.ref[:80], due_at=look, accepted_at=now, cost=cost
    )
    return Verdict(row, settled, accepted=taken)


def _not_sent(row: Claimed, outcome: NotSent, now: dt.datetime) -> Settled:
    # This try did not leave; the one before may have been taken.
    doubtful = row.code == NO_ANSWER
    code = NO_ANSWER if doubtful else outbox.NO_CONNECTION
    if now - row.queued_at > NO_CONNECTION:
        ended = MessageState.UNKNOWN if doubtful else MessageState.FAILED
        return Settled(row.id, ended, "", code, outcome.reason, None, None, now)
    return Settled(row.id, MessageState.QUEUED, "", code, outcome.reason, now + _wait(row.tries))


def _unknown(provider: Provider, row: Claimed, reason: str, now: dt.datetime) -> Settled:
    """Safe to repeat: again with the same key. Else wait for a receipt as long as one may come."""
    if provider.retry_safe:
        due_at = now + _wait(row.tries)
        if row.tries < 2 * MOST_TRIES:
            return Settled(row.id, MessageState.QUEUED, "", NO_ANSWER, reason, due_at)
        return Settled(row.id, MessageState.UNKNOWN, "", NO_ANSWER, reason, None, None, now)
    until = now + provider.expires_after + MARGIN
    look = until if row.limit_at is None else min(until, max(row.limit_at, now + LIMIT_AFTER))
    return Settled(row.id, MessageState.CALLING, "", NO_ANSWER, reason, look)


def refused(row: Claimed, error: ProviderError, now: dt.datetime) -> Settled:
    # A refusal for good is about the message and holds for the try before, any other one does not.
    doubtful = row.code == NO_ANSWER and not error.permanent
    code = NO_ANSWER if doubtful else error.code
    used_up = error.scope is not Scope.ACCOUNT and row.tries >= MOST_TRIES
    if error.permanent or used_up:
        ended = MessageState.UNKNOWN if doubtful else MessageState.FAILED
        return Settled(row.id, ended, "", code, error.text, None, None, now)
    retry_at = error.retry_at or now + _wait(row.tries)
    return Settled(row.id, MessageState.QUEUED, "", code, error.text, retry_at)


def _wait(tries: int) -> dt.timedelta:
    return dt.timedelta(seconds=min(900, 30 * 2 ** max(0, tries - 1)))
