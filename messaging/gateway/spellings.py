"""Where sources disagree about a field: the gateway can say it in either way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class Spellings:
    """The defaults are what most sources saw."""

    quoted_errors: bool = False  # OAuth: "error": "-14014" instead of -14014
    number_expires: bool = False  # OAuth: "expires_in": 90000 instead of "90000"
    keep_refresh: bool = False  # OAuth: a refresh answers without a new refresh token
    spent_error: bool = False  # OAuth: a spent refresh token gets -14014, not an empty body
    oaid: bool = False  # getoa: oaid instead of oa_id
    sent_time_beside: bool = False  # template by user id: sent_time beside data, not inside
    uid_seen: bool = False  # template by user id: user_seen_message is told
    seen_msg_id: bool = False  # user_seen_message: msg_id instead of msg_ids
    quota_oa_id: bool = False  # change_oa_daily_quota: oa_id instead of oaId
    quality_object: bool = False  # change_template_quality: an object instead of a word
    old_info: bool = False  # user_submit_info: the flat shape from before 2026
    photo: bool = False  # user_send_image: an attachment of type photo
    location_in_message: bool = False  # user_send_location: message.location, no attachment

    def set(self, values: Mapping[str, Any]) -> dict[str, bool]:
        """Raises ValueError for a spelling that does not exist."""
        unknown = sorted(set(values) - set(Spellings.__slots__))
        if unknown:
            raise ValueError(f"unknown spelling: {', '.join(unknown)}")
        for name, value in values.items():
            setattr(self, name, value is True)
        return asdict(self)

    def clear(self) -> None:
        for name in Spellings.__slots__:
            setattr(self, name, False)
