"""Compiles `locale/<language>/**/*.po` to one django.mo per language, with polib.

No gettext is needed on the machine. An app keeps its words in `parts/<app>.po`; the same
English text must not be translated in two ways (the build says where it is).
"""

from __future__ import annotations

from pathlib import Path

import polib

from config.paths import LOCALE_BUILD, ROOT
from config.tools import SetupError, digest, one_at_a_time, stamped

SOURCE = ROOT / "locale"


def compile_all() -> None:
    """Compile what changed since the last time."""
    with one_at_a_time("setup-locale"):
        for folder in sorted(p for p in SOURCE.glob("*") if p.is_dir()):
            parts = sorted(folder.rglob("*.po"))
            stamp = LOCALE_BUILD / folder.name / ".stamp"
            value = digest(Path(__file__), *parts)
            if stamped(stamp, value):
                continue
            target = LOCALE_BUILD / folder.name / "LC_MESSAGES" / "django.mo"
            target.parent.mkdir(parents=True, exist_ok=True)
            merge(parts).save_as_mofile(str(target))
            stamp.write_text(value)


def merge(parts: list[Path]) -> polib.POFile:
    """All parts as one catalogue. Raises SetupError when two parts disagree."""
    whole = polib.POFile()
    whole.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    seen: dict[tuple[str | None, str], tuple[str, Path]] = {}
    for part in parts:
        for entry in polib.pofile(str(part), encoding="utf-8"):
            if entry.obsolete or entry.fuzzy or not entry.translated():
                continue
            key = (entry.msgctxt, entry.msgid)
            text = entry.msgstr or str(sorted(entry.msgstr_plural.items()))
            if key not in seen:
                seen[key] = (text, part)
                whole.append(entry)
            elif seen[key][0] != text:
                raise SetupError(
                    f'"{entry.msgid}" is "{seen[key][0]}" in {seen[key][1].name} '
                    f'and "{text}" in {part.name}: give one of them a context.'
                )
    return whole
