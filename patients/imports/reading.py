"""Opening a file as rows of text, or saying what it is and what to do instead. Pure.

A file is judged by what is in it, not by its name. Nothing is guessed about values here: a phone
keeps its zeros, a date its letters. See docs/imports/README.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from django.utils.translation import gettext as _
from python_calamine import CalamineError

MAX_BYTES = 500 * 1024 * 1024
LINE = "line"  # the index: the row's line in the file, as a spreadsheet counts them
_DELIMITERS = ",;\t|"
_ESCAPED = ("'=", "'+", "'-", "'@")  # what a set-aside file writes before a dangerous cell


class ImportRefused(Exception):
    """The file cannot be read as a table. The message says what it is and what to do."""


@dataclass(frozen=True)
class Sheet:
    """The rows of a file as text. `ragged` are lines with more cells than the header."""

    name: str
    sha256: str
    rows: pd.DataFrame
    ragged: pd.DataFrame


def read(path: Path) -> Sheet:
    """The file's rows, all cells text, indexed by their line. Raises ImportRefused."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ImportRefused(_("There is no readable file %(path)s.") % {"path": path}) from error
    sha256 = hashlib.sha256(content).hexdigest()
    rows, ragged = _table(_inner(content))
    return Sheet(name=path.name, sha256=sha256, rows=rows, ragged=ragged)


def _inner(content: bytes) -> bytes:
    """The one file inside a zip, or the file itself."""
    if not content.startswith(b"PK\x03\x04"):
        return content
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except zipfile.BadZipFile as error:
        raise ImportRefused(
            _("This zip file is damaged. Copy it again from where it came.")
        ) from error
    names = [name for name in archive.namelist() if not _is_litter(name)]
    if "[Content_Types].xml" in names:
        if any(name.startswith("xl/") for name in names):
            return content
        raise ImportRefused(
            _("This is a Word or PowerPoint document. Save the table as .xlsx or .csv.")
        )
    if len(names) != 1:
        raise ImportRefused(
            _("This zip holds %(count)s files. Put one table into it, or give the file itself.")
            % {"count": len(names)}
        )
    member = archive.getinfo(names[0])
    if member.flag_bits & 0x1:
        raise ImportRefused(_("This zip is locked by a password. Unpack it and give the file."))
    if member.file_size > MAX_BYTES:
        raise ImportRefused(_("This file is larger than 500 MB unpacked. Split it into parts."))
    return archive.read(member)


def _is_litter(name: str) -> bool:
    last = name.rsplit("/", 1)[-1]
    return not last or name.startswith("__MACOSX/") or last.startswith(".")


def _table(content: bytes) -> tuple[pd.DataFrame, pd.DataFrame]:
    if not content.strip():
        raise ImportRefused(_("This file is empty."))
    if content.startswith(b"PK\x03\x04"):
        return _excel(content)
    _refuse_others(content)
    return _text(_decoded(content))


def _refuse_others(content: bytes) -> None:
    """Say what a file is that is no table of ours."""
    head = content[:2048].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise ImportRefused(
            _(
                "This is an old Excel file (.xls), or one locked by a password. Open it in Excel, "
                "take the password away and save it as .xlsx."
            )
        )
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<head")):
        raise ImportRefused(
            _(
                "This is a web page that was named like a table. Open it in Excel and save it "
                "as .xlsx, or export CSV from the program it comes from."
            )
        )
    if head.startswith((b"<?xml", b"<")):
        raise ImportRefused(_("This is an XML file. Open it in Excel and save it as .xlsx."))
    if head.startswith((b"{", b"[{")):
        raise ImportRefused(_("This is a JSON file. Export CSV from the program it comes from."))
    for mark, name in _KINDS.items():
        if content.startswith(mark):
            raise ImportRefused(
                _("This is %(kind)s, not a table. Give a .csv, .tsv or .xlsx file.")
                % {"kind": name}
            )


_KINDS = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\x1f\x8b": "gzip",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip",
    b"SQLite format 3": "SQLite",
    b"PAR1": "Parquet",
    b"\x7fELF": "ELF",
}


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if b"\x00" in content[:4096]:
        raise ImportRefused(_("This is no text and no Excel file. Give a .csv, .tsv or .xlsx."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportRefused(
            _(
                "The letters of this file are written in an old way (not UTF-8), names would be "
                "spoilt. Open it in Excel and save it as CSV UTF-8 or .xlsx."
            )
        ) from error


def _text(text: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = _header(next(reader))
        lines, rows, extra_lines, extra = [], [], [], []
        begin = reader.line_num + 1
        for row in reader:
            if len(row) == len(header):
                lines.append(begin)
                rows.append(row)
            elif len(row) > len(header):
                extra_lines.append(begin)
                extra.append(row[: len(header)])
            elif any(row):  # spreadsheets leave out empty cells at the end
                lines.append(begin)
                rows.append(row + [""] * (len(header) - len(row)))
            begin = reader.line_num + 1
    except csv.Error as error:
        raise ImportRefused(
            _("Line %(line)s cannot be read: %(why)s.") % {"line": reader.line_num, "why": error}
        ) from error
    return _frame(rows, lines, header), _frame(extra, extra_lines, header)


def _frame(rows: list[list[str]], lines: list[int], header: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=header, index=pd.Index(lines, name=LINE), dtype="str")
    for column in frame.columns:
        marked = frame[column].str.startswith(_ESCAPED)
        if marked.any():
            frame.loc[marked, column] = frame.loc[marked, column].str[1:]
    return frame


def _header(cells: list[str]) -> list[str]:
    header = [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]
    double = {name for name in header if name and header.count(name) > 1}
    if double:
        raise ImportRefused(
            _("Two columns are called %(name)s. Give each its own name.")
            % {"name": ", ".join(sorted(double))}
        )
    if not any(header):
        raise ImportRefused(_("The first line has no column names."))
    return [name or f"#{place}" for place, name in enumerate(header, start=1)]


def _excel(content: bytes) -> tuple[pd.DataFrame, pd.DataFrame]:
    try:
        sheet = pd.read_excel(
            io.BytesIO(content), engine="calamine", header=None, dtype=str, na_filter=False
        )
    except (CalamineError, ValueError, OSError) as error:
        raise ImportRefused(
            _("This Excel file cannot be opened. Open it in Excel and save it again as .xlsx.")
        ) from error
    if sheet.empty:
        raise ImportRefused(_("This file is empty."))
    header = _header([str(cell) for cell in sheet.iloc[0]])
    rows = sheet.iloc[1:].astype("str")
    rows.columns = pd.Index(header)
    rows.index = pd.Index(range(2, len(rows) + 2), name=LINE)
    rows = rows[(rows != "").any(axis=1)]
    return rows, rows.iloc[:0]
