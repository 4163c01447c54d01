"""Phone numbers: what is typed, and the one form (E.164) that is kept. Pure.

Numbers from before September 2018 are converted by the prefix table *before* they are parsed:
an old 11-digit number is otherwise "possible but invalid" (docs/patients.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberType

from clinics.public import dialling

#: Old prefix -> new prefix, without the leading zero; the last seven digits stay.
PREFIXES_2018 = {
    "162": "32", "163": "33", "164": "34", "165": "35",
    "166": "36", "167": "37", "168": "38", "169": "39",
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
    "186": "56", "188": "58",
    "199": "59",
}  # fmt: skip

_OLD = re.compile(r"^(?:\+?84|0084)?0?(1\d{2})(\d{7})$")
_NOISE = re.compile(r"[\s.\-()/\u00a0\u2010-\u2015]+")
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
_SERVICE = {
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}
MOBILE_DIGITS = 10  # with the leading zero
#: As people write it, and what everybody at the desk may see of it.
national, masked = dialling.national, dialling.masked


class PhoneError(ValidationError):
    """Why a number cannot be kept, said beside its field."""


@dataclass(frozen=True)
class Phone:
    """A number that can be called. `converted_from` is its form before 2018, or empty."""

    e164: str
    converted_from: str
    can_sms: bool

    @property
    def reversed(self) -> str:
        """Its digits from the end, for finding it by its last ones."""
        return digits(self.e164)[::-1]


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def parse(text: str) -> Phone:
    """The number that was typed, in any of the usual ways. Without a country it is Vietnam's.

    Raises PhoneError, whose message says what is wrong with it and how a number looks.
    """
    typed = _NOISE.sub("", text)
    if not typed:
        raise PhoneError(_("Type a phone number, for example 0903 418 276."), code="empty")
    if not re.fullmatch(r"\+?\d+", typed):
        raise PhoneError(
            _("There are letters in this number. Digits only, for example 0903 418 276."),
            code="letters",
        )
    typed, converted_from = _modern(typed)
    try:
        number = phonenumbers.parse(typed, "VN")
    except NumberParseException as error:
        raise PhoneError(_wrong_length(len(typed)), code="unreadable") from error
    kind = phonenumbers.number_type(number)
    if kind in _SERVICE:
        raise PhoneError(
            _("This is a switchboard's number. Write the patient's own, for example 0903 418 276."),
            code="service",
        )
    if not phonenumbers.is_valid_number(number):
        raise _why_invalid(number)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(e164, converted_from, kind in _MOBILE)


def _modern(typed: str) -> tuple[str, str]:
    """The number after 2018, and the old one when it had to be converted."""
    old = _OLD.match(typed)
    if old and old[1] in PREFIXES_2018:
        return f"0{PREFIXES_2018[old[1]]}{old[2]}", f"0{old[1]}{old[2]}"
    return typed, ""


def _why_invalid(number: phonenumbers.PhoneNumber) -> PhoneError:
    if number.country_code != 84:
        return PhoneError(
            _("No such number abroad. Check the country code and the digits after it."),
            code="foreign",
        )
    national = "0" + str(number.national_number)
    expected = MOBILE_DIGITS + (1 if national[1] == "2" else 0)
    if len(national) != expected:
        return PhoneError(_wrong_length(len(national), expected), code="length")
    return PhoneError(
        _("No network uses the prefix %(prefix)s. Check the first digits of this number.")
        % {"prefix": national[:4]},
        code="prefix",
    )


def _wrong_length(length: int, expected: int = MOBILE_DIGITS) -> str:
    missing = expected - length
    example = _("A mobile number has 10 digits, for example 0903 418 276.")
    if expected != MOBILE_DIGITS:
        example = _("A landline number has 11 digits, for example 028 7300 6868.")
    if missing == 1:
        return _("This number is one digit short.") + " " + example
    if missing > 1:
        return _("This number is %(count)s digits short.") % {"count": missing} + " " + example
    if missing == -1:
        return _("This number has one digit too many.") + " " + example
    return _("This number has %(count)s digits too many.") % {"count": -missing} + " " + example


def search_digits(query: str) -> str:
    """The digits of a part of a phone as it is typed in a search, or "" when it is none."""
    typed = _NOISE.sub("", query)
    return digits(typed) if re.fullmatch(r"\+?\d{3,}", typed) else ""
