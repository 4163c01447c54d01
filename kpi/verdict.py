"""Good, needs a look, alarm: a number beside what it was, a branch beside the clinic.

Nobody has set targets, so nothing is judged by one (docs/kpi.md, "Words beside a number"): what
counts is whether a difference is sure, and how large it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from kpi.headline import Number
from kpi.metrics import Better
from kpi.reads import Trust

#: A sure difference to the bad side is an alarm from this share on; of counts, from this part.
ALARM = 0.10
ALARM_COUNT = 1 / 3
#: Two counts differ surely beyond so many standard deviations (95 %, each count's variance itself).
SURE = 1.96


def since_before(one: Number) -> str:
    """A number beside itself a period ago: good, look, alarm; few; unsure = nothing to compare."""
    if not one.said:
        return "few"
    if one.cell.trust is Trust.CHECK:
        return "look"
    was = one.before
    if was is None or was.value is None or was.few or one.change is None:
        return "unsure"
    if not one.cell.is_share:
        now, then = one.cell.numerator, was.numerator
        return _counts(now, then) if one.metric.better is Better.UP else _losses(now, then)
    return _beyond(one, was.value)


def beside(one: Number, whole: Number) -> str:
    """A branch beside the clinic; "" where branches cannot be compared (counts, one alone)."""
    if not one.cell.is_share or whole.cell.value is None:
        return ""
    if not one.said:
        return "few" if one.cell.denominator else "immature" if one.open_ else ""
    return _beyond(one, whole.cell.value)


def gap(one: Number, value: float) -> float:
    """How far a number surely lies from a value: above 0 on its good side, below 0 on its bad
    one, 0 while the value lies in its range."""
    if one.low is None or one.high is None:
        return 0.0
    above = max(one.low - value, 0.0) - max(value - one.high, 0.0)
    if above == 0:
        return 0.0
    far = (one.cell.value or 0) - value
    return far if one.metric.better is Better.UP else -far


def worst(place: int, rows: Sequence[tuple[str, Sequence[Number]]]) -> tuple[str, Number] | None:
    """The branch that stands worst in a number, by name; None unless two can be compared."""
    known = [(name, numbers[place]) for name, numbers in rows if numbers[place].said]
    if len(known) < 2:
        return None

    def height(pair: tuple[str, Number]) -> float:
        cell = pair[1].cell
        value = (cell.value or 0) if cell.open_days is None else (cell.per_open_day or 0)
        return value if pair[1].metric.better is Better.UP else -value

    return min(known, key=height)


def _beyond(one: Number, value: float) -> str:
    by = gap(one, value)
    if by >= 0:
        return "good"
    return "alarm" if -by >= ALARM else "look"


def _counts(now: int, was: int) -> str:
    if was - now <= SURE * sqrt(now + was):
        return "good"
    return "alarm" if was - now >= ALARM_COUNT * was else "look"


def _losses(now: int, was: int) -> str:
    """Of a count that should be none: any is to be looked at, more than before is an alarm."""
    if not now:
        return "good"
    return "alarm" if now > was else "look"
