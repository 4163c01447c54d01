"""The house's own rules, where ruff and import-linter have no word for them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.paths import ROOT

APPS = ("config", "kpi", "followup", "messaging", "patients", "clinics")
#: What an app may take of a lower one besides its public.py.
DOORS = {"public", "registry", "events", "clock", "due", "hints", "access", "audit"}


def python_files(*folders: str) -> list[Path]:
    found = [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts and "static_build" not in path.parts
    ]
    assert found
    return found


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def trees(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for path in python_files(*folders):
        yield name(path), ast.parse(path.read_text())


def hits(pattern: str, *folders: str, but: str = r"(?!)") -> list[str]:
    """Lines of our code that match, outside files whose name matches `but`."""
    return [
        f"{name(path)}:{number}: {line.strip()}"
        for path in python_files(*folders)
        if not re.search(but, name(path))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line) and not line.lstrip().startswith("#")
    ]


def test_no_file_is_longer_than_400_lines() -> None:
    sources = python_files(*APPS, "tests")
    sources += list((ROOT / "templates").rglob("*.html"))
    sources += [
        p for p in (ROOT / "config" / "assets").rglob("*") if p.suffix in {".js", ".css", ".mjs"}
    ]
    long = [name(p) for p in sources if len(p.read_text().splitlines()) > 400]
    assert not long, "is a noun missing?"


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{path}: {node.name}"
        for path, tree in trees(*APPS)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert not long


def test_one_clock() -> None:
    found = hits(
        r"timezone\.now|auto_now|\bNow\(|datetime\.now\(|datetime\.today\(|date\.today\(|utcnow\(",
        *APPS,
        but=r"^clinics/clock\.py$",
    )
    assert not found


def test_no_print_outside_set_up_and_commands() -> None:
    found = hits(
        r"(^|\s)print\(", *APPS, but=r"^config/(bootstrap|demo|supervisor|tools|testing)\.py$"
    )
    assert not found


def test_no_import_inside_a_function() -> None:
    found = [
        f"{path}:{inner.lineno}"
        for path, tree in trees(*APPS, "tests")
        if not path.endswith("apps.py") and path not in ("config/bootstrap.py", "config/prepare.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert not found


def test_no_django_signals_no_generic_keys_no_countdowns() -> None:
    found = hits(
        r"\b(post|pre)_(save|delete|init|migrate)\b|m2m_changed|GenericForeignKey|django\.dispatch"
        r"|countdown=|\beta=",
        *APPS,
    )
    assert not found


def test_no_bare_save() -> None:
    """A bare .save() on an existing row writes back what somebody else has changed meanwhile."""
    assert not hits(r"\.save\(\)", *APPS, but=r"forms\.py$")


def test_raw_sql_stands_in_its_rooms() -> None:
    rooms = r"(^|/)(sql\.py|sql/|benches/)|^kpi/|^config/(health|embedded|demo)\.py$"
    opening = r"|^clinics/(opening|migrating)\.py$"
    found = hits(
        r"cursor\.execute|connection\.cursor\(|\.raw\(|RawSQL\(", *APPS, but=rooms + opening
    )
    assert not found


def test_views_ask_nouns_not_the_orm() -> None:
    found = hits(r"\.objects\b", *APPS, but=r"^(?!.*(/views\.py$|/views/|/api\.py$))")
    assert not found


def _other_app_parts(path: str, tree: ast.Module) -> Iterator[str]:
    own = path.split("/")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            app, _, rest = node.module.partition(".")
            parts = [rest.split(".")[0]] if rest else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            app, _, rest = node.names[0].name.partition(".")
            parts = [rest.split(".")[0]] if rest else []
        else:
            continue
        if app in APPS and app != own and own != "config":
            yield from (f"{path}:{node.lineno} {app}.{part}" for part in parts if part not in DOORS)


def test_an_app_is_entered_by_its_doors() -> None:
    found = [
        entry
        for path, tree in trees(*(app for app in APPS if app != "config"))
        if "/management/" not in path and "/benches/" not in path
        for entry in _other_app_parts(path, tree)
    ]
    assert not found


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("inline script", r"<script(?![^>]*\bsrc=)[^>]*>\s*[^<\s]"),
        ("inline handler", r"\son(click|change|submit|load|input|key\w+)\s*="),
        ("inline style sheet", r"<style\b"),
        ("something loaded from outside", r"(src|href)=[\"'](https?:)?//"),
        ("javascript address", r"javascript:"),
    ],
)
def test_pages_keep_the_content_security_policy(what: str, pattern: str) -> None:
    found = [name(path) for path in TEMPLATES if re.search(pattern, path.read_text(), re.I)]
    assert not found, what


def test_every_page_that_code_cites_exists() -> None:
    cited = {
        (page, name(path))
        for path in [*python_files(*APPS, "tests"), ROOT / "config" / "database.sql"]
        for page in re.findall(r"docs/[a-z/-]+\.md", path.read_text())
    }
    missing = sorted(f"{page} (in {where})" for page, where in cited if not (ROOT / page).exists())
    assert not missing


def test_locks_hold_hashes_and_no_addresses() -> None:
    for lock in ("requirements.txt", "config/local.txt", "tests/requirements.txt"):
        text = (ROOT / lock).read_text()
        pins = re.findall(r"^[a-z0-9][\w.\[\],-]*==", text, re.M)
        assert len(pins) > 2
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text, lock
    assert "://" not in (ROOT / "package-lock.json").read_text()


def test_every_requirement_is_used() -> None:
    """A package nobody imports is a risk nobody looks at."""
    imported = {
        alias.name.split(".")[0]
        if isinstance(node, ast.Import)
        else (node.module or "").split(".")[0]
        for _path, tree in trees(*APPS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    settings = "".join(p.read_text() for p in python_files("config"))
    called = {
        "djangorestframework": "rest_framework",
        "psycopg2-binary": "psycopg2",
        "babel": "babel",
        "django-environ": "environ",
        "drf-spectacular": "drf_spectacular",
        "django-csp": "csp",
        "django-htmx": "django_htmx",
        "django-allauth": "allauth",
        "python-liquid": "liquid",
        "django-template-partials": "template_partials",
        "django-phonenumber-field": "phonenumbers",
        "python-calamine": "python_calamine",
    }
    indirect = {"tzdata", "gunicorn", "brotli"}
    unused = []
    for line in (ROOT / "config" / "requirements.in").read_text().splitlines():
        found = re.match(r"[A-Za-z0-9-]+", line)
        if found and found.group().lower() not in indirect:
            module = called.get(found.group().lower(), found.group().lower().replace("-", "_"))
            if module not in imported and module not in settings:
                unused.append(found.group())
    assert not unused
