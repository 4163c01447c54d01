"""`/healthz` (this process answers) and `/readyz` (what it needs stands), on any host."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django_tenants.utils import schema_context
from redis.exceptions import RedisError

BEAT_KEY = "beat:tick"
BEAT_LIFE = 30  # seconds after its last tick at which beat counts as gone

#: Migrations do not change while a process lives: once there are none pending, none will be.
_migrated = False


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _broker() -> None:
    cache.get(BEAT_KEY)


def _migrations() -> None:
    global _migrated
    if _migrated:
        return
    loader = MigrationLoader(connection)
    pending = set(loader.graph.nodes) - set(loader.applied_migrations)
    if pending:
        raise LookupError(f"{len(pending)} migrations pending")
    _migrated = True


def _beat() -> None:
    if cache.get(BEAT_KEY) is None:
        raise LookupError(f"no tick for {BEAT_LIFE} s")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "broker": _broker,
    "migrations": _migrations,
    "beat": _beat,
}


def readiness() -> dict[str, str]:
    """Each need, and "ok" or what is wrong with it."""
    found: dict[str, str] = {}
    with schema_context("public"):
        for name, check in CHECKS.items():
            try:
                check()
            except (Error, RedisError, LookupError, OSError) as problem:
                found[name] = str(problem) if isinstance(problem, LookupError) else "no answer"
            else:
                found[name] = "ok"
    return found


class HealthMiddleware:
    """Answers probes before the host is looked at: they come with an address, not a name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            found = readiness()
            ready = set(found.values()) == {"ok"}
            return JsonResponse(found, status=200 if ready else 503)
        return self.get_response(request)
