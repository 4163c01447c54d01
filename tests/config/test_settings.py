"""What differs between production and the rest, and nothing else."""

from __future__ import annotations

import os
import subprocess

import pytest

from config.paths import PYTHON, ROOT
from tests.config.test_compose import SERVICES, filled

ASK = (
    "import django; django.setup(); from django.conf import settings as s;"
    "print(s.PASSWORD_HASHERS[0], s.SESSION_COOKIE_SECURE, s.CRM_CLOCK_FILE == '',"
    " s.STORAGES['staticfiles']['BACKEND'].rsplit('.')[-1])"
)


def asked(environment: dict[str, str]) -> list[str]:
    env = environment | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [str(PYTHON), "-c", ASK], env=env, cwd=ROOT, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_production_hashes_slowly_and_has_no_clock_to_move() -> None:
    hasher, secure, no_clock, static = asked(filled(SERVICES["web"]["environment"]))
    assert hasher == "django.contrib.auth.hashers.PBKDF2PasswordHasher"
    assert (secure, no_clock, static) == ("True", "True", "CompressedManifestStaticFilesStorage")


@pytest.mark.parametrize("command", ["demo", "test"])
def test_production_never_sets_itself_up(command: str) -> None:
    done = subprocess.run(
        [str(PYTHON), "manage.py", command],
        env=filled(SERVICES["web"]["environment"]) | {"PATH": os.environ["PATH"]},
        cwd=ROOT,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 1
    assert "not for production" in done.stderr
