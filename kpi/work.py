"""The due work of the kind "kpi": counting anew what was marked, and looking for leaks."""

from __future__ import annotations

import datetime as dt

from kpi import leakwatch, refresh


def visit() -> None:
    """Everything that is due in this clinic."""
    refresh.refresh_due()
    leakwatch.look_due()


def next_due() -> dt.datetime | None:
    """When there will be more of it."""
    times = [refresh.next_due(), leakwatch.next_due()]
    return min((at for at in times if at is not None), default=None)
