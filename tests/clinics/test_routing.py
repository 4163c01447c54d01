"""From host to clinic: nothing asked when warm, gone at once, strangers get a plain 404."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinics import clock, routing
from clinics.registry.models import Clinic


@pytest.fixture(autouse=True)
def cold(db: None) -> Iterator[None]:
    """Nothing remembered before; and nothing of a clinic's undone suspension after."""
    routing.forget()
    yield
    routing.forget()


def test_a_warm_host_costs_no_statement() -> None:
    assert routing.clinic_of("an-tam.localhost") is not None
    assert routing.clinic_of("nobody.localhost") is None
    with CaptureQueriesContext(connection) as asked:
        assert routing.clinic_of("an-tam.localhost").schema_name == "an_tam"  # type: ignore[union-attr]
        assert routing.clinic_of("nobody.localhost") is None
    assert len(asked) == 0


def test_a_suspended_clinic_is_gone_at_once() -> None:
    assert routing.clinic_of("an-tam.localhost") is not None
    Clinic.objects.filter(schema_name="an_tam").update(suspended_at=clock.now())
    routing.forget()
    assert routing.clinic_of("an-tam.localhost") is None


def test_a_clinic_is_not_routable_before_it_is_ready() -> None:
    Clinic.objects.filter(schema_name="an_tam").update(ready_at=None)
    assert routing.clinic_of("an-tam.localhost") is None


@pytest.mark.parametrize("path", ["/", "/today/", "/api/v1/kpi/no_show/", "/k/abc/", "/rubbish"])
def test_an_unknown_host_is_a_plain_404(path: str) -> None:
    answer = Client(headers={"host": "nobody.localhost"}).get(path)
    assert answer.status_code == 404
    assert "an_tam" not in answer.content.decode()


def test_the_platform_has_no_pages_of_a_clinic() -> None:
    platform = Client(headers={"host": "localhost"})
    assert platform.get("/today/").status_code == 404
    assert platform.get("/").status_code == 302  # to the operators' sign-in
