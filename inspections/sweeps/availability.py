"""Who can be sent on a sweep: by department and certificate, not away, not on another team, not to be kept out."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..casework.recusals import Recusal, RecusalState
from ..errors import Message, say
from ..field.standing import certificate_at
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Certificate, Person, PersonRole, Role
from ..targeting.draws.conflicts import OfficerConflict
from .away import AwayTime
from .mixes import Skill
from .sweeps import Sweep, SweepState
from .teams import Absence, SweepTeam, SweepTeamMember

SENT = (Role.ENFORCER, Role.INSPECTOR, Role.GRID_WORKER, Role.TOWNSHIP_ADMIN, Role.DISPATCHER)
LIVE = (SweepState.PLANNING, SweepState.SEALED, SweepState.RUNNING)


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be put on a team. `hindrances` are words on why not now; without any, they are free.

    `kept_out` is at how many of the plan's stops they must stay out.
    """

    person_id: UUID
    name: str
    department: str
    kind: DepartmentKind | None
    certificate: str | None
    hindrances: tuple[Message, ...] = ()
    kept_out: int = 0
    team_id: UUID | None = None
    away: tuple[AwayTime, ...] = field(default=(), compare=False)

    @property
    def skill(self) -> Skill:
        return Skill(self.kind, self.certificate is not None)

    @property
    def is_free(self) -> bool:
        return not self.hindrances and self.team_id is None


def list_people(session: Session, sweep: Sweep, site_ids: Collection[UUID] = ()) -> list[Candidate]:
    """All who take part in sweeps, by department and name: those on a team of this one too, and who can't come.

    `site_ids` are the sites of its plan, for what the reader may know of it.
    """
    teams, left = _teams_of_people(session, sweep), _left(session, sweep)
    away = _away(session, sweep)
    out = Counter(each for people in barred(session, sweep.county, site_ids).values() for each in people)
    rows = session.execute(_people(sweep.county)).all()
    return [
        _candidate(sweep, person, department, teams, left.get(person.id, []), away.get(person.id, []), out)
        for person, department in rows
    ]


def _people(county: str):  # type: ignore[no-untyped-def]
    able = select(PersonRole.person_id).where(PersonRole.county == county, PersonRole.role.in_(SENT))
    return (
        select(Person, Department)
        .outerjoin(Department, (Department.county == Person.county) & (Department.id == Person.department_id))
        .where(Person.county == county, Person.is_active, Person.id.in_(able))
        .order_by(Department.kind, Person.name, Person.id)
    )


Placed = Mapping[UUID, Sequence[tuple[UUID, UUID, str]]]  # person → (sweep, team, the sweep's name)


def _candidate(
    sweep: Sweep,
    person: Person,
    department: Department | None,
    teams: Placed,
    left: Sequence[Absence],
    away: Sequence[AwayTime],
    out: Mapping[UUID, int],
) -> Candidate:
    certificate = certificate_at(person, sweep.starts_at)
    own = next((team_id for sweep_id, team_id, _ in teams.get(person.id, ()) if sweep_id == sweep.id), None)
    left = [] if own else left
    found: list[Message] = [say("已退出本次行动：{absence}", absence=each.label) for each in left]
    found += [say("不在岗：{reason}", reason=each.reason or "—") for each in away]
    found += [
        say("同一时段在“{name}”", name=name)
        for sweep_id, _, name in teams.get(person.id, ())
        if sweep_id != sweep.id
    ]
    if certificate is None and (lapsed := _lapsed(person)):
        found.append(say("执法证 {day} 到期", day=str(lapsed.valid_until)))
    return Candidate(
        person.id, person.name, department.name if department else "", department.kind if department else None,
        certificate.number if certificate else None, tuple(found), out.get(person.id, 0), own, tuple(away),
    )  # fmt: skip


def _lapsed(person: Person) -> Certificate | None:
    return next((each for each in person.certificates if each.valid_until is not None), None)


def _teams_of_people(session: Session, sweep: Sweep) -> Placed:
    """The teams that people are on in this sweep, and in others whose hours overlap with it."""
    query = (
        select(SweepTeamMember.person_id, Sweep.id, SweepTeam.id, Sweep.name)
        .join(SweepTeam, (SweepTeam.county == SweepTeamMember.county) & (SweepTeam.id == SweepTeamMember.team_id))
        .join(Sweep, (Sweep.county == SweepTeam.county) & (Sweep.id == SweepTeam.sweep_id))
        .where(
            SweepTeamMember.county == sweep.county,
            SweepTeamMember.left_at.is_(None),
            Sweep.state.in_(LIVE) | (Sweep.id == sweep.id),
            Sweep.starts_at < sweep.ends_at,
            Sweep.ends_at > sweep.starts_at,
        )
    )
    found: dict[UUID, list[tuple[UUID, UUID, str]]] = defaultdict(list)
    for person_id, sweep_id, team_id, name in session.execute(query):
        found[person_id].append((sweep_id, team_id, name))
    return found


def _left(session: Session, sweep: Sweep) -> dict[UUID, list[Absence]]:
    """Why people dropped out of this sweep. Who must stay out of one team's sites may go with another."""
    query = (
        select(SweepTeamMember.person_id, SweepTeamMember.absence)
        .join(SweepTeam, (SweepTeam.county == SweepTeamMember.county) & (SweepTeam.id == SweepTeamMember.team_id))
        .where(
            SweepTeamMember.county == sweep.county,
            SweepTeam.sweep_id == sweep.id,
            SweepTeamMember.left_at.is_not(None),
            SweepTeamMember.absence != Absence.RECUSED,
        )
        .order_by(SweepTeamMember.left_at)
    )
    found: dict[UUID, list[Absence]] = {}
    for person_id, absence in session.execute(query):
        if absence is not None:
            found[person_id] = [absence]
    return found


def _away(session: Session, sweep: Sweep) -> dict[UUID, list[AwayTime]]:
    query = select(AwayTime).where(
        AwayTime.county == sweep.county, AwayTime.from_at < sweep.ends_at, AwayTime.until_at > sweep.meets_at
    )
    found: dict[UUID, list[AwayTime]] = defaultdict(list)
    for each in session.scalars(query):
        found[each.person_id].append(each)
    return found


def barred(session: Session, county: str, site_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """For each of these sites the people who must stay out of it: a declared interest that stands, or a recusal
    that was granted, also for one finding only.
    """
    found: dict[UUID, set[UUID]] = defaultdict(set)
    if not site_ids:
        return found
    declared = select(OfficerConflict.site_id, OfficerConflict.person_id).where(
        OfficerConflict.county == county,
        OfficerConflict.site_id.in_(site_ids),
        OfficerConflict.ended_at.is_(None),
    )
    granted = select(Recusal.site_id, Recusal.person_id).where(
        Recusal.county == county, Recusal.site_id.in_(site_ids), Recusal.state == RecusalState.GRANTED
    )
    for query in (declared, granted):
        for site_id, person_id in session.execute(query):
            found[site_id].add(person_id)
    return found
