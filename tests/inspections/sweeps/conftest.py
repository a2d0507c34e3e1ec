"""A sweep that runs: two teams, three stops, a commander who planned it."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from geo.columns import lonlat
from inspections.db import new_id
from inspections.registry.people import Role
from inspections.sweeps.journal import Entry, SweepEntry
from inspections.sweeps.plan import PlannedStop
from inspections.sweeps.stops import SweepStop
from inspections.sweeps.sweeps import Sweep, SweepMember, SweepState
from inspections.sweeps.teams import SweepTeam, SweepTeamMember
from tests.factories import COUNTY, NOW, PLACE, make_person, make_site

HOURS = {"meets_at": NOW - timedelta(hours=1), "starts_at": NOW, "ends_at": NOW + timedelta(hours=3)}


@pytest.fixture
def night(session: Any) -> SimpleNamespace:
    return make_night(session)


def make_night(session: Any) -> SimpleNamespace:
    commander = make_person(session, Role.DISPATCHER, name="吴指挥")
    sweep = Sweep(
        county=COUNTY, id=new_id(), name="周五联合执法", state=SweepState.RUNNING, released_at=NOW,
        planned_by_id=commander.id, meeting_point="教体局院内", **HOURS,
    )  # fmt: skip
    session.add(sweep)
    session.flush()
    session.add(SweepMember(county=COUNTY, sweep_id=sweep.id, person_id=commander.id, added_by_id=commander.id))
    officers = [make_person(session, Role.ENFORCER, name=name, phone="13800000000") for name in ("李一", "王二")]
    teams = [_team(session, sweep, number, officer) for number, officer in enumerate(officers, 1)]
    sites = [make_site(session, (PLACE[0] + 0.01 * n, PLACE[1]), name=f"托管班{n}") for n in range(3)]
    stops = [_stop(session, sweep, n, site, teams[min(n, 1)]) for n, site in enumerate(sites)]
    return SimpleNamespace(
        commander=commander, sweep=sweep, officers=officers, teams=teams, stops=stops, sites=sites
    )


def _team(session: Any, sweep: Sweep, number: int, officer: Any) -> SweepTeam:
    team = SweepTeam(
        county=COUNTY, id=new_id(), sweep_id=sweep.id, number=number, name=f"第{number}组",
        start=lonlat(*PLACE), from_at=sweep.starts_at, until_at=sweep.ends_at,
    )  # fmt: skip
    session.add(team)
    session.flush()
    session.add(SweepTeamMember(county=COUNTY, team_id=team.id, person_id=officer.id, is_leader=True))
    session.flush()
    return team


def _stop(session: Any, sweep: Sweep, position: int, site: Any, team: SweepTeam) -> SweepStop:
    stop_id = new_id()
    stop = SweepStop(
        county=COUNTY, id=stop_id, sweep_id=sweep.id, site_id=site.id, team_id=team.id, position=position,
        plan=PlannedStop(id=stop_id, site_id=site.id).model_dump(mode="json"),
        planned_enters_at=sweep.starts_at + timedelta(minutes=30 * position),
    )  # fmt: skip
    session.add(stop)
    session.flush()
    return stop


def said(session: Any, night: SimpleNamespace, kind: Entry, minute: float, **values: Any) -> SweepEntry:
    """What the officer of a team (`team`, its index) says of a stop, as a phone would bring it."""
    team, at = values.pop("team", 0), NOW + timedelta(minutes=minute)
    stop = values.pop("stop", None)
    entry = SweepEntry(
        county=COUNTY, id=new_id(), sweep_id=night.sweep.id, kind=kind, team_id=night.teams[team].id,
        author_id=night.officers[team].id, stop_id=stop.id if stop else None,
        **({"at": at, "heard_at": at, "skew_s": 0} | values),
    )  # fmt: skip
    session.add(entry)
    session.flush()
    session.refresh(entry)
    return entry
