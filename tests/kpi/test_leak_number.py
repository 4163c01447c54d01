"""Leaks: the number of records, what somebody says of a case, and its pages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.test import Client
from django_tenants.utils import schema_context

from clinics import acting, sealing
from clinics import clock as product_clock
from clinics.models import AuditEntry, ChangeEvent
from clinics.public import Role, Staff
from kpi import leakcases, leakwatch, reads
from kpi.models import ChainCheck, LeakCase, LeakRecord, Verdict
from patients.public import people
from tests.kpi.facts import Facts
from tests.kpi.leaks import MONTH, at, hire, look, note, told
from tests.kpi.test_pages import FORBIDDEN, text
from tests.kpi.test_todo import things

Signed = Callable[..., Client]


# the number


def test_the_number_by_hand_and_its_past(facts: Facts, clock: Any) -> None:
    """400 records: two lost, a burst of 120 that is being looked into, then confirmed, then not."""
    desk, owner = hire(facts, Role.MANAGER, 0), hire(facts, Role.OWNER, 0)
    everybody = [facts.patient(branch=facts.branches[n % 2]) for n in range(400)]
    facts.patient(is_test=True)
    with acting.within("web"):
        for one in everybody[:2]:
            people.rename(patient=one, full_name="Xóa Đi")
    note(desk, everybody[1:121], product_clock.now(), "list.seen")
    look()
    cell = told()
    assert (cell.numerator, cell.denominator, cell.immature) == (2, 281, 119)
    assert cell.value == 2 / 281
    assert cell.reasons["excluded"] == {"test_patient": 1}
    assert (told("suspected").numerator, told("suspected").denominator) == (120, 400)
    (case,) = [one for one in leakcases.waiting() if one.kind == "bulk_read"]
    then = product_clock.now()
    clock.advance(minutes=5)
    leakcases.judge(case, verdict=Verdict.CONFIRMED, reason="Bán danh sách", by=owner)
    cell = told()
    assert (cell.numerator, cell.denominator, cell.immature) == (121, 400, 0)
    assert (told("exposure").numerator, told("loss").numerator) == (120, 2)
    assert cell.reasons["counted"] == {"identity": 2, "bulk_read": 119}
    by_branch = {c.key["branch_name"]: c.numerator for c in reads.cells(
        reads.question("data_leak", by=["branch"], **MONTH))}  # fmt: skip
    assert by_branch == {"Quận 3": 61, "Thủ Đức": 60}
    months = reads.cells(reads.question("data_leak", by=["month"], **MONTH))
    assert [(c.key["month"], c.numerator, c.denominator) for c in months] == [("2026-06", 121, 400)]
    clock.advance(minutes=5)
    leakcases.judge(case, verdict=Verdict.DISMISSED, reason="Kiểm kê theo lệnh", by=owner)
    assert (told().numerator, told().denominator) == (2, 400)
    assert told(as_of=then).immature == 119  # what a report said stays said
    people_ = reads.people(reads.question("data_leak", "loss", **MONTH), "counted")
    assert {row.name for row in people_.rows} == {"Xóa Đi"}
    with pytest.raises(reads.QuestionError):
        reads.question("data_leak", by=["day"], **MONTH)


def test_drawn_cases_as_pandas(facts: Facts) -> None:
    """Cases of every kind over many records, against pandas from the rows alone."""
    random = np.random.default_rng(11)
    owner = hire(facts, Role.OWNER, 0)
    everybody = [facts.patient(branch=facts.branches[n % 3]) for n in range(150)]
    for kind in ("identity", "deleted", "bulk_read", "export", "cross_branch", "bulk_read"):
        for _ in range(3):
            when = product_clock.now() - dt.timedelta(days=int(random.integers(0, 45)))
            case = LeakCase.objects.create(
                kind=kind, key=uuid.uuid4().hex, happened_at=when, until_at=when, found_at=when
            )
            for n in random.choice(150, size=9, replace=False):
                LeakRecord.objects.create(case=case, patient_id=everybody[n].pk, found_at=when)
            for verdict in random.choice(["", "confirmed", "dismissed"], size=2):
                if verdict:
                    known = leakcases.get(case.uid)
                    assert known is not None
                    leakcases.judge(known, verdict=Verdict(verdict), reason="vì", by=owner)
    rows = pd.DataFrame(
        LeakRecord.objects.values_list("patient_id", "case_id", "case__kind", "case__happened_at"),
        columns=["patient", "case", "kind", "at"],
    )
    rows = rows[rows["at"] >= pd.Timestamp("2026-05-02T17:00Z")]
    said = pd.DataFrame(
        LeakCase.objects.filter(leakverdict__isnull=False)
        .order_by("leakverdict__id")
        .values_list("pk", "leakverdict__verdict"),
        columns=["case", "verdict"],
    ).drop_duplicates("case", keep="last")
    rows = rows.merge(said, on="case", how="left").fillna({"verdict": "pending"})
    rows = rows[rows.verdict != "dismissed"]
    loss = rows.kind.isin(["identity", "deleted", "voided", "contact"])
    lost, exposed = (
        set(rows[loss].patient),
        set(rows[~loss & (rows.verdict == "confirmed")].patient),
    )
    pending = set(rows[~loss & (rows.verdict == "pending")].patient)
    cell = told()
    assert cell.numerator == len(lost | exposed)
    assert cell.immature == len(pending - lost - exposed)
    assert cell.denominator == 150 - cell.immature
    assert (told("loss").numerator, told("exposure").numerator) == (len(lost), len(exposed))
    assert told("suspected").numerator == len(pending)
    assert lost and exposed and pending


def test_who_did_it_by_hand_and_by_pandas(facts: Facts) -> None:
    desk = hire(facts, Role.RECEPTION, 0)
    patients = [facts.patient() for _ in range(4)]
    before = ChangeEvent.objects.filter(kind="patients_patient", deed="update").count()
    assert before == 0
    note(desk, patients[:1], at(10), "patient.seen")
    note(desk, patients, at(11), "list.exported")
    note(None, patients[:1], at(11), "phone.revealed")
    note(desk, patients[:1], at(11), "signed.in")  # no patient's record
    with acting.within("command"):  # nobody is named
        people.rename(patient=patients[0], full_name="Nguyễn Văn An Hai")
    with acting.within("web"):
        acting.admitted(desk.pk)
        people.rename(patient=patients[1], full_name="Nguyễn Văn An Ba")
    with acting.within("task"):
        people.rename(patient=patients[2], full_name="Nguyễn Văn An Tư")
    cell = told("accountability")
    assert {role: found for role, found in cell.reasons.items() if found} == {
        "counted": {"named": 3},
        "not_counted": {"past_product": 1, "by_command": 1},
        "excluded": {"by_product": 1},
    }
    assert cell.value == 3 / 5
    changes = pd.DataFrame(
        ChangeEvent.objects.filter(kind="patients_patient", deed="update").values_list(
            "actor_id", "source"
        ),
        columns=["actor", "source"],
    )
    acts = changes[changes.actor.notna() | ~changes.source.isin(["web", "task"])]
    reads_ = pd.DataFrame(
        AuditEntry.objects.exclude(verb="signed.in").values_list("actor_id"), columns=["actor"]
    )
    named = int(acts.actor.notna().sum() + reads_.actor.notna().sum())
    assert (cell.numerator, cell.denominator) == (named, len(acts) + len(reads_))


# the chain


def test_the_chain_is_proved_once_a_day(facts: Facts, clock: Any) -> None:
    facts.patient()
    assert leakcases.chain().at is None
    for _ in range(3):
        sealing.seal_due()
        clock.advance(minutes=2)
    leakwatch.look_due()
    first = ChainCheck.objects.get()
    assert (first.passed, first.faults) == (True, 0)
    leakwatch.look_due()
    assert ChainCheck.objects.count() == 1
    clock.advance(hours=25)
    leakwatch.look_due()
    assert ChainCheck.objects.count() == 2


# the pages


def test_a_case_is_judged_on_its_page(facts: Facts, client_for: Signed) -> None:
    owner, manager = client_for("owner"), client_for("manager")
    desk = hire(facts, Role.RECEPTION, 0)
    people_ = [facts.patient() for _ in range(60)]
    note(desk, people_, at(22), "list.seen")
    look()
    case = LeakCase.objects.get()
    assert things(owner)[0] == (
        "Xem lại: 60 hồ sơ bị mở trong vài phút Lê Ngọc Diễm, 22:00 29/05/2026, ngoài giờ mở cửa"
        " Xem ai đã mở gì"
    )
    said = text(owner, "/numbers/data_leak/")
    assert not FORBIDDEN.search(said)
    assert "60 hồ sơ đang xem xét" in said
    assert "1 vụ chờ người kết luận" in said
    assert "Chụp ảnh màn hình" in said
    address = f"/numbers/data_leak/cases/{case.uid}/"
    assert "60 hồ sơ bị mở trong vài phút" in text(owner, "/numbers/data_leak/cases/")
    page = text(owner, address)
    assert "Lê Ngọc Diễm, 22:00 29/05/2026, ngoài giờ mở cửa" in page
    empty = owner.post(address, {"verdict": "confirmed", "reason": " "})
    assert empty.status_code == 422
    assert "Ghi lý do" in empty.content.decode()
    owner.post(address, {"verdict": "confirmed", "reason": "Chụp lại bán cho nơi khác"})
    assert told().numerator == 60
    assert "Chụp lại bán cho nơi khác" in text(owner, address)
    (noted,) = ChangeEvent.objects.filter(kind="kpi_leakverdict")
    assert noted.actor_id == owner.staff.pk  # type: ignore[attr-defined]
    assert "Xem lại" not in " ".join(things(owner))
    manager.post(address, {"verdict": "dismissed", "reason": "Kiểm kê"})
    assert told().numerator == 0
    assert "Chưa thấy hồ sơ nào trong 60 hồ sơ bị mất hay lộ" in text(owner, "/numbers/data_leak/")
    assert "ít hơn 1 trên 20" in text(owner, "/numbers/data_leak/")


def test_who_did_it_does_not_judge_it(facts: Facts, client_for: Signed) -> None:
    manager, owner = client_for("manager"), client_for("owner")
    for client in (manager, owner):
        person: Staff = client.staff  # type: ignore[attr-defined]
        note(person, [facts.patient() for _ in range(120)], at(10), "list.seen")
    look()
    for client, status in ((manager, 403), (owner, 302)):
        case = LeakCase.objects.get(actor=client.staff)  # type: ignore[attr-defined]
        address = f"/numbers/data_leak/cases/{case.uid}/"
        answer = client.post(address, {"verdict": "dismissed", "reason": "Tự tôi"})
        assert answer.status_code == status
    assert client_for("branch_manager").get("/numbers/data_leak/cases/").status_code == 403
    assert "vụ chờ người kết luận" not in text(client_for("branch_manager"), "/numbers/data_leak/")
    assert owner.get(f"/numbers/data_leak/cases/{uuid.uuid4()}/").status_code == 404


def test_the_other_clinics_case_is_not_there(
    facts: Facts, client_for: Signed, other_clinic: Any
) -> None:
    with schema_context(other_clinic.schema_name):
        now = product_clock.now()
        theirs = LeakCase.objects.create(
            kind="export", key="x", happened_at=now, until_at=now, found_at=now
        )
    answer = client_for("owner").get(f"/numbers/data_leak/cases/{theirs.uid}/")
    assert answer.status_code == 404


def test_a_broken_chain_goes_before_everything(facts: Facts, client_for: Signed) -> None:
    owner = client_for("owner")
    ChainCheck.objects.create(
        at=product_clock.now(), passed=False, sealed=9, faults=2, first_fault="row 4: altered"
    )
    assert things(owner)[0].startswith(
        "Tìm xem ai đã động vào nhật ký 2 chỗ không còn như lúc niêm"
    )
    said = text(owner, "/numbers/data_leak/cases/")
    assert "Nhật ký KHÔNG còn nguyên vẹn: 2 chỗ sai" in said
    assert "row 4" not in said  # a page speaks Vietnamese; the command names the rows
