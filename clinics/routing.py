"""From a host name to its clinic: no SQL when warm, gone at once when a clinic changes.

Each process keeps what it looked up (also "nobody") for a short while; a version number in
the shared cache is raised whenever a clinic or a host changes, which empties all of them.
"""

from __future__ import annotations

import time

from django.core.cache import caches

from clinics import schemas
from clinics.registry.models import Clinic, Domain

KEEP_SECONDS = 30.0
VERSION_KEY = "routing-version"

_kept: dict[str, tuple[float, Clinic | None]] = {}
_version: object = None


def _shared_version() -> object:
    return caches["shared"].get(VERSION_KEY, 0)


def forget() -> None:
    """Make every process look again: a clinic was opened, suspended, renamed."""
    cache = caches["shared"]
    cache.add(VERSION_KEY, 0, timeout=None)
    cache.incr(VERSION_KEY)
    _kept.clear()


def clinic_of(host: str) -> Clinic | None:
    """The routable clinic of a host name, or None."""
    global _version
    version = _shared_version()
    if version != _version:
        _kept.clear()
        _version = version
    known = _kept.get(host)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    if len(_kept) > 10_000:  # somebody is trying out names
        _kept.clear()
    clinic = _look_up(host)
    _kept[host] = (time.monotonic() + KEEP_SECONDS, clinic)
    return clinic


def _look_up(host: str) -> Clinic | None:
    schemas.leave()
    found = (
        Domain.objects.select_related("tenant")
        .filter(domain=host, tenant__ready_at__isnull=False, tenant__suspended_at__isnull=True)
        .first()
    )
    return found.tenant if found else None


def platform() -> Clinic:
    """The operators' host: no clinic, the public schema."""
    return Clinic(schema_name="public", name="Tái Khám")
