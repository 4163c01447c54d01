"""The gateway's failures and its pages: what an operator can make go wrong, and what he sees."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.messaging.gateway_server import DATA, OA, TEMPLATE, GatewayServer, until

PHONE = "/phone/+84903418276"


def send(gateway: GatewayServer, timeout: float = 5) -> requests.Response:
    body = {"phone": "84903418276", "template_id": "501", "template_data": DATA, "tracking_id": "t"}
    address = f"{gateway.base}/zalo-business/message/template"
    # a session of its own: a connection that the gateway cuts must not be tried again
    with requests.Session() as http:
        return http.post(
            address, json=body, headers={"access_token": "first-access"}, timeout=timeout
        )


# modes


def test_a_lost_answer_is_accepted_all_the_same(gateway: GatewayServer) -> None:
    gateway.control("mode", {"lose_answer": True, "only_next": 1, "channel": "zalo"})
    with pytest.raises(requests.ConnectionError):
        send(gateway)
    assert [row["tracking_id"] for row in gateway.book()] == ["t"]
    assert send(gateway).json()["error"] == 0
    assert len(gateway.book()) == 2


def test_a_lost_answer_of_esms_is_found_again_by_its_request_id(gateway: GatewayServer) -> None:
    gateway.control("mode", {"lose_answer": True, "only_next": 1, "channel": "esms"})
    with pytest.raises(requests.ConnectionError):
        gateway.sms()
    again = gateway.sms()
    assert (again["CodeResult"], again["SMSID"]) == ("124", gateway.book()[0]["id"])


@pytest.mark.parametrize(("fail", "status"), [("500", 500), ("503", 503), ("502html", 502)])
def test_a_failing_server_accepts_nothing(gateway: GatewayServer, fail: str, status: int) -> None:
    gateway.control("mode", {"fail": fail, "channel": "zalo"})
    answer = send(gateway)
    assert answer.status_code == status
    assert ("html" in answer.headers["Content-Type"]) == (fail == "502html")
    assert gateway.sms()["CodeResult"] == "100"  # the other channel goes on
    gateway.control("mode", {})
    assert send(gateway).json()["error"] == 0
    assert [row["channel"] for row in gateway.book()] == ["esms", "zalo"]


def test_a_code_of_one_channel_fails_that_channel_only(gateway: GatewayServer) -> None:
    gateway.control("mode", {"fail": "-133", "channel": "all", "only_next": 2})
    assert send(gateway).json()["error"] == -133
    assert gateway.sms(RequestId="a")["CodeResult"] == "100"
    gateway.control("mode", {"fail": "103", "channel": "esms"})
    assert gateway.sms(RequestId="b")["CodeResult"] == "103"
    assert gateway.zalo()["error"] == -133
    assert gateway.zalo()["error"] == 0  # only the next two


def test_a_silent_gateway_accepts_nothing_and_a_slow_one_does(gateway: GatewayServer) -> None:
    gateway.control("mode", {"hang": True, "channel": "zalo"})
    with pytest.raises(requests.ReadTimeout):
        send(gateway, timeout=0.4)
    assert gateway.book() == []
    gateway.control("mode", {"slow_ms": 1500, "channel": "zalo"})
    with pytest.raises(requests.ReadTimeout):
        send(gateway, timeout=0.4)
    assert len(gateway.book()) == 1


def test_a_mode_can_be_read_and_nonsense_is_refused(gateway: GatewayServer) -> None:
    gateway.control("mode", {"slow_ms": 200, "only_next": 3, "channel": "esms"})
    modes = gateway.control("mode")
    assert (modes["esms"]["slow_ms"], modes["esms"]["only_next"], modes["zalo"]["slow_ms"]) == (
        200,
        3,
        0,
    )
    for values in ({"explode": True}, {"channel": "fax", "hang": True}, {"fail": "soon"}):
        answer = gateway.http.post(f"{gateway.base}/control/mode", json=values)
        assert answer.status_code == 400
        assert answer.json()["error"]
    assert gateway.http.post(f"{gateway.base}/control/phones/12", json={}).status_code == 404


def test_a_template_must_declare_what_it_uses(gateway: GatewayServer) -> None:
    broken = TEMPLATE | {"text": "Chào <ai>"}
    answer = gateway.http.post(f"{gateway.base}/control/templates", json=broken)
    assert answer.status_code == 400
    assert "ai" in answer.json()["error"]


def test_secrets_are_never_shown(gateway: GatewayServer) -> None:
    shown = gateway.http.get(f"{gateway.base}/control/accounts").text
    assert "4318527" in shown
    assert not re.search("app-secret|oa-secret|first-access|first-refresh|secret_key", shown)


def test_a_reset_keeps_accounts_and_templates(gateway: GatewayServer) -> None:
    gateway.settled(gateway.zalo()["data"]["msg_id"])
    gateway.control("phones/0903418276", {"zalo": "refused"})
    gateway.control("reset", {})
    assert gateway.book() == []
    assert gateway.zalo()["error"] == 0


# pages


def html(gateway: GatewayServer, path: str) -> str:
    answer = gateway.http.get(gateway.base + path)
    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    return answer.text


def test_what_a_patient_is_called_cannot_become_a_tag(gateway: GatewayServer) -> None:
    gateway.zalo(template_data=DATA | {"ten": "<script>x</script>"})
    gateway.sms(Content="An Tam <b>nhac</b>")
    page = html(gateway, PHONE)
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert "<script>x" not in page
    assert "&lt;b&gt;nhac" in page


def test_only_addresses_a_phone_opens_become_links(gateway: GatewayServer) -> None:
    buttons = [{"title": "Xấu", "url_param": "ma"}, {"title": "Gọi", "url": "tel:02873006868"}]
    gateway.control("templates", TEMPLATE | {"buttons": buttons})
    gateway.zalo(template_data=DATA | {"ma": "javascript:alert(1)"})
    page = html(gateway, PHONE)
    assert 'href="tel:02873006868"' in page
    assert "javascript:" not in page


def test_the_list_finds_a_phone_by_part_of_its_number(gateway: GatewayServer) -> None:
    gateway.zalo()
    gateway.zalo(phone="84912000777")
    assert 'data-phone="+84903418276"' in html(gateway, "/")
    found = html(gateway, "/?q=0912 000")
    assert 'data-phone="+84912000777"' in found
    assert 'data-phone="+84903418276"' not in found


def test_an_open_page_is_told_only_of_changes(gateway: GatewayServer) -> None:
    gateway.settled(gateway.zalo()["data"]["msg_id"])
    first = gateway.http.get(f"{gateway.base}{PHONE}/thread")
    again = gateway.http.get(
        f"{gateway.base}{PHONE}/thread", params={"v": first.headers["X-Version"]}
    )
    assert (first.status_code, again.status_code) == (200, 204)


def test_nothing_but_own_files_is_served(gateway: GatewayServer) -> None:
    for name in ("gateway.css", "gateway.js"):
        assert gateway.http.get(f"{gateway.base}/static/{name}").status_code == 200
    for name in ("layout.html", "..%2fapp.py", "%2e%2e%2f%2e%2e%2f__init__.py"):
        assert gateway.http.get(f"{gateway.base}/static/{name}").status_code == 404


@pytest.mark.browser
def test_an_operator_watches_a_phone_and_turns_its_switches(
    gateway: GatewayServer, page: Page
) -> None:
    gateway.control("accounts", {"oa_id": OA["oa_id"], "name": "Nha khoa An Tâm"})
    page.goto(gateway.base + PHONE)
    expect(page.get_by_test_id("local-note")).to_contain_text("Không tin nào rời khỏi máy")
    gateway.zalo(tracking_id="apt-7")
    card = page.locator('[data-testid=message][data-channel=zalo][data-tracking-id="apt-7"]')
    expect(card.get_by_test_id("message-state")).to_contain_text("Đã nhận")
    expect(card).to_contain_text("Chào chị Trang, An Tâm nhắc lịch hẹn")
    link = card.get_by_test_id("message-link")
    expect(link).to_have_attribute("href", "http://an-tam.localhost:8000/k/abc")
    expect(link).to_have_attribute("target", "_blank")

    page.get_by_test_id("switch-zalo-refused").click()
    expect(page.get_by_test_id("switch-zalo-refused")).to_have_attribute("aria-pressed", "true")
    assert gateway.zalo()["error"] == -141
    page.get_by_test_id("switch-zalo-never_delivers").click()
    gateway.zalo(tracking_id="apt-8")
    waiting = page.locator('[data-tracking-id="apt-8"]')
    expect(waiting.get_by_test_id("message-state")).to_have_text("Chưa nhận")
    gateway.advance(7_300)
    expect(waiting.get_by_test_id("message-state")).to_contain_text("Hết hạn")

    page.get_by_test_id("mode-esms-lose-once").click()
    expect(page.get_by_test_id("mode-esms-left")).to_have_text("còn 1 tin")
    with pytest.raises(requests.ConnectionError):
        gateway.sms()
    sms = page.locator("[data-testid=message][data-channel=esms]")
    expect(sms).to_have_attribute("data-state", "delivered")
    until(lambda: gateway.control("mode")["esms"]["only_next"] == 0)
