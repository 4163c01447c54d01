"""The product's clock: the only place that answers "what time is it?".

Outside production the clock can be moved (`manage.py clock`): a small file named by
CRM_CLOCK_FILE holds the offset to real time, and every process reads it, so web, workers
and the local gateway always agree. See docs/clock.md.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

#: The clinic's clock. Rows are UTC; screens, messages and days are this zone (docs/clock.md).
CLINIC_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

_cache: tuple[int, dt.timedelta] = (-1, dt.timedelta())


def _file() -> Path | None:
    if os.environ.get("CRM_ENV") == "production":
        return None
    name = os.environ.get("CRM_CLOCK_FILE")
    return Path(name) if name else None


def _offset() -> dt.timedelta:
    """The offset to real time; read again whenever the file changes."""
    global _cache
    path = _file()
    if path is None:
        return dt.timedelta()
    try:
        stamp = path.stat().st_mtime_ns
    except FileNotFoundError:
        return dt.timedelta()
    if stamp != _cache[0]:
        data = json.loads(path.read_text())
        _cache = (stamp, dt.timedelta(seconds=float(data["offset_seconds"])))
    return _cache[1]


def now() -> dt.datetime:
    """This instant on the product's clock, aware, UTC."""
    return dt.datetime.now(dt.UTC) + _offset()


def local(moment: dt.datetime) -> dt.datetime:
    """The same instant as the clinic's clock shows it."""
    return moment.astimezone(CLINIC_ZONE)


def today() -> dt.date:
    """The day on the clinic's clock."""
    return local(now()).date()


def day_of(moment: dt.datetime) -> dt.date:
    """The clinic's day an instant falls on."""
    return local(moment).date()


def at(day: dt.date, hour: dt.time) -> dt.datetime:
    """The instant when the clinic's clock shows `day` and `hour`, in UTC."""
    return dt.datetime.combine(day, hour, tzinfo=CLINIC_ZONE).astimezone(dt.UTC)


def day_bounds(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """First instant of a clinic's day and of the next one, in UTC."""
    return at(day, dt.time()), at(day + dt.timedelta(days=1), dt.time())


def parse(text: str) -> dt.datetime:
    """An ISO date or time as an instant; without an offset it is the clinic's clock.

    Raises ValueError when the text is neither.
    """
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=CLINIC_ZONE)
    return moment.astimezone(dt.UTC)


def move(*, to: dt.datetime | None) -> None:
    """Set the product's clock to an instant, from where it runs on; None = real time.

    Raises RuntimeError in production or when no clock file is configured.
    """
    path = _file()
    if path is None:
        raise RuntimeError("The clock can be moved in demo and tests only (CRM_CLOCK_FILE).")
    if to is None:
        path.unlink(missing_ok=True)
        return
    offset = (to - dt.datetime.now(dt.UTC)).total_seconds()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as target:
        json.dump({"offset_seconds": offset}, target)
    Path(name).replace(path)  # readers see the old file or the new one, never half of it
