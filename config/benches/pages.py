"""What a page costs beside a bare one, and whether its lists cost statements by the row.

A bare page has the same layout, session and sign-in, one query and 25 rows. A page's time is that
of its address and of the parts it asks for while it loads; figures are medians, one client, the
product's middleware and templates in this process (docs/benchmarks.md).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django_tenants.utils import schema_context

from config.benches.day import TODAY, Day
from patients.public import appointments

ROUNDS, LONG_ROUNDS = 40, 200
FEW, MANY = 1, 50
SIGN_IN = "allauth.account.auth_backends.AuthenticationBackend"
#: Statements that are not the page's: entering the clinic and finding it by its host.
_NOT_THE_PAGE = ("search_path", "registry_")


def run(*, long: bool) -> dict[str, float]:
    """`<page>_vs_bare`, `_ms`, `_statements_1`, `_statements_50` of each, and `free_slots_s`."""
    figures: dict[str, float] = {}
    with schema_context("an_tam"), override_settings(ROOT_URLCONF="config.benches.bare"):
        day = Day()
        client = Client(headers={"host": "an-tam.localhost"})
        client.force_login(day.owner.user, backend=SIGN_IN)
        for rows in (FEW, MANY):
            day.grow(rows)
            for name, addresses in _pages(day).items():
                figures[f"{name}_statements_{rows}"] = _statements(client, addresses)
        figures |= _times(client, _pages(day), LONG_ROUNDS if long else ROUNDS)
        figures["free_slots_s"] = _free_slots(day)
    return figures


def _pages(day: Day) -> Mapping[str, tuple[str, ...]]:
    """Each page: its address, and the parts it asks for at once."""
    branch, patient = day.branch.uid, f"/patients/{day.patient.uid}/"
    return {
        "today": (f"/today/?branch={branch}", f"/tasks/panel/?branch={branch}"),
        "week": (f"/today/week/?branch={branch}",),
        "patient": (patient, f"{patient}alerts/", f"{patient}timeline/"),
        "patients": ("/patients/",),
        "tasks": ("/tasks/",),
        "inbox": ("/inbox/",),
        "dashboard": ("/numbers/",),
    }


def _open(client: Client, addresses: tuple[str, ...]) -> None:
    for number, address in enumerate(addresses):
        headers = {"HX-Request": "true"} if number else {}
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"


def _statements(client: Client, addresses: tuple[str, ...]) -> int:
    _open(client, addresses)  # what is remembered between two looks is warm
    with CaptureQueriesContext(connection) as seen:
        _open(client, addresses)
    return sum(
        not any(name in query["sql"] for name in _NOT_THE_PAGE) for query in seen.captured_queries
    )


def _times(client: Client, pages: Mapping[str, tuple[str, ...]], rounds: int) -> dict[str, float]:
    """Pages and the bare one by turns, so that a slow moment of the machine meets all alike."""
    taken: dict[str, list[float]] = {name: [] for name in (*pages, "bare")}
    for _ in range(rounds):
        for name, addresses in (*pages.items(), ("bare", ("/bare/",))):
            taken[name].append(_seconds(lambda: _open(client, addresses)))  # noqa: B023
    median = {name: statistics.median(times) for name, times in taken.items()}
    figures = {"bare_ms": median["bare"] * 1000}
    for name in pages:
        figures[f"{name}_vs_bare"] = median[name] / median["bare"]
        figures[f"{name}_ms"] = median[name] * 1000
    return figures


def _free_slots(day: Day) -> float:
    """Seconds to find free times of two weeks in a branch with a full day."""
    return statistics.median(
        _seconds(
            lambda: appointments.free_slots(
                branch=day.branch, minutes=30, first_day=TODAY, days=14, limit=40
            )
        )
        for _ in range(15)
    )


def _seconds(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began
