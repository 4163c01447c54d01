"""Texts that people send to a short number of eSMS (docs/providers.md, "Answers by SMS").

A brand name cannot be answered, so a clinic may rent a short number. eSMS tells each text by a GET
that is signed with a key of its own: MD5 over cpid, smsid, content, receiverTime and that key.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from clinics import clock
from messaging.providers.base import Account
from messaging.providers.news import Arrived, News, Said, Unknown

_SIGNED = ("cpid", "smsid", "content", "receiverTime")
EVENT = "inbound"


def is_one(said: Mapping[str, str]) -> bool:
    """Whether a request is a text of somebody and no report."""
    return "smsid" in said and "content" in said


def whole(arrived: Arrived) -> dict[str, str]:
    """Its fields, uncut: the signature covers every letter, and so does what she wrote."""
    return dict(parse_qsl(urlsplit(arrived.url).query, keep_blank_values=True))


def genuine(said: Mapping[str, str], account: Account) -> bool:
    """Whether the signature fits the account's key. Without a key nothing is believed, for a text
    can refuse and join. Sources write the digest as base64; hex is read too."""
    stored = json.loads(account.credentials)
    key, cpid = stored.get("short_key", ""), stored.get("short_cpid", "")
    if not key or (cpid and said.get("cpid") != cpid):
        return False
    signed = "".join(said.get(name, "") for name in _SIGNED) + key
    digest = hashlib.md5(signed.encode(), usedforsecurity=False)
    given = said.get("sign", "").encode("utf-8", "replace")
    spellings = (base64.b64encode(digest.digest()), digest.hexdigest().encode())
    return any(hmac.compare_digest(each, given) for each in spellings)


def dedupe_key(said: Mapping[str, str]) -> str:
    return f"inbound:{said.get('smsid', '')[:80]}"


def news_of(said: Mapping[str, str]) -> list[News]:
    """What somebody wrote, from her number in E.164."""
    digits = "".join(char for char in said.get("sender", "") if char.isdigit())
    ref = said.get("smsid", "")[:80]
    if not digits or not ref:
        return [Unknown(EVENT)]
    number = f"+84{digits[1:]}" if digits.startswith("0") else f"+{digits}"
    return [Said(number, ref, _at(said.get("receiverTime", "")), said.get("content", "")[:4_000])]


def _at(written: str) -> dt.datetime | None:
    """yyyyMMddHHmmss on the clock of Viet Nam; None for anything else."""
    try:
        read = dt.datetime.strptime(written, "%Y%m%d%H%M%S")  # noqa: DTZ007 - its zone is known
    except ValueError:
        return None
    return clock.at(read.date(), read.time())
