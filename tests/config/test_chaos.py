"""Everything is killed while reminders go out, and both books agree (the short form)."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from config.paths import PYTHON, ROOT

pytestmark = pytest.mark.live


def test_nothing_is_lost_doubled_or_unseen_when_everything_is_killed() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [str(PYTHON), str(ROOT / "manage.py"), "chaos", "messaging", "--json"],
        env=env,
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=420,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout.strip().splitlines()[-1])["figures"]
    assert figures.pop("contacts") == 500, done.stderr
    assert figures.pop("kills") >= 6
    assert figures.pop("numbers_equal") == 1, done.stderr
    figures.pop("overlapped")
    assert set(figures.values()) == {0}, done.stderr
