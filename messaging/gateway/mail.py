"""The mailbox: SMTP on one side, the letters that came on the other. Nothing is passed on."""

from __future__ import annotations

import email
import email.policy
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from messaging.gateway.clock import Clock, local
from messaging.gateway.journal import Journal
from messaging.gateway.markup import Html, join, linked, render

KEPT = 500
SIZE_LIMIT = 5 * 1024 * 1024
log = logging.getLogger("gateway")


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it arrived; `text` is its plain part."""

    id: int
    at: float
    sender: str
    to: list[str]
    subject: str
    text: str


class Mailbox:
    """The last letters, newest at the end; they outlive a restart."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._next = 1
        self.letters: deque[Letter] = deque(maxlen=KEPT)

    def take(self, sender: str, to: list[str], content: bytes) -> Letter:
        message = email.message_from_bytes(content, policy=email.policy.default)
        body = message.get_body(("plain", "html"))
        letter = Letter(
            id=self._next,
            at=self._clock.now(),
            sender=sender,
            to=to,
            subject=str(message["Subject"] or "").strip(),
            text=str(body.get_content()).replace("\r\n", "\n") if body else "",
        )
        self._journal.append("mail", asdict(letter))
        self._keep(letter)
        return letter

    def _keep(self, letter: Letter) -> None:
        self.letters.append(letter)
        self._next = letter.id + 1

    def replay(self, values: dict[str, Any]) -> None:
        self._keep(Letter(**values))

    def snapshot(self) -> list[tuple[Any, ...]]:
        return [("mail", asdict(letter)) for letter in self.letters]

    def clear(self) -> None:
        self.letters.clear()


class _Handler:
    """What aiosmtpd asks: every address is taken, nobody needs to sign in."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(  # noqa: N802 - aiosmtpd's own name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self._mailbox.take(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        return "250 Taken, and kept on this machine"


def smtp(mailbox: Mailbox) -> Callable[[], SMTP]:
    """What a server makes for each connection."""
    return lambda: SMTP(
        _Handler(mailbox), hostname="localhost", data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True
    )


class MailPages:
    """`/mail`: the letters; `/control/mail`: the same for tests."""

    def __init__(self, mailbox: Mailbox, page: Callable[[str, Html], web.Response]) -> None:
        self._mailbox = mailbox
        self._page = page

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/mail", self.index), web.get("/control/mail", self.control)]

    async def index(self, request: web.Request) -> web.Response:
        wanted = request.query.get("to", "").strip().lower()
        letters = [each for each in reversed(self._mailbox.letters) if _is_for(each, wanted)]
        word = "Không có thư nào khớp." if wanted else "Chưa có thư nào."
        shown = join([self._letter(each) for each in letters]) or render("empty", text=word)
        return self._page("Hộp thư", render("mail", letters=shown, to=wanted, count=len(letters)))

    def _letter(self, letter: Letter) -> Html:
        return render(
            "mail_letter",
            subject=letter.subject,
            to=", ".join(letter.to),
            at=f"{local(letter.at):%H:%M · %d/%m/%Y}",
            text=linked(letter.text),
        )

    async def control(self, request: web.Request) -> web.Response:
        wanted = request.query.get("to", "").strip().lower()
        found = [asdict(each) for each in self._mailbox.letters if _is_for(each, wanted)]
        return web.json_response({"letters": found})


def _is_for(letter: Letter, wanted: str) -> bool:
    return not wanted or any(wanted in address.lower() for address in letter.to)
