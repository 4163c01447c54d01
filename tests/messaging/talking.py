"""Webhooks of Zalo as this clinic's account would sign them, and what became of them."""

from __future__ import annotations

import hashlib
import itertools
import json
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from clinics import clock
from clinics.models import Branch
from clinics.public import places
from messaging import accounts, receipts
from messaging.models import ProviderAccount, Talk, TalkLine
from patients.public import BasisKind, Patient, people

OA, APP, SECRET = "3639635426588416370", "1904562283716450112", "OaSecretOfTests"
HER = "5308693166941955879"
_ids = itertools.count(1)


class Zalo:
    """One Official Account, spoken to as Zalo does: signed, on the platform's host."""

    def __init__(self, branch: Branch, account: ProviderAccount) -> None:
        self.branch, self.account = branch, account

    def tells(self, event: str, *, work: bool = True, **more: Any) -> None:
        """An event arrives and is understood."""
        at = str(int(clock.now().timestamp() * 1000))
        body = {"app_id": APP, "event_name": event, "timestamp": at, **more}
        raw = json.dumps(body, ensure_ascii=False).encode()
        mac = hashlib.sha256(APP.encode() + raw + at.encode() + SECRET.encode()).hexdigest()
        with schema_context("an_tam"):
            answer = Client(headers={"host": "localhost"}).post(
                "/webhooks/zalo",
                data=raw,
                content_type="application/json",
                headers={"X-ZEvent-Signature": f"mac={mac}"},
            )
        assert answer.status_code == 200
        if work:
            receipts.understand_due()

    def hears(self, text: str, *, who: str = HER, ref: str = "", **more: Any) -> str:
        """She writes; returns Zalo's id of it."""
        ref = ref or f"m{next(_ids)}"
        message = {"msg_id": ref, "text": text, **more}
        self.tells("user_send_text", sender={"id": who}, recipient={"id": OA}, message=message)
        return ref

    def follows(self, *, who: str = HER, follows: bool = True) -> None:
        name = "follow" if follows else "unfollow"
        self.tells(name, oa_id=OA, follower={"id": who})

    def shares(self, phone: str, *, name: str = "Thu Trang", who: str = HER) -> None:
        info = {"name": name, "phone": phone}
        self.tells("user_submit_info", sender={"id": who}, recipient={"id": OA}, info=info)

    def patient(self, phone: str = "0903418276", name: str = "Nguyễn Thu Trang") -> Patient:
        return people.register(
            branch=self.branch,
            full_name=name,
            phone=phone,
            salutation="chị",
            basis=BasisKind.CARE_RELATION,
            text_version="care-2026-01",
            by=None,
        )


@pytest.fixture
def zalo(clinic: Any, clock: Any) -> Zalo:
    branch = places.open_branch(code="q3", name="Quận 3", hotline="+842873006868")
    account = accounts.connect_zalo(
        name="An Tâm",
        oa_id=OA,
        app_id=APP,
        app_secret="x",
        oa_secret=SECRET,
        access_token="t",
        refresh_token="r",
    )
    return Zalo(branch, account)


def texts(talk: Talk) -> list[tuple[str, str]]:
    """Kind and text of every line, in order."""
    rows = TalkLine.objects.filter(talk=talk).order_by("at", "id")
    return [(row.kind, row.text) for row in rows]
