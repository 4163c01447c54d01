"""News of this app. Each is told inside the transaction that made it true."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from clinics.events import Event


@dataclass(frozen=True)
class Delivered:
    """An attempt reached the phone. Told once an attempt."""

    intent: uuid.UUID
    message: uuid.UUID
    channel: str
    delivered_at: dt.datetime


@dataclass(frozen=True)
class Unreached:
    """Every way was tried, none is left. `reason` is how the last attempt ended: a code of
    docs/providers.md, or expired, unknown, refused."""

    intent: uuid.UUID
    message: uuid.UUID
    patient_id: int
    branch_id: int
    reason: str


@dataclass(frozen=True)
class Acted:
    """She answered: by the page behind the link, or by a button of the provider."""

    intent: uuid.UUID
    patient_id: int
    acted_at: dt.datetime


@dataclass(frozen=True)
class Worried:
    """She wrote of a sign that worries. `sign`: a key of messaging/symptoms.py; `tier`: R1 within
    60 minutes, R2 within 24 hours, R3 within 7 days."""

    patient_id: int
    sign: str
    tier: str
    text: str
    at: dt.datetime


@dataclass(frozen=True)
class AccountPaused:
    """An account takes no messages for now; what waits for it stays in the queue."""

    account: str
    kind: str
    code: str
    until: dt.datetime


delivered: Event[Delivered] = Event("delivered")
unreached: Event[Unreached] = Event("unreached")
acted: Event[Acted] = Event("acted")
worried: Event[Worried] = Event("worried")
account_paused: Event[AccountPaused] = Event("account_paused")
