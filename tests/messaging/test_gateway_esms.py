"""The local gateway answers as eSMS does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.messaging.gateway_server import DAY, SMS, GatewayServer, Listener, until


def test_an_sms_is_accepted_delivered_and_reported(
    gateway: GatewayServer, listener: Listener
) -> None:
    callback = f"http://an-tam.localhost:{listener.port}/webhooks/esms/t0ken?x=1"
    answer = gateway.sms(CallbackUrl=callback, RequestId="r-9")
    assert answer["CodeResult"] == "100"
    assert answer["CountRegenerate"] == 0
    heard = until(lambda: listener.heard and listener.heard[0])
    assert (heard.method, heard.path) == ("GET", "/webhooks/esms/t0ken")
    assert heard.headers["Host"] == f"an-tam.localhost:{listener.port}"
    expected = {"SMSID": answer["SMSID"], "SendStatus": "5", "SendSuccess": "1", "SendFailed": "0",
                "RequestId": "r-9", "TypeId": "2", "phonenumber": "0903418276", "x": "1",
                "TotalPrice": "350.0000"}  # fmt: skip
    assert expected.items() <= heard.query.items()
    query = {"RefId": answer["SMSID"], "ApiKey": "key", "SecretKey": "secret"}
    status = gateway.http.get(f"{gateway.base}/esms/GetSendStatus", params=query).json()
    assert (status["CodeResponse"], status["SendStatus"], status["SendSuccess"]) == ("100", 5, 1)
    query["RefId"] = "none"
    assert (
        gateway.http.get(f"{gateway.base}/esms/GetSendStatus", params=query).json()["CodeResponse"]
        == "105"
    )


def test_a_failed_sms_is_reported_and_a_silent_one_is_not(
    gateway: GatewayServer, listener: Listener
) -> None:
    callback = f"http://localhost:{listener.port}/esms"
    gateway.control("phones/0903418276", {"sms": "fail"})
    failed = gateway.sms(CallbackUrl=callback)["SMSID"]
    heard = until(lambda: listener.heard and listener.heard[0])
    assert (heard.query["SendFailed"], heard.query["SendSuccess"]) == ("1", "0")
    assert gateway.settled(failed)["charged"] == 0
    gateway.control("phones/0903418277", {"sms": "never"})
    silent = gateway.sms(Phone="0903418277", RequestId="r-2", CallbackUrl=callback)["SMSID"]
    gateway.advance(DAY)
    gateway.settled(gateway.sms(Phone="0903418278", RequestId="r-3")["SMSID"])
    assert next(row for row in gateway.book() if row["id"] == silent)["state"] == "accepted"
    assert len(listener.heard) == 1


def test_a_request_id_counts_once_in_24_hours(gateway: GatewayServer) -> None:
    first = gateway.sms()
    again = gateway.sms(Content="another text")
    assert (again["CodeResult"], again["ErrorMessage"]) == ("124", "Request exist 1")
    assert again["SMSID"] == first["SMSID"]
    assert again["SendStatus"] in ("5", "7")
    gateway.advance(DAY - 60)
    assert gateway.sms()["CodeResult"] == "124"
    gateway.advance(DAY + 60)
    assert gateway.sms()["CodeResult"] == "100"
    assert len(gateway.book(channel="esms")) == 2


def test_the_same_text_to_one_number_counts_once_in_five_minutes(gateway: GatewayServer) -> None:
    assert gateway.sms(RequestId="a")["CodeResult"] == "100"
    assert gateway.sms(RequestId="b")["CodeResult"] == "199"
    assert gateway.sms(RequestId="c", Phone="0903418277")["CodeResult"] == "100"
    gateway.advance(301)
    assert gateway.sms(RequestId="b")["CodeResult"] == "100"


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("101", {"SecretKey": "wrong"}),
        ("300", {"SmsType": None}),
        ("118", {"SmsType": "1"}),
        ("108", {"Phone": "02873006868"}),
        ("108", {"Phone": "+84903418276"}),
        ("104", {"Brandname": "Khac"}),
        ("146", {"Content": "Khuyen mai"}),
        ("103", {"Content": f"An Tam {'x' * 80} {'x' * 80}"}),
    ],
)
def test_refusals_of_esms(gateway: GatewayServer, code: str, more: dict[str, Any]) -> None:
    gateway.control(
        "accounts", SMS | {"templates": ["An Tam {1}", "An Tam {1} {2}"], "balance": 699}
    )
    assert gateway.sms(**more)["CodeResult"] == code
    assert gateway.book() == []


def test_accents_make_an_sms_dearer_and_the_sandbox_sends_none(gateway: GatewayServer) -> None:
    gateway.control("accounts", SMS | {"balance": 10_000})
    assert gateway.sms(Sandbox="1")["CodeResult"] == "100"
    assert gateway.book() == []
    sent = gateway.sms(Content="Nha khoa An Tâm nhắc chị Trang lịch hẹn " + "x" * 60)
    assert gateway.settled(sent["SMSID"])["charged"] == 700  # 100 letters, two parts of 67
    keys = {"ApiKey": "key", "SecretKey": "secret"}
    answer = gateway.http.post(f"{gateway.base}/esms/GetBalance_json", json=keys).json()
    assert (answer["Balance"], answer["CodeResponse"]) == (9_300, "100")
