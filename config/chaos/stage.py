"""A whole product of its own whose parts can be killed: database, broker, web, worker, beat.

Killed means SIGKILL; each part comes back after a moment.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import requests
from django.db import Error, connections

from config.chaos.servers import Servers, started
from config.demo import programs
from config.embedded import Postgres, Valkey
from config.supervisor import Running

#: What may be killed, and how often beside the others.
PARTS = {"worker": 5, "web": 3, "beat": 2, "broker": 2, "database": 3}
BACK_AFTER = 0.3  # seconds


class NotReached(Exception):
    """The product did not get there in time. Says where, and what its processes said last."""


@dataclass
class Stage:
    """The running product, and hands to hurt it."""

    servers: Servers
    running: Running
    port: int
    gateway_port: int
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))

    # ---------------------------------------------------------------- the processes

    def kill_one(self, dice: random.Random) -> str:
        """SIGKILL to one part by lot, and bring it back. Returns which."""
        part = dice.choices(list(PARTS), weights=list(PARTS.values()))[0]
        self.kills[part] += 1
        if part == "database":
            self._kill_server(self.servers.postgres)
        elif part == "broker":
            self._kill_server(self.servers.valkey)
        else:
            self._kill_program(part)
        return part

    def _kill_server(self, server: Postgres | Valkey) -> None:
        assert server.process is not None
        server.process.kill()
        server.process.wait()
        time.sleep(BACK_AFTER)
        server.start()

    def _kill_program(self, name: str) -> None:
        child = self.running.children[name]
        with suppress(ProcessLookupError):  # it fell over the part that was killed before it
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        time.sleep(BACK_AFTER)
        self.running.start_again(name)

    def stand_up(self) -> None:
        """Start again whatever has ended by itself, as a supervisor of a real host does."""
        for name, child in self.running.children.items():
            if child.poll() is not None:
                self.running.start_again(name)

    # ---------------------------------------------------------------- looking

    def look(self, read: Callable[[], Any]) -> Any:
        """Read from the database, again after it was killed meanwhile."""
        until = time.monotonic() + 60
        while True:
            try:
                return read()
            except Error:
                if time.monotonic() > until:
                    raise
                connections.close_all()
                time.sleep(0.2)

    def wait(self, until: Callable[[], Any], what: str, seconds: float) -> None:
        """Until it is true. Raises NotReached."""
        limit = time.monotonic() + seconds
        while not self.look(until):
            self.stand_up()
            if time.monotonic() > limit:
                said = "\n".join(self.running.lines[-30:])
                raise NotReached(f"not within {seconds:.0f} s: {what}\n{said}")
            time.sleep(0.25)

    def ready(self) -> bool:
        try:
            said = requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5)
        except requests.RequestException:
            return False
        return said.status_code == 200

    def gateway(self, path: str, said: dict[str, Any] | None = None) -> Any:
        """Read, or with `said` change, something under the gateway's /control/."""
        address = f"http://127.0.0.1:{self.gateway_port}/control/{path}"
        method = "GET" if said is None else "POST"
        answer = requests.request(method, address, json=said, timeout=30)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def stage(*, web_workers: int = 1) -> Iterator[Stage]:
    """Start web, worker, beat and gateway on the servers of the bootstrap; ready when yielded."""
    mine = started()
    port, gateway = int(os.environ["CHAOS_PORT"]), int(os.environ["CHAOS_GATEWAY"])
    running = Running(programs(port, gateway, web_workers=web_workers), quiet=True)
    found = Stage(mine, running, port, gateway)
    try:
        found.wait(found.ready, "the product is ready", 90)
        yield found
    finally:
        running.stop()
