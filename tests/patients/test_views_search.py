"""The search under the top bar, the list of patients, writing down a new one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from clinics.public import Branch
from patients.public import Patient
from tests.patients import pages, records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


def test_a_name_is_found_without_accents_with_what_is_next(
    client_for: Clients, trang: Patient
) -> None:
    slot = records.slot(trang, "2026-06-01T15:30", service=records.service("scaling"))
    page = pages.text(pages.part(client_for("reception"), "/search/?q=thu+trang"))
    assert "Đặng Thị <mark>Thu Trang</mark>" in page
    assert "15:30 hôm nay · Scaling" in page
    assert "Chưa xác nhận" in page
    assert f'href="/patients/{trang.uid}/"' in page
    assert f'hx-post="/appointments/{slot.uid}/check-in/"' in page  # F9 on the chosen row


def test_a_part_of_a_phone_finds_her_and_stays_masked(client_for: Clients, trang: Patient) -> None:
    page = pages.text(pages.part(client_for("reception"), "/search/?q=8276"))
    assert "Đặng Thị Thu Trang" in page
    assert "0903 ••• 276" in page
    assert "0903418276" not in page
    assert "0903 418 276" not in page


def test_nobody_found_offers_to_write_her_down(client_for: Clients, home: Branch) -> None:
    page = pages.text(pages.part(client_for("reception"), "/search/?q=thu+trang"))
    assert "Chưa có ai tên “thu trang” hay số này. Tạo khách mới?" in " ".join(page.split())
    assert "/patients/new/?q=thu%20trang" in page
    assert "Tạo khách mới" not in pages.text(
        pages.part(client_for("dentist"), "/search/?q=thu+trang")
    )


def test_what_is_typed_is_shown_as_text(client_for: Clients, home: Branch) -> None:
    page = pages.text(pages.part(client_for("reception"), "/search/?q=<script>alert(1)</script>"))
    assert "<script>" not in page
    assert pages.text(pages.part(client_for("reception"), "/search/?q=")).strip() == ""


def test_six_hits_cost_as_many_statements_as_one(client_for: Clients, home: Branch) -> None:
    client = client_for("reception")
    records.slot(records.patient(home, "Lê Thu An", "0912000000"), "2026-06-01T08:00")
    pages.part(client, "/search/?q=thu")
    with pages.counted() as one:
        pages.part(client, "/search/?q=thu")
    for n in range(1, 6):
        who = records.patient(home, f"Lê Thu An {n}", f"091200000{n}")
        records.slot(who, f"2026-06-01T1{n}:00")
    with pages.counted() as six:
        page = pages.text(pages.part(client, "/search/?q=thu"))
    assert page.count('role="option"') == 6
    assert pages.statements(six) == pages.statements(one)


def test_the_list_pages_filters_and_counts(client_for: Clients, home: Branch) -> None:
    for n in range(30):
        records.patient(home, f"Nguyễn Văn {chr(65 + n % 26)}a{n:02d}", f"09120000{n:02d}")
    client = client_for("reception")
    first = pages.text(client.get("/patients/"))
    assert "30 khách" in first
    assert "1–25 trên 30 khách" in first
    second = pages.text(client.get("/patients/?page=2"))
    assert "26–30 trên 30 khách" in second
    found = pages.text(client.get("/patients/?q=va03"))
    assert "khớp “va03”" in found
    far = pages.text(client.get("/patients/?page=99&q="))
    assert "26–30" in far


def test_an_empty_list_says_what_to_do(client_for: Clients, home: Branch) -> None:
    client = client_for("reception")
    assert "Chưa có khách nào." in pages.text(client.get("/patients/"))
    page = pages.text(client.get("/patients/?q=ai+do"))
    assert "Chưa có ai tên “ai do” hay số này." in page


def test_fifty_patients_cost_as_many_statements_as_one(client_for: Clients, home: Branch) -> None:
    client = client_for("reception")
    records.patient(home, "Lê Thu An", "0912000000")
    client.get("/patients/")
    with pages.counted() as one:
        client.get("/patients/")
    for n in range(1, 50):
        records.patient(home, f"Lê Thu An {n}", f"09120000{n:02d}")
    with pages.counted() as fifty:
        client.get("/patients/")
    assert pages.statements(fifty) == pages.statements(one)


def test_a_new_patient_without_an_appointment(client_for: Clients, home: Branch) -> None:
    client = client_for("reception")
    typed = {"full_name": "Phạm Thu Hà", "phone": "09034", "branch": str(home.uid)}
    refused = pages.press(client, "/patients/new/", **typed)
    assert refused.status_code == 422
    assert "chữ số" in pages.text(refused)
    assert 'value="Phạm Thu Hà"' in pages.text(refused)
    typed["phone"] = "0903418999"
    answer = pages.press(client, "/patients/new/", **typed)
    made = Patient.objects.get()
    assert answer["HX-Redirect"] == f"/patients/{made.uid}/"
    assert made.basis_set.count() == 0  # nobody said that she was told


def test_rights_and_other_branches(client_for: Clients, trang: Patient) -> None:
    far = records.branch("Thủ Đức")
    stranger = client_for("reception", branches=[far])
    assert "Trang" not in pages.text(pages.part(stranger, "/search/?q=trang"))
    assert "Trang" not in pages.text(stranger.get("/patients/"))
    assert client_for("dentist").get("/patients/new/").status_code == 403
    assert client_for(None).get("/search/?q=trang").status_code == 302
