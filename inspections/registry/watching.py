"""Watching closed sites 防止死灰复燃: each comes up for a look by itself, sooner at first, until its watch ends.

The days are ours, no rule asks for them (docs/decisions/0186).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Date, case, cast, func, null, or_, select
from sqlalchemy.orm import Session

from .. import events
from ..days import day_of
from ..db import new_id
from ..errors import say
from ..field.checks import Check, CheckKind
from ..field.tasks import Task, TaskState
from ..jobs import Work, job
from .grid_cells import GridCell
from .people import Person
from .sites import Site, SiteState
from .zones import Zone

# Days after the closing on which somebody looks whether it opened again
LOOKS = (7, 30, 90, 180)
EARLY_DAYS = 3  # a visit that came a little before its day counts for it
AHEAD = timedelta(days=2)  # a task is given so long before


@dataclass(frozen=True)
class System:
    """What runs by the clock, as one who acts (`events.Actor`)."""

    county: str
    id: UUID
    person_id: None = None


def watch(site: Site, closed_on: date) -> None:
    """Begin the watch of a site that was closed."""
    site.closed_on, site.watched_until = closed_on, closed_on + timedelta(days=LOOKS[-1])


def end_watch(site: Site) -> None:
    """A site that is closed no longer isn't watched."""
    site.closed_on = site.watched_until = None


def look_number(closed_on: date, due: date) -> int:
    return (due - closed_on).days


def _next_look() -> ColumnElement[date | None]:
    """The first day of a closed site's watch that its last visit after the closing doesn't stand for."""
    last = (
        select(func.max(cast(func.timezone("Asia/Shanghai", Check.device_finished_at), Date)))
        .where(Check.county == Site.county, Check.site_id == Site.id, Check.kind != CheckKind.SELF)
        .correlate(Site)
        .scalar_subquery()
    )
    looked_at = case((last > Site.closed_on, last))
    waits = [
        (or_(looked_at.is_(None), looked_at < Site.closed_on + (n - EARLY_DAYS)), Site.closed_on + n)
        for n in LOOKS
    ]
    return case((Site.state != SiteState.CLOSED, null()), *waits)


NEXT_LOOK = _next_look()


@job("watch closed sites", every="30 21 * * *")  # half past five in the morning in China
def _call_up(work: Work) -> None:
    call_up(work.session, work.county, datetime.now().astimezone())


def call_up(session: Session, county: str, now: datetime) -> list[Task]:
    """Give a task for each closed site whose look falls due: to who walks its cell, else to its zone's inspector.

    A site that nobody answers for gets none, and stands in the list of suspected sites as overdue.
    """
    today = day_of(now)
    query = select(Site, NEXT_LOOK).where(
        Site.county == county,
        Site.state == SiteState.CLOSED,
        Site.watched_until >= today,
        today + AHEAD >= NEXT_LOOK,
        ~_has_task(),
    )
    due = [(site, look) for site, look in session.execute(query) if look]
    walkers = _walkers(session, county, [site for site, _ in due])
    reachable = [(site, look) for site, look in due if site.id in walkers]
    return [_give(session, site, walkers[site.id], look, max(look, today + AHEAD)) for site, look in reachable]


def _has_task() -> ColumnElement[bool]:
    open_task = select(Task.id).where(
        Task.county == Site.county, Task.site_id == Site.id, Task.state == TaskState.OPEN
    )
    return open_task.exists()


def _walkers(session: Session, county: str, sites: Sequence[Site]) -> dict[UUID, UUID]:
    """By site: the active worker of its cell, else the active inspector of its zone."""
    answering = func.coalesce(GridCell.worker_id, Zone.inspector_id)
    query = (
        select(Site.id, Person.id)
        .outerjoin(GridCell, (GridCell.county == Site.county) & (GridCell.id == Site.grid_cell_id))
        .outerjoin(Zone, (Zone.county == Site.county) & (Zone.id == Site.zone_id))
        .join(Person, (Person.county == Site.county) & (Person.id == answering) & Person.is_active)
        .where(Site.county == county, Site.id.in_([site.id for site in sites]))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _give(session: Session, site: Site, assignee_id: UUID, look: date, due_on: date) -> Task:
    task = Task(
        county=site.county,
        id=new_id(),
        site_id=site.id,
        assignee_id=assignee_id,
        kind=CheckKind.RECHECK,
        state=TaskState.OPEN,
        due_on=due_on,
        reason=str(say("取缔后第 {n} 天回访，看是否死灰复燃", n=look_number(site.closed_on or look, look))),
    )
    session.add(task)
    session.flush()
    system = System(site.county, site.id)
    events.record(session, system, "assign", task, site_id=str(site.id), assignee_id=str(assignee_id))
    return task


def next_look_of(session: Session, site: Site) -> date | None:
    """The next look at a closed site whose watch has not ended."""
    query = select(NEXT_LOOK).where(Site.county == site.county, Site.id == site.id)
    return session.scalar(query) if site.state is SiteState.CLOSED else None
