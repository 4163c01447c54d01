"""Tables and the two clinics, in one process as crm_owner: `python -m config.prepare`."""

from __future__ import annotations

import os
from pathlib import Path

import django

from config.paths import ROOT

CLINICS = (
    ("an_tam", "an-tam.localhost", "Nha khoa An Tâm"),
    ("mai_lan", "mai-lan.localhost", "Nha khoa Mai Lan"),
)


def tables_depend_on() -> list[Path]:
    """Every migration, how a clinic is opened, and the packages that bring tables."""
    files = sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("*/*/migrations/*.py"))
    names = ("opening.py", "migrating.py", "hints.py", "trail.py")
    opening = [ROOT / "clinics" / name for name in names]
    return [*files, *opening, ROOT / "requirements.txt", ROOT / "config" / "database.sql"]


def main() -> None:
    """Migrate what is pending; open the demo's clinics where they are absent."""
    os.environ["CRM_DB_ROLE"] = "owner"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from django.core.management import call_command

    from clinics.registry.models import Clinic

    call_command("migrate")
    there = set(Clinic.objects.values_list("schema_name", flat=True))
    for schema, host, name in CLINICS:
        if schema not in there:
            call_command("open_clinic", schema=schema, host=host, name=name)


if __name__ == "__main__":
    main()
