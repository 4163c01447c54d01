"""No more letters of this kind: looking changes nothing, one press does, at once."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from clinics.registry.models import Clinic
from messaging import unsubscribe
from messaging.models import Message
from patients.public import basis
from tests.messaging.outposts import Outpost, work
from tests.way import words


@pytest.fixture
def written(outpost: Outpost) -> Message:
    """A message that counts as a letter about care."""
    message = outpost.say(allowed_channels=["zalo", "email"])
    Message.objects.filter(pk=message.pk).update(channel="email")
    message.refresh_from_db()
    return message


@pytest.fixture
def phone() -> Client:
    """Her mail program: no cookies, no tokens."""
    return Client(enforce_csrf_checks=True, headers={"host": "an-tam.localhost"})


def path(message: Message) -> str:
    return f"/u/{unsubscribe.token(message.uid)}/"


def page(answer: Any) -> str:
    html = answer.content.decode()
    for piece in words.said_on(html):
        found = [*words.FORBIDDEN.finditer(piece), *words.ENGLISH.finditer(piece)]
        assert not found, piece
    return str(html)


def refusals(message: Message) -> list[tuple[str, str, str]]:
    rows = message.patient.basis_set.filter(kind="refusal")
    return list(rows.values_list("purpose", "channel", "source"))


def test_looking_changes_nothing_and_offers_a_button(written: Message, phone: Client) -> None:
    for _ in range(2):
        answer = phone.get(path(written))
        assert answer.status_code == 200
        html = page(answer)
        assert 'method="post"' in html and "Ngừng nhận thư này" in html
    assert refusals(written) == []
    assert unsubscribe.urls([written.uid]) == {
        written.uid: f"http://an-tam.localhost{path(written)}"
    }


def test_one_press_ends_it_at_once_and_says_so(
    outpost: Outpost, written: Message, phone: Client
) -> None:
    answer = phone.post(path(written), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200  # never a redirect
    assert "Đã ngừng gửi." in page(answer)
    assert refusals(written) == [("care", "email", "link")]
    written.refresh_from_db()
    assert (written.state, written.error_code) == ("cancelled", "refused")
    verdicts = basis.verdicts([written.patient_id], "care")[written.patient_id]
    assert (verdicts["email"].allowed, verdicts["sms"].allowed) == (False, True)
    offers = basis.verdicts([written.patient_id], "offer")[written.patient_id]
    assert offers["email"].reason != "refused"
    phone.post(path(written))
    assert len(refusals(written)) == 1
    assert "Đã ngừng gửi." in page(phone.get(path(written)))
    work()


def test_an_altered_address_and_another_clinics_open_nothing(
    written: Message, phone: Client, other_clinic: Clinic
) -> None:
    good = unsubscribe.token(written.uid)
    with schema_context(other_clinic.schema_name):
        theirs = unsubscribe.token(written.uid)
    nobodys = unsubscribe.token(uuid.uuid4())
    other = "A" if good[5] != "A" else "B"
    for token in (good[:5] + other + good[6:], good[:-1], theirs, nobodys, "x", "chữ", "a" * 400):
        for answer in (phone.get(f"/u/{token}/"), phone.post(f"/u/{token}/")):
            assert answer.status_code == 404
            assert "Đường dẫn này chưa đủ." in page(answer)
    assert refusals(written) == []
    there = Client(headers={"host": "mai-lan.localhost"})
    assert there.post(f"/u/{good}/").status_code == 404
