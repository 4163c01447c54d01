"""One patient's phone: the thread, what she can do, and the switches beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from messaging.gateway.clock import DAY, local
from messaging.gateway.markup import Html, join, render
from messaging.gateway.pages import RUN, live, page
from messaging.gateway.people import Friend
from messaging.gateway.phones import any_number, national
from messaging.gateway.side import (
    SMS_WORDS,
    VIBER_WORDS,
    ZALO_WORDS,
    mode_forms,
    refusals,
    suffixes,
    switch,
)
from messaging.gateway.thread import Thread

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

WINDOW = 7 * DAY


class PhonePage:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/phone/{phone}", self.phone),
            web.get("/phone/{phone}/thread", self.thread),
            web.post("/phone/{phone}/act", self.act),
        ]

    def _version(self, phone: str) -> str:
        return f"{RUN}-{self._gateway.book.versions[phone]}"

    async def phone(self, request: web.Request) -> web.Response:
        phone = _phone(request)
        oa_id = self._account(phone, request.query.get("oa", ""))
        body = render(
            "phone",
            national=national(phone),
            phone=phone,
            head=self._head(phone, oa_id),
            composer=self._composer(phone, oa_id),
            said=self._notice(request.query.get("refused", "")),
            thread=Thread(self._gateway, phone).draw(),
            version=self._version(phone),
            clock=local(self._gateway.clock.now()).strftime("%H:%M"),
            zalo_switch=switch(self._gateway, phone, "zalo", ZALO_WORDS),
            sms_switch=switch(self._gateway, phone, "sms", SMS_WORDS),
            viber_switch=switch(self._gateway, phone, "viber", VIBER_WORDS),
            more=self._more(phone, oa_id),
            answer=self._sms_answer(phone),
            modes=mode_forms(self._gateway, f"/phone/{phone}"),
            suffixes=suffixes(),
            refusals=refusals(self._gateway, phone),
        )
        return page(national(phone), body)

    async def thread(self, request: web.Request) -> web.Response:
        phone = _phone(request)
        draw = Thread(self._gateway, phone).draw
        return live(self._gateway, request, self._version(phone), draw)

    def _account(self, phone: str, named: str) -> str:
        """The account whose conversation is open; empty: none is known."""
        try:
            return self._gateway.patient.account_of(phone, named)
        except ValueError:
            return ""

    @staticmethod
    def _notice(refused: str) -> Html:
        return render("refused_act", text=refused) if refused else Html()

    # the phone's own parts

    def _head(self, phone: str, oa_id: str) -> Html:
        accounts = self._gateway.accounts.zalo
        if not oa_id:
            return render("phone_head_none", national=national(phone))
        friend = self._gateway.people.get(oa_id, phone)
        tabs = [
            render(
                "phone_tab",
                phone=phone,
                oa_id=account.oa_id,
                name=account.name or account.oa_id,
                current="true" if account.oa_id == oa_id else "false",
            )
            for account in accounts.values()
        ]
        follows = friend is not None and friend.follower
        return render(
            "phone_head",
            phone=phone,
            oa_id=oa_id,
            name=accounts[oa_id].name or oa_id,
            window=self._window(friend),
            act="unfollow" if follows else "follow",
            word="Bỏ quan tâm" if follows else "Quan tâm",
            tabs=render("phone_tabs", tabs=join(tabs)) if len(tabs) > 1 else Html(),
        )

    def _window(self, friend: Friend | None) -> str:
        """How long the account may still write to her by hand."""
        if friend is None or not friend.last_at:
            return "Chưa nhắn OA lần nào"
        left = int(friend.last_at + WINDOW - self._gateway.clock.now())
        if left <= 0:
            return "OA không còn được nhắn tự do"
        days, hours = left // DAY, left % DAY // 3600
        return f"OA được nhắn thêm {days} ngày {hours} giờ"

    def _composer(self, phone: str, oa_id: str) -> Html:
        return render("composer", phone=phone, oa_id=oa_id) if oa_id else Html()

    def _more(self, phone: str, oa_id: str) -> Html:
        return render("phone_more", phone=phone, oa_id=oa_id) if oa_id else Html()

    def _sms_answer(self, phone: str) -> Html:
        doors = self._gateway.inbound.doors()
        fitting = [d for d in doors if d[0] == "esms" or not phone.startswith("+84")]
        if not fitting:
            return render("sms_none")
        options = [
            render("sms_door", account=account, number=number) for _kind, account, number in fitting
        ]
        return render("sms_answer", phone=phone, doors=join(options))

    # what she does

    async def act(self, request: web.Request) -> web.Response:
        """The forms of the page; a picture comes as multipart. Back to the phone afterwards."""
        phone = _phone(request)
        values: dict[str, Any] = {"base": f"http://{request.host}"}
        form = await request.post()
        values["feedbacks"] = [str(each) for each in form.getall("feedbacks", [])]
        values |= {n: v for n, v in form.items() if isinstance(v, str) and n != "feedbacks"}
        back = {"oa": str(values.get("oa_id") or "")}
        try:
            self._do(phone, values, form.get("picture"))
        except ValueError as error:
            back["refused"] = str(error)
        query = urlencode({name: value for name, value in back.items() if value})
        return web.Response(
            status=303, headers={"Location": f"/phone/{phone}{'?' if query else ''}{query}"}
        )

    def _do(self, phone: str, values: dict[str, Any], picture: Any) -> None:
        if isinstance(picture, web.FileField) and picture.filename:
            name, content = picture.filename, picture.file.read()
            kind = "gif" if content.startswith(b"GIF8") else "image"
            upload = self._gateway.uploads.take("", kind, name, content)
            if upload is None:
                raise ValueError("Ảnh phải là JPG, PNG hoặc GIF.")
            values |= {"do": kind, "upload": upload.id}
        self._gateway.patient.act(phone, values)


def _phone(request: web.Request) -> str:
    phone = any_number(request.match_info["phone"].strip())
    if phone is None:
        raise web.HTTPNotFound(text="Số này không phải số di động.")
    return phone
