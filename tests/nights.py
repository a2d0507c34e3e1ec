"""A night: a sweep that runs, with two teams, three stops and the officers who are out."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from geo.columns import lonlat
from inspections.db import new_id
from inspections.registry.people import Person, Role
from inspections.sweeps.stops import SweepStop
from inspections.sweeps.sweeps import Sweep, SweepState
from inspections.sweeps.teams import SweepTeam, SweepTeamMember
from tests.factories import COUNTY, NOW, PLACE, make_person, make_site

T0 = NOW - timedelta(minutes=10)


class Night(NamedTuple):
    sweep: Sweep
    teams: list[SweepTeam]
    people: list[Person]
    stops: list[SweepStop]


def make_night(session: Session, *, is_released: bool = True, login: str = "", county: str = COUNTY) -> Night:
    """The first team has the first two people and stops, the second has the third of both. Before the
    release there are no stops. With a `login`, people sign in by it and their number.
    """
    command = make_person(session, Role.DISPATCHER, name="方晴", county=county)
    sweep = Sweep(
        county=county, name="开学季联合执法", meets_at=T0 - timedelta(hours=1), starts_at=T0,
        ends_at=T0 + timedelta(hours=3), planned_by_id=command.id,
        state=SweepState.RUNNING if is_released else SweepState.SEALED,
        released_at=T0 if is_released else None,
    )  # fmt: skip
    session.add(sweep)
    session.flush()
    teams = [
        SweepTeam(
            county=county, sweep_id=sweep.id, number=number, name=f"第{number}组", start=lonlat(*PLACE),
            from_at=sweep.starts_at, until_at=sweep.ends_at,
        ) for number in (1, 2)
    ]  # fmt: skip
    session.add_all(teams)
    session.flush()
    people = [
        make_person(
            session,
            Role.ENFORCER,
            name=name,
            certificate=f"赣36112900{n}",
            login=f"{login}{n}" if login else None,
            county=county,
        )
        for n, name in enumerate(("张敏", "李想", "王强"))
    ]
    for person, team in zip(people, (teams[0], teams[0], teams[1]), strict=True):
        session.add(SweepTeamMember(county=county, team_id=team.id, person_id=person.id))
    session.flush()
    night = Night(sweep, teams, people, [])
    if is_released:
        for position, team in enumerate((teams[0], teams[0], teams[1])):
            night.stops.append(add_stop(session, night, team, position))
    return night


def add_stop(session: Session, night: Night, team: SweepTeam, position: int = 0) -> SweepStop:
    place = (PLACE[0] + 0.01 * position, PLACE[1])
    site = make_site(session, place, night.sweep.county, name=f"小太阳托管班{position}")
    stop = SweepStop(
        county=night.sweep.county, sweep_id=night.sweep.id, site_id=site.id, team_id=team.id, position=position,
        plan={}, planned_enters_at=T0 + timedelta(minutes=20 * position),
    )  # fmt: skip
    session.add(stop)
    session.flush()
    return stop


def line(
    night: Night, kind: str, stop: SweepStop | None = None, at: datetime = NOW, **values: Any
) -> dict[str, Any]:
    """As a phone sends it."""
    return {
        "id": str(new_id()),
        "sweep_id": str(night.sweep.id),
        "kind": kind,
        "stop_id": str(stop.id) if stop else None,
        "at": at.isoformat(),
        "clock_offset_ms": 0,
        **{name: str(value) if isinstance(value, UUID) else value for name, value in values.items()},
    }


def fix(at: datetime = NOW, lon: float = PLACE[0], lat: float = PLACE[1]) -> dict[str, Any]:
    return {"at": at.isoformat(), "lon": lon, "lat": lat, "accuracy_m": 12}
