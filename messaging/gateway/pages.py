"""The gateway's pages: the phones that got messages, and one patient's phone with its switches."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from messaging.gateway.book import ACCEPTED, DELIVERED, EXPIRED, FAILED, Row
from messaging.gateway.clock import local
from messaging.gateway.codes import ESMS, ZALO
from messaging.gateway.markup import PAGES, Html, join, linked, paragraphs, render
from messaging.gateway.modes import Mode
from messaging.gateway.phones import SUFFIXES, mobile, national
from messaging.gateway.templates import fill, links

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

FONTS = PAGES.parents[2] / "config" / "static_build" / "fonts"  # made by set-up; none: system font
SHOWN_PHONES, SHOWN_MESSAGES = 200, 100
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
ZALO_WORDS = {
    "ok": "Nhận bình thường",
    "none": "Không có Zalo",
    "refused": "Đã chặn OA",
    "inactive": "Bỏ dùng Zalo",
    "never_delivers": "Tắt máy",
}
SMS_WORDS = {"ok": "Nhận bình thường", "fail": "Nhà mạng báo hỏng", "never": "Không có báo cáo"}
# Buttons for a whole channel: word on the button, name for tests, the mode they set.
MODE_BUTTONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Trả lời", "answer", {}),
    ("Chậm 5 giây", "slow", {"slow_ms": "5000"}),
    ("Nhận rồi mất câu trả lời", "lose", {"lose_answer": "1"}),
    ("Lỗi máy chủ 500", "fail", {"fail": "500"}),
    ("Im lặng", "hang", {"hang": "1"}),
)
NIGHT_BUTTON = ("Không gửi ban đêm", "night", {"fail": "-133"})
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Pages:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._run = secrets.token_hex(3)  # a restart makes every open page look again

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.index),
            web.get("/list", self.index_list),
            web.get("/phone/{phone}", self.phone),
            web.get("/phone/{phone}/thread", self.thread),
            web.get("/static/{name}", self.static),
        ]

    # all phones

    async def index(self, request: web.Request) -> web.Response:
        query = request.query.get("q", "")
        modes = join([self._mode_form("zalo", "/"), self._mode_form("esms", "/")])
        body = render(
            "index",
            list=self._list(query),
            query=query,
            version=self._version(),
            modes=modes,
            suffixes=_suffixes(),
            count=f"{len(self._gateway.book.rows):,}".replace(",", "."),
            live=f"/list?q={quote(query)}",
        )
        return page("Điện thoại của khách", body)

    async def index_list(self, request: web.Request) -> web.Response:
        return self._live(request, self._version(), lambda: self._list(request.query.get("q", "")))

    def _version(self, phone: str = "") -> str:
        book = self._gateway.book
        settled = sum(book.states.values()) - sum(
            n for (_c, state), n in book.states.items() if state == ACCEPTED
        )
        return f"{self._run}-{book.versions[phone] if phone else f'{len(book.rows)}.{settled}'}"

    def _list(self, query: str) -> Html:
        digits = "".join(letter for letter in query if letter.isdigit()).removeprefix("0")
        phones = self._gateway.book.by_phone.items()
        latest = [(rows[-1], len(rows)) for phone, rows in phones if rows and digits in phone]
        latest.sort(key=lambda entry: entry[0].accepted_at, reverse=True)
        if not latest:
            word = (
                "Không có số nào khớp."
                if digits
                else "Chưa có tin nào. Tin đầu tiên phòng khám gửi sẽ hiện ở đây."
            )
            return render("empty", text=word)
        return join([self._list_row(row, count) for row, count in latest[:SHOWN_PHONES]])

    def _list_row(self, row: Row, count: int) -> Html:
        switches = self._gateway.phones[row.phone]
        odd = [ZALO_WORDS[switches.zalo]] if switches.zalo != "ok" else []
        odd += [f"SMS: {SMS_WORDS[switches.sms].lower()}"] if switches.sms != "ok" else []
        chips = join([render("chip", text=word) for word in odd])
        return render(
            "list_row",
            phone=row.phone,
            national=national(row.phone),
            chips=chips,
            count=count,
            excerpt=self._text(row)[:120],
            channel=row.channel,
            at=_short(local(row.accepted_at)),
            label=_channel(row.channel),
        )

    # one phone

    async def phone(self, request: web.Request) -> web.Response:
        phone = _phone(request)
        here = f"/phone/{phone}"
        body = render(
            "phone",
            national=national(phone),
            phone=phone,
            thread=self._thread(phone),
            version=self._version(phone),
            clock=local(self._gateway.clock.now()).strftime("%H:%M"),
            zalo_switch=self._switch(phone, "zalo", ZALO_WORDS),
            sms_switch=self._switch(phone, "sms", SMS_WORDS),
            modes=join([self._mode_form("zalo", here), self._mode_form("esms", here)]),
            suffixes=_suffixes(),
            refusals=self._refusals(phone),
        )
        return page(national(phone), body)

    async def thread(self, request: web.Request) -> web.Response:
        phone = _phone(request)
        return self._live(request, self._version(phone), lambda: self._thread(phone))

    def _thread(self, phone: str) -> Html:
        parts: list[Html] = []
        day = ""
        for row in self._gateway.book.by_phone.get(phone, [])[-SHOWN_MESSAGES:]:
            when = local(row.accepted_at)
            this_day = f"{WEEKDAYS[when.weekday()]} {when:%d/%m/%Y}"
            if this_day != day:
                day = this_day
                parts.append(render("day", text=day))
            parts.append(self._zalo(row, when) if row.channel == "zalo" else self._sms(row, when))
        return join(parts) or render("empty", text="Máy này chưa có tin nào.")

    def _text(self, row: Row) -> str:
        template = self._gateway.templates.get(row.template_id)
        if template is None:
            return row.text
        return fill(". ".join(part for part in (template.title, template.text) if part), row.params)

    def _zalo(self, row: Row, when: datetime) -> Html:
        account = self._gateway.accounts.zalo.get(row.account)
        template = self._gateway.templates.get(row.template_id)
        title, table, buttons = Html(), Html(), Html()
        text = Html("Mẫu tin này chưa đăng ký với cổng, nên không xem được nội dung.")
        if template:
            title = (
                Html(f"<h3>{paragraphs(template.title, row.params)}</h3>")
                if template.title
                else title
            )
            text = paragraphs(template.text, row.params)
            lines = [
                render("table_row", label=r["label"], value=fill(r["value"], row.params))
                for r in template.rows
            ]
            table = Html(f"<dl>{join(lines)}</dl>") if lines else table
            buttons = join([render("button", **link) for link in links(template, row.params)])
        name = (account.name if account else "") or "Official Account"
        return render(
            "message_zalo",
            id=row.id,
            key=row.key,
            state=row.state,
            title=title,
            text=text,
            table=table,
            buttons=buttons,
            name=name,
            status=_status(row),
            at=f"{when:%H:%M}",
        )

    def _sms(self, row: Row, when: datetime) -> Html:
        return render(
            "message_sms",
            id=row.id,
            key=row.key,
            state=row.state,
            text=linked(row.text),
            name=row.sender,
            status=_status(row),
            at=f"{when:%H:%M}",
        )

    def _refusals(self, phone: str) -> Html:
        mine = [refusal for refusal in self._gateway.refusals if refusal.phone == phone][-5:]
        return join(
            [
                render(
                    "refusal",
                    at=f"{local(refusal.at):%H:%M}",
                    channel=_channel(refusal.channel),
                    code=refusal.code,
                    text=_code_text(refusal.channel, refusal.code),
                )
                for refusal in reversed(mine)
            ]
        )

    # switches

    def _switch(self, phone: str, name: str, words: dict[str, str]) -> Html:
        chosen = getattr(self._gateway.phones[phone], name)
        buttons = [
            render(
                "switch_button",
                name=name,
                value=value,
                word=word,
                pressed=str(value == chosen).lower(),
            )
            for value, word in words.items()
        ]
        return join(buttons)

    def _mode_form(self, channel: str, back: str) -> Html:
        mode = self._gateway.modes.get(channel)
        buttons = (*MODE_BUTTONS, NIGHT_BUTTON) if channel == "zalo" else MODE_BUTTONS
        forms = []
        for word, name, values in buttons:
            fields = join(
                [render("hidden", name=field, value=value) for field, value in values.items()]
            )
            pressed = str(_is(mode, values)).lower()
            once = render("mode_once", channel=channel, word=word, name=name) if values else Html()
            forms.append(
                render(
                    "mode_button",
                    channel=channel,
                    back=back,
                    word=word,
                    name=name,
                    pressed=pressed,
                    fields=fields,
                    once=once,
                )
            )
        left = f"còn {mode.only_next} tin" if mode.only_next else ""
        return render(
            "mode", channel=channel, title=_channel(channel), left=left, buttons=join(forms)
        )

    # answers

    def _live(self, request: web.Request, version: str, draw: Callable[[], Html]) -> web.Response:
        headers = {
            "X-Clock": local(self._gateway.clock.now()).strftime("%H:%M"),
            "Cache-Control": "no-store",
        }
        if request.query.get("v") == version:
            return web.Response(status=204, headers=headers)
        return web.Response(
            text=draw(), content_type="text/html", headers=headers | {"X-Version": version}
        )

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


def _is(mode: Mode, values: dict[str, str]) -> bool:
    now = {
        "slow_ms": str(mode.slow_ms or ""),
        "fail": mode.fail,
        "lose_answer": "1" if mode.lose_answer else "",
        "hang": "1" if mode.hang else "",
    }
    return {name: value for name, value in now.items() if value} == values


def page(title: str, body: Html) -> web.Response:
    fonts = Html('<link rel="stylesheet" href="/static/fonts.css">') if FONTS.is_dir() else Html()
    text = render("layout", title=title, body=body, fonts=fonts)
    headers = {
        "Content-Security-Policy": CSP,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return web.Response(text=text, content_type="text/html", headers=headers)


def _status(row: Row) -> Html:
    settled = local(row.settled_at).strftime("%H:%M") if row.settled_at else ""
    words = {
        DELIVERED: ("ok", f"Đã nhận {settled}"),
        ACCEPTED: ("wait", "Chưa nhận"),
        EXPIRED: ("dead", f"Hết hạn {settled}, không tính tiền"),
        FAILED: ("bad", "Nhà mạng báo không gửi được"),
    }
    kind, word = words[row.state]
    return render("status", kind=kind, word=word)


def _suffixes() -> Html:
    lines = SUFFIXES.items()
    return join(
        [
            render("table_row", label=f"…{suffix}", value=ZALO_WORDS[switch])
            for suffix, switch in lines
        ]
    )


def _channel(channel: str) -> str:
    return "Zalo" if channel == "zalo" else "SMS"


def _code_text(channel: str, code: str) -> str:
    return ZALO.get(int(code), "") if channel == "zalo" else ESMS.get(code, "")


def _short(when: datetime) -> str:
    return f"{when:%H:%M · %d/%m}"


def _phone(request: web.Request) -> str:
    phone = mobile(request.match_info["phone"].strip())
    if phone is None:
        raise web.HTTPNotFound(text="Số này không phải số di động Việt Nam.")
    return phone
