"""Lists taken out as files: what leaves is said first, is text, and is noted without values."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from clinics.models import AuditEntry
from kpi import export, leakwatch, refresh
from kpi.models import LeakCase, LeakRecord
from patients.public import Patient, people
from tests.kpi.facts import Day, Facts
from tests.kpi.test_pages import text

TODAY = Day(2026, 6, 1)
Signed = Callable[..., Client]


def sheet(answer: Any) -> list[list[Any]]:
    """The rows of the file that was streamed."""
    assert answer.status_code == 200
    assert answer.streaming
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.getvalue()))
    return book.get_sheet_by_index(0).to_python()


@pytest.fixture
def year(facts: Facts) -> Facts:
    """Four people seen 300 days ago; one came again; one has a name that is a formula."""
    names = ("Lê Thu Trang", "=HYPERLINK(1)", "Vũ Quang Hiếu", "@SUM(A1)")
    for n, name in enumerate(names):
        patient = facts.patient(name, branch=facts.branches[n % 2], salutation="")
        people.add_phone(patient=patient, phone=f"090341827{n}")
        people.rename(patient=patient, full_name=name)  # found by it
        facts.plan(patient, TODAY - dt.timedelta(days=300))
        if n == 0:
            facts.plan(patient, TODAY - dt.timedelta(days=200))
    refresh.refresh_due()
    return facts


def test_the_people_of_a_number(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    address = "/numbers/revisit/export/?months=12&role=not_counted"
    assert (
        "/numbers/revisit/export/?months=12&amp;role=not_counted"
        in client.get("/numbers/revisit/?months=12&role=not_counted").content.decode()
    )
    said = text(client, address)
    assert "3 dòng sẽ ra khỏi phòng khám trong một tệp Excel" in said
    assert "Khách, Số điện thoại, Mã hồ sơ, Dịch vụ, Ngày, Từ đó đến nay, Chi nhánh" in said
    assert not AuditEntry.objects.filter(verb="list.exported").exists()  # looking takes nothing
    head, *rows = sheet(client.post(address))
    assert head[:2] == ["Khách", "Số điện thoại"]
    assert {tuple(row[:2]) for row in rows} == {
        ("'=HYPERLINK(1)", "0903 418 271"),
        ("Vũ Quang Hiếu", "0903 418 272"),
        ("'@SUM(A1)", "0903 418 273"),
    }
    assert {row[4] for row in rows} == {TODAY - dt.timedelta(days=300)}
    assert {row[6] for row in rows} == {"Quận 3", "Thủ Đức"}
    entry = AuditEntry.objects.get(verb="list.exported")
    assert entry.note == "revisit: not_counted  2024-12-03..2026-06-01, 3 rows"
    assert len(entry.subjects or []) == 3
    assert entry.actor_id == client.staff.pk  # type: ignore[attr-defined]


def test_it_holds_the_list_that_is_shown(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    query = "months=12&role=not_counted&q=hieu"
    _head, *rows = sheet(client.post(f"/numbers/revisit/export/?{query}"))
    assert [row[0] for row in rows] == ["Vũ Quang Hiếu"]
    assert "hieu" not in AuditEntry.objects.get(verb="list.exported").note
    branch = f"branch={year.branches[1].uid}&months=12&role=not_counted"
    _head, *rows = sheet(client.post(f"/numbers/revisit/export/?{branch}"))
    assert {row[6] for row in rows} == {"Thủ Đức"}
    empty = client.post("/numbers/revisit/export/?months=12&role=missing")
    assert not empty.streaming
    assert "Chưa có ai trong danh sách này" in empty.content.decode()


def test_the_list_of_patients(year: Facts, client_for: Signed) -> None:
    client = client_for("manager")
    year.appointment(people_of("Vũ Quang Hiếu"), TODAY + dt.timedelta(days=3))
    assert 'href="/patients/export/?q=hieu"' in client.get("/patients/?q=hieu").content.decode()
    assert "4 dòng" in text(client, "/patients/export/")
    head, *rows = sheet(client.post("/patients/export/"))
    assert len(rows) == 4
    (hieu,) = [row for row in rows if row[0] == "Vũ Quang Hiếu"]
    assert hieu[head.index("Lịch hẹn tới")] == TODAY + dt.timedelta(days=3)
    assert hieu[1] == "0903 418 272"
    _head, *found = sheet(client.post("/patients/export/?q=quang"))
    assert [row[0] for row in found] == ["Vũ Quang Hiếu"]
    notes = AuditEntry.objects.filter(verb="list.exported").order_by("id")
    assert [row.note for row in notes] == [
        "patients: all, 4 rows", "patients: searched, 1 rows",
    ]  # fmt: skip


def people_of(name: str) -> Patient:
    return Patient.objects.get(full_name=name)


def test_who_may(year: Facts, client_for: Signed) -> None:
    for role in ("branch_manager", "reception", "care", "dentist", "marketing"):
        client = client_for(role)
        for path in ("/patients/export/", "/numbers/revisit/export/"):
            assert client.get(path).status_code == 403
            assert client.post(path).status_code == 403
    assert "/patients/export/" not in client_for("reception").get("/patients/").content.decode()
    assert client_for("owner").get("/numbers/colour/export/").status_code == 404


def test_a_file_is_a_case_to_be_looked_into(year: Facts, client_for: Signed) -> None:
    client = client_for("manager")
    client.post("/patients/export/")
    leakwatch.look_due()
    case = LeakCase.objects.get()
    assert (case.kind, case.actor_id) == ("export", client.staff.pk)  # type: ignore[attr-defined]
    assert LeakRecord.objects.filter(case=case).count() == 4
    said = text(client_for("owner"), "/numbers/data_leak/?part=suspected")
    assert "Nằm trong tệp" in said or "Xuất ra tệp" in said


@pytest.mark.parametrize(
    ("typed", "written"),
    [("=1+1", "'=1+1"), ("+84903", "'+84903"), ("-2", "'-2"), ("@x", "'@x"), ("\t=1", "'\t=1"),
     ("Lê = Thu", "Lê = Thu"), ("", "")],
)  # fmt: skip
def test_no_cell_is_a_formula(typed: str, written: str) -> None:
    assert export.plain(typed) == written


def test_as_many_statements_for_many(year: Facts, client_for: Signed) -> None:
    client = client_for("owner")

    def statements(path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            client.post(path).getvalue()
        return len(asked)

    paths = ("/patients/export/", "/numbers/revisit/export/?months=12&role=not_counted")
    for path in paths:
        statements(path)
    few = [statements(path) for path in paths]
    for _ in range(40):
        facts_patient = year.patient()
        people.add_phone(patient=facts_patient, phone="0903418299")
        year.plan(facts_patient, TODAY - dt.timedelta(days=300))
    refresh.refresh_due()
    assert [statements(path) for path in paths] == few
