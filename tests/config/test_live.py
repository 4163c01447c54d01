"""The processes of the product together: ready, in step with the clock, stopped as one."""

from __future__ import annotations

import pytest

from tests.live import Live

pytestmark = pytest.mark.live


def test_everything_answers_and_follows_the_clock(live_demo: Live) -> None:
    assert live_demo.ready() == {
        "database": "ok",
        "broker": "ok",
        "migrations": "ok",
        "beat": "ok",
    }
    assert live_demo.get("/", host="nobody.localhost")[0] == 404
    assert live_demo.get("/accounts/login/", host="an-tam.localhost")[0] == 200
    live_demo.clock(set="2026-06-08T09:00")
    assert live_demo.manage("clock").startswith("2026-06-08T09:0")
    assert live_demo.running.ended() is None
