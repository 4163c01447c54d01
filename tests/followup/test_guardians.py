"""Who speaks for a minor receives what is said to her; at 18 the address and the consent change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from clinics import clock as product_clock
from followup import gate, timeline, tongues
from followup.models import Contact
from followup.phonepage import seen
from messaging.models import Unreachable
from messaging.public import Message, routes
from patients import ages
from patients.public import (
    BasisKind,
    ContactPoint,
    Patient,
    Relation,
    appointments,
    basis,
    families,
    guardians,
    people,
)
from tests.followup.records import House, contact, ended, house, treat

pytestmark = pytest.mark.usefixtures("clinic")

CHILD, MOTHER, FATHER = "0912000001", "0912000002", "0912000003"


def register(of: House, name: str, phone: str, **more: Any) -> Patient:
    more.setdefault("basis", BasisKind.CARE_RELATION)
    return people.register(
        branch=of.branch, full_name=name, phone=phone, text_version="care-2026-01", by=None, **more
    )


@pytest.fixture
def of(clock: Any) -> House:
    return house()


@pytest.fixture
def na(of: House) -> Patient:
    """18 on 3 June 2026; the clock stands at 1 June, 09:00."""
    return register(of, "Lê Bảo Na", CHILD, birth_date=dt.date(2008, 6, 3))


@pytest.fixture
def hoa(of: House) -> Patient:
    return register(of, "Trần Thị Hoa", MOTHER, salutation="chị")


def speaks(for_: Patient, who: Patient, relation: Relation = Relation.MOTHER) -> None:
    families.tie(patient=for_, relative=who, relation=relation, is_guardian=True, by=None)


def numbers(who: Patient) -> list[str]:
    """Where a reminder would go now, in order, each number once."""
    want = routes.Want(who.pk, who.branch_id, "reminder")
    ids = dict.fromkeys(way.contact_point_id for way in routes.reach([want])[want].routes)
    values = dict(ContactPoint.objects.filter(pk__in=ids).values_list("pk", "value"))
    return ["0" + values[pk][3:] for pk in ids]


def test_day_by_day_over_the_18th_birthday(na: Patient, hoa: Patient, clock: Any) -> None:
    speaks(na, hoa)
    seen_: list[tuple[str, list[str], str]] = []
    for day in ("06-01", "06-02", "06-03", "06-04"):
        clock.set(f"2026-{day}T00:00")
        verdict = basis.verdicts([na.pk], "care")[na.pk]["sms"]
        seen_.append((day, numbers(na), verdict.reason))
    assert seen_ == [
        ("06-01", [MOTHER], "care_relation"),
        ("06-02", [MOTHER], "care_relation"),
        ("06-03", [CHILD], "of_age"),
        ("06-04", [CHILD], "of_age"),
    ]
    clock.set("2026-06-02T23:59")  # the clinic's clock, not UTC's
    assert numbers(na) == [MOTHER]
    clock.set("2026-06-04T09:00")
    for _ in range(2):  # she is asked anew, with the same text
        basis.note(
            patient=na, purpose="care", kind=BasisKind.CARE_RELATION, text_version="care-2026-01"
        )
    assert basis.verdicts([na.pk], "care")[na.pk]["sms"].allowed
    assert na.basis_set.count() == 2
    assert {line.purpose: line.channels["sms"].reason for line in basis.table(na)}["care"] == (
        "care_relation"
    )


def test_a_refusal_outlives_the_birthday(na: Patient, hoa: Patient, clock: Any) -> None:
    speaks(na, hoa)
    basis.refuse(patient=na, purpose="care")
    clock.set("2026-06-04T09:00")
    assert basis.verdicts([na.pk], "care")[na.pk]["sms"].reason == "refused"


def test_whom_nobody_speaks_for_is_written_to_herself(
    na: Patient, hoa: Patient, clock: Any
) -> None:
    families.tie(patient=na, relative=hoa, relation=Relation.MOTHER, by=None)  # speaks not for her
    assert numbers(na) == [CHILD]
    clock.set("2026-06-04T09:00")
    assert basis.verdicts([na.pk], "care")[na.pk]["sms"].allowed


def test_the_first_who_speaks_and_can_be_reached(of: House, na: Patient, hoa: Patient) -> None:
    nobody = register(of, "Lê Văn Ông", "")
    families.tie(patient=na, name="bà Tư", relation=Relation.GRANDPARENT, is_guardian=True, by=None)
    speaks(na, nobody, Relation.GRANDPARENT)  # no number
    assert numbers(na) == [CHILD]
    father = register(of, "Lê Văn Ba", FATHER)
    speaks(na, father, Relation.FATHER)
    speaks(na, hoa)
    assert numbers(na) == [FATHER]
    tie = next(one for one in families.of(na) if one.patient_uid == str(father.uid))
    families.untie(patient=na, uid=tie.uid)  # type: ignore[arg-type]
    assert numbers(na) == [MOTHER]
    Unreachable.objects.create(
        contact_point=ContactPoint.objects.get(value="+84912000002"),
        channel="sms",
        code="x",
        learned_at=product_clock.now(),
    )
    want = routes.Want(na.pk, na.branch_id, "reminder")
    assert [way.channel for way in routes.reach([want])[want].routes] == ["zalo"]


def test_it_speaks_to_the_mother_and_names_the_child(
    of: House, na: Patient, hoa: Patient, clock: Any
) -> None:
    speaks(na, hoa)
    appointments.book(patient=na, branch=na.branch, start=product_clock.parse("2026-06-05T15:30"))
    gate.decide_due()
    row = Contact.objects.get(kind="confirmation")
    message = Message.objects.get(intent=row.uid)
    assert message.patient == na
    assert message.contact_point.value == "+84912000002"
    assert message.values["full_call"] == "chị Hoa (mẹ em Na)"
    assert message.values["salutation"] == "chị"
    assert row.decision.receiver == hoa
    assert row.decision.receiver_is == "mother"
    (entry,) = [one for one in timeline.of(na).today if one.group == "messages"]
    assert "gửi cho mẹ: chị Hoa" in [bit.text for bit in entry.bits]
    assert seen(row).called == "chị Hoa (mẹ em Na)"
    assert seen(row).salutation == "chị"


def test_what_is_asked_is_about_the_child(of: House, hoa: Patient, clock: Any) -> None:
    bin_ = register(of, "Lê Gia Bin", "", birth_date=dt.date(2019, 1, 5))
    speaks(bin_, hoa)
    treat(of, bin_, of.filling)
    clock.set("2026-06-02T09:30")
    gate.decide_due()
    row = contact(bin_, "F1")
    message = Message.objects.get(intent=row.uid)
    assert message.values["full_call"] == "chị Hoa (mẹ bé Bin)"
    assert message.values["treated_on"] == "của bé Bin ngày 01/06"
    assert message.contact_point.value == "+84912000002"


@pytest.mark.parametrize(
    ("relation", "own", "call"),
    [
        (Relation.MOTHER, "", "chị Hoa (mẹ bé Bin)"),
        (Relation.FATHER, "", "anh Hoa (bố bé Bin)"),
        (Relation.GRANDPARENT, "cô", "cô Hoa (ông bà bé Bin)"),
        (Relation.OTHER, "", "anh/chị Hoa (người nhà bé Bin)"),
    ],
)
def test_how_she_is_called(of: House, relation: Relation, own: str, call: str) -> None:
    bin_ = register(of, "Lê Gia Bin", "", birth_date=dt.date(2019, 1, 5))
    who = register(of, "Trần Thị Hoa", MOTHER, salutation=own)
    speaks(bin_, who, relation)
    assert tongues.of("vi").call(bin_, guardians.receivers([bin_.pk])[bin_.pk]) == call


def test_what_the_mother_refuses_is_not_said_about_the_child_either(
    of: House, na: Patient, hoa: Patient, clock: Any
) -> None:
    speaks(na, hoa)
    basis.refuse(patient=hoa, purpose="care", channel="zalo")
    slot = appointments.book(
        patient=na, branch=na.branch, start=product_clock.parse("2026-06-05T15:30")
    )
    gate.decide_due()
    waiting = Message.objects.get()
    assert (waiting.channel, waiting.allowed_channels) == ("sms", "viber,sms,email")
    basis.refuse(patient=hoa, purpose="care")  # what waits is taken back at once
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error_code) == ("cancelled", "refused")
    clock.set("2026-06-02T10:00")
    appointments.move(slot, product_clock.parse("2026-06-09T15:30"))
    gate.decide_due()
    moved = Contact.objects.get(kind="confirmation", appointment__outcome__isnull=True)
    assert ended(moved) == "stopped:refused"


def test_of_age_and_not_asked_nothing_is_said_and_why(
    of: House, na: Patient, hoa: Patient, clock: Any
) -> None:
    speaks(na, hoa)
    clock.set("2026-06-03T09:00")
    appointments.book(patient=na, branch=na.branch, start=product_clock.parse("2026-06-05T15:30"))
    gate.decide_due()
    row = Contact.objects.get(kind="confirmation")
    assert ended(row) == "stopped:of_age"
    (entry,) = [one for one in timeline.of(na).today if one.group == "messages"]
    assert "đã đủ 18 tuổi và chưa được hỏi lại" in str(entry.why)


@pytest.mark.parametrize(
    ("born", "years", "told", "first_day"),
    [
        (dt.date(2008, 6, 3), None, None, dt.date(2026, 6, 3)),
        (dt.date(2008, 2, 29), None, None, dt.date(2026, 3, 1)),
        (dt.date(2006, 2, 28), None, None, dt.date(2024, 2, 28)),
        (None, 17, dt.date(2025, 6, 1), dt.date(2026, 6, 2)),  # 365.25 days later
        (None, 30, dt.date(2025, 6, 1), dt.date.min),
        (None, None, None, None),
    ],
)
def test_of_age_from(
    born: dt.date | None, years: int | None, told: dt.date | None, first_day: dt.date | None
) -> None:
    who = Patient(birth_date=born, age_years=years, age_on=told)
    day = ages.of_age_on(who)
    assert day == first_day
    if day is not None and day > dt.date.min:
        assert people.age_of(who, day) == 18
        assert people.age_of(who, day - dt.timedelta(days=1)) == 17
        assert ages.is_minor(who, day - dt.timedelta(days=1))
        assert not ages.is_minor(who, day)


def test_many_children_cost_as_many_statements_as_one(
    of: House, hoa: Patient, django_assert_num_queries: Any
) -> None:
    children = [register(of, f"Lê Bé {n}", "", birth_date=dt.date(2019, 1, 5)) for n in range(12)]
    for child in children:
        speaks(child, hoa)
    ids = [child.pk for child in children]
    with django_assert_num_queries(1):
        guardians.receivers(ids[:1])
    with django_assert_num_queries(1):
        through = guardians.receivers(ids)
    assert len(through) == 12
    with django_assert_num_queries(1):
        guardians.verdicts(ids, "care", through)
