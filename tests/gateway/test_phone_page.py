"""The patient's phone as a page: she writes, follows, presses, rates, shares, reads, refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import PHONE as PHONE_SIZE
from tests.gateway.hands import OA_ID, PHONE, PNG, act, cs, listen, told, user
from tests.messaging.gateway_server import SMS, TEMPLATE, GatewayServer, Listener, until

ASKING = TEMPLATE | {
    "buttons": [
        {"title": "Xem lịch hẹn", "url": "http://an-tam.localhost:8000/k/<ma>"},
        {"title": "Tôi sẽ đến", "reply": "yes"},
        {"title": "Xin đổi giờ", "reply": "move"},
    ],
    "rating": True,
    "feedbacks": ["Đúng giờ", "Nhẹ tay"],
}
ASK = {"template_type": "request_user_info", "elements": [{"title": "Cho em xin số ạ"}]}


def open_phone(gateway: GatewayServer, page: Page, query: str = "") -> None:
    page.goto(f"{gateway.base}/phone/{PHONE}{query}")


@pytest.mark.browser
@pytest.mark.parametrize("size", [None, PHONE_SIZE], ids=["1440", "390"])
def test_a_patient_talks_to_her_clinic(
    gateway: GatewayServer,
    listener: Listener,
    tab: Callable[..., Page],
    size: dict[str, int] | None,
) -> None:
    listen(gateway, listener)
    page = tab(size)
    open_phone(gateway, page)
    expect(page.get_by_test_id("window")).to_have_text("Chưa nhắn OA lần nào")
    page.get_by_test_id("follow").click()
    expect(page.get_by_test_id("unfollow")).to_be_visible()
    expect(page.get_by_test_id("window")).to_have_text("OA được nhắn thêm 6 ngày 23 giờ")
    her = told(listener, "follow")[0][1]["follower"]["id"]

    page.get_by_test_id("composer-text").fill("Em ơi chiều nay chị vướng họp <b>")
    page.keyboard.press("Enter")
    mine = page.locator('[data-testid=said][data-kind="text"]')
    expect(mine).to_contain_text("Em ơi chiều nay chị vướng họp <b>")
    assert told(listener, "user_send_text")[0][1]["sender"]["id"] == her

    cs(gateway, her, "Dạ chị muốn dời sang mấy giờ ạ?")
    answer = page.locator('[data-testid=message][data-channel="oa"]')
    expect(answer.get_by_test_id("message-state")).to_contain_text("Đã nhận")
    page.get_by_test_id("seen").click()
    expect(answer.get_by_test_id("message-state")).to_contain_text("Đã xem")
    told(listener, "user_seen_message")

    cs(gateway, her, attachment={"type": "template", "payload": ASK})
    page.get_by_test_id("share").click()
    expect(page.locator('[data-testid=said][data-kind="share"]')).to_contain_text("84903418276")
    assert told(listener, "user_submit_info")[0][1]["info"]["phone"] == "84903418276"
    # nothing is wider than the window
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.browser
def test_a_patient_answers_a_template(
    gateway: GatewayServer, listener: Listener, page: Page
) -> None:
    listen(gateway, listener)
    gateway.control("templates", ASKING)
    gateway.settled(gateway.zalo(tracking_id="apt-1")["data"]["msg_id"])
    open_phone(gateway, page)
    card = page.locator('[data-tracking-id="apt-1"]')
    card.get_by_test_id("quick-reply").nth(1).click()
    expect(card.get_by_test_id("quick-reply").nth(1)).to_have_attribute("aria-pressed", "true")
    pressed = told(listener, "user_click_response_button")[0][1]["message"]
    assert (pressed["data"], pressed["tracking_id"]) == ("move", "apt-1")
    card.get_by_label("Nhẹ tay").check()
    card.get_by_placeholder("Viết nhận xét").fill("Bác sĩ rất nhẹ tay")
    card.get_by_test_id("rate-5").click()
    expect(card.get_by_test_id("rated")).to_contain_text("Rất tốt")
    rated = told(listener, "user_feedback")[0][1]["message"]
    assert (rated["rate"], rated["note"], rated["feedbacks"]) == (
        5,
        "Bác sĩ rất nhẹ tay",
        ["Nhẹ tay"],
    )


@pytest.mark.browser
def test_a_picture_is_sent_and_can_be_fetched(
    gateway: GatewayServer, listener: Listener, page: Page, tmp_path: Path
) -> None:
    listen(gateway, listener)
    open_phone(gateway, page)
    picture = tmp_path / "rang.png"
    picture.write_bytes(PNG)
    page.get_by_test_id("composer-picture").set_input_files(picture)
    expect(page.get_by_test_id("composer-text")).to_have_attribute("placeholder", "rang.png")
    page.get_by_test_id("composer-text").fill("Chỗ này còn sưng")
    page.get_by_test_id("composer-send").click()
    expect(page.locator('[data-testid=said][data-kind="image"]')).to_contain_text("còn sưng")
    message = told(listener, "user_send_image")[0][1]["message"]
    assert message["text"] == "Chỗ này còn sưng"
    url = message["attachments"][0]["payload"]["url"]
    assert gateway.http.get(url).content == PNG
    text = tmp_path / "a.png"
    text.write_bytes(b"no picture")
    page.get_by_test_id("composer-picture").set_input_files(text)
    page.get_by_test_id("composer-send").click()
    expect(page.get_by_test_id("refused")).to_contain_text("JPG, PNG")


def html(gateway: GatewayServer, path: str) -> str:
    return gateway.http.get(gateway.base + path).text


def test_an_sms_is_answered_only_where_there_is_a_number(
    gateway: GatewayServer, listener: Listener
) -> None:
    assert 'data-testid="sms-none"' in html(gateway, f"/phone/{PHONE}")
    url = f"http://localhost:{listener.port}/mo"
    gateway.control("accounts", SMS | {"inbound_url": url, "cpid": "c", "private_key": "k"})
    assert 'data-testid="sms-answer"' in html(gateway, f"/phone/{PHONE}")
    form = {"do": "sms", "text": "STOP", "account": "key"}
    gateway.http.post(f"{gateway.base}/phone/{PHONE}/act", data=form)
    heard = until(lambda: listener.heard and listener.heard[0])
    assert heard.query["content"] == "STOP"
    assert "SMS tới 8041" in html(gateway, f"/phone/{PHONE}")


def test_what_cannot_be_done_is_said_on_the_page(gateway: GatewayServer) -> None:
    answer = gateway.http.post(f"{gateway.base}/phone/{PHONE}/act", data={"do": "text"})
    assert "text is missing" in answer.text
    assert 'data-testid="refused"' in answer.text


def test_a_phone_that_nobody_wrote_to_can_be_opened(gateway: GatewayServer) -> None:
    assert 'href="/phone/+84912000777"' in html(gateway, "/?q=0912 000 777")
    act(gateway, "text", "+84912000777", text="Chào phòng khám")
    assert "Khách: Chào phòng khám" in html(gateway, "/")
    assert html(gateway, "/phone/+14155550123").count("+14155550123") > 1


def test_a_phone_with_two_clinics_has_two_conversations(gateway: GatewayServer) -> None:
    other = {"oa_id": "9999", "name": "Nha khoa Mai Lan", "webhook_url": ""}
    gateway.control("accounts", other | {"access_token": "other"})
    page = html(gateway, f"/phone/{PHONE}?oa=9999")
    assert page.count('data-testid="oa-tab"') == 2
    assert '<input type="hidden" name="oa_id" value="9999">' in page
    form = {"do": "text", "text": "Chào Mai Lan", "oa_id": "9999"}
    gateway.http.post(f"{gateway.base}/phone/{PHONE}/act", data=form)
    event = gateway.control("events?name=user_send_text")["events"][-1]
    assert event["account"] == "9999"
    assert OA_ID not in str(event["body"])


def test_what_a_patient_sends_cannot_become_a_script(gateway: GatewayServer) -> None:
    user(gateway)
    act(gateway, "link", url="javascript:alert(1)", text="<script>x</script>")
    page = html(gateway, f"/phone/{PHONE}")
    assert 'href="javascript' not in page
    assert "<script>x" not in page
