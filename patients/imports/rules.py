"""Which rows are kept, and for each other one the reason. Pure functions over whole columns.

A rule takes the parsed rows and gives back a reason for each line it sets aside. The first rule
that speaks about a line is the one that is shown. Words: docs/imports/README.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
from django.utils.translation import gettext as _

from patients import names
from patients.imports.values import Parsed
from patients.models import ImportKind
from patients.models.treatments import FDI_TEETH

MAX_AGE = 130
MAX_KEY = 80
MAX_NAME = 120

Rule = Callable[[Parsed, "Known"], pd.Series]


@dataclass(frozen=True)
class Known:
    """What the clinic has, by the folded name a file may call it: to the row's id."""

    branches: dict[str, int] = field(default_factory=dict)
    dentists: dict[str, int] = field(default_factory=dict)
    services: dict[str, int] = field(default_factory=dict)
    create_branches: bool = False


def same(text: str) -> str:
    """How the name of a branch, dentist or service is compared."""
    return names.clean(text).casefold()


def say(cells: pd.Series, text: str) -> pd.Series:
    """The same reason for each of these lines, with the cell's own words in it."""
    return cells.map(lambda cell: text % {"value": cell}).astype(object)


def _all(*reasons: pd.Series) -> pd.Series:
    together: pd.Series = pd.concat(reasons)
    return together


def _nobody(rows: Parsed, known: Known) -> pd.Series:
    missing = rows.at["patient"] == ""
    return say(rows.at.loc[missing, "patient"], _("No patient number, nor a name with a phone."))


def _long(rows: Parsed, known: Known) -> pd.Series:
    long = (rows.at["patient"].str.len() > MAX_KEY) | (rows.at["key"].str.len() > MAX_KEY)
    if rows.has("full_name"):
        long |= rows.raw["full_name"].str.len() > MAX_NAME
    return say(rows.at.loc[long, "patient"], _("A number or name is too long to be one."))


def _no_key(rows: Parsed, known: Known) -> pd.Series:
    missing = rows.at["key"] == ""
    return say(rows.at.loc[missing, "key"], _("The row has no number of its own."))


def _again(rows: Parsed, known: Known) -> pd.Series:
    """The same number further up in the file."""
    keys = rows.at["key"]
    again = keys.duplicated(keep="first") & (keys != "")
    first = keys[~keys.duplicated(keep="first")]
    line_of = pd.Series(first.index, index=first.to_numpy())
    where = keys[again].map(line_of)
    return say(where, _("The same number stands on line %(value)s already."))


def _unreadable(column: str, text: str) -> Rule:
    def rule(rows: Parsed, known: Known) -> pd.Series:
        if not rows.has(column):
            return pd.Series(dtype=object)
        bad = rows.at[column].isna() & (rows.raw[column] != "")
        return say(rows.raw.loc[bad, column], text)

    return rule


def _no_day(rows: Parsed, known: Known) -> pd.Series:
    missing = rows.raw["on_date"] == ""
    return say(rows.raw.loc[missing, "on_date"], _("The row has no day."))


def _before_booking(rows: Parsed, known: Known) -> pd.Series:
    """Dated before it was booked: the days as they are written, never shifted by a zone."""
    if not rows.has("booked_at"):
        return pd.Series(dtype=object)
    booked = rows.at["booked_at"].dt.normalize()
    bad = rows.at["on_date"] < booked
    days = rows.at.loc[bad, "on_date"].dt.strftime("%d/%m/%Y")
    told = booked[bad].dt.strftime("%d/%m/%Y")
    text = _("The day of the appointment (%(day)s) is before the day it was booked (%(booked)s).")
    return pd.Series(
        [text % {"day": day, "booked": on} for day, on in zip(days, told, strict=True)],
        index=days.index,
        dtype=object,
    )


def _bad_age(rows: Parsed, known: Known) -> pd.Series:
    if not rows.has("age"):
        return pd.Series(dtype=object)
    age, cells = rows.at["age"], rows.raw["age"]
    below = say(cells[age < 0], _("The age %(value)s is below zero."))
    above = say(cells[age > MAX_AGE], _("Nobody is %(value)s years old."))
    part = say(cells[age.notna() & (age % 1 != 0)], _("The age %(value)s is no whole number."))
    return _all(below, above, part)


def _bad_phone(rows: Parsed, known: Known) -> pd.Series:
    if not rows.has("phone"):
        return pd.Series(dtype=object)
    read = rows.at["phone"]
    return read[read.map(lambda one: isinstance(one, str))].astype(object)


