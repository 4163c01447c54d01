"""The inbox's pages: whose words stand there, what one press does, who may."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinics import clock as product_clock
from clinics.models import Branch
from clinics.public import places
from messaging import conversation, followers, inbox, qr, quick, replies, talks
from messaging.models import QuickReply, Talk, TalkLine, Wait
from patients.public import Patient, appointments
from tests.messaging.talking import HER, OA, Zalo, zalo

__all__ = ["zalo"]

Clients = Callable[..., Client]


@pytest.fixture
def trang(zalo: Zalo) -> Patient:
    patient = zalo.patient()
    zalo.shares("84903418276")
    return patient


def page(client: Client, path: str, **asked: str) -> str:
    answer = client.get(path, asked)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def press(client: Client, talk: Talk, deed: str, **said: str) -> Any:
    return client.post(f"/inbox/{talk.uid}/{deed}/", {"uid": str(uuid.uuid4()), **said})


def test_what_she_wrote_stands_in_the_list_and_in_the_conversation(
    zalo: Zalo, trang: Patient, client_for: Clients
) -> None:
    zalo.hears("Sau 17h được không em")
    desk = client_for("reception")
    talk = Talk.objects.get()
    assert "Sau 17h được không em" in page(desk, "/inbox/")
    shown = page(desk, f"/inbox/{talk.uid}/")
    assert "Sau 17h được không em" in shown
    assert "47 giờ" in shown
    assert "Nguyễn Thu Trang" in shown


def test_an_answer_pressed_twice_is_one_and_ends_the_waiting(
    zalo: Zalo, trang: Patient, client_for: Clients
) -> None:
    zalo.hears("Chào em")
    desk, talk, same = client_for("reception"), Talk.objects.get(), str(uuid.uuid4())
    for _n in range(2):
        assert press(desk, talk, "answer", text="Dạ chị", uid=same).status_code == 302
    assert TalkLine.objects.filter(kind="out").count() == 1
    talk.refresh_from_db()
    assert (talk.waits_since, talk.unread, talk.assigned_to) == (
        None, 0, desk.staff,  # type: ignore[attr-defined]
    )  # fmt: skip
    assert "Sau" not in page(desk, "/inbox/")
    assert "Dạ chị" in page(desk, "/inbox/", tab="all")


def test_the_tabs_hold_what_they_say(zalo: Zalo, trang: Patient, client_for: Clients) -> None:
    desk = client_for("reception")
    zalo.hears("một")
    other = zalo.patient("0903418277", "Hồ Quang Hiếu")
    talks.failed(talks.of_patient(other), why="-118", at=product_clock.now())
    mine = Talk.objects.get(patient=trang)

    def names_in(tab: str) -> list[str]:
        rows = inbox.listing(desk.staff, [zalo.branch], tab=tab).rows  # type: ignore[attr-defined]
        return [row.name for row in rows]

    assert names_in("needs") == names_in("unread") == ["chị Nguyễn Thu Trang"]
    assert names_in("failed") == ["chị Hồ Quang Hiếu"]
    assert names_in("mine") == []
    press(desk, mine, "mine")
    assert names_in("mine") == ["chị Nguyễn Thu Trang"]
    press(desk, mine, "read")
    assert names_in("unread") == []
    press(desk, mine, "unread")
    assert names_in("unread") == ["chị Nguyễn Thu Trang"]
    press(desk, mine, "settle")
    assert names_in("needs") == names_in("unread") == []
    assert len(names_in("all")) == 2


def test_found_by_name_without_accents_and_by_number(
    zalo: Zalo, trang: Patient, client_for: Clients
) -> None:
    zalo.hears("một")
    zalo.hears("hai", who="77")
    followers.shared(zalo.account, "77", name="Minh Tú", phone="")
    desk = client_for("reception")
    assert "Nguyễn Thu Trang" in page(desk, "/inbox/rows/", q="thu trang")
    assert "Nguyễn Thu Trang" in page(desk, "/inbox/rows/", q="8276")
    assert "Minh Tú" not in page(desk, "/inbox/rows/", q="thu trang")
    assert "Minh Tú" in page(desk, "/inbox/rows/", q="Minh")


def test_as_many_statements_for_fifty_rows_as_for_one(zalo: Zalo, client_for: Clients) -> None:
    desk = client_for("reception")

    def statements() -> int:
        """Of the list itself: who she is and which clinic this is are looked up now and then."""
        with CaptureQueriesContext(connection) as caught:
            page(desk, "/inbox/rows/", tab="all")
        return sum("messaging_" in each["sql"] for each in caught)

    def both(n: int) -> None:
        zalo.hears("lạ", who=f"7{n}")
        patient = zalo.patient(f"09034182{n:02}", f"Khách Số {n}")
        followers.join(followers.person(zalo.account, f"8{n}"), patient)
        zalo.hears("quen", who=f"8{n}")

    both(10)
    statements()
    one = statements()
    for n in range(11, 36):
        both(n)
    assert statements() == one


def test_looking_again_costs_nothing_while_nothing_is_new(
    zalo: Zalo, trang: Patient, client_for: Clients
) -> None:
    zalo.hears("một")
    desk, talk = client_for("reception"), Talk.objects.get()
    rows, lines = inbox.version([zalo.branch]), conversation.version_of(talk)
    assert desk.get("/inbox/rows/", {"v": rows}).status_code == 204
    assert desk.get(f"/inbox/{talk.uid}/lines/", {"v": lines}).status_code == 204
    zalo.hears("hai")
    assert desk.get("/inbox/rows/", {"v": rows}).status_code == 200
    assert desk.get(f"/inbox/{talk.uid}/lines/", {"v": lines}).status_code == 200


def test_another_branchs_conversation_is_not_there(
    zalo: Zalo, trang: Patient, client_for: Clients
) -> None:
    zalo.hears("một")
    talk = Talk.objects.get()
    far = places.open_branch(code="td", name="Thủ Đức")
    there = client_for("reception", branches=[far])
    assert there.get(f"/inbox/{talk.uid}/").status_code == 404
    assert press(there, talk, "answer", text="Dạ").status_code == 404
    assert "Thu Trang" not in page(there, "/inbox/", tab="all")
    appointments.book(patient=trang, branch=far, start=product_clock.now())
    assert there.get(f"/inbox/{talk.uid}/").status_code == 200  # she is booked there
    zalo.account.branches.set([zalo.branch])
    zalo.hears("giá niềng", who="77")
    assert "giá niềng" not in page(there, "/inbox/", tab="all")
    assert "giá niềng" in page(
        client_for("reception", branches=[zalo.branch]), "/inbox/", tab="all"
    )


@pytest.mark.parametrize(
    ("role", "status"), [("care", 200), ("consultant", 200), ("manager", 200), ("dentist", 403),
                         ("assistant", 403), ("marketing", 403)],
)  # fmt: skip
def test_who_may(zalo: Zalo, client_for: Clients, role: str, status: int) -> None:
    assert client_for(role).get("/inbox/").status_code == status


def test_a_stranger_is_given_to_a_patient_by_one_press(zalo: Zalo, client_for: Clients) -> None:
    zalo.hears("Cho mình hỏi giá niềng")
    stranger, patient = Talk.objects.get(), zalo.patient()
    desk = client_for("reception")
    found = page(desk, f"/inbox/{stranger.uid}/who/", who="thu trang")
    assert str(patient.uid) in found
    desk.post(f"/inbox/{stranger.uid}/join/", {"patient": str(patient.uid)})
    talk = Talk.objects.get(merged_into__isnull=True)
    assert (talk.patient, talk.unread) == (patient, 1)
    assert "Cho mình hỏi giá niềng" in page(desk, f"/inbox/{talk.uid}/")
    zalo.hears("trong suốt")
    assert TalkLine.objects.filter(talk=talk).count() == 2
    assert desk.get(f"/inbox/{stranger.uid}/").status_code == 404


def test_a_stranger_becomes_somebody_new_by_one_press(zalo: Zalo, client_for: Clients) -> None:
    zalo.shares("84903418276", name="Minh Tú")
    desk, stranger = client_for("reception"), Talk.objects.get()
    for _n in range(2):
        desk.post(f"/inbox/{stranger.uid}/join/", {"full_name": "Đinh Minh Tú"})
    patient = Patient.objects.get()
    assert (patient.full_name, patient.source) == ("Đinh Minh Tú", "zalo")
    kinds = patient.patientcontactpoint_set.values_list("contact_point__kind", flat=True)
    assert sorted(kinds) == ["phone", "zalo"]


def test_several_people_behind_one_number_are_shown_as_such(
    zalo: Zalo, client_for: Clients
) -> None:
    zalo.patient("0903418276", "Võ Thị Hoa")
    zalo.patient("0903418276", "Võ Gia Hân")
    zalo.shares("84903418276", name="Hoa")
    desk, talk = client_for("reception"), Talk.objects.get()
    shown = page(desk, f"/inbox/{talk.uid}/")
    assert "Võ Thị Hoa" in shown
    assert "Võ Gia Hân" in shown


def test_an_internal_note_is_not_sent_and_keeps_her_waiting(
    zalo: Zalo, trang: Patient, client_for: Clients
) -> None:
    zalo.hears("Chào em")
    desk, talk = client_for("reception"), Talk.objects.get()
    press(desk, talk, "note", text="không dời quá thứ Sáu")
    talk.refresh_from_db()
    assert talk.waits_since is not None
    assert replies.next_due() is None
    assert "không dời quá thứ Sáu" in page(desk, f"/inbox/{talk.uid}/")


def test_outside_the_window_only_a_note_can_be_kept(
    zalo: Zalo, trang: Patient, client_for: Clients, clock: Any
) -> None:
    zalo.hears("Chào em")
    clock.advance(days=7, hours=1)
    desk, talk = client_for("reception"), Talk.objects.get()
    shown = page(desk, f"/inbox/{talk.uid}/")
    assert "7 ngày" in shown
    assert "Ctrl ↵" not in shown
    press(desk, talk, "answer", text="Dạ chị")
    assert not TalkLine.objects.filter(kind="out").exists()


def test_quick_replies_are_filled_and_only_know_the_closed_list(
    zalo: Zalo, trang: Patient, client_for: Clients
) -> None:
    owner = client_for("owner")
    said = {"title": "Giờ mở cửa", "body": "Dạ [cách gọi], [phòng khám] mở 8 giờ."}
    assert owner.post("/settings/replies/new/", said).status_code == 302
    for body in (
        "{{ password }}",
        "[mật khẩu]",
        "{% include 'x' %}",
        "{{ 1 | plus: 1 }}",
        "[đường dẫn]",
    ):
        answer = owner.post("/settings/replies/new/", {"title": "Sai", "body": body})
        assert answer.status_code == 422, body
    assert owner.post("/settings/replies/new/", said).status_code == 422  # the same name again
    zalo.hears("Chào em")
    shown = page(client_for("reception"), f"/inbox/{Talk.objects.get().uid}/")
    assert "Dạ chị Trang, " in shown
    assert "[cách gọi]" in page(owner, "/settings/replies/")
    reply = QuickReply.objects.get()
    owner.post(f"/settings/replies/{reply.uid}/delete/")
    assert quick.listed() == []


def test_how_soon_people_are_answered(zalo: Zalo, trang: Patient, clock: Any) -> None:
    for minutes in (5, 20, 90):
        zalo.hears("Chào em")
        clock.advance(minutes=minutes)
        line = replies.write(Talk.objects.get(), "Dạ", by=None)
        talks.answered(Talk.objects.get(), line)
    assert sorted(Wait.objects.values_list("open_minutes", flat=True)) == [5, 20, 90]
    assert inbox.pace([zalo.branch]) == inbox.Pace(3, 20, 2)


def test_her_four_digits_are_given_by_a_press_and_shown(zalo: Zalo, client_for: Clients) -> None:
    patient = zalo.patient()
    desk = client_for("reception")
    path = f"/patients/{patient.uid}/zalo/"
    before = page(desk, path)
    assert followers.code_of(patient) is None
    desk.post(path)
    code = followers.code_of(patient)
    assert code is not None
    assert code.code not in before
    assert code.code in page(desk, path)


def test_the_code_on_the_desk_opens_the_branchs_account(zalo: Zalo, client_for: Clients) -> None:
    shown = page(client_for("reception"), f"/inbox/qr/{zalo.branch.uid}/")
    assert f"https://zalo.me/{OA}" in shown
    assert qr.square(f"https://zalo.me/{OA}").path in shown
    assert "Quét để nhận lịch hẹn qua Zalo" in shown


def test_the_share_that_is_joined_and_its_people(zalo: Zalo, client_for: Clients) -> None:
    start = product_clock.now()
    for n, name in enumerate(("An", "Bình", "Chi"), start=1):
        patient = zalo.patient(f"090341827{n}", f"Lê {name}")
        appointments.book(patient=patient, branch=zalo.branch, start=start)
        if n == 1:
            followers.join(followers.person(zalo.account, HER), patient)
    zalo.patient("0903418279", "Không Còn Tới")
    assert followers.share([zalo.branch]) == followers.Share(1, 3)
    desk = client_for("reception")
    assert "Lê An" in page(desk, "/inbox/followers/")
    rest = page(desk, "/inbox/followers/", joined="no")
    assert "Lê Bình" in rest
    assert "Lê An" not in rest
    assert "Không Còn Tới" not in rest


def test_a_branch_without_an_account_says_so(zalo: Zalo, client_for: Clients) -> None:
    zalo.account.branches.set([zalo.branch])
    far = Branch.objects.create(name="Huế", code="hue")
    assert "zalo.me" not in page(client_for("owner"), f"/inbox/qr/{far.uid}/")
