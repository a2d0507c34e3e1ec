"""Teams: proposed from who is free and able, mended when somebody drops out, and edited by one at a time."""

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Certificate, Person, Role
from inspections.sweeps.assembling import drop_out, follow_hours, teams_of
from inspections.sweeps.availability import list_people
from inspections.sweeps.away_editing import add_away, remove_away
from inspections.sweeps.gaps import gaps_of
from inspections.sweeps.mix_editing import save_mix
from inspections.sweeps.mixes import Mix, Skill, lacks, list_mixes, mixes_of, words_of_mix
from inspections.sweeps.plans import read_plan, save_plan
from inspections.sweeps.proposing import propose
from inspections.sweeps.stops import StopState, SweepStop
from inspections.sweeps.sweeps import Sweep, SweepState
from inspections.sweeps.team_editing import add_team, change_team, join, lead, remove_team, stamp, take_off
from inspections.sweeps.teams import Absence
from inspections.targeting.draws.conflicts import Ground, OfficerConflict
from tests.factories import COUNTY, NOW, PLACE, make_person
from tests.sweeps import KEYS, Night, planned_sweep, running_sweep

START = {"lon": str(PLACE[0]), "lat": str(PLACE[1]), "start_name": "县政府"}
EDUCATION, POLICE, MARKET = DepartmentKind.EDUCATION, DepartmentKind.POLICE, DepartmentKind.MARKET


@pytest.fixture
def night(session: Session) -> Night:
    return planned_sweep(session)


def free_officer(session: Session, night: Night, kind: DepartmentKind, name: str, **values: Any) -> Person:
    department = next(each for each in night.departments if each.kind == kind)
    values = {"certificate": f"F-{name}"} | values
    return make_person(session, Role.ENFORCER, name=name, department_id=department.id, **values)


def with_mix(session: Session, night: Night, mix: str) -> None:
    """All stops of the plan require a mix."""
    plan = read_plan(session, night.planner, KEYS, night.sweep)
    stops = tuple(stop.model_copy(update={"mix": mix}) for stop in plan.stops)
    changed = plan.model_copy(update={"stops": stops})
    save_plan(session, night.planner, KEYS, night.sweep, changed, night.sweep.plan_revision, NOW)


def test_a_mix_lacks_what_is_not_there_and_nothing_more() -> None:
    closure = Mix("closure", "关停", 2, {EDUCATION: 1, POLICE: 1})
    assert lacks(closure, [Skill(EDUCATION, True), Skill(POLICE, True)]) == []
    assert lacks(closure, [Skill(EDUCATION, True), Skill(POLICE, False)]) == [(None, 1)]
    assert lacks(closure, []) == [(None, 2), (EDUCATION, 1), (POLICE, 1)]
    assert [str(each) for each in words_of_mix(closure)] == ["持证执法人员 2 人", "教育 1 人", "公安 1 人"]


def test_no_mix_of_the_country_or_a_county_asks_for_fewer_than_two_certified(session: Session) -> None:
    dispatcher = make_person(session, Role.DISPATCHER)
    assert all(mix.certified >= 2 for mix in list_mixes(session, COUNTY))
    form = {"code": "boarding", "name": "寄宿点", "certified": "1", "department_fire": "x"}
    with pytest.raises(Invalid) as error:
        save_mix(session, dispatcher, form)
    assert set(error.value.fields) == {"certified", "department_fire"}
    save_mix(session, dispatcher, form | {"certified": "3", "department_fire": "1", "is_used": "1"})
    mix = mixes_of(session, COUNTY)["boarding"]
    assert (mix.certified, dict(mix.departments)) == (3, {DepartmentKind.FIRE: 1})
    with pytest.raises(Conflict):  # it is there by now
        save_mix(session, dispatcher, form | {"certified": "2", "department_fire": "0"})
    save_mix(session, dispatcher, form | {"certified": "2", "department_fire": "0", "edited": mix.edited})
    assert mixes_of(session, COUNTY)["boarding"].is_used is False
    with pytest.raises(Forbidden):
        save_mix(session, make_person(session, Role.ENFORCER), form)


def test_a_county_changes_a_mix_of_the_country_and_others_stay(session: Session) -> None:
    dispatcher = make_person(session, Role.DISPATCHER)
    before = mixes_of(session, COUNTY)
    save_mix(session, dispatcher, {"code": "closure", "name": "关停取缔", "certified": "4", "is_used": "1"})
    after = mixes_of(session, COUNTY)
    assert after["closure"].certified == 4
    assert after["closure"].row_id
    assert list(after) == list(before)
    assert after["standard"] == before["standard"]


