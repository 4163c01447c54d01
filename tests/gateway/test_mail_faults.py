"""Mail that is refused, slow, or comes back; and the one click that ends it."""

from __future__ import annotations

import email
import smtplib
import time
from email.message import EmailMessage
from typing import Any

import pytest

from tests.messaging.gateway_server import GatewayServer, Listener, until


def send(gateway: GatewayServer, to: str, **headers: str) -> None:
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = "Bản tin", "An Tâm <tin@an-tam.vn>", to
    letter["Message-ID"] = "<42@an-tam.vn>"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content("Chào chị")
    with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=5) as link:
        link.send_message(letter, from_addr="bounce+42@an-tam.vn")


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("lan.bounce@example.vn", 550),
        ("lan.full@example.vn", 452),
        ("lan.bounce+x@example.vn", 550),
    ],
)
def test_an_address_that_is_refused(gateway: GatewayServer, to: str, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(gateway, to)
    assert refused.value.recipients[to][0] == code
    assert gateway.control("mail")["letters"] == []
    send(gateway, "bounce.lan@example.vn")
    assert len(gateway.control("mail")["letters"]) == 1


def test_a_switch_refuses_everybody(gateway: GatewayServer) -> None:
    gateway.control("mail", {"fail": "451"})
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(gateway, "lan@example.vn")
    gateway.control("mail", {"fail": ""})
    send(gateway, "lan@example.vn")
    answer = gateway.http.post(f"{gateway.base}/control/mail", json={"fail": "200"})
    assert answer.status_code == 400


def test_a_slow_address_is_taken_in_the_end(gateway: GatewayServer) -> None:
    gateway.control("mail", {"slow_seconds": 0.5})
    before = time.monotonic()
    send(gateway, "lan.slow@example.vn")
    assert time.monotonic() - before > 0.5
    assert len(gateway.control("mail")["letters"]) == 1


def test_a_letter_comes_back_as_a_report(gateway: GatewayServer, listener: Listener) -> None:
    send(gateway, "lan.later@example.vn")  # nobody named, nobody told
    send(gateway, "lan.later@example.vn", X_Bounce_Url=f"http://localhost:{listener.port}/own")
    gateway.control("mail", {"bounce_url": f"http://localhost:{listener.port}/all"})
    send(gateway, "lan.later@example.vn")
    until(lambda: len(listener.heard) == 2)
    assert {heard.path for heard in listener.heard} == {"/own", "/all"}
    report = email.message_from_bytes(listener.heard[0].body)
    assert report.get_content_type() == "multipart/report"
    assert report.get_param("report-type") == "delivery-status"
    assert report["To"] == "bounce+42@an-tam.vn"
    parts: Any = report.get_payload()
    _text, status, headers = parts
    fields = status.get_payload()[1]
    assert fields["Final-Recipient"] == "rfc822; lan.later@example.vn"
    assert (fields["Action"], fields["Status"]) == ("failed", "5.1.1")
    assert "<42@an-tam.vn>" in headers.get_payload()
    assert len(gateway.control("mail")["letters"]) == 3  # it was accepted


def test_one_click_unsubscribes(gateway: GatewayServer, listener: Listener) -> None:
    url = f"http://an-tam.localhost:{listener.port}/u/abc"
    named = f"<mailto:stop@an-tam.vn>, <{url}>"
    click = "List-Unsubscribe=One-Click"
    send(gateway, "lan@example.vn", List_Unsubscribe=named, List_Unsubscribe_Post=click)
    page = gateway.http.get(f"{gateway.base}/mail").text
    assert "List-Unsubscribe" in page and 'data-testid="unsubscribe"' in page
    letter = gateway.control("mail")["letters"][0]
    assert letter["headers"]["Message-ID"] == "<42@an-tam.vn>"
    gateway.http.post(f"{gateway.base}/mail/{letter['id']}/unsubscribe")
    heard = listener.heard[0]
    assert (heard.method, heard.path, heard.body) == ("POST", "/u/abc", click.encode())
    assert heard.headers["Host"] == f"an-tam.localhost:{listener.port}"
    assert "Đã bấm, trang trả lời 200" in gateway.http.get(f"{gateway.base}/mail").text


def test_without_the_second_header_there_is_no_button(gateway: GatewayServer) -> None:
    send(gateway, "lan@example.vn", List_Unsubscribe="<http://an-tam.localhost/u>")
    assert 'data-testid="unsubscribe"' not in gateway.http.get(f"{gateway.base}/mail").text
    assert gateway.http.post(f"{gateway.base}/mail/1/unsubscribe").status_code == 404
