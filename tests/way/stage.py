"""The running product with two furnished clinics, and hands to move it: clock, book, worker."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django_tenants.utils import schema_context
from playwright.sync_api import Page

from clinics import clock
from clinics.public import Branch, Service, Staff, places
from config.demo import programs
from config.history.places import Practice, furnish
from patients.public import (
    Appointment,
    BasisKind,
    Patient,
    appointments,
    people,
    treatments,
)
from tests.conftest import PASSWORD, Clock
from tests.live import Live

MINUTE = dt.timedelta(minutes=1)


class Stage:
    """Both clinics of a running product, furnished; `an_tam` is the one we play in."""

    def __init__(self, live: Live, hand: Clock, clinics: dict[str, list[Practice]]) -> None:
        self.live, self.hand, self.clinics = live, hand, clinics

    # the clock

    def clock(self, moment: str) -> None:
        """Set the product's clock; every process and the gateway follow."""
        self.hand.set(moment)

    def until_said(
        self, phone: str, due: str, *, text: str = "", early: float = 6
    ) -> dict[str, Any]:
        """Stand a moment before `due`, long enough for a tick that must say nothing, and wait for
        the one message to this phone that follows: when it is due, or at the next look."""
        when = clock.parse(due)
        before = len(self.book(phone=phone))
        self.hand.set(when - dt.timedelta(seconds=early))
        self.live.wait(
            lambda: len(self.book(phone=phone)) > before, f"{text or phone} at {due}", 60
        )
        said = self.book(phone=phone)[before:]
        assert len(said) == 1, said
        assert text in said[0]["text"], said[0]["text"]
        assert when <= accepted(said[0]) < when + 2 * MINUTE, said[0]["accepted_at"]
        return said[0]

    # the gateway

    def book(self, **query: str) -> list[dict[str, Any]]:
        """What the gateway has accepted, in order: the judge of lost and doubled."""
        asked = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in query.items())
        found: list[dict[str, Any]] = self.gateway(f"book?{asked}")["messages"]
        return found

    def gateway(self, path: str, said: dict[str, Any] | None = None) -> Any:
        """Read (or, with `said`, change) something under the gateway's /control/."""
        body = None if said is None else json.dumps(said).encode()
        asked = urllib.request.Request(f"{self.live.gateway}/control/{path}", data=body)
        if body is not None:
            asked.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return json.loads(answer.read())

    # the clinic

    def inside(self, schema: str = "an_tam") -> Any:
        """Work with the clinic's rows and verbs in this process."""
        return schema_context(schema)

    def practice(self, number: int = 0, schema: str = "an_tam") -> Practice:
        return self.clinics[schema][number]

    def services(self) -> list[Service]:
        with self.inside():
            return list(places.services())

    def patient(self, name: str, phone: str, *, number: int = 0, schema: str = "an_tam") -> Patient:
        """A patient of a branch who may be written to, made by the desk's verb."""
        with self.inside(schema):
            return people.register(
                branch=self.practice(number, schema).branch,
                full_name=name,
                phone=phone,
                salutation="chị",
                basis=BasisKind.CARE_RELATION,
                text_version="care-2026-01",
                by=None,
            )

    def slot(self, patient: Patient, start: str, **more: Any) -> Appointment:
        """An appointment in the patient's own branch, made by the desk's verb."""
        with self.inside():
            return appointments.book(
                patient=patient, branch=patient.branch, start=clock.parse(start), **more
            )

    def treat(self, who: Patient, start: str, service: str, **more: Any) -> None:
        """A visit from the desk to the signature, at the clock of `start`, by the public verbs.
        What is booked for her `purpose` already is that visit."""
        own = {name: more.pop(name) for name in ("purpose", "counts_as_return") if name in more}
        self.clock(start)
        with self.inside():
            practice = next(p for p in self.clinics["an_tam"] if p.branch == who.branch)
            doctor = practice.dentists[0]
            offered = next(s for s in places.services() if s.code == service)
            slot = appointments.open_for(who, own["purpose"]) if own else None
            slot = slot or self.slot(who, start, service=offered, dentist=doctor, **own)
            appointments.check_in(slot, by=practice.reception)
            appointments.seat(slot, by=practice.reception)
            done = treatments.record(
                patient=who,
                service=offered,
                dentist=slot.dentist or doctor,
                done_at=clock.now(),
                branch=who.branch,
                appointment=slot,
                **more,
            )
            treatments.sign(done, by=done.dentist)
            appointments.done(slot, by=practice.reception)

    # the worker

    def kill_worker(self) -> None:
        """SIGKILL to the worker and its children: nothing of it is finished or put away."""
        worker = self.live.running.children["worker"]
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(20)

    def start_worker(self) -> None:
        gateway = int(self.live.gateway.rsplit(":", 1)[1])
        worker = next(p for p in programs(self.live.port, gateway) if p.name == "worker")
        self.live.running.children["worker"] = self.live.running._start(worker)

    # plain requests

    def ask(
        self,
        path: str,
        *,
        host: str = "an-tam.localhost",
        token: str = "",
        page: Page | None = None,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """A request on 127.0.0.1 with a Host header; `page` lends its cookies, `data` posts."""
        port = self.live.port
        asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=data)
        asked.add_header("Host", f"{host}:{port}")
        for name, value in (headers or {}).items():
            asked.add_header(name, value)
        if token:
            asked.add_header("Authorization", f"Token {token}")
        if page is not None:
            kept = page.context.cookies(self.live.url())
            asked.add_header("Cookie", "; ".join(f"{c['name']}={c['value']}" for c in kept))
        try:
            with _plain.open(asked, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def rows(self, *schemas: str) -> dict[str, str]:
        """What stands in every table of patients, care and messages: a hash of each."""
        found = {}
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(%s)"
                " AND tablename ~ '^(patients|followup|messaging)_'",
                [list(schemas)],
            )
            for (name,) in cursor.fetchall():
                cursor.execute(
                    f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')"
                    f" FROM {name} t"
                )
                (found[name],) = cursor.fetchone()
        return found

    # people in front of screens

    def sign_in(self, page: Page, name: str, schema: str = "an_tam") -> Page:
        """Through the sign-in page, as everybody does."""
        page.set_default_timeout(30_000)
        page.goto(self.live.url(schema, "/accounts/login/"))
        page.locator("#id_login").fill(name)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("form button.btn-primary").click()
        page.wait_for_url(lambda url: "/accounts/login/" not in url)
        return page


def accepted(row: dict[str, Any]) -> dt.datetime:
    """When the gateway took a message, on the product's clock."""
    return dt.datetime.fromtimestamp(float(row["accepted_at"]), dt.UTC)


@pytest.fixture
def stage(live_demo: Live, clock: Clock, settings: Any) -> Stage:
    """Both clinics furnished as the demo's are: branches, staff, services, protocols, accounts."""
    settings.GATEWAY_URL = live_demo.gateway
    settings.BASE_DOMAIN = f"localhost:{live_demo.port}"
    clinics = {}
    for schema in ("an_tam", "mai_lan"):
        with schema_context(schema):
            clinics[schema] = furnish(schema)
    return Stage(live_demo, clock, clinics)


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer."""

    def redirect_request(self, *_args: Any) -> None:
        return None


_plain = urllib.request.build_opener(_Stay)
Tab = Callable[..., Page]
__all__ = ["Branch", "Staff", "Stage", "Tab", "accepted", "stage"]
