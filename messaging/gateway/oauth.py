"""Zalo's OAuth for Official Accounts: the consent page, codes, and pairs of tokens that rotate.

Errors are HTTP 200 in a shape of their own. See docs/gateway.md for what is checked in which order.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web

from messaging.gateway.accounts import ACCESS_SECONDS, ZaloAccount
from messaging.gateway.codes import OAUTH
from messaging.gateway.markup import join, render
from messaging.gateway.pages import CSP, page
from messaging.gateway.wire import answer, json_body

if TYPE_CHECKING:
    from messaging.gateway.state import Gateway

BASE = "/zalo-oauth/v4/oa"
CODE_SECONDS = 600
TOKENS = ("access", "refresh", "all")


@dataclass(frozen=True, slots=True)
class Code:
    """One consent, to be traded once; `challenge` is empty where the app sent none."""

    oa_id: str
    app_id: str
    challenge: str
    until: float


class OauthError(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


class Oauth:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._codes: dict[str, Code] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(f"{BASE}/permission", self.ask),
            web.post(f"{BASE}/permission", self.decide),
            web.get(f"{BASE}/permission/error", self.error_page),
            web.post(f"{BASE}/access_token", self.access_token),
            web.post("/control/tokens", self.end_tokens),
        ]

    # consent

    async def ask(self, request: web.Request) -> web.Response:
        return await self._gateway.modes.around("zalo", request, lambda: self._ask(request), _fail)

    def _ask(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        try:
            mine = self._check(asked)
        except OauthError as error:
            return _see(f"{BASE}/permission/error?error_code={error.code}")
        chosen = join(
            [
                render(
                    "consent_account",
                    oa_id=account.oa_id,
                    name=account.name or account.oa_id,
                    checked="checked" if account is mine[0] else "",
                )
                for account in mine
            ]
        )
        hidden = join(
            [render("hidden", name=name, value=value) for name, value in sorted(asked.items())]
        )
        app = mine[0].app_name or mine[0].app_id
        body = render("consent", app=app, accounts=chosen, hidden=hidden)
        response = page("Cho phép ứng dụng", body)
        # A browser holds the answer to the form, a redirect to the app, to this rule as well.
        back = urlsplit(asked["redirect_uri"])
        allowed = f"form-action 'self' {back.scheme}://{back.netloc}"
        response.headers["Content-Security-Policy"] = CSP.replace("form-action 'self'", allowed)
        return response

    def _check(self, asked: Mapping[str, str]) -> list[ZaloAccount]:
        """The accounts of the app that asks. Raises OauthError."""
        mine = self._gateway.accounts.of_app(asked.get("app_id", ""))
        if not mine or not all(account.app_active for account in mine):
            raise OauthError(-14002)
        back = asked.get("redirect_uri", "")
        saved = {address for account in mine for address in account.redirect_uris}
        if urlsplit(back).scheme not in ("http", "https") or not urlsplit(back).netloc:
            raise OauthError(-14003)
        if saved and back not in saved:
            raise OauthError(-14003)
        return mine

    async def decide(self, request: web.Request) -> web.Response:
        """The form of the page: back to the app with a code, or with her refusal."""
        asked = dict(parse_qsl((await request.read()).decode("utf-8", "replace")))
        try:
            mine = self._check(asked)
        except OauthError as error:
            return _see(f"{BASE}/permission/error?error_code={error.code}")
        said: dict[str, str] = {}
        if asked.get("decision") == "allow":
            account = next((a for a in mine if a.oa_id == asked.get("oa_id")), mine[0])
            code = secrets.token_urlsafe(48)
            until = self._gateway.clock.now() + CODE_SECONDS
            challenge = asked.get("code_challenge", "")
            self._codes[code] = Code(account.oa_id, account.app_id, challenge, until)
            said = {"code": code, "oa_id": account.oa_id}
        else:
            said = {"error": "access_denied", "error_description": "The user denied the request"}
        if "state" in asked:
            said["state"] = asked["state"]
        back = asked["redirect_uri"]
        return _see(f"{back}{'&' if urlsplit(back).query else '?'}{urlencode(said)}")

    async def error_page(self, request: web.Request) -> web.Response:
        code = request.query.get("error_code", "")
        name, reason = OAUTH.get(int(code) if code.lstrip("-").isdigit() else 0, ("", ""))
        body = render("consent_error", code=code, name=name, reason=reason)
        return page("Không cho phép được", body)

    # tokens

    async def access_token(self, request: web.Request) -> web.Response:
        form = dict(parse_qsl((await request.read()).decode("utf-8", "replace")))
        secret = request.headers.get("secret_key", "")
        return await self._gateway.modes.around(
            "zalo", request, lambda: answer(self._token(form, secret)), _fail
        )

    def _token(self, form: dict[str, str], secret: str) -> bytes:
        try:
            mine = self._gateway.accounts.of_app(form.get("app_id", ""))
            if not mine or not all(account.app_active for account in mine):
                raise OauthError(-14002)
            if all(account.app_secret != secret for account in mine):
                raise OauthError(-14004)
            if form.get("grant_type") == "authorization_code":
                return self._pair(self._trade(form))
            if form.get("grant_type") == "refresh_token":
                account = self._refreshed(form)
                return self._pair(account) if account else b""
            raise OauthError(-14018)
        except OauthError as error:
            return error_body(error.code, quoted=self._gateway.spellings.quoted_errors)

    def _trade(self, form: dict[str, str]) -> ZaloAccount:
        """A code for the first pair; a wrong verifier does not spend the code."""
        now, named = self._gateway.clock.now(), form.get("code", "")
        code = self._codes.get(named)
        account = self._gateway.accounts.zalo.get(code.oa_id) if code else None
        if code is None or account is None or now >= code.until or code.app_id != form["app_id"]:
            raise OauthError(-14005)
        if code.challenge and challenge(form.get("code_verifier", "")) != code.challenge:
            raise OauthError(-14005)
        del self._codes[named]
        self._gateway.accounts.refresh(account, now)
        return account

    def _refreshed(self, form: dict[str, str]) -> ZaloAccount | None:
        """None: the refresh token was spent, which is answered by 200 with nothing in it."""
        accounts, now = self._gateway.accounts, self._gateway.clock.now()
        token = form.get("refresh_token", "")
        account = accounts.by_refresh.get(token)
        if account is None or account.app_id != form["app_id"]:
            raise OauthError(-14014)
        if token in account.dead_tokens:
            if self._gateway.spellings.spent_error:
                raise OauthError(-14014)
            return None
        if account.refresh_until is not None and now >= account.refresh_until:
            raise OauthError(-14014)
        accounts.refresh(account, now, keep_refresh=self._gateway.spellings.keep_refresh)
        return account

    def _pair(self, account: ZaloAccount) -> bytes:
        pair = {"access_token": account.access_token, "refresh_token": account.refresh_token}
        if self._gateway.spellings.keep_refresh:
            del pair["refresh_token"]
        life = ACCESS_SECONDS if self._gateway.spellings.number_expires else str(ACCESS_SECONDS)
        return json.dumps({**pair, "expires_in": life}).encode()

    # control

    async def end_tokens(self, request: web.Request) -> web.Response:
        """`expire`: their time is over; `kill`: an administrator took the consent back."""

        def change(values: Any) -> Any:
            account = self._gateway.accounts.zalo.get(str(values.get("oa_id") or ""))
            if account is None:
                raise ValueError("no such oa_id")
            how = "expire" if values.get("expire") else "kill"
            which = str(values.get(how) or "all")
            if which not in TOKENS:
                raise ValueError(f"{how} must be one of {', '.join(TOKENS)}")
            kinds = ("access", "refresh") if which == "all" else (which,)
            self._gateway.accounts.end(account, kinds, how, self._gateway.clock.now())
            return {"oa_id": account.oa_id, how: which}

        return await json_body(request, change)

    def clear(self) -> None:
        self._codes.clear()


def challenge(verifier: str) -> str:
    """PKCE S256: base64url without padding of the SHA-256 of the verifier."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def error_body(code: int, *, quoted: bool = False) -> bytes:
    name, reason = OAUTH.get(code, ("Unknown error.", "Unknown error."))
    return json.dumps(
        {
            "error": str(code) if quoted else code,
            "error_name": name,
            "error_reason": reason,
            "ref_doc": "https://developers.zalo.me/docs",
            "error_description": reason,
        }
    ).encode()


def _fail(fail: str) -> bytes | None:
    """A failure mode of this host's own codes."""
    return error_body(int(fail)) if fail.lstrip("-").isdigit() and int(fail) <= -14000 else None


def _see(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})
