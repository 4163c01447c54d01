"""What a letter carries beside its text: who writes, where she is, and how to end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils import translation
from django.utils.translation import pgettext

from clinics.public import places
from messaging import unsubscribe
from messaging.models import Language, Message
from messaging.providers.base import Sending
from patients.public import phones


def dress(batch: Sequence[Sending]) -> list[Sending]:
    """The same with footer and the address that ends it, in the language of each letter; three
    statements for any number."""
    profile, ends = places.profile(), unsubscribe.urls([each.uid for each in batch])
    rows = Message.objects.filter(uid__in=list(ends)).values_list(
        "uid", "branch__address", "branch__hotline", "template__language"
    )
    where = {
        uid: (address, hotline or profile.hotline, spoken) for uid, address, hotline, spoken in rows
    }
    dressed = []
    for each in batch:
        address, hotline, spoken = where.get(each.uid, ("", profile.hotline, Language.VI))
        with translation.override(spoken):
            footer = _footer(profile.name, address, hotline, ends[each.uid])
        dressed.append(replace(each, footer=footer, unsubscribe_url=ends[each.uid]))
    return dressed


def _footer(name: str, address: str, hotline: str, url: str) -> str:
    lines = [
        name,
        address,
        pgettext("letter", "Phone: %(number)s") % {"number": phones.national(hotline)},
        pgettext("letter", "No more letters of this kind: %(url)s") % {"url": url},
    ]
    return "\n".join(line for line in lines if line)
