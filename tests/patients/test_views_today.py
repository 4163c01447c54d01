"""Reception's day, by its addresses."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from clinics.registry.models import Clinic
from django.test import Client

from tests.patients import records

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(clinic: Clinic) -> object:
    return records.branch()


def test_the_day_shows_who_is_booked(client_for: Callable[..., Client], home: object) -> None:
    patient = records.patient(home)
    records.slot(patient, "2026-06-01T15:30", dentist=records.dentist(home))
    answer = client_for("reception").get("/today/", follow=True)
    assert answer.status_code == 200
    assert "Đặng Thị Thu Trang" in answer.content.decode()
