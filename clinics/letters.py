"""E-mail to the people who work here: sign-in matters only, never a word about a patient."""

from __future__ import annotations

import smtplib

import structlog
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

log = structlog.get_logger(__name__)


def send(name: str, *, to: str, context: dict[str, object]) -> bool:
    """Send templates/clinics/letters/<name>.txt; its first line is the subject.

    Call it outside a transaction: it speaks to the network. False when the mail server did not
    take it; the log says why, without the address.
    """
    subject, _line, text = render_to_string(f"clinics/letters/{name}.txt", context).partition("\n")
    try:
        EmailMessage(subject=subject.strip(), body=text.strip() + "\n", to=[to]).send()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("letter not taken", letter=name, error=type(error).__name__)
        return False
    return True
