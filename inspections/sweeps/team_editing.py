"""The office makes the teams of a sweep: where each sets out and when, with which vehicle, and who is on it."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from geo.columns import lonlat

from .. import events
from ..access import get, require
from ..db import new_id
from ..errors import Conflict, Invalid, Message, NotFound, say
from ..registry.people import Person
from ..registry.site_facts import plain_text
from .assembling import OPEN, known_sweep
from .away_editing import moment_of
from .sweeps import Sweep, SweepState
from .teams import SweepTeam, SweepTeamMember

MOST_TEAMS = 60
LONGEST = {"name": 30, "vehicle": 60, "start_name": 60}


def add_team(session: Session, person: Person, sweep_id: UUID, form: Mapping[str, Any]) -> SweepTeam:
    """The next team (`name`, `vehicle`, `start_name`, `lon`, `lat` in WGS-84, `from_at`, `until_at`)."""
    sweep = _editable(session, person, sweep_id)
    values = _read(sweep, form)
    numbers = select(func.coalesce(func.max(SweepTeam.number), 0)).where(
        SweepTeam.county == sweep.county, SweepTeam.sweep_id == sweep.id
    )
    number = int(session.scalar(numbers) or 0) + 1
    if number > MOST_TEAMS:
        raise Invalid(message=say("一次行动最多 {most} 个小组", most=MOST_TEAMS))
    values["name"] = values["name"] or f"第{number}组"
    team = SweepTeam(county=sweep.county, id=new_id(), sweep_id=sweep.id, number=number, **values)
    session.add(team)
    session.flush()
    session.refresh(team)
    events.record(session, person, "add_team", sweep, team_id=str(team.id))
    return team


def change_team(session: Session, person: Person, team_id: UUID, form: Mapping[str, Any]) -> SweepTeam:
    """The same of a team that there is. Raises Conflict where it was changed since (`edited`)."""
    team = get(session, person, SweepTeam, team_id)
    sweep = _editable(session, person, team.sweep_id)
    session.refresh(team, with_for_update=True)
    if str(form.get("edited", "")) != stamp(team):
        raise Conflict(say("别人刚改过这个小组，请核对后再改"))
    values = _read(sweep, form)
    values["name"] = values["name"] or team.name
    for name, value in values.items():
        setattr(team, name, value)
    session.flush()
    session.refresh(team)
    events.record(session, person, "change_team", sweep, team_id=str(team.id))
    return team


def stamp(team: SweepTeam) -> str:
    return team.updated_at.isoformat()


def remove_team(session: Session, person: Person, team_id: UUID) -> None:
    """Take a team out of a sweep that is being planned; its people are free again."""
    team = get(session, person, SweepTeam, team_id)
    sweep = _editable(session, person, team.sweep_id, (SweepState.PLANNING,))
    session.execute(
        delete(SweepTeamMember).where(SweepTeamMember.county == team.county, SweepTeamMember.team_id == team.id)
    )
    session.delete(team)
    session.flush()
    events.record(session, person, "remove_team", sweep, team_id=str(team_id))


def join(session: Session, person: Person, team_id: UUID, person_id: UUID) -> SweepTeamMember:
    """Put somebody on a team, also in place of one who dropped out while the sweep runs. The first one leads.

    Raises Conflict where they are on another team of the sweep.
    """
    team = get(session, person, SweepTeam, team_id)
    sweep = _editable(session, person, team.sweep_id, OPEN)
    whose = get(session, person, Person, person_id)
    there = session.execute(
        select(SweepTeamMember.person_id, SweepTeam.id, SweepTeam.name)
        .join(SweepTeam, (SweepTeam.county == SweepTeamMember.county) & (SweepTeam.id == SweepTeamMember.team_id))
        .where(
            SweepTeamMember.county == sweep.county,
            SweepTeam.sweep_id == sweep.id,
            SweepTeamMember.left_at.is_(None),
        )
    ).all()
    for other_id, _, name in there:
        if other_id == whose.id:
            raise Conflict(say("{person}已在{team}", person=whose.name, team=name))
    leads = not any(other_team == team.id for _, other_team, _ in there)
    member = SweepTeamMember(
        county=sweep.county, id=new_id(), team_id=team.id, person_id=whose.id, is_leader=leads
    )
    session.add(member)
    session.flush()
    events.record(session, person, "join", member, team_id=str(team.id), person_id=str(whose.id))
    return member


def take_off(session: Session, person: Person, member_id: UUID) -> None:
    """Take somebody off a team while the sweep is planned: nothing is kept of it. Later they drop out."""
    member = get(session, person, SweepTeamMember, member_id)
    team = get(session, person, SweepTeam, member.team_id)
    _editable(session, person, team.sweep_id, (SweepState.PLANNING,))
    session.delete(member)
    session.flush()
    events.record(session, person, "take_off", member, team_id=str(team.id), person_id=str(member.person_id))


def lead(session: Session, person: Person, member_id: UUID) -> None:
    """Let somebody lead the team they are on."""
    member = get(session, person, SweepTeamMember, member_id)
    team = get(session, person, SweepTeam, member.team_id)
    _editable(session, person, team.sweep_id, OPEN)
    if member.left_at is not None:
        raise NotFound
    for each in session.scalars(
        select(SweepTeamMember).where(SweepTeamMember.county == team.county, SweepTeamMember.team_id == team.id)
    ):
        each.is_leader = each.id == member.id
    session.flush()
    events.record(session, person, "lead", member, team_id=str(team.id))


def _editable(
    session: Session,
    person: Person,
    sweep_id: UUID,
    states: tuple[SweepState, ...] = (SweepState.PLANNING, SweepState.SEALED),
) -> Sweep:
    require(person, "sweep.plan")
    sweep = known_sweep(session, person, sweep_id, for_update=True)
    if sweep.state not in states:
        raise Conflict(say("行动{state}，不能这样改小组", state=sweep.state.label))
    return sweep


def _read(sweep: Sweep, form: Mapping[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Message] = {}
    values: dict[str, Any] = {}
    for name, longest in LONGEST.items():
        try:
            values[name] = plain_text(str(form.get(name, "")), longest)
        except Invalid as error:
            wrong[name] = error.message
    lon, lat = (_degrees(form, name, most, wrong) for name, most in (("lon", 180), ("lat", 85)))
    from_at = moment_of(form, "from_at", wrong) if form.get("from_at") else sweep.starts_at
    until_at = moment_of(form, "until_at", wrong) if form.get("until_at") else sweep.ends_at
    if from_at and until_at and not _overlaps(sweep, from_at, until_at):
        wrong["until_at"] = say("到岗时间要与行动时间重叠，结束要晚于开始")
    if wrong:
        raise Invalid(wrong)
    return values | {"start": lonlat(lon, lat), "from_at": from_at, "until_at": until_at}


def _overlaps(sweep: Sweep, from_at: datetime, until_at: datetime) -> bool:
    return from_at < until_at and from_at < sweep.ends_at and until_at > sweep.starts_at


def _degrees(form: Mapping[str, Any], name: str, most: float, wrong: dict[str, Message]) -> float:
    try:
        found = float(str(form.get(name, "")))
    except ValueError:
        found = math.nan
    if not abs(found) <= most:
        wrong[name] = say("请在地图上点出发地点，或填写经纬度")
    return found
