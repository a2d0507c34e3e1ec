"""A sweep that was played to its end by the journal and the commands of the desk."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.registry.departments import DepartmentKind
from inspections.registry.people import Person
from inspections.registry.sites import Site
from inspections.sweeps import commanding, standing
from inspections.sweeps.journal import Entry, SweepEntry
from inspections.sweeps.stops import StopState, SweepStop
from inspections.sweeps.sweeps import Sweep, SweepState
from tests import casefile
from tests.sweeps import Night, running_sweep

HANDED = "第二组顺路"


def tell(
    session: Session, night: Night, team: int, kind: Entry, minute: int, stop: SweepStop | None = None, **values
):
    """An entry of a team's leader, so many minutes after the release, heard at once."""
    at = night.sweep.released_at + timedelta(minutes=minute)
    entry = SweepEntry(
        county=night.sweep.county, id=new_id(), sweep_id=night.sweep.id, kind=kind, team_id=night.teams[team].id,
        stop_id=stop.id if stop else None, author_id=night.officers[team][0].id, at=at, heard_at=at, **values,
    )  # fmt: skip
    session.add(entry)
    session.flush()
    standing.apply(session, night.sweep, entry)
    return entry


def stops_of(session: Session, night: Night) -> list[SweepStop]:
    """By team, then in the order of the route."""
    query = select(SweepStop).where(SweepStop.sweep_id == night.sweep.id)
    by_site = {stop.site_id: stop for stop in session.scalars(query)}
    return [by_site[site.id] for own in night.sites for site in own]


def ended_sweep(session: Session, planner: Person | None = None) -> Night:
    """Two teams of two stops. Team 1: a check with two findings and a photo, then a closed door. Team 2 is let in
    20 minutes late, calls for support, and goes to nothing else: team 1 had its second stop, and was refused.
    """
    night = running_sweep(session, planner, teams=2, stops=2)
    one, two, three, four = stops_of(session, night)
    for team in (0, 1):
        tell(session, night, team, Entry.ON_DUTY, 0)
    _checked(session, night, one)
    tell(session, night, 0, Entry.SET_OUT, 2, one)
    tell(session, night, 0, Entry.ARRIVED, 12, one)
    tell(session, night, 0, Entry.ENTERED, 15, one)
    tell(session, night, 0, Entry.DONE, 55, one)
    tell(session, night, 0, Entry.CLOSED, 70, two, words="卷帘门拉下，邻居说已放假")
    tell(session, night, 1, Entry.ENTERED, 35, three)
    call = tell(session, night, 1, Entry.SUPPORT, 40, three, words="家长围堵")
    start = night.sweep.released_at
    commanding.resolve(session, night.planner, call.id, "派出所已到场", start + timedelta(minutes=48))
    tell(session, night, 1, Entry.DONE, 65, three)
    commanding.reassign(
        session,
        night.planner,
        four.id,
        night.teams[0].id,
        start + timedelta(minutes=66),
        night.teams[1].id,
        HANDED,
    )
    tell(session, night, 1, Entry.OFF_DUTY, 70)
    tell(session, night, 0, Entry.REFUSED, 90, four)
    tell(session, night, 0, Entry.OFF_DUTY, 100)
    commanding.end(session, night.planner, night.sweep.id, "", start + timedelta(minutes=110))
    return night


def _checked(session: Session, night: Night, stop: SweepStop) -> None:
    site = night.sites[0][0]
    check = casefile.make_check(session, site, night.officers[0][0])
    stop.check_id = check.id
    casefile.make_photo(session, check)
    casefile.make_photo(session, check, 1, media_type="video/mp4")
    casefile.make_finding(session, site, check, text="无证办学", department=DepartmentKind.EDUCATION)
    casefile.make_finding(session, site, check, text="疏散通道堵塞", department=DepartmentKind.FIRE)
    session.flush()


def over(session: Session, person: Person, sweep: Sweep, site: Site, check_id: UUID | None = None) -> UUID:
    """That sweep as one that is over, of a single stop: for who needs no more than that there is one."""
    start = sweep.starts_at
    sweep.state, sweep.released_at, sweep.ended_at = SweepState.FINISHED, start, start + timedelta(hours=2)
    sweep.ended_by_id = person.id
    session.flush()
    stop = SweepStop(
        county=sweep.county, id=new_id(), sweep_id=sweep.id, site_id=site.id, position=1, plan={},
        planned_enters_at=start, planned_leaves_at=start + timedelta(minutes=30), state=StopState.DONE,
        entered_at=start + timedelta(minutes=20), settled_at=start + timedelta(minutes=50), check_id=check_id,
    )  # fmt: skip
    session.add(stop)
    session.flush()
    for kind, minute in ((Entry.RELEASED, 0), (Entry.ENTERED, 20), (Entry.DONE, 50), (Entry.ENDED, 120)):
        at = start + timedelta(minutes=minute)
        named = stop.id if kind in standing.OF_TEAMS else None
        session.add(
            SweepEntry(county=sweep.county, id=new_id(), sweep_id=sweep.id, kind=kind, stop_id=named,
                       author_id=person.id, at=at, heard_at=at)
        )  # fmt: skip
        session.flush()
    return sweep.id
