"""Adding a provider is adding a folder, and taking it away leaves its accounts at rest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django_tenants.utils import schema_context

from clinics import clock as product_clock
from clinics import staff as clinic_staff
from clinics.models import Branch, Role
from config.paths import ROOT
from messaging import channels, checks, dispatch, setup
from messaging.models import Message, ProviderAccount
from tests.messaging.outposts import Outpost, Wire

NAMES = ("GATEWAY_URL", "ZALO_BUSINESS_URL", "ZALO_OAUTH_URL", "ZALO_OPENAPI_URL", "ESMS_URL")

#: The product begun anew in a tree of its own: signs in, looks at every page of the accounts,
#: connects one of the new kind by its form, and sends by it.
PROGRAM = """
import sys
import django; django.setup()
from django.test import Client
from django_tenants.utils import schema_context
from clinics.models import Staff
from messaging import dispatch
from messaging.models import Message, ProviderAccount
from messaging.providers import kinds

deed, kind = sys.argv[1:]
with schema_context("an_tam"):
    owner = Client(headers={"host": "an-tam.localhost"})
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    owner.force_login(Staff.objects.get(role="owner").user, backend=backend)

    def look(path, wanted=200):
        answer = owner.get(path)
        assert answer.status_code == wanted, (path, answer.status_code)
        return answer.content.decode()

    if deed == "connect":
        assert kind in kinds()
        assert f"/settings/channels/new/{kind}/" in look("/settings/channels/")
        assert 'name="brand_name"' in look(f"/settings/channels/new/{kind}/")
        said = {"name": "SMS khác", "brand_name": "NKAnTam", "api_key": "key", "secret_key": "s"}
        answer = owner.post(f"/settings/channels/new/{kind}/", said)
        assert answer.status_code == 302, answer.content.decode()
        print(ProviderAccount.objects.get(kind=kind).uid)
    if deed == "send":
        dispatch.deliver_due()
        print(Message.objects.get(account__kind=kind).state)
    if deed == "gone":
        assert kind not in kinds()
        account = ProviderAccount.objects.get(kind=kind)
        assert "Đang nghỉ" in look("/settings/channels/")
        look(f"/settings/channels/{account.uid}/")
        look(f"/settings/channels/new/{kind}/", 404)
        look("/settings/")
        look("/settings/channels/state/")
        dispatch.deliver_due()
        print("rests")
"""


def tree(folder: Path) -> Path:
    """The product's own code, in a folder where one may add and take away."""
    for name in ("clinics", "config", "patients", "messaging", "followup", "kpi"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("templates", "locale", "var", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "manage.py", folder)
    return folder


def run(folder: Path, settings: Any, database: str, *deed: str) -> str:
    said = settings.DATABASES["default"]
    url = f"dbname={database} user={said['USER']} host={said['HOST']} port={said['PORT']}"
    env = dict(os.environ) | {name: getattr(settings, name) for name in NAMES}
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONPATH": str(folder)}
    env |= {"DATABASE_URL": env.get("DATABASE_URL") or url}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *deed], env=env, cwd=folder, text=True, capture_output=True
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-4_000:]
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.slow
def test_a_folder_adds_a_provider_and_deleting_it_takes_it_away(
    own_database: str, wire: Wire, settings: Any, tmp_path: Path, client_for_own: Any
) -> None:
    folder = tree(tmp_path / "product")
    kinds = folder / "messaging" / "providers"
    shutil.copytree(kinds / "esms", kinds / "pigeon")
    client = kinds / "pigeon" / "client.py"
    client.write_text(
        client.read_text()
        .replace("messaging.providers.esms", "messaging.providers.pigeon")
        .replace('kind = "esms"', 'kind = "pigeon"')
    )
    for part in (kinds / "pigeon").glob("*.py"):
        part.write_text(part.read_text().replace("providers.esms", "providers.pigeon"))
    uid = run(folder, settings, own_database, "connect", "pigeon")
    with schema_context("an_tam"):
        outpost = Outpost(Branch.objects.get(code="q3"), setup.connect_gateway())
        message = outpost.say(key="reminder")
        account = ProviderAccount.objects.get(uid=uid)
        esms = outpost.esms
        account.credentials = esms.credentials
        account.save(update_fields=["credentials"])
        Message.objects.filter(pk=message.pk).update(account=account, channel="sms")
    assert run(folder, settings, own_database, "send", "pigeon") in ("accepted", "delivered")
    assert len(wire.book(channel="esms")) == 1
    shutil.rmtree(kinds / "pigeon")
    assert run(folder, settings, own_database, "gone", "pigeon") == "rests"
    with schema_context("an_tam"):
        (resting,) = [each for each in channels.every() if each.row.kind == "pigeon"]
        assert str(resting.standing) == "resting"
    said = [each.msg for each in checks.accounts(databases=["default"])]
    assert any("pigeon" in each and "rests" in each for each in said)
    assert run(ROOT, settings, own_database, "gone", "pigeon") == "rests"


@pytest.fixture
def client_for_own(own_database: str) -> None:
    """An owner and a branch, committed."""
    with schema_context("an_tam"):
        branch = Branch.objects.create(name="Quận 3", code="q3")
        clinic_staff.hire(
            username="chu",
            password=None,
            full_name="Lê Ngọc Diễm",
            role=Role.OWNER,
            branches=[branch],
        )


@pytest.mark.django_db
def test_what_was_under_way_when_its_provider_was_taken_away(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    """Waiting, being handed over, accepted: nobody can ask any more, so each goes the next way."""
    clock.set("2026-06-01T10:00")
    rows = [outpost.say() for _ in range(3)]
    for row, state in zip(rows, ("queued", "calling", "accepted"), strict=True):
        Message.objects.filter(pk=row.pk).update(state=state, called_at=product_clock.now())
    ProviderAccount.objects.filter(pk=outpost.zalo.pk).update(kind="pigeon")
    clock.advance(minutes=1)
    dispatch.deliver_due()
    ends = [outpost.attempts(row)[0][1] for row in rows]
    assert ends == ["failed", "unknown", "expired"]
    assert [outpost.attempts(row)[1][0] for row in rows] == ["sms", "sms", "sms"]


@pytest.mark.django_db
def test_an_account_that_will_not_go_well_for_long_says_so(
    outpost: Outpost, wire: Wire, clock: Any
) -> None:
    def said() -> list[str]:
        return [each.msg for each in checks.accounts(databases=["default"]) if "an_tam" in each.msg]

    assert said() == []
    ProviderAccount.objects.filter(pk=outpost.zalo.pk).update(
        authorised_at=product_clock.now(), tend_at=None
    )
    clock.advance(hours=23)
    assert ["could not be renewed" in each for each in said()] == [True]
    ProviderAccount.objects.update(authorised_at=None)
    message = outpost.say()
    then = product_clock.now()
    Message.objects.filter(pk=message.pk).update(accepted_at=then)
    assert said() == []
    clock.advance(hours=4)
    assert ["No report has ever come" in each for each in said()] == [True]
    assert checks.accounts(databases=None) == []


def test_keys_that_are_none_are_an_error(settings: Any) -> None:
    assert checks.field_keys() == []
    settings.FIELD_KEYS = []
    assert [each.id for each in checks.field_keys()] == ["messaging.E001"]
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), "short"]
    assert [each.id for each in checks.field_keys()] == ["messaging.E002"]
