"""Staff sign in by username in their own clinic; nobody signs up; nothing else is open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from clinics import staff
from clinics.models import Role
from clinics.registry.models import Clinic

PASSWORD = "nu-cuoi-cua-ban"


@pytest.fixture
def hired(clinic: Clinic) -> None:
    staff.hire(username="lan", password=PASSWORD, full_name="Lan", role=Role.RECEPTION)


def sign_in(host: str, username: str = "lan", password: str = PASSWORD) -> int:
    client = Client(headers={"host": host})
    return client.post("/accounts/login/", {"login": username, "password": password}).status_code


@pytest.mark.usefixtures("hired")
def test_staff_signs_in_by_username_in_her_own_clinic_alone() -> None:
    assert sign_in("an-tam.localhost") == 302
    assert sign_in("mai-lan.localhost") == 200  # the form again, with an error
    assert sign_in("localhost") == 200
    assert sign_in("an-tam.localhost", password="wrong") == 200


@pytest.mark.usefixtures("hired")
def test_a_session_of_one_clinic_is_nobody_in_another(client_for: Callable[..., Client]) -> None:
    client = client_for("manager")
    assert (
        client.get("/").status_code == 200
        or client.get("/").headers["Location"] != "/accounts/login/"
    )
    with schema_context("public"):
        answer = client.get("/", headers={"host": "mai-lan.localhost"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize("page", ["signup", "email", "password/change"])
def test_pages_that_are_not_built_are_not_there(page: str) -> None:
    client = Client(headers={"host": "an-tam.localhost"})
    assert client.get(f"/accounts/{page}/").status_code == 404
