"""Read the recorded payloads beside this file; README.md says what is in them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ZALO_APP, ZALO_SECRET, ZALO_OA = "1904562283716450112", "OaSecretOfTests", "3639635426588416370"


def names(provider: str, starting: str = "") -> list[str]:
    """The payloads of a provider, without the tables of codes."""
    found = sorted(path.stem for path in (FOLDER / provider).glob(f"{starting}*.json"))
    return [name for name in found if name != "errors"]


def payload(provider: str, name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / provider / f"{name}.json").read_text("utf-8"))
    return read


def errors(provider: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads((FOLDER / provider / "errors.json").read_text("utf-8"))
    return read


def zalo_raw(name: str) -> bytes:
    """The bytes of a Zalo webhook, as they were signed."""
    event = payload("zalo", name)
    if "raw" in event:
        return str(event["raw"]).encode()
    return json.dumps(event["body"], ensure_ascii=False, separators=(",", ":")).encode()


def zalo_mac(
    raw: bytes, timestamp: str, *, app_id: str = ZALO_APP, secret: str = ZALO_SECRET
) -> str:
    """The value of X-ZEvent-Signature for other ids or another secret than the recorded ones."""
    said = app_id.encode() + raw + timestamp.encode() + secret.encode()
    return f"mac={hashlib.sha256(said).hexdigest()}"
