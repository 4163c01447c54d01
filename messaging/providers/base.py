"""What every provider must be able to say. A provider is a folder beside this file."""

from __future__ import annotations

import datetime as dt
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from messaging.providers.forms import AccountForm
from messaging.providers.news import Arrived, News, Receipt

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from messaging.models import ProviderAccount


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
    footer: str = ""  # below a letter: who writes, where, and how to end it


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it: its own id of the message, and what its answer says beside that."""

    ref: str
    cost: int | None = None  # VND, when the answer says so
    daily_quota: int | None = None
    quota_left: int | None = None


@dataclass(frozen=True, slots=True)
class Consulted:
    """What the provider said of something written to a person, and what is left to write.

    `quota_type`: which share it took, in the provider's words ("reply" is free at Zalo);
    `cost`: VND, where that says it.
    """

    ref: str
    quota_type: str = ""
    cost: int | None = None
    remain: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Asks:
    """A request for her name and number."""

    title: str
    subtitle: str = ""
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What a provider tells of somebody who follows or wrote; what she gave when asked."""

    user_id: str
    name: str = ""
    picture: str = ""
    follows: bool = False
    shared_name: str = ""
    shared_phone: str = ""


@dataclass(frozen=True, slots=True)
class Blank:
    """A value a registered template wants."""

    name: str
    kind: str = ""  # in the provider's word
    max_length: int = 0
    min_length: int = 0
    required: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A template as its provider lists it. VND, milliseconds; None = it does not say."""

    provider_id: str
    name: str
    status: str  # ENABLE, PENDING_REVIEW, REJECT, DISABLE, DELETE
    reason: str = ""
    tag: str = ""
    quality: str = ""
    price_phone: int | None = None
    price_user: int | None = None
    timeout_ms: int | None = None
    blanks: tuple[Blank, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose a permission is, and what the provider says of that account. None or "" = it does not
    say; `package_until`: the last day of what is paid for."""

    account_id: str
    name: str = ""
    verified: bool | None = None
    package: str = ""
    package_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What a provider knows of an account. None or "" = it does not say."""

    daily_quota: int | None = None
    quota_left: int | None = None
    quality: str = ""
    balance: int | None = None  # VND
    templates: tuple[Listed, ...] | None = None
    identity: Identity | None = None


class Account(Protocol):
    """What a provider sees of an account's row."""

    kind: str
    account_id: str
    callback_token: str
    credentials: str


class Provider(ABC):
    """A way to say something: one folder of this package each (docs/providers.md). How it is
    handed over, and what else it can do, stands in abilities.py."""

    kind: str
    channel: str
    #: What people call it, as `_("…")`.
    title: StrOrPromise
    #: What is typed in the settings to connect an account.
    form: type[AccountForm] = AccountForm
    #: Cheaper and more telling channels first: 10 Zalo, 30 Viber, 50 SMS, 60 SMS abroad, 70 e-mail.
    order: int
    #: Whether the same message may be handed over again without reaching the patient twice.
    retry_safe: bool
    #: The field by which a receipt names our message.
    receipt_key: str
    #: After this an accepted message that was not delivered will not be delivered any more.
    expires_after: dt.timedelta
    #: How many messages a minute an account may send; 0 = nobody says.
    per_minute: int = 0
    #: How much advertising one person may get on it: so many in a window, None = a calendar month.
    ads_at_most: int = 3
    ads_within: dt.timedelta | None = dt.timedelta(hours=24)
    #: Nobody reports a delivery, only a return: what is not sent back in `expires_after` arrived.
    silence_is_delivery: bool = False
    #: How long it goes well without `tend` (tokens, quota, templates); None = needs none.
    tend_every: dt.timedelta | None = None
    #: Whether its webhook address carries a secret of the account (it does not sign).
    has_token_address: bool = False

    @abstractmethod
    def takes(self, account: Account, to_kind: str, to: str) -> bool:
        """Whether this account can write to such an address at all."""

    @abstractmethod
    def accepted(self, reply: Reply, now: dt.datetime) -> Accepted:
        """What its answer says. Raises ProviderError, OutcomeUnknown."""

    def renew(self, account_pk: int, account: Account) -> bool:
        """Get another access token than the one of `account`; False when there is none to be had.
        What follows for the account (a pause, waiting for consent) is done by then."""
        return False

    def tells_of(self, to_kind: str) -> bool:
        """Whether a message to such an address that is neither reported nor known when it is asked
        for was not delivered. Else silence says nothing: it may well have arrived."""
        return True

    def look_up(self, account: Account, ref: str) -> Request | None:
        """The request that asks what became of a message; None where one cannot ask."""
        return None

    def looked_up(self, reply: Reply, ref: str) -> Receipt | None:
        """What became of it, or None when it is still on its way. Raises OutcomeUnknown."""
        return None

    def overview(self, account: ProviderAccount) -> Overview | None:
        """What it knows of the account now; None = one cannot ask. Raises ProviderError,
        OutcomeUnknown."""
        return None

    # ------------------------------------------------------------------ what people see of it

    def webhook_url(self, account: Account) -> str:
        """Where it reports, to be written into the provider's console; "" = it does not."""
        address = f"{settings.BASE_SCHEME}://{settings.BASE_DOMAIN}/webhooks/{self.kind}"
        return f"{address}/{account.callback_token}" if self.has_token_address else address

    def authorised(self, account: Account) -> bool:
        """Whether it may speak for the account; else a person must give consent first."""
        return True

    def keep_alive(self, account_pk: int, account: Account) -> bool:
        """Renew what would end by itself; False = try again soon."""
        return True

    def missing(self, account: Account) -> list[StrOrPromise]:
        """What a person must still do before it can send, a sentence each."""
        return []

    def words(self, code: str) -> StrOrPromise:
        """What a code of its answers means, in a sentence for people; "" = nobody knows."""
        return ""

    # ------------------------------------------------------------------ what it tells us

    def account_ids(self, arrived: Arrived) -> list[str]:
        """The ids under which the clinic of a webhook is found, the likeliest first."""
        return [arrived.token] if arrived.token else []

    def genuine(self, arrived: Arrived, account: Account) -> bool:
        """Whether it truly comes from the provider. A secret address alone proves it where the
        provider does not sign."""
        return self.has_token_address and arrived.token == account.callback_token

    @abstractmethod
    def dedupe_key(self, arrived: Arrived) -> str:
        """The same news twice has the same key, however often it is delivered."""

    def stored(self, arrived: Arrived) -> str:
        """What is kept of it: enough for `news` later."""
        return arrived.raw.decode("utf-8", "replace")

    def event(self, body: str) -> str:
        """The name of the event in a kept webhook, for people who look."""
        return "report"

    def news(self, body: str) -> list[News]:
        """What a kept webhook says. Raises ValueError when it cannot be understood."""
        return []
