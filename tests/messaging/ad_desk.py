"""eSMS's desk for advertising: takes campaigns, lets a person approve them, is asked how it went.

Behaves as reference pages say: at least 30 distinct numbers, nothing is reported by itself.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PRICE = 345
WAITING, SENT, FINISHED, REFUSED = 1, 7, 5, 4


@dataclass
class Campaign:
    id: str
    label: str
    body: dict[str, Any]
    status: int = WAITING
    failed: set[str] = field(default_factory=set)


@dataclass
class AdDesk:
    """`lose`: the next campaigns are taken and their answer is lost. `refuse`: a code instead."""

    campaigns: list[Campaign] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    lose: int = 0
    refuse: str = ""
    knows_labels: bool = True

    def __enter__(self) -> AdDesk:
        desk = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = desk.answer(self.path, body)
                self.close_connection = True
                if answer is None:
                    return
                raw = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(raw)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/esms"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        if path.endswith("/GetSmsSentData_V2"):
            return self._sent_data(body)
        assert path.endswith("/SendMultipleSMSBrandname_json/"), path
        if self.refuse:
            return {"CodeResult": self.refuse, "CountRegenerate": 0, "ErrorMessage": "no"}
        if len(set(body["Phones"])) < 30:
            return {"CodeResult": "107", "ErrorMessage": "Each request has at least 30 numbers"}
        campaign = Campaign(uuid.uuid4().hex, body["campaignid"], body)
        self.campaigns.append(campaign)
        if self.lose:
            self.lose -= 1
            return None
        return {"CodeResult": "100", "CountRegenerate": 0, "SMSID": campaign.id}

    def _sent_data(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        rows = [row for campaign in self.campaigns for row in self._rows(campaign)]
        first = (int(body["Page"]) - 1) * int(body["PageSize"])
        page = rows[first : first + int(body["PageSize"])]
        return {"CodeResult": "100", "CountTotal": len(rows), "SentData": page}

    def _rows(self, campaign: Campaign) -> list[dict[str, Any]]:
        at = int(dt.datetime(2026, 6, 1, 3, tzinfo=dt.UTC).timestamp() * 1000)
        rows = []
        for phone in campaign.body["Phones"]:
            well = phone not in campaign.failed
            done = campaign.status == FINISHED
            rows.append(
                {
                    "Campaign": campaign.label if self.knows_labels else "",
                    "Phone": phone,
                    "ReferenceId": campaign.id,
                    "SellPrice": float(PRICE) if well else 0.0,
                    "SendResult": int(well) if done else 0 if campaign.status == REFUSED else 2,
                    "SendStatus": campaign.status,
                    "SentTime": f"/Date({at}+0700)/",
                    "SmsType": 1,
                }
            )
        return rows
