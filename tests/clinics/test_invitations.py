"""Invited by e-mail, with a password of her own; forgotten passwords; a new device is told."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from clinics import invitations
from clinics.models import Invitation, Role, Staff
from clinics.public import AuditEntry, Branch, places, staff

pytestmark = pytest.mark.django_db
PASSWORD = "nu-cuoi-cua-ban"


@pytest.fixture
def branch(clinic: Any) -> Branch:
    return places.open_branch(code="q3", name="Quận 3", hotline="+842873006868")


def invite(client: Client, branch: Branch, **more: Any) -> Any:
    said = {
        "full_name": "Phạm Thị Lan", "email": "Lan.Pham@Example.vn", "role": "reception",
        "branches": [str(branch.uid)],
    } | more  # fmt: skip
    return client.post("/staff/invite/", said)


def link(letter: int = -1) -> str:
    found = re.search(r"http://an-tam\.localhost[^/\s]*(/\S+)", str(mail.outbox[letter].body))
    assert found, mail.outbox[letter].body
    return found.group(1)


def nobody() -> Client:
    return Client(headers={"host": "an-tam.localhost"})


def answer(path: str, **more: str) -> Any:
    said = {"username": "lan-pham", "password": PASSWORD, "again": PASSWORD} | more
    return nobody().post(path, said)


def test_an_invited_person_chooses_her_password_and_signs_in(
    client_for: Callable[..., Client], branch: Branch
) -> None:
    owner = client_for("owner")
    assert invite(owner, branch).status_code == 302
    (letter,) = mail.outbox
    assert letter.to == ["lan.pham@example.vn"]
    assert letter.subject == "Nha khoa An Tâm mời anh/chị dùng Tái Khám"
    assert "Lễ tân" in letter.body
    page = nobody().get(link())
    assert "Phạm Thị Lan" in page.content.decode() and 'value="lan-pham"' in page.content.decode()
    assert answer(link()).status_code == 200
    person = Staff.objects.get(user__username="lan-pham")
    assert (person.role, list(person.branches.all())) == ("reception", [branch])
    assert person.user.email == "lan.pham@example.vn"
    signed = nobody().post("/accounts/login/", {"login": "lan-pham", "password": PASSWORD})
    assert signed.status_code == 302
    assert len(mail.outbox) == 1  # her first device is no news
    assert AuditEntry.objects.get(verb="signed.in").actor == person
    assert nobody().get(link(0)).status_code == 404  # once


def test_a_link_ends(client_for: Callable[..., Client], branch: Branch, clock: Any) -> None:
    owner = client_for("owner")
    invite(owner, branch)
    waiting = Invitation.objects.get()
    first = link()
    owner.post(f"/staff/invitations/{waiting.uid}/again/")
    second = link()
    assert nobody().get(first).status_code == 404
    assert nobody().get(second).status_code == 200
    clock.advance(hours=73)
    assert nobody().get(second).status_code == 404
    assert answer(second).status_code == 404
    owner.post(f"/staff/invitations/{waiting.uid}/again/")
    owner.post(f"/staff/invitations/{waiting.uid}/withdraw/")
    assert answer(link()).status_code == 404
    assert not Staff.objects.filter(user__username="lan-pham").exists()


def test_who_may_invite_whom(client_for: Callable[..., Client], branch: Branch) -> None:
    manager = client_for("manager")
    assert invite(manager, branch, role="owner").status_code == 422
    assert invite(manager, branch, branches=[]).status_code == 422
    assert invite(manager, branch, email="no address").status_code == 422
    assert invite(client_for("branch_manager"), branch).status_code == 403
    assert (Invitation.objects.count(), mail.outbox) == (0, [])
    owner = client_for("owner")
    assert invite(owner, branch, role="owner", branches=[]).status_code == 302
    assert invite(owner, branch).status_code == 302  # the same address again: the first one ends
    assert invitations.waiting().get().role == Role.RECEPTION
    hers = invitations.waiting().get()
    Invitation.objects.filter(pk=hers.pk).update(role="owner")
    assert manager.post(f"/staff/invitations/{hers.uid}/again/").status_code == 404


def test_a_bad_answer_is_said_beside_its_field(
    client_for: Callable[..., Client], branch: Branch
) -> None:
    staff.hire(username="taken", password=None, full_name="x", role=Role.CARE)
    invite(client_for("owner"), branch)
    for more, said in (
        ({"username": "Taken"}, "Tên này đã có người dùng"),
        ({"again": "another-one-1"}, "Hai mật khẩu không giống nhau"),
        ({"password": "short", "again": "short"}, "10"),
    ):
        page = answer(link(), **more)
        assert page.status_code == 422 and said in page.content.decode()
    assert invitations.waiting().exists()


def test_a_letter_that_is_not_taken_is_told(
    client_for: Callable[..., Client], branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any, **_more: Any) -> int:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    owner = client_for("owner")
    invite(owner, branch)
    assert "chưa nhận thư" in owner.get("/staff/").content.decode()
    assert invitations.waiting().exists()


def hired(email: str = "lan@example.vn") -> Staff:
    return staff.hire(
        username="lan", password=PASSWORD, full_name="Lan", role=Role.CARE, email=email
    )


def test_a_forgotten_password_is_chosen_anew_by_mail(branch: Branch) -> None:
    person = hired()
    sent = nobody().post("/accounts/password/reset/", {"email": "LAN@example.vn"})
    assert sent.status_code == 302
    (letter,) = mail.outbox
    assert letter.subject == "Mật khẩu mới cho Nha khoa An Tâm"
    client = nobody()
    form = client.get(link(), follow=True)
    assert "Mật khẩu mới" in form.content.decode()
    path = form.redirect_chain[-1][0]
    fresh = "cay-tre-tram-dot"
    done = client.post(path, {"password1": fresh, "password2": fresh}, follow=True)
    assert "Đã đổi mật khẩu" in done.content.decode()
    person.user.refresh_from_db()
    assert person.user.check_password(fresh)
    assert AuditEntry.objects.filter(verb="password.set", subject=person.uid).exists()
    used = nobody().get(link(), follow=True)
    assert "đã dùng hoặc đã quá hạn" in used.content.decode()


def test_an_unknown_address_gets_no_letter_and_the_same_answer(branch: Branch) -> None:
    known, unknown = nobody(), nobody()
    hired()
    one = known.post("/accounts/password/reset/", {"email": "lan@example.vn"})
    two = unknown.post("/accounts/password/reset/", {"email": "nobody@example.vn"})
    assert (one.status_code, one["Location"]) == (two.status_code, two["Location"])
    assert len(mail.outbox) == 1


def test_a_new_device_is_told_once(branch: Branch) -> None:
    hired()
    first, second = nobody(), nobody()
    for client in (first, first, second, second):
        client.post("/accounts/login/", {"login": "lan", "password": PASSWORD})
        client.post("/accounts/logout/")
    (letter,) = mail.outbox
    assert letter.subject == "Thiết bị mới đăng nhập vào Nha khoa An Tâm"
    assert "lan" in letter.body and "/accounts/password/reset/" in letter.body
    assert AuditEntry.objects.filter(verb="signed.in").count() == 4
