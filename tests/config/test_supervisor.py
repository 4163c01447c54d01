"""Processes never outlive the product: one end stops all, and a killed supervisor too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config import demo
from config.paths import PYTHON, ROOT
from config.processes import alive
from config.supervisor import Asked, Program, Running, supervise

SLEEPER = "import os,sys,time; open(sys.argv[1],'w').write(str(os.getpid())); time.sleep(60)"


def sleeper(name: str, folder: Path) -> Program:
    return Program(name, [str(PYTHON), "-c", SLEEPER, str(folder / name)], dict(os.environ))


def pid_of(path: Path) -> int:
    limit = time.monotonic() + 15
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < limit
        time.sleep(0.05)
    return int(path.read_text())


def gone(pid: int, word: str) -> bool:
    limit = time.monotonic() + 15
    while alive(pid, word):
        if time.monotonic() > limit:
            return False
        time.sleep(0.05)
    return True


def test_the_first_end_stops_all(tmp_path: Path) -> None:
    quick = Program("quick", [sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ))
    running = Running([sleeper("slow", tmp_path), quick], quiet=True)
    pid = pid_of(tmp_path / "slow")
    assert supervise(running) == 1
    assert not alive(pid, "slow")


def test_a_killed_supervisor_leaves_nobody_behind(tmp_path: Path) -> None:
    script = (
        "import sys,time; sys.path.insert(0, sys.argv[2]);"
        "from pathlib import Path; from config.supervisor import Running, Program; import os;"
        "code = sys.argv[3];"
        "Running([Program('c', [sys.executable, '-c', code, sys.argv[1] + '/child'],"
        " dict(os.environ))], quiet=True); time.sleep(60)"
    )
    parent = subprocess.Popen([str(PYTHON), "-c", script, str(tmp_path), str(ROOT), SLEEPER])
    child = pid_of(tmp_path / "child")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert gone(child, "child")


def test_a_demo_that_is_stopped_while_it_starts_leaves_nobody_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(_facts: object) -> None:
        pid_of(tmp_path / "web")
        raise Asked

    monkeypatch.setattr(demo, "programs", lambda _port: [sleeper("web", tmp_path)])
    monkeypatch.setattr(demo, "_facts", lambda _port: {})
    monkeypatch.setattr(demo, "write_facts", lambda _facts: None)
    monkeypatch.setattr(demo, "_show", asked)
    with pytest.raises(Asked):
        demo._started(8000)
    assert not alive(pid_of(tmp_path / "web"), "web")


def test_a_demo_that_has_started_runs_until_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "programs", lambda _port: [sleeper("web", tmp_path)])
    for step in ("_facts", "write_facts", "_show"):
        monkeypatch.setattr(demo, step, lambda _said: {})
    running = demo._started(8000)
    assert alive(pid_of(tmp_path / "web"), "web")
    running.stop()
    assert not alive(pid_of(tmp_path / "web"), "web")
