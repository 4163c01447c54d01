"""The recipient book: how a phone number behaves, by its last digits or by a switch set for it."""

from __future__ import annotations

from dataclasses import dataclass

ZALO_SWITCHES = ("ok", "none", "refused", "inactive", "never_delivers")
SMS_SWITCHES = ("ok", "fail", "never")

# Numbers that need no switch, so that a demo or a test can choose a number and know what happens.
SUFFIXES = {"118": "none", "114": "inactive", "141": "refused", "000": "never_delivers"}


@dataclass(slots=True)
class Switches:
    zalo: str = "ok"
    sms: str = "ok"


class Phones:
    def __init__(self) -> None:
        self._set: dict[str, Switches] = {}

    def __getitem__(self, phone: str) -> Switches:
        found = self._set.get(phone)
        return found if found is not None else Switches(zalo=SUFFIXES.get(phone[-3:], "ok"))

    def set(self, phone: str, *, zalo: str | None = None, sms: str | None = None) -> Switches:
        """Raises ValueError for a switch that does not exist."""
        if zalo is not None and zalo not in ZALO_SWITCHES:
            raise ValueError(f"zalo must be one of {', '.join(ZALO_SWITCHES)}")
        if sms is not None and sms not in SMS_SWITCHES:
            raise ValueError(f"sms must be one of {', '.join(SMS_SWITCHES)}")
        before = self[phone]
        self._set[phone] = Switches(zalo=zalo or before.zalo, sms=sms or before.sms)
        return self._set[phone]

    def items(self) -> list[tuple[str, Switches]]:
        return list(self._set.items())

    def clear(self) -> None:
        self._set.clear()


def mobile(raw: str) -> str | None:
    """E.164 of a Vietnamese mobile number written as 84…, +84…, 0…; None for anything else."""
    digits = raw[1:] if raw.startswith("+") else raw
    if digits.startswith("0") and not raw.startswith("+"):
        digits = "84" + digits[1:]
    if len(digits) == 11 and digits.isascii() and digits.isdigit() and digits[:3] in _MOBILE:
        return "+" + digits
    return None


_MOBILE = frozenset(("843", "845", "847", "848", "849"))


def national(phone: str) -> str:
    """0903 418 276, the way a phone number is read in Vietnam."""
    digits = "0" + phone.removeprefix("+84")
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
