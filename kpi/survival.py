"""The statistics: shares with Wilson's interval, and returns under observation (docs/kpi.md).

Times are whole days. Units come grouped: `counts[i]` units share `times[i]` and `states[i]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # scipy.stats loads at its first use: it takes seconds, and most processes never ask
from numpy.typing import NDArray

#: What ended the observation of a unit.
CENSORED, EVENT, EXIT = 0, 1, 2
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A fraction 0-1 and the range it lies in with 95 %; the range may be unknown."""

    value: float
    interval: tuple[float, float] | None


def share(counted: int, total: int) -> Estimate | None:
    """counted ÷ total with Wilson's interval; None when there is nothing to divide."""
    if total == 0:
        return None
    found = scipy.stats.binomtest(counted, total).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(counted / total, (float(found.low), float(found.high)))


def incidence(
    times: Sequence[int], states: Sequence[int], counts: Sequence[int], horizon: int
) -> Estimate | None:
    """The share that has had the event by `horizon`, others leaving or still being followed.

    Aalen-Johansen with exits as competing ends; without exits it is 1 − Kaplan-Meier. The
    interval is the log-log one on the share that has not had the event. None without units.
    The range is None where the data cannot tell it (nobody, or everybody, had the event).
    """
    if not times:
        return None
    days, at_risk, events, exits = _table(times, states, counts, horizon)
    if days.size == 0:
        return Estimate(0.0, None)
    leaving = events + exits
    survival = np.cumprod(1 - leaving / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    curve = np.cumsum(before * events / at_risk)
    value = float(curve[-1])
    variance = _variance(value, curve, before, at_risk, events, leaving)
    return Estimate(value, _log_log(value, variance))


def _table(
    times: Sequence[int], states: Sequence[int], counts: Sequence[int], horizon: int
) -> tuple[
    NDArray[np.signedinteger], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]
]:
    """Days on which somebody left, up to the horizon: at risk, events and exits on each."""
    time = np.asarray(times, dtype=np.int64)
    state = np.asarray(states, dtype=np.int64)
    count = np.asarray(counts, dtype=np.float64)
    days: NDArray[np.int64] = np.unique(time[(state != CENSORED) & (time <= horizon)])
    order = np.argsort(time)
    gone = np.concatenate([[0.0], np.cumsum(count[order])])
    at_risk = count.sum() - gone[np.searchsorted(time[order], days, side="left")]
    place = np.searchsorted(days, time)
    inside = time <= horizon

    def on_days(which: int) -> NDArray[np.float64]:
        mask = inside & (state == which)
        return np.bincount(place[mask], weights=count[mask], minlength=days.size).astype(float)

    return days, at_risk, on_days(EVENT), on_days(EXIT)


def _variance(
    value: float,
    curve: NDArray[np.float64],
    before: NDArray[np.float64],
    at_risk: NDArray[np.float64],
    events: NDArray[np.float64],
    leaving: NDArray[np.float64],
) -> float:
    """Greenwood's variance, in its form for competing ends (Marubini and Valsecchi, 10.12)."""
    stayed = at_risk - leaving
    # On the day the last one leaves nothing stays; what follows is multiplied by zero.
    rate = np.divide(leaving, at_risk * stayed, out=np.zeros_like(leaving), where=stayed > 0)
    rest = value - curve
    total = np.sum(rest**2 * rate)
    total += np.sum(before**2 * (at_risk - events) * events / at_risk**3)
    total -= 2 * np.sum(rest * before * events / at_risk**2)
    return float(max(total, 0.0))


def _log_log(value: float, variance: float) -> tuple[float, float] | None:
    stay = 1 - value
    if not 1e-12 < stay < 1 - 1e-12:
        return None
    z = float(scipy.stats.norm.ppf((1 + CONFIDENCE) / 2))
    spread = z * np.sqrt(variance) / abs(stay * np.log(stay))
    return float(1 - stay ** np.exp(-spread)), float(1 - stay ** np.exp(spread))
