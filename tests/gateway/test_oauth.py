"""Zalo's OAuth at the gateway: consent, codes, PKCE, pairs that rotate and die."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.messaging.gateway_server import HOUR, OA, GatewayServer

BACK = "http://an-tam.localhost:8000/settings/zalo/back"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#: RFC 7636, appendix B: the challenge of this verifier.
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def permission(gateway: GatewayServer, **more: str) -> requests.Response:
    asked = {"app_id": "77", "redirect_uri": BACK, "code_challenge": CHALLENGE, "state": "s t"}
    address = f"{gateway.base}/zalo-oauth/v4/oa/permission"
    return gateway.http.get(address, params=asked | more, allow_redirects=False)


def decide(gateway: GatewayServer, decision: str = "allow", **more: str) -> dict[str, str]:
    """What the page's form sends; answers with what the app is told."""
    asked = {"app_id": "77", "redirect_uri": BACK, "code_challenge": CHALLENGE, "state": "s t"}
    address = f"{gateway.base}/zalo-oauth/v4/oa/permission"
    form = asked | {"decision": decision, "oa_id": OA["oa_id"]} | more
    answer = gateway.http.post(address, data=form, allow_redirects=False)
    assert answer.status_code == 303
    said = urlsplit(answer.headers["Location"])
    assert f"{said.scheme}://{said.netloc}{said.path}" == BACK
    return dict(parse_qsl(said.query))


def trade(gateway: GatewayServer, code: str, verifier: str = VERIFIER, **more: str) -> Any:
    form = {"app_id": "77", "grant_type": "authorization_code", "code": code}
    return token(gateway, **form, code_verifier=verifier, **more).json()


def refresh(gateway: GatewayServer, token_: str, **more: str) -> requests.Response:
    return token(gateway, app_id="77", grant_type="refresh_token", refresh_token=token_, **more)


def token(gateway: GatewayServer, **form: str) -> requests.Response:
    secret = form.pop("secret", "app-secret")
    address = f"{gateway.base}/zalo-oauth/v4/oa/access_token"
    return gateway.http.post(address, data=form, headers={"secret_key": secret})


def test_a_consent_becomes_a_pair_that_sends(gateway: GatewayServer) -> None:
    gateway.control("accounts", {"oa_id": OA["oa_id"], "app_name": "Tái Khám <1>"})
    shown = permission(gateway)
    assert "Tái Khám &lt;1&gt;" in shown.text and "Nha khoa An Tâm" in shown.text
    # a browser lets the form's redirect leave only to the app that asked
    assert (
        "form-action 'self' http://an-tam.localhost:8000;"
        in (shown.headers["Content-Security-Policy"])
    )
    said = decide(gateway)
    assert (said["oa_id"], said["state"]) == (OA["oa_id"], "s t")
    pair = trade(gateway, said["code"])
    assert pair["expires_in"] == "90000"
    assert gateway.zalo(token=pair["access_token"])["error"] == 0
    assert gateway.zalo(token="first-access")["error"] == -124
    assert trade(gateway, said["code"])["error"] == -14005  # once


def test_the_verifier_must_fit_the_challenge(gateway: GatewayServer) -> None:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == CHALLENGE
    code = decide(gateway)["code"]
    assert trade(gateway, code, verifier="x" * 43)["error"] == -14005
    assert "access_token" in trade(gateway, code)
    without = decide(gateway, code_challenge="")["code"]
    assert "access_token" in trade(gateway, without, verifier="")


def test_a_code_lives_ten_minutes(gateway: GatewayServer) -> None:
    first, second = decide(gateway)["code"], decide(gateway)["code"]
    gateway.advance(590)
    assert "access_token" in trade(gateway, first)
    gateway.advance(601)
    assert trade(gateway, second)["error"] == -14005


def test_a_refusal_goes_back_without_a_code(gateway: GatewayServer) -> None:
    said = decide(gateway, "deny")
    assert said["error"] == "access_denied"
    assert said["state"] == "s t"
    assert "code" not in said


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        (-14002, {"app_id": "1"}),
        (-14003, {"redirect_uri": "http://elsewhere.localhost/"}),
        (-14003, {"redirect_uri": "javascript:alert(1)"}),
        (-14003, {"redirect_uri": ""}),
    ],
)
def test_a_wrong_app_or_address_gets_no_page(
    gateway: GatewayServer, code: int, asked: dict[str, str]
) -> None:
    gateway.control("accounts", {"oa_id": OA["oa_id"], "redirect_uris": [BACK]})
    assert permission(gateway).status_code == 200
    answer = permission(gateway, **asked)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/permission/error?error_code={code}")
    page = gateway.http.get(gateway.base + answer.headers["Location"])
    assert re.search(f'data-code="{code}"', page.text)


