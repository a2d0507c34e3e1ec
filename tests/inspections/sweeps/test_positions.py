from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from inspections.errors import NotFound
from inspections.jobs import HANDLERS, PERIODIC
from inspections.registry.people import Role
from inspections.sweeps import positions
from inspections.sweeps.duty import spans
from inspections.sweeps.positions import KEPT, SweepPosition, forget_positions, hear_positions, last_seen
from inspections.sweeps.receiving import receive
from inspections.sweeps.sweeps import SweepState
from tests.factories import NOW, PLACE, make_person
from tests.nights import Night, fix, line, make_night

SOON = NOW + timedelta(minutes=30)


@pytest.fixture
def night(session) -> Night:
    return make_night(session)


def say_so(session, night: Night, kind: str, minutes: int, person: int = 0) -> None:
    at = NOW + timedelta(minutes=minutes)
    receive(session, night.people[person], [line(night, kind, at=at)], at)


def tell(session, night: Night, *minutes: int, person: int = 0, now=SOON) -> int:
    fixes = [fix(NOW + timedelta(minutes=each), PLACE[0] + each / 1000) for each in minutes]
    told = {"sweep_id": str(night.sweep.id), "clock_offset_ms": 0, "fixes": fixes}
    return hear_positions(session, night.people[person], told, now)


def kept(session) -> int:
    return session.scalar(select(func.count()).select_from(SweepPosition)) or 0


def test_where_somebody_was_before_and_after_duty_is_written_down_nowhere(session, night) -> None:
    assert tell(session, night, 1, 2) == 0
    say_so(session, night, "on_duty", 0)
    say_so(session, night, "off_duty", 10)
    assert tell(session, night, -5, 0, 5, 10, 11, 20) == 3
    assert kept(session) == 3


def test_the_same_position_is_kept_once_and_the_future_not_at_all(session, night) -> None:
    say_so(session, night, "on_duty", 0)
    assert tell(session, night, 5) == 1
    assert tell(session, night, 5, 6, 90) == 1


def test_a_clock_that_is_wrong_is_put_right(session, night) -> None:
    say_so(session, night, "on_duty", 0)
    told = {
        "sweep_id": str(night.sweep.id),
        "clock_offset_ms": -7_200_000,
        "fixes": [fix(NOW + timedelta(hours=2))],
    }
    assert hear_positions(session, night.people[0], told, SOON) == 1
    assert session.scalars(select(SweepPosition.at)).one() == NOW


def test_the_desk_sees_those_who_are_on_duty_now_where_they_were_last(session, night) -> None:
    for person in (0, 1):
        say_so(session, night, "on_duty", 0, person)
        tell(session, night, 1, 3, person=person)
    say_so(session, night, "off_duty", 4, 1)
    [seen] = last_seen(session, night.sweep, [each.id for each in night.people], SOON)
    assert (seen.person_id, seen.at) == (night.people[0].id, NOW + timedelta(minutes=3))
    assert (seen.team_id, round(seen.lon, 6), seen.accuracy_m) == (
        night.teams[0].id,
        round(PLACE[0] + 0.003, 6),
        12,
    )


def test_nobody_is_seen_after_the_end_and_a_week_later_all_is_gone(session, night) -> None:
    say_so(session, night, "on_duty", 0)
    tell(session, night, 1)
    night.sweep.state, night.sweep.ended_at = SweepState.FINISHED, NOW + timedelta(minutes=5)
    session.flush()
    assert last_seen(session, night.sweep, [night.people[0].id], SOON) == []
    assert tell(session, night, 6) == 0
    assert forget_positions(session, night.sweep.county, night.sweep.ended_at + KEPT) == 0
    assert forget_positions(session, night.sweep.county, night.sweep.ended_at + KEPT + timedelta(seconds=1)) == 1
    assert kept(session) == 0


def test_positions_of_who_is_on_no_team_are_refused(session, night) -> None:
    told = {"sweep_id": str(night.sweep.id), "fixes": [fix()]}
    with pytest.raises(NotFound):
        hear_positions(session, make_person(session, Role.ENFORCER), told, SOON)


@given(st.lists(st.tuples(st.integers(-50, 50), st.booleans())), st.none() | st.integers(-50, 50))
def test_times_on_duty_follow_one_another_and_none_is_after_the_end(said, over) -> None:
    moments = sorted((NOW + timedelta(minutes=minute), is_on) for minute, is_on in said)
    end = None if over is None else NOW + timedelta(minutes=over)
    found = spans(moments, end)
    for duty in found:
        assert duty.until_at is None or duty.from_at <= duty.until_at
        assert end is None or (duty.until_at is not None and duty.until_at <= end)
    assert all(duty.until_at is not None for duty in found[:-1])
    assert all((one.until_at or other.from_at) <= other.from_at for one, other in pairwise(found))


def test_the_worker_forgets_positions_by_itself() -> None:
    assert PERIODIC["forget positions of sweeps"]
    assert HANDLERS["forget positions of sweeps"] is positions.forget_positions_now
