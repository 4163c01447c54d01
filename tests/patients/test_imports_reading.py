"""What is read, in every form; and what is refused, by what it is."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from patients.public import ContactPoint, ImportBatch, imports
from tests.patients import records

pytestmark = pytest.mark.usefixtures("clinic", "english")

HEADER = "patient,full_name,phone,appointment,on_date,start,booked_at,branch,outcome,gender,age"
ANN = "P1,Đặng Thị An,0903418276,A1,01/05/2026,09:30,2026-04-28 10:00,Quận 3,no_show,Nữ,31"
BAO = "P2,Lê Bảo,,A2,2026-06-03,14h00,2026-05-30T08:00:00Z,Quận 3,,M,"


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(*lines: str, name: str = "lich.csv", header: str = HEADER) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    records.branch()
    return write


def bring(path: Path, kind: str = "appointments", **more: Any) -> imports.ImportResult:
    return imports.run(path=path, kind=kind, **more)


def numbers(result: imports.ImportResult) -> tuple[int, int, int, int, int]:
    return (
        result.read, result.created, result.updated, result.unchanged, len(result.set_aside),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"),
        ("a.xls", b"\n<html><table><tr><td>1</td></tr></table></html>", "web page"),
        ("a.csv", b"%PDF-1.7 ...", "PDF"),
        ("a.csv", b'{"a": 1}', "JSON"),
        ("a.csv", b"<?xml version='1.0'?><Workbook/>", "XML"),
        ("a.csv", b"  \n", "empty"),
        ("a.csv", "patient,branch\nThu Hà,x\n".encode("cp1258"), "UTF-8"),
        ("a.csv", b"\x00\x01\x02" * 50, "no text"),
        ("a.zip", b"PK\x03\x04broken", "damaged"),
        ("a.csv", b"a,a\n1,2\n", "Two columns"),
        ("a.csv", b"a,b\n1,2\n", "No column says"),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(imports.ImportRefused, match=says):
        bring(path)
    assert not ImportBatch.objects.exists()


def test_a_zip_with_two_tables_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b\n")
        archive.writestr("b.csv", "a,b\n")
    with pytest.raises(imports.ImportRefused, match="2 files"):
        bring(path)
    with pytest.raises(imports.ImportRefused, match="no readable file"):
        bring(tmp_path / "none.csv")


def excel(text: str) -> bytes:
    """A workbook with one sheet of text cells, the least that a spreadsheet program writes."""
    rows = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in line.split(","))
        + "</row>"
        for line in text.splitlines()
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    bundle = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{bundle}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{bundle}/relationships"><Relationship Id="r1" '
        f'Type="{links}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{links}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{bundle}/relationships">'
        f'<Relationship Id="r1" Type="{links}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData>'
        "</worksheet>",
    }
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return book.getvalue()


@pytest.mark.parametrize("form", ["tsv", "semicolon", "utf-16", "xlsx", "zip", "zipped xlsx"])
def test_the_same_table_in_every_form_we_read(file: Any, tmp_path: Path, form: str) -> None:
    plain = file(ANN, BAO)
    text = plain.read_text(encoding="utf-8")
    path = tmp_path / "other"
    if form == "tsv":
        path.write_text(text.replace(",", "\t"), encoding="utf-8")
    elif form == "semicolon":
        path.write_text("\ufeff" + text.replace(",", ";"), encoding="utf-8")
    elif form == "utf-16":
        path.write_text(text, encoding="utf-16")
    else:
        content = text.encode() if form == "zip" else excel(text)
        path.write_bytes(content)
        if form.startswith("zip"):
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("__MACOSX/._x", "litter")
                archive.writestr("inner/lich", content)
    assert numbers(bring(path)) == (2, 2, 0, 0, 0)
    assert ContactPoint.objects.get().value == "+84903418276"
    assert numbers(bring(plain)) == (2, 0, 0, 2, 0)
