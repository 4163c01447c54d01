"""A small clinic for the tests of numbers."""

from __future__ import annotations

import pytest

from clinics.registry.models import Clinic
from tests.kpi.facts import Facts


@pytest.fixture
def facts(clinic: Clinic) -> Facts:
    return Facts()
