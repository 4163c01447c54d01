"""Where set-up puts things. Everything below `var/` and `.venv/` can be thrown away."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_MODULES = ROOT / "node_modules"

STATIC_BUILD = ROOT / "config" / "static_build"  # what esbuild and Tailwind make
LOCALE_BUILD = VAR / "locale"  # compiled translations
DEMO = VAR / "demo"  # the demo's PostgreSQL, secrets and clock
DEMO_FACTS = VAR / "demo.json"  # addresses, sign-ins and servers of the demo
CLOCK_FILE = DEMO / "clock.json"
