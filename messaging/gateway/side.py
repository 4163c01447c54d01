"""What stands beside the phone: its switches, the channels' failures, numbers with a nature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging.gateway.clock import local
from messaging.gateway.codes import ESMS, OPENAPI, TWILIO, ZALO
from messaging.gateway.markup import Html, join, render
from messaging.gateway.modes import Mode
from messaging.gateway.phones import SUFFIXES

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

ZALO_WORDS = {
    "ok": "Nhận bình thường",
    "none": "Không có Zalo",
    "refused": "Đã chặn OA",
    "inactive": "Bỏ dùng Zalo",
    "never_delivers": "Tắt máy",
}
SMS_WORDS = {"ok": "Nhận bình thường", "fail": "Nhà mạng báo hỏng", "never": "Không có báo cáo"}
VIBER_WORDS = {"ok": "Có Viber", "none": "Không có Viber"}
NUMBERS = (
    ("0990 00 xxxx", "mã Zalo −xxxx"),
    ("0993 00 xxxx", "mã OA −xxxx"),
    ("0991 00 xxxx", "mã eSMS xxxx"),
    ("0994 0xxxxx", "mã Twilio xxxxx"),
)
# Buttons for a whole channel: word on the button, name for tests, the mode they set.
MODE_BUTTONS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Trả lời", "answer", {}),
    ("Chậm 5 giây", "slow", {"slow_ms": "5000"}),
    ("Nhận rồi mất câu trả lời", "lose", {"lose_answer": "1"}),
    ("Lỗi máy chủ 500", "fail", {"fail": "500"}),
    ("Trang HTML thay câu trả lời", "html", {"fail": "html"}),
    ("Quá nhiều lượt gọi", "limit", {"rate_limited": "1"}),
    ("Im lặng", "hang", {"hang": "1"}),
)
NIGHT_BUTTON = ("Không gửi ban đêm", "night", {"fail": "-133"})
CHANNELS = {"zalo": "Zalo", "oa": "Zalo", "esms": "SMS", "twilio": "SMS Twilio"}


def switch(gateway: Gateway, phone: str, name: str, words: dict[str, str]) -> Html:
    chosen = getattr(gateway.phones[phone], name)
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


def mode_forms(gateway: Gateway, back: str) -> Html:
    channels = ["zalo", "esms", *(["twilio"] if gateway.accounts.twilio else [])]
    return join([_mode_form(gateway, channel, back) for channel in channels])


def _mode_form(gateway: Gateway, channel: str, back: str) -> Html:
    mode = gateway.modes.get(channel)
    buttons = (*MODE_BUTTONS, NIGHT_BUTTON) if channel == "zalo" else MODE_BUTTONS
    forms = []
    for word, name, values in buttons:
        fields = join(
            [render("hidden", name=field, value=value) for field, value in values.items()]
        )
        once = render("mode_once", channel=channel, word=word, name=name) if values else Html()
        forms.append(
            render(
                "mode_button",
                channel=channel,
                back=back,
                word=word,
                name=name,
                pressed=str(_is(mode, values)).lower(),
                fields=fields,
                once=once,
            )
        )
    left = f"còn {mode.only_next} tin" if mode.only_next else ""
    title = CHANNELS[channel]
    return render("mode", channel=channel, title=title, left=left, buttons=join(forms))


def _is(mode: Mode, values: dict[str, str]) -> bool:
    now = {
        "slow_ms": str(mode.slow_ms or ""),
        "fail": mode.fail,
        "lose_answer": "1" if mode.lose_answer else "",
        "hang": "1" if mode.hang else "",
        "rate_limited": "1" if mode.rate_limited else "",
    }
    return {name: value for name, value in now.items() if value} == values


def suffixes() -> Html:
    lines = [(f"…{suffix}", ZALO_WORDS[switch]) for suffix, switch in SUFFIXES.items()]
    return join([render("table_row", label=label, value=v) for label, v in [*lines, *NUMBERS]])


def refusals(gateway: Gateway, phone: str) -> Html:
    mine = [refusal for refusal in gateway.refusals if refusal.phone == phone][-5:]
    return join(
        [
            render(
                "refusal",
                at=f"{local(refusal.at):%H:%M}",
                channel=CHANNELS[refusal.channel],
                code=refusal.code,
                text=_code_text(refusal.channel, refusal.code),
            )
            for refusal in reversed(mine)
        ]
    )


def _code_text(channel: str, code: str) -> str:
    if channel == "esms":
        return ESMS.get(code, "")
    number = int(code)
    if channel == "twilio":
        return TWILIO.get(number, (0, ""))[1]
    return (OPENAPI.get(number) if channel == "oa" else None) or ZALO.get(number, "")
