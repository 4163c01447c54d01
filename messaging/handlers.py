"""What this app does about news from below."""

from __future__ import annotations

from clinics.public import alerts
from messaging import events as own
from messaging import outbox, replies, talks
from patients.public import BasisKind, events, guardians


@events.basis_changed.handler
def stop_refused(news: events.BasisNews) -> None:
    """A refusal wins at once: nothing that waits leaves any more on that channel, what is said to
    her about a child included."""
    if news.basis.kind == BasisKind.REFUSAL:
        for patient_id in (news.patient.pk, *guardians.wards(news.patient)):
            outbox.refused(
                patient_id=patient_id,
                purpose=news.basis.purpose,
                channel=news.basis.channel,
            )
        replies.refused(news.patient.pk, purpose=news.basis.purpose, channel=news.basis.channel)


@own.unreached.handler
def show_unreached(news: own.Unreached) -> None:
    """It stands in the inbox among what did not arrive; a refusal is no failure."""
    if news.reason != "refused":
        talks.unreached(news.patient_id, why=news.reason)


@own.account_paused.handler
def look_at_account(news: own.AccountPaused) -> None:
    """Somebody must know when it lasts."""
    alerts.wake()
