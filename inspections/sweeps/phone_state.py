"""What a phone of a team is told during a sweep: its stops as they stand, what command says, who is on duty."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from ..access import require
from ..errors import Message
from ..field.bundle_sites import SITE_COLUMNS, rows_of_sites
from ..registry.departments import Department
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from .contents import members_of
from .duty import duties_of
from .joint import sheet_of_kind
from .journal import Entry, SweepEntry
from .receiving import standing_in
from .stops import SweepStop
from .sweeps import Sweep, SweepState
from .teams import SweepTeam, SweepTeamMember

# What command does that a team must hear of; a team is also told of what is taken from it
NEWS = (Entry.MESSAGE, Entry.RESOLVED, Entry.REASSIGNED, Entry.ADDED, Entry.DROPPED, Entry.REOPENED)
MOST_NEWS = 100
OPEN = (SweepState.RUNNING, SweepState.FINISHED)


def state_of(session: Session, person: Person, sweep_id: UUID, since: int, now: datetime) -> dict[str, Any]:
    """JSON-able but for ids, moments and messages. `number` is that of the journal's newest entry; where it is
    `since`, nothing else is told. Before the release no stop is named, and to who has left the team none at all.

    Raises Forbidden, and NotFound for who is, and was, on no team.
    """
    require(person, "sweep.take_part")
    sweep, team, left_at = standing_in(session, person, sweep_id)
    of_sweep = (SweepEntry.county == sweep.county, SweepEntry.sweep_id == sweep.id)
    number = session.scalar(select(func.max(SweepEntry.number)).where(*of_sweep)) or 0
    if number == since:
        return {"number": number, "server_time": now}
    is_open = sweep.state in OPEN and left_at is None
    return {
        "number": number,
        "server_time": now,
        "sweep": {
            name: getattr(sweep, name)
            for name in ("id", "name", "state", "meeting_point", "meets_at", "starts_at", "ends_at",
                         "released_at", "ended_at")
        },
        "team": {name: getattr(team, name) for name in ("id", "number", "name", "vehicle")},
        "left_at": left_at,
        "members": members_of(session, team, sweep.starts_at) if left_at is None else [],
        "on_duty": any(duty.covers(now) for duty in duties_of(session, sweep, [person.id])[person.id]),
        "stops": _stops(session, sweep, team) if is_open else [],
        "messages": _news(session, person, sweep, team) if left_at is None else [],
        "calls": _calls(session, sweep, team) if left_at is None else [],
    }  # fmt: skip


def _stops(session: Session, sweep: Sweep, team: SweepTeam) -> list[dict[str, Any]]:
    query = (
        select(SweepStop)
        .where(SweepStop.county == sweep.county, SweepStop.sweep_id == sweep.id, SweepStop.team_id == team.id)
        .order_by(SweepStop.position, SweepStop.id)
    )
    stops = session.scalars(query).all()
    rows = rows_of_sites(session, sweep.county, [stop.site_id for stop in stops])
    sites = {row[0]: dict(zip(SITE_COLUMNS, row, strict=True)) for row in rows}
    sheets = _sheets(session, sweep, team, {site["kind"] for site in sites.values()})
    return [_stop(stop, sites.get(str(stop.site_id)), sheets) for stop in stops]


def _stop(stop: SweepStop, site: dict[str, Any] | None, sheets: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "position", "link", "state", "entered_at", "settled_at", "check_id")
    return {name: getattr(stop, name) for name in names} | {
        "site": site,
        "enters_at": stop.planned_enters_at,
        "leaves_at": stop.planned_leaves_at,
        "approach": stop.plan.get("approach", ""),
        "joint_sheet": site and sheets.get(site["kind"]),
    }


def _sheets(session: Session, sweep: Sweep, team: SweepTeam, kinds: set[str]) -> dict[str, Any]:
    """The joint sheet of each kind of site, for the departments of who is on the team."""
    of_team = (
        select(Department.kind)
        .join(Person, (Person.county == Department.county) & (Person.department_id == Department.id))
        .join(
            SweepTeamMember,
            (SweepTeamMember.county == Person.county) & (SweepTeamMember.person_id == Person.id),
        )
        .where(Department.county == team.county, SweepTeamMember.team_id == team.id)
        .where(SweepTeamMember.left_at.is_(None))
    )
    departments = set(session.scalars(of_team))
    return {kind: sheet_of_kind(session, sweep.county, SiteKind[kind.upper()], departments) for kind in kinds}


def _news(session: Session, person: Person, sweep: Sweep, team: SweepTeam) -> list[dict[str, Any]]:
    answer = aliased(SweepEntry)
    seen = (
        select(answer.id)
        .where(answer.county == sweep.county, answer.answers_id == SweepEntry.id, answer.author_id == person.id)
        .exists()
    )
    query = (
        select(SweepEntry, Person.name, Site.name, seen)
        .outerjoin(Person, (Person.county == SweepEntry.county) & (Person.id == SweepEntry.author_id))
        .outerjoin(SweepStop, (SweepStop.county == SweepEntry.county) & (SweepStop.id == SweepEntry.stop_id))
        .outerjoin(Site, (Site.county == SweepStop.county) & (Site.id == SweepStop.site_id))
        .where(SweepEntry.county == sweep.county, SweepEntry.sweep_id == sweep.id, SweepEntry.kind.in_(NEWS))
        .where(_concerns(team))
        .order_by(SweepEntry.number.desc())
        .limit(MOST_NEWS)
    )
    return [
        {
            "id": entry.id, "number": entry.number, "kind": entry.kind, "at": entry.heard_at, "from": name,
            "words": Message(entry.words, {}) if "clash" in entry.detail else entry.words,
            "stop_id": entry.stop_id, "stop_name": site_name, "is_seen": is_seen,
            "is_taken": entry.detail.get("from") == str(team.id),
        } for entry, name, site_name, is_seen in session.execute(query)
    ]  # fmt: skip


def _concerns(team: SweepTeam) -> Any:
    to_all = (SweepEntry.kind == Entry.MESSAGE) & SweepEntry.team_id.is_(None)
    return or_(to_all, SweepEntry.team_id == team.id, SweepEntry.detail["from"].astext == str(team.id))


def _calls(session: Session, sweep: Sweep, team: SweepTeam) -> list[dict[str, Any]]:
    """The team's calls for support, without those that were taken back."""
    kinds = (Entry.SUPPORT, Entry.RESOLVED, Entry.REPLY)
    query = (
        select(SweepEntry)
        .where(
            SweepEntry.county == sweep.county, SweepEntry.sweep_id == sweep.id, SweepEntry.team_id == team.id,
            SweepEntry.kind.in_(kinds),
        )
        .order_by(SweepEntry.number)
    )  # fmt: skip
    entries: Sequence[SweepEntry] = session.scalars(query).all()
    undone = {(each.author_id, each.detail.get("undoes")) for each in entries}
    resolved = {each.answers_id: each.heard_at for each in entries if each.kind is Entry.RESOLVED}
    return [
        {
            "id": each.id, "at": each.at, "support": each.detail.get("support"), "words": each.words,
            "stop_id": each.stop_id, "resolved_at": resolved.get(each.id),
        } for each in entries
        if each.kind is Entry.SUPPORT and (each.author_id, str(each.id)) not in undone
    ]  # fmt: skip
