"""An append-only file of JSON lines: what the gateway must still know after a restart."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class StateInUseError(Exception):
    """Another gateway already writes this folder."""


class Journal:
    """Nothing is synced to disk: it outlives a killed process, a power cut is not its business."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "journal.jsonl"
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise StateInUseError(f"{folder} is used by another gateway") from error
        self._file = self._open()
        self._entries: list[tuple[Any, ...]] = []
        self._waiting = False

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def read(self) -> Iterator[list[Any]]:
        """Every entry written so far; a line cut short by a kill is cut off the file."""
        good = 0
        with self._path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                good += len(line)
                yield from json.loads(line)
        os.ftruncate(self._file, good)

    def append(self, kind: str, *values: Any) -> None:
        """Written before this returns: what was answered "accepted" survives a kill."""
        self._entries.append((kind, *values))
        self.flush()

    def append_soon(self, kind: str, *values: Any) -> None:
        """Written with the next entry or at the end of this turn; lost, it is worked out anew."""
        self._entries.append((kind, *values))
        if not self._waiting:
            self._waiting = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        self._waiting = False
        if self._entries:
            data = (_encode(self._entries) + "\n").encode()
            self._entries.clear()
            while data:
                data = data[os.write(self._file, data) :]

    def rewrite(self, entries: list[tuple[Any, ...]]) -> None:
        """Replace the whole file, at a start with many outdated lines or at a reset."""
        self._entries.clear()
        fresh = self._path.with_suffix(".new")
        fresh.write_text("".join(_encode([entry]) + "\n" for entry in entries), "utf-8")
        fresh.replace(self._path)
        os.close(self._file)
        self._file = self._open()

    def close(self) -> None:
        self.flush()
        os.close(self._file)
        os.close(self._lock)
