"""Who is due for a return this month: four parts that add up, against pandas; calls given once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clinics import clock as product_clock
from clinics.models import AuditEntry
from clinics.public import Branch, Role, Service, staff
from followup import gate
from followup.models import Contact, Decision, Task
from followup.public import protocols, returns
from messaging.models import Call
from messaging.public import CallResult, Direction, Message, calls
from patients.public import Appointment, BasisKind, Patient, Visit, appointments, people, treatments
from tests.followup.records import House, connect
from tests.kpi.test_pages import FORBIDDEN, text

Signed = Callable[..., Client]
State = returns.State
GOOD = ["delivered", "seen", "acted", "accepted", "queued", "calling"]
NOVEMBER = {"first": dt.date(2026, 11, 1), "until": dt.date(2026, 12, 1)}


class Month:
    """A clinic on 20 November with fillings of May, whose check of six months is due."""

    def __init__(self) -> None:
        filling = Service.objects.create(code="filling", name="Trám răng", by_tooth=True)
        self.branches = [Branch.objects.create(name=n, code=n) for n in ("Quận 3", "Thủ Đức")]
        dentist = staff.hire(
            username="khoi", password=None, full_name="Hoàng Minh Khôi", title="BS.",
            role=Role.DENTIST, branches=self.branches,
        )  # fmt: skip
        self.house = House(self.branches[0], dentist, filling, filling)
        protocols.install(approved_by=dentist)
        connect()
        self.made = 0
        self.who: dict[str, Patient] = {}

    def filled(self, clock: Any, day: int, *, branch: int = 0, phone: bool = True) -> Patient:
        """Somebody whose tooth was filled on this day of May: due on that day of November."""
        self.made += 1
        clock.set(f"2026-05-{day:02d}T10:00")
        who = people.register(
            branch=self.branches[branch],
            full_name=f"Lê Thu Trang {self.made}",
            phone=f"09034182{self.made:02d}" if phone else "",
            salutation="chị",
            basis=BasisKind.CARE_RELATION,
            text_version="care-2026-01",
            by=None,
        )
        row = treatments.record(
            patient=who, service=self.house.filling, dentist=self.house.dentist,
            done_at=product_clock.now(), branch=self.branches[branch], tooth=36,
        )  # fmt: skip
        treatments.sign(row, by=self.house.dentist)
        return who

    def reach(self, who: Patient, state: str, code: str = "") -> None:
        """What became of her last message."""
        row = Message.objects.filter(patient=who).order_by("-id")[0]
        there = state in ("delivered", "acted")
        Message.objects.filter(pk=row.pk).update(
            state=state, error_code=code, due_at=None,
            delivered_at=product_clock.now() if there else None,
            called_at=product_clock.now(), ended_at=None if there else product_clock.now(),
        )  # fmt: skip


def called(who: Patient, by: Any, result: CallResult) -> None:
    calls.note(uid=uuid.uuid4(), patient=who, direction=Direction.OUT, result=result, by=by)


@pytest.fixture
def month(clinic: Any, clock: Any) -> Month:
    """Due in November: five kinds of people in two branches, and one in December."""
    made = Month()
    dentist = made.house.dentist
    who = {
        "came": made.filled(clock, 2),
        "booked": made.filled(clock, 12),
        "told": made.filled(clock, 10, branch=1),
        "under_way": made.filled(clock, 11),
        "blocked": made.filled(clock, 13, branch=1),
        "no_phone": made.filled(clock, 14, phone=False),
        "in_vain": made.filled(clock, 15),
        "spoken": made.filled(clock, 16),
        "later": made.filled(clock, 29, branch=1),
        "died": made.filled(clock, 17),
    }
    made.who = who
    for day in range(1, 16):  # the invitations of the next two weeks
        clock.set(f"2026-11-{day:02d}T10:00")
        gate.decide_due()
        if day == 3:
            slot = appointments.book(
                patient=who["came"], branch=made.branches[0], start=product_clock.now(),
                service=made.house.filling, purpose="recall", counts_as_return=True,
            )  # fmt: skip
            appointments.check_in(slot)
            done = treatments.record(
                patient=who["came"], service=made.house.filling, dentist=dentist, tooth=11,
                done_at=product_clock.now(), branch=made.branches[0], appointment=slot,
            )  # fmt: skip
            treatments.sign(done, by=dentist)
    made.reach(who["told"], "delivered")
    for name in ("blocked", "in_vain", "spoken"):
        made.reach(who[name], "failed", "-118")
    for _ in range(2):
        called(who["in_vain"], dentist, CallResult.NO_ANSWER)
    called(who["spoken"], dentist, CallResult.REACHED)
    appointments.book(
        patient=who["booked"], branch=made.branches[0], service=made.house.filling,
        start=product_clock.parse("2026-11-25T10:00"), purpose="recall", counts_as_return=True,
    )  # fmt: skip
    Patient.objects.filter(pk=who["died"].pk).update(deceased_on=dt.date(2026, 10, 1))
    clock.set("2026-11-18T09:00")
    return made


def states(month: Month, **period: dt.date) -> dict[str, returns.Due]:
    found = {row.patient_id: row for row in returns.due(month.branches, **(NOVEMBER | period))}
    return {name: found[one.pk] for name, one in month.who.items() if one.pk in found}


def test_each_stands_in_one_part(month: Month) -> None:
    found = states(month)
    assert {name: row.state for name, row in found.items()} == {
        "came": State.CAME,
        "booked": State.BOOKED,
        "told": State.WAITING,
        "under_way": State.WAITING,
        "spoken": State.WAITING,
        "blocked": State.UNREACHED,
        "no_phone": State.UNREACHED,
        "in_vain": State.UNREACHED,
        "later": State.LATER,
    }  # the dead are not due
    assert found["came"].why == "đến ngày 03/11"
    assert found["booked"].why == "hẹn ngày 25/11"
    assert found["told"].why == "nhận tin ngày 15/11"
    assert found["blocked"].why == "Zalo: số này chưa có Zalo"
    assert found["no_phone"].why == "Chưa có số điện thoại"
    assert found["in_vain"].why == "Gọi 2 lần không bắt máy"
    assert found["later"].why == "sẽ nhắc từ 24/11"  # due on the 29th, five days before
    assert found["blocked"].what == "Trám răng 36, 6 tháng"
    assert found["blocked"].due_on == dt.date(2026, 11, 13)
    assert states(month, first=dt.date(2026, 12, 1), until=dt.date(2027, 1, 1)) == {}


def test_the_parts_as_pandas_counts_them(month: Month) -> None:
    """From the rows alone, by other means: joins and flags of pandas."""
    rounds = pd.DataFrame(
        list(
            Contact.objects.filter(
                step__key="F4", window_from__range=(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
            ).values("uid", "patient_id", "window_from", "due_at")
        )
    )
    alive = Patient.objects.filter(deceased_on=None).values_list("pk", flat=True)
    rounds = rounds[rounds.patient_id.isin(list(alive))]
    sent = pd.DataFrame(list(Message.objects.values("intent", "state")))
    rounds = rounds.merge(sent, left_on="uid", right_on="intent", how="left")
    people_ = rounds.groupby("patient_id").agg(
        heard=(
            "state",
            lambda s: s.isin(GOOD).any(),
        ),
        tried=("state", lambda s: s.notna().any()),
        ahead=("due_at", lambda s: s.notna().any()),
    )
    visits = Visit.objects.filter(is_return=True, on_date__gte=dt.date(2026, 10, 2))
    people_["came"] = people_.index.isin(list(visits.values_list("patient_id", flat=True)))
    slots = Appointment.objects.filter(outcome=None, on_date__gte=dt.date(2026, 11, 18))
    people_["booked"] = people_.index.isin(list(slots.values_list("patient_id", flat=True)))
    spoken = Call.objects.filter(result="reached").values_list("patient_id", flat=True)
    people_["heard"] |= people_.index.isin(list(spoken))
    failed = Decision.objects.filter(end="failed").values_list("contact__patient_id", flat=True)
    people_["tried"] |= people_.index.isin(list(failed))
    people_["part"] = "unreached"
    people_.loc[~people_.tried & people_.ahead, "part"] = "later"
    people_.loc[people_.heard, "part"] = "waiting"
    people_.loc[people_.booked, "part"] = "booked"
    people_.loc[people_.came, "part"] = "came"
    told = {
        row.patient_id: row.state.name.lower() for row in returns.due(month.branches, **NOVEMBER)
    }
    assert told == people_.part.to_dict()
    assert people_.part.value_counts().to_dict() == {
        "unreached": 3, "waiting": 3, "came": 1, "booked": 1, "later": 1,
    }  # fmt: skip


def test_calls_are_given_once(month: Month, clock: Any) -> None:
    first = returns.give_calls(month.branches, **NOVEMBER)
    assert first == returns.Given(given=2, had=0, no_phone=1, refused=0)
    again = returns.give_calls(month.branches, **NOVEMBER)
    assert again == returns.Given(given=0, had=2, no_phone=1, refused=0)
    rows = Task.objects.filter(kind="call", done_at=None)
    assert sorted(rows.values_list("patient__full_name", flat=True)) == [
        "Lê Thu Trang 5", "Lê Thu Trang 7",
    ]  # fmt: skip
    # done in vain, it can be given again: and is then another task
    rows.filter(patient__full_name="Lê Thu Trang 5").update(done_at=product_clock.now())
    assert returns.give_calls(month.branches, **NOVEMBER).given == 1
    assert states(month)["blocked"].task_due is not None


def test_the_first_screen(month: Month, client_for: Signed) -> None:
    said = text(client_for("owner"), "/numbers/")
    assert not FORBIDDEN.search(said)
    assert "Đến kỳ tái khám trong tháng 11 8 khách, còn 12 ngày" in said
    assert "1 Đã đến" in said
    assert "1 Đã đặt lịch" in said
    assert "3 Đã nhắc, chờ trả lời" in said
    assert "3 Chưa liên lạc được" in said
    assert "Thêm 1 khách chưa tới ngày nhắc, sẽ nhắc từ 24/11" in said
    assert "3 khách chưa liên lạc được" in said
    assert "Giao 2 việc gọi" in said
    entry = AuditEntry.objects.filter(verb="list.seen").latest("id")
    assert entry.note == "due 2026-11: unreached, 3 of 3"
    assert len(entry.subjects or []) == 3


def test_a_part_opens_in_place(month: Month, client_for: Signed) -> None:
    client = client_for("owner")
    part = client.get("/numbers/?due=booked", headers={"hx-request": "true", "hx-target": "due"})
    body = part.content.decode()
    assert body.lstrip().startswith("<section")
    assert "hẹn ngày 25/11" in body.lower()
    assert "gọi 2 lần" not in body.lower()
    assert "Chưa tới ngày nhắc" not in text(client, "/numbers/?due=came&month=2026-11")
    assert "Tháng này chưa có khách nào" in text(client, "/numbers/?month=2026-07")
    for typed in ("?month=x&due=zz&page=0", "?month=2026-13", "?page=99&all=1&due=came"):
        text(client, f"/numbers/{typed}")


def test_giving_calls_on_the_page(month: Month, client_for: Signed) -> None:
    client = client_for("branch_manager", branches=[month.branches[1]])
    assert "1 khách chưa liên lạc được" in text(client, "/numbers/")
    answer = client.post("/numbers/due/calls/", {"month": "2026-11"}, follow=True)
    said = answer.content.decode()
    assert "Đã giao 1 việc gọi cho lễ tân." in said
    assert Task.objects.filter(kind="call").count() == 1  # the other branch is not hers
    answer = client.post("/numbers/due/calls/", {"month": "2026-11"}, follow=True)
    assert "1 khách đã có việc gọi từ trước." in answer.content.decode()
    assert "Ai gọi được đều đã giao việc gọi." in text(client, "/numbers/")
    assert client_for("reception").post("/numbers/due/calls/").status_code == 403
    assert Task.objects.filter(kind="call").count() == 1


def test_as_many_statements_for_many(month: Month, clock: Any) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            returns.due(month.branches, **NOVEMBER)
        return len(asked)

    one = statements()
    for day in range(2, 28):
        month.filled(clock, day)
    clock.set("2026-11-18T09:00")
    assert len(returns.due(month.branches, **NOVEMBER)) == 35
    assert statements() == one