def _no_branch(rows: Parsed, known: Known) -> pd.Series:
    cells = rows.raw["branch"]
    missing = say(cells[cells == ""], _("The row has no branch."))
    if known.create_branches:
        long = cells[cells.str.len() > MAX_NAME]
        return _all(missing, say(long, _("The name of the branch is too long.")))
    strange = cells[~cells.map(same).isin(known.branches) & (cells != "")]
    return _all(missing, say(strange, _("There is no branch called %(value)s.")))


def _stranger(column: str, text: str) -> Rule:
    """A dentist or service the clinic does not have."""

    def rule(rows: Parsed, known: Known) -> pd.Series:
        if not rows.has(column):
            return pd.Series(dtype=object)
        have = known.dentists if column == "dentist" else known.services
        cells = rows.raw[column]
        required = rows.kind == ImportKind.TREATMENTS
        bad = ~cells.map(same).isin(have) & (required | (cells != ""))
        return say(cells[bad], text)

    return rule


def _bad_tooth(rows: Parsed, known: Known) -> pd.Series:
    if not rows.has("tooth"):
        return pd.Series(dtype=object)
    cells = rows.raw["tooth"]
    bad = (cells != "") & ~rows.at["tooth"].isin(FDI_TEETH)
    return say(cells[bad], _("There is no tooth %(value)s."))


def _born_later(rows: Parsed, known: Known) -> pd.Series:
    if not (rows.has("birth_date") and rows.has("on_date")):
        return pd.Series(dtype=object)
    bad = rows.at["birth_date"] > rows.at["on_date"]
    return say(rows.raw.loc[bad, "birth_date"], _("Born on %(value)s, after that day."))


def _bad_minutes(rows: Parsed, known: Known) -> pd.Series:
    if not rows.has("minutes"):
        return pd.Series(dtype=object)
    minutes = rows.at["minutes"]
    bad = (rows.raw["minutes"] != "") & ~minutes.between(1, 24 * 60)
    return say(rows.raw.loc[bad, "minutes"], _("%(value)s minutes cannot be the length."))


def _of_people() -> list[Rule]:
    return [
        _nobody,
        _long,
        _bad_phone,
        _unreadable("gender", _("The gender %(value)s is not known: F, M, Nữ or Nam.")),
        _unreadable("language", _("The language %(value)s is not known: vi or en.")),
        _unreadable("birth_date", _("The birth date %(value)s cannot be read.")),
        _unreadable("age", _("The age %(value)s is no number.")),
        _bad_age,
        _no_branch,
    ]


def _of_days() -> list[Rule]:
    return [_no_day, _unreadable("on_date", _("The day %(value)s cannot be read.")), _born_later]


def _hour() -> Rule:
    return _unreadable("start", _("The hour %(value)s cannot be read."))


def rules(kind: str) -> list[Rule]:
    """The rules of a kind, in the order their reasons are shown."""
    if kind == ImportKind.PATIENTS:
        return [*_of_people(), _again]
    if kind == ImportKind.VISITS:
        return [
            *_of_people(),
            *_of_days(),
            _hour(),
            _unreadable("is_return", _("%(value)s is neither yes nor no.")),
        ]
    if kind == ImportKind.TREATMENTS:
        return [
            *_of_people(),
            *_of_days(),
            _hour(),
            _no_key,
            _stranger("dentist", _("Nobody here is called %(value)s.")),
            _stranger("service", _("There is no service %(value)s.")),
            _bad_tooth,
            _again,
        ]
    return [
        *_of_people(),
        *_of_days(),
        _hour(),
        _bad_minutes,
        _no_key,
        _unreadable("booked_at", _("The time of booking %(value)s cannot be read.")),
        _before_booking,
        _unreadable("outcome", _("The outcome %(value)s is not known.")),
        _unreadable("sms_received", _("%(value)s is neither yes nor no.")),
        _stranger("dentist", _("Nobody here is called %(value)s.")),
        _stranger("service", _("There is no service %(value)s.")),
        _again,
    ]


def judge(rows: Parsed, known: Known) -> pd.Series:
    """A reason for each line that is set aside; the other lines are kept."""
    found = [reasons for rule in rules(rows.kind) if len(reasons := rule(rows, known))]
    if not found:
        return pd.Series(dtype=object, index=rows.raw.index[:0])
    all_ = pd.concat(found)
    return all_[~all_.index.duplicated(keep="first")].sort_index()
