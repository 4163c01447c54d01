"""The embedded PostgreSQL: killed starts, long paths, and root without a user namespace."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import embedded
from config.embedded import Identity, Postgres
from config.processes import alive


@pytest.fixture
def servers() -> Iterator[list[Postgres]]:
    started: list[Postgres] = []
    yield started
    for server in started:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
        shutil.rmtree(server.sockets, ignore_errors=True)


def test_a_killed_server_starts_again_with_its_rows(
    tmp_path: Path, servers: list[Postgres]
) -> None:
    first = Postgres(tmp_path)
    servers.append(first)
    first.start()
    first.sql("CREATE TABLE kept AS SELECT 42 AS answer")
    assert first.process is not None
    first.process.send_signal(signal.SIGKILL)
    first.process.wait()
    assert (tmp_path / "pg" / "postmaster.pid").exists()
    again = Postgres(tmp_path)
    servers.append(again)
    again.start()
    assert again.sql("SELECT answer FROM kept") == "42"


def test_a_pid_file_that_names_somebody_else_is_no_obstacle(
    tmp_path: Path, servers: list[Postgres]
) -> None:
    first = Postgres(tmp_path, quick=True)
    servers.append(first)
    first.start()
    first.stop()
    (tmp_path / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n/elsewhere\n")
    first.start()
    assert first.sql("SELECT 1") == "1"
    assert not alive(os.getpid(), str(first.data))


def test_a_long_path_and_odd_letters_do_not_matter(tmp_path: Path, servers: list[Postgres]) -> None:
    server = Postgres(tmp_path / ("nha khoa 100% " + "x" * 90), quick=True)
    servers.append(server)
    server.start()
    assert len(os.fsencode(server.sockets)) < 107
    server.prepare()
    assert server.sql("SELECT extname FROM pg_extension WHERE extname = 'unaccent'", "crm")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_without_user_namespaces_runs_it_as_nobody(
    tmp_path: Path, servers: list[Postgres], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "may_unshare", lambda: False)
    assert embedded.identity() == Identity(nobody=True)
    server = Postgres(tmp_path, quick=True)
    servers.append(server)
    server.start()
    assert server.sql("SELECT 1") == "1"
    assert server.data.stat().st_uid == embedded.NOBODY
