"""Records for scripts: shape and rights."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from clinics.public import Branch
from clinics.registry.models import Clinic
from patients.public import Patient
from tests.patients import records

pytestmark = pytest.mark.django_db
Clients = Callable[..., Client]


def test_a_patient_with_her_phone_masked(client_for: Clients, trang: Patient) -> None:
    answer = client_for("reception").get(f"/api/v1/patients/{trang.uid}/")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["full_name"], said["called"]) == ("Đặng Thị Thu Trang", "chị Trang")
    assert said["phones"] == [{"masked": "0903 ••• 276", "relation": "", "can_sms": True}]
    assert "0903418276" not in answer.content.decode()


def test_an_appointment(client_for: Clients, home: Branch, trang: Patient) -> None:
    slot = records.slot(trang, "2026-06-01T15:30", dentist=records.dentist(home))
    said = client_for("assistant").get(f"/api/v1/appointments/{slot.uid}/").json()
    assert said["start"].startswith("2026-06-01T15:30:00")
    assert (said["status"], said["outcome"], said["dentist"]) == ("booked", "", "BS. Khôi")


def test_what_is_not_hers_is_not_there(
    client_for: Clients, trang: Patient, other_clinic: Clinic
) -> None:
    slot = records.slot(trang, "2026-06-01T15:30")
    far = records.branch("Thủ Đức")
    stranger = client_for("reception", branches=[far])
    assert stranger.get(f"/api/v1/patients/{trang.uid}/").status_code == 404
    assert stranger.get(f"/api/v1/appointments/{slot.uid}/").status_code == 404
    with schema_context(other_clinic.schema_name):
        foreign = records.patient(records.branch("Mai Lan"), "Trần Thị Khác", "0912345678")
    assert client_for("owner").get(f"/api/v1/patients/{foreign.uid}/").status_code == 404


def test_rights(client_for: Clients, trang: Patient) -> None:
    slot = records.slot(trang, "2026-06-01T15:30")
    assert client_for(None).get(f"/api/v1/patients/{trang.uid}/").status_code in (401, 403)
    assert client_for("marketing").get(f"/api/v1/appointments/{slot.uid}/").status_code == 403
