"""Every address of a clinic's host, out of its URLconf, and small clinics to walk through them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from clinics import clock, invitations
from clinics.models import Invitation, Staff
from clinics.public import Alert, Branch, Role, Service, alerts, places, staff
from followup.public import Contact, protocols, tasks
from kpi.models import LeakCase, LeakRecord
from messaging import files, registering, talks
from messaging.attachments import Attached
from messaging.models import LineFile, LineKind, QuickReply, Talk, TalkLine, TemplatePurpose
from messaging.public import ProviderAccount, Template, accounts
from messaging.sql import here
from messaging.wordings import WORDINGS
from patients.public import (
    Appointment,
    BasisKind,
    Episode,
    Patient,
    Relation,
    appointments,
    families,
    people,
    treatments,
)

#: Addresses that ask nobody who she is, and why that is right.
OPEN = {
    "phone": "the patient's page: its signed link is the key",
    "phone_act": "the same",
    "guide_picture": "its name cannot be guessed, and no patient stands on it",
    "invited": "the letter's link is the key",
    "unsubscribe": "the letter's signed link is the key",
    "set_language": "a choice kept in the visitor's own cookie",
}
#: Addresses of one account that messages go by.
CHANNEL = ("channel", *(f"channel_{deed}" for deed in "switch allow ask test link".split()))
#: Papers for who writes scripts: everybody who works here.
PAPERS = {"api_schema", "api_docs"}
#: Addresses of one conversation.
_TALK = ("talk", "lines", "who", "join", "count", "file", "act")
QUERY = {
    "api_number_people": "role=counted",
    "book_who": "newcomer=1",
    "care_preview": "patient={uid}&service={service}",
}


@dataclass(frozen=True)
class Address:
    """One address: its route with gaps, what opens it, and its name."""

    route: str
    view: Any
    name: str

    @property
    def gaps(self) -> list[str]:
        return re.findall(r"<(?:\w+:)?(\w+)>", self.route)

    @property
    def is_api(self) -> bool:
        return hasattr(self.view, "cls")

    @property
    def is_staffs(self) -> bool:
        """Whether it asks who she is."""
        return hasattr(self.view, "permission") or (
            self.is_api and hasattr(self.view.cls.permission_classes[0], "permission")
        )

    @property
    def permission(self) -> str | None:
        """What clinics/access.py wants of her; None = only that she works here."""
        if self.is_api:
            found: str | None = getattr(self.view.cls.permission_classes[0], "permission", None)
            return found
        return self.view.permission  # type: ignore[no-any-return]

    def filled(self, values: dict[str, str]) -> str:
        """The path with its gaps filled; `values` by `name.gap` or by `gap`."""

        def fill(match: re.Match[str]) -> str:
            gap = match.group(1)
            return values.get(f"{self.name}.{gap}", values.get(gap, "nothing"))

        path = "/" + re.sub(r"<(?:\w+:)?(\w+)>", fill, self.route)
        asked = QUERY.get(self.name, "").format(**values)
        return f"{path}?{asked}" if asked else path


def addresses() -> list[Address]:
    """Every address of a clinic's host that is ours (sign-in's own are allauth's)."""
    found = list(_walk(get_resolver("config.urls").url_patterns, ""))
    assert len({each.route for each in found}) > 20
    return found


def _walk(patterns: list[Any], before: str) -> Iterator[Address]:
    for each in patterns:
        if not isinstance(each.pattern, RoutePattern):
            continue  # allauth's own regular expressions
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, route)
        elif isinstance(each, URLPattern) and not route.startswith("accounts/"):
            yield Address(route, each.callback, str(each.name))


@dataclass(frozen=True)
class Place:
    """A branch with one patient to whom everything has happened once."""

    branch: Branch
    patient: Patient
    slot: Appointment
    plan: Episode
    task: Any
    service: Service
    wanted: Contact
    tie: Any
    invited: Invitation
    doctor: Staff
    leak: LeakCase
    talk: Talk
    file: LineFile
    reply: QuickReply
    channel: ProviderAccount
    text: Template
    alert: Alert

    @property
    def values(self) -> dict[str, str]:
        """What fills the gaps of an address."""
        slot, person = str(self.slot.uid), str(self.patient.uid)
        return {
            "uid": person,
            "plan": str(self.plan.uid),
            "by": "channel",
            "contact": str(self.wanted.uid),
            "tie": str(self.tie.uid),
            "which": str(self.branch.uid),
            "service": str(self.service.uid),
            "key": "revisit",
            "token": "bm90aGluZ25vdGhpbmdub3Ro",
            "deed": "check-in",
            "phone_act.deed": "confirm",
            "api_appointment.uid": slot,
            "appointment.uid": slot,
            "appointment_cancel.uid": slot,
            "appointment_move.uid": slot,
            "appointment_act.uid": slot,
            "sign.uid": slot,
            "prepare.uid": slot,
            "task_done.uid": str(self.task.uid),
            "alert_take.uid": str(self.alert.uid),
            "invitation_act.uid": str(self.invited.uid),
            "staff_trail.uid": str(self.doctor.uid),
            "invitation_act.deed": "withdraw",
            "dentist": str(self.doctor.uid),
            **{f"rota_{deed}.day": "2026-06-03" for deed in ("plan", "copy", "clear", "day")},
            "leak.uid": str(self.leak.uid),
            "care_plan_hints.key": "ortho",
            **{f"inbox_{part}.uid": str(self.talk.uid) for part in _TALK},
            "inbox_act.deed": "mine",
            "inbox_file.file": str(self.file.uid),
            "reply": str(self.reply.uid),
            "kind": "zalo",
            "switch": "off",
            **{f"{name}.uid": str(self.channel.uid) for name in CHANNEL},
            "text": str(self.text.uid),
            "message_step.deed": "drop",
            "guide": "implant",
            "what": "product",
            "item": str(self.text.uid),
        }


