"""Logs without a person in them: the route and the ids, never a query, a token or a name."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, MutableMapping
from typing import Any
from uuid import uuid4

import structlog
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse

PRODUCTION = os.environ.get("CRM_ENV") == "production"
#: Keys that would carry a person or a secret; their values never reach a log.
SECRET_KEYS = frozenset(
    "phone name full_name email text body content token password secret address note dob".split()
)


def without_people(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop the values of keys that name a person or a secret."""
    for key in SECRET_KEYS & event.keys():
        event[key] = "…"
    return event


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    without_people,
]
_LAST: list[Any] = (
    [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    if os.environ.get("CRM_ENV") == "production"
    else [
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        )
    ]
)
structlog.configure(
    processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_LAST,
            ],
            "foreign_pre_chain": _SHARED,
        }
    },
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        # a demo's terminal shows what went wrong, not every poll
        "request": {"level": "INFO" if PRODUCTION else "WARNING"},
        # the ends of the sealed chains, noted where the database's owner cannot change them
        "audit": {"level": "INFO" if PRODUCTION else "WARNING"},
        "celery": {"level": "WARNING"},
        # Django's own lines carry the full path, and a patient's link is a secret.
        "django.request": {"level": "CRITICAL"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # tasks of django-tenants talk about every schema
        "django_tenants": {"level": "ERROR"},
    },
}

log = structlog.get_logger("request")


class RequestLogMiddleware:
    """One line per request: which route, which clinic, how it ended, how long it took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=uuid4().hex[:12])
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        user = getattr(request, "user", None)
        log.log(
            logging.WARNING if response.status_code >= 500 else logging.INFO,
            "request",
            method=request.method,
            route=match.route if match else None,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000),
            schema=getattr(connection, "schema_name", None),
            user=getattr(user, "pk", None),
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """The traceback, without the values a request carried. Nothing there, or not hers, is an
        answer and no failure."""
        if isinstance(exception, Http404 | PermissionDenied):
            return
        log.error("request failed", error=type(exception).__name__, exc_info=exception)
