from datetime import timedelta

import pytest
from sqlalchemy import select

from inspections.db import new_id
from inspections.field.checks import Check, CheckKind, Standing
from inspections.field.receiving import Received, receive_check
from inspections.sweeps.receiving import receive
from tests.factories import NOW, as_sent, make_record, make_site
from tests.nights import Night, add_stop, line, make_night

SOON = NOW + timedelta(hours=1)


@pytest.fixture
def night(session) -> Night:
    return make_night(session)


def send(session, night: Night, site_id, **values) -> Check:
    first, second, _ = night.people
    record = make_record(
        site_id, kind="sweep", second_person_id=str(second.id), certificates_shown_at=NOW.isoformat(),
        started_at=NOW.isoformat(), finished_at=(NOW + timedelta(minutes=20)).isoformat(), **values,
    )  # fmt: skip
    outcome = receive_check(session, first, *as_sent(record), SOON)
    assert isinstance(outcome, Received)
    session.expire_all()
    return session.scalars(select(Check).where(Check.id == record["id"])).one()


def test_a_check_finds_its_stop_and_is_an_inspection_since_the_sweep_sent_two_officers(session, night) -> None:
    check = send(session, night, night.stops[0].site_id)
    assert night.stops[0].check_id == check.id
    assert (check.kind, check.standing) == (CheckKind.SWEEP, Standing.INSPECTION)


def test_a_check_at_a_site_that_is_no_stop_is_a_lead_and_belongs_to_none(session, night) -> None:
    check = send(session, night, make_site(session).id)
    assert check.standing is Standing.LEAD
    assert [stop.check_id for stop in night.stops] == [None] * 3


def test_a_line_that_names_the_check_comes_before_it_or_after_it(session, night) -> None:
    before, after = str(new_id()), None
    receive(session, night.people[0], [line(night, "entered", night.stops[0], check_id=before)], NOW)
    assert night.stops[0].check_id is None
    assert str(send(session, night, night.stops[0].site_id, id=before).id) == before
    assert str(night.stops[0].check_id) == before
    after = send(session, night, night.stops[1].site_id)
    night.stops[1].check_id = None
    session.flush()
    receive(session, night.people[0], [line(night, "done", night.stops[1], check_id=after.id)], SOON)
    assert night.stops[1].check_id == after.id


def test_a_second_check_of_a_stop_leaves_the_first_where_it_is_unless_it_is_named(session, night) -> None:
    first = send(session, night, night.stops[0].site_id)
    send(session, night, night.stops[0].site_id)
    assert night.stops[0].check_id == first.id


def test_a_line_cannot_put_the_check_of_another_site_to_a_stop(session, night) -> None:
    check = send(session, night, night.stops[0].site_id)
    receive(session, night.people[0], [line(night, "done", night.stops[1], check_id=check.id)], SOON)
    assert night.stops[1].check_id is None


@pytest.mark.parametrize(("hours", "standing"), [(1, Standing.INSPECTION), (3, Standing.LEAD)])
def test_a_sweep_sends_nobody_any_more_once_it_has_long_been_over(session, night, hours, standing) -> None:
    night.sweep.ended_at = NOW + timedelta(minutes=20) - timedelta(hours=hours)
    night.sweep.released_at = night.sweep.ended_at - timedelta(hours=1)
    night.sweep.state = type(night.sweep.state).FINISHED
    session.flush()
    assert send(session, night, night.stops[0].site_id).standing is standing


def test_a_sweep_that_is_not_released_sends_nobody(session) -> None:
    night = make_night(session, is_released=False)
    stop = add_stop(session, night, night.teams[0])
    assert send(session, night, stop.site_id).standing is Standing.LEAD
    assert stop.check_id is None
