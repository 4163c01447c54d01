"""The frame around a staff page: ways by role, the branch she looks at, themes and plain pages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.views.defaults import server_error

from clinics.models import Branch
from clinics.registry.models import Clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(clinic: Clinic) -> list[Branch]:
    return [
        Branch.objects.create(name=name, code=name, address="") for name in ("Quận 3", "Thủ Đức")
    ]


def ways(html: str) -> list[str]:
    """The addresses in the rail, in order."""
    rail = html.split('class="tk-rail"', 1)[1].split("</nav>", 1)[0]
    return re.findall(r'class="go" href="([^"]+)"', rail)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("reception", ["/today/", "/patients/", "/inbox/", "/tasks/", "/data/"]),
        ("dentist", ["/dentist/", "/today/", "/patients/", "/tasks/"]),
        (
            "owner",
            [
                "/numbers/",
                "/today/",
                "/patients/",
                "/inbox/",
                "/tasks/",
                "/data/",
                "/staff/",
                "/settings/",
            ],
        ),
        ("marketing", ["/patients/", "/settings/messages/"]),
    ],
)
def test_the_rail_holds_what_the_role_opens(
    client_for: Callable[..., Client], two: list[Branch], role: str, expected: list[str]
) -> None:
    answer = client_for(role).get("/patients/")
    assert ways(answer.content.decode()) == expected


def test_a_chosen_branch_stays_chosen(client_for: Callable[..., Client], two: list[Branch]) -> None:
    client = client_for("owner")
    assert "Cả 2 chi nhánh" in client.get("/patients/").content.decode()
    answer = client.get(f"/branch/{two[1].uid}/?next=/patients/")
    assert (answer.status_code, answer["Location"]) == (302, "/patients/")
    top = client.get("/patients/").content.decode().split('class="tk-branch"', 1)[1][:600]
    assert "Thủ Đức" in top


def test_a_branch_of_others_cannot_be_chosen(
    client_for: Callable[..., Client], two: list[Branch]
) -> None:
    client = client_for("reception", branches=[two[0]])
    assert client.get(f"/branch/{two[1].uid}/").status_code == 404
    assert client.get("/branch/nothing/").status_code == 404


def test_after_choosing_nobody_is_sent_elsewhere(
    client_for: Callable[..., Client], two: list[Branch]
) -> None:
    answer = client_for("owner").get("/branch/all/?next=https://elsewhere.example/")
    assert answer["Location"] == "/"


def test_the_theme_is_in_the_first_byte_sent(
    client_for: Callable[..., Client], two: list[Branch]
) -> None:
    client = client_for("owner")
    client.cookies["theme"] = "trau-dem"
    assert '<html lang="vi" data-theme="trau-dem">' in client.get("/patients/").content.decode()


def test_a_page_of_english_is_english(client_for: Callable[..., Client], two: list[Branch]) -> None:
    client = client_for("owner")
    client.post("/i18n/setlang/", {"language": "en", "next": "/patients/"})
    html = client.get("/patients/").content.decode()
    assert '<html lang="en">' in html
    assert "Find a patient" in html


def test_signing_in_by_user_name(client_for: Callable[..., Client], two: list[Branch]) -> None:
    nobody = client_for(None)
    page = nobody.get("/accounts/login/").content.decode()
    assert 'name="login"' in page
    wrong = nobody.post("/accounts/login/", {"login": "letan", "password": "khong-phai-vay"})
    assert wrong.status_code == 200
    assert 'value="letan"' in wrong.content.decode()  # what was typed is still there
    assert 'role="alert"' in wrong.content.decode()


def test_nothing_at_an_address_is_a_plain_page(
    client_for: Callable[..., Client], two: list[Branch]
) -> None:
    answer = client_for("owner").get("/nothing-here/")
    assert answer.status_code == 404
    assert "Không có gì ở địa chỉ này" in answer.content.decode()


def test_what_fails_on_our_side_has_a_page_that_asks_nobody(clinic: Clinic) -> None:
    with CaptureQueriesContext(connection) as asked:
        answer = server_error(RequestFactory().get("/"))
    assert (answer.status_code, len(asked)) == (500, 0)
    assert re.search(r'href="/static/app\S*\.css"', answer.content.decode())
    assert "Lỗi ở phía máy chủ" in answer.content.decode()


def test_no_page_carries_a_script_or_style_of_its_own(
    client_for: Callable[..., Client], two: list[Branch]
) -> None:
    html = client_for("owner").get("/patients/").content.decode()
    assert "<style" not in html
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []
    assert re.findall(r'(?:src|href)="https?://', html) == []
