"""The whole way, played on the pages with the product's clock; every process is real.

Chị Trang: booked, reminded, confirmed, received; an implant signed, asked after 24 hours and on
day 3, invited for day 7-14; worse; a task with a clock; came, and is "in treatment". Chị Hà, whose
filling was signed 100 days before, comes by her check-up: her branch's number gains exactly her.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clinics import clock
from followup.public import Contact, Deferral, Task
from messaging.models import Inbound
from messaging.models.outbox import OPEN_STATES
from messaging.public import Message, ProviderAccount
from patients.public import Patient, appointments
from tests.browser import DESK, PHONE
from tests.way.hands import Chairside, Desk, Phone
from tests.way.stage import Stage, accepted

pytestmark = [pytest.mark.live, pytest.mark.browser]

TRANG, HA = "+84903418276", "+84903418277"
NAME = "Đặng Thị Thu Trang"
ROLES = ("counted", "not_counted", "excluded", "immature")


def test_the_whole_way(stage: Stage, tab: Callable[..., Page]) -> None:
    ha = fillings_of_the_past(stage)
    desk = Desk(stage, tab(DESK))
    dentist = Chairside(stage, tab(PHONE))
    trang = Phone(stage, tab(PHONE), TRANG)
    numbers = Numbers(stage)

    booked_reminded_confirmed(stage, desk, trang)
    received_and_signed(stage, desk, dentist)
    recalled(stage, desk, Phone(stage, tab(PHONE), HA))
    cared_for(stage, trang)
    worse(stage, desk, dentist, trang)
    came_for_the_sutures(stage, desk, dentist, numbers, tab(DESK))
    came_by_the_recall(stage, ha, numbers)
    others_find_nothing(stage, tab(DESK), numbers.token)


# what lies behind


def fillings_of_the_past(stage: Stage) -> Patient:
    """Who finished something before: one has come again, three are followed; Hà's check-up is
    after three months."""
    ha = stage.patient("Lê Thu Hà", HA)
    lan = stage.patient("Phạm Thị Lan", "+84903418278")
    an = stage.patient("Vũ Hoài An", "+84903418279")
    mai = stage.patient("Bùi Thanh Mai", "+84903418280", number=1)
    stage.treat(an, "2026-01-05T09:00", "filling", tooth=14)
    stage.treat(an, "2026-03-02T09:00", "scaling")
    stage.treat(mai, "2026-06-01T09:00", "filling", tooth=24)
    stage.treat(lan, "2026-06-01T10:00", "filling", tooth=26)
    stage.treat(ha, "2026-06-01T11:00", "filling", tooth=36, recall_months=3)
    return ha


# chị Trang


def booked_reminded_confirmed(stage: Stage, desk: Desk, trang: Phone) -> None:
    stage.live.clock(set="2026-08-24T09:00")
    desk.book_newcomer(
        name=NAME, phone="0903 418 276", service="Cấy implant", date="2026-08-27", time="08:00"
    )
    said = stage.live.wait(lambda: stage.book(phone=TRANG), "the confirmation")
    assert f"{clock.local(accepted(said[0])):%Y-%m-%d %H}" == "2026-08-24 09"
    assert "08:00" in said[0]["text"]
    trang.open_newest("đã giữ lịch 08:00")

    # 08:00 on Thursday: the last 09:30 that is 24 to 48 hours before
    stage.until_said(TRANG, "2026-08-25T09:30", text="nhắc")
    trang.open_newest("nhắc")
    trang.press("confirm")
    desk.day("2026-08-27")
    expect(desk.row(NAME)).to_contain_text("Đã xác nhận")


def received_and_signed(stage: Stage, desk: Desk, dentist: Chairside) -> None:
    stage.clock("2026-08-27T07:56")
    desk.receive(NAME, "2026-08-27")
    expect(desk.row(NAME)).to_contain_text("Đã xong")
    stage.clock("2026-08-27T09:15")
    dentist.sign(NAME, service="Cấy implant", tooth=36)


def cared_for(stage: Stage, trang: Phone) -> None:
    """24 hours, day 3 (a Sunday: safety does not wait), the invitation for day 7-14."""
    stage.until_said(TRANG, "2026-08-28T09:30", text="hỏi thăm")
    trang.open_newest("hỏi thăm")
    trang.answer("fine")
    invited = stage.until_said(TRANG, "2026-08-29T09:30")
    with stage.inside():
        asked = Contact.objects.get(kind="invite", step__key="I3")
        window = (f"{asked.window_from:%d/%m}", f"{asked.window_to:%d/%m}")
    assert window == ("03/09", "10/09")
    assert invited["channel"] == "zalo"
    stage.until_said(TRANG, "2026-08-30T09:30", text="ngày thứ 3")
    trang.open_newest("nặng hơn")


def worse(stage: Stage, desk: Desk, dentist: Chairside, trang: Phone) -> None:
    """ "Nặng hơn": a task with a clock; until it is closed everything but safety waits."""
    with stage.inside():
        her = Patient.objects.get(full_name=NAME)
        scaling = next(s for s in stage.services() if s.code == "scaling")
        stage.slot(her, "2026-09-01T15:00", service=scaling)  # its reminder will have to wait
    stage.live.wait(lambda: "15:00" in stage.book(phone=TRANG)[-1]["text"], "its confirmation")
    said = len(stage.book(phone=TRANG))
    trang.answer("worse")
    expect(trang.page.locator(".ph-done")).to_contain_text("Khôi")

    tasks = dentist.page
    tasks.goto(stage.live.url(path="/tasks/"))
    task = tasks.locator("main .tk-task", has_text="Trang")
    expect(task).to_contain_text("Nặng hơn")
    expect(task.locator(".tk-chip")).to_have_text(re.compile("còn (24 giờ|1 ngày)"))

    with stage.inside():
        stands = Task.objects.get(kind="danger")
        assert stands.due_at - stands.opened_at == dt.timedelta(hours=24)
    stage.clock("2026-08-31T09:30")
    stage.live.wait(lambda: held(stage), "the reminder is held back")
    assert len(stage.book(phone=TRANG)) == said
    tasks.goto(stage.live.url(path=f"/patients/{her.uid}/"))
    expect(tasks.locator("#timeline")).to_contain_text("dấu hiệu bất thường")

    tasks.goto(stage.live.url(path="/tasks/"))
    dentist.close(tasks.locator("main .tk-task", has_text="Trang"), "instructed")
    expect(tasks.locator("main .tk-task", has_text="Trang")).to_have_count(0)
    stage.live.wait(lambda: len(stage.book(phone=TRANG)) > said, "what was held is said")
    assert "15:00" in stage.book(phone=TRANG)[-1]["text"]

    desk.page.goto(stage.live.url(path=f"/patients/{her.uid}/"))
    link = desk.page.locator('#timeline a[href*="purpose=suture"]').first
    desk.book_from(link, service="Cắt chỉ, kiểm tra lành thương", date="2026-09-04", time="09:00")
    stage.live.wait(lambda: "09:00" in stage.book(phone=TRANG)[-1]["text"], "kept for the sutures")


def held(stage: Stage) -> bool:
    with stage.inside():
        waits = Deferral.objects.filter(contact__kind="reminder", reason="danger_open")
        return waits.filter(contact__decision__isnull=True).exists()


def came_for_the_sutures(
    stage: Stage, desk: Desk, dentist: Chairside, numbers: Numbers, manager: Page
) -> None:
    stage.clock("2026-09-04T08:58")
    desk.receive(NAME, "2026-09-04")
    dentist.sign(NAME, service="Cắt chỉ, kiểm tra lành thương")
    stage.live.wait(
        lambda: numbers.people("excluded")[NAME]["index_day"] == "2026-09-04",
        "her visit is counted",
        60,
    )
    assert numbers.people("excluded")[NAME]["reason"] == "in_treatment"
    for role in ("counted", "not_counted", "immature"):
        assert NAME not in numbers.people(role)
    stage.sign_in(manager, "manager")
    manager.goto(stage.live.url(path="/numbers/revisit/?role=excluded"))
    expect(manager.locator("main")).to_contain_text(NAME)


# chị Hà


def recalled(stage: Stage, desk: Desk, ha: Phone) -> None:
    """Five days before three months are over she is invited; the desk books what she wishes."""
    stage.until_said(HA, "2026-08-27T09:30", text="khám răng định kỳ")
    ha.open_newest("khám răng định kỳ")
    ha.page.locator('[name="wish"]').fill("sáng thứ Tư 09/09")
    ha.press("wish")
    desk.page.goto(stage.live.url(path="/tasks/"))
    task = desk.page.locator("main .tk-task", has_text="Hà")
    expect(task).to_contain_text("sáng thứ Tư 09/09")
    link = task.locator('a[href*="/appointments/new/"]')
    desk.book_from(link, service="Khám tổng quát", date="2026-09-09", time="10:00")


def came_by_the_recall(stage: Stage, ha: Patient, numbers: Numbers) -> None:
    stage.clock("2026-09-09T09:50")  # 100 days after her filling
    branch, other = str(ha.branch.uid), str(stage.practice(1).branch.uid)
    before, beside = numbers.all(), numbers.cell(other)
    assert numbers.cell(branch)["value"] == pytest.approx(1 / 3)  # An, of three
    stage.treat(ha, "2026-09-09T10:00", "checkup", purpose="recall", counts_as_return=True)
    name = ha.full_name
    stage.live.wait(lambda: numbers.people("immature")[name]["came_on"], "she is counted", 60)
    her = numbers.people("immature")[name]
    assert (her["index_day"], her["came_on"]) == ("2026-06-01", "2026-09-09")
    assert her["reason"] == "returned_early"
    after = numbers.all()
    assert changed(before, after) == {name}
    # An came after 56 days, one of three; Hà after 100, one of the two who were left
    assert numbers.cell(branch)["value"] == pytest.approx(1 - (2 / 3) * (1 / 2))
    assert numbers.cell(other) == beside

    counted = numbers.cell(branch)["numerator"]
    stage.clock("2026-11-30T09:00")  # more than 180 days after
    later = numbers.all()
    assert names(later, "counted") - names(after, "counted") == {name}
    assert names(after, "counted") == {"Vũ Hoài An"}
    assert names(later, "not_counted") == {"Phạm Thị Lan", "Bùi Thanh Mai"}
    assert names(later, "excluded") == {NAME}
    assert numbers.cell(branch)["numerator"] == counted + 1
    assert numbers.cell(other)["numerator"] == 0


People = dict[str, dict[str, dict[str, Any]]]


def names(people: People, role: str) -> set[str]:
    return set(people[role])


def changed(before: People, after: People) -> set[str]:
    """Whose line is not what it was."""
    lines = [
        {(role, name): row for role, rows in people.items() for name, row in rows.items()}
        for people in (before, after)
    ]
    return {name for role, name in lines[0] | lines[1]
            if lines[0].get((role, name)) != lines[1].get((role, name))}  # fmt: skip


@dataclass
class Numbers:
    """The number `revisit` as scripts read it, by the token of the manager."""

    stage: Stage
    token: str = ""

    def __post_init__(self) -> None:
        said = self.stage.live.manage("api_token", "--clinic", "an_tam", "--staff", "manager")
        self.token = said.split()[-1]

    def read(self, rest: str) -> Any:
        status, body = self.stage.ask(
            f"/api/v1/kpi/revisit/{rest}from=2026-01-01&to=2027-01-01", token=self.token
        )
        assert status == 200, body
        return json.loads(body)

    def people(self, role: str) -> dict[str, dict[str, Any]]:
        rows = self.read(f"people/?role={role}&")["results"]
        return {row["name"]: row for row in rows}

    def all(self) -> People:
        return {role: self.people(role) for role in ROLES}

    def cell(self, branch: str) -> dict[str, Any]:
        cells = self.read("?by=branch&")["cells"]
        found: dict[str, Any] = next(c for c in cells if c["key"]["branch"] == branch)
        return found


# another clinic


def others_find_nothing(stage: Stage, owner: Page, token: str) -> None:
    """A patient of Mai Lan by address, API, link and webhook, from An Tâm: nothing, nowhere."""
    theirs = stage.patient("Trần Ngọc Bích", "+84903418290", schema="mai_lan")
    with stage.inside("mai_lan"):
        slot = appointments.book(
            patient=theirs, branch=theirs.branch, start=clock.parse("2026-12-03T09:00")
        )
    phone = "+84903418290"
    stage.live.wait(
        lambda: [row["state"] for row in stage.book(phone=phone)] == ["delivered"], "theirs is said"
    )
    said = stage.book(phone=phone)[0]
    link = said["links"][0]["url"] if isinstance(said["links"][0], dict) else said["links"][0]
    path = "/k/" + link.split("/k/")[1]
    stage.sign_in(owner, "owner")
    stage.live.wait(lambda: settled(stage), "both clinics are at rest", 60)
    before = stage.rows("an_tam", "mai_lan")

    for address in (
        f"/patients/{theirs.uid}/",
        f"/patients/{theirs.uid}/timeline/",
        f"/appointments/{slot.uid}/",
        f"/appointments/{slot.uid}/cancel/",
    ):
        assert stage.ask(address, page=owner)[0] == 404, address
    with stage.inside():
        own = Patient.objects.get(full_name=NAME)
    assert stage.ask(f"/patients/{own.uid}/", page=owner)[0] == 200  # it is not the sign-in
    uid = theirs.branch.uid
    for address in (
        f"/api/v1/kpi/revisit/?branch={uid}",
        f"/api/v1/kpi/revisit/people/?role=counted&branch={uid}",
        f"/api/v1/patients/{theirs.uid}/",
        f"/api/v1/appointments/{slot.uid}/",
    ):
        assert stage.ask(address, token=token)[0] == 404, address
    assert stage.ask(f"/api/v1/patients/{own.uid}/", token=token)[0] == 200
    assert stage.ask("/api/v1/kpi/revisit/", host="mai-lan.localhost", token=token)[0] in (401, 403)
    assert stage.ask(path)[0] == 404
    assert stage.ask(path + "confirm/", data=b"")[0] in (403, 404)
    assert stage.rows("an_tam", "mai_lan") == before
    assert stage.ask(path, host="mai-lan.localhost")[0] == 200  # it is a good link, over there

    webhooks_change_nothing(stage, said)


def settled(stage: Stage) -> bool:
    """Nothing is due, nothing is under way, nothing that came in waits to be understood."""
    waiting = 0
    for schema in ("an_tam", "mai_lan"):
        with stage.inside(schema):
            waiting += Contact.objects.filter(due_at__lte=clock.now()).count()
            waiting += Message.objects.filter(state__in=OPEN_STATES).count()
            waiting += Inbound.objects.filter(due_at__isnull=False).count()
    return waiting == 0


def webhooks_change_nothing(stage: Stage, said: dict[str, Any]) -> None:
    """Signed by nobody, by another clinic, or about another clinic's message: 200 and nothing."""
    with stage.inside():
        ours = ProviderAccount.objects.get(kind="zalo")
    with stage.inside("mai_lan"):
        theirs = ProviderAccount.objects.get(kind="zalo")
    before = stage.rows("an_tam", "mai_lan")
    assert post(stage, said, oa=theirs, by=None) == 200
    assert post(stage, said, oa=theirs, by=ours) == 200
    now = stage.rows("an_tam", "mai_lan")
    # what nobody genuine sent is kept to be seen
    assert {name for name in now if now[name] != before[name]} == {"mai_lan.messaging_inbound"}
    with stage.inside("mai_lan"):
        forged = Inbound.objects.filter(genuine=False)
        assert forged.exists()
        assert not forged.exclude(understood_at=None, due_at=None).exists()
    before = now
    assert post(stage, said, oa=ours, by=ours) == 200  # genuine, about a message that is not ours
    after = stage.rows("an_tam", "mai_lan")
    kept = {name for name in after if after[name] != before[name]}
    assert kept <= {"an_tam.messaging_inbound"}


def post(stage: Stage, said: dict[str, Any], *, oa: Any, by: Any) -> int:
    """Zalo's report that a message was seen, of this account, signed with the secret of `by`."""
    stamp = str(int(clock.now().timestamp() * 1000))
    event = {
        "event_name": "user_seen_message",
        "oa_id": oa.account_id,
        "app_id": "1",
        "timestamp": stamp,
        "message": {"msg_id": said["id"], "tracking_id": said["tracking_id"]},
    }
    raw = json.dumps(event).encode()
    mac = "0" * 64
    if by is not None:
        keys = json.loads(by.credentials)
        signed = str(keys["app_id"]).encode() + raw + (stamp + keys["oa_secret"]).encode()
        mac = hashlib.sha256(signed).hexdigest()
    headers = {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={mac}"}
    return stage.ask("/webhooks/zalo", host="localhost", data=raw, headers=headers)[0]
