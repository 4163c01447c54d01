"""What a signature will start, shown before it is given."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from clinics.registry.models import Clinic
from followup import protocols
from followup.public import Contact
from tests.patients import pages
from tests.patients import records as people

pytestmark = pytest.mark.django_db


def test_an_implants_messages_in_order_and_nothing_is_written(
    clinic: Clinic, client_for: Callable[..., Client]
) -> None:
    home = people.branch()
    implant = people.service("implant", single_visit=False)
    protocols.install(approved_by=people.dentist(home))
    patient = people.patient(home)
    asked = f"/care/preview/?patient={patient.uid}&service={implant.uid}&done_at=2026-06-01T08:00"
    page = pages.text(pages.part(client_for("dentist"), asked))
    days = ["02/06 09:30", "04/06 09:30"]  # D1 and day 3, at the usual hour
    places = [page.index(day) for day in days]
    assert places == sorted(places)
    assert Contact.objects.count() == 0


def test_a_service_without_a_plan_says_so(
    clinic: Clinic, client_for: Callable[..., Client]
) -> None:
    home = people.branch()
    scaling, patient = people.service("scaling"), people.patient(home)
    asked = f"/care/preview/?patient={patient.uid}&service={scaling.uid}"
    page = pages.text(pages.part(client_for("dentist"), asked))
    assert "Dịch vụ này chưa có kịch bản chăm sóc nên không có tin nào." in page
    assert client_for("reception").get(asked).status_code == 403
    assert client_for("dentist").get("/care/preview/?patient=x&service=y").status_code == 404
