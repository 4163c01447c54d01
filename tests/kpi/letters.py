"""Messages as dispatch, receipts and her link leave them, made in bulk for the numbers."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from typing import Any

from clinics import clock
from messaging.models import Link
from messaging.public import Message, ProviderAccount, Template, accounts
from patients.models import ContactPoint, ContactPointKind, PatientContactPoint
from patients.public import Basis, BasisKind, Patient, Purpose


class Letters:
    """Two channels and what was said on them."""

    def __init__(self) -> None:
        self.zalo = accounts.connect_zalo(
            name="An Tâm", oa_id="1", app_id="2", app_secret="a", oa_secret="b",
            access_token="c", refresh_token="d",
        )  # fmt: skip
        self.sms = accounts.connect_esms(
            name="An Tâm", brand_name="ANTAM", api_key="a", secret_key="b"
        )
        self.made = 0

    def account(self, channel: str) -> ProviderAccount:
        return self.zalo if channel == "zalo" else self.sms

    def template(self, key: str, channel: str) -> Template:
        found, _ = Template.objects.get_or_create(
            key=key, channel=channel, account=self.account(channel), defaults={"body": "…"}
        )
        return found

    def phone(self, patient: Patient, *, mobile: bool = True) -> ContactPoint:
        self.made += 1
        digits = f"{903_000_000 + self.made}"
        point = ContactPoint.objects.create(
            kind=ContactPointKind.PHONE,
            value=f"+84{digits}",
            reversed_value=digits[::-1],
            typed=f"0{digits}",
            can_sms=mobile,
            recorded_at=clock.now(),
        )
        PatientContactPoint.objects.create(patient=patient, contact_point=point)
        return point

    def basis(self, patient: Patient, kind: str = BasisKind.CARE_RELATION, **facts: Any) -> Basis:
        facts = {"source": "desk", "recorded_at": clock.now()} | facts
        return Basis.objects.create(patient=patient, purpose=Purpose.CARE, kind=kind, **facts)

    def said(
        self,
        patient: Patient,
        called_at: dt.datetime | None,
        *,
        channel: str = "zalo",
        state: str = "accepted",
        delivered_at: dt.datetime | None = None,
        acted_at: dt.datetime | None = None,
        opened_at: dt.datetime | None = None,
        code: str = "",
        key: str = "check_trend",
        intent: uuid.UUID | None = None,
        attempt: int = 1,
        link: bool = True,
    ) -> uuid.UUID:
        """One attempt; the same `intent` again is another way to say the same."""
        intent = intent or uuid.uuid4()
        ended = state in ("failed", "expired", "unknown", "cancelled")
        Message.objects.create(
            intent=intent,
            attempt=attempt,
            patient=patient,
            branch=patient.branch,
            contact_point=self.phone(patient),
            account=self.account(channel),
            template=self.template(key, channel),
            channel=channel,
            state=state,
            error_code=code,
            queued_at=called_at or clock.now(),
            called_at=called_at,
            accepted_at=called_at,
            delivered_at=delivered_at,
            acted_at=acted_at,
            ended_at=(called_at or clock.now()) if ended else None,
        )
        if link and attempt == 1:
            Link.objects.create(
                nonce=os.urandom(9),
                intent=intent,
                patient=patient,
                opens_until=clock.now() + dt.timedelta(days=30),
                first_opened_at=opened_at,
            )
        return intent
