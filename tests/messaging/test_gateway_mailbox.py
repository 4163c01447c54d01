"""The gateway takes mail over SMTP, shows it, and passes nothing on."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage

from tests.messaging.gateway_server import GatewayServer

LINK = "http://an-tam.localhost:8000/invited/abc_DEF-123/"


def send(gateway: GatewayServer, to: str = "lan@example.vn") -> None:
    letter = EmailMessage()
    letter["Subject"] = "Nha khoa An Tâm mời chị Lan"
    letter["From"], letter["To"] = "Tái Khám <no-reply@localhost>", to
    letter.set_content(f"Chào chị Lan,\n\nMở đường dẫn này: {LINK}\n<script>x</script>")
    letter.add_alternative("<p>khác</p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", gateway.smtp_port, timeout=5) as link:
        link.send_message(letter)


def test_a_letter_is_taken_and_shown(gateway: GatewayServer) -> None:
    send(gateway)
    (letter,) = gateway.control("mail")["letters"]
    assert letter["to"] == ["lan@example.vn"]
    assert letter["subject"] == "Nha khoa An Tâm mời chị Lan"
    assert LINK in letter["text"] and "khác" not in letter["text"]
    page = gateway.http.get(f"{gateway.base}/mail").text
    assert "Nha khoa An Tâm mời chị Lan" in page
    assert f'href="{LINK}"' in page
    assert "<script>x" not in page


def test_letters_are_found_by_who_got_them(gateway: GatewayServer) -> None:
    send(gateway)
    send(gateway, "hai@example.vn")
    assert len(gateway.control("mail?to=hai@")["letters"]) == 1
    assert "Không có thư nào khớp" in gateway.http.get(f"{gateway.base}/mail?to=nobody").text


def test_letters_outlive_a_restart_and_are_forgotten_on_reset(gateway: GatewayServer) -> None:
    send(gateway)
    gateway.stop()
    gateway.start()
    assert len(gateway.control("mail")["letters"]) == 1
    gateway.control("reset", {"everything": True})
    assert gateway.control("mail")["letters"] == []
