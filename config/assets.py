"""Has `config/assets/build.mjs` run when its sources changed. Standard library only."""

from __future__ import annotations

from pathlib import Path

from config.paths import ROOT, STATIC_BUILD, VAR, VENV
from config.tools import digest, make_node_modules, one_at_a_time, run, say, stamped, tool_env

SOURCES = ROOT / "config" / "assets"
STAMP = VAR / "assets.stamp"
APPS = ("config", "kpi", "followup", "messaging", "patients", "clinics")


def inputs() -> list[Path]:
    """All a build depends on: its sources, and what names classes and icons."""
    found = [path for path in SOURCES.rglob("*") if path.is_file()]
    found += ROOT.glob("templates/**/*.html")
    for app in APPS:
        found += (path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts)
    return sorted([*found, ROOT / "package-lock.json"])


def build() -> None:
    """Bring `config/static_build` up to date."""
    make_node_modules()
    with one_at_a_time("setup-assets"):
        value = digest(*inputs())
        if stamped(STAMP, value) and STATIC_BUILD.is_dir():
            return
        say("scripts and styles")
        node = [str(VENV / "bin" / "node"), str(SOURCES / "build.mjs")]
        run(node, "Building the front end", tool_env())
        STAMP.write_text(value)
