"""Whom the tests of this app are about: a branch, its dentist, a patient, a filling. Messages are
asserted in the language of the source; their Vietnamese has tests of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import translation

from clinics.public import Branch, Service, Staff
from clinics.registry.models import Clinic
from patients.public import Patient
from tests.patients import records

Clients = Callable[..., Client]


@pytest.fixture
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def home(clinic: Clinic) -> Branch:
    return records.branch()


@pytest.fixture
def khoi(home: Branch) -> Staff:
    return records.dentist(home)


@pytest.fixture
def trang(home: Branch) -> Patient:
    return records.patient(home)


@pytest.fixture
def filling(clinic: Clinic) -> Service:
    return records.service("filling", by_tooth=True, price=600_000)


@pytest.fixture
def me(client_for: Clients, home: Branch) -> Client:
    """The dentist herself, signed in."""
    return client_for("dentist", branches=[home])
