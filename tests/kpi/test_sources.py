"""What the numbers are made from exists, column by column."""

from __future__ import annotations

from django.db import connection

from clinics.registry.models import Clinic
from kpi import stock
from kpi.sources import READ
from kpi.sql import LATER, WANTED


def test_every_column_that_is_read_exists(clinic: Clinic) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'an_tam'"
        )
        there = set(cursor.fetchall())
    wanted = {(table, column) for table, columns in READ.items() for column in columns}
    assert wanted - there == set()


def test_every_table_that_is_read_is_named() -> None:
    text = " ".join([*WANTED.values(), *LATER.values(), stock.RECORDS, stock.ACTS])
    read = {
        word.strip("(),")
        for word in text.split()
        if word.startswith(("patients_", "clinics_", "messaging_", "followup_"))
    }
    assert read
    assert read <= set(READ)
