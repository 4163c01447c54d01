"""Copies of the prepared database, and which one this process works on."""

from __future__ import annotations

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from django.conf import settings
from django.core.cache import caches
from django.db import connections


def named(url: str, database: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def copy_database(name: str) -> None:
    """A fresh copy of the prepared database: all tables, two open clinics without rows."""
    link = psycopg2.connect(os.environ["CRM_TEST_ADMIN_URL"])
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE crm OWNER crm_owner")
    link.close()


def drop_database(name: str) -> None:
    link = psycopg2.connect(os.environ["CRM_TEST_ADMIN_URL"])
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    link.close()


def point_to(database: str) -> None:
    """Make this process work on another database of the tests' server."""
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = database
    settings.DATABASE_OWNER_URL = named(settings.DATABASE_OWNER_URL, database)
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        os.environ[name] = named(os.environ[name], database)
    caches["shared"].delete("routing-version")
