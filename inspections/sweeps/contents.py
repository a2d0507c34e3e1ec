"""What a team's packet says: where to go in which order, how to come near, what is known, with which lists."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..casework.findings import OPEN_STATES, Finding
from ..days import day_of
from ..errors import Message, say
from ..field.bundle_sites import SITE_COLUMNS, rows_of_sites
from ..field.checklists import Checklist, list_checklists
from ..registry.departments import Department
from ..registry.imports.previews import message_from_json
from ..registry.people import Person, Role
from ..registry.sites import SiteKind
from .joint import departments_of, sheet_of_kind
from .plan import Plan, PlannedStop, PlannedVisit
from .plans import plan_of
from .sweeps import Sweep, SweepMember
from .teams import SweepTeam, SweepTeamMember

COMMANDERS = (Role.DISPATCHER, Role.DIRECTOR)
MOST_FINDINGS = 8


class Planned(NamedTuple):
    stop: PlannedStop
    visit: PlannedVisit


def contents(session: Session, keys: Sequence[bytes], sweep: Sweep, team: SweepTeam) -> dict[str, Any]:
    """For one team, of the newest plan: JSON-able but for ids and moments (UTC). Words are Chinese.

    `keys` are `KeyRing.sweep`. Nobody is asked here whether they may know it: it is sealed with what this gives.
    """
    return contents_of(session, sweep, team, plan_of(session, keys, sweep))


def contents_of(session: Session, sweep: Sweep, team: SweepTeam, plan: Plan) -> dict[str, Any]:
    visits = planned_of(plan, team.id)
    return {
        "sweep": _said(sweep, "id", "name", "purpose", "meeting_point", "meets_at", "starts_at", "ends_at"),
        "team": _said(team, "id", "number", "name", "vehicle", "start_name", "from_at", "until_at"),
        "members": members_of(session, team, sweep.starts_at),
        "stops": _stops(session, sweep, team, visits),
        "contacts": _contacts(session, sweep),
    }


def planned_of(plan: Plan, team_id: UUID) -> list[Planned]:
    """The stops of a team's route in order."""
    route = next((route for route in plan.routes if route.team_id == team_id), None)
    found = ((plan.stop(visit.stop_id), visit) for visit in (route.visits if route else ()))
    return [Planned(stop, visit) for stop, visit in found if stop]


def members_of(session: Session, team: SweepTeam, at: datetime) -> list[dict[str, Any]]:
    """Who is with a team now: the leader first."""
    query = (
        select(Person, Department.name, SweepTeamMember.is_leader)
        .join(
            SweepTeamMember,
            (SweepTeamMember.county == Person.county) & (SweepTeamMember.person_id == Person.id),
        )
        .outerjoin(Department, (Department.county == Person.county) & (Department.id == Person.department_id))
        .where(Person.county == team.county, SweepTeamMember.team_id == team.id, SweepTeamMember.left_at.is_(None))
        .order_by(SweepTeamMember.is_leader.desc(), Person.name, Person.id)
    )
    return [
        _said(person, "id", "name", "phone")
        | {
            "department": department,
            "is_leader": is_leader,
            "certificate": getattr(person.certificate_on(day_of(at)), "number", None),
        }
        for person, department, is_leader in session.execute(query)
    ]


def _stops(session: Session, sweep: Sweep, team: SweepTeam, visits: Sequence[Planned]) -> list[dict[str, Any]]:
    ids = [stop.site_id for stop, _ in visits]
    sites = {
        row[0]: dict(zip(SITE_COLUMNS, row, strict=True)) for row in rows_of_sites(session, sweep.county, ids)
    }
    findings = _findings(session, sweep.county, ids)
    lists = list_checklists(session, sweep.county, day_of(sweep.starts_at))
    joint = _joint_sheets(session, sweep, team, {sites[str(each)]["kind"] for each in ids if str(each) in sites})
    return [
        {
            "id": stop.id,
            "site": sites[str(stop.site_id)],
            "position": position,
            "enters_at": visit.enters_at,
            "leaves_at": visit.leaves_at,
            "approach": stop.approach,
            "link": stop.link,
            "mix": stop.mix,
            "known": [str(words) for words in (*_known(stop), *findings.get(stop.site_id, ()))],
            "checklists": [each.code for each in lists if _suits(each, sites[str(stop.site_id)]["kind"])],
            "joint_sheet": joint[sites[str(stop.site_id)]["kind"]],
        }
        for position, (stop, visit) in enumerate(visits, 1)
        if str(stop.site_id) in sites
    ]


def _joint_sheets(
    session: Session, sweep: Sweep, team: SweepTeam, kinds: Collection[str]
) -> dict[str, dict[str, Any] | None]:
    """By kind of site: what a team asks there for all departments, and which of them it has with it."""
    here = select(SweepTeamMember.person_id).where(
        SweepTeamMember.county == team.county,
        SweepTeamMember.team_id == team.id,
        SweepTeamMember.left_at.is_(None),
    )
    departments = departments_of(session, team.county, session.scalars(here).all())
    day = day_of(sweep.starts_at)
    return {
        kind.value: sheet_of_kind(session, sweep.county, kind, departments, day=day)
        for kind in SiteKind
        if kind.value in kinds
    }


def _known(stop: PlannedStop) -> Iterable[Message]:
    """Why it was chosen, the weightiest reason first, and when people are likely to be there."""
    for _weight, template, values in stop.reasons:
        yield message_from_json([template, values])
    if "start" in stop.likely:
        yield say("最可能有人的时段：{start}:00–{end}:00", start=stop.likely["start"], end=stop.likely["end"])


def _findings(session: Session, county: str, site_ids: Sequence[UUID]) -> dict[UUID, list[Message]]:
    """What is still open at each, the gravest first."""
    query = (
        select(Finding.site_id, Finding.text, Finding.found_at)
        .where(Finding.county == county, Finding.site_id.in_(site_ids), Finding.state.in_(OPEN_STATES))
        .order_by(Finding.severity.desc(), Finding.found_at.desc())
    )
    found: dict[UUID, list[Message]] = {}
    for site_id, words, found_at in session.execute(query):
        lines = found.setdefault(site_id, [])
        if len(lines) < MOST_FINDINGS:
            lines.append(say("未销号问题（{day}）：{words}", day=f"{day_of(found_at)}", words=words))
    return found


def _suits(checklist: Checklist, kind: str) -> bool:
    return not checklist.site_kinds or kind in checklist.site_kinds


def _contacts(session: Session, sweep: Sweep) -> list[dict[str, Any]]:
    """The command desk: dispatchers and directors on the need-to-know list."""
    query = (
        select(Person)
        .join(SweepMember, (SweepMember.county == Person.county) & (SweepMember.person_id == Person.id))
        .where(SweepMember.county == sweep.county, SweepMember.sweep_id == sweep.id)
        .where(SweepMember.removed_at.is_(None), Person.is_active)
        .order_by(Person.name, Person.id)
    )
    return [
        _said(person, "id", "name", "phone")
        for person in session.scalars(query)
        if not person.roles.isdisjoint(COMMANDERS)
    ]


def _said(thing: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}
