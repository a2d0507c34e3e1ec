"""The task that a plan sets the solver: its stops and teams in seconds from the sweep's first moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from geo.coordinates import LonLat

from .assembling import TeamView
from .mixes import STANDARD, Mix, lacks
from .plan import LeftOut, Plan, PlannedStop
from .sweeps import Sweep

if TYPE_CHECKING:
    from geo.routes import Stop, Team

MIX, FREE = "mix", "free"


@dataclass(frozen=True)
class Given:
    """What is known of a sweep when it is solved: where sites are, what stops require, who must stay out where."""

    sweep: Sweep
    plan: Plan
    teams: Sequence[TeamView]
    places: Mapping[UUID, LonLat]
    mixes: Mapping[str, Mix]
    barred: Mapping[UUID, set[UUID]]

    @property
    def origin(self) -> datetime:
        return min([self.sweep.starts_at, *(view.team.from_at for view in self.teams)])

    def mix_of(self, stop: PlannedStop) -> Mix:
        return self.mixes.get(stop.mix) or self.mixes[STANDARD]

    def window(self, stop: PlannedStop) -> tuple[datetime, datetime]:
        """When a stop may be entered: within its own bounds and the sweep's hours."""
        sweep = self.sweep
        return (
            max(sweep.starts_at, stop.earliest_at or sweep.starts_at),
            min(sweep.ends_at, stop.latest_at or sweep.ends_at),
        )

    def service_minutes(self, stop: PlannedStop) -> int:
        return stop.service_minutes or self.sweep.service_minutes

    def is_free(self, view: TeamView, stop: PlannedStop) -> bool:
        """Whether nobody of a team must stay out of a stop's site."""
        return self.barred.get(stop.site_id, set()).isdisjoint(each.person_id for each in view.members)


# What no solver could mend, in the words of `LeftOut.bind`, beside those of `geo.routes.Reason`
NO_PLACE, NO_HOURS, NO_TEAM, LINKED = "no_place", "no_hours", "no_team", "linked"


def sort_out(given: Given) -> tuple[list[PlannedStop], list[LeftOut]]:
    """The stops that can be asked for, and those that can't: no known place, or no time within the sweep's hours.

    A stop that is linked to such a one is left out with it: entering one warns the others.
    """
    out = {stop.id: bind for stop in given.plan.stops if (bind := _hopeless(given, stop))}
    links = {stop.link for stop in given.plan.stops if stop.link and stop.id in out}
    for stop in given.plan.stops:
        if stop.link in links:
            out.setdefault(stop.id, LINKED)
    asked = [stop for stop in given.plan.stops if stop.id not in out]
    return asked, [LeftOut(stop_id=stop_id, bind=bind) for stop_id, bind in out.items()]


def _hopeless(given: Given, stop: PlannedStop) -> str:
    if not given.teams:
        return NO_TEAM
    if stop.site_id not in given.places:
        return NO_PLACE
    earliest, latest = given.window(stop)
    return NO_HOURS if latest < earliest else ""


def stops_of(given: Given, asked: Sequence[PlannedStop]) -> "list[Stop]":
    """Needs are a mix, and freedom from a site's recusals where it has any."""
    from geo.routes import Stop

    numbers = {view.team.id: n for n, view in enumerate(given.teams)}
    found = []
    for stop in asked:
        earliest, latest = (int((moment - given.origin).total_seconds()) for moment in given.window(stop))
        needs = {f"{MIX} {given.mix_of(stop).code}"}
        if given.barred.get(stop.site_id):
            needs.add(f"{FREE} {stop.site_id}")
        team = numbers.get(stop.team_id) if stop.team_id else None
        found.append(Stop(60 * given.service_minutes(stop), earliest, latest, frozenset(needs), stop.link, team))
    return found


def teams_for(given: Given, asked: Sequence[PlannedStop]) -> "list[Team]":
    from geo.routes import Team

    return [
        Team(
            int((view.team.from_at - given.origin).total_seconds()),
            int((view.team.until_at - given.origin).total_seconds()),
            _skills(given, view, asked),
        )
        for view in given.teams
    ]


def _skills(given: Given, view: TeamView, asked: Sequence[PlannedStop]) -> frozenset[str]:
    met = {f"{MIX} {mix.code}" for mix in given.mixes.values() if not lacks(mix, view.skills)}
    return frozenset(met | {f"{FREE} {stop.site_id}" for stop in asked if given.is_free(view, stop)})
