"""What the environment says: all of it in production; elsewhere bootstrap fills it in."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

CRM_ENV = os.environ.get("CRM_ENV", "local")
PRODUCTION = CRM_ENV == "production"


def said(name: str, otherwise: str) -> str:
    """A value of the environment; in production a missing one stops the start."""
    value = os.environ.get(name, "")
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} must be set when CRM_ENV=production.")
    return otherwise
