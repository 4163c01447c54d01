"""What some providers can do and others cannot: a folder's provider is made of these.

Each is one of the first two. What is beside that is asked for by `isinstance`, so that nobody
has to say what it cannot do.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from messaging.attachments import Limits
from messaging.providers.base import (
    Account,
    Asks,
    Consulted,
    Identity,
    Outcome,
    Person,
    Provider,
    Reply,
    Request,
    Sending,
)
from messaging.providers.bundled import Bundling, Fate

if TYPE_CHECKING:
    from messaging.models import ProviderAccount


class HttpProvider(Provider):
    """One that is spoken to by HTTP: its requests leave in bursts."""

    #: How many letters of a person's own words may go to a number; 0 = only texts that are
    #: registered, so nobody can be answered by it.
    own_words: int = 0

    @abstractmethod
    def request(self, account: Account, sending: Sending) -> Request:
        """The request that hands one message over. Raises ProviderError for what must not leave."""

    def trial(self, account: Account, sending: Sending) -> Request:
        """The request of a message to ourselves, not to a patient."""
        return self.request(account, sending)


class SendingProvider(Provider):
    """One that sends by itself, without HTTP."""

    @abstractmethod
    def hand_over(self, account: Account, batch: Sequence[Sending]) -> list[Outcome]:
        """Hand a batch over; the outcomes in its order. Never raises."""


AnyProvider = HttpProvider | SendingProvider


class BundlingProvider(HttpProvider):
    """One that takes advertising for many numbers at once (messaging/bundles.py)."""

    #: How much, and when.
    bundling: Bundling

    @abstractmethod
    def bundle(self, account: Account, batch: Sequence[Sending], label: str) -> Request:
        """One request with one text for all these numbers, labelled to be found again."""

    @abstractmethod
    def bundle_look_up(
        self, account: Account, since: dt.datetime, until: dt.datetime, page: int
    ) -> Request:
        """The request for a page (from 1) of what became of all bundles of that time."""

    @abstractmethod
    def bundle_looked_up(self, reply: Reply, page: int) -> tuple[list[Fate], bool]:
        """A page's numbers, and whether more follow. Raises ProviderError, OutcomeUnknown."""

    @abstractmethod
    def receivers(self, account: Account, ref: str) -> Request:
        """The request that asks about every number of one bundle."""

    @abstractmethod
    def received(self, reply: Reply, ref: str) -> list[Fate]:
        """What became of its numbers. Raises ProviderError, OutcomeUnknown."""


class Talks(ABC):
    """A person of the clinic can write to somebody by it. Everything here raises ProviderError
    and OutcomeUnknown."""

    #: Bytes of one picture (JPEG, PNG) and of one file (PDF, Word) it takes.
    limits: Limits
    #: VND for an answer that is not free, by the provider's list; None = it says nothing.
    price_of_answer: int | None = None

    @abstractmethod
    def consult(
        self,
        account: ProviderAccount,
        user_id: str,
        *,
        text: str = "",
        image: str = "",
        file: str = "",
        asks: Asks | None = None,
        quotes: str = "",
    ) -> Consulted:
        """Write to somebody who wrote to us. `image`, `file`: what an upload gave; `quotes`: the
        message it answers."""

    @abstractmethod
    def upload_image(self, account: ProviderAccount, name: str, raw: bytes) -> str:
        """A name for a picture, to be sent by `consult`."""

    @abstractmethod
    def upload_file(self, account: ProviderAccount, name: str, raw: bytes) -> str:
        """A name for a file, to be sent by `consult`."""

    @abstractmethod
    def lies_at(self, url: str) -> bool:
        """Whether what people send may lie at this address: a host of the provider, and no other
        one is ever opened."""

    @abstractmethod
    def person(self, account: ProviderAccount, user_id: str) -> Person:
        """What the provider tells of somebody."""

    @abstractmethod
    def left_for(self, account: ProviderAccount, user_id: str) -> Consulted:
        """How much may be written to her for nothing, now."""


class AsksConsent(ABC):
    """A person gives consent at the provider before it may be used."""

    @abstractmethod
    def consent_url(self, account: Account, *, state: str, verifier: str, back: str) -> str:
        """Where a person gives consent. It leads her back to the address `back`, with `state` and
        a code that `trade` takes."""

    @abstractmethod
    def trade(self, account: Account, *, code: str, verifier: str) -> dict[str, str]:
        """The credentials a consent is worth. Raises ProviderError, OutcomeUnknown."""

    @abstractmethod
    def whose(self, account: Account, pair: dict[str, str]) -> Identity:
        """For which account the consent was given. Raises ProviderError, OutcomeUnknown."""
