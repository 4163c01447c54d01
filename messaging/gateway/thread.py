"""The thread on a patient's phone: what was sent to her, and what she said and did."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from messaging.gateway.book import ACCEPTED, DELIVERED, EXPIRED, FAILED, Row
from messaging.gateway.clock import local
from messaging.gateway.markup import Html, join, linked, paragraphs, render
from messaging.gateway.talk import Said
from messaging.gateway.templates import Template, fill, links

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

SHOWN_MESSAGES = 100
WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
SIGNS = {
    "follow": "Đã quan tâm",
    "unfollow": "Đã bỏ quan tâm",
    "share": "Đã chia sẻ số",
}
SAID_WORDS = {
    "gif": "Ảnh động", "audio": "Lời nhắn thoại", "video": "Video", "sticker": "Nhãn dán",
    "file": "Tệp", "link": "Đường dẫn", "location": "Vị trí", "business_card": "Danh thiếp",
}  # fmt: skip
RATES = ("Rất tệ", "Tệ", "Bình thường", "Tốt", "Rất tốt")


class Thread:
    def __init__(self, gateway: Gateway, phone: str) -> None:
        self._gateway = gateway
        self._phone = phone
        self._said = gateway.talk.by_phone.get(phone, [])

    def draw(self) -> Html:
        rows = self._gateway.book.by_phone.get(self._phone, [])[-SHOWN_MESSAGES:]
        entries: list[tuple[float, int, Row | Said]] = [(row.accepted_at, 0, row) for row in rows]
        entries += [(said.at, 1, said) for said in self._said[-SHOWN_MESSAGES:]]
        parts: list[Html] = []
        day = ""
        for at, _kind, entry in sorted(entries, key=lambda e: e[:2])[-SHOWN_MESSAGES:]:
            when = local(at)
            this_day = f"{WEEKDAYS[when.weekday()]} {when:%d/%m/%Y}"
            if this_day != day:
                day = this_day
                parts.append(render("day", text=day))
            parts.append(
                self._row(entry, when) if isinstance(entry, Row) else self._mine(entry, when)
            )
        return join(parts) or render("empty", text="Máy này chưa có tin nào.")

    def _row(self, row: Row, when: datetime) -> Html:
        if row.kind == "cs":
            return self._chat(row, when)
        return self._template(row, when) if row.channel in ("zalo", "oa") else self._sms(row, when)

    # sent to her

    def _template(self, row: Row, when: datetime) -> Html:
        template = self._gateway.templates.get(row.template_id)
        title, table, buttons = Html(), Html(), Html()
        text = Html("Mẫu tin này chưa đăng ký với cổng, nên không xem được nội dung.")
        if template:
            if template.title:
                title = Html(f"<h3>{paragraphs(template.title, row.params)}</h3>")
            text = paragraphs(template.text, row.params)
            lines = [
                render("table_row", label=r["label"], value=fill(r["value"], row.params))
                for r in template.rows
            ]
            table = Html(f"<dl>{join(lines)}</dl>") if lines else table
            buttons = join([render("button", **link) for link in links(template, row.params)])
            buttons = join([buttons, self._replies(row, template), self._rating(row, template)])
        return render(
            "message_zalo",
            id=row.id,
            key=row.key,
            channel=row.channel,
            state=row.state,
            title=title,
            text=text,
            table=table,
            buttons=buttons,
            name=self._name(row.account),
            status=status(row),
            at=f"{when:%H:%M}",
        )

    def _name(self, oa_id: str) -> str:
        account = self._gateway.accounts.zalo.get(oa_id)
        return (account.name if account else "") or "Official Account"

    def _done(self, kind: str, row: Row) -> list[Said]:
        return [s for s in self._said if s.kind == kind and s.more.get("message_id") == row.id]

    def _replies(self, row: Row, template: Template) -> Html:
        replies = [button for button in template.buttons if button.reply]
        if not replies or row.state != DELIVERED:
            return Html()
        pressed = {said.text for said in self._done("press", row)}
        titles = [fill(button.title, row.params) for button in replies]
        shown = [
            render("reply", index=n, title=title, pressed=str(title in pressed).lower())
            for n, title in enumerate(titles)
        ]
        return render("replies", phone=self._phone, id=row.id, buttons=join(shown))

    def _rating(self, row: Row, template: Template) -> Html:
        if not template.rating or row.state != DELIVERED:
            return Html()
        given = self._done("rate", row)
        if given:
            rate = int(given[0].more["rate"])
            return render("rated", stars="★" * rate + "☆" * (5 - rate), word=RATES[rate - 1])
        stars = [render("rate", rate=n, word=word) for n, word in enumerate(RATES, 1)]
        words = [render("feedback", word=word) for word in template.feedbacks]
        return render("rating", phone=self._phone, id=row.id, stars=join(stars), words=join(words))

    def _chat(self, row: Row, when: datetime) -> Html:
        """A message somebody at the clinic wrote, with its picture, file, buttons or request."""
        extra = row.extra
        parts = [Html(f'<p data-testid="message-text">{linked(row.text)}</p>')] if row.text else []
        parts += [self._attached(extra)]
        if extra.get("type") in ("request_user_info", "list"):
            parts.append(
                render("request", title=extra.get("title", ""), text=extra.get("subtitle", ""))
            )
        friend = self._gateway.people.get(row.account, self._phone)
        if friend is not None and friend.asked == row.id and row.state == DELIVERED:
            name = friend.name or "Nguyễn Thị Trang"
            parts.append(render("share", phone=self._phone, oa_id=row.account, name=name))
        return render(
            "message_oa",
            id=row.id,
            state=row.state,
            body=join([*parts, self._queries(row)]),
            name=self._name(row.account),
            status=status(row),
            at=f"{when:%H:%M}",
        )

    def _attached(self, extra: dict[str, Any]) -> Html:
        upload = self._gateway.uploads.get(str(extra.get("upload") or ""))
        if upload is not None and upload.mime.startswith("image/"):
            return render("picture", address=f"/uploads/{upload.id}")
        address = f"/uploads/{upload.id}" if upload else str(extra.get("url") or "")
        return _attached(address, upload.name if upload else address)

    def _queries(self, row: Row) -> Html:
        """Buttons of a chat message; those that open something are links."""
        shown = []
        for number, button in enumerate(row.extra.get("buttons") or []):
            title, payload = str(button.get("title", "")), button.get("payload")
            if str(button["type"]).startswith("oa.query"):
                shown.append(render("reply", index=number, title=title, pressed="false"))
            elif isinstance(payload, dict) and str(payload.get("url", "")).startswith("http"):
                shown.append(render("button", title=title, url=str(payload["url"])))
        if not shown or row.state != DELIVERED:
            return Html()
        return render("replies", phone=self._phone, id=row.id, buttons=join(shown))

    def _sms(self, row: Row, when: datetime) -> Html:
        label = "Viber" if row.kind == "viber" else "SMS"
        picture = str(row.extra.get("OttImgUrl") or "")
        shown = _attached(picture, picture) if picture else Html()
        return render(
            "message_sms",
            id=row.id,
            key=row.key,
            channel=row.channel,
            label=label,
            state=row.state,
            text=join([linked(row.text), shown]),
            name=row.sender,
            status=status(row),
            at=f"{when:%H:%M}",
        )

    # said by her

    def _mine(self, said: Said, when: datetime) -> Html:
        at = f"{when:%H:%M}"
        if said.kind in SIGNS:
            word = f"{SIGNS[said.kind]} {said.text or self._name(said.account)}"
            return render("sign", kind=said.kind, word=word, at=at)
        label = f"SMS tới {said.more['number']}" if said.kind == "sms" else "Zalo"
        return render("said", kind=said.kind, body=self._body(said), label=label, at=at)

    def _body(self, said: Said) -> Html:
        if said.kind == "rate":
            rate = int(said.more["rate"])
            words = ", ".join([*said.more["feedbacks"], *([said.text] if said.text else [])])
            return linked(f"{'★' * rate}{'☆' * (5 - rate)} {words}")
        parts = []
        upload = self._gateway.uploads.get(str(said.more.get("upload") or ""))
        if upload is not None:
            parts.append(render("picture", address=f"/uploads/{upload.id}"))
        elif said.kind in SAID_WORDS or said.kind == "image":
            word = SAID_WORDS.get(said.kind, "Ảnh")
            address = str(said.more.get("url") or "")
            parts.append(_attached(address, word))
        if said.text:
            parts.append(Html(f"<p>{linked(said.text)}</p>"))
        return join(parts)


def _attached(address: str, word: str) -> Html:
    """A link, where a phone would open it."""
    if not address.startswith(("http://", "https://", "/uploads/")):
        return Html(f"<p>{linked(word)}</p>") if word else Html()
    return render("attached", address=address, word=word)


def status(row: Row) -> Html:
    settled = local(row.settled_at).strftime("%H:%M") if row.settled_at else ""
    failed = "Nhà mạng báo không gửi được" + (f", mã {row.error}" if row.error else "")
    if row.extra.get("approved") is False:
        failed = "eSMS không duyệt"
    waiting = "Chờ eSMS duyệt" if row.kind == "ads" and "approved" not in row.extra else "Chưa nhận"
    words = {
        DELIVERED: ("ok", f"Đã nhận {settled}"),
        ACCEPTED: ("wait", waiting),
        EXPIRED: ("dead", f"Hết hạn {settled}, không tính tiền"),
        FAILED: ("bad", failed),
    }
    kind, word = words[row.state]
    if row.seen_at:
        word = f"Đã xem {local(row.seen_at):%H:%M}"
    return render("status", kind=kind, word=word)
