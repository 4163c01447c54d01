"""The product as real processes (web, worker, beat, gateway) on a database of their own."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connections

from clinics import clock
from clinics.management.commands.clock import span
from config.demo import addresses, programs
from config.paths import PYTHON, ROOT
from config.processes import free_port
from config.supervisor import Running
from tests.databases import copy_database, drop_database, point_to


@dataclass
class Live:
    """A running product. Its clinics are `an_tam` and `mai_lan`, empty unless seeded."""

    port: int
    gateway: str
    database: str
    environment: dict[str, str]
    running: Running

    def url(self, schema: str = "an_tam", path: str = "/") -> str:
        """An address for the browser (only browsers resolve *.localhost)."""
        return f"http://{schema.replace('_', '-')}.localhost:{self.port}{path}"

    @property
    def platform(self) -> str:
        return f"http://localhost:{self.port}"

    def manage(self, *arguments: str) -> str:
        """One management command beside the running product; returns what it said."""
        done = subprocess.run(
            [str(PYTHON), str(ROOT / "manage.py"), *arguments],
            env=self.environment,
            cwd=ROOT,
            text=True,
            capture_output=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def clock(self, *, set: str | None = None, advance: str | None = None) -> None:
        """`clock(set="2026-06-01T09:00")` or `clock(advance="1d")`: every process follows.

        The clock's file is shared, so no command has to be started for it.
        """
        to = clock.parse(set) if set else clock.now() + span(str(advance))
        clock.move(to=to)

    def wait(self, until: Callable[[], Any], what: str, seconds: float = 30) -> Any:
        """Ask until it is true; fails with what the processes said."""
        limit = time.monotonic() + seconds
        while not (answer := until()):
            ended = self.running.ended()
            if ended or time.monotonic() > limit:
                said = "\n".join(self.running.lines[-40:])
                raise AssertionError(f"not within {seconds} s: {what} (ended: {ended})\n{said}")
            time.sleep(0.2)
        return answer

    def get(self, path: str, host: str = "localhost") -> tuple[int, bytes]:
        """A plain request to the web on 127.0.0.1 with a Host header."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        request.add_header("Host", f"{host}:{self.port}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def ready(self) -> dict[str, str]:
        status, body = self.get("/readyz")
        return dict(json.loads(body)) if status in (200, 503) else {}


@pytest.fixture
def live_demo(
    tmp_path: Path, django_db_setup: None, django_db_blocker: Any, worker_database: str
) -> Iterator[Live]:
    """Web, worker, beat and gateway on free ports; the clock stands at a Monday, 09:00.

    This process works on the same database meanwhile, without a transaction around the test.
    """
    name = f"{worker_database}_live"
    copy_database(name)
    before = dict(os.environ)
    with django_db_blocker.unblock():
        point_to(name)
        port, gateway = free_port(), free_port()
        worker = worker_database.removeprefix("test_gw")
        number = 1 + int(worker) if worker.isdigit() else 1
        os.environ |= addresses(port, gateway)
        os.environ["REDIS_URL"] = f"{before['REDIS_URL'].rsplit('/', 1)[0]}/{number}"
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as knocks:
            knocks.flushdb()
        os.environ["CRM_STATE"] = str(tmp_path)
        running = Running(programs(port, gateway, web_workers=1), quiet=True)
        live = Live(port, f"http://127.0.0.1:{gateway}", name, dict(os.environ), running)
        try:
            with _stopping(running):
                live.wait(lambda: _up(live), "the product is ready", 60)
                yield live
        finally:
            connections.close_all()
            os.environ.clear()
            os.environ.update(before)
            point_to(worker_database)
    drop_database(name)


def _up(live: Live) -> bool:
    try:
        found = live.ready()
        urllib.request.urlopen(live.gateway + "/healthz", timeout=5).close()
    except OSError:
        return False
    return set(found.values()) == {"ok"}


@contextmanager
def _stopping(running: Running) -> Iterator[None]:
    try:
        yield
    finally:
        running.stop()
