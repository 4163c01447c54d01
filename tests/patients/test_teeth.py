"""The tooth chart: what treatments leave on a tooth."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from patients import teeth


@dataclass(frozen=True)
class Done:
    service_code: str
    tooth: int | None


def chart(*latest_first: tuple[str, int | None]) -> dict[int, str]:
    return teeth.chart(Done(code, tooth) for code, tooth in latest_first)


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ([("filling", 26)], {26: "filling"}),
        ([("crown", 46), ("root_canal", 46)], {46: "canal crown"}),
        ([("filling", 26), ("filling", 26)], {26: "filling"}),
        ([("extraction", 36), ("crown", 36)], {36: "lost"}),
        ([("implant", 36), ("extraction", 36)], {36: "implant"}),
        ([("scaling", 11), ("filling", None)], {}),
    ],
)
def test_what_a_tooth_shows(done: list[tuple[str, int | None]], expected: dict[int, str]) -> None:
    assert chart(*done) == expected


@pytest.mark.parametrize(
    ("tooth", "side"), [(18, "right"), (48, "right"), (21, "left"), ("", "left"), (85, "right")]
)
def test_the_side_a_phone_shows(tooth: object, side: str) -> None:
    assert teeth.side_of(tooth) == side
