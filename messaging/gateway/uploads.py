"""Pictures and files: what an account uploads, and what a patient sends from her phone."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from messaging.gateway.clock import DAY, Clock
from messaging.gateway.journal import Journal

LIFE_SECONDS = 7 * DAY
MEGABYTE = 1024 * 1024
# What each kind may be, by its first bytes, and how long.
KINDS: dict[str, tuple[dict[str, tuple[bytes, ...]], int]] = {
    "image": ({"image/jpeg": (b"\xff\xd8\xff",), "image/png": (b"\x89PNG",)}, MEGABYTE),
    "gif": ({"image/gif": (b"GIF87a", b"GIF89a")}, 5 * MEGABYTE),
    "file": (
        {
            "application/pdf": (b"%PDF",),
            "application/msword": (b"\xd0\xcf\x11\xe0",),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (b"PK\x03",),
            "text/csv": (b"",),
        },
        5 * MEGABYTE,
    ),
}
SUFFIXES = {"file": (".pdf", ".doc", ".docx", ".csv")}


@dataclass(frozen=True, slots=True)
class Upload:
    id: str
    oa_id: str  # empty: sent by a patient
    kind: str
    name: str
    mime: str
    size: int
    at: float


class Uploads:
    def __init__(self, journal: Journal, folder: Path, clock: Clock) -> None:
        self._journal = journal
        self._folder = folder / "uploads"
        self._clock = clock
        self._found: dict[str, Upload] = {}

    def take(self, oa_id: str, kind: str, name: str, content: bytes) -> Upload | None:
        """None: not of this kind. Raises ValueError when it is too big."""
        types, limit = KINDS[kind]
        if len(content) > limit:
            raise ValueError("too big")
        mime = next(
            (m for m, starts in types.items() if any(content.startswith(s) for s in starts)), ""
        )
        suffix = Path(name).suffix.lower()
        if not content or not mime or suffix not in SUFFIXES.get(kind, (suffix,)):
            return None
        upload = Upload(
            os.urandom(24).hex(), oa_id, kind, name[:200], mime, len(content), self._clock.now()
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / upload.id).write_bytes(content)
        self._journal.append("upload", asdict(upload))
        self._found[upload.id] = upload
        return upload

    def get(self, upload_id: str) -> Upload | None:
        return self._found.get(upload_id)

    def expired(self, upload: Upload) -> bool:
        return self._clock.now() - upload.at >= LIFE_SECONDS

    def replay(self, values: dict[str, Any]) -> None:
        upload = Upload(**values)
        self._found[upload.id] = upload

    def snapshot(self) -> list[tuple[Any, ...]]:
        return [("upload", asdict(upload)) for upload in self._found.values()]

    def clear(self) -> None:
        for upload_id in self._found:
            (self._folder / upload_id).unlink(missing_ok=True)
        self._found.clear()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/uploads/{id}", self.show)]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The bytes, for the page and for who was told the address."""
        upload = self._found.get(request.match_info["id"])
        if upload is None or not re.fullmatch(r"[0-9a-f]+", upload.id):
            raise web.HTTPNotFound(text="not found")
        headers = {
            "Content-Type": upload.mime,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'",
        }
        return web.FileResponse(self._folder / upload.id, headers=headers)
