"""Probes answer on any host; what is missing is named."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django_tenants.utils import schema_context

from config.health import BEAT_KEY


def test_healthz_needs_no_clinic_and_no_database() -> None:
    answer = Client(headers={"host": "10.0.0.7"}).get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.django_db
def test_readyz_names_what_is_missing() -> None:
    with schema_context("public"):
        cache.delete(BEAT_KEY)
    answer = Client(headers={"host": "10.0.0.7"}).get("/readyz")
    assert answer.status_code == 503
    found = answer.json()
    assert found["beat"].startswith("no tick")
    assert found["database"] == found["broker"] == found["migrations"] == "ok"


@pytest.mark.django_db
def test_readyz_is_ready_after_a_tick() -> None:
    with schema_context("public"):
        cache.set(BEAT_KEY, "1", timeout=5)
    answer = Client(headers={"host": "10.0.0.7"}).get("/readyz")
    assert (answer.status_code, set(answer.json().values())) == (200, {"ok"})
