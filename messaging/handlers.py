"""What this app does about news from below."""

from __future__ import annotations

from messaging import outbox
from patients.public import BasisKind, events


@events.basis_changed.handler
def stop_refused(news: events.BasisNews) -> None:
    """A refusal wins at once: nothing that waits leaves any more on that channel."""
    if news.basis.kind == BasisKind.REFUSAL:
        outbox.refused(
            patient_id=news.patient.pk,
            purpose=news.basis.purpose,
            channel=news.basis.channel,
        )
