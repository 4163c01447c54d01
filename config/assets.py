"""Has `config/assets/build.mjs` run when its sources changed. Standard library only."""

from __future__ import annotations

import re

from config.paths import NODE_MODULES, ROOT, STATIC_BUILD, VAR, VENV
from config.tools import digest, make_node_modules, one_at_a_time, run, say, stamped, tool_env

SOURCES = ROOT / "config" / "assets"
STAMP = VAR / "assets.stamp"
WORD = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
APPS = ("config", "kpi", "followup", "messaging", "patients", "clinics")


def inputs() -> str:
    """What a build depends on: its sources, the classes in templates, the icons code names."""
    found = [path for path in SOURCES.rglob("*") if path.is_file()]
    found += ROOT.glob("templates/**/*.html")
    found += ROOT.glob("*/templatetags/*.py")
    return digest(*sorted(found), ROOT / "package-lock.json", " ".join(_icons_in_code()))


def _icons_in_code() -> list[str]:
    """Icons that Python names: most edits of code change none, and then nothing is built."""
    known = {path.stem for path in (NODE_MODULES / "lucide-static" / "icons").glob("*.svg")}
    words: set[str] = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            words |= known.intersection(WORD.findall(path.read_text()))
    return sorted(words)


def build() -> None:
    """Bring `config/static_build` up to date."""
    make_node_modules()
    with one_at_a_time("setup-assets"):
        value = inputs()
        if stamped(STAMP, value) and STATIC_BUILD.is_dir():
            return
        say("scripts and styles")
        node = [str(VENV / "bin" / "node"), str(SOURCES / "build.mjs")]
        run(node, "Building the front end", tool_env())
        STAMP.write_text(value)


if __name__ == "__main__":
    build()