def furnish(name: str, phone: str) -> Place:
    """One branch, its patient, an implant begun, a task."""
    branch = places.open_branch(code=name.lower(), name=name, hotline="+842873006868")
    doctor = staff.hire(
        username=f"d-{name.lower()}",
        password=None,
        full_name="Hoàng Minh Khôi",
        role=Role.DENTIST,
        branches=[branch],
        title="BS.",
    )
    service = Service.objects.filter(code="implant").first() or places.offer(
        code="implant", name="Cấy implant", duration_min=90, single_visit=False, by_tooth=True
    )
    protocols.install(approved_by=doctor)
    patient = people.register(
        branch=branch,
        full_name=f"Đặng Thu {name}",
        phone=phone,
        salutation="chị",
        basis=BasisKind.CARE_RELATION,
        text_version="care-2026-01",
        by=None,
    )
    slot = appointments.book(patient=patient, branch=branch, start=clock.now(), service=service)
    appointments.check_in(slot)
    done = treatments.record(
        patient=patient,
        service=service,
        dentist=doctor,
        done_at=clock.now(),
        branch=branch,
        appointment=slot,
        tooth=36,
    )
    treatments.sign(done, by=doctor)
    task = tasks.give(kind="call_back", patient=patient, branch=branch)
    wanted = Contact.objects.get(patient=patient, step__key="I5", kind="invite")
    tie = families.tie(patient=patient, name="bà Tư", relation=Relation.GRANDPARENT, by=None)
    invited, _token = invitations.invite(
        email=f"{name.lower()}@example.vn",
        full_name="Phạm Thị Lan",
        role=Role.RECEPTION,
        branches=[branch],
        by=doctor,
    )
    leak = LeakCase.objects.create(
        kind="export", key=name, actor=doctor,
        happened_at=clock.now(), until_at=clock.now(), found_at=clock.now(),
    )  # fmt: skip
    LeakRecord.objects.create(case=leak, patient_id=patient.pk, found_at=clock.now())
    talk = talks.of_patient(patient)
    reply = QuickReply.objects.create(title=f"Giờ {name}", body="Dạ {{ clinic }} mở cửa 8 giờ ạ.")
    digits = str(int.from_bytes(name.encode()[:4]))
    keys = {"app_id": digits, "app_secret": "app-secret", "access_token": "a", "refresh_token": "r"}
    channel = accounts.connect("zalo", digits, f"OA {name}", keys, [branch])
    return Place(
        branch=branch, patient=patient, slot=slot, plan=done.episode, task=task, service=service,
        wanted=wanted, tie=tie, invited=invited, doctor=doctor, leak=leak, text=_text(),
        channel=channel, talk=talk, file=_file(talk), reply=reply,
        alert=_alert(talk, branch),
    )  # fmt: skip


def _alert(talk: Talk, branch: Branch) -> Alert:
    """Something the desk of this branch must see to."""
    subject, where = str(talk.uid), frozenset({branch.pk})
    facts = {"account": "An Tâm", "provider": "zalo"}
    return alerts.raise_for(
        alerts.Cause(talks.STRANGER, subject, "inbox.answer", branches=where, facts=facts)
    )


def _file(talk: Talk) -> LineFile:
    """A file in her conversation."""
    line = TalkLine.objects.create(talk=talk, kind=LineKind.NOTE, text="", parts="", at=clock.now())
    return files.keep(line, Attached("file", "phieu-hen.pdf", "application/pdf", b"%PDF-1.4"))


def _text() -> Template:
    """A message text of the clinic, for its own page."""
    brand = here().replace("_", "")
    account = accounts.connect_esms(name="A", brand_name=brand, api_key="a", secret_key="b")
    return registering.register(
        key="nudge",
        account=account,
        channel="sms",
        purpose=TemplatePurpose.RECALL,
        body=WORDINGS["nudge"].sms,
    )
