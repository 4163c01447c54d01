"""Messages read: by hand, against pandas on drawn messages, and as marks and time move them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clinics import clock as product_clock
from kpi import reads, refresh
from kpi.models import Dirty, KpiUnit
from messaging.models import Link
from messaging.public import Message, links
from patients.public import Appointment
from tests.kpi.facts import Day, Facts, at
from tests.kpi.letters import Letters

TODAY = Day(2026, 6, 1)
PERIOD: dict[str, Any] = {"first": Day(2026, 4, 1), "until": Day(2026, 6, 2)}
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def letters(facts: Facts) -> Letters:
    return Letters()


def told(part: str = "surely_read", **more: Any) -> reads.Cell:
    refresh.refresh_due()
    return reads.cell(reads.question("open_rate", part, **(PERIOD | more)))


def test_eight_messages_by_hand(facts: Facts, letters: Letters) -> None:
    """Delivered: answered, opened, booked, opened too late, silent = 3 of 5 surely read.

    Not delivered: Zalo refused and nothing followed, not in time. One more waits for its report.
    """
    noon = at(TODAY - dt.timedelta(days=20), 12)
    her = [facts.patient() for _ in range(8)]
    letters.said(her[0], noon, state="acted", delivered_at=noon, acted_at=noon + 5 * HOUR,
                 opened_at=noon + 4 * HOUR)  # fmt: skip
    letters.said(her[1], noon, state="delivered", delivered_at=noon, opened_at=noon + 72 * HOUR)
    letters.said(her[2], noon, state="delivered", delivered_at=noon, key="invite")
    facts.appointment(her[2], TODAY - dt.timedelta(days=1))
    Appointment.objects.filter(patient=her[2]).update(booked_at=noon + 30 * HOUR)
    letters.said(her[3], noon, state="delivered", delivered_at=noon, opened_at=noon + 73 * HOUR)
    letters.said(her[4], noon, state="delivered", delivered_at=noon, channel="sms")
    facts.appointment(her[4], TODAY)  # booked much later, and this was no invitation
    letters.said(her[5], noon, state="failed", code="-118")
    letters.said(her[6], noon, state="expired")
    letters.said(her[7], product_clock.now(), state="accepted")
    cell = told()
    assert (cell.numerator, cell.denominator, cell.value) == (3, 5, 3 / 5)
    assert cell.reasons["counted"] == {"answered": 1, "opened_link": 1, "booked": 1}
    assert cell.reasons["immature"] == {"under_way": 1}
    assert cell.excluded == {"failed_-118": 1, "expired": 1}
    delivery = told("delivery")
    assert (delivery.numerator, delivery.denominator, delivery.immature) == (5, 7, 1)
    assert delivery.reasons["not_counted"] == {"failed_-118": 1, "expired": 1}
    response = told("response")
    assert (response.numerator, response.denominator) == (1, 5)
    by = reads.cells(reads.question("open_rate", "surely_read", by=["channel"], **PERIOD))
    assert {c.key["channel"]: (c.numerator, c.denominator) for c in by} == {
        "zalo": (3, 4), "sms": (0, 1),
    }  # fmt: skip


def test_no_channel_reports_reading_and_it_is_said(facts: Facts, letters: Letters) -> None:
    noon = at(TODAY - dt.timedelta(days=20), 12)
    letters.said(facts.patient(), noon, state="acted", delivered_at=noon, acted_at=noon)
    cell = told("")
    assert (cell.value, cell.denominator, cell.excluded) == (None, 0, {"no_reading": 1})
    share = told("read_capable_share")
    assert (share.numerator, share.denominator, share.value) == (0, 1, 0.0)


def test_a_fallback_is_the_same_message(facts: Facts, letters: Letters) -> None:
    noon = at(TODAY - dt.timedelta(days=20), 12)
    patient = facts.patient()
    intent = letters.said(patient, noon, state="failed", code="-118")
    assert told("delivery").reasons["not_counted"] == {"failed_-118": 1}
    letters.said(patient, noon + HOUR, state="delivered", delivered_at=noon + HOUR, channel="sms",
                 intent=intent, attempt=2)  # fmt: skip
    cell = told("delivery")
    assert (cell.numerator, cell.denominator) == (1, 1)
    unit = KpiUnit.objects.get(recorded__upper_inf=True, metric="open_rate")
    assert (unit.unit, unit.channel) == (intent, "sms")


def test_72_hours_are_hours(facts: Facts, letters: Letters, clock: Any) -> None:
    now = product_clock.now()
    letters.said(facts.patient(), now, state="delivered", delivered_at=now)
    cell = told()
    assert (cell.denominator, cell.reasons["immature"]) == (0, {"waiting_72h": 1})
    clock.set(now + 72 * HOUR - dt.timedelta(minutes=1))
    assert told().denominator == 0
    clock.set(now + 72 * HOUR + dt.timedelta(minutes=1))
    cell = told()  # time alone changed no row
    assert cell.reasons["not_counted"] == {"no_sign": 1}
    assert KpiUnit.objects.filter(metric="open_rate").count() == 1
    assert told(as_of=now + 71 * HOUR).immature == 1


def test_her_link_moves_the_number_and_proves_delivery(facts: Facts, letters: Letters) -> None:
    noon = at(TODAY - dt.timedelta(days=10), 12)
    patient = facts.patient()
    intent = letters.said(patient, noon, state="unknown")
    assert told("delivery").reasons["not_counted"] == {"outcome_unknown": 1}
    then = product_clock.now()
    Link.objects.filter(intent=intent).update(first_opened_at=noon + HOUR)
    cell = told()
    assert cell.reasons["counted"] == {"opened_link": 1}
    assert told("delivery", as_of=then).numerator == 0  # what was said stays said
    Message.objects.filter(intent=intent).update(
        state="acted", acted_at=noon + 2 * HOUR, delivered_at=noon + 2 * HOUR, ended_at=None
    )
    assert told().reasons["counted"] == {"answered": 1}


def test_the_attempt_whose_own_link_she_opened_tells_the_channel(
    facts: Facts, letters: Letters
) -> None:
    """Zalo was delivered, and the SMS that its limit forced; she opened the SMS."""
    noon = at(TODAY - dt.timedelta(days=10), 12)
    patient = facts.patient()
    intent = letters.said(patient, noon, state="delivered", delivered_at=noon)
    letters.said(patient, noon + HOUR, state="delivered", delivered_at=noon + HOUR,
                 channel="sms", intent=intent, attempt=2)  # fmt: skip
    assert told().reasons["not_counted"] == {"no_sign": 1}
    Link.objects.create(
        nonce=b"second", intent=intent, attempt=2, patient=patient, opens_until=noon,
    )  # fmt: skip
    Link.objects.filter(intent=intent, attempt=2).update(first_opened_at=noon + 2 * HOUR)
    assert told().reasons["counted"] == {"opened_link": 1}
    assert KpiUnit.objects.filter(metric="open_rate").latest("id").channel == "sms"


def test_an_answer_through_the_verb_is_counted(facts: Facts, letters: Letters) -> None:
    now = product_clock.now()
    intent = letters.said(facts.patient(), now, state="accepted")
    links.mark_acted(intent)
    assert told().reasons["immature"] == {"answered": 1}


def test_what_waits_and_what_was_taken_back(facts: Facts, letters: Letters) -> None:
    patient = facts.patient()
    refresh.refresh_due()
    letters.said(patient, None, state="queued")
    assert not Dirty.objects.filter(metric="open_rate").exists()  # it is nothing yet
    letters.said(patient, None, state="cancelled", code="withdrawn")
    refresh.recount_all()
    cell = told("delivery")
    assert (cell.units, cell.excluded) == (1, {"withdrawn": 1})


def test_accepted_after_calling_leaves_no_mark(facts: Facts, letters: Letters) -> None:
    letters.said(facts.patient(), product_clock.now(), state="calling")
    refresh.refresh_due()
    Message.objects.update(state="accepted", accepted_at=product_clock.now())
    assert not Dirty.objects.filter(metric="open_rate").exists()
    Message.objects.update(state="delivered", delivered_at=product_clock.now())
    assert Dirty.objects.filter(metric="open_rate").count() == 1


def test_test_people_and_merges(facts: Facts, letters: Letters) -> None:
    noon = at(TODAY - dt.timedelta(days=20), 12)
    patient = facts.patient()
    letters.said(patient, noon, state="delivered", delivered_at=noon)
    assert told().denominator == 1
    type(patient).objects.filter(pk=patient.pk).update(is_test=True)
    assert told().excluded == {"test_patient": 1}


STATES = ["delivered", "acted", "failed", "expired", "unknown", "accepted", "cancelled"]


@pytest.fixture
def drawn(facts: Facts, letters: Letters) -> pd.DataFrame:
    """250 messages on two channels over 40 days, with what came of each as a table."""
    random = np.random.default_rng(5)
    now, rows = product_clock.now(), []
    for n in range(250):
        patient = facts.patient(branch=facts.branches[n % 3], is_test=n % 40 == 3)
        called = now - dt.timedelta(hours=float(random.integers(1, 24 * 40)))
        state = STATES[random.choice(7, p=[0.45, 0.2, 0.1, 0.08, 0.05, 0.07, 0.05])]
        reached = state in ("delivered", "acted")
        delivered = called + random.random() * HOUR if reached else None
        opened = delivered + random.random() * 100 * HOUR if delivered and n % 3 else None
        acted = delivered + random.random() * 100 * HOUR if state == "acted" and delivered else None
        opened = None if opened is not None and opened > now else opened
        channel = "zalo" if random.random() < 0.6 else "sms"
        letters.said(
            patient, None if state == "cancelled" else called, channel=channel, state=state,
            delivered_at=delivered, acted_at=acted, opened_at=opened,
            code="-118" if state == "failed" else "withdrawn" if state == "cancelled" else "",
        )  # fmt: skip
        rows.append(
            (patient.is_test, patient.branch.name, channel, state, delivered, opened, acted)
        )
    table = pd.DataFrame(
        rows, columns=["test", "branch", "channel", "state", "delivered", "opened", "acted"]
    )
    for name in ("delivered", "opened", "acted"):
        table[name] = pd.to_datetime(table[name], utc=True)
    limit = table.delivered + pd.Timedelta(hours=72)
    table["sign"] = (table.opened <= limit) | (table.acted <= limit)
    table["answer"] = table.acted <= limit
    table["mature"] = limit <= pd.Timestamp(now)
    return table


def test_drawn_messages_as_pandas(drawn: pd.DataFrame) -> None:
    table = drawn
    real = table[~table.test]
    mature = real[real.mature]
    cell = told()
    assert (cell.numerator, cell.denominator) == (int(mature.sign.sum()), len(mature))
    assert cell.value == mature.sign.sum() / len(mature)
    under_way = int(real.state.eq("accepted").sum())
    assert cell.immature == int((real.delivered.notna() & ~real.mature).sum()) + under_way
    delivery = told("delivery")
    tried = real[real.state.isin(["delivered", "acted", "failed", "expired", "unknown"])]
    assert (delivery.numerator, delivery.denominator) == (
        int(tried.delivered.notna().sum()),
        len(tried),
    )
    response = told("response")
    assert (response.numerator, response.denominator) == (int(mature.answer.sum()), len(mature))
    for by in ("channel", "branch"):
        cells = reads.cells(reads.question("open_rate", "surely_read", by=[by], **PERIOD))
        for cell in cells:
            key = cell.key["channel"] if by == "channel" else cell.key["branch_name"]
            part = mature[mature[by] == key]
            assert (cell.numerator, cell.denominator) == (int(part.sign.sum()), len(part))
    asked = reads.question("open_rate", "surely_read", **PERIOD)
    whole = reads.cell(asked)
    for role in reads.ROLES:
        assert reads.people(asked, role, limit=500).total == whole.of_role(role)
    assert whole.units == len(table)
    before = list(KpiUnit.objects.order_by("id").values())
    refresh.recount_all()  # the marks had missed nothing
    assert list(KpiUnit.objects.order_by("id").values()) == before
