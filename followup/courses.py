"""The tables of courses, which take several visits (docs/protocols.md, "Root canal", "Braces",
"Retainer after braces"): data only, installed by `protocols.py`."""

from __future__ import annotations

Row = dict[str, object]

_ROOT = "session,obturation"

#: After each session, and after the root is filled.
ROOT_CANAL: list[Row] = [
    {
        "key": "E1", "kind": "ask", "purpose": "care_guide", "template": "care_guide_1",
        "day": 1, "stages": _ROOT,
    },
    {
        "key": "E2A", "kind": "ask", "purpose": "check_pain", "template": "check_pain",
        "day": 3, "stages": "session",
    },
    {
        "key": "E2B", "kind": "ask", "purpose": "check_pain", "template": "check_pain",
        "day": 3, "stages": "obturation", "mandatory": False, "skip_if_fine": True,
    },
    {
        "key": "E3A", "kind": "revisit", "purpose": "root_session", "template": "invite",
        "window_from": 7, "window_to": 10, "stages": "session", "unsealed_days": 3,
    },
    {
        "key": "E3B", "kind": "revisit", "purpose": "root_check", "template": "invite",
        "window_from": 7, "window_to": 10, "stages": "obturation", "unsealed_days": 3,
    },
    {
        "key": "E4", "kind": "revisit", "purpose": "restoration", "template": "restore",
        "window_from": 14, "window_to": 28, "stages": "obturation", "says": "invite,call",
        "invite_days": 0, "call_days": 0, "over_when": "restored",
    },
    {
        "key": "E5", "kind": "recall", "purpose": "root_symptoms", "template": "recall",
        "window_from": 30, "window_to": 30, "every_months": 6, "rounds": 1,
        "stages": "obturation", "says": "invite", "mandatory": False, "rides": True,
        "over_when": "healed", "counts_as_return": True,
    },
    {
        "key": "E6", "kind": "recall", "purpose": "root_healing", "template": "recall",
        "window_from": 60, "window_to": 60, "every_months": 12, "rounds": 4,
        "stages": "obturation", "by_call": True, "over_when": "healed",
        "counts_as_return": True,
    },
]  # fmt: skip

#: From the bonding to the debond; each adjustment begins O4 anew.
ORTHO: list[Row] = [
    {
        "key": "O1", "kind": "ask", "purpose": "care_guide", "template": "care_guide_1",
        "day": 1, "stages": "bonding",
    },
    {
        "key": "O2", "kind": "ask", "purpose": "check_braces", "template": "check_filling_3",
        "day": 3, "stages": "bonding", "mandatory": False, "skip_if_fine": True,
    },
    {
        "key": "O3", "kind": "ask", "purpose": "check_braces", "template": "check_week",
        "day": 7, "stages": "bonding",
    },
    {
        "key": "O4", "kind": "revisit", "purpose": "adjustment", "template": "invite",
        "window_from": 28, "window_to": 42, "stages": "bonding,adjustment",
        "nudge_days": 7, "call_days": 14, "clinician_days": 42, "over_when": "plan_closed",
    },
]  # fmt: skip

#: The months after the debond, once each; then every year.
_RETENTION = ((1, 7), (3, 14), (6, 30))

ORTHO_DEBOND: list[Row] = [
    {
        "key": "O6A", "kind": "ask", "purpose": "care_guide", "template": "care_guide_1",
        "day": 1,
    },
    {
        "key": "O6B", "kind": "ask", "purpose": "check_retainer", "template": "check_week",
        "day": 7,
    },
    *(
        {
            "key": f"O7M{months}", "kind": "recall", "purpose": "retention",
            "template": "recall", "window_from": days, "window_to": days,
            "every_months": months, "rounds": 1, "counts_as_return": True,
        }
        for months, days in _RETENTION
    ),
    {
        "key": "O7", "kind": "recall", "purpose": "retention", "template": "recall",
        "window_from": 45, "window_to": 45, "every_months": 12, "counts_as_return": True,
    },
]  # fmt: skip

TABLES: dict[str, tuple[str, list[Row]]] = {
    "root_canal": ("Điều trị tủy", ROOT_CANAL),
    "ortho": ("Chỉnh nha", ORTHO),
    "ortho_debond": ("Hàm duy trì sau chỉnh nha", ORTHO_DEBOND),
}
#: O5: a hint a month between two visits, in use only where a dentist switched it on (hints.py).
OPTIONAL: dict[str, list[Row]] = {
    "ortho": [
        {
            "key": "O5", "kind": "hint", "purpose": "hint_braces", "template": "hint",
            "window_from": 14, "window_to": 42, "every_months": 1, "mandatory": False,
            "stages": "bonding,adjustment", "over_when": "plan_closed",
        },
    ],
}  # fmt: skip
#: Each treatment of the plan begins these anew.
RESTARTS = frozenset({"root_canal", "ortho"})
