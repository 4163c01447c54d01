"""Due hints: one look for all clinics, a visit only where something waits, nothing forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from clinics import clock, due, schemas
from clinics.registry.models import DueHint


class Work:
    """A kind of work with a list of due instants, in each clinic's own rows' stead."""

    def __init__(self) -> None:
        self.waiting: list[dt.datetime] = []
        self.visits: list[str] = []

    def visit(self) -> None:
        self.visits.append(schemas.current())
        self.waiting = [at for at in self.waiting if at > clock.now()]

    def next_due(self) -> dt.datetime | None:
        return min(self.waiting, default=None)


@pytest.fixture
def work(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    made = Work()
    monkeypatch.setitem(due._kinds, "task", due.Kind(made.visit, made.next_due))
    with schema_context("public"):
        DueHint.objects.all().delete()
        yield made


def hints() -> list[tuple[str, str]]:
    return list(DueHint.objects.order_by("id").values_list("schema", "kind"))


def test_nothing_due_is_one_statement(work: Work) -> None:
    due.leave("an_tam", "task", clock.now() + dt.timedelta(hours=1))
    with CaptureQueriesContext(connection) as asked:
        assert due.due_now() == []
    statements = [query["sql"] for query in asked if "search_path" not in query["sql"]]
    assert len(statements) == 1


def test_only_the_clinic_with_something_due_is_visited(work: Work) -> None:
    work.waiting = [clock.now() - dt.timedelta(seconds=1)]
    due.leave("mai_lan", "task", work.waiting[0])
    assert due.work_off("an_tam") == 0
    assert due.work_off("mai_lan") == 1
    assert work.visits == ["mai_lan"]
    assert hints() == []


def test_what_remains_leaves_its_own_hint(work: Work) -> None:
    later = clock.now() + dt.timedelta(minutes=3)
    work.waiting = [clock.now(), later]
    due.leave("an_tam", "task", clock.now())
    due.work_off("an_tam")
    assert DueHint.objects.get().due_at == later


def test_a_visit_that_fails_is_asked_for_again(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setitem(due._kinds, "task", due.Kind(broken, work.next_due))
    due.leave("an_tam", "task", clock.now())
    with pytest.raises(RuntimeError):
        due.work_off("an_tam")
    assert hints() == [("an_tam", "task")]


def test_repair_leaves_what_is_missing(work: Work) -> None:
    work.waiting = [clock.now() + dt.timedelta(days=1)]
    due.repair()
    assert ("an_tam", "task") in hints() and ("mai_lan", "task") in hints()
    before = len(hints())
    due.repair()
    assert len(hints()) == before