def test_who_is_away_elsewhere_or_without_a_certificate_is_not_free(session: Session, night: Night) -> None:
    there = free_officer(session, night, MARKET, "空闲")
    away = free_officer(session, night, MARKET, "请假")
    lapsed = free_officer(session, night, MARKET, "过期", certificate=None)
    lapsed.certificates = [Certificate(county=COUNTY, number="L-1", valid_until=date(2026, 1, 31))]
    session.flush()
    hours = {"from_at": "2026-11-21T08:00", "until_at": "2026-11-22T08:00"}
    add_away(session, night.planner, hours | {"person_id": str(away.id), "reason": "外出培训"})
    other = planned_sweep(session, night.planner, teams=1)
    found = {each.person_id: each for each in list_people(session, night.sweep)}
    assert found[there.id].is_free
    assert [str(each) for each in found[away.id].hindrances] == ["不在岗：外出培训"]
    assert [str(each) for each in found[lapsed.id].hindrances] == ["执法证 2026-01-31 到期"]
    assert [str(each) for each in found[other.people[0].id].hindrances] == ["同一时段在“周六晚联合行动”"]
    assert found[night.people[0].id].team_id == night.teams[0].id
    remove_away(session, night.planner, found[away.id].away[0].id)
    assert {each.person_id: each for each in list_people(session, night.sweep)}[away.id].is_free


def test_hours_away_are_those_of_china_and_an_end_before_the_start_is_refused(
    session: Session, night: Night
) -> None:
    form = {"person_id": str(night.people[0].id), "from_at": "2026-11-21T08:00", "until_at": "2026-11-21T07:00"}
    with pytest.raises(Invalid) as error:
        add_away(session, night.planner, form)
    assert set(error.value.fields) == {"until_at"}
    row = add_away(session, night.planner, form | {"until_at": "2026-11-21T09:00"})
    assert row.from_at.astimezone(UTC).hour == 0
    with pytest.raises(Invalid):
        add_away(session, night.planner, form | {"person_id": "nobody"})


def test_teams_are_proposed_for_what_stops_require_from_who_must_stay_out_least(
    session: Session, night: Night
) -> None:
    with_mix(session, night, "closure")
    kept_out = free_officer(session, night, POLICE, "甲警官")
    police = free_officer(session, night, POLICE, "乙警官")
    free_officer(session, night, EDUCATION, "教师")
    session.add(
        OfficerConflict(
            county=COUNTY, id=new_id(), person_id=kept_out.id, site_id=night.sites[0][0].id, ground=Ground.CHILD,
            declared_at=NOW, declared_by_id=night.planner.id,
        )
    )  # fmt: skip
    session.flush()
    made, wanting = propose(session, night.planner, KEYS, night.sweep.id, 2, START)
    assert len(made) == 1
    view = teams_of(session, night.sweep)[-1]
    assert police.id in {each.person_id for each in view.members}
    assert kept_out.id not in {each.person_id for each in view.members}
    assert not lacks(mixes_of(session, COUNTY)["closure"], view.skills)
    assert sum(each.is_leader for each in view.members) == 1
    assert len(wanting) == 1
    assert "关停取缔" in str(wanting[0])


def test_somebody_is_on_one_team_of_a_sweep_alone(session: Session, night: Night) -> None:
    with pytest.raises(Conflict) as error:
        join(session, night.planner, night.teams[1].id, night.people[0].id)
    assert "第1组" in str(error.value)


def test_the_lead_passes_by_hand_and_a_member_taken_off_is_free(session: Session, night: Night) -> None:
    second = teams_of(session, night.sweep)[0].members[1]
    lead(session, night.planner, second.member_id)
    assert teams_of(session, night.sweep)[0].members[0].person_id == second.person_id
    take_off(session, night.planner, second.member_id)
    assert {each.person_id: each for each in list_people(session, night.sweep)}[second.person_id].is_free


def test_a_team_changed_by_another_meanwhile_is_not_written_over(session: Session, night: Night) -> None:
    team = night.teams[0]
    session.refresh(team)
    seen = stamp(team)
    team.updated_at += timedelta(seconds=1)  # a transaction's clock stands still
    session.flush()
    with pytest.raises(Conflict):
        change_team(session, night.planner, team.id, START | {"edited": seen})
    changed = change_team(session, night.planner, team.id, START | {"edited": stamp(team), "vehicle": "赣E·1"})
    assert (changed.vehicle, changed.name) == ("赣E·1", "第1组")


def test_a_team_without_a_place_or_outside_of_the_hours_is_refused_by_field(
    session: Session, night: Night
) -> None:
    with pytest.raises(Invalid) as error:
        add_team(session, night.planner, night.sweep.id, {"lon": "nan", "lat": "91", "name": "x" * 31})
    assert set(error.value.fields) == {"lon", "lat", "name"}
    late = {"from_at": "2027-01-01T08:00", "until_at": "2027-01-01T09:00"}
    with pytest.raises(Invalid) as error:
        add_team(session, night.planner, night.sweep.id, START | late)
    assert set(error.value.fields) == {"until_at"}


