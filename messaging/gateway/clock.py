"""The product's clock as the gateway reads it: real time plus the offset in CRM_CLOCK_FILE."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

CLINIC_ZONE = timezone(timedelta(hours=7))  # Asia/Ho_Chi_Minh has no summer time
DAY = 86_400
NIGHT_FROM, NIGHT_UNTIL = 22, 6


class Clock:
    """Seconds since the epoch on the product's clock; the file is read again when it changed."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self.offset = 0.0

    @classmethod
    def from_environment(cls) -> Clock:
        named = os.environ.get("CRM_CLOCK_FILE")
        return cls(Path(named) if named else None)

    def now(self) -> float:
        if self._path is not None:
            self._refresh(self._path)
        return time.time() + self.offset

    def _refresh(self, path: Path) -> None:
        try:
            stat = path.stat()
        except OSError:
            self._seen, self.offset = None, 0.0
            return
        # The file is replaced whole by its writer, so inode and size tell a change within one tick.
        mark = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if mark == self._seen:
            return
        try:
            self.offset = float(json.loads(path.read_text("utf-8"))["offset_seconds"])
        except (OSError, ValueError, KeyError, TypeError):
            return  # half-written: keep the last good offset and look again next time
        self._seen = mark


def local(at: float) -> datetime:
    return datetime.fromtimestamp(at, tz=UTC).astimezone(CLINIC_ZONE)


def local_day(at: float) -> int:
    """Number of the clinic's calendar day, for quotas that start again at midnight."""
    return int((at + 7 * 3600) // DAY)


def is_night(at: float) -> bool:
    hour = local(at).hour
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


def milliseconds(at: float) -> str:
    return str(int(at * 1000))
