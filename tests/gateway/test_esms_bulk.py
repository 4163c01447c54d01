"""eSMS at the gateway: advertising, Viber, polling, every code, answers to a short number."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import time
from typing import Any

import pytest

from tests.gateway.hands import PHONE, act
from tests.messaging.gateway_server import DAY, SMS, GatewayServer, Listener, until
from tests.payloads.reading import errors

KEYS = {"ApiKey": "key", "SecretKey": "secret"}
NUMBERS = [f"09034180{n:02}" for n in range(30)]


def call(gateway: GatewayServer, name: str, **body: Any) -> Any:
    return gateway.http.post(f"{gateway.base}/esms/{name}", json=KEYS | body).json()


def advertise(gateway: GatewayServer, **more: Any) -> Any:
    body = {"Brandname": "NKAnTam", "SmsType": "1", "Content": "[QC] An Tam", "Phones": NUMBERS}
    return call(gateway, "SendMultipleSMSBrandname_json/", **body | more)


def status(gateway: GatewayServer, sms_id: str, name: str = "GetSendStatus") -> Any:
    query = KEYS | {"RefId": sms_id}
    return gateway.http.get(f"{gateway.base}/esms/{name}", params=query).json()


def states(gateway: GatewayServer) -> set[str]:
    return {row["state"] for row in gateway.book(channel="esms")}


def test_advertising_waits_for_a_person_and_is_heard_of_by_asking(
    gateway: GatewayServer, listener: Listener
) -> None:
    gateway.control("settings", {"approval_seconds": 600})
    gateway.control("phones/0903418000", {"sms": "ok"})
    gateway.control("phones/0903418005", {"sms": "fail"})
    said = advertise(gateway, CallbackUrl=f"http://localhost:{listener.port}/x", campaignid="Tết")
    sms_id = said["SMSID"]
    assert status(gateway, sms_id)["SendStatus"] == 1
    gateway.advance(590)
    assert states(gateway) == {"accepted"}
    gateway.advance(601)
    until(lambda: states(gateway) == {"delivered", "failed"})
    found = status(gateway, sms_id)
    assert (found["SendStatus"], found["TotalReceiver"]) == (5, 30)
    assert (found["SendSuccess"], found["SendFailed"], found["TotalPrice"]) == (29, 1, 29 * 350.0)
    receivers = status(gateway, sms_id, "GetSmsReceiverStatus_get")["ReceiverList"]
    assert [r["Phone"] for r in receivers if not r["SentResult"]] == ["0903418005"]
    assert receivers[0]["NetworkName"] == "Mobifone"
    assert listener.heard == []  # nobody is told, as the table of its fields says

    here = dt.timezone(dt.timedelta(hours=7))
    day = dt.datetime.fromtimestamp(time.time(), here)
    asked = {"From": f"{day:%Y-%m-%d} 00:00:00", "SmsType": "1", "PageSize": 20}
    asked["To"] = f"{day + dt.timedelta(days=2):%Y-%m-%d} 00:00:00"
    first = call(gateway, "GetSmsSentData_V2", **asked, Page=1)
    second = call(gateway, "GetSmsSentData_V2", **asked, Page=2)
    assert (first["CountTotal"], len(first["SentData"]), len(second["SentData"])) == (30, 20, 10)
    by_phone = {each["Phone"]: each for each in first["SentData"]}
    assert [by_phone[p]["SendResult"] for p in ("0903418000", "0903418005")] == [1, 0]
    assert by_phone["0903418000"]["Campaign"] == "Tết"
    assert by_phone["0903418000"]["ReferenceId"] == sms_id
    assert by_phone["0903418000"]["SentTime"].endswith("+0700)/")
    care = call(gateway, "GetSmsSentData_V2", **asked | {"SmsType": "2"}, Page=1)
    assert care["CountTotal"] == 0
    gateway.advance(8 * DAY)
    assert status(gateway, sms_id)["CodeResponse"] == "105"  # a week is all that is kept


def test_a_person_can_approve_or_refuse_at_once(gateway: GatewayServer) -> None:
    gateway.control("settings", {"approval_seconds": 600})
    first, second = advertise(gateway)["SMSID"], advertise(gateway, Content="[QC] Khac")["SMSID"]
    gateway.control("esms/approve", {"SMSID": first, "approve": False})
    gateway.control("esms/approve", {"SMSID": second})
    until(lambda: states(gateway) == {"failed", "delivered"})
    assert [status(gateway, sms_id)["SendStatus"] for sms_id in (first, second)] == [4, 5]
    gateway.control("settings", {"approval_seconds": 60})


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("107", {"Phones": NUMBERS[:29]}),
        ("107", {"Phones": NUMBERS[:29] + NUMBERS[:5]}),  # distinct ones count
        ("107", {"Phones": [*NUMBERS[:29], "02873006868"]}),  # valid ones count
        ("120", {"Phones": [f"09{n:08}" for n in range(5_001)]}),
        ("104", {"Brandname": "Khac"}),
        ("118", {"SmsType": "2"}),
        ("300", {"SmsType": None}),
        ("101", {"SecretKey": "wrong"}),
        ("146", {"Content": ""}),
        ("103", {"Phones": [*NUMBERS, "0903418999"]}),
    ],
)
def test_refusals_of_advertising(gateway: GatewayServer, code: str, more: dict[str, Any]) -> None:
    gateway.control("accounts", SMS | {"balance": 30 * 350})
    assert advertise(gateway, **more)["CodeResult"] == code
    assert gateway.book() == []
    assert advertise(gateway)["CodeResult"] == "100"


def test_viber_has_a_call_of_its_own_and_the_same_callback(
    gateway: GatewayServer, listener: Listener
) -> None:
    gateway.control("phones/0903418277", {"viber": "none"})
    body = {"Brandname": "NKAnTam", "SmsType": "23", "Content": "Chào chị", "OttUrl": "http://a.vn"}
    body |= {"OttLabel": "Xem", "CallbackUrl": f"http://localhost:{listener.port}/v"}
    for phone in ("0903418276", "0903418277"):
        said = call(gateway, "Send_Multiple_Sms_OTT/", **body, Phones=[phone])
        assert said["CodeResult"] == "100"
    until(lambda: len(listener.heard) == 2)
    told = {heard.query["phonenumber"]: heard.query for heard in listener.heard}
    assert told["0903418276"]["TypeId"] == "23"
    assert told["0903418276"]["SendSuccess"] == "1"
    assert told["0903418276"]["TotalPrice"] == "470.0000"
    assert told["0903418277"]["SendFailed"] == "1"
    assert told["0903418277"]["SMSID"] == said["SMSID"]
    assert [row["kind"] for row in gateway.book(channel="esms")] == ["viber", "viber"]
    assert call(gateway, "Send_Multiple_Sms_OTT", **body, Phones=[])["CodeResult"] == "108"


@pytest.mark.parametrize("code", [each["code"] for each in errors("esms")])
def test_every_code_of_the_table(gateway: GatewayServer, code: str) -> None:
    gateway.control(f"phones/{PHONE}", {"sms_code": int(code)})
    message = next(each["message"] for each in errors("esms") if each["code"] == code)
    for phone in ("0903418276", f"099100{int(code):04}"):
        said = gateway.sms(Phone=phone)
        assert (said["CodeResult"], said["ErrorMessage"]) == (code, message)
    assert gateway.book() == []


def test_an_answer_goes_to_a_short_number_if_there_is_one(
    gateway: GatewayServer, listener: Listener
) -> None:
    address = f"{gateway.base}/control/phones/{PHONE}/act"
    values = {"do": "sms", "text": "TU CHOI AN TAM"}
    assert gateway.http.post(address, json=values).status_code == 400  # a brand cannot be answered
    url = f"http://localhost:{listener.port}/mo"
    door = {"inbound_url": url, "cpid": "cp-7", "private_key": "mo-key", "service_number": "8079"}
    gateway.control("accounts", SMS | door)
    assert act(gateway, "sms", text="TU CHOI AN TAM")["number"] == "8079"
    heard = until(lambda: listener.heard and listener.heard[0])
    said = heard.query
    assert (heard.method, said["keyword"], said["sender"]) == ("GET", "TU", "84903418276")
    signed = f"cp-7{said['smsid']}TU CHOI AN TAM{said['receiverTime']}mo-key"
    assert said["sign"] == base64.b64encode(hashlib.md5(signed.encode()).digest()).decode()
