"""The accounts the gateway knows: Official Accounts with their tokens, and eSMS customers."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from messaging.gateway.journal import Journal

ACCESS_SECONDS = 90_000  # 25 hours
REFRESH_SECONDS = 90 * 86_400  # three months


def default_webhook() -> str:
    """The product's own address where an account names none; GATEWAY_WEBHOOK_URL wins."""
    domain = os.environ.get("BASE_DOMAIN", "localhost:8000")
    return os.environ.get("GATEWAY_WEBHOOK_URL") or f"http://{domain}/webhooks/zalo"


@dataclass(slots=True)
class ZaloAccount:
    oa_id: str
    app_id: str = ""
    app_secret: str = ""
    oa_secret: str = ""  # signs webhooks; the app secret where it is empty
    name: str = ""
    access_token: str = ""
    access_until: float | None = None  # product clock; None: a token given by hand never ends
    refresh_token: str = ""
    refresh_until: float | None = None
    dead_tokens: list[str] = field(default_factory=list)
    webhook_url: str = ""
    webhook_host: str = ""
    daily_quota: int = 20_000
    balance: int | None = None  # VND; None: never runs out
    rate_per_minute: int = 4_000
    admins: list[str] = field(default_factory=list)  # phones that receive mode "development"
    app_name: str = ""  # what the consent page calls the app
    app_active: bool = True
    oa_active: bool = True
    quality: str = "HIGH"  # HIGH, MEDIUM, LOW, UNDEFINED
    package: str = "Growth"
    cs_quota: int = 0  # consultation messages of the package, for those that are not free
    cs_replies: int | None = None  # free ones in 48 hours; None: without an end
    redirect_uris: list[str] = field(default_factory=list)  # empty: every address is accepted
    proof_of: tuple[str, str] = ("", "")

    def signing_secret(self) -> str:
        return self.oa_secret or self.app_secret

    def proof(self, token: str) -> str:
        """appsecret_proof of a token; kept, since every send carries the same one."""
        if self.proof_of[0] != token:
            digest = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
            self.proof_of = (token, digest)
        return self.proof_of[1]


@dataclass(slots=True)
class EsmsAccount:
    api_key: str
    secret_key: str = ""
    name: str = ""
    brandnames: list[str] = field(default_factory=list)  # empty: every name is accepted
    templates: list[str] = field(default_factory=list)  # empty: every text is accepted
    balance: int | None = None
    price: int = 350  # VND per segment
    viber_price: int = 470
    inbound_url: str = ""  # where texts to the short number are told; empty: there is none
    service_number: str = "8041"
    cpid: str = ""
    private_key: str = ""  # signs those texts


@dataclass(slots=True)
class TwilioAccount:
    sid: str
    auth_token: str = ""
    name: str = ""
    numbers: list[str] = field(default_factory=list)  # senders; empty: every one is accepted
    services: list[str] = field(default_factory=list)  # MessagingServiceSid; empty: every one
    inbound_url: str = ""  # where answers are told
    price: str = "0.0079"  # US dollars per segment


Account = ZaloAccount | EsmsAccount | TwilioAccount
KINDS: dict[str, Any] = {"zalo": ZaloAccount, "esms": EsmsAccount, "twilio": TwilioAccount}


