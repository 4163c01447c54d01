"""From the text in the cells to values: whole columns at a time. Pure.

Dates and hours are taken as they are written, as the clinic's own clock: a trailing Z or +07:00
never shifts them. What cannot be read becomes missing here and gets its reason in rules.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from clinics.clock import CLINIC_ZONE
from patients import names, phones
from patients.imports.mapping import Mapping

_ZONE = r"(?:\.\d+)?\s*(?:Z|[+-]\d{2}:?\d{2})?$"
_ISO = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M")
_FORMATS = (
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%d.%m.%Y",
)  # fmt: skip

OUTCOMES = {
    "on_time": "on_time", "da den": "on_time", "den dung gio": "on_time", "hoan thanh": "on_time",
    "late": "late", "den tre": "late", "den muon": "late",
    "no_show": "no_show", "no show": "no_show", "khong den": "no_show",
    "cancelled": "cancelled", "canceled": "cancelled", "huy": "cancelled", "da huy": "cancelled",
    "late_cancel": "late_cancel", "late cancel": "late_cancel", "huy tre": "late_cancel",
    "moved": "moved", "doi lich": "moved", "late_move": "late_move", "late move": "late_move",
    "clinic_cancelled": "clinic_cancelled", "clinic cancelled": "clinic_cancelled",
    "phong kham huy": "clinic_cancelled",
}  # fmt: skip
GENDERS = {"f": "F", "nu": "F", "female": "F", "m": "M", "nam": "M", "male": "M"}
#: Folded, so "anh" is Anh, the English, and never how a man is spoken to.
LANGUAGES = {
    "vi": "vi", "viet": "vi", "tieng viet": "vi", "vietnamese": "vi",
    "en": "en", "anh": "en", "tieng anh": "en", "english": "en",
}  # fmt: skip
TRUTHS: dict[str, bool] = {
    "1": True, "yes": True, "true": True, "co": True, "x": True,
    "0": False, "no": False, "false": False, "khong": False,
}  # fmt: skip
_CODED: dict[str, dict[str, Any]] = {
    "outcome": {names.fold(key): value for key, value in OUTCOMES.items()},
    "gender": GENDERS,
    "language": LANGUAGES,
    "sms_received": TRUTHS,
    "is_return": TRUTHS,
}
_NUMBERS = ("age", "minutes", "tooth", "agreed_value")
_THOUSANDS = r"[ .,](?=\d{3}\b)"


@dataclass(frozen=True)
class Parsed:
    """The rows of a file by field: `raw` as text, `at` as values, both indexed by line."""

    kind: str
    raw: pd.DataFrame
    at: pd.DataFrame

    def has(self, name: str) -> bool:
        return name in self.raw.columns


def parse(rows: pd.DataFrame, mapping: Mapping, kind: str) -> Parsed:
    """The mapped columns, cleaned and read."""
    raw = pd.DataFrame(
        {name: _each(rows[column], names.clean) for name, column in mapping.columns.items()},
        index=rows.index,
    )
    if "branch" not in raw.columns:
        raw["branch"] = mapping.branch
    at = pd.DataFrame(index=raw.index)
    for name in raw.columns:
        if name in ("branch", "dentist", "service"):
            at[name] = raw[name]
        elif name in _CODED:
            at[name] = _coded(raw[name], mapping.values.get(name), _CODED[name])
        elif name in _NUMBERS:
            plain = raw[name].str.replace(_THOUSANDS, "", regex=True)
            at[name] = pd.to_numeric(plain, errors="coerce")
        elif name in ("booked_at", "birth_date"):
            at[name] = written(raw[name])
    if "on_date" in raw.columns:
        _days(raw, at)
    _persons(raw, at)
    _keys(kind, raw, at)
    return Parsed(kind, raw, at)


def _each(cells: pd.Series, function: Callable[[str], Any]) -> pd.Series:
    """A function over the distinct cells only: columns repeat themselves."""
    known: dict[Hashable, Any] = {cell: function(cell) for cell in cells.unique().tolist()}
    return cells.map(known)


def _coded(cells: pd.Series, told: dict[str, Any] | None, known: dict[str, Any]) -> pd.Series:
    """What a coded cell means: as the mapping says (exactly), else by the usual words."""
    table = told if told is not None else {}

    def meaning(cell: str) -> Any:
        return table.get(cell, None if told is not None else known.get(names.fold(cell)))

    return _each(cells, meaning).astype(object)


def written(cells: pd.Series) -> pd.Series:
    """The moment as it is written, without a zone; missing where it cannot be read."""
    distinct = pd.Series(cells.unique(), dtype="str")
    moments = _tried(distinct.str.slice(0, 19), _ISO)
    if (moments.isna() & (distinct != "")).any():
        plain = distinct.str.replace(_ZONE, "", regex=True)
        moments = moments.fillna(_tried(plain, (*_ISO, "%Y-%m-%d %H:%M", *_FORMATS)))
    return cells.map(dict(zip(distinct, moments, strict=True))).astype("datetime64[us]")


def _tried(text: pd.Series, formats: tuple[str, ...]) -> pd.Series:
    """Each cell by the first of these formats that reads all of it."""
    moments = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
    for form in formats:
        rest = moments.isna() & (text != "")
        if not rest.any():
            break
        moments = moments.fillna(pd.to_datetime(text.where(rest), format=form, errors="coerce"))
    return moments


def utc(moments: pd.Series) -> pd.Series:
    """Moments of the clinic's clock as instants."""
    local = moments.dt.tz_localize(CLINIC_ZONE, ambiguous="NaT", nonexistent="shift_forward")
    instants: pd.Series = local.dt.tz_convert("UTC")
    return instants


