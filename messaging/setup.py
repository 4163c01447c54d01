"""Connect a clinic to the local gateway, as the demo, tests and benches do it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from clinics.public import Staff, places
from messaging import accounts, own_texts, quick, sync
from messaging.models import Language, ProviderAccount
from messaging.providers import provider_of
from messaging.providers.base import Reply, Request
from messaging.providers.http import call
from messaging.purposes import purpose_of
from messaging.registering import Text, register_all
from messaging.sql import here
from messaging.texts import without_accents
from messaging.wordings import LINK, Wording, as_zalo_writes

#: VND for a part of an SMS at the gateway.
PART_PRICE = 350


class GatewayMissing(Exception):
    """The local gateway does not answer, or does not take what it is told."""


@dataclass(frozen=True)
class Connected:
    """The two accounts of a clinic."""

    zalo: ProviderAccount
    esms: ProviderAccount


def connect_gateway(
    *,
    control_url: str = "",
    webhook_url: str = "",
    in_flight_cap: int | None = None,
    english: bool = False,
) -> Connected:
    """Give the current clinic both accounts and every text, and make them known to the gateway.

    `english`: the texts for who reads English too. May be run again. `control_url` and
    `webhook_url` are where the gateway and the platform's host are; empty: as the settings say.
    Raises GatewayMissing.
    """
    gateway = control_url or settings.GATEWAY_URL
    name = places.profile().name
    keys = {part: _made_up(part) for part in ("app_secret", "oa_secret", "api_key", "secret_key")}
    oa_id, app_id = str(int(_made_up("oa")[:15], 16)), str(int(_made_up("app")[:15], 16))
    tokens = {part: _made_up(part) for part in ("access_token", "refresh_token")}
    zalo = {
        "kind": "zalo",
        "oa_id": oa_id,
        "app_id": app_id,
        "name": name,
        "app_secret": keys["app_secret"],
        "oa_secret": keys["oa_secret"],
        "webhook_url": webhook_url or _webhook(),
        "webhook_host": settings.BASE_DOMAIN,
        **tokens,
    }
    esms = {
        "kind": "esms",
        "api_key": keys["api_key"],
        "secret_key": keys["secret_key"],
        "name": name,
    }
    _tell(f"{gateway}/control/accounts", {"accounts": [zalo, esms]})
    _tell(f"{gateway}/control/templates", {"templates": _templates(oa_id, english=english)})
    connected = Connected(
        accounts.connect_zalo(
            name=name,
            oa_id=oa_id,
            app_id=app_id,
            app_secret=keys["app_secret"],
            oa_secret=keys["oa_secret"],
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            in_flight_cap=in_flight_cap,
        ),
        _esms(name, keys),
    )
    _tell(f"{gateway}/control/accounts", {"accounts": [_short_number(connected.esms)]})
    register_all(_texts(connected, english=english))
    return connected


def _esms(name: str, keys: dict[str, str]) -> ProviderAccount:
    """A brand name, and a short number by which it can be answered."""
    said = {"api_key": keys["api_key"], "secret_key": keys["secret_key"]}
    short = {"number": "8041", "cpid": _made_up("cpid")[:8], "key": _made_up("private_key")}
    said |= {f"short_{part}": value for part, value in short.items()}
    return accounts.connect("esms", _brand(), name, said)


def _short_number(account: ProviderAccount) -> dict[str, str]:
    """What the gateway must know to tell us what is written to the short number."""
    said = json.loads(account.credentials)
    return {
        "kind": "esms",
        "api_key": said["api_key"],
        "inbound_url": provider_of("esms").webhook_url(account),
        "service_number": said["short_number"],
        "cpid": said["short_cpid"],
        "private_key": said["short_key"],
    }


def _spoken(channel: str, *, english: bool) -> Iterator[tuple[Language, str, Wording]]:
    """Every text of a channel with its language and key."""
    for language in (Language.VI, Language.EN) if english else (Language.VI,):
        for key, wording in own_texts.words_of(channel, language).items():
            yield language, key, wording


def _texts(connected: Connected, *, english: bool) -> list[Text]:
    """Every text for both accounts."""
    return [
        *(_card(connected.zalo, *each) for each in _spoken("zalo", english=english)),
        *(_sms(connected.esms, *each) for each in _spoken("sms", english=english)),
    ]


def _card(account: ProviderAccount, language: Language, key: str, wording: Wording) -> Text:
    return {
        "key": key,
        "language": language,
        "purpose": purpose_of(key),
        "account": account,
        "channel": "zalo",
        "title": wording.title,
        "body": wording.zalo,
        "button": wording.button,
        "params": wording.zalo_params(),
        "provider_id": _template_id(key, language),
    }


def _sms(account: ProviderAccount, language: Language, key: str, wording: Wording) -> Text:
    return {
        "key": key,
        "language": language,
        "purpose": purpose_of(key),
        "account": account,
        "channel": "sms",
        "body": wording.sms,
        "params": wording.sms_params(),
    }


def _templates(oa_id: str, *, english: bool) -> list[dict[str, Any]]:
    return [
        {
            "id": _template_id(key, language),
            "name": key if language == Language.VI else f"{key} ({language})",
            "oa_id": oa_id,
            "tag": "TRANSACTION",
            "title": wording.title,
            "text": as_zalo_writes(wording.zalo),
            "params": [
                {"name": name, "type": "URL" if name == LINK else "STRING"}
                for name in wording.zalo_params()
            ],
            "buttons": [{"title": wording.button, "url_param": LINK}],
        }
        for language, key, wording in _spoken("zalo", english=english)
    ]


def _template_id(key: str, language: Language) -> str:
    """A number, as Zalo gives them; one of each clinic's own."""
    name = f"template {key}" if language == Language.VI else f"template {key} {language}"
    return str(100_000 + int(_made_up(name)[:6], 16))


