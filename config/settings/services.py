"""Databases, cache, queue, mail and providers."""

from __future__ import annotations

import os

import environ
from psycopg2.extensions import parse_dsn

from config.paths import CLOCK_FILE, DEMO_FACTS

from .environment import PRODUCTION, said

#: Web and workers connect as crm_app; migrations and openings as crm_owner. bootstrap sets
#: CRM_DB_ROLE=owner for the commands that need it.
DATABASE_URL = said("DATABASE_URL", "postgresql://crm_app@127.0.0.1:5432/crm")
DATABASE_OWNER_URL = os.environ.get("DATABASE_OWNER_URL", "") or (
    "" if PRODUCTION else "postgresql://crm_owner@127.0.0.1:5432/crm"
)


def database(url: str) -> dict[str, object]:
    """A libpq address (also one of a unix socket) as Django wants it."""
    parts = parse_dsn(url)
    known = {name: parts.pop(name, "") for name in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django_tenants.postgresql_backend",
        "NAME": known["dbname"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": known["port"],
        "OPTIONS": parts,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


OWNER = os.environ.get("CRM_DB_ROLE") == "owner"
DATABASES = {
    "default": database(said("DATABASE_OWNER_URL", DATABASE_OWNER_URL) if OWNER else DATABASE_URL)
}

#: The folder of pg_dump, when it is not on PATH.
PG_BIN = os.environ.get("PG_BIN", "")

REDIS_URL = said("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    },
    # What belongs to no clinic: the version of the routing table.
    "shared": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "shared",
    },
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_DEFAULT_QUEUE = "work"
#: Ticks have a worker of their own (beat's), so busy clinics never keep others from being seen.
CELERY_TASK_ROUTES = {"config.tasks.tick": {"queue": "ticks"}}
CELERY_RESULT_BACKEND = None  # nothing waits for a result: rows tell what became of work
CELERY_TASK_IGNORE_RESULT = True
CELERY_DB_REUSE_MAX = 500  # tasks per connection; then it forgets the clinics it has seen
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Ho_Chi_Minh"

env = environ.Env()
vars().update(env.email_url_config(os.environ.get("EMAIL_URL") or "consolemail://"))
EMAIL_TIMEOUT = 5  # seconds; somebody waits for the page

#: Providers. Outside production they point at the local gateway, never at the real ones.
GATEWAY_URL = os.environ.get("GATEWAY_URL", "http://127.0.0.1:8010")
ZALO_OAUTH_URL = said("ZALO_OAUTH_URL", f"{GATEWAY_URL}/zalo-oauth")
ZALO_OPENAPI_URL = said("ZALO_OPENAPI_URL", f"{GATEWAY_URL}/zalo-openapi")
ZALO_BUSINESS_URL = said("ZALO_BUSINESS_URL", f"{GATEWAY_URL}/zalo-business")
ESMS_URL = said("ESMS_URL", f"{GATEWAY_URL}/esms")
TWILIO_URL = said("TWILIO_URL", f"{GATEWAY_URL}/twilio")

#: Where pg_dump is (deploys only); empty = on the PATH.
PG_BIN = os.environ.get("PG_BIN", "")

#: Real appointments to prove the import on, when they are at hand (tests and benches).
REAL_DATA = os.environ.get("REAL_DATA", "")
CRM_CLOCK_FILE = "" if PRODUCTION else os.environ.setdefault("CRM_CLOCK_FILE", str(CLOCK_FILE))
CRM_DEMO_FACTS = str(DEMO_FACTS)
