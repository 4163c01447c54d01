"""From the patient's phone to the desk and back: the running product, the gateway, Chromium."""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from followup.models import Task
from messaging import followers, quick
from messaging.models import ProviderAccount, Talk, TalkLine
from messaging.providers.zalo import chat
from patients.public import Patient
from tests.browser import DESK
from tests.messaging.test_guides import chunk
from tests.way.stage import Stage, stage
from tests.way.test_accessible import problems

__all__ = ["stage"]

pytestmark = [pytest.mark.live, pytest.mark.browser]

PHONE = "+84903418276"
STRANGER = "+84903418299"


def does(stage: Stage, what: str, phone: str = PHONE, **more: Any) -> None:
    """She does something on the gateway's phone."""
    with stage.inside():
        oa = ProviderAccount.objects.get(kind="zalo").account_id
    stage.gateway(f"phones/{phone}/act", {"do": what, "oa_id": oa, **more})


def written(stage: Stage, text: str) -> bool:
    with stage.inside():
        return any(line.text == text for line in TalkLine.objects.all())


def look(page: Page, name: str) -> None:
    folder = os.environ.get("LOOK", "")
    if folder:
        for width, height in ((390, 844), (1440, 900)):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)
                page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png")


def joined(stage: Stage) -> Patient:
    """A patient who follows the account and has written her four digits."""
    stage.clock("2026-06-04T09:00")
    trang = stage.patient("Đặng Thị Thu Trang", PHONE)
    stage.slot(trang, "2026-06-05T15:30")
    with stage.inside():
        code = followers.make_code(trang).code
        quick.save(None, title="Giờ mở cửa", body="Dạ [phòng khám] mở cửa 8 giờ ạ.")
    does(stage, "follow")
    does(stage, "text", text=code)
    stage.live.wait(lambda: written(stage, code), "her code is heard", 60)
    return trang


def test_she_writes_and_reads_the_desks_answer(stage: Stage, tab: Callable[..., Page]) -> None:
    trang = joined(stage)
    desk = stage.sign_in(tab(DESK), "reception")
    desk.goto(stage.live.url(path="/inbox/?tab=all"), wait_until="networkidle")
    does(stage, "text", text="Sưng to hơn hôm qua em ơi")
    does(stage, "text", phone=STRANGER, text="Cho mình hỏi giá niềng")
    expect(desk.get_by_text("Sưng to hơn hôm qua em ơi")).to_be_visible(timeout=40_000)
    expect(desk.get_by_text("Cho mình hỏi giá niềng")).to_be_visible(timeout=40_000)
    with stage.inside():
        assert Task.objects.get(patient=trang, kind="danger").tier == "R1"
        strange = Talk.objects.get(patient__isnull=True)
    look(desk, "list")
    found = problems(desk, "list")
    desk.set_viewport_size(DESK)  # type: ignore[arg-type]
    desk.get_by_text("Sưng to hơn hôm qua em ơi").click()
    expect(desk.get_by_text("Mở hồ sơ")).to_be_visible()
    expect(desk.locator("#talk-lines").get_by_text("Sưng to hơn hôm qua em ơi")).to_be_visible()
    look(desk, "talk")
    found += problems(desk, "talk")
    desk.set_viewport_size(DESK)  # type: ignore[arg-type]
    desk.get_by_role("button", name="Giờ mở cửa").click()
    desk.locator("#say-text").fill("Dạ em báo BS. Khôi gọi chị ngay")
    desk.keyboard.press("Control+Enter")
    stage.live.wait(
        lambda: [m for m in stage.book(phone=PHONE) if "BS. Khôi gọi" in m["text"]],
        "the answer is on her phone", 60,
    )  # fmt: skip
    ours = desk.locator(".tk-said.out").last  # its receipt may have come before we look
    expect(ours).to_contain_text(re.compile("đã gửi|đã nhận"), timeout=20_000)
    for name, path in (
        ("stranger", f"/inbox/{strange.uid}/"), ("qr", "/inbox/qr/"),
        ("followers", "/inbox/followers/"), ("patient", f"/patients/{trang.uid}/"),
    ):  # fmt: skip
        desk.set_viewport_size(DESK)  # type: ignore[arg-type]
        desk.goto(stage.live.url(path=path), wait_until="networkidle")
        look(desk, name)
        found += problems(desk, name)
    owner = stage.sign_in(tab(DESK), "owner")
    for name, path in (("quick", "/settings/replies/"), ("quick_new", "/settings/replies/new/")):
        owner.goto(stage.live.url(path=path), wait_until="networkidle")
        look(owner, name)
        found += problems(owner, name)
        owner.set_viewport_size(DESK)  # type: ignore[arg-type]
    assert not found, "\n".join(found)


def photo(side: int) -> bytes:
    """A photo of a phone: points nobody can press together, so it is far too large."""
    rows = b"".join(b"\0" + os.urandom(3 * side) for _n in range(side))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    drawn = chunk(b"IDAT", zlib.compress(rows, 1))
    return b"\x89PNG\r\n\x1a\n" + head + drawn + chunk(b"IEND", b"")


def test_a_photo_is_made_to_fit_and_hers_is_seen(stage: Stage, tab: Callable[..., Page]) -> None:
    joined(stage)
    does(stage, "text", text="Má em sưng")
    stage.live.wait(lambda: written(stage, "Má em sưng"), "she is heard", 60)
    with stage.inside():
        talk = Talk.objects.get()
    desk = stage.sign_in(tab(DESK), "reception")
    desk.goto(stage.live.url(path=f"/inbox/{talk.uid}/"), wait_until="networkidle")
    expect(desk.get_by_text("Dấu hiệu bất thường:")).to_be_visible()  # it takes room away
    expect(desk.locator("#talk-lines").get_by_text("Má em sưng")).to_be_in_viewport()
    pick, chosen = desk.locator("#say-file"), desk.locator("[data-chosen]")
    pick.set_input_files({"name": "x.html", "mimeType": "text/html", "buffer": b"<p>"})
    expect(desk.locator("[data-problem]")).to_have_text("Chỉ gửi được tệp JPG, PNG, PDF và Word.")
    large = photo(900)
    assert len(large) > chat.MOST_OF_IMAGE
    pick.set_input_files({"name": "Chườm đá.png", "mimeType": "image/png", "buffer": large})
    expect(chosen.locator("img")).to_be_visible(timeout=20_000)
    expect(chosen).to_contain_text("Chườm đá.jpg")
    desk.locator("#say-text").fill("Chị chườm như ảnh này ạ")
    look(desk, "attach")
    found = problems(desk, "attach")
    desk.set_viewport_size(DESK)  # type: ignore[arg-type]
    desk.locator("#say-text").press("Control+Enter")
    stage.live.wait(
        lambda: [m for m in stage.book(phone=PHONE) if m.get("extra", {}).get("type") == "image"],
        "the picture is on her phone", 60,
    )  # fmt: skip
    sent = next(m for m in stage.book(phone=PHONE) if m.get("extra", {}).get("type") == "image")
    address = f"{stage.live.gateway}/uploads/{sent['extra']['upload']}"
    does(stage, "image", url=address)
    expect(desk.locator(".tk-said.out .pic img")).to_be_visible(timeout=20_000)
    expect(desk.locator(".tk-said.in .pic img")).to_be_visible(timeout=40_000)
    look(desk, "pictures")
    found += problems(desk, "pictures")
    assert not found, "\n".join(found)
