"""What every provider must be able to say. A provider is a folder beside this file."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Scope(StrEnum):
    """Whom an error is about."""

    CONTACT_POINT = "contact_point"
    TEMPLATE = "template"
    ACCOUNT = "account"


class ProviderError(Exception):
    """A clear refusal: the provider did not take this message.

    `permanent`: never on this channel; else it may be tried again at `retry_at`.
    `fact_days`: for how long the contact point counts as unreachable (0 not at all, None for good).
    `renew`: a new access token may help. `disable`: the template may not be used any more.
    """

    def __init__(
        self,
        code: str,
        text: str,
        *,
        scope: Scope,
        permanent: bool,
        retry_at: dt.datetime | None = None,
        fact_days: int | None = 0,
        renew: bool = False,
        disable: bool = False,
    ) -> None:
        super().__init__(f"{code}: {text}")
        self.code, self.text, self.scope = code, text[:300], scope
        self.permanent, self.retry_at = permanent, retry_at
        self.fact_days, self.renew, self.disable = fact_days, renew, disable


class OutcomeUnknown(Exception):
    """The request went out and nothing that can be understood came back."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, ready to go."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request certainly did not reach the provider."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have reached the provider; the answer did not reach us."""

    reason: str


Outcome = Reply | NotSent | Lost


@dataclass(frozen=True, slots=True)
class Sending:
    """What a provider needs to know of one message."""

    uid: uuid.UUID
    phone: str  # E.164
    template_id: str
    values: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider reports of one message it had accepted. Empty `news` = nothing to do."""

    news: str  # delivered, failed, seen, acted
    uid: uuid.UUID | None
    ref: str
    at: dt.datetime | None
    code: str = ""


class Account(Protocol):
    """What a provider sees of an account's row."""

    account_id: str
    callback_token: str
    credentials: str


class Provider(Protocol):
    """A way to say something: one folder of this package each."""

    kind: str
    channel: str
    #: Whether the same message may be handed over again without reaching the patient twice.
    retry_safe: bool
    #: The field by which a receipt names our message.
    receipt_key: str
    #: After this an accepted message that was not delivered will not be delivered any more.
    expires_after: dt.timedelta

    def request(self, account: Account, sending: Sending) -> Request:
        """The request that hands one message over."""
        ...

    def accepted(self, reply: Reply, now: dt.datetime) -> str:
        """The provider's own id of the message. Raises ProviderError, OutcomeUnknown."""
        ...

    def renew(self, account_pk: int, account: Account) -> bool:
        """Get a new access token; False when there is none to be had."""
        ...

    def look_up(self, account: Account, ref: str) -> Request:
        """The request that asks what became of a message."""
        ...

    def looked_up(self, reply: Reply, ref: str) -> Receipt | None:
        """What became of it, or None when it is still on its way. Raises OutcomeUnknown."""
        ...

    def receipt(self, body: str) -> Receipt | None:
        """What a stored webhook says, or None when it concerns no message of ours."""
        ...
