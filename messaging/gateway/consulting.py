"""The messages an Official Account may write by hand: text, picture, file, a request for data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from messaging.gateway.uploads import Upload, Uploads
from messaging.gateway.zalo_wire import RefusedError

TEXT_LENGTH = 2_000
PAYLOAD_LENGTH = 1_000
MOST_BUTTONS = 5
MEDIA = ("image", "gif", "sticker")
ACTIONS = ("oa.open.url", "oa.query.show", "oa.query.hide", "oa.open.phone", "oa.open.sms")


@dataclass(frozen=True, slots=True)
class Message:
    type: str  # text, image, gif, sticker, file, request_user_info, list
    text: str = ""
    url: str = ""
    upload: str = ""
    title: str = ""
    subtitle: str = ""
    quote: str = ""
    buttons: list[dict[str, Any]] = field(default_factory=list)

    @property
    def event(self) -> str:
        name = "template" if self.type == "request_user_info" else self.type
        return f"oa_send_{name}"

    def kept(self) -> dict[str, Any]:
        """What the book keeps beside the text."""
        said = {"type": self.type, "url": self.url, "upload": self.upload, "title": self.title}
        said |= {"subtitle": self.subtitle, "quote": self.quote}
        filled = {name: value for name, value in said.items() if value}
        return {**filled, "buttons": self.buttons} if self.buttons else filled

    def told(self, uploads: Uploads) -> dict[str, Any]:
        """The part of oa_send_… that says what was sent."""
        told: dict[str, Any] = {"text": self.text} if self.text else {}
        if self.type == "text":
            return told
        upload = uploads.get(self.upload)
        payload: dict[str, Any] = {"url": self.url or f"/uploads/{self.upload}"}
        if upload is not None and self.type == "file":
            payload |= {"name": upload.name, "size": str(upload.size)}
        if self.type in ("request_user_info", "list"):
            elements = [{"title": self.title, "subtitle": self.subtitle, "image_url": self.url}]
            payload = {"elements": elements}
        return {**told, "attachments": [{"type": self.type, "payload": payload}]}


def read_message(said: Any, uploads: Uploads) -> Message:
    """Raises RefusedError: −201 names the field, −210 too long, −233 no such type, −100 expired."""
    if not isinstance(said, dict) or not said:
        raise RefusedError(-201, "message")
    text = said.get("text", "")
    if not isinstance(text, str):
        raise RefusedError(-201, "text")
    if len(text) > TEXT_LENGTH:
        raise RefusedError(-210, "text")
    attachment = said.get("attachment")
    if attachment is None:
        if not text.strip():
            raise RefusedError(-201, "text")
        return Message("text", text, quote=str(said.get("quote_message_id") or ""))
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    if not isinstance(payload, dict):
        raise RefusedError(-201, "attachment")
    if attachment.get("type") == "file":
        upload = _upload(uploads, payload.get("token"), "file", "token")
        return Message("file", text, upload=upload.id)
    if attachment.get("type") != "template":
        raise RefusedError(-233)
    return _template(text, payload, uploads)


def _template(text: str, payload: dict[str, Any], uploads: Uploads) -> Message:
    kind = payload.get("template_type")
    elements = payload.get("elements") or []
    first = elements[0] if isinstance(elements, list) and elements else {}
    if not isinstance(first, dict):
        raise RefusedError(-201, "elements")
    if kind == "media":
        return _media(text, first, uploads)
    title, subtitle = str(first.get("title") or ""), str(first.get("subtitle") or "")
    url = str(first.get("image_url") or "")
    if kind == "request_user_info":
        if not title:
            raise RefusedError(-201, "title")
        return Message(kind, text, url=url, title=title, subtitle=subtitle)
    if kind in ("list", "button"):
        return Message(
            "list", text, url=url, title=title, subtitle=subtitle, buttons=_buttons(payload)
        )
    raise RefusedError(-233)


def _media(text: str, element: dict[str, Any], uploads: Uploads) -> Message:
    kind = element.get("media_type")
    if kind not in MEDIA:
        raise RefusedError(-201, "media_type")
    if kind == "gif" and not (element.get("width") and element.get("height")):
        raise RefusedError(-201, "width")
    if element.get("attachment_id"):
        if kind == "sticker":  # Zalo's own pictures, nothing was uploaded
            return Message(kind, text, url=str(element["attachment_id"]))
        upload = _upload(uploads, element["attachment_id"], kind, "attachment_id")
        return Message(kind, text, upload=upload.id)
    url = str(element.get("url") or "")
    if not url.startswith(("http://", "https://")):
        raise RefusedError(-201, "url")
    return Message(kind, text, url=url)


def _upload(uploads: Uploads, upload_id: Any, kind: str, named: str) -> Upload:
    upload = uploads.get(str(upload_id or ""))
    if upload is None or upload.kind != kind or not upload.oa_id:
        raise RefusedError(-201, named)
    if uploads.expired(upload):
        raise RefusedError(-100)
    return upload


def _buttons(payload: dict[str, Any]) -> list[dict[str, Any]]:
    buttons = payload.get("buttons") or []
    if not isinstance(buttons, list) or len(buttons) > MOST_BUTTONS:
        raise RefusedError(-210, "buttons")
    for button in buttons:
        if not isinstance(button, dict) or button.get("type") not in ACTIONS:
            raise RefusedError(-201, "buttons")
        if isinstance(button.get("payload"), str) and len(button["payload"]) > PAYLOAD_LENGTH:
            raise RefusedError(-210, "payload")
    return buttons
