"""What `manage.py` does before Django: tools, servers, and the way to each command.

Imports stand inside functions here because the packages appear while this file runs.
"""

from __future__ import annotations

import os
import sys

from config.paths import PYTHON, ROOT, VENV
from config.tools import SetupError, make_node_modules, make_python, python_ready

#: These speak to no server.
SERVERLESS = {
    "help",
    "version",
    "--help",
    "--version",
    "-h",
    "check",
    "makemigrations",
    "spectacular",
}
#: These change tables or rights, which crm_app may not.
OWNERS = {"migrate", "migrate_schemas", "sqlmigrate", "dbshell"}
#: Benches of the whole running product: on servers that keep what they commit, as chaos is.
WHOLE = {"webhooks"}


def main(argv: list[str]) -> int:
    """Run one command. Returns its exit status."""
    command = argv[1] if len(argv) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if command in OWNERS:
        os.environ.setdefault("CRM_DB_ROLE", "owner")
    try:
        if os.environ.get("CRM_ENV") == "production":
            if command in ("demo", "test"):
                raise SetupError(f"`{command}` is not for production (CRM_ENV=production).")
            return _django(argv)
        _keep_bytecode()
        _enter_venv(tests=command == "test")
        return _local(command, argv)
    except SetupError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _keep_bytecode() -> None:
    """Let Python keep what it compiled, here and in our processes.

    Some machines forbid it for everything; without it each of five processes compiles Django
    and pandas anew, which costs every start half a minute.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def _enter_venv(*, tests: bool) -> None:
    """Make `.venv` when its stamp is not today's, then go on with its Python."""
    if not python_ready(tests=tests):
        make_python(tests=tests)
    if os.path.realpath(sys.prefix) != os.path.realpath(VENV):
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), str(ROOT / "manage.py"), *sys.argv[1:]])


def _local(command: str, argv: list[str]) -> int:
    from config import servers

    if command == "demo":
        from config import demo

        return demo.run(argv[2:])
    if command == "test":
        from config import testing

        make_node_modules()
        return testing.run(argv[2:])
    if command == "bench" and "--allow-destroy" not in argv:
        from config import testing

        make_node_modules()
        whole = WHOLE & set(argv)
        durable = "dispatch" in argv
        with testing.for_chaos() if whole else testing.for_bench(durable=durable):
            return _django(argv)
    if command == "chaos":
        from config import testing

        make_node_modules()
        with testing.for_chaos():
            return _django(argv)
    if command in SERVERLESS or "--help" in argv:
        return _django(argv)
    with servers.for_command():
        return _django(argv)


def _django(argv: list[str]) -> int:
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0
