"""Advertising by eSMS: one text to 30 to 5,000 numbers, approved by people there.

Its own endpoint, its own class of SMS. Nothing reports on it: what became of every number is
asked for. `campaignid` is our label; it comes back with each number (docs/providers.md).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings

from clinics import clock
from messaging.providers.base import (
    Account,
    OutcomeUnknown,
    Reply,
    Request,
    Sending,
)
from messaging.providers.bundled import Bundling, Fate
from messaging.providers.esms.codes import ACCEPTED
from messaging.providers.esms.wire import dialled, keys, post, understand, whole

#: The hours are the law's; people approve a campaign, which may take until the next working day.
BUNDLING = Bundling(
    least=30,
    most=5000,
    opens=dt.time(7),
    closes=dt.time(22),
    look_every=dt.timedelta(minutes=15),
    expires_after=dt.timedelta(hours=72),
)
#: SmsType of advertising.
ADVERTISING = "1"
PAGE_SIZE = 500
REFUSED, FINISHED = "4", "5"
_MILLISECONDS = re.compile(r"/Date\((\d+)")


def request(
    account: Account, batch: Sequence[Sending], label: str, more: dict[str, str]
) -> Request:
    """One request for all of them: they carry the same text."""
    body: dict[str, object] = {
        **keys(account),
        "Phones": [dialled(each.to) for each in batch],
        "Content": batch[0].text,
        "Brandname": account.account_id,
        "SmsType": ADVERTISING,
        "IsUnicode": "1" if batch[0].keeps_accents else "0",
        "RequestId": label,
        "campaignid": label,
    }
    return post("SendMultipleSMSBrandname_json/", {**body, **more})


def look_up(account: Account, since: dt.datetime, until: dt.datetime, page: int) -> Request:
    """What was made between two moments, on the clock of Viet Nam, with a minute to spare."""
    minute = dt.timedelta(minutes=1)
    body: dict[str, object] = {
        **keys(account),
        "From": _said(since - minute),
        "To": _said(until + minute),
        "Page": page,
        "PageSize": PAGE_SIZE,
        "SmsType": ADVERTISING,
    }
    return post("GetSmsSentData_V2", body)


def _said(moment: dt.datetime) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M:%S}"


def looked_up(reply: Reply, page: int) -> tuple[list[Fate], bool]:
    """The numbers of a page, and whether more follow."""
    answer = understand(reply)
    if str(answer.get("CodeResult")) != ACCEPTED:
        raise OutcomeUnknown(str(answer.get("CodeResult")))
    rows = answer.get("SentData")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    more = bool(rows) and page * PAGE_SIZE < whole(answer.get("CountTotal"))
    return [_fate(row) for row in rows], more


def receivers(account: Account, ref: str) -> Request:
    """How it stands with every number of one request, of the last seven days."""
    query = urlencode({"RefId": ref} | keys(account))
    return Request("GET", f"{settings.ESMS_URL}/GetSmsReceiverStatus_get?{query}")


def received(reply: Reply, ref: str) -> list[Fate]:
    """Its numbers; nothing is said of a price here."""
    answer = understand(reply)
    rows = answer.get("ReceiverList")
    if str(answer.get("CodeResult")) != ACCEPTED or not isinstance(rows, list):
        raise OutcomeUnknown(str(answer.get("CodeResult")))
    return [_received(row, ref) for row in rows if isinstance(row, dict)]


def _received(row: dict[str, object], ref: str) -> Fate:
    sent, well = (str(row.get(name, "")).lower() == "true" for name in ("IsSent", "SentResult"))
    news = "" if not sent else "delivered" if well else "failed"
    code = f"status-{FINISHED}" if news == "failed" else ""
    return Fate(ref, "", _e164(row.get("Phone")), news, code=code)


def _e164(phone: object) -> str:
    return "+84" + str(phone or "").removeprefix("84").removeprefix("0")


def _fate(row: dict[str, object]) -> Fate:
    status, result = str(row.get("SendStatus", "")), str(row.get("SendResult", ""))
    news = code = ""
    if status == REFUSED or (status == FINISHED and result == "0"):
        news, code = "failed", f"status-{status}"
    elif status == FINISHED and result == "1":
        news = "delivered"
    found = _MILLISECONDS.match(str(row.get("SentTime", "")))
    return Fate(
        ref=str(row.get("ReferenceId") or ""),
        label=str(row.get("Campaign") or ""),
        to=_e164(row.get("Phone")),
        news=news,
        at=dt.datetime.fromtimestamp(int(found[1]) / 1000, tz=dt.UTC) if found and news else None,
        code=code,
        cost=whole(row.get("SellPrice")) if news else None,
    )
