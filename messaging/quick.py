"""Sentences the desk often writes, with placeholders of a closed list (docs/inbox.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import pgettext

from clinics import clock
from clinics.public import Branch, Staff, places
from messaging import texts
from messaging.models import QuickReply
from patients.public import Patient, appointments, phones

#: What may be filled in, with how it is called on the settings page.
PLACEHOLDERS = ("salutation", "name", "clinic", "branch", "hotline", "appointment", "me")
_GAP = re.compile(r"{{\s*(\w+)\s*}}")
_BRACES = re.compile(r"{%|%}|{{(?!\s*\w+\s*}})")


def check(body: str) -> None:
    """Raises ValidationError when a placeholder is not of the list, or braces are left over."""
    unknown = [gap for gap in _GAP.findall(body) if gap not in PLACEHOLDERS]
    if unknown or _BRACES.search(body):
        said = ", ".join(unknown) or "{{ }}"
        raise ValidationError(
            pgettext("quick reply", "Not known: %(what)s. Use only the words listed below.")
            % {"what": said}
        )


def listed() -> list[QuickReply]:
    return list(QuickReply.objects.all())


def get(uid: UUID) -> QuickReply | None:
    return QuickReply.objects.filter(uid=uid).first()


@transaction.atomic
def save(known: QuickReply | None, *, title: str, body: str) -> QuickReply:
    """Write it down, or correct it. Raises ValidationError."""
    check(body)
    row = known or QuickReply(position=QuickReply.objects.count())
    if QuickReply.objects.filter(title=title).exclude(pk=row.pk).exists():
        raise ValidationError(
            {"title": pgettext("quick reply", "There is a sentence of this name.")}
        )
    row.title, row.body = title, body
    row.save(update_fields=None if known is None else ["title", "body"])
    return row


def delete(row: QuickReply) -> None:
    row.delete()


def values(patient: Patient | None, branch: Branch | None, me: Staff) -> dict[str, str]:
    """What fills the placeholders for one conversation."""
    profile = places.profile()
    hotline = (branch.hotline if branch else "") or profile.hotline
    slot = appointments.next_of(patient) if patient else None
    when = f"{clock.local(slot.start):%H:%M %d/%m}" if slot and slot.start else ""
    return {
        "salutation": (patient.salutation if patient else "") or "anh/chị",
        "name": patient.given_name if patient else "",
        "clinic": profile.name,
        "branch": branch.name if branch else profile.name,
        "hotline": phones.national(hotline),
        "appointment": when or "sắp tới",
        "me": me.short_name,
    }


def filled(rows: list[QuickReply], said: Mapping[str, str]) -> list[tuple[str, str]]:
    """Title and finished text of each."""
    return [(row.title, texts.render(row.body, said)) for row in rows]
