"""What changes is noted by the database: who, when, which columns, in the clinic's own schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django_tenants.utils import schema_context

from clinics import acting, clock, opening, trail
from clinics.models import AuditEntry, ChangeEvent, Role, Service
from clinics.public import Branch, audit, places, staff
from patients.public import BasisKind, Patient, imports, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch(clinic: Any) -> Branch:
    return places.open_branch(code="q3", name="Quận 3", hotline="+842873006868")


def changes(table: str) -> list[ChangeEvent]:
    return list(ChangeEvent.objects.filter(kind=table).order_by("id"))


def test_every_tracked_table_has_its_triggers_in_every_schema(clinic: Any) -> None:
    with connection.cursor() as cursor:
        for schema in ("an_tam", "mai_lan", opening.READY):
            cursor.execute(
                "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE c.relnamespace = %s::regnamespace AND tgname LIKE 'track\\_%%' GROUP BY 1",
                [schema],
            )
            assert dict(cursor.fetchall()) == dict.fromkeys(trail.TRACKED, 3)


def test_what_is_made_changed_and_deleted_is_noted(branch: Branch) -> None:
    service = Service.objects.create(code="scaling", name="Cạo vôi", price=300_000)
    Service.objects.filter(pk=service.pk).update(price=350_000)
    Service.objects.filter(pk=service.pk).update(price=350_000)  # nothing changed
    service.delete()
    noted = changes("clinics_service")
    assert [one.deed for one in noted] == ["insert", "update", "delete"]
    assert {one.object_id for one in noted} == {service.id or noted[0].object_id}
    assert noted[1].fields == ["price"] and noted[1].before == {"price": 300_000}
    assert (noted[2].before or {})["name"] == "Cạo vôi"
    assert noted[0].actor_id is None and noted[0].source == ""


def test_a_mass_update_is_noted_row_by_row(branch: Branch) -> None:
    Service.objects.bulk_create(
        Service(code=f"s{number}", name="x", price=number) for number in range(30)
    )
    Service.objects.update(price=7)
    updates = [one for one in changes("clinics_service") if one.deed == "update"]
    assert len(updates) == 29  # one cost 7 before
    assert sorted((one.before or {})["price"] for one in updates) == [
        n for n in range(30) if n != 7
    ]


def test_an_import_is_one_row_a_statement(branch: Branch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('crm.batch', 'import', true)")
    Service.objects.bulk_create(Service(code=f"s{n}", name="x") for n in range(30))
    (noted,) = changes("clinics_service")
    assert (noted.rows, noted.batch, noted.object_id) == (30, "import", None)


def test_a_file_that_is_brought_in_is_noted_by_its_batch(branch: Branch, tmp_path: Path) -> None:
    path = tmp_path / "lich.csv"
    rows = [
        f"P{n},Lê Thị {n},09034182{n:02},A{n},2026-05-01,09:30,2026-04-28,Quận 3,no_show"
        for n in range(10, 30)
    ]
    header = "patient,full_name,phone,appointment,on_date,start,booked_at,branch,outcome"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    result = imports.run(path=path, kind="appointments", basis_text="care-2026-01")
    assert result.created == 20
    for table in ("patients_patient", "patients_appointment", "patients_basis"):
        noted = changes(table)
        assert sum(one.rows for one in noted if one.deed == "insert") == 20
        assert len(noted) < 5 and {one.batch for one in noted} == {"import"}
    people.rename(patient=Patient.objects.all()[0], full_name="Lê Thị Mai")
    assert changes("patients_patient")[-1].batch == ""  # back to row by row


def test_each_clinic_keeps_its_own(branch: Branch, other_clinic: Any) -> None:
    before = ChangeEvent.objects.count()
    with schema_context(other_clinic.schema_name):
        places.open_branch(code="hue", name="Huế", hotline="+842873006868")
        assert changes("clinics_branch")[-1].deed == "insert"
    assert ChangeEvent.objects.count() == before


def test_a_write_names_who_and_which_request(
    client_for: Callable[..., Client], branch: Branch
) -> None:
    client = client_for("reception")
    answer = client.post(
        "/patients/new/",
        {"branch": str(branch.uid), "full_name": "Đặng Thu Trang", "phone": "0903418276",
         "salutation": "chị", "basis": "care_relation"},
    )  # fmt: skip
    assert answer.status_code in (200, 302), answer.content
    (noted,) = changes("patients_patient")
    assert noted.actor_id == client.staff.pk  # type: ignore[attr-defined]
    assert noted.source == "web" and len(noted.request) == 12
    assert abs((noted.happened_at - clock.now()).total_seconds()) < 60  # the product's clock
    assert changes("patients_patientcontactpoint")[0].patient_id == noted.patient_id
    assert {one.request for one in changes("patients_contactpoint")} == {noted.request}


def test_who_wrote_last_is_not_who_writes_next(branch: Branch) -> None:
    person = staff.hire(username="lan", password=None, full_name="Lan", role=Role.RECEPTION)
    with transaction.atomic():
        with acting.within("web"):
            acting.admitted(person.pk)
            Service.objects.create(code="a", name="a")
        Service.objects.create(code="b", name="b")
    assert [one.actor_id for one in changes("clinics_service")] == [person.pk, None]


def test_due_work_is_noted_as_the_products_own(branch: Branch) -> None:
    with acting.within("task"):
        Service.objects.create(code="a", name="100% 'gốm'")
    (noted,) = changes("clinics_service")
    assert (noted.source, noted.actor_id) == ("task", None)


def test_a_list_that_was_seen_is_one_row_of_ids(branch: Branch) -> None:
    person = staff.hire(username="lan", password=None, full_name="Lan", role=Role.RECEPTION)
    whose = [branch.uid, person.uid]
    audit.saw(what="list", actor=person, subjects=whose, note="25 of 300")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.subjects, entry.subject) == ("list.seen", whose, None)
    assert audit.saw(what="list", actor=person, subjects=[]) is None


def test_pages_and_scripts_note_whose_records_were_shown(
    client_for: Callable[..., Client], branch: Branch
) -> None:
    from_desk = client_for("reception")
    hers = people.register(
        branch=branch, full_name="Đặng Thu Trang", phone="0903418276", salutation="chị",
        basis=BasisKind.CARE_RELATION, text_version="care-2026-01", by=None,
    )  # fmt: skip
    other = people.register(
        branch=branch, full_name="Đặng Văn Hải", phone="0903418277",
        basis=BasisKind.CARE_RELATION, text_version="care-2026-01", by=None,
    )  # fmt: skip
    from_desk.get(f"/patients/{hers.uid}/")
    from_desk.get("/search/", {"q": "dang"})
    from_desk.get("/search/", {"q": "nobody of this name"})
    from_desk.get("/patients/")
    from_desk.post(f"/patients/{hers.uid}/phones/")
    from_desk.get(f"/api/v1/patients/{hers.uid}/")
    seen = list(AuditEntry.objects.order_by("id"))
    assert [one.verb for one in seen] == [
        "patient.seen", "search.seen", "list.seen", "phone.revealed", "api.seen"
    ]  # fmt: skip
    assert {one.actor_id for one in seen} == {from_desk.staff.pk}  # type: ignore[attr-defined]
    assert [one.subject for one in seen] == [hers.uid, None, None, hers.uid, hers.uid]
    assert {*(seen[1].subjects or [])} == {hers.uid, other.uid} == {*(seen[2].subjects or [])}
    assert len({one.request for one in seen}) == 5
    assert not any("Trang" in one.note or "0903" in one.note for one in seen)
