"""`python3 manage.py test [pytest arguments]`: servers of its own, thrown away afterwards.

The database is made once per set of migrations and kept as a data folder; each run works on a
copy of it, so nothing a killed run left behind can matter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import assets, browser, servers, translations
from config.chaos import servers as killable
from config.demo import python
from config.embedded import Postgres, Valkey
from config.paths import PYTHON, ROOT, VAR
from config.prepare import tables_depend_on
from config.supervisor import Asked, listen_for_stop
from config.tools import digest, one_at_a_time, say

KEPT = VAR / "test"
SERVER_ENV = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "CRM_DB_ROLE")
#: Keys for tests: they guard nothing.
TEST_KEYS = {
    "CRM_ENV": "test",
    "SECRET_KEY": "test-only-" + "k" * 40,
    "FIELD_KEYS": "dGVzdC1vbmx5LXRlc3Qtb25seS10ZXN0LW9ubHktMDE=",
    "BASE_DOMAIN": "localhost",
    "CRM_DEMO_PASSWORD": "nu-cuoi-cua-ban",
}


def run(arguments: list[str]) -> int:
    """Set up, run pytest, clean up. Returns pytest's exit status."""
    listen_for_stop()
    for name in SERVER_ENV:
        os.environ.pop(name, None)  # tests never touch anybody's data
    os.environ |= TEST_KEYS
    servers.use_tools()
    assets.build()
    translations.compile_all()
    os.environ |= browser.environment()
    try:
        with running_servers():
            return _pytest(arguments)
    except Asked:
        return 130


def _pytest(arguments: list[str]) -> int:
    command = [str(PYTHON), "-m", "pytest", "-p", "no:valkey"]
    named = any(not argument.startswith("-") for argument in arguments)
    if not named and "-n" not in arguments:
        # A few named tests are sooner done in one process; one test after the other is handed out,
        # so that no worker sits on a pile while the other has none.
        command += ["-n", "auto", "--maxschedchunk=1"]
    child = subprocess.Popen([*command, *arguments], cwd=ROOT)
    try:
        return child.wait()
    except Asked:
        child.terminate()
        child.wait()
        raise


@contextmanager
def for_bench(*, durable: bool = False) -> Iterator[None]:
    """Servers of their own for a measurement: nobody's data is near. `durable`: commits wait for
    the disk, where that is what is measured."""
    for name in SERVER_ENV:
        os.environ.pop(name, None)
    os.environ |= TEST_KEYS
    servers.use_tools()
    assets.build()
    translations.compile_all()
    with running_servers(quick=not durable):
        yield


@contextmanager
def for_chaos() -> Iterator[None]:
    """Servers that will be killed, so not the quick ones: a commit must outlive its server."""
    for name in SERVER_ENV:
        os.environ.pop(name, None)
    os.environ |= TEST_KEYS
    servers.use_tools()
    assets.build()
    translations.compile_all()
    with killable.servers(_copy_prepared):
        yield


def _copy_prepared(target: Path) -> None:
    with one_at_a_time("setup-test"):
        _copy(Postgres(prepared()).data, target)


@contextmanager
def running_servers(*, quick: bool = True) -> Iterator[None]:
    """A copy of the prepared database and an empty Valkey, in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="tk-"))
    folder.chmod(0o755)
    postgres, valkey = Postgres(folder / "p", quick=quick), Valkey(folder / "v")
    try:
        _copy_prepared(postgres.data)
        postgres.start()
        valkey.start()
        os.environ |= {
            "DATABASE_URL": postgres.url("crm_app"),
            "DATABASE_OWNER_URL": postgres.url("crm_owner"),
            "CRM_TEST_ADMIN_URL": postgres.url("crm_admin", "postgres"),
            "REDIS_URL": valkey.url(),
            "CRM_CLOCK_FILE": str(folder / "clock.json"),
        }
        yield
    finally:
        valkey.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(postgres.folder, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def prepared() -> Path:
    """The folder of a stopped server with all tables and two open clinics; under the lock."""
    folder = KEPT / digest(*tables_depend_on())
    if not (folder / "done").exists():
        say("the tests' database (once per set of migrations)")
        for old in KEPT.glob("*"):
            shutil.rmtree(old, ignore_errors=True)
        _build(folder)
        (folder / "done").touch()
    return folder


def _build(folder: Path) -> None:
    postgres, valkey = Postgres(folder, quick=True), Valkey(folder / "v")
    before = {name: os.environ.get(name) for name in SERVER_ENV}
    try:
        postgres.start()
        valkey.start()
        postgres.prepare()
        os.environ["DATABASE_URL"] = postgres.url("crm_app")
        os.environ["DATABASE_OWNER_URL"] = postgres.url("crm_owner")
        os.environ["REDIS_URL"] = valkey.url()
        python("-m", "config.prepare")
    finally:
        valkey.stop()
        postgres.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
