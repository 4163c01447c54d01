"""Which clinic's schema the connection works in: django-tenants' switch, with types."""

from __future__ import annotations

from typing import Any, cast

from django.db import connection

from clinics.registry.models import Clinic

_switch = cast(Any, connection)  # django-tenants adds these to the backend


def current() -> str:
    """The schema the connection is in."""
    return str(_switch.schema_name)


def enter(clinic: Clinic) -> None:
    """Work in this clinic from now on."""
    _switch.set_tenant(clinic)


def leave() -> None:
    """Back to the shared tables."""
    _switch.set_schema_to_public()
