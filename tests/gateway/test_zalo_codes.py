"""Every code of Zalo's hosts can be provoked, by a switch of the phone and by its number alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.hands import cs, user
from tests.messaging.gateway_server import GatewayServer
from tests.payloads.reading import errors

CODES: dict[str, dict[int, str]] = {}
for each in errors("zalo"):
    CODES.setdefault(each["family"], {}).setdefault(each["code"], each["message"])


@pytest.mark.parametrize("code", CODES["business"])
def test_a_template_by_phone_gets_every_code(gateway: GatewayServer, code: int) -> None:
    gateway.control("phones/0903418276", {"zalo_code": code})
    expected = {"error": code, "message": CODES["business"][code]}
    assert gateway.zalo() == expected
    assert gateway.zalo(phone=f"8499000{-code:04}") == expected
    gateway.control("phones/0903418276", {"zalo_code": 0})
    assert gateway.zalo()["error"] == 0
    refused = gateway.control("refusals")["refusals"]
    assert [r["code"] for r in refused[-2:]] == [str(code)] * 2


@pytest.mark.parametrize("code", CODES["openapi"])
def test_a_free_text_gets_every_code(gateway: GatewayServer, code: int) -> None:
    her, by_number = user(gateway), user(gateway, f"+8499300{-code:04}")
    gateway.control("phones/0903418276", {"oa_code": code})
    expected = {"error": code, "message": CODES["openapi"][code]}
    assert cs(gateway, her) == expected
    assert cs(gateway, by_number) == expected
    gateway.control("phones/0903418276", {"oa_code": None})
    assert cs(gateway, her)["error"] == 0


@pytest.mark.parametrize("code", CODES["oauth"])
def test_the_token_endpoint_gets_every_code(gateway: GatewayServer, code: int) -> None:
    mode = {"channel": "zalo", "endpoint": "access_token", "fail": str(code), "only_next": 1}
    gateway.control("mode", mode)
    form = {"refresh_token": "first-refresh", "app_id": "77", "grant_type": "refresh_token"}
    answer: Any = gateway.http.post(
        f"{gateway.base}/zalo-oauth/v4/oa/access_token",
        data=form,
        headers={"secret_key": "app-secret"},
    ).json()
    assert (answer["error"], answer["error_name"]) == (code, CODES["oauth"][code])


def test_the_lists_are_whole() -> None:
    assert [len(CODES[family]) for family in ("business", "openapi", "oauth")] == [75, 39, 9]


def test_a_code_that_nobody_knows_can_be_said_too(gateway: GatewayServer) -> None:
    gateway.control("phones/0903418276", {"zalo_code": -98765})
    assert gateway.zalo() == {"error": -98765, "message": "Unknown error"}
    for wrong in ({"zalo_code": 118}, {"sms_code": -1}, {"zalo_code": "x"}):
        answer = gateway.http.post(f"{gateway.base}/control/phones/0903418276", json=wrong)
        assert answer.status_code == 400


def test_a_switched_code_outlives_a_restart(gateway: GatewayServer) -> None:
    gateway.control("phones/0903418276", {"zalo_code": -139})
    gateway.stop(9)
    gateway.start()
    assert gateway.zalo()["error"] == -139
