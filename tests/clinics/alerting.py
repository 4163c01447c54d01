"""A source of alerts in the hand of a test: what stands is what the test says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

import pytest

from clinics import alerts
from clinics.models import Alert

KIND = "leaking_roof"


class Roof:
    """The causes that stand now."""

    def __init__(self) -> None:
        self.causes: list[alerts.Cause] = []
        self.told: list[set[alerts.Subject]] = []
        self.later: dt.datetime | None = None
        self.source = alerts.Source({KIND: self._say}, self._look, lambda: self.later)

    def leaks(self, subject: str = "1", permission: str = "settings.write", **more: object) -> None:
        self.causes.append(alerts.Cause(KIND, subject, permission, **more))  # type: ignore[arg-type]

    def _look(self, standing: Collection[alerts.Subject]) -> Iterator[alerts.Cause]:
        self.told.append(set(standing))
        return iter(self.causes)

    def _say(self, alert: Alert) -> alerts.Said:
        return alerts.Said(
            f"Mái dột {alert.subject}", "Nước vào phòng chờ.", "Xem mái", f"/roof/{alert.subject}/"
        )


@pytest.fixture
def roof(monkeypatch: pytest.MonkeyPatch) -> Roof:
    made = Roof()
    monkeypatch.setattr(alerts, "_sources", [made.source])
    return made
