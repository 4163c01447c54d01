"""`python3 manage.py demo`: the whole product with two clinics and their history."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from config import servers, translations
from config.embedded import Postgres
from config.paths import CLOCK_FILE, DEMO, DEMO_FACTS, PYTHON, ROOT
from config.prepare import CLINICS, tables_depend_on
from config.processes import becomes_free, dies_with_parent, free_port
from config.supervisor import Asked, Program, Running, listen_for_stop, supervise
from config.tools import SetupError, digest, say, stamped

#: Names the database and the migrations it has.
PREPARED = DEMO / "prepared"
#: Names the database whose history is complete; seed_demo goes on where a killed start left off.
SEEDED = DEMO / "seeded"
SIGN_INS = ("owner", "manager", "dentist", "reception", "care")


def run(arguments: list[str]) -> int:
    """Set up what is missing, start everything, wait for Ctrl-C."""
    options = _options(arguments)
    listen_for_stop()
    try:
        return _run(options)
    except Asked:
        return 0
    finally:
        _forget_running()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("manage.py demo", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8000, help="the web's port; the gateway's are +10 and +11"
    )
    parser.add_argument("--reset", action="store_true", help="throw the demo's data away first")
    return parser.parse_args(arguments)


def _run(options: argparse.Namespace) -> int:
    if servers.running_demo():
        raise SetupError("The demo of this folder is running already.")
    for port in (options.port, options.port + 10, options.port + 11):
        if not becomes_free(port):
            raise SetupError(f"Port {port} is taken: choose another with --port.")
    with ExitStack() as stack:
        if stack.enter_context(servers.demo_lock()) is None:
            raise SetupError("Another command holds the demo's data: try again when it is done.")
        if options.reset:
            _reset()
        servers.use_tools()
        servers.set_local({"CRM_ENV": "demo", "CRM_CLOCK_FILE": str(CLOCK_FILE)})
        servers.set_local(servers.demo_secrets())
        servers.set_local(addresses(options.port))
        if not servers.given():
            say("PostgreSQL and Valkey")
            stack.enter_context(servers.own())
        _prepare()
        return supervise(_started(options.port))


def _started(port: int) -> Running:
    """Everything runs and it is said where. What began is stopped when that fails."""
    with ExitStack() as stack:
        running = Running(programs(port))
        stack.callback(running.stop)
        facts = _facts(port)
        write_facts(facts)
        _show(facts)
        stack.pop_all()  # it runs on; `supervise` stops it
    return running


def addresses(port: int, gateway: int | None = None) -> dict[str, str]:
    """The environment that makes one web and one gateway know each other."""
    base = f"http://127.0.0.1:{gateway or port + 10}"
    smtp = free_port() if gateway else port + 11
    return {
        "BASE_DOMAIN": f"localhost:{port}",
        "GATEWAY_URL": base,
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp}",
        "ZALO_OAUTH_URL": f"{base}/zalo-oauth",
        "ZALO_OPENAPI_URL": f"{base}/zalo-openapi",
        "ZALO_BUSINESS_URL": f"{base}/zalo-business",
        "ESMS_URL": f"{base}/esms",
        "TWILIO_URL": f"{base}/twilio",
    }


def start(*arguments: str, **more: str) -> subprocess.Popen[bytes]:
    """A step of set-up in a process of its own, in the environment as it is now."""
    env = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [str(PYTHON), *arguments],
        env=env | more,
        cwd=ROOT,
        preexec_fn=dies_with_parent(signal.SIGTERM),
        start_new_session=True,
    )


def finish(child: subprocess.Popen[bytes], what: str) -> None:
    """Wait for a step. Raises SetupError when it failed; it has said why."""
    try:
        if child.wait():
            raise SetupError(f"{what} failed.")
    except Asked:
        child.terminate()
        child.wait()
        raise


def python(*arguments: str, **more: str) -> None:
    """One step, from start to end, with more in its environment. Raises SetupError."""
    finish(start(*arguments, **more), " ".join(arguments))


def _prepare() -> None:
    """Tables, the two clinics and their history; what is there already is left alone."""
    database = os.environ["DATABASE_URL"]
    front = start("-m", "config.assets")  # beside the tables: both take a while the first time
    translations.compile_all()
    tables = digest(*tables_depend_on(), database)
    if not stamped(PREPARED, tables):
        say("tables and clinics")
        python("-m", "config.prepare")
        PREPARED.write_text(tables)
    finish(front, "The front end")
    if not stamped(SEEDED, database):
        say("thirty months of history (once)")
        # a history that is cut short begins anew, so its commits need not wait for the disk
        python("-m", "django", "seed_demo", PGOPTIONS="-c synchronous_commit=off")
        SEEDED.write_text(database)


def _reset() -> None:
    """Throw the demo's data away: its PostgreSQL, clock and beat's memory; keys stay."""
    kept = {"lock", "secrets.json"}
    for path in [*DEMO.iterdir(), Postgres(DEMO).data]:
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in kept:
            path.unlink(missing_ok=True)


def programs(port: int, gateway: int | None = None, *, web_workers: int = 2) -> list[Program]:
    """Web, worker, beat and the local gateway, in the environment as it is now."""
    env = dict(os.environ) | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "CELERY_SKIP_CHECKS": "1",  # the web's start and the tests have looked already
        "PYTHONWARNINGS": "ignore:You're running the worker",  # as root in a container
    }
    env.pop("CRM_DB_ROLE", None)
    python = str(PYTHON)
    celery = [python, "-m", "celery", "-A", "config.celery:app", "--quiet"]
    state = os.environ.get("CRM_STATE", str(DEMO))
    web = [python, "-m", "gunicorn", "config.wsgi:application", "--worker-class", "gthread"]
    web += ["--workers", str(web_workers), "--threads", "16", "--bind", f"127.0.0.1:{port}"]
    web += [
        "--log-level",
        "warning",
        "--no-control-socket",
        "--preload",  # the code is read once, then forked
        "--graceful-timeout",
        "4",
        "--keep-alive",
        "75",
    ]
    celery += ["worker", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    worker = [*celery, "--queues", "work", "--pool", "prefork", "--concurrency", "2"]
    beat = [*celery, "--queues", "ticks", "--pool", "solo", "--beat", "--schedule", f"{state}/beat"]
    worker += ["--hostname", "work@%h"]
    beat += ["--hostname", "ticks@%h"]
    gate = [python, "-m", "messaging.gateway", "--port", str(gateway or port + 10)]
    gate += ["--state", f"{state}/gateway"]
    mail = urlsplit(os.environ.get("EMAIL_URL", ""))
    if mail.hostname == "127.0.0.1" and mail.port:
        gate += ["--smtp-port", str(mail.port)]
    return [
        Program("web", web, env),
        Program("worker", worker, env),
        Program("beat", beat, env),
        Program("gateway", gate, env),
    ]


def _facts(port: int) -> dict[str, Any]:
    names = (*servers.SERVER_NAMES, *addresses(port), "SECRET_KEY", "FIELD_KEYS")
    names += ("CRM_ENV", "CRM_CLOCK_FILE", "CRM_DEMO_PASSWORD", "PG_BIN")
    return {
        "running": True,
        "pid": os.getpid(),
        "password": os.environ["CRM_DEMO_PASSWORD"],
        "platform": f"http://localhost:{port}/",
        "clinics": {s: f"http://{host}:{port}/" for s, host, _name in CLINICS},
        "gateway": f"http://127.0.0.1:{port + 10}/",
        "users": list(SIGN_INS),
        "operator": "operator",
        "environment": {name: os.environ.get(name, "") for name in names},
    }


def write_facts(facts: dict[str, Any]) -> None:
    """var/demo.json, readable by its owner alone: it holds the demo's password and keys."""
    fresh = DEMO_FACTS.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(facts, indent=2, ensure_ascii=False))
    fresh.replace(DEMO_FACTS)


def _forget_running() -> None:
    if DEMO_FACTS.exists():
        facts = json.loads(DEMO_FACTS.read_text())
        if facts.get("pid") == os.getpid():
            write_facts(facts | {"running": False})


def _show(facts: dict[str, Any]) -> None:
    lines = ["", "Tái Khám is starting. Ctrl-C stops everything; the data stays.", ""]
    for (_schema, _host, name), address in zip(CLINICS, facts["clinics"].values(), strict=True):
        lines.append(f"  {name:22} {address}")
    lines += [
        f"  {'Platform':22} {facts['platform']}   (operator)",
        f"  {'Patients’ phones':22} {facts['gateway']}",
        f"  {'Mailbox':22} {facts['gateway']}mail",
        "",
        f"  sign in as {', '.join(facts['users'])}",
        f"  password   {facts['password']}",
        "",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
