"""Gaps: stops on a team's route that it can't serve any more, since somebody dropped out or must stay out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..registry.people import Person
from .assembling import TeamView, teams_of
from .availability import Candidate, barred, list_people
from .mixes import STANDARD, Lack, Mix, lacks, mixes_of
from .plan import PlannedStop
from .plans import read_plan
from .stops import SETTLED, SweepStop
from .sweeps import Sweep, SweepState


@dataclass(frozen=True)
class Gap:
    """What a team lacks for `stop_ids`, its members who must stay out of some, who of the free people would mend
    it, and which other teams could take all of these stops.
    """

    view: TeamView
    stop_ids: tuple[UUID, ...]
    lacking: tuple[Lack, ...]
    kept_out: tuple[str, ...]
    substitutes: tuple[Candidate, ...]
    able: tuple[TeamView, ...]


def gaps_of(session: Session, person: Person, keys: Sequence[bytes], sweep: Sweep) -> list[Gap]:
    """The gaps of all teams, by the plan before the release and by the stops that are still open after it.

    Raises NotFound for who is not on the need-to-know list.
    """
    open_stops = _open_stops(session, person, keys, sweep)
    site_ids = {stop.site_id for stops in open_stops.values() for stop in stops}
    out = barred(session, sweep.county, site_ids)
    mixes = mixes_of(session, sweep.county)
    people = list_people(session, sweep, site_ids)
    teams = teams_of(session, sweep)
    found = [_gap(view, open_stops.get(view.team.id, []), mixes, out, people, teams) for view in teams]
    return [gap for gap in found if gap]


def _open_stops(
    session: Session, person: Person, keys: Sequence[bytes], sweep: Sweep
) -> dict[UUID, list[PlannedStop]]:
    plan = read_plan(session, person, keys, sweep)
    if sweep.state in (SweepState.PLANNING, SweepState.SEALED):
        by_id = {stop.id: stop for stop in plan.stops}
        return {
            route.team_id: [by_id[visit.stop_id] for visit in route.visits if visit.stop_id in by_id]
            for route in plan.routes
        }
    rows = session.scalars(
        select(SweepStop)
        .where(
            SweepStop.county == sweep.county, SweepStop.sweep_id == sweep.id, SweepStop.state.not_in(SETTLED),
            SweepStop.team_id.is_not(None),
        )
        .order_by(SweepStop.position)
    )  # fmt: skip
    found: dict[UUID, list[PlannedStop]] = {}
    for row in rows:
        assert row.team_id is not None
        found.setdefault(row.team_id, []).append(PlannedStop.model_validate(row.plan))
    return found


def _gap(
    view: TeamView,
    stops: Sequence[PlannedStop],
    mixes: dict[str, Mix],
    out: dict[UUID, set[UUID]],
    people: Sequence[Candidate],
    teams: Sequence[TeamView],
) -> Gap | None:
    short = [stop for stop in stops if not _may(view, stop, mixes, out)]
    if not short:
        return None
    lacking = {lack[0]: lack for stop in short for lack in lacks(_mix(mixes, stop), view.skills)}
    kept_out = [
        each.name for each in view.members if any(each.person_id in out.get(stop.site_id, ()) for stop in short)
    ]
    subs = [each for each in people if each.is_free and _mends(each, view, short, mixes, out)]
    able = [each for each in teams if each is not view and all(_may(each, stop, mixes, out) for stop in short)]
    return Gap(
        view, tuple(stop.id for stop in short), tuple(lacking.values()), tuple(kept_out), tuple(subs), tuple(able)
    )


def _may(view: TeamView, stop: PlannedStop, mixes: dict[str, Mix], out: dict[UUID, set[UUID]]) -> bool:
    free = out.get(stop.site_id, set()).isdisjoint(each.person_id for each in view.members)
    return free and not lacks(_mix(mixes, stop), view.skills)


def _mends(
    each: Candidate,
    view: TeamView,
    short: Sequence[PlannedStop],
    mixes: dict[str, Mix],
    out: dict[UUID, set[UUID]],
) -> bool:
    """Whether somebody would leave the team lacking less, and must stay out of none of these stops."""
    if any(each.person_id in out.get(stop.site_id, ()) for stop in short):
        return False
    return any(_lacking(_mix(mixes, stop), view, each) < _lacking(_mix(mixes, stop), view) for stop in short)


def _lacking(mix: Mix, view: TeamView, *more: Candidate) -> int:
    return sum(count for _, count in lacks(mix, [*view.skills, *(each.skill for each in more)]))


def _mix(mixes: dict[str, Mix], stop: PlannedStop) -> Mix:
    return mixes.get(stop.mix) or mixes[STANDARD]
