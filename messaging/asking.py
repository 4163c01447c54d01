"""Asking providers what became of messages they took: outside transactions, many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import Enum

from messaging.models import Message, ProviderAccount
from messaging.providers import provider_of
from messaging.providers.base import OutcomeUnknown, ProviderError, Reply
from messaging.providers.http import Burst
from messaging.providers.news import Receipt

LOOK_UPS = 20


class Silence(Enum):
    """A look-up that told nothing."""

    NO_ANSWER = 1
    TOKEN = 2


Answer = Receipt | Silence | None


def ask(rows: Sequence[Message]) -> Iterator[tuple[Message, Answer]]:
    """What the providers say became of each: a receipt, None (not delivered), or no answer.

    Rows come with their account.
    """
    by_account: dict[int, list[Message]] = defaultdict(list)
    for row in rows:
        if provider_of(row.account.kind).silence_is_delivery:
            yield row, Receipt("delivered", row.uid, row.provider_ref, row.accepted_at)
        elif row.provider_ref:
            by_account[row.account_id].append(row)
        else:
            yield row, None
    for mine in by_account.values():
        account = mine[0].account
        provider = provider_of(account.kind)
        answers = _answers(mine, account)
        if Silence.TOKEN in answers and provider.renew(account.pk, account):
            account.refresh_from_db(fields=["credentials"])
            answers = _answers(mine, account)
        yield from zip(mine, answers, strict=True)


def _answers(rows: Sequence[Message], account: ProviderAccount) -> list[Answer]:
    provider = provider_of(account.kind)
    with Burst() as burst:
        outcomes = burst.send(
            [ask for row in rows if (ask := provider.look_up(account, row.provider_ref))],
            in_flight=LOOK_UPS,
        )
    if len(outcomes) != len(rows):  # one cannot ask this provider
        return [None] * len(rows)
    answers: list[Answer] = []
    for row, outcome in zip(rows, outcomes, strict=True):
        try:
            answers.append(
                provider.looked_up(outcome, row.provider_ref)
                if isinstance(outcome, Reply)
                else Silence.NO_ANSWER
            )
        except OutcomeUnknown:
            answers.append(Silence.NO_ANSWER)
        except ProviderError as error:
            answers.append(Silence.TOKEN if error.renew else Silence.NO_ANSWER)
    return answers