def test_an_app_that_is_not_active_is_refused(gateway: GatewayServer) -> None:
    gateway.control("accounts", {"oa_id": OA["oa_id"], "app_active": False})
    assert permission(gateway).status_code == 303
    assert refresh(gateway, "first-refresh").json()["error"] == -14002


@pytest.mark.parametrize(
    ("code", "form"),
    [
        (-14002, {"app_id": "1"}),
        (-14004, {"secret": "wrong"}),
        (-14018, {"grant_type": "password"}),
        (-14014, {"refresh_token": "never issued"}),
        (-14014, {"refresh_token": ""}),
        (-14005, {"grant_type": "authorization_code", "code": "never issued"}),
    ],
)
def test_errors_have_their_own_shape(
    gateway: GatewayServer, code: int, form: dict[str, str]
) -> None:
    good = {"app_id": "77", "grant_type": "refresh_token", "refresh_token": "first-refresh"}
    answer = token(gateway, **(good | form))
    assert answer.status_code == 200
    said = answer.json()
    assert said["error"] == code
    assert set(said) == {"error", "error_name", "error_reason", "error_description", "ref_doc"}
    assert "access_token" in token(gateway, **good).json()


def test_a_spent_refresh_token_is_answered_by_nothing(gateway: GatewayServer) -> None:
    pair = refresh(gateway, "first-refresh").json()
    spent = refresh(gateway, "first-refresh")
    assert (spent.status_code, spent.content) == (200, b"")
    gateway.control("spellings", {"spent_error": True, "quoted_errors": True})
    assert refresh(gateway, "first-refresh").json()["error"] == "-14014"
    gateway.control("spellings", {"keep_refresh": True, "number_expires": True})
    kept = refresh(gateway, pair["refresh_token"]).json()
    assert set(kept) == {"access_token", "expires_in"}
    assert kept["expires_in"] == 90_000
    assert "access_token" in refresh(gateway, pair["refresh_token"]).json()


def test_pairs_end_on_the_products_clock(gateway: GatewayServer) -> None:
    pair = refresh(gateway, "first-refresh").json()
    gateway.advance(25 * HOUR - 30)
    assert gateway.zalo(token=pair["access_token"])["error"] == 0
    gateway.advance(25 * HOUR + 1)
    assert gateway.zalo(token=pair["access_token"])["error"] == -124
    gateway.advance(90 * 24 * HOUR + 1)
    assert refresh(gateway, pair["refresh_token"]).json()["error"] == -14014


def test_tokens_can_be_ended_now(gateway: GatewayServer) -> None:
    gateway.control("tokens", {"oa_id": OA["oa_id"], "expire": "access"})
    assert gateway.zalo()["error"] == -124
    pair = refresh(gateway, "first-refresh").json()
    assert gateway.zalo(token=pair["access_token"])["error"] == 0
    gateway.control("tokens", {"oa_id": OA["oa_id"], "kill": "all"})
    assert gateway.zalo(token=pair["access_token"])["error"] == -124
    assert refresh(gateway, pair["refresh_token"]).json()["error"] == -14014
    answer = gateway.http.post(f"{gateway.base}/control/tokens", json={"oa_id": "?"})
    assert answer.status_code == 400


@pytest.mark.parametrize("code", [-14012, -14024, -14029])
def test_rare_codes_come_by_a_mode_of_this_endpoint(gateway: GatewayServer, code: int) -> None:
    mode = {"channel": "zalo", "endpoint": "access_token", "fail": str(code), "only_next": 1}
    gateway.control("mode", mode)
    assert gateway.zalo()["error"] == 0  # another endpoint goes on
    assert refresh(gateway, "first-refresh").json()["error"] == code
    assert "access_token" in refresh(gateway, "first-refresh").json()


def test_a_lost_answer_to_a_refresh_has_spent_the_token(gateway: GatewayServer) -> None:
    mode = {"channel": "zalo", "endpoint": "access_token", "lose_answer": True, "only_next": 1}
    gateway.control("mode", mode)
    with pytest.raises(requests.ConnectionError), requests.Session() as http:
        http.post(
            f"{gateway.base}/zalo-oauth/v4/oa/access_token",
            data={"app_id": "77", "grant_type": "refresh_token", "refresh_token": "first-refresh"},
            headers={"secret_key": "app-secret"},
        )
    assert refresh(gateway, "first-refresh").content == b""
    assert gateway.zalo()["error"] == -124
