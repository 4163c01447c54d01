"""What is told to the product, as HTTP calls: Zalo's signed webhooks and others' callbacks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from yarl import URL

from messaging.gateway.accounts import TwilioAccount, ZaloAccount
from messaging.gateway.book import DELIVERED, Row
from messaging.gateway.clock import milliseconds

TELCOS = {1: ("86", "96", "97", "98", "3"), 2: ("70", "76", "77", "78", "79", "89", "90", "93"),
          3: ("81", "82", "83", "84", "85", "88", "91", "94"), 4: ("52", "56", "58", "92"),
          5: ("59", "99"), 6: ("87",), 7: ("55",)}  # fmt: skip
NETWORKS = {1: "Viettel", 2: "Mobifone", 3: "Vinaphone", 4: "Vietnamobile", 5: "Gtel", 6: "Itel",
            7: "Reddi"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    url: URL
    headers: dict[str, str]
    body: bytes = b""


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def received(row: Row, account: ZaloAccount) -> dict[str, Any]:
    """user_received_message: of a template by phone, or of a message in the chat."""
    at = milliseconds(row.settled_at)
    told: dict[str, Any] = {"sender": {"id": account.oa_id}}
    if row.channel == "oa":
        told["recipient"] = {"id": row.extra["user_id"]}
        told["user_id_by_app"] = row.extra["user_id_by_app"]
        message = {"msg_id": row.id}
    else:
        told["recipient"] = {"id": row.phone.removeprefix("+")}
        message = {"delivery_time": at, "msg_id": row.id, "tracking_id": row.key}
    told |= {"event_name": "user_received_message", "message": message}
    return {**told, "app_id": account.app_id, "timestamp": at}


def zalo_call(account: ZaloAccount, body: str, at: str, *, zns: bool, forged: bool = False) -> Call:
    """A signed event; the same bytes each time, so a redelivery carries the same mac."""
    raw = body.encode()
    signature = "0" * 64 if forged else mac(account.app_id, raw, at, account.signing_secret())
    headers = {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={signature}"}
    if zns:
        headers["X-ZEvent-Server"] = "ZNS"
    url, host = to_this_machine(account.webhook_url, account.webhook_host)
    return Call("POST", url, headers | {"Host": host}, raw)


def mac(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """SHA-256 of app id, raw body, timestamp and OA secret in a row: a plain hash, no HMAC."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


def esms_report(row: Row) -> Call:
    delivered = row.state == DELIVERED
    query = {
        "SMSID": row.extra.get("batch", row.id),
        "SendFailed": "0" if delivered else "1",
        "SendStatus": "5",
        "SendSuccess": "1" if delivered else "0",
        "TotalPrice": f"{row.charged}.0000",
        "TotalReceiver": "1",
        "TotalSent": "1",
        "RequestId": row.key,
        "TypeId": "23" if row.kind == "viber" else "2",
        "telcoid": str(telco(row.phone)),
        "phonenumber": "0" + row.phone.removeprefix("+84"),
    }
    if row.kind != "viber":
        query["switchsmsid"] = ""
    url, host = to_this_machine(row.callback, "")
    return Call("GET", url.update_query(query), {"Host": host})


def telco(phone: str) -> int:
    number = phone.removeprefix("+84")
    return next((telco for telco, starts in TELCOS.items() if number.startswith(starts)), 1)


def esms_inbound(url: str, said: Mapping[str, str], private_key: str) -> Call:
    """A text to a short number: GET, signed by MD5 over four fields and the account's key."""
    signed = "".join(said[name] for name in ("cpid", "smsid", "content", "receiverTime"))
    digest = hashlib.md5((signed + private_key).encode(), usedforsecurity=False).digest()
    address, host = to_this_machine(url, "")
    query = {**said, "sign": base64.b64encode(digest).decode()}
    return Call("GET", address.update_query(query), {"Host": host})


def twilio_call(url: str, account: TwilioAccount, form: Mapping[str, str], *, forged: bool) -> Call:
    """A form signed by HMAC-SHA1 over the address and every sorted name and value."""
    said = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(account.auth_token.encode(), said.encode(), hashlib.sha1).digest()
    signature = base64.b64encode(b"0" * 20 if forged else digest).decode()
    address, host = to_this_machine(url, "")
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature,
        "Host": host,
    }
    return Call("POST", address, headers, urlencode(form).encode())


def twilio_form(row: Row, status: str = "") -> dict[str, str]:
    """What a status callback says: `status`, or what the message came to."""
    said = status or (
        "delivered" if row.state == DELIVERED else row.extra.get("ended", "undelivered")
    )
    form = {"ApiVersion": "2010-04-01", "AccountSid": row.account, "MessageSid": row.id}
    form |= {"SmsSid": row.id, "From": row.sender, "To": row.phone}
    form |= {"MessageStatus": said, "SmsStatus": said}
    if not status and row.error and row.state != DELIVERED:
        form["ErrorCode"] = row.error
    return form


def to_this_machine(address: str, host: str) -> tuple[URL, str]:
    """The address on 127.0.0.1 and the Host header to send: nothing leaves this machine.

    Names such as an-tam.localhost need no resolver this way either.
    """
    url = URL(address)
    return url.with_host("127.0.0.1"), host or url.authority
