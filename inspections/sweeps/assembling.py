"""Who is on which team of a sweep: put together by the office, and mended when somebody drops out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from geoalchemy2.shape import to_shape
from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..days import day_of
from ..db import new_id
from ..errors import Conflict, Invalid, NotFound, say
from ..field.standing import certificate_at
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Person
from ..registry.site_facts import plain_text
from .journal import Entry, SweepEntry
from .mixes import Skill
from .plans import knows
from .sweeps import Sweep, SweepState
from .teams import Absence, SweepTeam, SweepTeamMember

LONGEST_NOTE = 200
OPEN = (SweepState.PLANNING, SweepState.SEALED, SweepState.RUNNING)


@dataclass(frozen=True)
class MemberView:
    """Somebody on a team. `certificate` is the number of the one that is valid on the day of the sweep."""

    member_id: UUID
    person_id: UUID
    name: str
    department: str
    kind: DepartmentKind | None
    certificate: str | None
    is_leader: bool
    left_at: datetime | None
    absence: Absence | None
    note: str

    @property
    def skill(self) -> Skill:
        return Skill(self.kind, self.certificate is not None)


@dataclass(frozen=True)
class TeamView:
    """A team with its people: `members` are there, `gone` have dropped out. `lon`, `lat`: where it sets out."""

    team: SweepTeam
    lon: float
    lat: float
    members: tuple[MemberView, ...]
    gone: tuple[MemberView, ...]

    @property
    def skills(self) -> list[Skill]:
        return [each.skill for each in self.members]


def teams_of(session: Session, sweep: Sweep) -> list[TeamView]:
    """The teams of a sweep by their numbers, leaders first."""
    teams = session.scalars(
        select(SweepTeam)
        .where(SweepTeam.county == sweep.county, SweepTeam.sweep_id == sweep.id)
        .order_by(SweepTeam.number)
    ).all()
    members = _members(session, sweep, [team.id for team in teams])
    return [_view(team, members.get(team.id, [])) for team in teams]


def _members(session: Session, sweep: Sweep, team_ids: Sequence[UUID]) -> dict[UUID, list[MemberView]]:
    query = (
        select(SweepTeamMember, Person, Department)
        .join(Person, (Person.county == SweepTeamMember.county) & (Person.id == SweepTeamMember.person_id))
        .outerjoin(Department, (Department.county == Person.county) & (Department.id == Person.department_id))
        .where(SweepTeamMember.county == sweep.county, SweepTeamMember.team_id.in_(team_ids))
        .order_by(SweepTeamMember.is_leader.desc(), Person.name, SweepTeamMember.id)
    )
    found: dict[UUID, list[MemberView]] = {}
    for member, person, department in session.execute(query):
        certificate = certificate_at(person, sweep.starts_at)
        found.setdefault(member.team_id, []).append(
            MemberView(
                member.id, person.id, person.name, department.name if department else "",
                department.kind if department else None, certificate.number if certificate else None,
                member.is_leader, member.left_at, member.absence, member.note,
            )
        )  # fmt: skip
    return found


def _view(team: SweepTeam, people: Sequence[MemberView]) -> TeamView:
    start = to_shape(team.start)
    there = tuple(each for each in people if each.left_at is None)
    return TeamView(team, start.x, start.y, there, tuple(each for each in people if each.left_at is not None))


def known_sweep(session: Session, person: Person, sweep_id: UUID, *, for_update: bool = False) -> Sweep:
    """A sweep for somebody on its need-to-know list; NotFound for everybody else."""
    sweep = get(session, person, Sweep, sweep_id)
    if not knows(session, person, sweep):
        raise NotFound
    if for_update:
        session.refresh(sweep, with_for_update=True)
    return sweep


def follow_hours(session: Session, sweep: Sweep, starts_at: datetime, ends_at: datetime) -> None:
    """After a sweep was moved: teams that began or ended with its earlier hours do so with those of now, and one
    whose own hours no longer meet the sweep's is on duty for all of it.
    """
    for view in teams_of(session, sweep):
        team = view.team
        team.from_at = sweep.starts_at if team.from_at == starts_at else team.from_at
        team.until_at = sweep.ends_at if team.until_at == ends_at else team.until_at
        if not (team.from_at < team.until_at and team.from_at < sweep.ends_at and team.until_at > sweep.starts_at):
            team.from_at, team.until_at = sweep.starts_at, sweep.ends_at
    session.flush()


def drop_out(
    session: Session, person: Person, member_id: UUID, absence: Absence, note: str, now: datetime
) -> SweepTeamMember:
    """Somebody is no longer with a team, before the sweep or during it; who leads passes to another.

    What the team can't do any more is seen by `gaps.gaps_of`. During the sweep it stands in the journal. The note
    stays with the office.
    """
    require(person, "sweep.command")
    member = get(session, person, SweepTeamMember, member_id)
    team = get(session, person, SweepTeam, member.team_id)
    sweep = known_sweep(session, person, team.sweep_id, for_update=True)
    session.refresh(member)
    if sweep.state not in OPEN:
        raise Conflict(say("行动已经结束，不能再改小组"))
    if member.left_at is not None:
        raise Conflict(say("这名队员已经退出"))
    try:
        member.note = plain_text(note, LONGEST_NOTE)
    except Invalid as error:
        raise Invalid({"note": error.message}) from None
    member.left_at, member.absence = now, absence
    if member.is_leader:
        _pass_on(session, member)
    session.flush()
    events.record(session, person, "drop_out", member, team_id=str(team.id), absence=absence.value)
    if sweep.state is SweepState.RUNNING:
        _tell(session, person, team, member, now)
    return member


def _pass_on(session: Session, member: SweepTeamMember) -> None:
    """The lead goes to a certified member where there is one."""
    others = session.execute(
        select(SweepTeamMember, Person)
        .join(Person, (Person.county == SweepTeamMember.county) & (Person.id == SweepTeamMember.person_id))
        .where(
            SweepTeamMember.county == member.county,
            SweepTeamMember.team_id == member.team_id,
            SweepTeamMember.left_at.is_(None),
            SweepTeamMember.id != member.id,
        )
        .order_by(Person.name, Person.id)
    ).all()
    member.is_leader = False
    if others:
        at = member.left_at
        assert at is not None
        best = max(others, key=lambda each: each[1].certificate_on(day_of(at)) is not None)
        best[0].is_leader = True


def _tell(session: Session, person: Person, team: SweepTeam, member: SweepTeamMember, now: datetime) -> None:
    assert member.absence is not None
    who = {"member_id": str(member.id), "person_id": str(member.person_id)}
    session.add(
        SweepEntry(
            county=team.county, id=new_id(), sweep_id=team.sweep_id, kind=Entry.LEFT_TEAM, team_id=team.id,
            author_id=person.id, at=now, heard_at=now,
            detail=who | {"absence": member.absence.value},
        )
    )  # fmt: skip
    session.flush()
