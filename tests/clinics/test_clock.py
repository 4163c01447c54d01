"""The product's clock: one offset for every process, the clinic's days, no time in production."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clinics import clock as product_clock
from tests.conftest import Clock


def test_set_and_advance_are_seen_at_once(clock: Clock) -> None:
    clock.set("2026-11-17T09:00")
    assert product_clock.now().replace(microsecond=0) == dt.datetime(2026, 11, 17, 2, tzinfo=dt.UTC)
    call_command("clock", advance="1d12h")
    assert product_clock.local(product_clock.now()).strftime("%d/%m %H:%M") == "18/11 21:00"


def test_another_process_follows(clock: Clock) -> None:
    clock.set("2030-01-02T03:04")
    said = subprocess.run(
        [sys.executable, "-c", "from clinics import clock; print(clock.today())"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    ).stdout
    assert said.strip() == "2030-01-02"


def test_a_day_is_the_clinics_day_not_utc(clock: Clock) -> None:
    clock.set("2026-11-18T06:30")  # still the 17th in UTC
    assert product_clock.today() == dt.date(2026, 11, 18)
    first, after = product_clock.day_bounds(dt.date(2026, 11, 18))
    assert (first.hour, first.day, after - first) == (17, 17, dt.timedelta(days=1))


def test_production_has_no_other_clock(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    clock.set("2030-01-01")
    monkeypatch.setenv("CRM_ENV", "production")
    assert product_clock.now().year < 2030
    with pytest.raises(CommandError):
        call_command("clock", set="2031-01-01")


@pytest.mark.parametrize("rubbish", ["tomorrow", "3x", "d3", "--"])
def test_rubbish_is_refused_with_a_sentence(rubbish: str) -> None:
    with pytest.raises(CommandError, match="duration"):
        call_command("clock", advance=rubbish)


def test_a_reader_never_meets_half_a_file(clock: Clock) -> None:
    clock.set("2026-11-17T09:00")
    path = os.environ["CRM_CLOCK_FILE"]
    assert set(json.loads(Path(path).read_text())) == {"offset_seconds"}
    product_clock.move(to=None)
    assert abs((product_clock.now() - dt.datetime.now(dt.UTC)).total_seconds()) < 1
