"""A letter: text and HTML out of the same words, and the headers that let one press end it."""

from __future__ import annotations

import uuid
from email.utils import formataddr

from django.core.mail import EmailMultiAlternatives
from django.utils.html import escape, urlize

from messaging.providers.base import Sending

#: What the law wants at the very beginning of an advertisement.
AD_LABEL = "[QC]"
SUBJECT_LENGTH = 70


def message_id(uid: uuid.UUID, address: str) -> str:
    """Our name for a letter: a report about it brings it back."""
    return f"<{uid.hex}@{address.rsplit('@', 1)[-1]}>"


def make(sending: Sending, *, address: str, sender_name: str) -> EmailMultiAlternatives:
    """The letter, ready to go."""
    headers = {"Message-ID": message_id(sending.uid, address), "Auto-Submitted": "auto-generated"}
    if sending.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{sending.unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    letter = EmailMultiAlternatives(
        subject=subject(sending),
        body=text(sending),
        from_email=formataddr((sender_name, address)),
        to=[sending.to],
        headers=headers,
    )
    letter.attach_alternative(html(sending), "text/html")
    return letter


def subject(sending: Sending) -> str:
    """Its title, else its first words; an advertisement says so before everything else."""
    words = " ".join((sending.title or _first_words(sending.text)).split())
    if sending.is_ad and not words.upper().startswith(AD_LABEL):
        words = f"{AD_LABEL} {words}"
    return words


def _first_words(said: str) -> str:
    first = said.split(". ", 1)[0].removesuffix(".")
    if len(first) <= SUBJECT_LENGTH:
        return first
    return first[:SUBJECT_LENGTH].rsplit(" ", 1)[0] + "…"


def _paragraphs(sending: Sending) -> list[str]:
    return [part for part in (sending.text, sending.footer) if part]


def text(sending: Sending) -> str:
    return "\n\n".join(_paragraphs(sending)) + "\n"


def html(sending: Sending) -> str:
    """Plain: nothing is loaded from anywhere, so nothing tells us that it was opened."""
    parts = (
        urlize(escape(part), autoescape=False).replace("\n", "<br>")
        for part in _paragraphs(sending)
    )
    inner = "".join(f"<p>{part}</p>" for part in parts)
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{inner}</body></html>'
