"""The database and the broker of a chaos run: durable, so that a commit outlives its server."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.demo import addresses
from config.embedded import Postgres, Valkey
from config.processes import free_port


@dataclass
class Servers:
    """The database and the broker; the bootstrap starts them before Django is there."""

    folder: Path
    postgres: Postgres
    valkey: Valkey

    def stop(self) -> None:
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.postgres.folder, ignore_errors=True)


_started: list[Servers] = []


@contextmanager
def servers(copy: Callable[[Path], None]) -> Iterator[None]:
    """A prepared database (`copy` puts its files into a folder) and an empty broker, in the
    environment for Django and everything that is started."""
    folder = Path(tempfile.mkdtemp(prefix="tk-chaos-"))
    folder.chmod(0o755)
    postgres, valkey = Postgres(folder / "p"), Valkey(folder / "v")
    mine = Servers(folder, postgres, valkey)
    _started.append(mine)
    try:
        copy(postgres.data)
        postgres.start()
        valkey.start()
        os.environ |= {
            "DATABASE_URL": postgres.url("crm_app"),
            "DATABASE_OWNER_URL": postgres.url("crm_owner"),
            "REDIS_URL": valkey.url(),
            "CRM_CLOCK_FILE": str(folder / "clock.json"),
            "CRM_STATE": str(folder),
        }
        port, gateway = free_port(), free_port()
        os.environ |= addresses(port, gateway)
        os.environ |= {"CHAOS_PORT": str(port), "CHAOS_GATEWAY": str(gateway)}
        yield
    finally:
        _started.remove(mine)
        mine.stop()


def started() -> Servers:
    """Those of this run."""
    (mine,) = _started
    return mine
