"""The statistics against statsmodels, scipy and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from kpi.survival import CENSORED, EVENT, EXIT, incidence, share


def drawn(seed: int, *, exits: bool, size: int = 400) -> tuple[list[int], list[int]]:
    """Times in days and how each ended, with many ties."""
    random = np.random.default_rng(seed)
    came = random.exponential(150, size).astype(int) + 1
    left = random.exponential(600, size).astype(int) + 1 if exits else np.full(size, 9999)
    seen = random.integers(1, 400, size)
    time = np.minimum(np.minimum(came, left), seen)
    state = np.where(came == time, EVENT, np.where(left == time, EXIT, CENSORED))
    return time.tolist(), state.tolist()


def ones(times: list[int]) -> list[int]:
    return [1] * len(times)


def test_kaplan_meier_by_hand() -> None:
    # 6 people: come on day 10 and 20, two stop being watched on day 15, one comes on day 30.
    # S = 5/6 · (1 − 1/3) · … ; by day 25: 1 − 5/6 · 2/3 = 4/9.
    times, states = [10, 15, 15, 20, 30, 40], [1, 0, 0, 1, 1, 0]
    found = incidence(times, states, ones(times), 25)
    assert found is not None
    assert found.value == pytest.approx(4 / 9)


def test_competing_exits_by_hand() -> None:
    # 4 people: one comes on day 10, one moves away on day 20, one comes on day 30, one is watched
    # on. AJ: 1/4 + 1/2 · 1/2 = 1/2, where 1 − KM would say 1 − 3/4 · 1/2 = 5/8.
    times, states = [10, 20, 30, 40], [1, 2, 1, 0]
    found = incidence(times, states, ones(times), 180)
    assert found is not None
    assert found.value == pytest.approx(1 / 2)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("horizon", [30, 90, 180])
def test_without_exits_as_statsmodels_and_scipy(seed: int, horizon: int) -> None:
    times, states = drawn(seed, exits=False)
    found = incidence(times, states, ones(times), horizon)
    assert found is not None
    assert found.interval is not None
    judge = SurvfuncRight(times, states)
    last = np.searchsorted(judge.surv_times, horizon, side="right") - 1
    assert found.value == pytest.approx(1 - judge.surv_prob[last], abs=1e-12)
    data = CensoredData.right_censored(times, np.asarray(states) == CENSORED)
    band = ecdf(data).sf.confidence_interval(0.95, method="log-log")
    assert found.interval[0] == pytest.approx(1 - band.high.evaluate(horizon), abs=1e-9)
    assert found.interval[1] == pytest.approx(1 - band.low.evaluate(horizon), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_with_exits_as_statsmodels(seed: int) -> None:
    times, states = drawn(seed, exits=True)
    found = incidence(times, states, ones(times), 180)
    with np.errstate(divide="ignore", invalid="ignore"):  # it divides by those who stayed: none
        judge = CumIncidenceRight(np.asarray(times), np.asarray(states))
    last = np.searchsorted(judge.times, 180, side="right") - 1
    value, error = judge.cinc[0][last], judge.cinc_se[0][last]
    assert found is not None
    assert found.value == pytest.approx(value, abs=1e-12)
    spread = 1.959963984540054 * error / abs((1 - value) * np.log(1 - value))
    assert found.interval is not None
    assert found.interval[0] == pytest.approx(1 - (1 - value) ** np.exp(-spread), abs=1e-9)
    assert found.interval[1] == pytest.approx(1 - (1 - value) ** np.exp(spread), abs=1e-9)


def test_grouped_units_are_the_same_units() -> None:
    times, states = drawn(9, exits=True)
    kinds = sorted(set(zip(times, states, strict=True)))
    pairs = list(zip(times, states, strict=True))
    counts = [pairs.count(kind) for kind in kinds]
    grouped = incidence([time for time, _ in kinds], [state for _, state in kinds], counts, 180)
    single = incidence(times, states, ones(times), 180)
    assert grouped is not None
    assert single is not None
    assert grouped.value == pytest.approx(single.value)
    assert grouped.interval == pytest.approx(single.interval)


def test_nobody_and_everybody_have_no_range() -> None:
    none = incidence([10, 20], [CENSORED, EXIT], [5, 5], 180)
    everybody = incidence([10, 20], [EVENT, EVENT], [5, 5], 180)
    assert none is not None
    assert (none.value, none.interval) == (0.0, None)
    assert everybody is not None
    assert everybody.value == 1.0
    assert everybody.interval is None
    assert incidence([], [], [], 180) is None


@pytest.mark.parametrize(
    ("counted", "total"), [(18, 20), (90, 100), (0, 300), (5, 5), (22314, 110521)]
)
def test_wilson_as_statsmodels(counted: int, total: int) -> None:
    found = share(counted, total)
    assert found is not None
    assert found.value == counted / total
    assert found.interval is not None
    low, high = proportion_confint(counted, total, method="wilson")
    assert found.interval == pytest.approx((low, high), abs=1e-12)


def test_wilson_of_few_is_wide() -> None:
    # docs/kpi.md: 18 of 20 is really 70 to 97.
    found = share(18, 20)
    assert found is not None
    assert found.interval is not None
    assert [round(end, 2) for end in found.interval] == [0.70, 0.97]
    assert share(0, 0) is None
