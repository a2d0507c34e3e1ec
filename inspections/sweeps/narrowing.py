"""What people outside of the office see of sweeps: what the need-to-know list, or a team, opens to them."""

from typing import Any

from sqlalchemy import false, or_, select

from ..registry.people import Person
from .journal import SweepEntry
from .openings import SweepOpening
from .packets import SweepPacket
from .plans import SweepPlan
from .stops import SweepStop
from .sweeps import Sweep, SweepMember
from .teams import SweepTeam, SweepTeamMember


def own_teams(person: Person) -> Any:
    """The teams that somebody is with."""
    return select(SweepTeamMember.team_id).where(
        SweepTeamMember.county == person.county,
        SweepTeamMember.person_id == person.id,
        SweepTeamMember.left_at.is_(None),
    )


def listed(person: Person) -> Any:
    """The sweeps whose need-to-know list names somebody."""
    return select(SweepMember.sweep_id).where(
        SweepMember.county == person.county,
        SweepMember.person_id == person.id,
        SweepMember.removed_at.is_(None),
    )


def _sweeps(person: Person) -> Any:
    of_teams = select(SweepTeam.sweep_id).where(
        SweepTeam.county == person.county, SweepTeam.id.in_(own_teams(person))
    )
    return or_(Sweep.id.in_(listed(person)), Sweep.id.in_(of_teams))


def _teams(person: Person) -> Any:
    return or_(SweepTeam.sweep_id.in_(listed(person)), SweepTeam.id.in_(own_teams(person)))


NARROWED: dict[Any, Any] = {
    Sweep: _sweeps,
    SweepMember: lambda person: SweepMember.sweep_id.in_(listed(person)),
    SweepPlan: lambda person: SweepPlan.sweep_id.in_(listed(person)),
    SweepTeam: _teams,
    SweepTeamMember: lambda person: SweepTeamMember.team_id.in_(
        select(SweepTeam.id).where(SweepTeam.county == person.county, _teams(person))
    ),
    SweepStop: lambda person: or_(
        SweepStop.sweep_id.in_(listed(person)), SweepStop.team_id.in_(own_teams(person))
    ),
    SweepEntry: lambda person: or_(
        SweepEntry.sweep_id.in_(listed(person)), SweepEntry.team_id.in_(own_teams(person))
    ),
    SweepPacket: lambda person: false(),  # a phone asks for that of its team by `packing`
    SweepOpening: lambda person: SweepOpening.person_id == person.id,
}
