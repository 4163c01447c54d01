"""Mail that does not arrive: addresses that are refused, slow or full, and letters that come back.

The local part of an address says what happens to it; a report of a failed delivery is posted, as
the mail it is, to the address that the letter or the control call names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from urllib.parse import urlsplit

from messaging.gateway.clock import local

SLOW_SECONDS = 8.0
BOUNCE_HEADER = "X-Bounce-Url"
REFUSALS = {
    ".bounce": "550 5.1.1 No such user here",
    ".full": "452 4.2.2 Mailbox is full, try again later",
}
LATER, SLOW = ".later", ".slow"


@dataclass(slots=True)
class MailSwitches:
    bounce_url: str = ""  # where reports go that no letter names
    slow_seconds: float = SLOW_SECONDS
    fail: str = ""  # an SMTP code for every recipient: 421, 451, 550, 554 …

    def set(self, values: dict[str, object]) -> None:
        """Raises ValueError."""
        unknown = sorted(set(values) - set(MailSwitches.__slots__))
        if unknown:
            raise ValueError(f"unknown switch: {', '.join(unknown)}")
        fail = str(values.get("fail", self.fail) or "")
        if fail and not re.fullmatch(r"[45]\d\d", fail):
            raise ValueError("fail must be an SMTP code from 400 to 599")
        self.slow_seconds = float(str(values.get("slow_seconds", self.slow_seconds)))
        self.bounce_url, self.fail = str(values.get("bounce_url", self.bounce_url) or ""), fail


def ending(address: str) -> str:
    """`.bounce` of lan.bounce@example.vn and of lan.bounce+tag@example.vn; empty: none."""
    local_part = address.rsplit("@", 1)[0].split("+", 1)[0].lower()
    return next((e for e in (*REFUSALS, LATER, SLOW) if local_part.endswith(e)), "")


def report_of(letter: EmailMessage, sender: str, recipient: str, at: float) -> str:
    """A delivery status notification (RFC 3464) about one recipient, as the text of a mail."""
    report = MIMEMultipart("report")
    report.set_param("report-type", "delivery-status")
    report["From"] = "MAILER-DAEMON@localhost"
    report["To"] = sender
    report["Subject"] = "Undelivered Mail Returned to Sender"
    report["Auto-Submitted"] = "auto-replied"
    report["Date"] = format_datetime(local(at))
    report.attach(MIMEText(f"<{recipient}>: 550 5.1.1 User unknown"))
    of_server, of_recipient = EmailMessage(), EmailMessage()
    of_server["Reporting-MTA"] = "dns; localhost"
    of_server["Arrival-Date"] = format_datetime(local(at))
    of_recipient["Final-Recipient"] = f"rfc822; {recipient}"
    of_recipient["Original-Recipient"] = f"rfc822; {recipient}"
    of_recipient["Action"] = "failed"
    of_recipient["Status"] = "5.1.1"
    of_recipient["Diagnostic-Code"] = "smtp; 550 5.1.1 User unknown"
    status = Message()
    status["Content-Type"] = "message/delivery-status"
    status.set_payload([of_server, of_recipient])
    report.attach(status)
    headers = EmailMessage()
    for name, value in letter.items():
        headers[name] = value
    report.attach(MIMEText(headers.as_string(), "rfc822-headers"))
    return report.as_string()


def one_click(headers: dict[str, str]) -> str:
    """The address a mail program posts to when somebody presses "unsubscribe"; empty: none."""
    if headers.get("List-Unsubscribe-Post", "").strip() != "List-Unsubscribe=One-Click":
        return ""
    named = re.findall(r"<([^>]+)>", headers.get("List-Unsubscribe", ""))
    return next((each for each in named if urlsplit(each).scheme in ("http", "https")), "")
