"""What command does on the night, and what the board then says."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.people import Role
from inspections.sweeps import board, commanding, standing
from inspections.sweeps.journal import Entry, SweepEntry
from inspections.sweeps.stops import StopState
from inspections.sweeps.sweeps import SweepState
from tests.factories import NOW, make_person, make_site

from .conftest import said

LATER = NOW + timedelta(minutes=30)


def row(session, night, part, row_id):
    seen = board.snapshot(session, night.commander, night.sweep)
    return next(each for each in seen[part] if each["id"] == str(row_id))


def test_a_stop_given_to_another_team_is_the_last_of_its_route_and_waits(session, night):
    stop = night.stops[0]
    standing.apply(session, night.sweep, said(session, night, Entry.SET_OUT, 2, stop=stop))
    assert stop.state is StopState.UNDER_WAY
    commanding.reassign(
        session, night.commander, stop.id, night.teams[1].id, LATER, seen=night.teams[0].id, words="第1组堵车"
    )
    assert (stop.state, stop.team_id, stop.position) == (StopState.WAITING, night.teams[1].id, 3)
    last = board.snapshot(session, night.commander, night.sweep)["entries"][-1]
    assert (last["kind"], last["words"], last["author"]) == ("reassigned", "第1组堵车", "吴指挥")


def test_the_second_of_two_commanders_learns_who_was_first(session, night):
    stop, (first, second) = night.stops[0], night.teams
    commanding.reassign(session, night.commander, stop.id, second.id, LATER, seen=first.id)
    other = make_person(session, Role.DIRECTOR, name="郑局")
    with pytest.raises(Conflict, match="吴指挥刚把这个点位改派给了第2组"):
        commanding.reassign(session, other, stop.id, second.id, LATER, seen=first.id)


def test_a_stop_that_a_team_is_inside_of_is_neither_given_away_nor_dropped(session, night):
    stop = night.stops[0]
    standing.apply(session, night.sweep, said(session, night, Entry.ENTERED, 5, stop=stop))
    with pytest.raises(Conflict):
        commanding.reassign(session, night.commander, stop.id, night.teams[1].id, LATER, seen=night.teams[0].id)
    with pytest.raises(Conflict, match="检查中"):
        commanding.drop_stop(session, night.commander, stop.id, "不去了", LATER)


def test_a_stop_is_dropped_with_a_reason_and_reopened_with_one(session, night):
    stop = night.stops[0]
    with pytest.raises(Invalid):
        commanding.drop_stop(session, night.commander, stop.id, "  ", LATER)
    commanding.drop_stop(session, night.commander, stop.id, "已停电", LATER)
    assert (stop.state, stop.settled_at) == (StopState.DROPPED, LATER)
    commanding.reopen(session, night.commander, stop.id, "来电了", LATER)
    assert (stop.state, stop.settled_at) == (StopState.WAITING, None)


def test_a_site_is_added_once_and_only_where_it_lies_somewhere(session, night):
    site = make_site(session, name="路上看到的托管班")
    stop = commanding.add_stop(session, night.commander, night.sweep.id, site.id, night.teams[0].id, LATER)
    assert row(session, night, "stops", stop.id)["name"] == "路上看到的托管班"
    with pytest.raises(Conflict):
        commanding.add_stop(session, night.commander, night.sweep.id, site.id, night.teams[1].id, LATER)
    nowhere = make_site(session, None, name="只知道电话")
    with pytest.raises(Invalid):
        commanding.add_stop(session, night.commander, night.sweep.id, nowhere.id, night.teams[1].id, LATER)


def test_a_call_for_support_is_loud_until_somebody_has_seen_to_it_and_once(session, night):
    call = said(session, night, Entry.SUPPORT, 5, stop=night.stops[0], words="店主锁门")
    (alarm,) = board.snapshot(session, night.commander, night.sweep)["alarms"]
    assert (alarm["kind"], alarm["words"], alarm["resolved_at"]) == ("support", "店主锁门", None)
    commanding.resolve(session, night.commander, call.id, "派出所已到", LATER)
    (alarm,) = board.snapshot(session, night.commander, night.sweep)["alarms"]
    assert (alarm["resolved"], alarm["resolved_at"]) == ("派出所已到", LATER.isoformat())
    with pytest.raises(Conflict, match="吴指挥已经处置过了"):
        commanding.resolve(session, night.commander, call.id, "再来一次", LATER)


def test_the_team_that_is_on_its_way_to_what_another_has_closed_is_told(session, night):
    stop = night.stops[0]
    commanding.reassign(
        session, night.commander, stop.id, night.teams[1].id, NOW + timedelta(minutes=8), seen=night.teams[0].id
    )
    standing.apply(session, night.sweep, said(session, night, Entry.SET_OUT, 10, team=1, stop=stop))
    offline = said(session, night, Entry.DONE, 5, stop=stop, heard_at=LATER)
    standing.apply(session, night.sweep, offline)
    assert stop.state is StopState.DONE
    told = session.scalars(select(SweepEntry).where(SweepEntry.kind == Entry.MESSAGE)).all()
    assert [(each.team_id, each.stop_id, each.author_id) for each in told] == [(night.teams[1].id, stop.id, None)]
    assert "on_its_way" in [
        each["kind"] for each in board.snapshot(session, night.commander, night.sweep)["alarms"]
    ]


def test_ending_early_asks_why_and_what_comes_later_still_counts(session, night):
    with pytest.raises(Invalid, match="还有 3 个点位"):
        commanding.end(session, night.commander, night.sweep.id, "", LATER)
    commanding.end(session, night.commander, night.sweep.id, "大雨", LATER)
    assert night.sweep.state is SweepState.FINISHED
    with pytest.raises(Conflict, match="已经结束"):
        commanding.message(session, night.commander, night.sweep.id, "收队", LATER)
    late = said(session, night, Entry.DONE, 20, stop=night.stops[0], heard_at=LATER + timedelta(hours=2))
    assert standing.apply(session, night.sweep, late).state is StopState.DONE


def test_who_may_not_command_can_do_nothing_and_before_the_release_nobody_can(session, night):
    with pytest.raises(Forbidden):
        commanding.message(session, night.officers[0], night.sweep.id, "到我这里来", LATER)
    night.sweep.state, night.sweep.released_at = SweepState.SEALED, None
    session.flush()
    with pytest.raises(Conflict, match="还没有启动"):
        commanding.message(session, night.commander, night.sweep.id, "集合", LATER)


def test_the_board_is_for_the_list_and_from_the_release_on_for_the_office(session, night):
    auditor = make_person(session, Role.AUDITOR)
    assert board.snapshot(session, auditor, night.sweep)["stops"]
    with pytest.raises(NotFound):
        board.snapshot(session, night.officers[0], night.sweep)
    night.sweep.state, night.sweep.released_at = SweepState.SEALED, None
    session.flush()
    with pytest.raises(NotFound):
        board.snapshot(session, auditor, night.sweep)
    assert board.snapshot(session, night.commander, night.sweep)["teams"]


def test_a_team_shows_who_is_on_duty_what_it_last_did_and_how_far_it_is(session, night):
    said(session, night, Entry.ON_DUTY, 0)
    standing.apply(session, night.sweep, said(session, night, Entry.CLOSED, 9, stop=night.stops[0]))
    team = row(session, night, "teams", night.teams[0].id)
    assert (team["on_duty"], team["stops"], team["settled"]) == (1, 1, 1)
    assert (team["last"]["kind"], team["last"]["stop_id"]) == ("closed", str(night.stops[0].id))
    said(session, night, Entry.OFF_DUTY, 20)
    assert row(session, night, "teams", night.teams[0].id)["on_duty"] == 0


def test_what_has_changed_since_an_entry_holds_all_later_ones_and_little_else(session, night):
    early = said(session, night, Entry.ON_DUTY, 0)
    middle = said(session, night, Entry.SET_OUT, 10, stop=night.stops[0])
    late = said(session, night, Entry.ARRIVED, 20, stop=night.stops[0])
    seen = board.since(session, night.commander, night.sweep, middle.number)
    told = [each["id"] for each in seen["entries"]]
    assert str(late.id) in told
    assert str(early.id) not in told
    assert seen["number"] == late.number
