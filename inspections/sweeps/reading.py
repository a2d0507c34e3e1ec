"""Sweeps as pages list them. Where they go is not said here."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ..access import get, require, visible
from ..registry.people import Person
from .campaigns import SpecialCampaign
from .stops import SETTLED, SweepStop
from .sweeps import Sweep, SweepMember, SweepState
from .teams import SweepTeam

PAGE = 20
SORTS = ("starts_at", "name", "state")


class Line(NamedTuple):
    """A sweep among others. `knows`: the reader is on its need-to-know list. `stops` and `settled` are 0 before
    the release.
    """

    sweep: Sweep
    planner: str
    knows: bool
    teams: int
    stops: int
    settled: int


class Page(NamedTuple):
    lines: list[Line]
    total: int
    by_state: dict[SweepState, int]


def find_sweep(session: Session, person: Person, sweep_id: UUID) -> Sweep:
    """Raises NotFound for a sweep that the person has no part in."""
    require(person, "sweep.see")
    return get(session, person, Sweep, sweep_id)


def list_sweeps(
    session: Session,
    person: Person,
    page: int = 1,
    words: str = "",
    state: SweepState | None = None,
    sort: str = "starts_at",
    descending: bool = True,
) -> Page:
    """A page of sweeps, by default the latest first. `words` are looked for in names and meeting points."""
    require(person, "sweep.see")
    query = visible(person, Sweep)
    for word in words[:60].split():
        query = query.where(
            Sweep.name.contains(word, autoescape=True) | Sweep.meeting_point.contains(word, autoescape=True)
        )
    counts = {row[0]: row[1] for row in session.execute(_by_state(query))}
    if state:
        query = query.where(Sweep.state == state)
    column: Any = getattr(Sweep, sort if sort in SORTS else "starts_at")
    query = query.order_by(column.desc() if descending else column, Sweep.id)
    found = session.scalars(query.limit(PAGE).offset((page - 1) * PAGE)).all()
    total = counts.get(state, 0) if state else sum(counts.values())
    return Page(_lines(session, person, list(found)), total, counts)


def open_campaigns(session: Session, person: Person) -> Sequence[SpecialCampaign]:
    """Campaigns that a sweep can be made part of, the latest first."""
    query = visible(person, SpecialCampaign).where(SpecialCampaign.ended_at.is_(None))
    return session.scalars(query.order_by(SpecialCampaign.first_day.desc(), SpecialCampaign.id)).all()


def _by_state(query: Select[Any]) -> Any:
    return query.with_only_columns(Sweep.state, func.count()).group_by(Sweep.state)


def _lines(session: Session, person: Person, found: list[Sweep]) -> list[Line]:
    ids = [each.id for each in found]
    planners = select(Person.id, Person.name).where(
        Person.county == person.county, Person.id.in_({each.planned_by_id for each in found})
    )
    names = {row[0]: row[1] for row in session.execute(planners)}
    known = set(
        session.scalars(
            select(SweepMember.sweep_id).where(
                SweepMember.county == person.county,
                SweepMember.sweep_id.in_(ids),
                SweepMember.person_id == person.id,
                SweepMember.removed_at.is_(None),
            )
        )
    )
    stops = _count_of(SweepStop, person, ids)
    queries = (_count_of(SweepTeam, person, ids), stops, stops.where(SweepStop.state.in_(SETTLED)))
    counts: list[dict[UUID, int]] = [{row[0]: row[1] for row in session.execute(query)} for query in queries]
    return [
        Line(each, names.get(each.planned_by_id, ""), each.id in known, *(n.get(each.id, 0) for n in counts))
        for each in found
    ]


def _count_of(model: Any, person: Person, ids: list[UUID]) -> Any:
    return (
        select(model.sweep_id, func.count())
        .where(model.county == person.county, model.sweep_id.in_(ids))
        .group_by(model.sweep_id)
    )
