"""Planning and booking one dentist wait for each other: no booking loses its shift unseen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, transaction
from django_tenants.utils import schema_context

from clinics.public import rota
from patients import week
from patients.public import Appointment, Clash
from tests.patients import records
from tests.patients.test_shifts import MONDAY, TUESDAY, give


@pytest.fixture
def apart(own_database: str) -> Iterator[None]:
    with schema_context("an_tam"):
        yield


def beside(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Do it on a connection of its own; what came of it, or what was raised."""
    came: list[object] = []

    def run() -> None:
        try:
            with schema_context("an_tam"):
                came.append(work())
        except (Clash, AssertionError) as error:
            came.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, came


def wait_until_it_waits(came: list[object]) -> None:
    """Until another session of this database stands before a lock."""
    for _ in range(200):
        with connection.cursor() as cursor:
            # who is connected is read once a transaction, unless the reading is thrown away
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                " WHERE a.datname = current_database() AND NOT l.granted"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody waits: {came!r}")


@pytest.mark.usefixtures("apart")
def test_a_shift_that_is_being_taken_away_is_not_booked() -> None:
    home = records.branch()
    khoi, trang = records.dentist(home), records.patient(home)
    give(khoi, home, MONDAY + 2 * rota.DAY, 8, 12)
    shift = give(khoi, home, TUESDAY, 8, 12)
    with transaction.atomic():
        rota.remove(shift)
        thread, came = beside(lambda: records.slot(trang, "2026-06-02T09:00", dentist=khoi))
        wait_until_it_waits(came)
    thread.join()
    assert isinstance(came[0], Clash)
    assert came[0].why == "away"
    assert not Appointment.objects.exists()


@pytest.mark.usefixtures("apart")
def test_a_booking_that_is_being_written_is_seen_by_who_takes_the_shift_away() -> None:
    home = records.branch()
    khoi, trang = records.dentist(home), records.patient(home)
    give(khoi, home, MONDAY + 2 * rota.DAY, 8, 12)
    shift = give(khoi, home, TUESDAY, 8, 12)

    def take_away() -> list[str]:
        rota.remove(shift)
        return [entry.line.uid for entry in week.read(home, TUESDAY).outside]

    with transaction.atomic():
        slot = records.slot(trang, "2026-06-02T09:00", dentist=khoi)
        thread, came = beside(take_away)
        wait_until_it_waits(came)
    thread.join()
    assert came == [[str(slot.uid)]]
