"""Who decides whether to write and who refuses wait for each other."""

from __future__ import annotations

import pytest
from django.db import transaction

from clinics.models import Branch
from patients.public import Basis, BasisKind, basis, people
from tests.patients.test_shift_races import apart, beside, wait_until_it_waits

__all__ = ["apart"]


@pytest.mark.usefixtures("apart")
def test_a_refusal_waits_for_a_decision_that_has_begun() -> None:
    trang = people.register(
        branch=Branch.objects.create(name="Quận 3", code="q3"),
        full_name="Nguyễn Thu Trang",
        phone="0903418276",
        basis=BasisKind.CARE_RELATION,
        text_version="care-2026-01",
        by=None,
    )
    with transaction.atomic():
        basis.hold([trang.pk])
        desk, came = beside(lambda: basis.refuse(patient=trang, purpose="care"))
        wait_until_it_waits(came)
        assert not Basis.objects.filter(kind=BasisKind.REFUSAL).exists()
    desk.join(10)
    assert Basis.objects.filter(kind=BasisKind.REFUSAL).count() == 1
