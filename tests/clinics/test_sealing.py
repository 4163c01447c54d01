"""The sealed chain: rows are closed behind open transactions, and tampering is found."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django_tenants.utils import schema_context

from clinics import audit, due, sealing
from clinics.models import AuditBlock, ChangeEvent, Role, Service
from clinics.public import staff
from clinics.registry.models import DueHint


@pytest.fixture
def inside(own_database: str) -> Iterator[None]:
    with schema_context("an_tam"):
        yield


def write(number: int = 5) -> None:
    for each in range(number):
        Service.objects.create(code=f"s{Service.objects.count()}", name="x", price=each)


def seal(clock: Any) -> None:
    """The sealer's minutes: one to take a mark, one to close what stood before it."""
    for _minute in range(3):
        clock.advance(minutes=1)
        sealing.seal_due()


def as_owner(statement: str) -> None:
    link = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    with link, link.cursor() as cursor:
        cursor.execute(f"SET search_path = an_tam; {statement}")
    link.close()


def said(**options: str) -> str:
    out = StringIO()
    call_command("audit", "verify", clinic="an_tam", stdout=out, **options)
    return out.getvalue()


def faults() -> list[str]:
    return [fault for trail in sealing.TRAILS for fault in sealing.verify(trail).faults]


@pytest.mark.usefixtures("inside")
def test_what_is_sealed_is_whole(clock: Any) -> None:
    write()
    Service.objects.update(price=9)
    seal(clock)
    found = sealing.verify("change")
    assert found.sealed == ChangeEvent.objects.count() > 5
    assert (found.unsealed, found.faults) == (0, [])
    write(1)
    assert sealing.verify("change").unsealed == 1
    assert "1 not yet" in said()


@pytest.mark.usefixtures("inside")
@pytest.mark.parametrize(
    ("deed", "word"),
    [
        ("UPDATE clinics_changeevent SET actor_id = 77 WHERE id = {}", "row {}: altered"),
        ("UPDATE clinics_changeevent SET happened_at = happened_at + interval '1 s'"
         " WHERE id = {}", "row {}: altered"),
        ("DELETE FROM clinics_changeevent WHERE id = {}", "row {}: removed"),
        ("UPDATE clinics_changeevent SET before = '{{\"price\": 1}}' WHERE id = {}",
         "row {}: what stood there before was altered"),
    ],
)  # fmt: skip
def test_the_owner_who_tampers_with_a_row_is_found(clock: Any, deed: str, word: str) -> None:
    write()
    Service.objects.filter(code="s2").update(price=9)
    seal(clock)
    assert faults() == []
    touched = ChangeEvent.objects.filter(deed="update").get().pk
    as_owner(deed.format(touched))
    assert faults() == [word.format(touched)]
    with pytest.raises(CommandError, match="1 faults"):
        said()


@pytest.mark.usefixtures("inside")
def test_a_row_put_in_between_is_found(clock: Any) -> None:
    write()
    as_owner("SELECT nextval(pg_get_serial_sequence('clinics_changeevent', 'id'))")  # a gap
    gap = ChangeEvent.objects.latest("id").pk + 1
    write()
    seal(clock)
    as_owner(
        "INSERT INTO clinics_changeevent (id, happened_at, source, request, kind, deed, fields,"
        f" salt, before_hash, batch, rows) VALUES ({gap}, now(), 'web', '', 'clinics_service',"
        " 'insert', '{}', '', '', '', 1)"
    )
    assert faults() == [f"row {gap}: put in after the sealing"]
    clock.advance(minutes=5)
    sealing.seal_due()  # the sealer does not take it in later
    assert faults() == [f"row {gap}: put in after the sealing"]


