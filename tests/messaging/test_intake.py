"""Reports at speed: stored together before they are answered, none lost when the database goes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from clinics import clock
from clinics.registry.models import ProviderRoute, UnroutedWebhook
from messaging import accounts, intake, receipts, sql
from messaging.models import Inbound, ProviderAccount
from messaging.secrets import seal
from messaging.webhooks import LARGEST

OA, APP = "4318657068771012646", "1"
SECRET, NEW_SECRET = "y", "z"
KEEP = receipts.keep


def connect(schema: str = "an_tam", oa: str = OA, secret: str = SECRET) -> ProviderAccount:
    with schema_context(schema):
        return accounts.connect_zalo(
            name="x",
            oa_id=oa,
            app_id=APP,
            app_secret="x",
            oa_secret=secret,
            access_token="t",
            refresh_token="r",
        )


@pytest.fixture
def account(own_database: str) -> ProviderAccount:
    """A connected account, committed, so that other threads see it."""
    return connect()


@pytest.fixture
def together(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the web: one thread writes, accounts are remembered."""
    monkeypatch.setattr(intake, "_places", {})
    monkeypatch.setattr(intake, "_together", intake.Together())


def event(ref: str, *, oa: str = OA, **more: Any) -> bytes:
    said = {
        "event_name": "user_received_message",
        "timestamp": "1780300000000",
        "sender": {"id": oa},
        "message": {"msg_id": ref},
    }
    return json.dumps(said | more).encode()


def post(body: bytes, *, secret: str = SECRET, host: str = "localhost") -> int:
    mac = hashlib.sha256(APP.encode() + body + b"1780300000000" + secret.encode()).hexdigest()
    answer = Client(headers={"host": host}).post(
        "/webhooks/zalo",
        body,
        content_type="application/json",
        headers={"X-ZEvent-Signature": f"mac={mac}"},
    )
    return int(answer.status_code)


def stored(schema: str = "an_tam") -> list[tuple[str, bool]]:
    """The message ids of what is stored, and whether each was genuine."""
    with schema_context(schema):
        rows = Inbound.objects.order_by("id")
        return [(json.loads(row.body)["message"]["msg_id"], row.genuine) for row in rows]


def waiting(account: ProviderAccount, ref: str, schema: str = "an_tam") -> intake._Waiting:
    row = sql.Reported(account.pk, ref, seal("{}"), "", genuine=True, received_at=clock.now())
    return intake._Waiting(schema, row)


