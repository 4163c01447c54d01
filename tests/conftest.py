"""Fixtures: a database per worker, the two open clinics, the product's clock, signed-in clients."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import translation
from django_tenants.utils import schema_context

from clinics import clock as product_clock
from clinics import routing
from clinics import staff as clinic_staff
from clinics.models import Branch, Role
from clinics.registry.models import Clinic
from tests.databases import copy_database, drop_database, point_to

pytest_plugins = ["tests.live", "tests.browser"]

PASSWORD = "nu-cuoi-cua-ban"
#: Marks of what takes long.
LONG = {"live", "slow"}
#: Where the clock stands when a test does not say otherwise: a working Monday, 09:00 in Vietnam.
START = dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC)


def pytest_configure() -> None:
    if "CRM_TEST_ADMIN_URL" not in os.environ:
        raise pytest.UsageError("Run the tests by: python3 manage.py test [pytest arguments]")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes is spread over the first three quarters of the random order: begun last,
    one worker would wait for the other."""
    long = [item for item in items if LONG & {mark.name for mark in item.iter_markers()}]
    begun = set(long)
    rest = [item for item in items if item not in begun]
    every = len(rest) * 3 // 4 // max(1, len(long)) + 1
    for place, item in enumerate(long):
        rest.insert(place * every, item)
    items[:] = rest


@pytest.fixture(scope="session")
def worker_database() -> str:
    """The name of this worker's database."""
    return f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'only')}"


@pytest.fixture(scope="session")
def django_db_setup(worker_database: str, django_db_blocker: Any) -> Iterator[None]:
    """Instead of pytest-django's: copied in 0.2 s, used as crm_app like in production."""
    for cache in settings.CACHES.values():
        cache["KEY_PREFIX"] = f"{worker_database}{cache.get('KEY_PREFIX', '')}"
    with django_db_blocker.unblock():
        copy_database(worker_database)
        point_to(worker_database)
        yield
        connections.close_all()
        point_to("crm")
        connections.close_all()
    drop_database(worker_database)


@pytest.fixture
def own_database(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    worker_database: str,
    django_db_blocker: Any,
) -> Iterator[str]:
    """A database for this test alone, without a transaction around it: locks, DDL, processes."""
    name = f"{worker_database}_own"
    with django_db_blocker.unblock():
        copy_database(name)
        point_to(name)
        try:
            yield name
        finally:
            connections.close_all()
            connections["default"].set_schema_to_public()  # type: ignore[attr-defined]
            point_to(worker_database)
    drop_database(name)


@pytest.fixture(autouse=True)
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The product's clock, at START; it runs on from where it is set."""
    monkeypatch.setenv("CRM_CLOCK_FILE", str(tmp_path / "clock.json"))
    hand = Clock()
    hand.set(START)
    return hand


@pytest.fixture(scope="session", autouse=True)
def hosts_stay_known() -> Iterator[None]:
    """Which clinic a host is stays known as long as nobody changes it: statements are counted, and
    half a minute of the machine's own time may end between two counts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "KEEP_SECONDS", 3_600.0)
        yield


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """A test begins in the product's language: a request leaves its own in the thread, and only
    the next request would change it."""
    translation.deactivate()
    yield
    translation.deactivate()


class Clock:
    """Moves the product's clock as `manage.py clock` does."""

    def set(self, moment: dt.datetime | str) -> None:
        to = product_clock.parse(moment) if isinstance(moment, str) else moment
        product_clock.move(to=to)

    def advance(self, **by: float) -> None:
        """`advance(days=1, hours=2)`."""
        product_clock.move(to=product_clock.now() + dt.timedelta(**by))

    def now(self) -> dt.datetime:
        return product_clock.now()


@pytest.fixture
def clinic(db: None) -> Iterator[Clinic]:
    """Inside the clinic `an_tam`, which is open and holds no rows but its profile."""
    found = Clinic.objects.get(schema_name="an_tam")
    with schema_context("an_tam"):
        yield found


@pytest.fixture
def other_clinic(db: None) -> Clinic:
    """`mai_lan`; enter it by `schema_context(other_clinic.schema_name)`."""
    with schema_context("public"):
        found: Clinic = Clinic.objects.get(schema_name="mai_lan")
    return found


@pytest.fixture
def client_for(clinic: Clinic) -> Callable[..., Client]:
    """`client_for("manager")`: a client on an_tam's host, signed in as staff of that role.

    `branches` are hers; without any she gets every branch of the clinic.
    `client_for(None)` is nobody.
    """

    def make(role: str | None = None, *, branches: list[Branch] | None = None) -> Client:
        client = Client(headers={"host": "an-tam.localhost"})
        if role is not None:
            person = clinic_staff.hire(
                username=f"{role}-{Branch.objects.count()}-{os.urandom(3).hex()}",
                password=PASSWORD,
                full_name=f"Test {role}",
                role=Role(role),
                branches=Branch.objects.all() if branches is None else branches,
            )
            client.force_login(
                person.user, backend="allauth.account.auth_backends.AuthenticationBackend"
            )
            client.staff = person  # type: ignore[attr-defined]
        return client

    return make
