"""A Chromium for the browser tests: the machine's own, else the one that npm brought."""

from __future__ import annotations

import os
import shutil
import tarfile
from io import BytesIO
from pathlib import Path

import brotli

from config.paths import NODE_MODULES, VAR
from config.tools import SetupError, one_at_a_time, say

SYSTEM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKED = NODE_MODULES / "@sparticuz" / "chromium" / "bin"
FOLDER = VAR / "chromium"


def environment() -> dict[str, str]:
    """What the browser tests need: where Chromium is, and where its libraries are.

    Raises SetupError when there is none for this machine.
    """
    if os.environ.get("CRM_CHROMIUM"):
        return {}
    for name in SYSTEM:
        found = shutil.which(name)
        if found:
            return {"CRM_CHROMIUM": found, "CRM_CHROMIUM_LIBS": ""}
    return _unpacked()


def _unpacked() -> dict[str, str]:
    version = (PACKED.parent / "package.json").read_bytes() if PACKED.is_dir() else b""
    if not version:
        raise SetupError("There is no Chromium: install one, or name it in CRM_CHROMIUM.")
    stamp = FOLDER / "package.json"
    with one_at_a_time("setup-chromium"):
        if not (stamp.exists() and stamp.read_bytes() == version):
            say("Chromium for the browser tests")
            shutil.rmtree(FOLDER, ignore_errors=True)
            FOLDER.mkdir(parents=True)
            binary = FOLDER / "chromium"
            binary.write_bytes(brotli.decompress((PACKED / "chromium.br").read_bytes()))
            binary.chmod(0o755)
            for name in ("al2023", "fonts", "swiftshader"):
                _untar(brotli.decompress((PACKED / f"{name}.tar.br").read_bytes()), FOLDER / name)
            shutil.copytree(FOLDER / "swiftshader", FOLDER, dirs_exist_ok=True)
            stamp.write_bytes(version)
    libraries = FOLDER / "al2023" / "lib"
    return {"CRM_CHROMIUM": str(FOLDER / "chromium"), "CRM_CHROMIUM_LIBS": str(libraries)}


def _untar(packed: bytes, target: Path) -> None:
    """Our own lock pins the hash of this archive; members stay inside the folder all the same."""
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        for member in archive.getmembers():
            if not (target / member.name).resolve().is_relative_to(target.resolve()):
                raise SetupError(f"{member.name} would leave its folder.")
        archive.extractall(target)
