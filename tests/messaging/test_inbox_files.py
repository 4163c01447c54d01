"""Pictures and files in the inbox: sent with an answer, copied from hers, opened by whom."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from clinics.public import places
from messaging import copies, followers, receipts, talks
from messaging.models import FileState, LineFile, LineFileData, Talk, TalkLine
from messaging.providers.zalo import chat
from tests.messaging.gateway_server import until
from tests.messaging.outposts import Outpost, Wire
from tests.messaging.test_attachments import PDF_BYTES
from tests.messaging.test_guides import chunk, png

Clients = Callable[..., Client]
PHONE = "0903100207"
PICTURE = png(chunk(b"tEXt", b"GPS 10.77 106.70"), size=(3, 2))


@pytest.fixture
def talk(outpost: Outpost, wire: Wire, settings: Any) -> Talk:
    """A patient on the gateway's phone, whose window is open."""
    settings.ZALO_OPENAPI_URL = f"{wire.gateway.base}/zalo-openapi"
    patient = outpost.patient(PHONE)
    act(outpost, wire, "follow")
    act(outpost, wire, "text", text=followers.make_code(patient).code)
    talks.settle(talks.of_patient(patient))
    return Talk.objects.get(patient=patient)


def act(outpost: Outpost, wire: Wire, do: str, **more: Any) -> None:
    wire.control(f"phones/{PHONE}/act", {"do": do, "oa_id": outpost.zalo.account_id, **more})
    wire.carry()
    receipts.understand_due()


def answers(
    client: Client, talk: Talk, *, file: bytes = b"", name: str = "a.png", **said: str
) -> Any:
    more = {"file": SimpleUploadedFile(name, file)} if file else {}
    posted = {"uid": str(uuid.uuid4()), "text": "", **said, **more}
    return client.post(f"/inbox/{talk.uid}/answer/", posted)


def chat_rows(wire: Wire) -> list[dict[str, Any]]:
    rows = [row for row in wire.book() if row.get("kind") == "cs"]
    return [{**row.get("extra", {}), "text": row["text"]} for row in rows]


