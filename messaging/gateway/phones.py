"""The recipient book: how a phone number behaves, by its digits or by a switch set for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

ZALO_SWITCHES = ("ok", "none", "refused", "inactive", "never_delivers")
SMS_SWITCHES = ("ok", "fail", "never")
VIBER_SWITCHES = ("ok", "none")

# Numbers that need no switch, so that a demo or a test can choose a number and know what happens.
SUFFIXES = {"118": "none", "114": "inactive", "141": "refused", "000": "never_delivers"}
# The first digits name a host and the rest the code it answers with: 0990 00 1471 gets -1471.
CODE_NUMBERS = {
    "+8499000": ("zalo_code", 4),
    "+8499300": ("oa_code", 4),
    "+8499100": ("sms_code", 4),
    "+849940": ("twilio_code", 5),
}


@dataclass(frozen=True, slots=True)
class Switches:
    """A code of 0 is none; Zalo's are negative, on the business and on the OA host."""

    zalo: str = "ok"
    sms: str = "ok"
    zalo_code: int = 0
    oa_code: int = 0
    sms_code: int = 0
    twilio_code: int = 0
    viber: str = "ok"


def _by_number(phone: str) -> Switches:
    for start, (name, digits) in CODE_NUMBERS.items():
        if phone.startswith(start) and len(phone) == len(start) + digits:
            code = int(phone[len(start) :])
            negative = name in ("zalo_code", "oa_code")
            return replace(Switches(), **{name: -code if negative else code})  # type: ignore[arg-type]
    return Switches(zalo=SUFFIXES.get(phone[-3:], "ok"))


class Phones:
    def __init__(self) -> None:
        self._set: dict[str, Switches] = {}

    def __getitem__(self, phone: str) -> Switches:
        return self._set.get(phone) or _by_number(phone)

    def set(self, phone: str, values: Mapping[str, Any]) -> Switches:
        """Change the named switches. Raises ValueError for one that does not exist."""
        unknown = sorted(set(values) - set(Switches.__slots__))
        if unknown:
            raise ValueError(f"unknown switch: {', '.join(unknown)}")
        self._set[phone] = replace(
            self[phone],
            **{name: _read(name, value) for name, value in values.items()},
        )
        return self._set[phone]

    def items(self) -> list[tuple[str, dict[str, Any]]]:
        return [(phone, asdict(switches)) for phone, switches in self._set.items()]

    def clear(self) -> None:
        self._set.clear()


def _read(name: str, value: Any) -> Any:
    choices = {"zalo": ZALO_SWITCHES, "sms": SMS_SWITCHES, "viber": VIBER_SWITCHES}.get(name)
    if choices:
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}")
        return value
    code = int(value or 0)
    if code and (code < 0) != (name in ("zalo_code", "oa_code")):
        raise ValueError(f"{name} must be a code of its own host")
    return code


def mobile(raw: str) -> str | None:
    """E.164 of a Vietnamese mobile number written as 84…, +84…, 0…; None for anything else."""
    digits = raw[1:] if raw.startswith("+") else raw
    if digits.startswith("0") and not raw.startswith("+"):
        digits = "84" + digits[1:]
    if len(digits) == 11 and digits.isascii() and digits.isdigit() and digits[:3] in _MOBILE:
        return "+" + digits
    return None


def any_number(raw: str) -> str | None:
    """E.164 of a Vietnamese mobile number however written, or of any other written as +…."""
    return mobile(raw) or (raw if re.fullmatch(r"\+(?!84)[1-9]\d{6,14}", raw) else None)


_MOBILE = frozenset(("843", "845", "847", "848", "849"))


def national(phone: str) -> str:
    """0903 418 276, the way a phone number is read in Vietnam; of another country as it is."""
    if not phone.startswith("+84"):
        return phone
    digits = "0" + phone.removeprefix("+84")
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
