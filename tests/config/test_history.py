"""The demo's history: the same every time, and its stories stand where the guide says."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from pathlib import Path

import pytest
from django.db import connections
from django_tenants.utils import schema_context

from clinics.models import AuditEntry, ChangeEvent, Role
from clinics.public import clock, staff
from config.demo import addresses
from config.history import evening
from config.paths import PYTHON, ROOT
from config.processes import free_port
from followup.public import Task
from kpi import checklist
from messaging.models import TalkLine
from patients.public import Appointment, Patient, Treatment, people
from tests.conftest import Clock
from tests.databases import copy_database, drop_database, named, point_to

pytestmark = pytest.mark.live

#: Some weeks instead of a hundred days: the same paths, a fraction of the work.
DAYS = 29


#: The present: a Monday morning. On Sunday afternoon no dentist of a story was there.
PRESENT = "2026-11-23T09:20"


def seeded(folder: Path, database: str) -> dict[str, str]:
    """Make the demo's history in this database. Returns the digest of each clinic."""
    copy_database(database)
    ahead = (clock.parse(PRESENT) - dt.datetime.now(dt.UTC)).total_seconds()
    (folder / f"{database}.json").write_text(json.dumps({"offset_seconds": ahead}))
    env = dict(os.environ) | addresses(free_port())
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        env[name] = named(env[name], database)
    env |= {
        "CRM_STATE": str(folder / database),
        "CRM_CLOCK_FILE": str(folder / f"{database}.json"),
        "CRM_DEMO_PASSWORD": "nu-cuoi-cua-ban",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [str(PYTHON), "-m", "django", "seed_demo", "--days", str(DAYS), "--digest"],
        env=env, cwd=ROOT, text=True, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    words = [line.split() for line in done.stdout.splitlines() if line.startswith("·")]
    return {schema.rstrip(":"): word for _dot, schema, _n, _s, word in words}


def test_the_same_seed_on_the_same_day_is_the_same_history(
    own_database: str, tmp_path: Path, clock: Clock
) -> None:
    first = seeded(tmp_path, f"{own_database}_a")
    second = seeded(tmp_path, f"{own_database}_b")
    assert set(first) == {"an_tam", "mai_lan"}
    assert first == second
    connections.close_all()
    point_to(f"{own_database}_b")
    clock.set(PRESENT)
    with schema_context("an_tam"):
        the_evening()
        who_did_it()
        open_now()
    with schema_context("mai_lan"):
        nearly_empty()
    connections.close_all()
    point_to(own_database)
    for name in ("a", "b"):
        drop_database(f"{own_database}_{name}")


def the_evening() -> None:
    """Record after record after closing time, by one account, each one a row of the log."""
    clerk = staff.by_username(evening.WHO)
    rows = AuditEntry.objects.filter(actor=clerk, verb="patient.seen")
    assert 50 < rows.count() <= evening.RECORDS + 1  # a short history has fewer patients
    times = sorted(rows.values_list("happened_at", flat=True))
    assert times[-1] - times[0] < dt.timedelta(minutes=20)
    assert all(clock.local(at).hour >= 20 for at in times)
    assert len({row.request for row in rows}) == rows.count()  # a page, a request
    changed = ChangeEvent.objects.filter(actor=clerk, source="web")
    kinds = set(changed.values_list("kind", "deed"))
    assert ("patients_appointment", "update") in kinds
    assert ("patients_patientcontactpoint", "insert") in kinds
    robbed = Patient.objects.get(id=changed.get(kind="patients_appointment").patient_id or 0)
    assert [point.value for point in people.points(robbed)] == ["+84968600145"]


def who_did_it() -> None:
    """What the desk wrote down has its clerk's name, a signature its dentist's; what a patient
    said nobody's; only the old book came in by a command."""
    changed = ChangeEvent.objects.filter(kind__startswith="patients_", batch="")
    met = changed.filter(kind="patients_patient", deed="insert")
    assert met.filter(actor__role=Role.RECEPTION, source="web").count() == met.count() > 20
    said = changed.filter(kind="patients_appointment", fields__overlap=["confirmed_at"])
    assert said.filter(actor=None, source="web").count() == said.count() > 0
    signed = changed.filter(kind="patients_treatment", fields__contains=["signed_at"])
    whose = dict(Treatment.objects.values_list("id", "dentist"))
    assert [row.actor_id for row in signed] == [whose[row.object_id or 0] for row in signed] != []
    bare = changed.filter(source="command")
    assert set(bare.values_list("kind", "deed")) <= {("patients_episode", "update")}


def open_now() -> None:
    """A danger sign whose clock runs, treatments nobody has signed, people who wait for answers."""
    danger = Task.objects.get(patient__full_name="Mai Đức Thịnh", kind="danger")
    assert danger.done_at is None
    assert danger.tier == "R1"
    unsigned = Treatment.objects.filter(status="done", voided_at__isnull=True)
    assert {"Lưu Thị Xuân", "Quách Văn Nam"} <= set(
        unsigned.values_list("patient__full_name", flat=True)
    )
    wrote = TalkLine.objects.filter(kind="in").values_list("text", flat=True)
    assert any("niềng răng trong suốt" in text for text in wrote)
    assert any("doi lich be Ngoc" in text for text in wrote)


def nearly_empty() -> None:
    """A clinic of last week: a few dozen patients, and its list of what to do."""
    assert 30 <= Patient.objects.count() <= 60
    assert Appointment.objects.count() < 10
    found = checklist.of(staff.by_username("owner"))
    assert found is not None
    assert {line.key for line in found.open} == {"people", "plans", "signed"}
