"""The joint report after a sweep: what was done where, found by which department and ordered, against the plan.

Read anew each time it is asked for, so that what phones bring later, and orders that follow, stand in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import get, require
from ..errors import NotFound
from ..registry.people import Person
from . import standing
from .assembling import TeamView, teams_of
from .board import may_look
from .counts import RELEASED, Counts, counts
from .journal import Entry, SweepEntry
from .reported_stops import StopLine, stop_lines
from .stops import SETTLED, StopState
from .sweeps import Sweep

ON_TIME = timedelta(minutes=15)
CALLS = (Entry.SUPPORT, Entry.INCIDENT)
Placed = Sequence[tuple[datetime, SweepEntry]]


@dataclass(frozen=True)
class TeamLine:
    """`minutes` on the spot, `planned_minutes` of the same stops. `first_at`: entered, `last_at`: settled."""

    view: TeamView
    stops: int
    visited: int
    settled: int
    minutes: int
    planned_minutes: int
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True)
class Compared:
    """The night against the plan. `on_time`: entered within 15 minutes of the planned moment, of `timed` stops
    that had one and were entered; `late_minutes`: the median of how much later, negative where sooner.
    """

    planned: int
    added: int
    dropped: int
    handed: int
    timed: int
    on_time: int
    late_minutes: int | None
    planned_end: datetime | None
    last_settled: datetime | None
    planned_minutes: int
    minutes: int


@dataclass(frozen=True)
class Coverage:
    """Of a township: stops that were to be visited, and that were."""

    township: str
    stops: int
    visited: int


@dataclass(frozen=True)
class Call:
    """A call for support or an incident. `answered_at` is when it was dealt with, None while it was not."""

    at: datetime
    kind: Entry
    team: str
    words: str
    answered_at: datetime | None
    answer: str


@dataclass(frozen=True)
class Report:
    """`person_minutes` is the time of all people on duty together."""

    sweep: Sweep
    counts: Counts
    stops: tuple[StopLine, ...]
    teams: tuple[TeamLine, ...]
    compared: Compared
    coverage: tuple[Coverage, ...]
    calls: tuple[Call, ...]
    people: int
    person_minutes: int
    placed: Placed


def report_of(session: Session, person: Person, sweep_id: UUID) -> Report:
    """Raises NotFound before the release, and for who is neither on the need-to-know list nor of the office."""
    require(person, "sweep.see")
    sweep = get(session, person, Sweep, sweep_id)
    if sweep.state not in RELEASED or not may_look(session, person, sweep):
        raise NotFound
    entries = standing.in_order(_entries(session, sweep), sweep.released_at)
    teams, stops = teams_of(session, sweep), stop_lines(session, sweep, entries)
    people = {each.person_id for team in teams for each in (*team.members, *team.gone)}
    return Report(
        sweep, counts(session, sweep.county, [sweep.id]), stops, tuple(_team(view, stops) for view in teams),
        _compared(stops, entries), _coverage(stops), _calls(entries, teams), len(people), _on_duty(sweep, entries),
        entries,
    )  # fmt: skip


def _entries(session: Session, sweep: Sweep) -> Sequence[SweepEntry]:

    query = select(SweepEntry).where(SweepEntry.county == sweep.county, SweepEntry.sweep_id == sweep.id)
    return session.scalars(query.order_by(SweepEntry.number)).all()


def _team(view: TeamView, stops: Sequence[StopLine]) -> TeamLine:
    own = [each for each in stops if each.stop.team_id == view.team.id]
    there = [each for each in own if each.minutes is not None]
    return TeamLine(
        view, len([each for each in own if each.stop.state is not StopState.DROPPED]),
        sum(each.is_visited for each in own), sum(each.stop.state in SETTLED for each in own),
        sum(each.minutes or 0 for each in there), sum(each.planned_minutes or 0 for each in there),
        min((each.stop.entered_at for each in own if each.stop.entered_at), default=None),
        max((each.stop.settled_at for each in own if each.stop.settled_at), default=None),
    )  # fmt: skip


def _compared(stops: Sequence[StopLine], entries: Placed) -> Compared:
    late = [each.late_minutes for each in stops if each.late_minutes is not None]
    there = [each for each in stops if each.minutes is not None and each.planned_minutes is not None]
    return Compared(
        planned=sum(not each.is_added for each in stops),
        added=sum(each.is_added for each in stops),
        dropped=sum(each.stop.state is StopState.DROPPED for each in stops),
        handed=len({entry.stop_id for _, entry in entries if entry.kind is Entry.REASSIGNED}),
        timed=len(late),
        on_time=sum(abs(each) <= ON_TIME.total_seconds() / 60 for each in late),
        late_minutes=round(median(late)) if late else None,
        planned_end=max(
            (each.stop.planned_leaves_at for each in stops if each.stop.planned_leaves_at), default=None
        ),
        last_settled=max((each.stop.settled_at for each in stops if each.stop.settled_at), default=None),
        planned_minutes=sum(each.planned_minutes or 0 for each in there),
        minutes=sum(each.minutes or 0 for each in there),
    )


def _coverage(stops: Sequence[StopLine]) -> tuple[Coverage, ...]:
    found: dict[str, list[StopLine]] = {}
    for each in stops:
        if each.stop.state is not StopState.DROPPED:
            found.setdefault(each.township, []).append(each)
    return tuple(
        Coverage(name, len(own), sum(each.is_visited for each in own)) for name, own in sorted(found.items())
    )


def _calls(entries: Placed, teams: Sequence[TeamView]) -> tuple[Call, ...]:
    names = {view.team.id: view.team.name for view in teams}
    answers = {entry.answers_id: (at, entry) for at, entry in entries if entry.kind is Entry.RESOLVED}
    made = []
    for at, entry in entries:
        if entry.kind in CALLS:
            answered = answers.get(entry.id)
            team = names.get(entry.team_id, "") if entry.team_id else ""
            made.append(
                Call(
                    at, entry.kind, team, entry.words, answered[0] if answered else None,
                    answered[1].words if answered else "",
                )
            )  # fmt: skip
    return tuple(made)


def _on_duty(sweep: Sweep, entries: Placed) -> int:
    """From 到岗 to 离岗 of each; who never said 离岗 was on duty until the end, or until now's last word."""
    end = sweep.ended_at or (entries[-1][0] if entries else sweep.ends_at)
    since: dict[UUID, datetime] = {}
    whole = timedelta()
    for at, entry in entries:
        who = entry.author_id
        if who is None:
            continue
        if entry.kind is Entry.ON_DUTY:
            since.setdefault(who, at)
        elif entry.kind is Entry.OFF_DUTY and who in since:
            whole += at - since.pop(who)
    whole += sum((max(timedelta(), end - at) for at in since.values()), timedelta())
    return round(whole.total_seconds() / 60)
