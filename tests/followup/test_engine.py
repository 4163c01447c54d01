"""The time rules, against tables worked out by hand and against what must hold for any time."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinics import clock
from followup import engine
from followup.engine import Calendar, StepRule, Whose
from followup.protocols import FILLING, IMPLANT, IMPLANT_CROWN

TET = frozenset(dt.date(2027, 2, 4) + dt.timedelta(days=n) for n in range(8))  # 4-11 February
HALF_PAST_NINE = dt.time(9, 30)


def rules(rows: list[dict[str, object]]) -> list[StepRule]:
    names = StepRule.__dataclass_fields__
    return [StepRule(**{key: row[key] for key in row if key in names}) for row in rows]  # type: ignore[arg-type]


def written(
    rows: list[dict[str, object]],
    done: str,
    *,
    signed: str | None = None,
    hour: dt.time = HALF_PAST_NINE,
    calendar: Calendar | None = None,
    **more: object,
) -> dict[str, str]:
    """step.kind → local day and hour; `!` for due, when it differs, `missed` when it is so."""
    t0 = clock.parse(done)
    plan = engine.plan(
        rules(rows),
        t0=t0,
        signed_at=clock.parse(signed) if signed else t0,
        whose=Whose(hour, calendar or Calendar()),
        **more,  # type: ignore[arg-type]
    )
    return {
        f"{p.step}.{p.kind}": f"{clock.local(p.at):%d/%m/%y %H:%M}"
        + (f" ! {clock.local(p.due):%d/%m/%y %H:%M}" if p.due != p.at else "")
        + (" missed" if p.missed else "")
        for p in plan
    }


def test_implant_is_the_table() -> None:
    assert written(IMPLANT, "2026-11-14T15:40") == {
        "I1.ask": "16/11/26 09:30",
        "I2.ask": "17/11/26 09:30",
        # wanted 21/11-28/11, a safety visit: dentist on +3, call on +4
        # D2 and D3 have their questions: the day after
        "I3.invite": "18/11/26 09:30",
        "I3.nudge": "29/11/26 09:30",
        "I3.call": "02/12/26 09:30",
        "I3.clinician": "01/12/26 09:30",
        # wanted 09/12-24/12
        "I4.invite": "04/12/26 09:30",
        "I4.nudge": "25/12/26 09:30",
        "I4.call": "28/12/26 09:30",
        "I4.clinician": "07/01/27 09:30",
        # wanted 02/02-04/03
        "I5.invite": "28/01/27 09:30",
        "I5.nudge": "05/03/27 09:30",
        "I5.call": "08/03/27 09:30",
        "I5.clinician": "18/03/27 09:30",
        # yearly: due 14/11/27, with 45 days
        "I7.invite": "09/11/27 09:30",
        "I7.nudge": "30/12/27 09:30",
        "I7.call": "02/01/28 09:30",
    }


def test_a_crown_on_an_implant_is_the_table() -> None:
    assert written(IMPLANT_CROWN, "2026-11-14T08:10") == {
        "I6A.ask": "15/11/26 09:30",
        "I6B.ask": "21/11/26 09:30",
    }


def test_filling_is_the_table() -> None:
    assert written(FILLING, "2026-11-14T08:10") == {
        "F1.ask": "15/11/26 09:30",
        "F2.ask": "17/11/26 09:30",
        "F3.ask": "21/11/26 09:30",
        "F4.invite": "09/05/27 09:30",
        "F4.nudge": "14/06/27 09:30",
    }


def test_a_deep_cavity_is_seen_after_its_question() -> None:
    plan = written(FILLING, "2026-11-14T08:10", deep_cavity=True)
    assert plan["F3R.invite"] == "22/11/26 09:30"  # the day after the question of D7
    assert plan["F3R.nudge"] == "25/11/26 09:30"  # wanted 21/11-24/11


def test_the_dentists_own_interval_goes_before_the_usual_one() -> None:
    plan = written(FILLING, "2026-11-30T10:00", recall_months=3)
    assert plan["F4.invite"] == "23/02/27 09:30"  # 28/02/27 − 5 days: November has 30 days


@pytest.mark.parametrize(
    ("done", "hour", "expected"),
    [
        ("2026-06-01T09:00", HALF_PAST_NINE, "2026-06-02T09:30"),
        ("2026-06-01T09:30", HALF_PAST_NINE, "2026-06-02T09:30"),  # exactly 24 hours
        ("2026-06-01T09:31", HALF_PAST_NINE, "2026-06-03T09:30"),
        ("2026-06-01T23:50", dt.time(17, 30), "2026-06-03T17:30"),
        ("2026-06-01T00:10", dt.time(17, 30), "2026-06-02T17:30"),
    ],
)
def test_day_one_by_hand(done: str, hour: dt.time, expected: str) -> None:
    assert engine.day_one(clock.parse(done), hour) == clock.parse(expected)


@pytest.mark.parametrize(
    ("start", "hour", "expected"),
    [
        ("2026-11-17T15:30", HALF_PAST_NINE, "2026-11-16T09:30"),
        ("2026-11-17T09:30", HALF_PAST_NINE, "2026-11-16T09:30"),
        ("2026-11-17T09:29", HALF_PAST_NINE, "2026-11-15T09:30"),
        ("2026-11-17T08:00", dt.time(19, 30), "2026-11-15T19:30"),
        ("2016-05-04T00:00", HALF_PAST_NINE, "2016-05-02T09:30"),  # only the day is known
    ],
)
def test_the_reminder_by_hand(start: str, hour: dt.time, expected: str) -> None:
    assert engine.reminder_at(clock.parse(start), hour) == clock.parse(expected)


@pytest.mark.parametrize(
    ("moment", "safety", "until"),
    [
        ("2026-06-01T07:59", False, "2026-06-01T08:00"),
        ("2026-06-01T08:00", False, None),
        ("2026-06-01T19:59", False, None),
        ("2026-06-01T20:00", False, "2026-06-02T08:00"),
        ("2026-06-01T20:00", True, None),
        ("2026-06-01T21:00", True, "2026-06-02T08:00"),
        ("2026-06-01T00:00", True, "2026-06-01T08:00"),
    ],
)
def test_quiet_hours_by_hand(*, moment: str, safety: bool, until: str | None) -> None:
    expected = clock.parse(until) if until else None
    assert engine.quiet_until(clock.parse(moment), safety=safety) == expected


def test_closing_days_move_on_but_not_for_safety() -> None:
    closed = Calendar(closed=TET)
    plan = written(FILLING, "2027-02-02T10:00", calendar=closed)
    assert plan["F1.ask"] == "04/02/27 09:30"  # D1 stays within 24-48 hours
    assert plan["F2.ask"] == "12/02/27 09:30"  # D3 is 5 February
    assert plan["F3.ask"] == "12/02/27 09:30"  # D7 is 9 February
    assert written(IMPLANT, "2027-02-02T10:00", calendar=closed)["I2.ask"] == "05/02/27 09:30"


def test_a_visit_due_over_tet_is_offered_early() -> None:
    closed = Calendar(closed=TET)
    # wanted from 15 February: −5 days is 10 February, the next open day 12 is still ahead of it
    assert engine.invite_day(dt.date(2027, 2, 15), dt.date(2027, 1, 20), closed, safety=False) == (
        dt.date(2027, 2, 12)
    )
    # wanted from 11 February: −5 days is 6 February, so on the last open day before
    assert engine.invite_day(dt.date(2027, 2, 11), dt.date(2027, 1, 20), closed, safety=False) == (
        dt.date(2027, 2, 3)
    )


def test_an_invitation_follows_the_last_answered_check() -> None:
    t0 = clock.parse("2026-11-14T15:40")
    d1, d3 = dt.date(2026, 11, 16), dt.date(2026, 11, 17)
    # operated in the afternoon, she is asked D1 on D2 and D3 on D3: D4 is the first free day
    assert engine.invite_floor(t0, None, {d1, d3}) == dt.date(2026, 11, 18)
    # operated in the morning she is asked on D1 already, and D2 is free
    morning = clock.parse("2026-11-14T08:10")
    assert engine.invite_floor(morning, None, {d1 - dt.timedelta(1), d3}) == d1
    assert engine.invite_floor(t0, clock.parse("2026-11-17T13:58"), {d1, d3}) == (
        dt.date(2026, 11, 18)
    )
    # the day after is the day of the next question: she is not written to twice that day
    assert engine.invite_floor(t0, clock.parse("2026-11-16T18:00"), {d1, d3}) == (
        dt.date(2026, 11, 18)
    )


@pytest.mark.parametrize(
    ("signed", "said"),
    [
        ("2026-11-14T18:00", {}),
        ("2026-11-16T12:00", {"I1.ask": "now"}),
        ("2026-11-17T20:00", {"I1.ask": "missed", "I2.ask": "now"}),
        ("2026-11-18T08:30", {"I1.ask": "missed", "I2.ask": "now", "I3.invite": "tomorrow"}),
        ("2026-11-18T09:30", {"I1.ask": "missed", "I2.ask": "now", "I3.invite": "tomorrow"}),
        ("2026-11-20T12:00", {"I1.ask": "missed", "I2.ask": "missed", "I3.invite": "now"}),
        (
            "2026-11-30T12:00",
            {"I1.ask": "missed", "I2.ask": "missed", "I3.invite": "missed", "I3.nudge": "now"},
        ),
        (
            "2026-12-05T12:00",
            {
                "I1.ask": "missed",
                "I2.ask": "missed",
                "I3.invite": "missed",
                "I3.nudge": "missed",
                "I3.call": "missed",
                "I3.clinician": "missed",
                "I4.invite": "now",
            },
        ),
    ],
)
def test_signed_late_says_only_what_is_valid_now(signed: str, said: dict[str, str]) -> None:
    now = clock.parse(signed)
    tomorrow = clock.at(clock.day_of(now) + dt.timedelta(days=1), HALF_PAST_NINE)
    plan = engine.plan(
        rules(IMPLANT),
        t0=clock.parse("2026-11-14T15:40"),
        signed_at=now,
        whose=Whose(HALF_PAST_NINE, Calendar()),
    )
    found = {}
    for p in plan:
        if p.missed:
            found[f"{p.step}.{p.kind}"] = "missed"
        elif p.due == now:
            found[f"{p.step}.{p.kind}"] = "now"
        elif p.due != p.at:
            assert p.due == tomorrow
            found[f"{p.step}.{p.kind}"] = "tomorrow"
    assert found == said


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-06-01T09:30", "2026-06-01T20:00"),
        ("2026-06-01T18:01", "2026-06-02T10:00"),
        ("2026-06-01T06:00", "2026-06-01T20:00"),
        ("2026-06-06T18:30", "2026-06-08T10:00"),  # Saturday evening, closed on Sundays
    ],
)
def test_the_desk_acts_the_same_day(now: str, due: str) -> None:
    shift = engine.Shift(Calendar(weekdays=frozenset(range(6))), dt.time(8), dt.time(20))
    assert engine.same_day(clock.parse(now), shift) == clock.parse(due)


# what must hold for any time

moments = st.integers(1_704_067_200, 1_988_150_400).map(
    lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC)
)
hours = st.times().map(lambda t: engine.sayable_hour(t.replace(second=0, microsecond=0)))
calendars = st.builds(
    Calendar,
    closed=st.frozensets(st.dates(dt.date(2024, 1, 1), dt.date(2034, 1, 1)), max_size=30),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
)


@given(moments, hours)
def test_day_one_lies_within_24_to_48_hours_at_her_hour(t0: dt.datetime, hour: dt.time) -> None:
    at = engine.day_one(t0, hour)
    assert dt.timedelta(hours=24) <= at - t0 < dt.timedelta(hours=48)
    assert clock.local(at).time() == hour


@given(moments, hours)
def test_the_reminder_is_the_last_such_hour_24_to_48_before(
    start: dt.datetime, hour: dt.time
) -> None:
    ahead = start - engine.reminder_at(start, hour)
    assert dt.timedelta(hours=24) <= ahead < dt.timedelta(hours=48)


@given(t0=moments, hour=hours, days=calendars, n=st.integers(2, 200), safety=st.booleans())
def test_a_day_is_open_unless_it_is_about_safety(
    *, t0: dt.datetime, hour: dt.time, days: Calendar, n: int, safety: bool
) -> None:
    at = engine.day_n(t0, n, Whose(hour, days), safety=safety)
    wanted = clock.day_of(t0) + dt.timedelta(days=n)
    assert clock.local(at).time() == hour
    if safety:
        assert clock.day_of(at) == wanted
    else:
        assert clock.day_of(at) >= wanted
        assert days.is_open(clock.day_of(at))


@given(moment=moments, safety=st.booleans())
def test_what_is_put_off_is_not_quiet(*, moment: dt.datetime, safety: bool) -> None:
    until = engine.quiet_until(moment, safety=safety)
    if until is not None:
        assert dt.timedelta() < until - moment <= dt.timedelta(hours=12)
        assert engine.quiet_until(until, safety=safety) is None


@given(st.times())
def test_nobody_is_written_to_in_quiet_hours(preferred: dt.time) -> None:
    hour = engine.sayable_hour(preferred)
    assert engine.quiet_until(clock.at(dt.date(2026, 6, 1), hour), safety=False) is None


@given(
    t0=moments,
    later=st.timedeltas(dt.timedelta(), dt.timedelta(days=900)),
    hour=hours,
    days=calendars,
    rows=st.sampled_from([IMPLANT, FILLING]),
    deep=st.booleans(),
    months=st.one_of(st.none(), st.integers(3, 24)),
)
def test_signed_at_any_time_at_most_one_thing_is_said_at_once(
    *,
    t0: dt.datetime,
    later: dt.timedelta,
    hour: dt.time,
    days: Calendar,
    rows: list[dict[str, object]],
    deep: bool,
    months: int | None,
) -> None:
    signed = t0 + later
    plan = engine.plan(
        rules(rows),
        t0=t0,
        signed_at=signed,
        whose=Whose(hour, days),
        deep_cavity=deep,
        recall_months=months,
    )
    live = [p for p in plan if not p.missed]
    assert sum(p.due == signed and p.at < signed for p in live) <= 1
    assert all(p.due >= signed for p in live)
    assert all(p.at < signed for p in plan if p.missed)
    assert len({(p.step, p.kind) for p in plan}) == len(plan)


@given(moments, hours, calendars)
def test_an_invitation_comes_before_its_second_one(
    t0: dt.datetime, hour: dt.time, days: Calendar
) -> None:
    by_step: dict[str, dict[str, dt.datetime]] = {}
    for p in engine.plan(
        rules(IMPLANT), t0=t0, signed_at=t0, whose=Whose(hour, days), deep_cavity=True
    ):
        by_step.setdefault(p.step, {})[p.kind] = p.at
    for kinds in by_step.values():
        if "invite" in kinds:
            assert kinds["invite"] < kinds["nudge"] <= kinds["call"]
            assert kinds["invite"] >= clock.at(clock.day_of(t0) + dt.timedelta(days=2), dt.time())


@given(st.dates(dt.date(2000, 1, 1), dt.date(2090, 1, 1)), st.integers(1, 24))
def test_months_land_in_their_month(day: dt.date, months: int) -> None:
    found = engine.add_months(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found + dt.timedelta(days=1)).day == 1
