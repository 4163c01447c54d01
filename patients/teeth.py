"""What a patient's teeth look like after what was done to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

#: Start of a service's code → what it leaves on the tooth (look of the tooth chart).
LEAVES = {
    "implant": "implant",  # with or without its crown
    "crown": "crown",
    "bridge": "crown",
    "veneer": "crown",
    "filling": "filling",
    "root_canal": "canal",
    "endo": "canal",
    "extraction": "lost",
    "wisdom": "lost",
}


class Done(Protocol):
    """A treatment as the chart reads it."""

    @property
    def tooth(self) -> int | None: ...
    @property
    def service_code(self) -> str: ...


def mark_of(service_code: str) -> str:
    """What a service leaves on a tooth, or "" when nothing can be seen."""
    for start, mark in LEAVES.items():
        if service_code.startswith(start):
            return mark
    return ""


def chart(done: Iterable[Done]) -> dict[int, str]:
    """FDI number → its marks, from treatments with the latest first.

    What came last says whether the tooth is there: an implant after an extraction fills the
    gap, an extraction takes crown, filling and root canal with it.
    """
    teeth: dict[int, list[str]] = {}
    for one in reversed(list(done)):
        mark = mark_of(one.service_code)
        if one.tooth is None or not mark:
            continue
        before = teeth.get(one.tooth, [])
        if mark == "lost":
            teeth[one.tooth] = ["lost"]
        else:
            teeth[one.tooth] = [kept for kept in before if kept not in ("lost", mark)] + [mark]
    return {fdi: " ".join(marks) for fdi, marks in teeth.items()}


def side_of(tooth: object) -> str:
    """The patient's side a tooth is on, "right" or "left"; without a tooth the left."""
    return "right" if str(tooth)[:1] in ("1", "4", "5", "8") else "left"
