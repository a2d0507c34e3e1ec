"""A plan as the planning map shows it: every stop with what is known of it now, and how the hours fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..errors import Message
from ..registry.people import Person
from ..registry.sites import Site
from ..targeting.target_lists.pool import EXEMPT_WORDS
from .known import Known, known_of
from .linking import Link, links_of
from .plan import Plan, PlannedStop
from .plans import read_plan
from .sweeps import Sweep
from .teams import SweepTeam
from .windows import Fit, Hours, fit_of, profiles_of

# Texts of ours, which are translated; what a person typed is shown as it is
OWN_EXEMPTIONS = {words.template: words for words in EXEMPT_WORDS.values()}


@dataclass(frozen=True)
class StopView:
    """`number` is its place on the plan and on the map. `outside` are linked sites that are not on the plan: they
    would be warned. `known` is None for a site that is gone or lost its place.
    """

    number: int
    stop: PlannedStop
    known: Known | None
    links: tuple[Link, ...]
    outside: tuple[Link, ...]
    team: str

    @property
    def exemption(self) -> Message | str:
        return OWN_EXEMPTIONS.get(self.stop.exemption, self.stop.exemption)


@dataclass(frozen=True)
class PlanView:
    """`dropped`: sites that were taken out, with name and reason."""

    sweep: Sweep
    plan: Plan
    stops: list[StopView]
    dropped: list[tuple[UUID, str, str]]
    fit: Fit


def view_of(session: Session, person: Person, keys: Sequence[bytes], sweep: Sweep, now: datetime) -> PlanView:
    """Raises NotFound for who is not on the need-to-know list."""
    plan = read_plan(session, person, keys, sweep)
    ids = [stop.site_id for stop in plan.stops]
    known = known_of(session, person, sweep, ids, now)
    links = links_of(session, person, known)
    on_plan = set(ids)
    teams = _teams(session, sweep)
    at_team = {visit.stop_id: route.team_id for route in plan.routes for visit in route.visits}
    stops = []
    for number, stop in enumerate(plan.stops, start=1):
        found = links.get(stop.site_id, [])
        team = stop.team_id or at_team.get(stop.id)
        stops.append(
            StopView(
                number, stop, known.get(stop.site_id),
                tuple(link for link in found if link.site_id in on_plan),
                tuple(link for link in found if link.site_id not in on_plan and link.is_of_operator),
                teams.get(team, "") if team else "",
            )
        )  # fmt: skip
    hours = Hours(sweep.starts_at, sweep.ends_at)
    fit = fit_of(session, sweep.county, profiles_of(session, sweep.county, ids, now), hours, now)
    return PlanView(sweep, plan, stops, _dropped(session, sweep, plan), fit)


def _teams(session: Session, sweep: Sweep) -> dict[UUID, str]:
    query = select(SweepTeam.id, SweepTeam.name).where(
        SweepTeam.county == sweep.county, SweepTeam.sweep_id == sweep.id
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _dropped(session: Session, sweep: Sweep, plan: Plan) -> list[tuple[UUID, str, str]]:
    query = select(Site.id, Site.name).where(Site.county == sweep.county, Site.id.in_(plan.dropped))
    names = {row[0]: row[1] for row in session.execute(query)}
    return [(key, names[key], reason) for key, reason in plan.dropped.items() if key in names]