def _brand() -> str:
    """At most eleven plain letters, as networks show them."""
    profile = places.profile()
    name = without_accents(profile.sms_name or profile.name)
    return "".join(char for char in name if char.isalnum())[:11]


def _made_up(part: str) -> str:
    """The same value for a clinic each time: a set-up that runs again changes nothing."""
    text = f"{settings.SECRET_KEY}|{here()}|{part}"
    return hashlib.sha256(text.encode()).hexdigest()


def _webhook() -> str:
    return os.environ.get(
        "GATEWAY_WEBHOOK_URL", f"{settings.BASE_SCHEME}://{settings.BASE_DOMAIN}/webhooks/zalo"
    )


def act(phone: str, said: dict[str, Any]) -> None:
    """Do something on a phone of the gateway: `do` and its values. Raises GatewayMissing."""
    _tell(f"{settings.GATEWAY_URL}/control/phones/{phone}/act", said)


def _tell(url: str, said: dict[str, Any]) -> None:
    body = json.dumps(said).encode()
    outcome = call(Request("POST", url, {"Content-Type": "application/json"}, body))
    if not isinstance(outcome, Reply) or outcome.status != 200:
        raise GatewayMissing(
            outcome.body.decode("utf-8", "replace")
            if isinstance(outcome, Reply)
            else outcome.reason
        )


#: What a dental desk answers most, with the words in brackets people type.
QUICK_REPLIES = {
    "Nhắc giờ hẹn": "Dạ [cách gọi] có hẹn [giờ hẹn] [ngày hẹn] tại [chi nhánh] ạ. "
    "Nếu bận, [xưng hô] nhắn em đổi giờ nhé.",
    "Xin giờ khác": "Dạ [xưng hô] tiện ngày nào và khung giờ nào, em xem lịch rồi báo lại ngay ạ.",
    "Hỏi thăm": "Dạ [xưng hô] còn đau hay sưng nhiều không ạ? Có gì [xưng hô] nhắn em biết nhé.",
    "Xin ảnh": "Dạ [xưng hô] chụp giúp em một tấm ảnh chỗ đó, em chuyển bác sĩ xem ngay ạ.",
    "Mời gọi": "Dạ chỗ này bác sĩ cần hỏi trực tiếp, mời [xưng hô] gọi [số gọi] giúp em ngay ạ.",
    "Hỏi giá": "Dạ giá tùy tình trạng răng, bác sĩ khám rồi mới báo chính xác được ạ. "
    "Em giữ giúp [xưng hô] một lịch khám nhé?",
    "Cảm ơn": "Dạ [phòng khám] cảm ơn [cách gọi] nhiều ạ.",
}


def know_prices(connected: Connected, *, by: Staff) -> None:
    """Ask Zalo what its templates cost, and note what the gateway takes for a part of an SMS."""
    sync.ask(connected.zalo)
    accounts.correct(
        connected.esms,
        name=connected.esms.name,
        credentials={},
        branches=list(connected.esms.branches.all()),
        numbers={"part_price_care": PART_PRICE, "part_price_ads": PART_PRICE},
        by=by,
    )


def quick_replies() -> None:
    """Sentences the demo's desk starts with; those that are there stay as they are."""
    known = {row.title for row in quick.listed()}
    for title, body in QUICK_REPLIES.items():
        if title not in known:
            quick.save(None, title=title, body=body)
