"""The mailbox: SMTP on one side, the letters that came on the other. Nothing is passed on."""

from __future__ import annotations

import asyncio
import email
import email.policy
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from messaging.gateway.bounces import (
    BOUNCE_HEADER,
    LATER,
    REFUSALS,
    SLOW,
    MailSwitches,
    ending,
    one_click,
    report_of,
)
from messaging.gateway.calls import Call, to_this_machine
from messaging.gateway.clock import Clock, local
from messaging.gateway.journal import Journal
from messaging.gateway.markup import Html, join, linked, render
from messaging.gateway.wire import json_body

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

KEPT = 500
SHOWN = ("From", "Reply-To", "Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post")
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
    headers: dict[str, str] = field(default_factory=dict)


class Mailbox:
    """The last letters, newest at the end; they outlive a restart."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._next = 1
        self.switches = MailSwitches()
        self.unsubscribed: dict[int, int] = {}  # letter → how its one-click address answered
        self.report: Callable[[str, str], None] = lambda _url, _letter: None
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
            headers={name: str(message[name]) for name in SHOWN if message[name]},
        )
        self._journal.append("mail", asdict(letter))
        self._keep(letter)
        url = str(message.get(BOUNCE_HEADER) or self.switches.bounce_url)
        for recipient in to:
            if url and ending(recipient) == LATER:
                self.report(url, report_of(message, sender, recipient, letter.at))
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
        self.unsubscribed.clear()
        self.switches = MailSwitches()


class _Handler:
    """What aiosmtpd asks: nobody needs to sign in, and the address says what happens."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        switches = self._mailbox.switches
        if switches.fail:
            return f"{switches.fail} Refused by a switch of the gateway"
        what = ending(address)
        if what in REFUSALS:
            return REFUSALS[what]
        if what == SLOW:
            await asyncio.sleep(switches.slow_seconds)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

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

    def __init__(self, gateway: Gateway, page: Callable[[str, Html], web.Response]) -> None:
        self._gateway = gateway
        self._mailbox = gateway.mailbox
        self._page = page

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/mail", self.index),
            web.post("/mail/{id}/unsubscribe", self.unsubscribe),
            web.get("/control/mail", self.control),
            web.post("/control/mail", self.change),
        ]

    async def change(self, request: web.Request) -> web.Response:
        def change(values: Any) -> Any:
            self._mailbox.switches.set(values)
            return asdict(self._mailbox.switches)

        return await json_body(request, change)

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """What a mail program does when the button is pressed: one POST, no questions."""
        wanted = request.match_info["id"]
        letter = next((each for each in self._mailbox.letters if str(each.id) == wanted), None)
        address = one_click(letter.headers) if letter else ""
        if letter is None or not address:
            raise web.HTTPNotFound(text="not found")
        url, host = to_this_machine(address, "")
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": host}
        call = Call("POST", url, headers, b"List-Unsubscribe=One-Click")
        status = await self._gateway.webhooks.post(call, headers)
        self._mailbox.unsubscribed[letter.id] = status
        if request.query.get("json"):
            return web.json_response({"status": status})
        return web.Response(status=303, headers={"Location": "/mail"})

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
            headers=self._headers(letter),
        )

    def _headers(self, letter: Letter) -> Html:
        lines = [
            render("table_row", label=name, value=value) for name, value in letter.headers.items()
        ]
        shown = Html(f'<dl class="pairs headers">{join(lines)}</dl>') if lines else Html()
        if not one_click(letter.headers):
            return shown
        answered = self._mailbox.unsubscribed.get(letter.id)
        said = "" if answered is None else f"Đã bấm, trang trả lời {answered or 'không'}."
        return join([shown, render("mail_unsubscribe", id=letter.id, said=said)])

    async def control(self, request: web.Request) -> web.Response:
        wanted = request.query.get("to", "").strip().lower()
        found = [asdict(each) for each in self._mailbox.letters if _is_for(each, wanted)]
        return web.json_response({"letters": found})


def _is_for(letter: Letter, wanted: str) -> bool:
    return not wanted or any(wanted in address.lower() for address in letter.to)
