"""Numbers for scripts: shape, periods, people, rights and errors beside the field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_tenants.utils import schema_context

from clinics.public import Branch
from clinics.registry.models import Clinic
from kpi import refresh
from tests.kpi.facts import Day, Facts

TODAY = Day(2026, 6, 1)
MONTH = {"from": "2026-05-01", "to": "2026-06-01"}
Signed = Callable[..., Client]


@pytest.fixture
def may(facts: Facts) -> Facts:
    """Four appointments in May: two did not come (one in Thủ Đức), one came, one unresolved."""
    third, thu_duc, _ = facts.branches
    for day, branch, outcome in (
        (4, third, "no_show"), (5, thu_duc, "no_show"), (6, third, "on_time"), (7, third, None),
    ):  # fmt: skip
        facts.appointment(facts.patient(), Day(2026, 5, day), outcome, branch=branch)
    refresh.refresh_due()
    return facts


def get(client: Client, path: str, **query: Any) -> Any:
    answer = client.get(f"/api/v1/kpi/{path}/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_shape(may: Facts, client_for: Signed) -> None:
    said = get(client_for("manager"), "no_show", **MONTH)
    (cell,) = said.pop("cells")
    assert said.pop("as_of").startswith("2026-06-01T")
    assert said == {
        "metric": "no_show", "part": "headline", "unit": "fraction", "version": 1,
        "from": "2026-05-01", "to": "2026-06-01",
    }  # fmt: skip
    low, high = cell.pop("interval")
    assert 0 < low < 2 / 3 < high < 1
    assert cell == {
        "key": {}, "value": 2 / 3, "numerator": 2, "denominator": 3, "excluded": {},
        "immature": 0, "missing": 1, "trust": "check", "open_days": None, "reason": None,
    }  # fmt: skip


def test_by_branch_and_day(may: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    cells = get(client, "no_show", by="branch", **MONTH)["cells"]
    found = {cell["key"]["branch_name"]: (cell["numerator"], cell["denominator"]) for cell in cells}
    assert found == {"Quận 3": (1, 2), "Thủ Đức": (1, 1)}
    assert {cell["key"]["branch"] for cell in cells} == {str(b.uid) for b in may.branches[:2]}
    days = get(client, "no_show", by="day,branch", **MONTH)["cells"]
    assert [cell["key"]["day"] for cell in days] == [f"2026-05-0{n}" for n in (4, 5, 6, 7)]


def test_the_period_ends_before_its_last_day(may: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    (cell,) = get(client, "no_show", **{"from": "2026-05-04", "to": "2026-05-05"})["cells"]
    assert cell["numerator"] == 1


def test_nothing_happened_is_one_empty_cell(facts: Facts, client_for: Signed) -> None:
    (cell,) = get(client_for("owner"), "revisit")["cells"]
    assert (cell["value"], cell["interval"], cell["denominator"]) == (None, None, 0)


def test_people(may: Facts, client_for: Signed) -> None:
    client = client_for("owner")
    said = get(client, "no_show/people", role="counted", limit=1, offset=1, **MONTH)
    assert (said["count"], len(said["results"])) == (2, 1)
    (row,) = said["results"]
    assert (row["index_day"], row["reason"]) == ("2026-05-04", "no_show")
    with schema_context("an_tam"):
        patient = may.branches[0].patient_set.order_by("id").first()
    assert patient is not None
    assert (row["patient"], row["name"]) == (str(patient.uid), patient.full_name)
    missing = get(client, "no_show/people", role="missing", **MONTH)
    assert [row["reason"] for row in missing["results"]] == ["unresolved"]


def test_a_past_report_by_address(may: Facts, client_for: Signed, clock: Any) -> None:
    client = client_for("owner")
    then = clock.now().isoformat()
    clock.advance(days=1)
    with schema_context("an_tam"):
        may.appointment(may.patient(), Day(2026, 5, 8), "no_show")
        refresh.refresh_due()
    (now,) = get(client, "no_show", **MONTH)["cells"]
    (before,) = get(client, "no_show", as_of=then, **MONTH)["cells"]
    (day,) = get(client, "no_show", as_of="2026-06-02", **MONTH)["cells"]
    assert (now["numerator"], before["numerator"], day["numerator"]) == (3, 2, 2)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "17/11/2026"}, "from"),
        ({"to": "soon"}, "to"),
        ({"from": "2026-06-02", "to": "2026-06-01"}, "to"),
        ({"as_of": "yesterday"}, "as_of"),
        ({"as_of": "2030-01-01"}, "as_of"),
        ({"part": "r55"}, "part"),
        ({"by": "colour"}, "by"),
        ({"branch": "third"}, "branch"),
    ],
)
def test_errors_stand_beside_their_field(
    facts: Facts, client_for: Signed, query: dict[str, str], field: str
) -> None:
    answer = client_for("owner").get("/api/v1/kpi/revisit/", query)
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [field]


def test_people_need_a_list(facts: Facts, client_for: Signed) -> None:
    for query in ({}, {"role": "everybody"}, {"role": "counted", "limit": "0"}):
        answer = client_for("owner").get("/api/v1/kpi/revisit/people/", query)
        assert answer.status_code == 400


def test_who_may_ask(may: Facts, client_for: Signed, other_clinic: Clinic) -> None:
    for role in ("owner", "manager", "branch_manager"):
        assert client_for(role).get("/api/v1/kpi/no_show/").status_code == 200
    for role in ("reception", "dentist", "care", "marketing"):
        assert client_for(role).get("/api/v1/kpi/no_show/").status_code == 403
    assert client_for(None).get("/api/v1/kpi/no_show/").status_code in (401, 403)
    assert client_for("owner").get("/api/v1/kpi/colour/").status_code == 404
    with schema_context(other_clinic.schema_name):
        theirs = Branch.objects.create(name="Mai Lan", code="ml")
    for path in ("no_show", "no_show/people"):
        answer = client_for("owner").get(
            f"/api/v1/kpi/{path}/", {"branch": str(theirs.uid), "role": "counted"}
        )
        assert answer.status_code == 404


def test_a_branch_manager_sees_her_branch(may: Facts, client_for: Signed) -> None:
    client = client_for("branch_manager", branches=[may.branches[1]])
    (cell,) = get(client, "no_show", **MONTH)["cells"]
    assert (cell["numerator"], cell["denominator"]) == (1, 1)
    others = client.get("/api/v1/kpi/no_show/", {"branch": str(may.branches[0].uid)})
    assert others.status_code == 404


def test_as_many_statements_for_fifty_as_for_one(facts: Facts, client_for: Signed) -> None:
    client = client_for("owner")

    def statements(path: str, **query: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            get(client, path, **query)
        return len(asked)

    def all_pages() -> list[int]:
        return [
            statements("no_show", by="branch"),
            statements("no_show/people", role="counted"),
        ]

    def add(n: int) -> None:
        with schema_context("an_tam"):
            for _ in range(n):
                facts.appointment(facts.patient(), TODAY - dt.timedelta(days=1), "no_show")
            refresh.refresh_due()

    add(1)
    all_pages()
    one = all_pages()
    add(49)
    assert all_pages() == one
