"""What the product answers by itself, in each language patients may be written to in.

These words are for patients, whatever language the staff work in (as in messaging/wordings.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import ClassVar, Protocol

from clinics import clock
from messaging import days
from patients.public import Language, Patient, Purpose, names

_CHANNELS = {"zalo": "Zalo", "sms": "SMS", "viber": "Viber", "email": "e-mail"}


def channel(name: str) -> str:
    """What a channel is called, in either language."""
    return _CHANNELS.get(name, name)


class Words(Protocol):
    """The answers in one language."""

    def who(self, patient: Patient | None) -> str:
        """How she is addressed."""

    def closed(self, who: str, clinic: str, opens: dt.datetime | None, hotline: str) -> str:
        """Nobody is there now; when it opens, and whom to call at once."""

    def what(self, purposes: Collection[str]) -> str:
        """What she wants no more; none = everything, said shortly."""

    def stopped(self, who: str, clinic: str, what: str, on: str, hotline: str) -> str:
        """Her refusal was noted just now: of what, on which channel."""


class Vietnamese:
    """By the person's own address: chị Trang."""

    _purposes: ClassVar[dict[str, str]] = {
        Purpose.CARE: "tin nhắc lịch hẹn và hỏi thăm sau điều trị",
        Purpose.GREETING: "lời chúc",
        Purpose.OFFER: "tin ưu đãi",
        Purpose.CONTENT: "gợi ý chăm sóc răng",
    }

    def who(self, patient: Patient | None) -> str:
        if patient is None:
            return "mình"
        return f"{patient.salutation or 'anh/chị'} {patient.given_name}".strip()

    def closed(self, who: str, clinic: str, opens: dt.datetime | None, hotline: str) -> str:
        when = f"{self._when(opens)} mở cửa, em trả lời {who} ngay. " if opens else ""
        return (
            f"Dạ {clinic} đã nhận tin của {who}, phòng khám đang ngoài giờ làm việc. {when}"
            f"Nếu khó thở, chảy máu không cầm hoặc sưng tăng nhanh, {who} gọi ngay {hotline}"
            " hoặc 115."
        )

    def what(self, purposes: Collection[str]) -> str:
        return ", ".join(self._purposes[each] for each in purposes) or "tin nhắn"

    def stopped(self, who: str, clinic: str, what: str, on: str, hotline: str) -> str:
        at = clock.local(clock.now())
        return (
            f"Dạ {clinic} đã ghi nhận lúc {at:%H:%M} ngày {at:%d/%m/%Y}: không gửi {what} qua {on}"
            f" cho {who} nữa. Muốn nhận lại, {who} nhắn em ở đây hoặc gọi {hotline}."
        )

    def _when(self, moment: dt.datetime) -> str:
        day = clock.day_of(moment)
        ahead = (day - clock.today()).days
        words = {0: "hôm nay", 1: "ngày mai"}.get(ahead, days.said(day))
        return f"{clock.local(moment):%H:%M} {words}"


class English:
    """By the name: John Smith."""

    _purposes: ClassVar[dict[str, str]] = {
        Purpose.CARE: "reminders of appointments and questions after treatment",
        Purpose.GREETING: "greetings",
        Purpose.OFFER: "offers",
        Purpose.CONTENT: "advice on caring for teeth",
    }

    def who(self, patient: Patient | None) -> str:
        return names.in_english(patient.full_name, patient.given_name) if patient else ""

    def closed(self, who: str, clinic: str, opens: dt.datetime | None, hotline: str) -> str:
        hello = f"Hello {who}. " if who else "Hello. "
        when = f"We open {self._when(opens)} and answer you then. " if opens else ""
        return (
            f"{hello}{clinic} has your message; the clinic is closed now. {when}If you have trouble"
            f" breathing, bleeding that does not stop or swelling that grows fast, call {hotline}"
            " or 115 at once."
        )

    def what(self, purposes: Collection[str]) -> str:
        return ", ".join(self._purposes[each] for each in purposes) or "messages"

    def stopped(self, who: str, clinic: str, what: str, on: str, hotline: str) -> str:
        at = clock.local(clock.now())
        hello = f"Hello {who}. " if who else "Hello. "
        return (
            f"{hello}{clinic} has noted on {self._date(at)} {at:%Y} at {at:%H:%M}: we will not send"
            f" you {what} on {on} any more. To get them again, write to us here or call {hotline}."
        )

    def _when(self, moment: dt.datetime) -> str:
        day = clock.day_of(moment)
        ahead = (day - clock.today()).days
        words = {0: "today", 1: "tomorrow"}.get(ahead, f"on {day:%A} {self._date(day)}")
        return f"{words} at {clock.local(moment):%H:%M}"

    def _date(self, day: dt.date) -> str:
        return f"{day.day} {day:%B}"


def of(language: str) -> Words:
    """The answers in the language of who reads them."""
    return English() if language == Language.EN else Vietnamese()
