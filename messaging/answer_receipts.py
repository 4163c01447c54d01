"""What a provider reports of our own answers; they carry its id and no uid of the outbox."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from clinics import clock
from messaging import talks
from messaging.models import LineKind, LineState, ProviderAccount, TalkLine


@transaction.atomic
def receipts(account: ProviderAccount, news: str, refs: Iterable[str], *, code: str = "") -> None:
    """Lines of ours were delivered or seen, or did not arrive (`code`: why); it only goes
    forward."""
    under_way = [LineState.CALLING, LineState.SENT, LineState.UNKNOWN]
    before = {
        "delivered": [LineState.SENT, LineState.UNKNOWN],
        "seen": [LineState.SENT, LineState.UNKNOWN, LineState.DELIVERED],
        "failed": under_way,
    }.get(news)
    if before is None:
        return
    rows = TalkLine.objects.filter(
        account=account, ref__in=list(refs), kind=LineKind.OUT, state__in=before
    )
    found = list(rows.select_related("talk"))
    if not found:
        return
    talks.lock(line.talk_id for line in found)
    rows.update(state=news, due_at=None, error_code=code[:40])
    if news == "failed":
        for line in found:
            talks.failed(line.talk, why=code, at=clock.now())
    talks.touch([line.talk_id for line in found])
