"""Which PostgreSQL and Redis a command uses: the environment's, the running demo's, or its own."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from config.embedded import Postgres, Valkey, postgres_bin
from config.paths import CLOCK_FILE, DEMO, DEMO_FACTS
from config.processes import alive
from config.tools import SetupError

#: Seconds a command waits for another one, or for a demo that is just starting.
PATIENCE = 120
#: What a process needs to reach its servers; var/demo.json carries the same names.
SERVER_NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


def given() -> bool:
    """True when the environment names the servers. Raises SetupError when it names only some."""
    named = [name for name in SERVER_NAMES if os.environ.get(name)]
    if named and len(named) < len(SERVER_NAMES):
        missing = ", ".join(sorted(set(SERVER_NAMES) - set(named)))
        raise SetupError(f"{', '.join(named)} is set, but not {missing}: set all three or none.")
    return bool(named)


def use_tools() -> None:
    """pg_dump of the wheel, unless the environment names another."""
    if not os.environ.get("PG_BIN"):
        try:
            os.environ["PG_BIN"] = str(postgres_bin())
        except SetupError:
            os.environ["PG_BIN"] = ""


def demo_secrets() -> dict[str, str]:
    """Keys and the password of this demo: made once, kept with its data."""
    path = DEMO / "secrets.json"
    if path.exists():
        return dict(json.loads(path.read_text()))
    DEMO.mkdir(parents=True, exist_ok=True)
    made = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_KEYS": _fernet_key(),
        "CRM_DEMO_PASSWORD": f"nu-cuoi-{secrets.randbelow(10**6):06d}",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(made))
    return made


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


@contextmanager
def demo_lock() -> Iterator[IO[str] | None]:
    """Hold the demo's data folder; yields None when a running process holds it already."""
    DEMO.mkdir(parents=True, exist_ok=True)
    with open(DEMO / "lock", "a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield handle


def set_local(more: dict[str, str]) -> None:
    """Put into the environment what is not there yet."""
    for name, value in more.items():
        os.environ.setdefault(name, value)


@contextmanager
def own() -> Iterator[Postgres]:
    """The demo's PostgreSQL and a Valkey, for as long as we live; the caller holds the lock."""
    postgres, valkey = Postgres(DEMO), Valkey(DEMO / "valkey")
    try:
        fresh = postgres.fresh
        postgres.start()
        valkey.start()
        if fresh or not postgres.sql("SELECT 1 FROM pg_database WHERE datname = 'crm'"):
            postgres.prepare()
        os.environ["DATABASE_URL"] = postgres.url("crm_app")
        os.environ["DATABASE_OWNER_URL"] = postgres.url("crm_owner")
        os.environ["REDIS_URL"] = valkey.url()
        yield postgres
    finally:
        valkey.stop()
        postgres.stop()


def running_demo() -> dict[str, Any] | None:
    """What the demo that runs now says about itself; None when none does."""
    facts: dict[str, Any] = json.loads(DEMO_FACTS.read_text()) if DEMO_FACTS.exists() else {}
    return facts if facts.get("running") and alive(facts["pid"], "manage.py") else None


@contextmanager
def for_command() -> Iterator[None]:
    """Servers for one management command. Raises SetupError when it waited in vain for them."""
    use_tools()
    set_local({"CRM_CLOCK_FILE": str(CLOCK_FILE)})
    if given():
        yield
        return
    set_local(demo_secrets())
    until = time.monotonic() + PATIENCE
    while True:
        facts = running_demo()
        if facts is not None:
            os.environ.update(facts["environment"])
            yield
            return
        with demo_lock() as mine:
            if mine is not None:
                with own():
                    yield
                return
        if time.monotonic() > until:
            raise SetupError("Another command holds the demo's data: try again when it is done.")
        time.sleep(0.3)
