"""The clinics of this installation, as operators see them."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from clinics.opening import READY
from clinics.registry.models import Clinic, Domain


@dataclass(frozen=True)
class Listed:
    """A clinic and where it is reached."""

    clinic: Clinic
    address: str


def clinics() -> list[Listed]:
    """Every clinic with its first address; two statements."""
    hosts = dict(Domain.objects.filter(is_primary=True).values_list("tenant_id", "domain"))
    return [
        Listed(clinic, address(hosts[clinic.pk]))
        for clinic in Clinic.objects.exclude(schema_name=READY).order_by("name")
        if clinic.pk in hosts
    ]


def address(host: str) -> str:
    """The full address of a host of ours, without a slash at its end."""
    return f"{settings.BASE_SCHEME}://{host}{settings.BASE_PORT}"


def address_of(schema: str) -> str:
    """The full address of a clinic's own host. Raises Domain.DoesNotExist when it has none."""
    return address(Domain.objects.get(tenant__schema_name=schema, is_primary=True).domain)
