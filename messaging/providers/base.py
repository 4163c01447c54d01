"""What every provider must be able to say. A provider is a folder beside this file."""

from __future__ import annotations

import datetime as dt
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from messaging.providers.news import Arrived, News, Receipt


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
    to: str  # E.164, "<account>/<user id>" of Zalo, or an e-mail address
    to_kind: str  # phone, zalo, email
    template_id: str
    values: Mapping[str, str]
    text: str
    title: str = ""  # an e-mail's subject
    is_ad: bool = False
    keeps_accents: bool = False
    unsubscribe_url: str = ""  # where one press ends messages of this kind


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it: its own id of the message, and what its answer says beside that."""

    ref: str
    cost: int | None = None  # VND, when the answer says so
    daily_quota: int | None = None
    quota_left: int | None = None


class Account(Protocol):
    """What a provider sees of an account's row."""

    account_id: str
    callback_token: str
    credentials: str


class Provider(ABC):
    """A way to say something: one folder of this package each (docs/providers.md)."""

    kind: str
    channel: str
    #: Cheaper and more telling channels first: 10 Zalo, 30 Viber, 50 SMS, 60 SMS abroad, 70 e-mail.
    order: int
    #: Whether the same message may be handed over again without reaching the patient twice.
    retry_safe: bool
    #: The field by which a receipt names our message.
    receipt_key: str
    #: After this an accepted message that was not delivered will not be delivered any more.
    expires_after: dt.timedelta
    #: Whether it is spoken to by HTTP, with `request`; else it sends by itself, with `hand_over`.
    by_http: bool = True
    #: Whether its webhook address carries a secret of the account (it does not sign).
    has_token_address: bool = False

    @abstractmethod
    def takes(self, account: Account, to_kind: str, to: str) -> bool:
        """Whether this account can write to such an address at all."""

    @abstractmethod
    def request(self, account: Account, sending: Sending) -> Request:
        """The request that hands one message over."""

    def hand_over(self, account: Account, batch: Sequence[Sending]) -> list[Outcome]:
        """Hand over without HTTP; the outcomes in the order of the batch. Never raises."""
        raise NotImplementedError(self.kind)

    @abstractmethod
    def accepted(self, reply: Reply, now: dt.datetime) -> Accepted:
        """What its answer says. Raises ProviderError, OutcomeUnknown."""

    def renew(self, account_pk: int, account: Account) -> bool:
        """Get a new access token; False when there is none to be had."""
        return False

    def look_up(self, account: Account, ref: str) -> Request | None:
        """The request that asks what became of a message; None where one cannot ask."""
        return None

    def looked_up(self, reply: Reply, ref: str) -> Receipt | None:
        """What became of it, or None when it is still on its way. Raises OutcomeUnknown."""
        return None

    # ------------------------------------------------------------------ free answers

    #: Whether one can answer in words to somebody who wrote; then the two below are there.
    consults: bool = False

    def consult(
        self, account: Account, person: str, text: str, *, asks_number: bool = False
    ) -> Request:
        """The request that answers a person in our own words, or asks for her name and number."""
        raise NotImplementedError(self.kind)

    def consulted(self, reply: Reply) -> Accepted:
        """What its answer says. Raises ProviderError, OutcomeUnknown."""
        raise NotImplementedError(self.kind)

    # ------------------------------------------------------------------ what it tells us

    def account_ids(self, arrived: Arrived) -> list[str]:
        """The ids under which the clinic of a webhook is found, the likeliest first."""
        return [arrived.token] if arrived.token else []

    def genuine(self, arrived: Arrived, account: Account) -> bool:
        """Whether it truly comes from the provider. A secret address alone proves it where the
        provider does not sign."""
        return self.has_token_address and arrived.token == account.callback_token

    def dedupe_key(self, arrived: Arrived) -> str:
        """The same news twice has the same key, however often it is delivered."""
        raise NotImplementedError(self.kind)

    def stored(self, arrived: Arrived) -> str:
        """What is kept of it: enough for `news` later."""
        return arrived.raw.decode("utf-8", "replace")

    def event(self, body: str) -> str:
        """The name of the event in a kept webhook, for people who look."""
        return "report"

    def news(self, body: str) -> list[News]:
        """What a kept webhook says. Raises ValueError when it cannot be understood."""
        return []
