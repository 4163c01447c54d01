"""What a letter carries beside its text: who writes, where she is, and how to end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import pgettext

from clinics.public import places
from messaging import unsubscribe
from messaging.models import Message
from messaging.providers.base import Sending
from patients.public import phones


def dress(batch: Sequence[Sending]) -> list[Sending]:
    """The same with footer and the address that ends it; three statements for any number."""
    profile, ends = places.profile(), unsubscribe.urls([each.uid for each in batch])
    rows = Message.objects.filter(uid__in=list(ends)).values_list(
        "uid", "branch__address", "branch__hotline"
    )
    where = {uid: (address, hotline or profile.hotline) for uid, address, hotline in rows}
    dressed = []
    for each in batch:
        address, hotline = where.get(each.uid, ("", profile.hotline))
        lines = [
            profile.name,
            address,
            pgettext("letter", "Phone: %(number)s") % {"number": phones.national(hotline)},
            pgettext("letter", "No more letters of this kind: %(url)s") % {"url": ends[each.uid]},
        ]
        footer = "\n".join(line for line in lines if line)
        dressed.append(replace(each, footer=footer, unsubscribe_url=ends[each.uid]))
    return dressed
