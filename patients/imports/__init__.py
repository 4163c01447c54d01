"""Bringing in records from other programs (docs/imports/README.md)."""

from patients.imports.load import (
    REASON,
    ImportRefused,
    ImportResult,
    UndoResult,
    run,
    undo,
)

__all__ = ["REASON", "ImportRefused", "ImportResult", "UndoResult", "run", "undo"]
