"""What a provider may tell us, in our words: each webhook is read into some of these.

One dataclass each; `ref` is the provider's own id of the message it is about. `at` is when it
happened by the provider's clock, None when it does not say.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one message it had accepted. `cost`: VND it took for it, when it says so.

    `fact_days`: for how long its address counts as unreachable (0 not at all, None for good).
    """

    news: str  # delivered, failed, seen, acted
    uid: uuid.UUID | None
    ref: str
    at: dt.datetime | None
    code: str = ""
    cost: int | None = None
    fact_days: int | None = 0


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody who cannot prove who he is says that a message came to its end: the provider is
    asked, and its answer counts (messaging/confirming.py)."""

    uid: uuid.UUID | None
    ref: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of what she sent that is no text. The address is the provider's, never followed."""

    kind: str  # image, gif, audio, video, sticker, file, link, location, card, call
    url: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A person wrote to us. `sender` is her id at the provider, or her number."""

    sender: str
    ref: str
    at: dt.datetime | None
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    reply_to: str = ""  # ref of the message she quoted or whose button she pressed


@dataclass(frozen=True, slots=True)
class Answered:
    """She rated or pressed a quick reply of one of our messages."""

    uid: uuid.UUID | None
    ref: str
    at: dt.datetime | None
    rating: int | None = None  # 1 to 5
    choice: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """A person follows our account (or no longer does)."""

    person: str
    at: dt.datetime | None
    follows: bool = True


@dataclass(frozen=True, slots=True)
class Shared:
    """A person gave us her name and number when asked."""

    person: str
    at: dt.datetime | None
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """She did something that opens the free window (a menu, "write to us") but said nothing."""

    person: str
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class WeSaid:
    """Somebody of the clinic wrote to her in the provider's own program."""

    person: str
    ref: str
    at: dt.datetime | None
    text: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A person takes back what she gave the account: her data there may not be used any more."""

    person: str
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class TemplateNews:
    """A template's state or quality changed. Empty = not said."""

    template_id: str
    status: str = ""  # ENABLE, PENDING_REVIEW, REJECT, DISABLE, DELETE
    quality: str = ""  # HIGH, MEDIUM, LOW, UNDEFINED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QuotaNews:
    """How many messages the account may send a day now."""

    daily: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event we do not know: kept and shown, never dropped."""

    event: str


News = (
    Receipt
    | Look
    | Said
    | Answered
    | Followed
    | Shared
    | Opened
    | WeSaid
    | Forgotten
    | TemplateNews
    | QuotaNews
    | Unknown
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request at one of our webhook addresses, before anybody trusts it."""

    method: str
    url: str  # as the provider was told to call it, query included
    token: str  # the last part of the address; "" where the provider has one address for all
    raw: bytes
    query: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
