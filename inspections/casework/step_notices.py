"""What waits for a decision, what the clock did on each day, and what it told whom."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session

from ..access import can, visible
from ..field.checks import Check
from ..registry.people import Person, Role
from ..registry.sites import Site
from .findings import Finding
from .steps import BY_CLOCK, Origin, Step, StepKind, StepState

NEAR = timedelta(days=30)
MOST_NOTICES = 50


def waiting(session: Session, person: Person) -> int:
    """How many steps wait for a decision, for the badge of those who prepare or take them; else none."""
    if not can(person, "step.prepare"):
        return 0
    query = select(func.count()).where(Step.county == person.county, Step.state == StepState.PROPOSED)
    return session.scalar(query) or 0


class ClockCount(NamedTuple):
    """What the clock put forward on a day, by kind and by what became of it."""

    day: date
    kind: StepKind
    n: int
    waiting: int


def clock_counts(session: Session, person: Person, since: date) -> Sequence[ClockCount]:
    """What the clock did on each day since, the latest day first."""
    day = cast(func.timezone("Asia/Shanghai", Step.proposed_at), Date)
    open_ones = func.count().filter(Step.state == StepState.PROPOSED)
    query = (
        visible(person, Step)
        .where(Step.origin == Origin.CLOCK, day >= since)
        .with_only_columns(day, Step.kind, func.count(), open_ones)
        .group_by(day, Step.kind)
        .order_by(day.desc())
    )
    return [ClockCount(*row) for row in session.execute(query)]


class Notice(NamedTuple):
    """What the clock tells somebody: the problem, where it is, and which rung it has come to."""

    step: Step
    finding: Finding
    site: Site


def notices_for(session: Session, person: Person, now: datetime) -> list[Notice]:
    """What the clock sent to a person in the last weeks, the latest first: of problems that still stand.

    The head of a school or institution sees those of the own site; an inspector those of problems found by
    the own checks; the desk sees all that it may see.
    """
    query: Any = (
        visible(person, Step)
        .join(Finding, (Finding.county == Step.county) & (Finding.id == Step.finding_id))
        .join(Site, (Site.county == Finding.county) & (Site.id == Finding.site_id))
        .where(
            Step.origin == Origin.CLOCK, Step.kind.in_(BY_CLOCK), Step.proposed_at > now - NEAR,
            Step.deadline == Finding.due_on, Finding.state.in_(["confirmed", "rectifying"]),
        )
    )  # fmt: skip
    if person.roles <= {Role.INSPECTOR, Role.ENFORCER, Role.GRID_WORKER}:
        own = select(Check.id).where(Check.county == person.county, Check.person_id == person.id)
        query = query.where(Finding.check_id.in_(own))
    query = query.add_columns(Finding, Site).order_by(Step.proposed_at.desc(), Step.id.desc())
    return [Notice(*row) for row in session.execute(query.limit(MOST_NOTICES))]
