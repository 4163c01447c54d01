"""Who follows, and which patient she is: by her number, by four digits, by a person."""

from __future__ import annotations

from typing import Any

import pytest

from messaging import followers, talks
from messaging.models import JoinCode, Talk, ZaloPerson
from messaging.public import Want, routes
from patients.public import ContactPoint, Patient, Purpose, basis
from tests.messaging.talking import HER, OA, Zalo, texts, zalo

__all__ = ["zalo"]


def known_as(patient: Patient) -> list[str]:
    return [who.user_id for who in followers.of_patient(patient)]


def refused(patient: Patient, channel: str = "zalo") -> set[str]:
    rows = basis.table(patient)
    return {row.purpose for row in rows if row.channels[channel].reason == "refused"}


def test_following_is_kept_and_only_goes_forward(zalo: Zalo, clock: Any) -> None:
    zalo.follows()
    who = ZaloPerson.objects.get()
    assert (who.user_id, who.follows_until) == (HER, None)
    since = who.follows_since
    assert since is not None
    clock.advance(hours=1)
    zalo.follows(follows=False)
    followers.followed(zalo.account, HER, since, follows=True)  # late: it says nothing new
    who.refresh_from_db()
    assert who.follows_until is not None
    assert who.follows_since == since


def test_a_shared_number_with_one_patient_behind_it_joins_her(zalo: Zalo) -> None:
    patient = zalo.patient("0903418276")
    zalo.follows()
    zalo.shares("84903418276")
    assert known_as(patient) == [HER]
    point = ContactPoint.objects.get(kind="zalo")
    assert point.value == f"{OA}/{HER}"
    zalo.shares("84903418276")  # told again: nothing changes
    assert ContactPoint.objects.filter(kind="zalo").count() == 1


def test_her_identity_at_zalo_goes_before_her_number(zalo: Zalo) -> None:
    patient = zalo.patient()
    zalo.shares("84903418276")
    want = Want(patient.pk, zalo.branch.pk, "reminder")
    assert routes.reach([want])[want].why_not == "no_template"
    listed, _liked = routes._points({patient.pk})
    assert [point.kind for point in listed[patient.pk]] == ["zalo", "phone"]


def test_with_several_people_behind_the_number_a_person_chooses(zalo: Zalo) -> None:
    mother = zalo.patient("0903418276", "Võ Thị Hoa")
    child = zalo.patient("0903418276", "Võ Gia Hân")
    zalo.shares("84903418276", name="Hoa")
    assert known_as(mother) == known_as(child) == []
    talk = Talk.objects.get()
    assert (talk.patient, talk.sender, talk.unread) == (None, HER, 1)
    who = followers.get(zalo.account.pk, HER)
    assert who is not None
    followers.join(who, child)
    assert (known_as(mother), known_as(child)) == ([], [HER])
    zalo.hears("Bé còn ê răng")
    talk.refresh_from_db()
    assert talk.merged_into is not None
    assert talk.merged_into.patient == child
    assert [kind for kind, _text in texts(talk.merged_into)] == ["in", "in"]


def test_a_number_of_nobody_stays_unknown(zalo: Zalo) -> None:
    zalo.shares("84903418276")
    zalo.shares("nonsense", who="2")
    assert not ContactPoint.objects.filter(kind="zalo").exists()
    assert ZaloPerson.objects.get(user_id=HER).phone == "+84903418276"
    assert Talk.objects.filter(patient__isnull=True).count() == 2


def test_a_code_from_her_page_joins_her_once(zalo: Zalo) -> None:
    patient = zalo.patient()
    code = followers.make_code(patient)
    assert followers.make_code(patient).code == code.code
    zalo.hears(code.code)
    assert known_as(patient) == [HER]
    assert followers.code_of(patient) is None
    zalo.hears(code.code, who="2")  # spent
    assert known_as(patient) == [HER]
    talk = talks.of_patient(patient)
    assert (talk.unread, talk.waits_since) == (0, None)  # nothing to answer


def test_a_code_holds_for_a_day(zalo: Zalo, clock: Any) -> None:
    patient = zalo.patient()
    code = followers.make_code(patient)
    clock.advance(hours=24, minutes=1)
    zalo.hears(code.code)
    assert known_as(patient) == []
    assert followers.make_code(patient).until > clock.now()
    assert JoinCode.objects.count() == 1


def wrong(right: str) -> str:
    return f"{(int(right) + 1) % 10_000:04}"


def test_five_wrong_codes_and_the_right_one_is_not_heard_for_an_hour(
    zalo: Zalo, clock: Any
) -> None:
    patient = zalo.patient()
    right = followers.make_code(patient).code
    for _n in range(5):
        zalo.hears(wrong(right))
    zalo.hears(right)
    assert known_as(patient) == []
    zalo.hears(right, who="2")  # another phone is not punished
    assert [*known_as(patient)] == ["2"]
    other = zalo.patient("0903418277", "Hồ Quang Hiếu")
    clock.advance(minutes=61)
    zalo.hears(followers.make_code(other).code)
    assert known_as(other) == [HER]


def test_many_phones_together_do_not_find_a_code(
    zalo: Zalo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followers, "MOST_WRONG_TOGETHER", 6)
    patient = zalo.patient()
    right = followers.make_code(patient).code
    for n in range(6):
        zalo.hears(wrong(right), who=f"9{n}")
    zalo.hears(right)
    assert known_as(patient) == []


def test_unfollowing_refuses_zalo_and_following_again_lifts_nothing(zalo: Zalo, clock: Any) -> None:
    patient = zalo.patient()
    zalo.follows()
    zalo.shares("84903418276")
    zalo.hears("Chào em")
    assert refused(patient) == set()
    clock.advance(hours=1)
    zalo.follows(follows=False)
    assert refused(patient) == set(Purpose.values)
    assert refused(patient, "sms") == set()
    clock.advance(hours=1)
    zalo.follows()
    assert refused(patient) == set(Purpose.values)
    assert texts(talks.of_patient(patient))[-1][0] == "note"


def test_who_refused_as_a_stranger_has_refused_when_she_is_known(zalo: Zalo, clock: Any) -> None:
    zalo.follows()
    clock.advance(hours=1)
    zalo.follows(follows=False)
    patient = zalo.patient()
    zalo.shares("84903418276")
    assert refused(patient) == set(Purpose.values)


def test_taking_back_her_data_forgets_her(zalo: Zalo) -> None:
    patient = zalo.patient()
    zalo.shares("84903418276")
    zalo.tells("user_withdraw", oa_id=OA, user_id=HER)
    who = ZaloPerson.objects.get()
    assert (who.name, who.phone, who.contact_point) == ("", "", None)
    assert known_as(patient) == []
    assert refused(patient) == set(Purpose.values)
