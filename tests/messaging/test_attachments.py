"""What a picture or file is: by its content, within the provider's sizes."""

from __future__ import annotations

import io
import zipfile

import pytest

from messaging import attachments
from messaging.attachments import DOC, DOCX, PDF, UNKNOWN, Limits, NotTaken, TooLarge
from tests.messaging.test_guides import chunk, jpeg, png

LIMITS = Limits(image=2_000, file=3_000)
PDF_BYTES = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def word(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "<w/>")
    return held.getvalue()


def of_version_25_5(archive: bytes) -> bytes:
    """The same archive, whose directory says that it takes a later zip to unpack it."""
    at = archive.index(b"PK\x01\x02") + 6
    return archive[:at] + b"\xff\0" + archive[at + 2 :]


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (PDF_BYTES, PDF),
        (word("[Content_Types].xml", "word/document.xml"), DOCX),
        (word("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), UNKNOWN),
        (word("xl/workbook.xml"), UNKNOWN),
        (of_version_25_5(word("word/document.xml")), UNKNOWN),
        (OLE + b"\0" * 504 + "WordDocument".encode("utf-16-le"), DOC),
        (OLE + b"\0" * 504 + "Workbook".encode("utf-16-le"), UNKNOWN),
        (b"<html><script>1</script></html>", UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UNKNOWN),
        (b"MZ\x90\0", UNKNOWN),
        (b"", UNKNOWN),
    ],
)
def test_the_content_says_what_it_is(raw: bytes, kind: str) -> None:
    assert attachments.type_of(raw) == kind


def test_a_name_says_nothing_and_is_made_to_fit_the_content() -> None:
    found = attachments.read("../../Kết quả\u202e.exe", PDF_BYTES, LIMITS)
    assert (found.kind, found.name, found.media_type) == ("file", "Kết quả.pdf", PDF)
    assert attachments.read("C:\\anh\\phim.png", jpeg(), LIMITS).name == "phim.jpg"
    assert attachments.read("", PDF_BYTES, LIMITS).name == "tep.pdf"
    with pytest.raises(NotTaken):
        attachments.read("ket-qua.pdf", b"<html></html>", LIMITS)


def test_what_is_larger_than_the_provider_takes_says_how_much_it_takes() -> None:
    with pytest.raises(TooLarge) as error:
        attachments.read("a.pdf", PDF_BYTES + b" " * 3_000, LIMITS)
    assert error.value.most == 3_000
    with pytest.raises(TooLarge) as error:
        attachments.read("a.png", png() + b" " * 2_000, LIMITS)
    assert error.value.most == 2_000


def test_of_a_picture_only_the_picture_is_kept_and_a_broken_one_is_none() -> None:
    whole = png(chunk(b"tEXt", b"GPS 10.77 106.70"))
    found = attachments.read("a.jpg", whole, LIMITS)
    assert (found.kind, found.name, found.media_type) == ("image", "a.png", "image/png")
    assert b"GPS" in whole
    assert b"GPS" not in found.data
    with pytest.raises(NotTaken):
        attachments.read("a.jpg", b"\xff\xd8\xff" + b"x" * 40, LIMITS)


def test_what_she_sent_is_kept_whatever_it_is() -> None:
    broken = b"\xff\xd8\xff" + b"x" * 40
    kept = attachments.hers("image", "a.jpg", broken)
    assert (kept.kind, kept.media_type, kept.data) == ("file", UNKNOWN, broken)
    page = attachments.hers("file", "xem.html", b"<html></html>")
    assert (page.name, page.media_type) == ("xem.bin", UNKNOWN)
    assert attachments.hers("file", "bang.xlsx", b"PK").name == "bang.xlsx"


def test_sizes_as_people_read_them() -> None:
    said = [attachments.size_word(n) for n in (1, 340_200, 1_000_000, 1_240_000, 5_000_000)]
    assert said == ["1 KB", "340 KB", "1 MB", "1,2 MB", "5 MB"]
