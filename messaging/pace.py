"""How fast and how much an account may send: its bucket, its day's quota. Pure.

See docs/messages.md, "Limits".
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

#: The bucket holds so many seconds of sending, and at least so many messages.
BUCKET_SECONDS = 5
SMALLEST_BUCKET = 25


@dataclass(slots=True)
class Pace:
    """What an account may still send now.

    `per_minute`: 0 = as fast as it goes. `left`: messages in the bucket at `at`.
    `quota_left`: of today, None = nobody has told.
    """

    per_minute: int
    left: float
    at: dt.datetime
    quota_left: int | None = None

    def allow(self, wanted: int, now: dt.datetime) -> int:
        """How many of the wanted messages may go now."""
        allowed = wanted
        if self.per_minute:
            self._refill(now)
            allowed = min(allowed, int(self.left))
        if self.quota_left is not None:
            allowed = min(allowed, self.quota_left)
        return max(0, allowed)

    def took(self, number: int) -> None:
        """So many are on their way."""
        self.left = max(0.0, self.left - number)
        if self.quota_left is not None:
            self.quota_left = max(0, self.quota_left - number)

    def learn(self, quota_left: int | None) -> None:
        """What an answer says is left of the day; answers come out of order, the least holds."""
        if quota_left is not None:
            self.quota_left = (
                quota_left if self.quota_left is None else min(quota_left, self.quota_left)
            )

    @property
    def used_up(self) -> bool:
        """Whether the day's quota is gone."""
        return self.quota_left == 0

    def _refill(self, now: dt.datetime) -> None:
        size = max(float(SMALLEST_BUCKET), self.per_minute * BUCKET_SECONDS / 60)
        passed = max(0.0, (now - self.at).total_seconds())
        self.left, self.at = min(size, self.left + passed * self.per_minute / 60), now
