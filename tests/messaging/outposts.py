"""The clinic connected to a real gateway process, and somebody who carries its receipts."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

import pytest
from django.test import Client
from django_tenants.utils import schema_context

from clinics.models import Branch
from clinics.registry.models import Clinic
from messaging import dispatch, receipts, setup
from messaging.models import Message
from messaging.public import Want, outbox, routes
from patients.public import BasisKind, Patient, people
from tests.messaging.gateway_server import GatewayServer, Heard, Listener, until

VALUES = {
    "salutation": "chị",
    "name": "Trang",
    "full_call": "chị Trang",
    "clinic": "Nha khoa An Tâm",
    "branch": "Quận 3",
    "time": "15:30",
    "day": "thứ Ba 17/11",
    "dentist": "BS. Khôi",
    "hotline": "028 7300 6868",
    "treated_on": "ngày 14/11",
}
#: The gateway's book knows some last digits as phones that behave badly: leave them out.
_numbers = (n for n in itertools.count(903_100_200) if n % 1000 not in (0, 114, 118, 141))


@pytest.fixture
def wire(
    gateway_process: GatewayServer,
    listener: Listener,
    clock: Any,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Wire:
    """Gateway and product on one clock; the product's provider addresses lead to the gateway."""
    start = clock.now()
    monkeypatch.setenv("CRM_CLOCK_FILE", str(gateway_process.clock_file))
    clock.set(start)
    gateway_process.control("reset", {"everything": True})
    point_to_gateway(settings, gateway_process.base)
    settings.BASE_DOMAIN = f"localhost:{listener.port}"  # where the receipts are heard
    return Wire(gateway_process, listener)


def point_to_gateway(settings: Any, base: str) -> None:
    settings.GATEWAY_URL = base
    settings.ZALO_BUSINESS_URL = f"{base}/zalo-business"
    settings.ZALO_OAUTH_URL = f"{base}/zalo-oauth"
    settings.ZALO_OPENAPI_URL = f"{base}/zalo-openapi"
    settings.ESMS_URL = f"{base}/esms"


class Wire:
    """Both ends of the wire."""

    def __init__(self, gateway: GatewayServer, listener: Listener) -> None:
        self.gateway, self.listener = gateway, listener
        self.control = gateway.control
        self.book = gateway.book

    def mode(self, **values: Any) -> None:
        self.control("mode", values)

    def phone(self, number: str, **switches: str) -> None:
        self.control(f"phones/{number}", switches)

    def receipts(self, expected: int = 1) -> list[Heard]:
        """What the gateway has reported so far; waits for that many."""
        until(lambda: len(self.listener.heard) >= expected)
        heard, self.listener.heard = self.listener.heard, []
        return heard

    def carry(self, expected: int = 1) -> list[int]:
        """Bring the receipts to the product; returns the answers' status."""
        return [post(each) for each in self.receipts(expected)]


def post(heard: Heard, *, body: bytes | None = None, signature: str | None = None) -> int:
    """One receipt, byte for byte, to the platform's host."""
    client = Client(headers={"host": "localhost"})
    with schema_context("an_tam"):  # a request leaves its own clinic behind
        if heard.method == "GET":
            return client.get(heard.path, heard.query).status_code
        signed = heard.headers.get("X-ZEvent-Signature", "") if signature is None else signature
        return client.post(
            heard.path,
            data=heard.body if body is None else body,
            content_type="application/json",
            headers={"X-ZEvent-Signature": signed},
        ).status_code


@pytest.fixture
def outpost(clinic: Clinic, wire: Wire) -> Outpost:
    """The clinic with one branch, both accounts and every text."""
    return Outpost(Branch.objects.create(name="Quận 3", code="q3"), setup.connect_gateway())


class Outpost:
    """Ways to say things in this clinic."""

    def __init__(self, branch: Branch, connected: setup.Connected) -> None:
        self.branch, self.zalo, self.esms = branch, connected.zalo, connected.esms

    def patient(self, phone: str = "") -> Patient:
        return people.register(
            branch=self.branch,
            full_name="Nguyễn Thu Trang",
            phone=phone or f"0{next(_numbers)}",
            salutation="chị",
            basis=BasisKind.CARE_RELATION,
            text_version="care-2026-01",
            by=None,
        )

    def phone_of(self, patient: Patient) -> str:
        return patient.patientcontactpoint_set.order_by("position")[0].contact_point.value

    def say(self, patient: Patient | None = None, *, key: str = "reminder", **more: Any) -> Message:
        """Queue one text by the first way there is."""
        patient = patient or self.patient()
        want = Want(patient.pk, self.branch.pk, key)
        route = routes.reach([want])[want].routes[0]
        said: dict[str, Any] = {"allowed_channels": ["zalo", "sms"], "intent": uuid.uuid4()} | more
        saying = outbox.Saying(
            patient=patient, branch=self.branch, route=route, values=VALUES, **said
        )
        return outbox.queue([saying])[0]

    def attempts(self, message: Message) -> list[tuple[str, str]]:
        """Channel and state of every attempt, in order."""
        rows = Message.objects.filter(intent=message.intent).order_by("attempt")
        return [(row.channel, row.state) for row in rows]


def work() -> None:
    """What beat's knocks do: hear, then send."""
    with schema_context("an_tam"):
        receipts.understand_due()
        dispatch.deliver_due()
