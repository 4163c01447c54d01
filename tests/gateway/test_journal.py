"""What the gateway wrote down is what it knows again, also of an older gateway's hand."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from messaging.gateway.book import DELIVERED, Book, Row
from messaging.gateway.journal import Journal
from tests.gateway.hands import cs, user
from tests.messaging.gateway_server import GatewayServer

#: Lines as the gateway wrote them before it had codes, kinds and letters' headers.
OLD = [
    ["phone", "+84903418277", "refused", "ok"],
    ["row", "m1", "esms", "+84903418276", "key", "", {}, "An Tam nhac", "r-1", 1.0, "NKAnTam", "",
     350, "accepted", 0.0, 0, "", 0],
    ["state", "m1", "delivered", 2.0, 350, ""],
    ["mail", {"id": 1, "at": 1.0, "sender": "a@b.vn", "to": ["lan@example.vn"], "subject": "Mời",
              "text": "Chào"}],
]  # fmt: skip


def test_an_older_journal_is_read(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    lines = "".join(json.dumps([entry]) + "\n" for entry in OLD)
    (state / "journal.jsonl").write_text(lines)
    with GatewayServer(tmp_path) as server:
        (row,) = server.book()
        assert (row["id"], row["state"], row["kind"]) == ("m1", "delivered", None)
        assert server.control("phones/0903418277")["zalo"] == "refused"
        assert server.control("mail")["letters"][0]["headers"] == {}


def test_a_tidied_journal_says_the_same(tmp_path: Path) -> None:
    async def write() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        journal = Journal(tmp_path / "a")
        book = Book(journal)
        for number in range(3):
            book.accept(Row(str(number), "oa", "+84903418276", "oa", "", {}, "Dạ", "", 1.0,
                            kind="cs", extra={"batch": "b", "counted": "sub_quota"}))  # fmt: skip
        row = book.rows[1]
        book.settle(row, DELIVERED, 2.0, charged=55, hook="due")
        book.hooked(row, "acknowledged")
        book.see(row, 3.0)
        book.amend(row, error="30003", text="", approved=True)
        again = Book(Journal(tmp_path / "b"))
        for kind, *values in json.loads(json.dumps([list(e) for e in book.snapshot()])):
            again.replay(kind, values)
        assert again.counts == book.counts
        assert len(again.batch("b")) == 3
        journal.flush()
        return [asdict(r) for r in book.rows], [asdict(r) for r in again.rows]

    # in a thread of its own: a browser of an earlier test may have left its loop in this one
    with ThreadPoolExecutor() as threads:
        before, after = threads.submit(asyncio.run, write()).result()
    assert before[0] == after[0]
    lost = {"attempts": 0, "hook": "acknowledged"}  # told, so it need not be told again
    assert before[1] | lost == after[1] | lost


def test_a_reset_forgets_people_and_events_but_not_who_they_are(gateway: GatewayServer) -> None:
    her = user(gateway)
    assert cs(gateway, her)["error"] == 0
    gateway.control("reset", {})
    assert gateway.control("events")["events"] == []
    assert cs(gateway, her)["error"] == -201
    assert user(gateway) == her
