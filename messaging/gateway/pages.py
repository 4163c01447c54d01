"""The gateway's pages: the phones that got messages or wrote some; static files; the frame."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from messaging.gateway.book import ACCEPTED, Row
from messaging.gateway.clock import local
from messaging.gateway.markup import PAGES, Html, join, render
from messaging.gateway.phones import any_number, national
from messaging.gateway.side import CHANNELS, SMS_WORDS, ZALO_WORDS, mode_forms, suffixes
from messaging.gateway.templates import fill

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

FONTS = PAGES.parents[2] / "config" / "static_build" / "fonts"  # made by set-up; none: system font
SHOWN_PHONES = 200
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
RUN = secrets.token_hex(3)  # a restart makes every open page look again


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest word of one phone."""

    phone: str
    at: float
    channel: str
    excerpt: str
    count: int


class Pages:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.index),
            web.get("/list", self.index_list),
            web.get("/static/{name}", self.static),
        ]

    async def index(self, request: web.Request) -> web.Response:
        query = request.query.get("q", "")
        body = render(
            "index",
            list=self._list(query),
            query=query,
            version=self._version(),
            modes=mode_forms(self._gateway, "/"),
            suffixes=suffixes(),
            count=f"{len(self._gateway.book.rows):,}".replace(",", "."),
            live=f"/list?q={quote(query)}",
        )
        return page("Điện thoại của khách", body)

    async def index_list(self, request: web.Request) -> web.Response:
        query = request.query.get("q", "")
        return live(self._gateway, request, self._version(), lambda: self._list(query))

    def _version(self) -> str:
        book = self._gateway.book
        settled = sum(book.states.values()) - sum(
            n for (_c, state), n in book.states.items() if state == ACCEPTED
        )
        said = sum(len(listed) for listed in self._gateway.talk.by_phone.values())
        return f"{RUN}-{len(book.rows)}.{settled}.{said}"

    def _list(self, query: str) -> Html:
        digits = "".join(letter for letter in query if letter.isdigit()).removeprefix("0")
        phones = {*self._gateway.book.by_phone, *self._gateway.talk.by_phone}
        latest = [found for phone in phones if digits in phone and (found := self._newest(phone))]
        latest.sort(key=lambda entry: entry.at, reverse=True)
        if latest:
            return join([self._list_row(entry) for entry in latest[:SHOWN_PHONES]])
        phone = any_number(query.replace(" ", "")) if digits else None
        if phone is not None:
            return render("list_new", phone=phone, national=national(phone))
        word = (
            "Không có số nào khớp."
            if digits
            else "Chưa có tin nào. Tin đầu tiên phòng khám gửi sẽ hiện ở đây."
        )
        return render("empty", text=word)

    def _newest(self, phone: str) -> Listed | None:
        rows = self._gateway.book.by_phone.get(phone, [])
        listed = self._gateway.talk.by_phone.get(phone, [])
        count = len(rows) + len(listed)
        row, said = rows[-1] if rows else None, listed[-1] if listed else None
        if said is not None and (row is None or said.at > row.accepted_at):
            channel = "esms" if said.kind == "sms" else "oa"
            return Listed(phone, said.at, channel, f"Khách: {said.text or said.kind}", count)
        if row is None:
            return None
        return Listed(phone, row.accepted_at, row.channel, self._text(row), count)

    def _list_row(self, entry: Listed) -> Html:
        switches = self._gateway.phones[entry.phone]
        odd = [ZALO_WORDS[switches.zalo]] if switches.zalo != "ok" else []
        odd += [f"SMS: {SMS_WORDS[switches.sms].lower()}"] if switches.sms != "ok" else []
        chips = join([render("chip", text=word) for word in odd])
        return render(
            "list_row",
            phone=entry.phone,
            national=national(entry.phone),
            chips=chips,
            count=entry.count,
            excerpt=entry.excerpt[:120],
            channel="zalo" if entry.channel in ("zalo", "oa") else "esms",
            at=_short(local(entry.at)),
            label=CHANNELS[entry.channel],
        )

    def _text(self, row: Row) -> str:
        template = self._gateway.templates.get(row.template_id)
        if template is None:
            return row.text or str(row.extra.get("title") or row.extra.get("type") or "")
        return fill(". ".join(part for part in (template.title, template.text) if part), row.params)

    async def static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        folder = FONTS if name.endswith(".woff2") else PAGES
        path = folder / name
        if (
            path.suffix not in (".css", ".js", ".woff2")
            or path.parent != folder
            or not path.is_file()
        ):
            raise web.HTTPNotFound(text="not found")
        return web.FileResponse(path, headers={"Cache-Control": "max-age=60"})


def live(
    gateway: Gateway, request: web.Request, version: str, draw: Callable[[], Html]
) -> web.Response:
    """A part of a page that looks for news: nothing where nothing has changed."""
    headers = {
        "X-Clock": local(gateway.clock.now()).strftime("%H:%M"),
        "Cache-Control": "no-store",
    }
    if request.query.get("v") == version:
        return web.Response(status=204, headers=headers)
    return web.Response(
        text=draw(), content_type="text/html", headers=headers | {"X-Version": version}
    )


def page(title: str, body: Html) -> web.Response:
    fonts = Html('<link rel="stylesheet" href="/static/fonts.css">') if FONTS.is_dir() else Html()
    text = render("layout", title=title, body=body, fonts=fonts)
    headers = {
        "Content-Security-Policy": CSP,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(text=text, content_type="text/html", headers=headers)


def _short(when: datetime) -> str:
    return f"{when:%H:%M · %d/%m}"
