"""Words are compiled without gettext; two translations of one text stop the start."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from config.paths import ROOT
from config.tools import SetupError
from config.translations import merge


def part(folder: Path, name: str, text: str, context: str = "") -> Path:
    path = folder / name
    head = f'msgctxt "{context}"\n' if context else ""
    path.write_text(f'{head}msgid "Book"\nmsgstr "{text}"\n', encoding="utf-8")
    return path


def test_parts_that_disagree_are_named(tmp_path: Path) -> None:
    parts = [part(tmp_path, "a.po", "Đặt lịch"), part(tmp_path, "b.po", "Sổ")]
    with pytest.raises(SetupError, match=r"Đặt lịch.*a\.po.*Sổ.*b\.po"):
        merge(parts)


def test_a_context_keeps_them_apart(tmp_path: Path) -> None:
    parts = [part(tmp_path, "a.po", "Đặt lịch"), part(tmp_path, "b.po", "Sổ", "noun")]
    assert len(merge(parts)) == 2


def test_the_products_own_words_are_one_catalogue() -> None:
    whole = merge(sorted((ROOT / "locale" / "vi").rglob("*.po")))
    assert len(whole) > 50
    with translation.override("vi"):
        first = next(entry for entry in whole if not entry.msgctxt and not entry.msgid_plural)
        assert translation.gettext(first.msgid) == first.msgstr
