"""Lists taken out as Excel files: the rows, the columns, and the file (docs/kpi.md, "Export")."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import pgettext
from xlsxwriter import Workbook

from clinics import clock
from clinics.public import Branch
from kpi import exportsql, reads
from kpi.headline import question
from kpi.pages import Line, NumberPage, line_of
from patients.public import people, phones

#: A cell that begins so would be a formula in a spreadsheet, whoever wrote it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Bytes that leave at a time.
PIECE = 64 * 1024
#: Excel's own limit, less the head.
MOST = 1_048_575
#: The list of patients shows no more than these of a search; the file holds what it shows.
FOUND = 100

Cell = str | int | dt.date | None


@dataclass(frozen=True)
class Table:
    """What leaves: its columns, its rows, whose records they are. `filter_said` names no value."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    subjects: Sequence[str]
    filter_said: str

    @property
    def columns_said(self) -> str:
        return ", ".join(self.columns)


def of_number(page: NumberPage, branches: Sequence[int] | None) -> Table:
    """Everybody of the list that a number's page shows, by the same question."""
    one, asked = page.number, page.asked
    as_of = clock.day_bounds(asked.as_of)[0] if asked.as_of else None
    whole = question(one.metric, one.period, branches, as_of, part=asked.part)
    found = reads.people(whole, asked.role, reason=asked.reason, words=page.folded, limit=MOST).rows
    numbers = exportsql.phones_of([row.patient for row in found])
    lines = [line_of(one, row) for row in found]
    period, by_channel = one.period, page.second == "channel"
    second = pgettext("export", "Channel") if by_channel else pgettext("export", "Service")
    return Table(
        name=one.metric.key,
        columns=[
            pgettext("export", "Patient"),
            pgettext("export", "Phone"),
            pgettext("export", "Record"),
            second,
            pgettext("export", "Day"),
            str(one.words.column),
            pgettext("export", "Branch"),
        ],
        rows=[_row(line, numbers, by_channel=by_channel) for line in lines],
        subjects=[row.patient for row in found],
        filter_said=(
            f"{one.spoken}: {asked.role} {asked.reason} {period.first}..{period.last}"
            f"{' searched' if page.folded else ''}, {len(found)} rows"
        ),
    )


def _row(line: Line, numbers: dict[str, str], *, by_channel: bool) -> list[Cell]:
    row = line.row
    return [
        f"{row.salutation} {row.name}".strip(),
        phones.national(numbers[row.patient]) if row.patient in numbers else "",
        row.external_id,
        line.channel if by_channel else row.service,
        row.index_day,
        line.last,
        row.branch_name,
    ]


def of_patients(branches: Sequence[Branch], query: str) -> Table:
    """The list of patients as its page shows it; of a search, those found by it."""
    hits = people.find(query, branches=branches, limit=FOUND) if query else []
    rows = exportsql.patients([b.pk for b in branches], [hit.id for hit in hits] if query else None)
    return Table(
        name="patients",
        columns=[
            pgettext("export", "Patient"),
            pgettext("export", "Phone"),
            pgettext("export", "Record"),
            pgettext("export", "Born in"),
            pgettext("export", "Last here"),
            pgettext("export", "Next visit"),
            pgettext("export", "Branch"),
        ],
        rows=[
            [
                f"{row.salutation} {row.name}".strip(),
                phones.national(row.phone) if row.phone else "",
                row.external_id,
                row.born,
                row.last_came,
                row.next_on,
                row.branch,
            ]
            for row in rows
        ],
        subjects=[row.uid for row in rows],
        filter_said=f"patients: {'searched' if query else 'all'}, {len(rows)} rows",
    )


def file_name(table: Table) -> str:
    """an_tam-revisit-20261117.xlsx."""
    schema = connection.schema_name  # type: ignore[attr-defined]
    return f"{schema}-{table.name}-{clock.today():%Y%m%d}.xlsx"


def workbook(table: Table) -> Iterator[bytes]:
    """The file in pieces; written row by row to a temporary place, begun when it is asked for."""
    with tempfile.TemporaryFile() as made:
        book = Workbook(made, {"constant_memory": True})
        _fill(book, table)
        book.close()
        made.seek(0)
        yield from iter(lambda: made.read(PIECE), b"")


def _fill(book: Workbook, table: Table) -> None:
    sheet = book.add_worksheet()
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "dd/mm/yyyy"})
    sheet.freeze_panes(1, 0)
    for place, width in enumerate(_widths(table.columns)):
        sheet.set_column(place, place, width)
    for place, name in enumerate(table.columns):
        sheet.write_string(0, place, name, bold)
    for number, row in enumerate(table.rows, 1):
        for place, value in enumerate(row):
            if isinstance(value, dt.date):
                sheet.write_datetime(number, place, dt.datetime.combine(value, dt.time()), day)
            elif isinstance(value, int):
                sheet.write_number(number, place, value)
            elif value:
                sheet.write_string(number, place, plain(value))


def _widths(columns: Iterable[str]) -> list[int]:
    return [max(16, len(name) + 4) for name in columns]


def plain(text: str) -> str:
    """Text that no spreadsheet reads as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