def test_a_picture_goes_with_its_words_once(wire: Wire, talk: Talk, client_for: Clients) -> None:
    desk, same = client_for("reception"), str(uuid.uuid4())
    for _n in range(2):  # pressed twice
        said = answers(desk, talk, text="Ảnh ạ", file=PICTURE, name="Răng số 6.png", uid=same)
        assert said.status_code == 302
    line = TalkLine.objects.get(kind="out")
    assert line.state == "queued"
    copies.work()
    copies.work()
    line.refresh_from_db()
    assert (line.state, bool(line.ref)) == ("sent", True)
    (row,) = chat_rows(wire)
    assert (row["text"], row["type"]) == ("Ảnh ạ", "image")
    kept = LineFile.objects.get()
    assert (kept.name, kept.media_type, kept.width, kept.height) == (
        "Răng số 6.png", "image/png", 3, 2,
    )  # fmt: skip
    assert b"PNG" not in bytes(LineFileData.objects.get().data)  # it stands encrypted
    page = desk.get(f"/inbox/{talk.uid}/").content.decode()
    assert f'src="/inbox/{talk.uid}/files/{kept.uid}/"' in page
    opened = desk.get(f"/inbox/{talk.uid}/files/{kept.uid}/")
    assert opened.content == png(size=(3, 2))  # no place, no time
    assert opened["Content-Type"] == "image/png"
    assert opened["Cache-Control"] == "private, no-store"
    assert opened["X-Content-Type-Options"] == "nosniff"
    assert opened["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert opened["Content-Disposition"].startswith("inline")


def test_a_file_goes_after_its_words_and_is_never_shown_inside_the_page(
    wire: Wire, talk: Talk, client_for: Clients
) -> None:
    desk = client_for("reception")
    assert (
        answers(desk, talk, text="Dạ đây", file=PDF_BYTES, name="Phiếu hẹn.pdf").status_code == 302
    )
    copies.work()
    rows = chat_rows(wire)
    assert [(row["type"], row["text"]) for row in rows] == [
        ("text", "Dạ đây"),
        ("file", ""),
    ]
    page = desk.get(f"/inbox/{talk.uid}/").content.decode()
    assert "Phiếu hẹn.pdf" in page
    kept = LineFile.objects.get()
    opened = desk.get(f"/inbox/{talk.uid}/files/{kept.uid}/")
    assert opened["Content-Disposition"].startswith("attachment")
    assert (opened["Content-Type"], opened.content) == ("application/pdf", PDF_BYTES)
    assert "Phòng khám: tệp" in desk.get("/inbox/?tab=all").content.decode()


@pytest.mark.parametrize(
    ("name", "raw", "why"),
    [
        ("anh.png", b"<svg onload='x'/>", "JPG, PNG, PDF"),
        ("ket-qua.pdf", b"<html></html>", "JPG, PNG, PDF"),
        ("lon.png", png() + b" " * chat.MOST_OF_IMAGE, "1 MB"),
        ("lon.pdf", PDF_BYTES + b" " * chat.MOST_OF_FILE, "5 MB"),
    ],
)
def test_what_cannot_be_sent_is_said_beside_the_field_and_the_words_stay(
    talk: Talk, client_for: Clients, name: str, raw: bytes, why: str
) -> None:
    said = answers(client_for("reception"), talk, text="Em gửi chị", file=raw, name=name)
    assert said.status_code == 422
    page = said.content.decode()
    assert why in page.partition('id="say-why"')[2].partition("</p>")[0]
    assert ">Em gửi chị</textarea>" in page
    assert not TalkLine.objects.filter(kind="out").exists()


def test_a_lost_upload_has_said_nothing_so_it_is_tried_again(
    wire: Wire, talk: Talk, client_for: Clients, clock: Any
) -> None:
    wire.mode(channel="zalo", endpoint="upload/image", lose_answer=True)
    answers(client_for("reception"), talk, file=PICTURE)
    copies.work()
    line = TalkLine.objects.get(kind="out")
    assert (line.state, line.error_code, chat_rows(wire)) == ("queued", "no_connection", [])
    wire.mode()
    clock.advance(minutes=1)
    copies.work()
    line.refresh_from_db()
    assert (line.state, len(chat_rows(wire))) == ("sent", 1)


def test_what_zalo_refuses_is_said_and_may_be_sent_again(
    wire: Wire, talk: Talk, client_for: Clients
) -> None:
    desk = client_for("reception")
    wire.mode(channel="zalo", endpoint="upload/image", fail="-201")
    answers(desk, talk, file=PICTURE)
    copies.work()
    line = TalkLine.objects.get(kind="out")
    assert line.state == "failed"
    assert f"/inbox/{talk.uid}/again/" in desk.get(f"/inbox/{talk.uid}/").content.decode()
    wire.mode()
    desk.post(f"/inbox/{talk.uid}/again/", {"uid": str(line.uid)})
    copies.work()
    line.refresh_from_db()
    assert (line.state, len(chat_rows(wire))) == ("sent", 1)


def test_nobody_else_opens_it(
    wire: Wire, outpost: Outpost, talk: Talk, client_for: Clients
) -> None:
    answers(client_for("reception"), talk, file=PICTURE)
    address = f"/inbox/{talk.uid}/files/{LineFile.objects.get().uid}/"
    other = places.open_branch(code="q7", name="Quận 7", hotline="+842873006868")
    assert client_for("reception", branches=[other]).get(address).status_code == 404
    assert client_for("dentist").get(address).status_code == 403
    beside = talks.of_patient(outpost.patient("0903100208"))
    assert (
        client_for("owner").get(address.replace(str(talk.uid), str(beside.uid))).status_code == 404
    )
    assert client_for("owner").get(address).status_code == 200


def sends(outpost: Outpost, wire: Wire, url: str, do: str = "image", **more: Any) -> LineFile:
    said = {"do": do, "oa_id": outpost.zalo.account_id, "url": url, **more}
    wire.control(f"phones/{PHONE}/act", said)

    def came() -> bool:
        wire.carry()  # what Zalo says of our own lines comes by the same way
        receipts.understand_due()
        return LineFile.objects.filter(line__kind="in").exists()

    until(came)
    return LineFile.objects.get(line__kind="in")


def test_what_she_sends_is_copied_and_shown(
    wire: Wire, outpost: Outpost, talk: Talk, client_for: Clients
) -> None:
    desk = client_for("reception")
    answers(desk, talk, file=PICTURE)
    copies.work()
    upload = chat_rows(wire)[0]["upload"]
    row = sends(outpost, wire, f"{wire.gateway.base}/uploads/{upload}")
    assert row.state == FileState.WANTED
    assert "đang tải về" in desk.get(f"/inbox/{talk.uid}/").content.decode()
    copies.work()
    row.refresh_from_db()
    assert (row.state, row.due_at, row.media_type) == (FileState.KEPT, None, "image/png")
    assert desk.get(f"/inbox/{talk.uid}/files/{row.uid}/").content == png(size=(3, 2))
    assert str(row.uid) in desk.get(f"/inbox/{talk.uid}/lines/").content.decode()


def test_only_the_providers_own_hosts_are_opened(
    wire: Wire, outpost: Outpost, talk: Talk, client_for: Clients
) -> None:
    row = sends(outpost, wire, "http://127.0.0.1:1/uploads/a")
    copies.work()
    row.refresh_from_db()
    assert (row.state, row.due_at, row.tries) == (FileState.GONE, None, 1)
    page = client_for("reception").get(f"/inbox/{talk.uid}/").content.decode()
    assert "không giữ được bản sao" in page


def test_what_is_not_there_is_asked_for_again_and_then_given_up(
    wire: Wire, outpost: Outpost, talk: Talk, clock: Any
) -> None:
    row = sends(outpost, wire, f"{wire.gateway.base}/uploads/{'0' * 48}", "file", name="a.pdf")
    for minutes in (0, *(each / timedelta(minutes=1) for each in copies.AGAIN)):
        row.refresh_from_db()
        assert row.state == FileState.WANTED
        clock.advance(minutes=minutes)
        copies.work()
    row.refresh_from_db()
    assert (row.state, row.tries, row.due_at) == (FileState.GONE, len(copies.AGAIN) + 1, None)


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://photo-stal-1.zdn.vn/a.jpg", True),
        ("https://down-static.zalo.me/a", True),
        ("http://photo-stal-1.zdn.vn/a.jpg", False),
        ("https://zdn.vn.evil.com/a.jpg", False),
        ("https://evilzdn.vn/a.jpg", False),
        ("https://zalo.me:8443/a", False),
        ("https://zalo.me@evil.com/a", False),
        ("https://zalo.me:x/a", False),
        ("http://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
        ("http://localhost:8010/uploads/a", True),
        ("http://localhost:8011/uploads/a", False),
    ],
)
def test_whose_an_address_is(url: str, own: object, settings: Any) -> None:
    settings.ZALO_OPENAPI_URL = "http://127.0.0.1:8010/zalo-openapi"
    assert chat.lies_at(url) is own


def test_the_database_knows_what_a_file_may_be(talk: Talk) -> None:
    line = TalkLine.objects.filter(talk=talk)[0]
    for wrong in ({"kind": "page"}, {"state": "lost"}, {"media_type": ""}):
        said = {"kind": "file", "state": "kept", "media_type": "application/pdf", **wrong}
        with pytest.raises(IntegrityError), transaction.atomic():
            LineFile.objects.create(line=line, name="", url="", **said)
