"""Pictures that are uploaded: taken apart, and only what draws them is kept. Pure.

Place, time, camera, previews and anything written beside the picture go, and so does whatever
follows its end. Of a JPEG only the way it is turned stays, since phones note it there. What
cannot be taken apart is refused.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

#: Bytes, and points along a side.
LARGEST = 2 * 1024 * 1024
WIDEST = 6000
_PNG = b"\x89PNG\r\n\x1a\n"
#: Chunks that draw: size, colours, transparency, points, end.
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"IDAT", b"IEND"}
_SIZES = {0xC0, 0xC1, 0xC2}  # frames a browser draws: baseline, extended, progressive
#: Segments that draw: tables, restart marks, frames, and Adobe's note on colours.
_JPEG_KEPT = {0xC4, 0xDB, 0xDD, 0xEE} | _SIZES
_SCAN, _END, _EXIF = 0xDA, 0xD9, 0xE1


class NotAPicture(ValueError):
    """It is no JPEG or PNG that can be taken apart, or it is too large."""


@dataclass(frozen=True)
class Picture:
    """A picture without anything but itself."""

    data: bytes
    media_type: str
    width: int
    height: int


def read(raw: bytes, *, largest: int = LARGEST) -> Picture:
    """The picture in these bytes, of at most so many. Raises NotAPicture."""
    if len(raw) > largest:
        raise NotAPicture("too large")
    try:
        if raw.startswith(_PNG):
            found = _png(raw)
        elif raw.startswith(b"\xff\xd8\xff"):
            found = _jpeg(raw)
        else:
            raise NotAPicture("neither JPEG nor PNG")
    except (struct.error, IndexError) as error:
        raise NotAPicture("cut short") from error
    if not (0 < found.width <= WIDEST and 0 < found.height <= WIDEST):
        raise NotAPicture("too wide")
    return found


def _png(raw: bytes) -> Picture:
    kept, at, size = [_PNG], len(_PNG), (0, 0)
    while True:
        length, kind = struct.unpack_from(">I4s", raw, at)
        chunk = raw[at : at + 12 + length]
        if len(chunk) != 12 + length:
            raise NotAPicture("cut short")
        (crc,) = struct.unpack(">I", chunk[-4:])
        if zlib.crc32(chunk[4:-4]) != crc:
            raise NotAPicture("damaged")
        if kind == b"IHDR":
            size = struct.unpack_from(">II", chunk, 8)
        if kind in _PNG_KEPT:
            kept.append(chunk)
        at += 12 + length
        if kind == b"IEND":
            return Picture(b"".join(kept), "image/png", *size)


def _jpeg(raw: bytes) -> Picture:
    tables: list[bytes] = []
    at, size, turned = 2, (0, 0), 1
    while raw[at + 1] != _END:
        if raw[at] != 0xFF:
            raise NotAPicture("damaged")
        mark = raw[at + 1]
        if mark == 0xFF:  # filling between segments
            at += 1
            continue
        (length,) = struct.unpack_from(">H", raw, at + 2)
        segment = raw[at : at + 2 + length]
        if length < 2 or len(segment) != 2 + length:
            raise NotAPicture("cut short")
        at += 2 + length
        if mark == _EXIF:
            turned = _orientation(segment[4:]) or turned
        if mark in _SIZES:
            height, width = struct.unpack_from(">HH", segment, 5)
            size = (width, height)
        if mark == _SCAN:
            end = _scan_end(raw, at)
            segment += raw[at:end]
            at = end
        if mark in _JPEG_KEPT or mark == _SCAN:
            tables.append(segment)
    head = b"\xff\xd8" + (_turn(turned) if turned != 1 else b"")
    return Picture(head + b"".join(tables) + b"\xff\xd9", "image/jpeg", *size)


def _scan_end(raw: bytes, at: int) -> int:
    """Where the drawn part ends: at a mark that is neither a restart nor a stuffed byte."""
    while True:
        at = raw.find(b"\xff", at)
        if at < 0:
            raise NotAPicture("cut short")
        following = raw[at + 1]
        if following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        elif following == 0xFF:
            at += 1
        else:
            return at


def _orientation(exif: bytes) -> int:
    """How the picture is turned, 1 to 8; 0 where it is not said."""
    if not exif.startswith(b"Exif\0\0"):
        return 0
    tiff = exif[6:]
    order = "<" if tiff.startswith(b"II") else ">"
    try:
        (at,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, at)
        for n in range(min(entries, 64)):
            tag, _kind, _count, value = struct.unpack_from(order + "HHIH", tiff, at + 2 + 12 * n)
            if tag == 0x0112:
                return int(value) if 1 <= value <= 8 else 0
    except struct.error:
        return 0
    return 0


def _turn(orientation: int) -> bytes:
    """An EXIF segment that says how the picture is turned, and nothing else."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
