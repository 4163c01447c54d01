"""Kept rows in the shape the staging tables have. Pure: whole columns, no database."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from patients import names
from patients.imports import rules
from patients.imports.values import utc
from patients.phones import Phone

#: The last minute of a day: when an outcome without an hour is said to have happened.
_END_OF_DAY = pd.Timedelta(hours=23, minutes=59)
USUAL_MINUTES = 30
_CAME = ("on_time", "late")


def _column(kept: pd.DataFrame, name: str) -> pd.Series:
    """A column of the file, or nothing known for every row."""
    if name in kept.columns:
        return kept[name]
    return pd.Series(None, index=kept.index, dtype=object)


def _told(kept: pd.DataFrame, name: str) -> pd.Series:
    """Text where something is written; an empty cell says nothing."""
    cells = _column(kept, name).astype(object)
    return cells.where(cells.notna() & (cells != ""), None)


def _whole(cells: pd.Series) -> pd.Series:
    return pd.to_numeric(cells, errors="coerce").astype("Int64")


def booked(kept: pd.DataFrame, moment: dt.datetime) -> pd.Series:
    """When each row was booked; unknown: the day itself, but not later than now."""
    now = pd.Timestamp(moment)
    if "booked_at" in kept.columns and kept["booked_at"].notna().any():
        known = utc(kept["booked_at"])
    else:
        known = pd.Series(pd.NaT, index=kept.index, dtype="datetime64[us, UTC]")
    if "on_date" not in kept.columns:
        return known.fillna(now)
    return known.fillna(utc(kept["on_date"]).where(lambda day: day <= now, now))


def patients(kept: pd.DataFrame, branches: pd.Series, moment: dt.datetime) -> pd.DataFrame:
    """One row a patient: her branch is that of her first row, the rest what was said last."""
    order = pd.DataFrame(
        {
            "line": kept.index,
            "external_id": kept["patient"],
            "branch_id": branches,
            "recorded_at": booked(kept, moment),
        }
    )
    if "age" in kept.columns:
        order["age_years"] = _whole(kept["age"])
        day = _column(kept, "on_date")
        today = pd.Timestamp(moment).tz_convert(None).normalize()
        order["age_on"] = (day if day.notna().any() else pd.Series(today, index=kept.index)).where(
            order["age_years"].notna()
        )
    told = (
        "full_name",
        "name_key",
        "sort_key",
        "salutation",
        "gender",
        "language",
        "relation",
        "e164",
    )
    for name in told:
        if name in kept.columns:
            order[name] = _told(kept, name)
    if "phone" in kept.columns:
        _numbers(kept["phone"], order)
    if "birth_date" in kept.columns:
        order["birth_date"] = kept["birth_date"]
    return _one_each(order, kept)


def _numbers(read: pd.Series, order: pd.DataFrame) -> None:
    known = read[read.map(lambda one: isinstance(one, Phone))]
    order["converted_from"] = known.map(lambda one: one.converted_from).astype(object)
    order["can_sms"] = known.map(lambda one: one.can_sms).astype(object)
    order["typed"] = order["e164"]


def _one_each(order: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """First place, first booking, and of everything else the last that was said."""
    first = order.groupby("external_id", sort=False).agg(
        line=("line", "first"), branch_id=("branch_id", "first"), recorded_at=("recorded_at", "min")
    )
    by_day = order
    if "on_date" in kept.columns:
        by_day = order.loc[kept["on_date"].sort_values(kind="stable").index]
    latest = by_day.drop(columns=["line", "branch_id", "recorded_at"])
    last = latest.groupby("external_id", sort=False).last()
    joined = first.join(last).reset_index()
    joined["recorded_at"] = _instants(joined["recorded_at"])
    for name in ("age_on", "birth_date"):
        if name in joined.columns:
            joined[name] = joined[name].dt.strftime("%Y-%m-%d")
    return joined


def suffixes(kept: pd.DataFrame) -> pd.DataFrame:
    """The word-starts each named patient is found by: those of the name said last."""
    named = kept[kept["full_name"] != ""]
    if "on_date" in named.columns:
        named = named.sort_values("on_date", kind="stable")
    named = named.drop_duplicates("patient", keep="last")
    rows = [
        (patient, suffix)
        for patient, name in zip(named["patient"], named["full_name"], strict=True)
        for suffix in names.suffixes(name)
    ]
    return pd.DataFrame(rows, columns=["external_id", "suffix"])


def _instants(moments: pd.Series) -> pd.Series:
    """Instants as PostgreSQL reads them; many times faster than pandas' own writing of them."""
    plain = moments.dt.tz_convert("UTC").dt.tz_localize(None)
    text = np.char.add(np.datetime_as_string(plain.to_numpy("datetime64[s]")), "Z")
    return pd.Series(text, index=moments.index, dtype=object).where(moments.notna(), None)


