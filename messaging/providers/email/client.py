"""E-mail over SMTP, by the account's own server, one connection a batch (docs/providers.md).

Not safe to repeat: every copy would carry the same Message-ID, and while some mailboxes hide the
second one, none has to. A letter whose end went out without an answer is in doubt.
"""

from __future__ import annotations

import datetime as dt
import json
import smtplib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import environ
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import pgettext_lazy

from messaging.providers.abilities import SendingProvider
from messaging.providers.base import (
    Accepted,
    Account,
    Lost,
    NotSent,
    Outcome,
    Reply,
    Sending,
)
from messaging.providers.email import codes, letter, returned
from messaging.providers.email.forms import EmailForm
from messaging.providers.news import Arrived, News

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: For each answer of the mail server.
SECONDS = 15


class Email(SendingProvider):
    kind = "email"
    channel = "email"
    title = pgettext_lazy("channels", "E-mail")
    form = EmailForm
    order = 70
    has_token_address = True
    retry_safe = False
    receipt_key = "Message-ID"
    expires_after = dt.timedelta(hours=2)
    silence_is_delivery = True

    def takes(self, account: Account, to_kind: str, to: str) -> bool:
        return to_kind == "email" and to.isascii() and "@" in to

    def words(self, code: str) -> StrOrPromise:
        phase, _dash, status = code.rpartition("-")
        return codes.WORDS.get(status[:3], codes.WORDS.get(phase, ""))

    def hand_over(self, account: Account, batch: Sequence[Sending]) -> list[Outcome]:
        said = json.loads(account.credentials)
        outcomes: list[Outcome] = []
        door = _Door(said["url"])
        try:
            for sending in batch:
                try:
                    raw = _written(sending, account.account_id, said["sender_name"])
                except ValueError as error:
                    outcomes.append(_answer(codes.TEXT, 554, str(error)))
                    continue
                name = letter.message_id(sending.uid, account.account_id)
                outcomes.append(door.take(account.account_id, sending.to, raw, name))
        finally:
            door.close()
        return outcomes

    def accepted(self, reply: Reply, now: dt.datetime) -> Accepted:
        said: dict[str, str] = json.loads(reply.body)
        if reply.status < 400:
            return Accepted(said["ref"], cost=0)
        raise codes.error_of(said["phase"], reply.status, said["text"], now)

    def dedupe_key(self, arrived: Arrived) -> str:
        return returned.key_of(_mail(arrived))

    def stored(self, arrived: Arrived) -> str:
        return _mail(arrived)

    def event(self, body: str) -> str:
        return returned.event_of(body)

    def news(self, body: str) -> list[News]:
        return returned.news_of(body)


def _written(sending: Sending, address: str, sender_name: str) -> bytes:
    """The letter as it goes over the wire. Raises ValueError for a header that is none."""
    made: Any = letter.make(sending, address=address, sender_name=sender_name).message()
    return bytes(made.as_bytes(linesep="\r\n"))


def _mail(arrived: Arrived) -> str:
    """The mail in a request: whole, or only the part with the status, named by the request."""
    raw = arrived.raw.decode("utf-8", "replace")
    kind = arrived.headers.get("content-type", "")
    if kind.startswith("message/delivery-status"):
        return f"Content-Type: {kind}\n\n{raw}"
    return raw


class _Door:
    """One connection to a mail server, opened when first needed and again when it was closed."""

    def __init__(self, url: str) -> None:
        said = environ.Env.email_url_config(url)
        self._backend = EmailBackend(
            host=said["EMAIL_HOST"],
            port=said["EMAIL_PORT"] or 25,
            username=said["EMAIL_HOST_USER"] or "",
            password=said["EMAIL_HOST_PASSWORD"] or "",
            use_tls=said.get("EMAIL_USE_TLS", False),
            use_ssl=said.get("EMAIL_USE_SSL", False),
            timeout=SECONDS,
        )
        self._shut: Outcome | None = None  # why nothing more can be handed over

    def close(self) -> None:
        """Say goodbye, if anybody is there."""
        link, self._backend.connection = self._backend.connection, None
        if link is not None:
            try:
                link.quit()
            except (OSError, smtplib.SMTPException):
                link.close()

    def take(self, sender: str, to: str, raw: bytes, ref: str) -> Outcome:
        """Hand one letter over; what came of it."""
        link = self._open()
        if link is None:
            return self._shut or NotSent("closed")
        try:
            link.ehlo_or_helo_if_needed()
            refused = self._envelope(link, sender, to)
            if refused is not None:
                return refused
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return NotSent(type(error).__name__)  # its text never went out
        try:
            return _answer(codes.TEXT, *link.data(raw), ref=ref)
        except smtplib.SMTPDataError as error:
            self._reset(link)
            return _answer(codes.TEXT, error.smtp_code, error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            self._hang_up()
            return Lost(type(error).__name__)

    def _open(self) -> Any:
        """The connection, or None with the reason in `_shut`."""
        if self._backend.connection is not None:
            return self._backend.connection
        if self._shut is None:
            try:
                self._backend.open()
            except smtplib.SMTPAuthenticationError as error:
                self._shut = _answer(codes.SIGN_IN, error.smtp_code, error.smtp_error)
            except (smtplib.SMTPNotSupportedError, smtplib.SMTPHeloError) as error:
                self._shut = _answer(codes.SIGN_IN, 550, str(error))
            except (OSError, smtplib.SMTPException) as error:
                self._shut = NotSent(type(error).__name__)
            if self._shut is not None:
                self._backend.connection = None
        return self._backend.connection

    def _envelope(self, link: smtplib.SMTP, sender: str, to: str) -> Outcome | None:
        """Name sender and recipient; the refusal of either."""
        for phase, said in ((codes.SENDER, link.mail(sender)), (codes.RECIPIENT, None)):
            code, text = link.rcpt(to) if said is None else said
            if code >= 400:
                if code == 421:  # it closes the door for now, whoever it is about
                    self._hang_up()
                    return NotSent("421")
                self._reset(link)
                return _answer(phase, code, text)
        return None

    def _reset(self, link: smtplib.SMTP) -> None:
        try:
            link.rset()
        except (OSError, smtplib.SMTPException):
            self._hang_up()

    def _hang_up(self) -> None:
        if self._backend.connection is not None:
            self._backend.connection.close()
            self._backend.connection = None


def _answer(phase: str, code: int, text: object, *, ref: str = "") -> Reply:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return Reply(code, json.dumps({"phase": phase, "text": words[:300], "ref": ref}).encode())
