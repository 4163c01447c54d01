"""Bringing in files: what is read, what is refused, what is kept and what is set aside."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinics.public import Branch
from patients.public import (
    Appointment,
    Basis,
    ContactPoint,
    ImportBatch,
    Outcome,
    Patient,
    Treatment,
    Visit,
    appointments,
    basis,
    events,
    imports,
    people,
)
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


def reasons(result: imports.ImportResult) -> dict[int, str]:
    return dict(result.set_aside[imports.REASON])


def test_rows_become_appointments_patients_and_numbers(file: Any) -> None:
    assert numbers(bring(file(ANN, BAO))) == (2, 2, 0, 0, 0)
    first, second = Appointment.objects.order_by("external_id")
    assert first.during.lower == records.at("2026-05-01T09:30")
    assert (first.outcome, first.outcome_at) == ("no_show", records.at("2026-05-01T23:59"))
    assert first.booked_at == first.recorded_at == records.at("2026-04-28T10:00")
    assert second.booked_at == records.at("2026-05-30T08:00")  # the written clock, whatever Z says
    assert (second.outcome, second.status) == (None, "booked")
    her = Patient.objects.get(external_id="P1")
    assert (her.gender, her.age_years, str(her.age_on)) == ("F", 31, "2026-05-01")
    branches = list(Branch.objects.all())
    assert [one.name for one in people.find("dang an", branches=branches)] == ["Đặng Thị An"]
    assert [one.name for one in people.find("8276", branches=branches)] == ["Đặng Thị An"]


def test_the_language_is_read_corrected_and_given_back(file: Any) -> None:
    header = "patient,full_name,phone,branch,ngon ngu"
    rows = ("P1,John Smith,,Quận 3,Tiếng Anh", "P2,Lê Bảo,,Quận 3,", "P3,Vũ An,,Quận 3,klingon")
    first = bring(file(*rows, header=header), kind="patients")
    assert "The language klingon" in reasons(first)[4]
    assert spoken() == {"P1": "en", "P2": "vi"}
    again = bring(file(rows[0].replace("Tiếng Anh", ""), rows[1] + "EN", header=header), "patients")
    assert spoken() == {"P1": "en", "P2": "en"}  # an empty cell never erases
    assert again.batch is not None
    imports.undo(again.batch.uid)
    assert spoken() == {"P1": "en", "P2": "vi"}


def spoken() -> dict[str | None, str]:
    return dict(Patient.objects.values_list("external_id", "language"))


def test_imports_tell_no_news(file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def shout(news: object) -> None:
        raise AssertionError(news)

    for name in ("appointment_booked", "appointment_ended", "basis_changed"):
        monkeypatch.setattr(getattr(events, name), "_handlers", [shout])
    bring(file(ANN, BAO), basis_text="care-1")
    assert Appointment.objects.count() == 2


def test_the_same_file_again_writes_nothing(file: Any) -> None:
    first = bring(file(ANN, BAO), basis_text="care-1")
    before = list(Appointment.objects.order_by("pk").values())
    again = bring(file(ANN, BAO), basis_text="care-1")
    assert numbers(again) == (2, 0, 0, 2, 0)
    assert (again.batch, again.batches, again.basis_noted) == (first.batch, [first.batch], 0)
    assert list(Appointment.objects.order_by("pk").values()) == before
    assert ImportBatch.objects.count() == 1


def test_a_corrected_row_is_updated_and_given_back_by_undo(file: Any) -> None:
    bring(file(ANN, BAO))
    moved = ANN.replace("no_show", "on_time").replace("01/05/2026", "02/05/2026")
    renamed = moved.replace("Đặng Thị An", "Đặng Thị Anh")
    second = bring(file(renamed, BAO))
    assert numbers(second) == (2, 0, 1, 1, 0)
    assert second.patients_updated == 1
    row = Appointment.objects.get(external_id="A1")
    assert (row.outcome, row.status, str(row.on_date)) == ("on_time", "done", "2026-05-02")
    branches = list(Branch.objects.all())
    assert people.find("anh", branches=branches)
    assert second.batch is not None
    undone = imports.undo(second.batch.uid)
    assert (undone.appointments, undone.patients) == (0, 0)
    row.refresh_from_db()
    assert (row.outcome, row.status, str(row.on_date)) == ("no_show", "booked", "2026-05-01")
    assert str(row.patient) == "Đặng Thị An"


def test_an_empty_cell_erases_nothing_that_is_known(file: Any) -> None:
    bring(file(BAO))
    slot = Appointment.objects.get()
    appointments.cancel(slot, "bận")
    people.add_phone(patient=slot.patient, phone="0912345678")
    assert numbers(bring(file(BAO))) == (1, 0, 0, 1, 0)
    slot.refresh_from_db()
    assert slot.outcome == Outcome.CANCELLED
    assert ContactPoint.objects.count() == 1


def test_undo_voids_what_came_and_coming_again_brings_it_back(file: Any) -> None:
    elsewhere = records.patient(Branch.objects.get(), "Trần Cũ", "")
    first = bring(file(ANN, BAO), basis_text="care-1")
    assert first.batch is not None
    kept = Patient.objects.get(external_id="P2")
    records.slot(kept, "2026-06-09T09:00")
    undone = imports.undo(first.batch.uid)
    assert (undone.appointments, undone.patients) == (2, 1)
    assert imports.undo(first.batch.uid).appointments == 0
    live = set(Patient.objects.filter(voided_at__isnull=True))
    assert live == {elsewhere, kept}
    assert not basis.verdicts([kept.pk], "care")[kept.pk]["sms"].allowed
    again = bring(file(ANN, BAO), basis_text="care-1")
    assert numbers(again) == (2, 2, 0, 0, 0)
    assert basis.verdicts([kept.pk], "care")[kept.pk]["sms"].allowed
    assert Appointment.objects.filter(external_id__isnull=False).count() == 2


def test_the_care_relation_never_overrules_a_refusal(file: Any) -> None:
    bring(file(ANN, BAO))
    her = Patient.objects.get(external_id="P1")
    basis.refuse(patient=her, purpose="care")
    result = bring(file(ANN, BAO), basis_text="care-1")
    assert result.basis_noted == 1
    assert Basis.objects.get(kind="care_relation").patient.external_id == "P2"
    assert bring(file(ANN, BAO), basis_text="care-1").basis_noted == 0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("P1", "", "No patient number"),
        ("A1", "", "no number of its own"),
        ("01/05/2026", "32/05/2026", "The day 32/05/2026 cannot be read"),
        ("01/05/2026", "", "no day"),
        ("01/05/2026", "27/04/2026", "(27/04/2026) is before the day it was booked (28/04/2026)"),
        ("09:30", "25:77", "The hour 25:77"),
        ("2026-04-28 10:00", "hôm qua", "The time of booking hôm qua"),
        ("no_show", "maybe", "The outcome maybe"),
        ("Nữ", "khác", "The gender khác"),
        (",31", ",-1", "The age -1 is below zero."),
        (",31", ",131", "Nobody is 131 years old."),
        (",31", ",30.5", "no whole number"),
        (",31", ",abc", "The age abc is no number"),
        ("0903418276", "090341827", "one digit short"),
        ("Quận 3", "Quận 33", "no branch called Quận 33"),
        ("Quận 3", "", "no branch"),
        (",31", ",31,extra", "more cells"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_line_and_reason(
    file: Any, old: str, new: str, says: str
) -> None:
    result = bring(file(BAO, ANN.replace(old, new, 1)))
    assert numbers(result) == (2, 1, 0, 0, 1)
    assert list(result.set_aside.index) == [3]
    assert says in reasons(result)[3]
    assert not Patient.objects.filter(external_id="P1").exists()


def test_the_same_number_twice_in_a_file_is_kept_once(file: Any) -> None:
    assert "line 2 already" in reasons(bring(file(ANN, ANN)))[3]
    assert Appointment.objects.count() == 1


def test_booked_and_kept_on_the_same_day_is_no_error(file: Any) -> None:
    same_day = ANN.replace("2026-04-28 10:00", "2026-05-01T23:00:00Z")
    assert numbers(bring(file(same_day))) == (1, 1, 0, 0, 0)


def test_imported_double_bookings_are_let_through_and_marked(file: Any) -> None:
    dentist = records.dentist(Branch.objects.get())
    header = "patient,appointment,on_date,start,branch,dentist"
    lines = [f"P{n},A{n},2026-06-09,09:{n}0,Quận 3,BS. {dentist.full_name}" for n in range(4)]
    strange = "P9,A9,2026-06-09,09:00,Quận 3,BS. Ai Đó"
    result = bring(file(*lines, strange, header=header))
    assert reasons(result) == {6: "Nobody here is called BS. Ai Đó."}
    marked = Appointment.objects.order_by("external_id").values_list("overbooked", flat=True)
    assert list(marked) == [False, True, True, True]


def test_branches_are_made_only_when_the_mapping_says_so(file: Any, tmp_path: Path) -> None:
    columns = {name: name for name in HEADER.split(",")}
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps({"columns": columns, "create_branches": True}))
    elsewhere = BAO.replace("Quận 3", "Thủ Đức")
    assert numbers(bring(file(ANN, elsewhere), mapping=mapping)) == (2, 2, 0, 0, 0)
    assert set(Branch.objects.values_list("name", "code")) == {
        ("Quận 3", "quận-3"),
        ("Thủ Đức", "thu-duc"),
    }


def test_patients_treatments_and_visits_come_in_too(file: Any) -> None:
    branch = Branch.objects.get()
    dentist = records.dentist(branch)
    records.service("implant", single_visit=False)
    listed = file(
        "KH1,Trần Thị Hoa,0912 345 678,2/3/1990,Quận 3", "KH2,Lê Tư,,,Quận 3",
        header="Mã khách hàng,Họ và tên,SĐT,Ngày sinh,Chi nhánh",
    )  # fmt: skip
    assert numbers(bring(listed, kind="patients")) == (2, 2, 0, 0, 0)
    assert str(Patient.objects.get(external_id="KH1").birth_date) == "1990-03-02"
    assert numbers(bring(listed, kind="patients")) == (2, 0, 0, 2, 0)

    done = file(
        f"KH1,T1,10/05/2026,implant,{dentist.user.username},36,15000000,Quận 3",
        f"KH1,T2,10/05/2026,implant,{dentist.user.username},99,0,Quận 3",
        header="patient,treatment,on_date,service,dentist,tooth,agreed_value,branch",
    )
    result = bring(done, kind="treatments")
    assert numbers(result) == (2, 1, 0, 0, 1)
    assert numbers(bring(done, kind="treatments")) == (2, 0, 0, 1, 1)
    treatment = Treatment.objects.get()
    assert (treatment.status, treatment.tooth, treatment.agreed_value) == ("signed", 36, 15000000)
    assert treatment.episode.closed_at is None

    came = file(
        "KH1,10/05/2026,Quận 3", "KH1,10/05/2026,Quận 3",
        header="patient,on_date,branch", name="den.csv",
    )  # fmt: skip
    assert bring(came, kind="visits").created == 1
    assert bring(came, kind="visits").created == 0
    assert Visit.objects.get().is_return
    assert result.batch is not None
    assert imports.undo(result.batch.uid).treatments == 1
    treatment.refresh_from_db()
    assert (treatment.status, treatment.episode.voided_at is None) == ("voided", False)
    assert bring(done, kind="treatments").created == 1


def test_the_command_says_what_it_did_and_a_dry_run_writes_nothing(
    file: Any, tmp_path: Path
) -> None:
    aside = tmp_path / "aside.csv"
    bad = ANN.replace(",31", ",-1")
    said = command(file(bad, BAO), "--dry-run", "--basis", "care-1", "--set-aside", str(aside))
    for line in ("read: 2", "created: 1", "unchanged: 0", "set aside: 1", "basis noted: 1"):
        assert line in said
    assert not Appointment.objects.exists()
    assert not ImportBatch.objects.exists()
    written = aside.read_text(encoding="utf-8-sig").splitlines()
    assert written[0] == "line,reason," + HEADER
    assert written[1].startswith("2,The age -1 is below zero.,P1,")
    assert written[1].endswith(",'-1")  # a cell that could run as a formula is held down
    fixed = aside.read_text(encoding="utf-8-sig").replace("'-1", "31")
    aside.write_text(fixed, encoding="utf-8")
    assert "created: 1" in command(aside)


def test_the_command_refuses_in_words(file: Any, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no clinic"):
        call_command("import_data", "--clinic", "nowhere", "--kind", "patients", "x.csv")
    with pytest.raises(CommandError, match="no readable file"):
        command(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="no import"):
        call_command("import_data", "--clinic", "an_tam", "--undo", "x")
    with pytest.raises(CommandError, match="--kind"):
        call_command("import_data", "--clinic", "an_tam")


def command(path: Path, *more: str) -> list[str]:
    out = io.StringIO()
    call_command(
        "import_data", "--clinic", "an_tam", "--kind", "appointments", str(path), *more, stdout=out
    )
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nothing", "not JSON"),
        ("[]", "columns"),
        ('{"columns": {"shoe": "a"}}', "shoe"),
        ('{"kind": "shoes", "columns": {}}', "shoes"),
        ('{"kind": "visits", "columns": {"patient": "patient"}}', "for visits"),
        ('{"columns": {"patient": "Code"}}', "no column Code"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(
    file: Any, tmp_path: Path, text: str, says: str
) -> None:
    mapping = tmp_path / "map.json"
    mapping.write_text(text)
    with pytest.raises(imports.ImportRefused, match=says):
        bring(file(ANN), mapping=mapping)
