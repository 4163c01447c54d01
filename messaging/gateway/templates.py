"""Message templates as Zalo approved them: what may be filled in, what the patient then sees."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

STATUSES = ("ENABLE", "PENDING_REVIEW", "REJECT", "DISABLE", "DELETE")
QUALITIES = ("HIGH", "MEDIUM", "LOW", "UNDEFINED")
TWO_HOURS_MS = 7_200_000
QUICK_REPLY = 9  # the number of this kind of button is the gateway's own
_PARAM = re.compile(r"<([A-Za-z_][A-Za-z0-9_]*)>")
_DATES = re.compile(
    r"(\d{2}:\d{2}(:\d{2})?([ ,-]+\d{2}/\d{2}/\d{4})?"
    r"|\d{2}/\d{2}/\d{4}([ ,-]+\d{2}:\d{2}(:\d{2})?)?|\d{2}/\d{4})"
)
# Longest value by kind of parameter, used where a template names no length of its own.
_LENGTHS = {
    "NAME": 30, "PHONE": 15, "ADDRESS": 200, "CODE": 30, "LABEL": 30, "STATUS": 30, "CONTACT": 50,
    "GENDER": 5, "PRODUCT": 200, "QUANTITY": 20, "NUMBER": 20, "TIME": 20, "DATE": 20, "OTP": 10,
    "URL": 200, "CURRENCY": 12, "BANK_NOTE": 90, "STRING": 200,
}  # fmt: skip


@dataclass(slots=True)
class Param:
    name: str
    type: str = "STRING"
    maxLength: int = 200  # noqa: N815 - the names of the wire
    minLength: int = 0  # noqa: N815
    require: bool = True
    acceptNull: bool = False  # noqa: N815


@dataclass(slots=True)
class Button:
    title: str
    url: str = ""  # may hold <param>
    url_param: str = ""  # or the parameter whose value is the whole address
    reply: str = ""  # or a quick reply: what is told when she presses it; may hold <param>

    def content(self) -> str:
        return f"<{self.url_param}>" if self.url_param else self.url


@dataclass(slots=True)
class Template:
    id: str
    name: str = ""
    oa_id: str = ""  # empty: every account may use it
    params: list[Param] = field(default_factory=list)
    status: str = "ENABLE"
    tag: str = "TRANSACTION"
    timeout: int = TWO_HOURS_MS
    title: str = ""
    text: str = ""
    rows: list[dict[str, str]] = field(default_factory=list)  # {"label": …, "value": "<param>"}
    buttons: list[Button] = field(default_factory=list)
    price: int = 200
    night: bool = True  # False: refused from 22:00 to 06:00
    daily_quota: int | None = None
    price_uid: int | None = None  # None: seven tenths of the price by phone
    uid: bool = True  # False: approved before 10.12.2025, not to be sent by user id
    quality: str = "UNDEFINED"
    reason: str = ""  # why it was rejected, in Zalo's words
    rating: bool = False  # asks for one to five, with words
    feedbacks: list[str] = field(default_factory=list)  # words she may choose

    def price_by_uid(self) -> int:
        return self.price * 7 // 10 if self.price_uid is None else self.price_uid

    def as_journal(self) -> dict[str, Any]:
        return asdict(self)

    def detail(self, quota_left: int | None) -> dict[str, Any]:
        """`data` of GET /template/info/v2."""
        data: dict[str, Any] = {
            "templateId": int(self.id) if self.id.isdigit() else self.id,
            "templateName": self.name,
            "status": self.status,
            "listParams": [asdict(param) for param in self.params],
            "listButtons": [
                {
                    "type": QUICK_REPLY if button.reply else 1,
                    "title": button.title,
                    "content": button.reply or button.content(),
                }
                for button in self.buttons
            ],
            "timeout": self.timeout,
            "previewUrl": "",
            "templateQuality": self.quality,
            "templateTag": self.tag,
            "price": str(self.price),
            "price_sdt": str(self.price),
            "price_uid": str(self.price_by_uid()),
        }
        if self.reason:
            data["reason"] = self.reason
        if self.daily_quota is not None:
            data |= {
                "applyTemplateQuota": True,
                "templateDailyQuota": self.daily_quota,
                "templateRemainingQuota": quota_left,
            }
        return data

    def check(self, data: Any) -> tuple[int, str] | None:
        """The first thing wrong with template_data, as code and what to add to its text."""
        if not data and self.params:
            return -111, ""
        if not isinstance(data, dict):
            return -112, ""
        for param in self.params:
            wrong = _check_value(param, data.get(param.name))
            if wrong:
                return wrong, param.name
        unknown = sorted(set(data) - {param.name for param in self.params})
        return (-112, unknown[0]) if unknown else None


def _check_value(param: Param, value: Any) -> int | None:
    if value is None or value == "":
        return -1122 if param.require and not param.acceptNull else None
    if not isinstance(value, str):
        return -1124
    if len(value) > param.maxLength and len(unicodedata.normalize("NFC", value)) > param.maxLength:
        return -1121
    kind = param.type.upper()
    if len(value) < param.minLength:
        return -1124
    if kind in ("DATE", "TIME") and not _DATES.fullmatch(value):
        return -1124
    if kind in ("NUMBER", "CURRENCY") and not re.fullmatch(r"\d+([.,]\d+)*", value):
        return -1124
    return None


def read_template(values: Mapping[str, Any]) -> Template:
    """A template as /control/templates takes it. Raises ValueError."""
    given = dict(values)
    template_id = str(given.pop("template_id", "") or given.pop("id", "") or "")
    given.pop("id", None)
    if not template_id:
        raise ValueError("a template needs an id")
    unknown = sorted(set(given) - set(Template.__slots__))
    if unknown:
        raise ValueError(f"unknown field: {', '.join(unknown)}")
    given["params"] = [_read_param(param) for param in given.get("params") or []]
    given["buttons"] = [Button(**button) for button in given.get("buttons") or []]
    template = Template(id=template_id, **given)
    if template.status not in STATUSES:
        raise ValueError(f"status must be one of {', '.join(STATUSES)}")
    if template.quality not in QUALITIES:
        raise ValueError(f"quality must be one of {', '.join(QUALITIES)}")
    names = {param.name for param in template.params}
    missing = sorted(_used(template) - names)
    if missing:
        raise ValueError(
            f"template {template_id} uses parameters it does not declare: {', '.join(missing)}"
        )
    return template


def _read_param(value: str | Mapping[str, Any]) -> Param:
    if isinstance(value, str):
        return Param(name=value)
    param = Param(**value)
    if "maxLength" not in value:
        param.maxLength = _LENGTHS.get(param.type.upper(), 200)
    return param


def _used(template: Template) -> set[str]:
    texts = [template.title, template.text, *(row["value"] for row in template.rows)]
    return {
        name
        for text in [*texts, *(b.content() + b.reply for b in template.buttons)]
        for name in _PARAM.findall(text)
    }


def fill(text: str, params: Mapping[str, Any]) -> str:
    return _PARAM.sub(lambda found: str(params.get(found[1], "")), text)


def pieces(text: str, params: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """The filled text cut into (text, is a value), so that a page can set values apart."""
    out: list[tuple[str, bool]] = []
    end = 0
    for found in _PARAM.finditer(text):
        out += [(text[end : found.start()], False), (str(params.get(found[1], "")), True)]
        end = found.end()
    return [*out, (text[end:], False)]


def links(template: Template, params: Mapping[str, Any]) -> list[dict[str, str]]:
    """The buttons with their addresses; an address that no phone would open is left out."""
    filled = [
        {"title": fill(b.title, params), "url": fill(b.content(), params)} for b in template.buttons
    ]
    return [link for link in filled if urlsplit(link["url"]).scheme in ("http", "https", "tel")]
