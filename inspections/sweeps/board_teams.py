"""The teams on the live board of a sweep: who, on duty or not, where, doing what, how far."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..registry.departments import Department
from ..registry.people import Person
from . import positions, standing
from .journal import Entry, SweepEntry
from .stops import SETTLED
from .sweeps import Sweep
from .teams import SweepTeam, SweepTeamMember

OF_PHONES = frozenset(
    {*standing.OF_TEAMS, Entry.SUPPORT, Entry.INCIDENT, Entry.ON_DUTY, Entry.OFF_DUTY, Entry.REPLY}
)

Board = dict[str, Any]


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def teams_on_board(
    session: Session,
    sweep: Sweep,
    stops: list[Board],
    placed: list[tuple[datetime, SweepEntry]],
    now: datetime,
) -> list[Board]:
    """A row for each team. `stops` are the board's; `placed` is the journal in the order of what happened."""
    members = _members(session, sweep)
    said = _said_by_teams(placed)
    of_team = defaultdict(list)
    for stop in stops:
        of_team[stop["team_id"]].append(stop)
    people = [UUID(each["person_id"]) for team in members.values() for each in team]
    seen = {each.team_id: each for each in sorted(positions.last_seen(session, sweep, people, now), key=_when)}
    query = select(SweepTeam, SweepTeam.start.ST_X(), SweepTeam.start.ST_Y()).where(
        SweepTeam.county == sweep.county, SweepTeam.sweep_id == sweep.id
    )
    return [
        {
            "id": str(team.id),
            "number": team.number,
            "name": team.name,
            "vehicle": team.vehicle,
            "start": {"name": team.start_name, "lon": lon, "lat": lat},
            "members": members[team.id],
            "on_duty": len(said[team.id].on_duty),
            "last": _last(said[team.id].last),
            "heard_at": iso(said[team.id].heard_at),
            "place": _place(seen.get(team.id)),
            "stops": len(of_team[str(team.id)]),
            "settled": sum(stop["state"] in SETTLED for stop in of_team[str(team.id)]),
        }
        for team, lon, lat in session.execute(query.order_by(SweepTeam.number))
    ]


@dataclass
class _Said:
    """What a team has said by now."""

    on_duty: set[UUID | None] = field(default_factory=set)
    last: tuple[datetime, SweepEntry] | None = None
    heard_at: datetime | None = None


def _said_by_teams(placed: list[tuple[datetime, SweepEntry]]) -> dict[UUID | None, _Said]:
    found: dict[UUID | None, _Said] = defaultdict(_Said)
    for at, entry in placed:
        team = found[entry.team_id]
        if entry.kind in standing.OF_TEAMS:
            team.last = (at, entry)
        if entry.kind is Entry.ON_DUTY:
            team.on_duty.add(entry.author_id)
        elif entry.kind in (Entry.OFF_DUTY, Entry.LEFT_TEAM):
            team.on_duty.discard(entry.author_id)
        if entry.kind in OF_PHONES:
            team.heard_at = max(filter(None, (team.heard_at, entry.heard_at)))
    return found


def _when(seen: positions.Whereabouts) -> datetime:
    return seen.at


def _place(seen: positions.Whereabouts | None) -> Board | None:
    """Where one of a team who is on duty was last."""
    if seen is None:
        return None
    return {"lon": seen.lon, "lat": seen.lat, "at": iso(seen.at), "accuracy_m": seen.accuracy_m}


def _last(pair: tuple[datetime, SweepEntry] | None) -> Board | None:
    """What a team said last about a stop."""
    if pair is None:
        return None
    at, entry = pair
    return {"kind": entry.kind.value, "stop_id": str(entry.stop_id) if entry.stop_id else None, "at": iso(at)}


def _members(session: Session, sweep: Sweep) -> dict[UUID, list[Board]]:
    query = (
        select(SweepTeamMember, Person.name, Person.phone, Department.name)
        .join(SweepTeam, (SweepTeam.county == SweepTeamMember.county) & (SweepTeam.id == SweepTeamMember.team_id))
        .join(Person, (Person.county == SweepTeamMember.county) & (Person.id == SweepTeamMember.person_id))
        .outerjoin(Department, (Department.county == Person.county) & (Department.id == Person.department_id))
        .where(SweepTeam.county == sweep.county, SweepTeam.sweep_id == sweep.id)
        .order_by(SweepTeamMember.is_leader.desc(), Person.name)
    )
    found: dict[UUID, list[Board]] = defaultdict(list)
    for member, name, phone, department in session.execute(query):
        found[member.team_id].append(
            {
                "id": str(member.id),
                "person_id": str(member.person_id),
                "name": name,
                "phone": phone or "",
                "department": department or "",
                "is_leader": member.is_leader,
                "has_left": member.left_at is not None,
            }
        )
    return found
