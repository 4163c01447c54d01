"""Makes `.venv` and `node_modules` from the locks. Standard library only: nothing stands yet.

Each step leaves a stamp (hash of what it was made from), so the next start skips it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.paths import NODE_MODULES, PYTHON, ROOT, VAR, VENV

UV = "uv==0.13.9"
RUNTIME_LOCKS = (ROOT / "requirements.txt", ROOT / "config" / "local.txt")
TEST_LOCKS = (*RUNTIME_LOCKS, ROOT / "tests" / "requirements.txt")


class SetupError(Exception):
    """Set-up cannot go on; the text says what to do."""


def say(text: str) -> None:
    """Show progress."""
    print(f"· {text}", flush=True)


def digest(*parts: Path | str) -> str:
    """One hash over files (their content) and words."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        total.update(b"\0")
    return total.hexdigest()[:20]


def stamped(stamp: Path, value: str) -> bool:
    """True when the step behind this stamp was made from the same things."""
    return stamp.is_file() and stamp.read_text().strip() == value


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Two set-ups in one checkout wait for each other; the kernel frees a killed one."""
    VAR.mkdir(exist_ok=True)
    with open(VAR / f"{name}.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def run(command: list[str], what: str, env: dict[str, str] | None = None) -> None:
    """Run a tool quietly; show all it said when it fails. Raises SetupError."""
    done = subprocess.run(
        command, cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise SetupError(f"{what} failed ({' '.join(command[:4])} …):\n{done.stdout}")


def tool_env() -> dict[str, str]:
    """The environment with .venv's tools first: proxies and certificates pass through."""
    env = dict(os.environ)
    env["PATH"] = f"{VENV / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    env["VIRTUAL_ENV"] = str(VENV)
    env["UV_PYTHON_DOWNLOADS"] = "never"
    return env


def python_stamp(locks: tuple[Path, ...]) -> str:
    return digest(UV, sys.version, *locks)


def python_ready(*, tests: bool) -> bool:
    """Does .venv hold what the locks say? A set-up for tests serves the demo too."""
    stamps = [VENV / "stamp-test"] if tests else [VENV / "stamp-test", VENV / "stamp-runtime"]
    return PYTHON.exists() and any(
        stamped(stamp, python_stamp(TEST_LOCKS if stamp.name.endswith("test") else RUNTIME_LOCKS))
        for stamp in stamps
    )


def make_python(*, tests: bool) -> None:
    """`.venv` with every hashed requirement."""
    with one_at_a_time("setup-python"):
        if python_ready(tests=tests):
            return
        locks = TEST_LOCKS if tests else RUNTIME_LOCKS
        if not PYTHON.exists() or not (VENV / "bin" / "pip").exists():
            _make_venv()
        say("Python packages (about 20 s the first time)")
        if not (VENV / "bin" / "uv").exists():
            run([str(PYTHON), "-m", "pip", "install", "-q", UV], "Installing uv")
        install = [str(VENV / "bin" / "uv"), "pip", "install", "-q", "--require-hashes"]
        for lock in locks:
            install += ["-r", str(lock)]
        run([*install, "--python", str(PYTHON)], "Installing the Python packages", tool_env())
        (VENV / f"stamp-{'test' if tests else 'runtime'}").write_text(python_stamp(locks))


def _make_venv() -> None:
    say("virtual environment in .venv")
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], text=True, capture_output=True)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise SetupError(
            "Python's venv module is incomplete. On Debian or Ubuntu:\n"
            f"    apt install python{version}-venv\nthen run this again.\n\n"
            f"{done.stdout}{done.stderr}"
        )


def make_node_modules() -> None:
    """`node_modules` from package-lock.json by the npm that came as a Python wheel."""
    lock = ROOT / "package-lock.json"
    stamp = NODE_MODULES / ".stamp"
    with one_at_a_time("setup-node"):
        if stamped(stamp, digest(lock)):
            return
        say("front-end packages")
        npm = [str(VENV / "bin" / "npm"), "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        run(npm, "npm ci", tool_env())
        stamp.write_text(digest(lock))