def _ids(kept: pd.DataFrame, name: str, known: dict[str, int]) -> pd.Series:
    cells = _told(kept, name)
    return _whole(cells.map(lambda cell: known.get(rules.same(cell)) if cell else None))


def appointments(
    kept: pd.DataFrame, branches: pd.Series, known: rules.Known, moment: dt.datetime
) -> pd.DataFrame:
    """An outcome is said to have happened at 23:59 of its day on the clinic's clock."""
    outcome = _told(kept, "outcome")
    minutes = _whole(_column(kept, "minutes")).fillna(USUAL_MINUTES).astype("int64")
    starts = utc(kept["start"])
    ended = utc(kept["on_date"] + _END_OF_DAY)
    return pd.DataFrame(
        {
            "line": kept.index,
            "external_id": kept["key"],
            "patient": kept["patient"],
            "branch_id": branches,
            "on_date": kept["on_date"].dt.strftime("%Y-%m-%d"),
            "starts": _instants(starts),
            "ends": _instants(starts + pd.to_timedelta(minutes, unit="min")),
            "dentist_id": _ids(kept, "dentist", known.dentists),
            "service_id": _ids(kept, "service", known.services),
            "status": outcome.isin(_CAME).map({True: "done", False: "booked"}),
            "outcome": outcome,
            "outcome_at": _instants(ended.where(outcome.notna())),
            "booked_at": _instants(booked(kept, moment)),
            "sms_received": _column(kept, "sms_received"),
        }
    )


def _moments(kept: pd.DataFrame) -> pd.Series:
    """The hour that is written, else noon of the day."""
    return utc(kept["start"].fillna(kept["on_date"] + pd.Timedelta(hours=12)))


def treatments(kept: pd.DataFrame, branches: pd.Series, known: rules.Known) -> pd.DataFrame:
    """What was done, when and by whom."""
    return pd.DataFrame(
        {
            "line": kept.index,
            "external_id": kept["key"],
            "patient": kept["patient"],
            "branch_id": branches,
            "done_at": _instants(_moments(kept)),
            "dentist_id": _ids(kept, "dentist", known.dentists),
            "service_id": _ids(kept, "service", known.services),
            "tooth": _whole(_column(kept, "tooth")),
            "agreed_value": _whole(_column(kept, "agreed_value")),
        }
    )


def visits(kept: pd.DataFrame, branches: pd.Series) -> pd.DataFrame:
    """One row a patient and day. Where the file does not say, a visit is of a plan of its own."""
    told = _column(kept, "is_return").map(lambda cell: True if cell is None else bool(cell))
    rows = pd.DataFrame(
        {
            "line": kept.index,
            "patient": kept["patient"],
            "branch_id": branches,
            "on_date": kept["on_date"].dt.strftime("%Y-%m-%d"),
            "started_at": _instants(_moments(kept)),
            "is_return": told,
        }
    )
    return rows.drop_duplicates(["patient", "on_date"], keep="first")