@pytest.mark.usefixtures("inside")
def test_a_block_that_is_altered_or_gone_is_found(clock: Any) -> None:
    for _round in range(3):
        write(2)
        seal(clock)
    numbers = list(AuditBlock.objects.filter(trail="change").values_list("number", flat=True))
    assert len(numbers) > 3
    as_owner("UPDATE clinics_auditblock SET last_id = last_id + 0, sealed_at = sealed_at"
             " - interval '1 h' WHERE trail = 'change' AND number = 1")  # fmt: skip
    assert faults() == ["block 1: altered"]
    as_owner("DELETE FROM clinics_auditblock WHERE trail = 'change' AND number = 1")
    assert any("block 1: missing" in fault for fault in faults())


@pytest.mark.usefixtures("inside")
def test_what_is_redacted_leaves_its_tombstone(clock: Any) -> None:
    write()
    Service.objects.filter(code="s2").update(price=9)
    seal(clock)
    as_owner("UPDATE clinics_changeevent SET before = NULL, salt = '' WHERE deed = 'update'")
    found = sealing.verify("change")
    assert (found.faults, found.redacted) == ([], 1)


@pytest.mark.usefixtures("inside")
def test_an_open_transaction_holds_the_seal_back_and_nobody_waits(clock: Any) -> None:
    write(3)
    link = psycopg2.connect(os.environ["DATABASE_URL"])
    with link.cursor() as cursor:
        cursor.execute("SET search_path = an_tam")
        cursor.execute("UPDATE clinics_service SET price = 8 WHERE code = 's0'")  # takes a number
        write(3)
        seal(clock)
        assert sealing.verify("change").unsealed > 0
        cursor.execute("UPDATE clinics_service SET price = 9 WHERE code = 's0'")
    link.commit()
    link.close()
    seal(clock)
    found = sealing.verify("change")
    assert (found.unsealed, found.faults) == (0, [])
    assert found.sealed == ChangeEvent.objects.count()


@pytest.mark.usefixtures("inside")
def test_many_blocks_when_there_is_much(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BLOCK", 4)
    write(10)
    seal(clock)
    found = sealing.verify("change")
    assert (found.sealed, found.faults) == (ChangeEvent.objects.count(), [])
    assert found.blocks >= 3


@pytest.mark.usefixtures("inside")
def test_an_end_noted_elsewhere_is_found_again_or_missed(clock: Any) -> None:
    write()
    seal(clock)
    head = sealing.verify("change").head
    write()
    seal(clock)
    said(expect=head)
    with pytest.raises(CommandError, match="was replaced"):
        said(expect="ab" * 32)


@pytest.mark.usefixtures("inside")
def test_due_hints_bring_the_sealer(clock: Any) -> None:
    person = staff.hire(username="lan", password=None, full_name="Lan", role=Role.RECEPTION)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM public.registry_duehint")
    audit.saw(what="patient", actor=person, subjects=[person.uid])
    audit.saw(what="patient", actor=person, subjects=[person.uid])
    with schema_context("public"):
        (waiting,) = DueHint.objects.filter(schema="an_tam", kind="audit")
    assert abs(waiting.due_at - clock.now() - dt.timedelta(minutes=1)) < dt.timedelta(seconds=30)
    for _minute in range(4):
        clock.advance(minutes=2)
        due.work_off("an_tam")
    assert sealing.verify("entry").sealed == 2
    clock.advance(minutes=5)
    assert [one for one in due.due_now("an_tam") if one.kind == "audit"] == []


@pytest.mark.usefixtures("inside")
def test_the_product_itself_cannot_touch_the_trail() -> None:
    link = psycopg2.connect(os.environ["DATABASE_URL"])
    with link.cursor() as cursor:
        for table in ("clinics_changeevent", "clinics_auditblock", "clinics_auditentry"):
            for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):
                cursor.execute("SET search_path = an_tam")
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(statement)
                link.rollback()
    link.close()


@pytest.mark.usefixtures("inside")
def test_another_database_of_the_server_holds_nothing_back(clock: Any) -> None:
    link = psycopg2.connect(os.environ["DATABASE_OWNER_URL"], dbname="postgres")
    with link.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")  # open, with a number of its own
        write(3)
        seal(clock)
        found = sealing.verify("change")
    link.close()
    assert (found.unsealed, found.faults) == (0, [])
