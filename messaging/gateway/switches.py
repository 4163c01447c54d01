"""How webhooks go wrong on purpose, for every account or for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

PROBES = {"": None, "empty": b"", "braces": b"{}"}


@dataclass(slots=True)
class WebhookSwitches:
    off: list[str] = field(default_factory=list)  # events switched off in the console
    duplicate: bool = False  # each is told twice
    reorder: bool = False  # each second one overtakes the one before it
    bad_signature: bool = False
    probe_on_save: str = ""  # what is posted when an account's address changes: empty, braces
    retry_non_200: bool = True  # False: only who does not answer is told again
    disable_after_retries: bool = False  # given up once, the address is switched off


class SwitchBoard:
    def __init__(self) -> None:
        self._set: dict[str, WebhookSwitches] = {}

    def __getitem__(self, oa_id: str) -> WebhookSwitches:
        return self._set.get(oa_id) or self._set.get("") or WebhookSwitches()

    def set(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change the named switches of `oa_id`, or without it of every account. ValueError."""
        given = dict(values)
        oa_id = str(given.pop("oa_id", "") or "")
        unknown = sorted(set(given) - set(WebhookSwitches.__slots__))
        if unknown:
            raise ValueError(f"unknown switch: {', '.join(unknown)}")
        if not isinstance(given.get("off", []), list):
            raise ValueError("off must be a list of event names")
        if given.get("probe_on_save", "") not in PROBES:
            raise ValueError("probe_on_save must be empty or braces")
        self._set[oa_id] = WebhookSwitches(**{**asdict(self[oa_id]), **given})
        return self.as_json()

    def as_json(self) -> dict[str, Any]:
        named = {oa_id: asdict(switches) for oa_id, switches in self._set.items() if oa_id}
        return {**asdict(self[""]), "accounts": named}

    def clear(self) -> None:
        self._set.clear()
