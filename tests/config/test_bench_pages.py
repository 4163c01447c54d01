"""The short form of `bench pages`: every page opens, and its lists cost no statement by the row."""

from __future__ import annotations

import pytest

from clinics.registry.models import Clinic
from config.benches import pages

PAGES = ("today", "week", "patient", "patients", "tasks", "dashboard")


def test_pages_cost_as_many_statements_for_four_rows_as_for_one(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MANY", 4)
    monkeypatch.setattr(pages, "ROUNDS", 1)
    figures = pages.run(long=False)
    for name in PAGES:
        assert figures[f"{name}_statements_4"] <= figures[f"{name}_statements_1"], name
        assert figures[f"{name}_vs_bare"] > 0
    assert figures["free_slots_s"] > 0