def _days(raw: pd.DataFrame, at: pd.DataFrame) -> None:
    """The day, and the hour where one is written beside it or in its own column."""
    moments = written(raw["on_date"])
    at["on_date"] = moments.dt.normalize()
    hour = moments - at["on_date"]
    if "start" in raw.columns:
        own = pd.to_timedelta(raw["start"].where(raw["start"] != "").map(_clock), errors="coerce")
        hour = own
    else:
        hour = hour.where(hour > pd.Timedelta(0))  # midnight is no hour anybody is booked at
    at["start"] = at["on_date"] + hour


def _clock(cell: Any) -> Any:
    """ "9:30", "9h30" or "09:30:00" as pandas reads a length of time."""
    if not isinstance(cell, str):
        return None
    parts = cell.lower().replace("h", ":").rstrip(":").split(":")
    filled = [*parts, "00", "00"][:3]
    if not all(part.isdigit() for part in filled) or int(filled[0]) > 23 or int(filled[1]) > 59:
        return None
    return ":".join(filled)


def _persons(raw: pd.DataFrame, at: pd.DataFrame) -> None:
    for name in ("full_name", "salutation", "relation"):
        if name in raw.columns:
            at[name] = raw[name]
    if "full_name" in raw.columns:
        at["name_key"] = _each(raw["full_name"], names.fold)
        at["sort_key"] = _each(raw["full_name"], names.sort_key)
    if "phone" in raw.columns:
        read = _each(raw["phone"], _phone)
        at["e164"] = read.map(lambda one: one.e164 if isinstance(one, phones.Phone) else None)
        at["phone"] = read


def _phone(cell: str) -> phones.Phone | str | None:
    """The number, or why it is none, or nothing where nothing is written."""
    if not cell:
        return None
    try:
        return phones.parse(cell)
    except phones.PhoneError as error:
        return str(error.messages[0])


def _keys(kind: str, raw: pd.DataFrame, at: pd.DataFrame) -> None:
    """What a row is known by when it comes again: its own number, or a hash of what it is."""
    if "patient" in raw.columns:
        at["patient"] = raw["patient"]
    else:
        at["patient"] = ""
        named = (at["name_key"] != "") & at["e164"].notna()
        who = at.loc[named, "name_key"] + "|" + at.loc[named, "e164"]
        at.loc[named, "patient"] = _each(who, _hashed)
    own = {"appointments": "appointment", "treatments": "treatment"}.get(kind)
    if own is None:
        at["key"] = at["patient"]
    elif own in raw.columns:
        at["key"] = raw[own]
    else:
        parts = [at["patient"], raw["on_date"], raw.get("start", ""), raw.get("service", ""),
                 raw.get("tooth", "")]  # fmt: skip
        line = pd.Series("", index=raw.index)
        for part in parts:
            line = line + "|" + part
        at["key"] = _each(line, _hashed)


def _hashed(text: str) -> str:
    return "file-" + hashlib.sha256(text.encode()).hexdigest()[:24]