class Accounts:
    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.zalo: dict[str, ZaloAccount] = {}
        self.esms: dict[str, EsmsAccount] = {}
        self.twilio: dict[str, TwilioAccount] = {}
        self.by_token: dict[str, ZaloAccount] = {}
        self.by_refresh: dict[str, ZaloAccount] = {}

    def register(self, values: Mapping[str, Any]) -> Account:
        """Add an account or change the named fields of one. Raises ValueError."""
        guess = "esms" if "api_key" in values else "twilio" if "sid" in values else "zalo"
        kind = values.get("kind") or guess
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        given = {name: value for name, value in values.items() if name != "kind"}
        _check_names(given, KINDS[kind])
        if kind == "zalo":
            return self._register_zalo(given)
        key_name, held = ("api_key", self.esms) if kind == "esms" else ("sid", self.twilio)
        key = str(given.get(key_name) or "")
        if not key:
            raise ValueError(f"an account of {kind} needs {key_name}")
        account: Any = held.get(key) or KINDS[kind](key)
        held[key] = account  # type: ignore[index]
        for name, value in given.items():
            setattr(account, name, value)
        self._journal.append(f"{kind}_account", asdict(account))
        return account  # type: ignore[no-any-return]

    def _register_zalo(self, given: dict[str, Any]) -> ZaloAccount:
        oa_id = str(given.get("oa_id") or "")
        if not oa_id:
            raise ValueError("an Official Account needs oa_id")
        account = self.zalo.get(oa_id) or ZaloAccount(
            oa_id=oa_id,
            webhook_url=default_webhook(),
            webhook_host=os.environ.get("GATEWAY_WEBHOOK_HOST", ""),
        )
        for name in ("access_token", "refresh_token"):
            # A set-up that runs again names the first tokens; the ones minted since stay in force.
            if given.get(name) in account.dead_tokens:
                del given[name]
        if "webhook_url" in given and "webhook_host" not in given:
            account.webhook_host = ""
        for name, value in given.items():
            setattr(account, name, value)
        account.oa_id, account.app_id = oa_id, str(account.app_id)
        self._keep(account)
        return account

    def switch_webhook_off(self, oa_id: str) -> None:
        """As Zalo does after the last redelivery; saving the address again switches it on."""
        account = self.zalo.get(oa_id)
        if account is not None:
            account.webhook_url = ""
            self._keep(account)

    def set_quota(self, account: ZaloAccount, daily: int) -> None:
        account.daily_quota = daily
        self._keep(account)

    def of_app(self, app_id: str) -> list[ZaloAccount]:
        """The Official Accounts that an app serves."""
        return [a for a in self.zalo.values() if a.app_id and a.app_id == app_id]

    def refresh(self, account: ZaloAccount, now: float, *, keep_refresh: bool = False) -> None:
        """Mint a new pair; the old access token dies at once and the old refresh token is spent.

        `keep_refresh`: only the access token is new, as some have seen it.
        """
        if account.access_token:
            account.dead_tokens.append(account.access_token)
        account.access_token = secrets.token_urlsafe(60)
        account.access_until = now + ACCESS_SECONDS
        if not keep_refresh:
            if account.refresh_token:
                account.dead_tokens.append(account.refresh_token)
            account.refresh_token = secrets.token_urlsafe(60)
            account.refresh_until = now + REFRESH_SECONDS
        self._keep(account)

    def end(self, account: ZaloAccount, kinds: tuple[str, ...], how: str, now: float) -> None:
        """`expire` tokens at this moment, or `kill` them as if they had never been given."""
        for kind in kinds:
            if how == "expire":
                setattr(account, f"{kind}_until", now)
            else:
                setattr(account, f"{kind}_token", "")
        self._keep(account)

    def _keep(self, account: ZaloAccount) -> None:
        self._put(account)
        self._journal.append("zalo_account", asdict(account))

    def _put(self, account: ZaloAccount) -> None:
        self.zalo[account.oa_id] = account
        for tokens in (self.by_token, self.by_refresh):
            for token in [t for t, owner in tokens.items() if owner.oa_id == account.oa_id]:
                del tokens[token]
        if account.access_token:
            self.by_token[account.access_token] = account
        for token in (account.refresh_token, *account.dead_tokens):
            if token:
                self.by_refresh[token] = account

    def replay(self, kind: str, values: dict[str, Any]) -> None:
        if kind == "zalo_account":
            values["proof_of"] = tuple(values["proof_of"])
            self._put(ZaloAccount(**values))
        elif kind == "twilio_account":
            twilio = TwilioAccount(**values)
            self.twilio[twilio.sid] = twilio
        else:
            account = EsmsAccount(**values)
            self.esms[account.api_key] = account

    def snapshot(self) -> list[tuple[Any, ...]]:
        zalo = [("zalo_account", asdict(account)) for account in self.zalo.values()]
        esms = [("esms_account", asdict(account)) for account in self.esms.values()]
        twilio = [("twilio_account", asdict(account)) for account in self.twilio.values()]
        return [*zalo, *esms, *twilio]

    def clear(self) -> None:
        for held in (self.zalo, self.esms, self.twilio, self.by_token, self.by_refresh):
            held.clear()


def _check_names(given: Mapping[str, Any], kind: Any) -> None:
    known = {f.name for f in fields(kind)} - {"dead_tokens", "proof_of"}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"unknown field: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
