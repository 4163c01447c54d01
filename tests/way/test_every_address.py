"""Every address, as every role and as nobody: what clinics/access.py says, never a 500."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_tenants.utils import schema_context

from clinics.models import Role
from clinics.public import access
from tests.way.walk import OPEN, PAPERS, Address, Place, addresses, furnish

pytestmark = pytest.mark.django_db

WELL = {200, 204, 302}


@pytest.fixture
def own(clinic: Any, clock: Any) -> Place:
    return furnish("Quan3", "0903418276")


@pytest.fixture
def elsewhere(own: Place) -> Place:
    """Another branch of the clinic."""
    return furnish("ThuDuc", "0903418277")


@pytest.fixture
def theirs(own: Place, other_clinic: Any) -> Place:
    """Another clinic."""
    with schema_context(other_clinic.schema_name):
        return furnish("Hue", "0903418278")


def ask(client: Client, method: str, path: str) -> Any:
    client.raise_request_exception = False
    answer = getattr(client, method)(path)
    assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
    return answer


def rows() -> dict[str, int]:
    """How many rows every table of this clinic has, and what the moving ones say."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'an_tam'"
            " AND tablename ~ '^(patients|followup|messaging|kpi)_'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(
                "SELECT coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)"
                f" FROM an_tam.{name} t"
            )
            (found[name],) = cursor.fetchone()
    return found


def test_every_address_asks_who_she_is_or_says_why_not() -> None:
    unasked = {each.name for each in addresses() if not each.is_staffs}
    assert unasked == set(OPEN) | PAPERS


def test_nobody_sees_the_sign_in_and_nothing_else(
    client_for: Callable[..., Client], own: Place
) -> None:
    nobody = client_for(None)
    for address in addresses():
        path = address.filled(own.values)
        answer = ask(nobody, "get", path)
        if address.name in OPEN:
            assert answer.status_code in {200, 302, 404, 405}, path
        elif address.is_api:
            assert answer.status_code in {401, 403}, path
        elif answer.status_code != 405:
            assert answer.status_code == 302, path
            assert answer["Location"].startswith("/accounts/login/?next="), path
        posted = ask(nobody, "post", path)
        assert posted.status_code in {302, 401, 403, 404, 405}, path
        if posted.status_code == 302 and address.is_staffs:
            assert posted["Location"].startswith("/accounts/login/"), path


def expected(address: Address, role: str, *, found: bool) -> set[int]:
    if address.permission is not None and address.permission not in access.PERMISSIONS[role]:
        return {403}
    return WELL if found else {404}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reads_what_it_may_and_finds_nothing_elsewhere(
    client_for: Callable[..., Client], own: Place, elsewhere: Place, theirs: Place, role: str
) -> None:
    client = client_for(role, branches=[own.branch])
    everywhere = role in access.WHOLE_CLINIC
    before = rows()
    for address in addresses():
        if address.name in OPEN:
            continue
        wanted: list[tuple[Place, bool]] = [(own, True)]
        if set(address.gaps) & {"uid", "which"}:
            wanted += [(elsewhere, everywhere), (theirs, False)]
        for place, found in wanted:
            path = address.filled(place.values)
            status = ask(client, "get", path).status_code
            if status != 405:  # only a deed: see below
                assert status in expected(address, role, found=found), f"{path}: {status}"
    assert rows() == before  # looking changes nothing


@pytest.mark.parametrize("role", list(Role))
def test_a_role_does_what_it_may_and_nothing_elsewhere(
    client_for: Callable[..., Client], own: Place, elsewhere: Place, theirs: Place, role: str
) -> None:
    client = client_for(role, branches=[own.branch])
    before = rows()
    for address in addresses():
        if not address.is_staffs or address.is_api or address.name == "choose_branch":
            continue
        places = [(theirs, False)]
        if role not in access.WHOLE_CLINIC:
            places.append((elsewhere, False))
        if "uid" not in address.gaps:
            places = []
        for place, found in places:
            path = address.filled(place.values)
            status = ask(client, "post", path).status_code
            allowed = expected(address, role, found=found) | {405}
            assert status in allowed, f"{path}: {status}"
        if may_not(address, role):
            path = address.filled(own.values)
            status = ask(client, "post", path).status_code
            assert status in {403, 405}, f"{path}: {status}"
    assert rows() == before
    for address in addresses():  # an empty form is never a 500
        if address.is_staffs and not may_not(address, role):
            ask(client, "post", address.filled(own.values))


def may_not(address: Address, role: str) -> bool:
    permission = address.permission
    return permission is not None and permission not in access.PERMISSIONS[role]


def test_deeds_are_not_done_by_looking(client_for: Callable[..., Client], own: Place) -> None:
    """What only writes refuses GET; a link that is followed by a machine changes nothing."""
    owner, dentist = client_for("owner"), client_for("dentist", branches=[own.branch])
    deeds = {
        address.name
        for address in addresses()
        if address.is_staffs
        and not address.is_api
        and any(
            ask(client, "get", address.filled(own.values)).status_code == 405
            for client in (owner, dentist)
        )
    }
    assert {
        "alert_take",
        "appointment_act",
        "patient_phones",
        "patient_consent",
        "plan_close",
        "wanted_move",
    } <= deeds


def test_without_the_forms_token_nothing_is_done(
    client_for: Callable[..., Client], own: Place
) -> None:
    owner = client_for("owner")
    strict = Client(enforce_csrf_checks=True, headers={"host": "an-tam.localhost"})
    strict.cookies = owner.cookies
    before = rows()
    for address in addresses():
        if address.is_staffs and not address.is_api:
            assert ask(strict, "post", address.filled(own.values)).status_code == 403
    assert rows() == before
