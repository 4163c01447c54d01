"""What the patient does with her phone: write, follow, press, rate, read, share, refuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from messaging.gateway.book import DELIVERED, Row
from messaging.gateway.clock import milliseconds
from messaging.gateway.people import Friend
from messaging.gateway.templates import fill

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

Values = Mapping[str, Any]
#: Kinds of message she can send, and what the attachment holds beside its address.
KINDS: dict[str, dict[str, str]] = {
    "image": {},
    "gif": {},
    "audio": {},
    "video": {"description": ""},
    "sticker": {"id": "bfe458bf64fa8da4d4eb"},
    "link": {"description": ""},
    "file": {"name": "tep.pdf", "size": "1024", "checksum": "", "type": "pdf"},
    "business_card": {"description": "{}"},
}
INFO = ("name", "phone", "address", "city", "district", "ward", "dob", "gender")


class Patient:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.acts: dict[str, Callable[[str, Values], Any]] = {
            "follow": self.follow,
            "unfollow": self.unfollow,
            "text": self.text,
            "location": self.location,
            "chatnow": self.chatnow,
            "press": self.press,
            "rate": self.rate,
            "share": self.share,
            "seen": self.seen,
            "react": self.react,
            "sms": self.sms,
        }

    def act(self, phone: str, values: Values) -> dict[str, Any]:
        """One thing she does. Raises ValueError when she cannot."""
        what = str(values.get("do") or "")
        if what in KINDS:
            said = self.send(phone, what, values)
        elif what in self.acts:
            said = self.acts[what](phone, values)
        else:
            raise ValueError(f"do must be one of {', '.join(sorted({*self.acts, *KINDS}))}")
        self._gateway.book.versions[phone] += 1
        return {"phone": phone, "did": what, **(said or {})}

    def account_of(self, phone: str, oa_id: str = "") -> str:
        """The account she means: named, or the last that wrote to her, or the only one."""
        known = self._gateway.accounts.zalo
        if oa_id:
            if oa_id not in known:
                raise ValueError("no such oa_id")
            return oa_id
        for row in reversed(self._gateway.book.by_phone.get(phone, [])):
            if row.account in known:
                return row.account
        friends = [f.oa_id for f in self._gateway.people.of_phone(phone) if f.oa_id in known]
        if friends:
            return friends[-1]
        if not known:
            raise ValueError("no Official Account is known")
        return next(iter(known))

    def _friend(self, phone: str, values: Values) -> Friend:
        oa_id = self.account_of(phone, str(values.get("oa_id") or ""))
        friend = self._gateway.people.meet(oa_id, phone)
        if values.get("name"):
            friend.name = str(values["name"])
        return friend

    def _remember(self, friend: Friend, kind: str, text: str, **more: Any) -> str:
        now = self._gateway.clock.now()
        return self._gateway.talk.add(friend.phone, friend.oa_id, kind, text, now, **more).id

    # the account

    def follow(self, phone: str, values: Values) -> dict[str, Any]:
        friend = self._friend(phone, values)
        friend.follower = True
        self._gateway.people.interact(friend, self._gateway.clock.now(), spoke=False)
        self._remember(friend, "follow", "")
        self._gateway.chat.following(friend, "follow")
        return {"oa_id": friend.oa_id, "user_id": friend.user_id}

    def unfollow(self, phone: str, values: Values) -> dict[str, Any]:
        friend = self._friend(phone, values)
        friend.follower = False
        self._gateway.people.keep(friend)
        self._remember(friend, "unfollow", "")
        self._gateway.chat.following(friend, "unfollow")
        return {"oa_id": friend.oa_id, "user_id": friend.user_id}

    def chatnow(self, phone: str, values: Values) -> dict[str, Any]:
        friend = self._friend(phone, values)
        self._gateway.people.interact(friend, self._gateway.clock.now(), spoke=False)
        self._gateway.chat.chatnow(friend)
        return {"oa_id": friend.oa_id, "user_id": friend.user_id}

    # what she writes

    def text(self, phone: str, values: Values) -> dict[str, Any]:
        text = str(values.get("text") or "").strip()
        if not text:
            raise ValueError("text is missing")
        return self._say(self._friend(phone, values), "text", text, {"text": text}, {})

    def send(self, phone: str, kind: str, values: Values) -> dict[str, Any]:
        """A picture, file, sticker …: its address, or an upload of her own."""
        payload = {**KINDS[kind]}
        upload = self._gateway.uploads.get(str(values.get("upload") or ""))
        base = str(values.get("base") or "")
        payload["url"] = f"{base}/uploads/{upload.id}" if upload else str(values.get("url") or "")
        if not payload["url"]:
            raise ValueError("url or upload is missing")
        if kind in ("image", "gif", "video", "link"):
            payload["thumbnail"] = payload["url"]
        if kind == "file":
            payload["name"] = upload.name if upload else str(values.get("name") or payload["name"])
        told_kind = {"business_card": "link", "image": self._image()}.get(kind, kind)
        message: dict[str, Any] = {"attachments": [{"type": told_kind, "payload": payload}]}
        text = str(values.get("text") or "")
        if text:
            message["text"] = text
        more = {"url": payload["url"], "upload": upload.id if upload else ""}
        return self._say(self._friend(phone, values), kind, text, message, more)

    def _image(self) -> str:
        return "photo" if self._gateway.spellings.photo else "image"

    def location(self, phone: str, values: Values) -> dict[str, Any]:
        latitude, longitude = (
            str(values.get("latitude", "10.7769")),
            str(values.get("longitude", "106.7009")),
        )
        place = {"latitude": latitude, "longitude": longitude}
        attachment = {"type": "location", "payload": {"coordinates": place}}
        message: dict[str, Any] = {"attachments": [attachment]}
        if self._gateway.spellings.location_in_message:
            message = {"location": place}
        friend = self._friend(phone, values)
        return self._say(friend, "location", f"{latitude}, {longitude}", message, {})

    def _say(
        self, friend: Friend, kind: str, text: str, message: dict[str, Any], more: dict[str, Any]
    ) -> dict[str, Any]:
        self._gateway.people.interact(friend, self._gateway.clock.now())
        message_id = self._remember(friend, kind, text, **more)
        told = {"msg_id": message_id, **message}
        self._gateway.chat.of_user(friend, f"user_send_{kind}", told)
        return {"oa_id": friend.oa_id, "user_id": friend.user_id, "msg_id": message_id}

    def share(self, phone: str, values: Values) -> dict[str, Any]:
        """Her contact data, where the account has asked for it."""
        friend = self._friend(phone, values)
        if not friend.asked:
            raise ValueError("nobody has asked for her data")
        info = {name: str(values[name]) for name in INFO if values.get(name)}
        friend.info = {"phone": phone.removeprefix("+"), "name": friend.name, **info}
        friend.asked = ""
        self._gateway.people.interact(friend, self._gateway.clock.now())
        self._remember(friend, "share", friend.info["phone"])
        self._gateway.chat.submitted(friend, friend.info)
        return {"user_id": friend.user_id}

    # what she does with a message

    def _row(self, phone: str, values: Values) -> Row:
        row = self._gateway.book.by_id.get(str(values.get("message_id") or ""))
        if row is None or row.phone != phone or row.state != DELIVERED:
            raise ValueError("no such message on this phone")
        return row

    def press(self, phone: str, values: Values) -> dict[str, Any]:
        """A quick reply of a template, or a button of a message that answers with a word."""
        row = self._row(phone, values)
        index = int(values.get("button") or 0)
        template = self._gateway.templates.get(row.template_id)
        if template is None:
            return self._press_query(row, index)
        replies = [button for button in template.buttons if button.reply]
        if not 0 <= index < len(replies):
            raise ValueError("no such button")
        now = self._gateway.clock.now()
        button = replies[index]
        message = {
            "submit_time": milliseconds(now),
            "button_type": "RESPONSE",
            "data": fill(button.reply, row.params),
            "tracking_id": row.key,
        }
        title = fill(button.title, row.params)
        more = {"message_id": row.id, "template_id": template.id, **message}
        self._gateway.talk.add(phone, row.account, "press", title, now, **more)
        self._gateway.chat.pressed(row.account, row.id, message)
        return {"message_id": row.id, "data": message["data"]}

    def _press_query(self, row: Row, index: int) -> dict[str, Any]:
        buttons = row.extra.get("buttons") or []
        if not 0 <= index < len(buttons) or not buttons[index]["type"].startswith("oa.query"):
            raise ValueError("no such button")
        return self.text(row.phone, {"oa_id": row.account, "text": str(buttons[index]["payload"])})

    def rate(self, phone: str, values: Values) -> dict[str, Any]:
        row = self._row(phone, values)
        template = self._gateway.templates.get(row.template_id)
        if template is None or not template.rating:
            raise ValueError("this message does not ask for a rating")
        rate = int(values.get("rate") or 0)
        if not 1 <= rate <= 5:
            raise ValueError("rate must be 1 to 5")
        if any(said.more.get("message_id") == row.id for said in self._ratings(phone)):
            raise ValueError("she has rated this message")
        feedbacks = values.get("feedbacks") or []
        listed = [feedbacks] if isinstance(feedbacks, str) else list(feedbacks)
        now = self._gateway.clock.now()
        note = str(values.get("note") or "")
        message = {"rating_type": "csat", "option": "five_emotions", "note": note, "rate": rate}
        message |= {"submit_time": milliseconds(now), "msg_id": row.id}
        message |= {"feedbacks": listed, "tracking_id": row.key}
        more = {"message_id": row.id, "template_id": template.id, **message}
        self._gateway.talk.add(phone, row.account, "rate", note, now, **more)
        self._gateway.chat.feedback(row.account, message)
        return {"message_id": row.id, "rate": rate}

    def _ratings(self, phone: str) -> list[Any]:
        return [s for s in self._gateway.talk.by_phone.get(phone, []) if s.kind == "rate"]

    def seen(self, phone: str, values: Values) -> dict[str, Any]:
        """She opens the conversation: what was delivered in it is seen, told in one batch."""
        friend = self._friend(phone, values)
        named = {str(values["message_id"])} if values.get("message_id") else None
        unseen = [row for row in self._unseen(friend) if named is None or row.id in named]
        now = self._gateway.clock.now()
        for row in unseen:
            self._gateway.book.see(row, now)
        told = [r.id for r in unseen if r.kind == "cs" or self._gateway.spellings.uid_seen]
        if told:
            self._gateway.chat.seen(friend, told)
        return {"seen": [row.id for row in unseen]}

    def _unseen(self, friend: Friend) -> list[Row]:
        return [
            row
            for row in self._gateway.book.by_phone.get(friend.phone, [])
            if row.channel == "oa"
            and row.account == friend.oa_id
            and row.state == DELIVERED
            and not row.seen_at
        ]

    def react(self, phone: str, values: Values) -> dict[str, Any]:
        row = self._row(phone, values)
        if row.channel != "oa":
            raise ValueError("only messages of the chat take a reaction")
        friend = self._gateway.people.meet(row.account, phone)
        icon = str(values.get("icon") or "/-heart")
        message = {"msg_id": row.id, "react_icon": icon}
        self._gateway.people.interact(friend, self._gateway.clock.now())
        self._remember(friend, "react", icon)
        self._gateway.chat.of_user(friend, "user_reacted_message", message)
        return {"message_id": row.id}

    def sms(self, phone: str, values: Values) -> dict[str, Any]:
        """A text to the short number of an eSMS account or to a Twilio number, if there is one."""
        text = str(values.get("text") or "").strip()
        if not text:
            raise ValueError("text is missing")
        return self._gateway.inbound.text(phone, text, str(values.get("account") or ""))
