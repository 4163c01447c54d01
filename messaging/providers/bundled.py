"""Advertising that goes together: how a provider takes it, and what became of its numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bundling:
    """How a provider takes advertising: one text for many numbers, within hours of the day."""

    least: int
    most: int
    opens: dt.time  # on the clinic's clock
    closes: dt.time
    look_every: dt.timedelta  # nothing reports: how often it is asked
    expires_after: dt.timedelta  # then nothing is delivered any more


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one number of a bundle. `news`: delivered, failed, or "" while under way."""

    ref: str
    label: str  # the one we sent it with, "" when it is not said
    to: str  # E.164
    news: str
    at: dt.datetime | None = None
    code: str = ""
    cost: int | None = None