def test_a_team_that_is_removed_frees_its_people_and_only_while_planned(session: Session, night: Night) -> None:
    remove_team(session, night.planner, night.teams[0].id)
    assert [each.team.number for each in teams_of(session, night.sweep)] == [2, 3]
    night.sweep.state = SweepState.SEALED
    with pytest.raises(Conflict):
        remove_team(session, night.planner, night.teams[1].id)


def test_teams_move_with_their_sweep_and_keep_hours_of_their_own(session: Session, night: Night) -> None:
    sweep, (first, second, third) = night.sweep, night.teams
    was = sweep.starts_at, sweep.ends_at
    second.until_at = sweep.ends_at - timedelta(minutes=30)
    third.from_at, third.until_at = sweep.starts_at, sweep.starts_at + timedelta(minutes=20)
    sweep.starts_at, sweep.ends_at = (moment + timedelta(hours=1) for moment in was)
    follow_hours(session, sweep, *was)
    assert (first.from_at, first.until_at) == (sweep.starts_at, sweep.ends_at)
    assert (second.from_at, second.until_at) == (sweep.starts_at, was[1] - timedelta(minutes=30))
    assert (third.from_at, third.until_at) == (sweep.starts_at, sweep.ends_at)


def test_who_may_not_know_the_sweep_does_not_touch_its_teams(session: Session, night: Night) -> None:
    stranger = make_person(session, Role.DIRECTOR)
    officer = night.people[0]
    for person, error in ((stranger, NotFound), (officer, Forbidden)):
        with pytest.raises(error):
            add_team(session, person, night.sweep.id, START)
        with pytest.raises(error):
            join(session, person, night.teams[0].id, night.people[3].id)
        with pytest.raises(error):
            propose(session, person, KEYS, night.sweep.id, 1, START)


def test_a_member_who_drops_out_at_five_to_eight_leaves_a_gap_that_says_who_mends_it(session: Session) -> None:
    night = running_sweep(session)
    market = next(each for each in night.departments if each.kind == MARKET)
    substitute = make_person(session, Role.ENFORCER, name="替补", certificate="S-1", department_id=market.id)
    make_person(session, Role.ENFORCER, name="无证", department_id=market.id)
    assert gaps_of(session, night.planner, KEYS, night.sweep) == []
    member = teams_of(session, night.sweep)[0].members[0]
    drop_out(
        session, night.planner, member.member_id, Absence.ILL, "", night.sweep.starts_at - timedelta(minutes=5)
    )
    (gap,) = gaps_of(session, night.planner, KEYS, night.sweep)
    assert gap.view.team.number == 1
    assert gap.lacking == ((None, 1),)
    assert len(gap.stop_ids) == 2
    assert [each.person_id for each in gap.substitutes] == [substitute.id]
    assert [each.team.number for each in gap.able] == [2, 3]
    join(session, night.planner, night.teams[0].id, substitute.id)
    assert gaps_of(session, night.planner, KEYS, night.sweep) == []


def test_stops_that_are_settled_leave_no_gap(session: Session) -> None:
    night = running_sweep(session)
    member = teams_of(session, night.sweep)[0].members[0]
    drop_out(session, night.planner, member.member_id, Absence.CALLED_AWAY, "", night.sweep.starts_at)
    for stop in session.scalars(select(SweepStop).where(SweepStop.team_id == night.teams[0].id)):
        stop.state, stop.settled_at = StopState.DONE, night.sweep.starts_at
    session.flush()
    assert gaps_of(session, night.planner, KEYS, night.sweep) == []


def test_a_recusal_that_comes_after_the_plan_is_a_gap_as_well(session: Session, night: Night) -> None:
    session.add(
        OfficerConflict(
            county=COUNTY, id=new_id(), person_id=night.people[0].id, site_id=night.sites[0][0].id,
            ground=Ground.MONEY, declared_at=NOW, declared_by_id=night.planner.id,
        )
    )  # fmt: skip
    session.flush()
    (gap,) = gaps_of(session, night.planner, KEYS, night.sweep)
    assert (gap.kept_out, gap.lacking, len(gap.stop_ids)) == ((night.people[0].name,), (), 1)


def test_a_department_without_people_is_named_where_a_mix_lacks_it(session: Session, night: Night) -> None:
    assert session.scalars(select(Department).where(Department.kind == DepartmentKind.FIRE)).first() is None
    with_mix(session, night, "with_fire")
    sweep = session.get_one(Sweep, (COUNTY, night.sweep.id))
    gaps = gaps_of(session, night.planner, KEYS, sweep)
    assert {lack for gap in gaps for lack in gap.lacking} == {(DepartmentKind.FIRE, 1)}
    assert all(not gap.substitutes and not gap.able for gap in gaps)
