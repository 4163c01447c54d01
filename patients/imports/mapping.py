"""Which column is what: a small JSON file, one of ours, or our own field names (docs/imports).

{"kind": "appointments", "create_branches": true, "branch": "Quận 3",
 "columns": {"patient": "PatientId", …}, "values": {"outcome": {"Yes": "no_show"}}}
"""

from __future__ import annotations

import json
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from patients import names
from patients.imports.reading import ImportRefused
from patients.models import ImportKind

SHIPPED = Path(__file__).parent / "mappings"

#: What a row can tell of the patient, whatever kind of file it stands in.
PATIENT_FIELDS = (
    "patient", "full_name", "phone", "relation", "salutation", "gender", "birth_date", "age",
    "language", "branch",
)  # fmt: skip

FIELDS: dict[str, tuple[str, ...]] = {
    ImportKind.PATIENTS: PATIENT_FIELDS,
    ImportKind.APPOINTMENTS: (
        *PATIENT_FIELDS, "appointment", "on_date", "start", "minutes", "booked_at", "dentist",
        "service", "outcome", "sms_received",
    ),
    ImportKind.TREATMENTS: (
        *PATIENT_FIELDS, "treatment", "on_date", "start", "service", "dentist", "tooth",
        "agreed_value",
    ),
    ImportKind.VISITS: (*PATIENT_FIELDS, "on_date", "start", "is_return"),
}  # fmt: skip

#: Without these no row of the kind can be kept.
REQUIRED: dict[str, tuple[str, ...]] = {
    ImportKind.PATIENTS: (),
    ImportKind.APPOINTMENTS: ("on_date",),
    ImportKind.TREATMENTS: ("on_date", "service", "dentist"),
    ImportKind.VISITS: ("on_date",),
}

#: Headers a file may use without any mapping, folded.
SPOKEN = {
    "ma khach hang": "patient", "ma benh nhan": "patient", "ma kh": "patient", "ma bn": "patient",
    "ho ten": "full_name", "ho va ten": "full_name", "ten khach hang": "full_name",
    "so dien thoai": "phone", "dien thoai": "phone", "sdt": "phone",
    "danh xung": "salutation", "gioi tinh": "gender", "ngay sinh": "birth_date", "tuoi": "age",
    "ngon ngu": "language",
    "chi nhanh": "branch", "co so": "branch", "ma lich hen": "appointment",
    "ngay hen": "on_date", "ngay": "on_date", "gio hen": "start", "gio": "start",
    "so phut": "minutes", "dat luc": "booked_at", "bac si": "dentist", "dich vu": "service",
    "ket qua": "outcome", "rang": "tooth", "so tien": "agreed_value", "ma dieu tri": "treatment",
}  # fmt: skip


@dataclass(frozen=True)
class Mapping:
    """Which column holds which field, and what coded values mean."""

    name: str
    kind: str
    columns: dict[str, str]
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    create_branches: bool = False
    branch: str = ""


def load(path: Path) -> Mapping:
    """A mapping from its file. Raises ImportRefused, saying what in it is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImportRefused(_("There is no mapping file %(path)s.") % {"path": path}) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise ImportRefused(_("The mapping file is not JSON: %(why)s.") % {"why": error}) from error
    if not isinstance(data, dict) or not isinstance(data.get("columns"), dict):
        raise ImportRefused(_('A mapping file has an object with "columns": field → column.'))
    return _of(path.stem, data)


def _of(name: str, data: Dict[str, Any]) -> Mapping:
    kind = data.get("kind", "")
    unknown = set(data["columns"]) - set(FIELDS.get(kind, _all_fields()))
    if unknown or (kind and kind not in FIELDS):
        raise ImportRefused(
            _("The mapping names what we do not know: %(names)s.")
            % {"names": ", ".join(sorted(unknown or {kind}))}
        )
    return Mapping(
        name=name,
        kind=kind,
        columns={key: str(value) for key, value in data["columns"].items()},
        values={key: dict(value) for key, value in data.get("values", {}).items()},
        create_branches=bool(data.get("create_branches", False)),
        branch=str(data.get("branch", "")),
    )


def _all_fields() -> set[str]:
    return {name for fields in FIELDS.values() for name in fields}


def recognise(header: list[str], kind: str) -> Mapping:
    """The mapping for a file that came without one: a shipped one whose columns it has, else its
    own names when they are ours or the usual Vietnamese ones."""
    for path in sorted(SHIPPED.glob("*.json")):
        known = load(path)
        if known.kind == kind and set(known.columns.values()) <= set(header):
            return known
    columns: dict[str, str] = {}
    for column in header:
        spoken = SPOKEN.get(names.fold(column), column.strip().lower().replace(" ", "_"))
        if spoken in FIELDS[kind]:
            columns.setdefault(spoken, column)
    return Mapping(name="", kind=kind, columns=columns)


def check(mapping: Mapping, header: list[str], kind: str) -> None:
    """Raise ImportRefused unless the file has the columns this kind cannot do without."""
    if mapping.kind and mapping.kind != kind:
        raise ImportRefused(
            _("This mapping is for %(theirs)s, not for %(ours)s.")
            % {"theirs": mapping.kind, "ours": kind}
        )
    absent = [column for column in mapping.columns.values() if column not in header]
    if absent:
        raise ImportRefused(
            _("The file has no column %(absent)s. It has: %(header)s.")
            % {"absent": ", ".join(absent), "header": ", ".join(header)}
        )
    needed = [name for name in REQUIRED[kind] if name not in mapping.columns]
    if "patient" not in mapping.columns and not {"full_name", "phone"} <= set(mapping.columns):
        needed.append("patient")
    if "branch" not in mapping.columns and not mapping.branch:
        needed.append("branch")
    if needed:
        raise ImportRefused(
            _(
                "No column says: %(needed)s. The file has: %(header)s. A mapping file "
                "(--mapping) names which column is which."
            )
            % {"needed": ", ".join(needed), "header": ", ".join(header)}
        )
