"""Care guides: the clinic's own words and pictures behind the link, and what a picture keeps."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_tenants.utils import schema_context

from followup import gate
from followup.public import Contact, answers
from messaging import guides, pictures
from messaging.models import Guide, GuidePicture, GuidePictureFile
from messaging.pictures import NotAPicture
from messaging.public import links
from tests.followup.records import connect
from tests.way.walk import Place, furnish

AT = "/settings/messages/guides/implant/"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*more: bytes, size: tuple[int, int] = (2, 1)) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    drawn = chunk(b"IDAT", zlib.compress(b"\0" + b"\x10\x80\x40" * 2))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + drawn + chunk(b"IEND", b"")


def segment(mark: int, body: bytes) -> bytes:
    return b"\xff" + bytes([mark]) + struct.pack(">H", len(body) + 2) + body


def exif(turned: int, order: str = ">") -> bytes:
    head = b"II*\0" if order == "<" else b"MM\0*"
    make = struct.pack(order + "HHII", 0x010F, 2, 4, 0x41424300)
    turn = struct.pack(order + "HHIHH", 0x0112, 3, 1, turned, 0)
    tiff = head + struct.pack(order + "IH", 8, 2) + make + turn + bytes(4) + b"GPS 10.77N 106.69E"
    return segment(0xE1, b"Exif\0\0" + tiff)


FRAME = segment(0xC0, struct.pack(">BHHB", 8, 30, 40, 1) + b"\x01\x11\x00")
SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x12\xff\x00\x34\xff\xd0\x56"
TABLES = segment(0xDB, bytes(65)) + segment(0xC4, bytes(20))


def jpeg(*more: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(more) + TABLES + FRAME + SCAN + b"\xff\xd9" + b"after the end"


# pictures


def test_a_jpeg_keeps_only_what_draws_it() -> None:
    raw = jpeg(segment(0xE0, b"JFIF\0"), exif(1), segment(0xFE, b"Lan, 36"), segment(0xED, b"8BIM"))
    found = pictures.read(raw)
    assert found.data == b"\xff\xd8" + TABLES + FRAME + SCAN + b"\xff\xd9"
    assert (found.media_type, found.width, found.height) == ("image/jpeg", 40, 30)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("turned", [3, 6, 8])
def test_the_way_a_phone_held_it_stays_and_the_place_does_not(turned: int, order: str) -> None:
    found = pictures.read(jpeg(exif(turned, order)))
    assert b"GPS" not in found.data and b"ABC" not in found.data
    again = pictures.read(found.data)
    assert again.data == found.data  # what is kept says the same again
    assert pictures._orientation(found.data[6:]) == turned


def test_a_png_keeps_only_what_draws_it() -> None:
    raw = png(chunk(b"tEXt", b"Author\0Lan"), chunk(b"eXIf", b"GPS"), chunk(b"tIME", bytes(7)))
    found = pictures.read(raw + b"<script>")
    assert found.data == png()
    assert (found.media_type, found.width, found.height) == ("image/png", 2, 1)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"GIF89a", b"<svg onload=x>", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", png()[:-6],
        png().replace(b"IHDR", b"IHDS", 1), png(size=(7000, 1)), png(size=(0, 1)),
        jpeg()[:40], b"\xff\xd8" + TABLES + SCAN + b"\xff\xd9", b"\0" * (pictures.LARGEST + 1),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAPicture):
        pictures.read(raw)


def test_no_cut_or_changed_picture_breaks_anything() -> None:
    rng = random.Random(3)
    for whole in (jpeg(exif(6)), png(chunk(b"tEXt", b"a\0b"))):
        for _ in range(1500):
            raw = bytearray(whole[: rng.randrange(len(whole) + 1)])
            for _ in range(rng.randrange(4)):
                if raw:
                    raw[rng.randrange(len(raw))] = rng.randrange(256)
            try:
                pictures.read(bytes(raw))
            except NotAPicture:
                continue


# pages


@pytest.fixture
def own(clinic: Any, clock: Any) -> Place:
    """An implant was signed and asked after."""
    place = furnish("Quan3", "0903418276")
    connect()
    gate.decide_due()
    return place


def phone(own: Place) -> str:
    """Her page after she has answered."""
    asked = Contact.objects.filter(kind="ask", patient=own.patient).order_by("due_at")[0]
    answers.answer(contact=asked, choice="fine", signs=[], note="")
    at = links.url_for(asked.uid, patient_id=own.patient.pk)
    client = Client(headers={"host": "an-tam.localhost"})
    return str(client.get("/k/" + at.split("/k/")[1]).content.decode())


def upload(data: bytes, name: str = "a.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="text/html")


def test_the_products_advice_stands_until_the_clinic_writes_its_own(
    client_for: Callable[..., Client], own: Place
) -> None:
    assert "Không hút thuốc" in phone(own) and "sốt" in phone(own)
    care = client_for("care")
    shown = care.get(AT).content.decode()
    assert "Không hút thuốc" in shown
    care.post(AT, {"body": "Ngậm nước muối\n• Ăn cháo “loãng”", "danger": "chảy máu không cầm"})
    after = phone(own)
    assert "Ngậm nước muối" in after and "- Ăn cháo &quot;loãng&quot;" in after
    assert "chảy máu không cầm" in after and "Không hút thuốc" not in after
    assert "Lời của phòng khám" in care.get("/settings/messages/").content.decode()
    care.post(AT + "add/product/")
    assert "Không hút thuốc" in phone(own)


def test_a_guide_with_danger_signs_keeps_them(
    client_for: Callable[..., Client], own: Place
) -> None:
    answer = client_for("care").post(AT, {"body": "Ngậm nước muối", "danger": " "})
    said = answer.content.decode()
    assert answer.status_code == 422 and "khi nào cần gọi ngay" in said
    assert "Ngậm nước muối" in said and not Guide.objects.exists()


def test_a_picture_reaches_the_phone_and_no_other_clinic(
    client_for: Callable[..., Client], own: Place, other_clinic: Any
) -> None:
    care = client_for("care")
    sent = {"words": "Cách ngậm nước", "nobody": "on", "file": upload(png(chunk(b"tEXt", b"GPS")))}
    assert care.post(AT + "add/picture/", sent).status_code == 302
    (one,) = GuidePicture.objects.all()
    at = f"/guides/{one.uid}/"
    assert at in phone(own) and 'alt="Cách ngậm nước"' in phone(own)
    got = Client(headers={"host": "an-tam.localhost"}).get(at)
    assert (got.content, got["Content-Type"]) == (png(), "image/png")
    assert got["X-Content-Type-Options"] == "nosniff"
    assert Client(headers={"host": "mai-lan.localhost"}).get(at).status_code == 404
    with schema_context("an_tam"):
        care.post(f"{AT}remove/{one.uid}/")
        assert not GuidePictureFile.objects.exists()
        assert care.post(f"{AT}remove/{one.uid}/").status_code == 302  # pressed twice
    with schema_context(other_clinic.schema_name):
        assert not GuidePicture.objects.exists()


def test_what_may_not_be_shown_is_refused_beside_its_field(
    client_for: Callable[..., Client], own: Place
) -> None:
    care = client_for("care")
    said = care.post(AT + "add/picture/", {"words": "Vẽ", "file": upload(b"<svg/>", "a.png")})
    page = said.content.decode()
    assert said.status_code == 422 and "không phải ảnh JPG hay PNG" in page
    assert "không bao giờ có ảnh của khách" in page and 'value="Vẽ"' in page
    for url in ("https://evil.vn/a", "http://youtube.com/a", "https://youtube.com.evil.vn/a"):
        said = care.post(AT + "add/video/", {"words": "Phim", "url": url})
        assert said.status_code == 422 and "Chỉ dẫn được tới phim" in said.content.decode(), url
    care.post(AT + "add/video/", {"words": "Cách súc miệng", "url": "https://youtu.be/a1"})
    twice = care.post(AT + "add/video/", {"words": "Lại", "url": "https://youtu.be/a1"})
    assert twice.status_code == 422
    shown = phone(own)
    assert 'href="https://youtu.be/a1"' in shown and "<iframe" not in shown


def test_six_are_enough(clinic: Any, clock: Any) -> None:
    for n in range(guides.MOST):
        guides.add_picture("filling", picture=pictures.read(png()), words=str(n))
    with pytest.raises(guides.Full):
        guides.add_picture("filling", picture=pictures.read(png()), words="7")


def test_only_who_writes_care_texts_writes_guides(
    client_for: Callable[..., Client], own: Place
) -> None:
    for role, wanted in (("marketing", 403), ("reception", 403), ("care", 200), ("owner", 200)):
        assert client_for(role).get(AT).status_code == wanted
    assert client_for("owner").get("/settings/messages/guides/nothing/").status_code == 404
