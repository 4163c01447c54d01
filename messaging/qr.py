"""A square code that opens an address, drawn as one path. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import segno

#: Empty modules around the code: with fewer a phone does not find it.
QUIET = 4


@dataclass(frozen=True)
class Square:
    """`path` for an SVG whose sides are `size` long."""

    path: str
    size: int


def square(address: str) -> Square:
    """The code of an address; it may be smudged by a quarter and is still read."""
    code = segno.make(address, error="q", micro=False)
    rows = [list(row) for row in code.matrix]
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    )
    return Square(path, len(rows) + 2 * QUIET)
