"""Sentences the desk often writes, with placeholders of a closed list (docs/inbox.md)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import pgettext

from clinics import clock
from clinics.public import Branch, places
from messaging import days, placeholders, texts
from messaging.models import QuickReply
from patients.public import Patient, appointments, phones

#: What may be filled in, of the list for all texts (messaging/placeholders.py).
NAMES = (
    "full_call", "salutation", "name", "clinic", "branch", "hotline", "time", "day", "dentist",
)  # fmt: skip


def blanks() -> list[placeholders.Placeholder]:
    """What may be filled in, with its word and what it means."""
    return [placeholders.PLACEHOLDERS[name] for name in NAMES]


def check(body: str) -> None:
    """Raises ValidationError when a blank of a stored text is not of the list."""
    unknown = [name for name in placeholders.used(body) if name not in NAMES]
    unknown += [f"[{word}]" for word in placeholders.TYPED.findall(body)]
    rest = placeholders.BLANK.sub("", body)
    if unknown or "{" in rest or "}" in rest:
        said = ", ".join(unknown) or "{ }"
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
    """Write it down, or correct it; blanks as people type them: [tên]. Raises ValidationError."""
    stored = placeholders.from_typed(body)
    check(stored)
    row = known or QuickReply(position=QuickReply.objects.count())
    if QuickReply.objects.filter(title=title).exclude(pk=row.pk).exists():
        raise ValidationError(
            {"title": pgettext("quick reply", "There is a sentence of this name.")}
        )
    row.title, row.body = title, stored
    row.save(update_fields=None if known is None else ["title", "body"])
    return row


def delete(row: QuickReply) -> None:
    row.delete()


def values(patient: Patient | None, branch: Branch | None) -> dict[str, str]:
    """What fills the blanks for one conversation; what is missing is said in general."""
    profile = places.profile()
    hotline = (branch.hotline if branch else "") or profile.hotline
    said = {
        "clinic": profile.name,
        "branch": branch.name if branch else profile.name,
        "hotline": phones.national(hotline),
    }
    if patient is not None:
        said |= {
            "salutation": patient.salutation,
            "name": patient.given_name,
            "full_call": f"{patient.salutation or 'anh/chị'} {patient.given_name}".strip(),
            **_slot(appointments.next_of(patient)),
        }
    return texts.complete({"day": "sắp tới", **{key: text for key, text in said.items() if text}})


def _slot(slot: appointments.Line | None) -> dict[str, str]:
    if slot is None:
        return {}
    return {
        "day": days.said(slot.on_date),
        "time": f"{clock.local(slot.start):%H:%M}" if slot.start else "",
        "dentist": slot.dentist or "",
    }


def filled(rows: list[QuickReply], said: Mapping[str, str]) -> list[tuple[str, str]]:
    """Title and finished text of each."""
    return [(row.title, texts.render(row.body, said)) for row in rows]


def typed(row: QuickReply) -> str:
    """Its text as people read and type it."""
    return placeholders.as_typed(row.body)
