"""What a picture or file is, by its content and never by its name. Pure.

Ours is checked before it is kept, hers when it is fetched (docs/inbox.md, "Pictures and files").
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePosixPath

from messaging import pictures

IMAGE, FILE = "image", "file"
PDF, DOC = "application/pdf", "application/msword"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: Bytes of which nobody knows what they are: kept, never shown.
UNKNOWN = "application/octet-stream"
#: What each kind of content is called at the end of a name.
SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png", PDF: ".pdf", DOC: ".doc", DOCX: ".docx"}
#: What a browser's file chooser offers.
ACCEPT = ".jpg,.jpeg,.png,.pdf,.doc,.docx"
#: The stream of an old Word document inside its container, as the container writes names.
_WORD_STREAM = "WordDocument".encode("utf-16-le")
_LONGEST_NAME = 120
#: Ends of names that may stay with what nobody here knows; no program is among them.
_HARMLESS = {".csv", ".gif", ".heic", ".txt", ".webp", ".xls", ".xlsx", ".zip"}
#: What has no place in a name: ways to folders, signs that end a header, what cannot be seen.
_NO_NAME = re.compile(r"[\x00-\x1f\x7f\"\\/:*?<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


class TooLarge(ValueError):
    """More bytes than the provider takes. `most`: how many it takes."""

    def __init__(self, most: int) -> None:
        super().__init__(str(most))
        self.most = most


class NotTaken(ValueError):
    """It is none of the kinds that can be sent, whatever it is called."""


@dataclass(frozen=True)
class Limits:
    """Bytes a provider takes of one picture and of one file."""

    image: int
    file: int


@dataclass(frozen=True)
class Attached:
    """A picture or file that was looked at."""

    kind: str  # image, file
    name: str
    media_type: str
    data: bytes
    width: int | None = None
    height: int | None = None


def read(name: str, raw: bytes, limits: Limits) -> Attached:
    """The picture or file to be sent. Of a picture only what draws it is kept: no place, no time.
    Raises TooLarge, NotTaken."""
    media_type = type_of(raw)
    if media_type in ("image/jpeg", "image/png"):
        return _picture(name, raw, limits.image)
    if media_type not in SUFFIX:
        raise NotTaken(media_type)
    if len(raw) > limits.file:
        raise TooLarge(limits.file)
    return Attached(FILE, called(name, media_type), media_type, raw)


def _picture(name: str, raw: bytes, most: int) -> Attached:
    if len(raw) > most:
        raise TooLarge(most)
    try:
        found = pictures.read(raw, largest=most)
    except pictures.NotAPicture as error:
        raise NotTaken("image") from error
    named = called(name, found.media_type)
    return Attached(IMAGE, named, found.media_type, found.data, found.width, found.height)


def hers(kind: str, name: str, raw: bytes) -> Attached:
    """What a patient sent: kept whole, also where nobody knows what it is; shown as a picture only
    when it is one. Never raises."""
    try:
        if type_of(raw) in ("image/jpeg", "image/png"):
            return _picture(name, raw, len(raw))
    except NotTaken:
        return Attached(FILE, called(name, UNKNOWN), UNKNOWN, raw)
    media_type = type_of(raw)
    return Attached(FILE, called(name, media_type), media_type, raw)


def type_of(raw: bytes) -> str:
    """What bytes are; UNKNOWN for what is none of ours."""
    if raw.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if raw.startswith(b"%PDF-"):
        return PDF
    if raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") and _WORD_STREAM in raw:
        return DOC
    return DOCX if raw.startswith(b"PK\x03\x04") and _is_docx(raw) else UNKNOWN


def _is_docx(raw: bytes) -> bool:
    """A Word document without programs in it."""
    try:
        names = set(zipfile.ZipFile(io.BytesIO(raw)).namelist())
    # NotImplementedError is zipfile's own, for a file of a version newer than it can unpack
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return "word/document.xml" in names and "word/vbaProject.bin" not in names


def called(name: str, media_type: str) -> str:
    """A name without ways and signs, whose end says what it is."""
    plain = PurePosixPath(_NO_NAME.sub(" ", name.rpartition("/")[2].rpartition("\\")[2]))
    stem, end = plain.stem, plain.suffix.lower()
    suffix = SUFFIX.get(media_type) or (end if end in _HARMLESS else ".bin")
    return f"{' '.join(stem.split())[:_LONGEST_NAME].strip(' .') or 'tep'}{suffix}"


def size_word(n: int) -> str:
    """Bytes as people read them: "340 KB", "1,2 MB"."""
    if n < 1_000_000:
        return f"{max(n // 1000, 1)} KB"
    return f"{n / 1_000_000:.1f}".rstrip("0").rstrip(".").replace(".", ",") + " MB"