def hang_up() -> None:
    """What a database that is restarted does to everybody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_what_waits_is_written_by_one_insert_a_clinic(account: ProviderAccount) -> None:
    theirs = connect("mai_lan", oa="7")
    batch = [waiting(account, f"a{n}") for n in range(30)]
    batch += [waiting(theirs, f"b{n}", "mai_lan") for n in range(20)]
    with CaptureQueriesContext(connection) as seen:
        intake.write(batch[::-1])
    said = [each["sql"] for each in seen.captured_queries]
    assert sum("INSERT" in sql for sql in said) == 2
    assert said.count("BEGIN") == said.count("COMMIT") == 1
    assert all(each.stored and each.done.is_set() for each in batch)
    for schema, number in (("an_tam", 30), ("mai_lan", 20)):
        with schema_context(schema):
            assert Inbound.objects.count() == number


@pytest.mark.usefixtures("together")
def test_many_at_once_are_answered_when_they_are_stored() -> None:
    def tell(number: int) -> tuple[int, bool]:
        status = post(event(f"m{number}"))
        there = (f"m{number}", True) in stored()  # by another connection than wrote it
        connection.close()
        return status, there

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(tell, range(40))) == [(200, True)] * 40
    assert sorted(stored()) == sorted((f"m{n}", True) for n in range(40))


@pytest.mark.usefixtures("together")
def test_what_is_known_costs_the_request_no_statement() -> None:
    assert post(event("first")) == 200
    with CaptureQueriesContext(connection) as seen:
        assert post(event("second")) == 200
    assert seen.captured_queries == []
    assert len(stored()) == 2


@pytest.mark.usefixtures("together")
def test_the_same_news_twice_is_one_row() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: post(event("same")), range(16))) == {200}
    assert stored() == [("same", True)]


@pytest.mark.usefixtures("together")
def test_a_forged_one_stays_forged() -> None:
    assert post(event("true")) == 200
    assert post(event("false"), secret="guessed") == 200
    assert stored() == [("true", True), ("false", False)]
    with schema_context("an_tam"):
        assert Inbound.objects.get(genuine=False).due_at is None


@pytest.mark.usefixtures("together")
def test_strangers_cannot_fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "MOST_FORGED", 2)
    for number in range(4):
        assert post(event(f"f{number}"), secret="guessed") == 200
    assert stored() == [("f0", False), ("f1", False)]


@pytest.mark.usefixtures("together")
def test_a_renewed_secret_works_at_once() -> None:
    assert post(event("old")) == 200
    connect(secret=NEW_SECRET)
    assert post(event("new"), secret=NEW_SECRET) == 200
    assert post(event("late")) == 200
    assert stored() == [("old", True), ("new", True), ("late", False)]


@pytest.mark.usefixtures("together")
def test_a_route_that_has_gone_is_noticed_after_some_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(intake, "KEEP_SECONDS", 0.0)
    assert post(event("before")) == 200
    with schema_context("public"):
        ProviderRoute.objects.all().delete()
    assert post(event("after")) == 200
    assert stored() == [("before", True)]
    with schema_context("public"):
        assert UnroutedWebhook.objects.count() == 1


@pytest.mark.usefixtures("together")
def test_nobody_is_looked_for_each_time() -> None:
    """A clinic that connects its account now gets the next report, not the one after a while."""
    assert post(event("nobodys", oa="7")) == 200
    connect("mai_lan", oa="7")
    assert post(event("theirs", oa="7")) == 200
    assert stored("mai_lan") == [("theirs", True)]


@pytest.mark.usefixtures("together")
def test_what_cannot_be_written_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert post(event("before")) == 200
    monkeypatch.setattr(receipts, "keep", full)
    assert post(event("after")) == 503
    monkeypatch.setattr(receipts, "keep", KEEP)
    assert stored() == [("before", True)]  # what had been written was taken back
    assert post(event("after")) == 200
    assert stored() == [("before", True), ("after", True)]


def full(rows: Sequence[sql.Reported]) -> None:
    KEEP(rows)
    raise OperationalError("the disk is full")


@pytest.mark.usefixtures("together")
def test_a_database_that_hangs_up_loses_nothing() -> None:
    assert post(event("before")) == 200
    hang_up()
    assert post(event("after")) == 200
    assert stored() == [("before", True), ("after", True)]


def test_one_row_that_cannot_be_stored_stops_no_other(account: ProviderAccount) -> None:
    bad = waiting(account, "bad")
    bad.row = replace(bad.row, account_id=0)  # it has gone; the database says so at the commit
    batch = [waiting(account, "a"), bad, waiting(account, "z")]
    intake.write(batch)
    assert [each.stored for each in batch] == [True, False, True]
    assert all(each.done.is_set() for each in batch)
    with schema_context("an_tam"):
        assert set(Inbound.objects.values_list("dedupe_key", flat=True)) == {"a", "z"}


@pytest.mark.usefixtures("together")
def test_what_no_row_can_hold_is_answered_and_stops_nobody() -> None:
    assert post(event("nul", event_name="a\0b")) == 200
    assert post(event("half", event_name="\ud800")) == 200
    assert post(event("whole")) == 200
    assert stored() == [("nul", True), ("whole", True)]


@pytest.mark.usefixtures("together")
def test_a_report_that_is_too_long_is_not_even_read() -> None:
    assert post(event("long", more="x" * LARGEST)) == 200
    assert post(event("fits", more="x" * (LARGEST - 300))) == 200
    assert stored() == [("fits", True)]


def test_unknown_kinds_and_other_hosts_go_the_long_way(clinic: Any) -> None:
    client = Client(headers={"host": "localhost"})
    assert client.post("/webhooks/pigeon", b"{}", content_type="text/plain").status_code == 404
    assert client.post("/webhooks/", b"{}", content_type="text/plain").status_code == 404
    assert post(event("x"), host="an-tam.localhost") == 404


def test_a_report_passes_no_session_and_no_language(
    clinic: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "clinics.middleware.ClinicMiddleware.__call__",
        lambda *_: pytest.fail("a report went through the whole house"),
    )
    answer = Client(headers={"host": "localhost"}).get("/webhooks/zalo?hub.challenge=7")
    assert (answer.status_code, answer.content) == (200, b"7")
    assert answer["Content-Length"] == "1"
    assert "Set-Cookie" not in answer
    assert answer["X-Content-Type-Options"] == "nosniff"
