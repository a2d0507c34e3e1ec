"""The briefing before a sweep: for command all of it, for a team its own part. Only who must know it may read it.

It is made when it is asked for and kept nowhere, for it names targets. Each copy has a number of its own, which
stands on all of its pages and in the log, so that a copy that got about leads to whom it was given.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.times import local

from .. import events
from ..access import require
from ..days import day_of
from ..errors import Conflict, NotFound, say
from ..events import Event
from ..registry.counties import find_county
from ..registry.people import Person
from ..vocabulary import Choice
from .assembling import TeamView, known_sweep, teams_of
from .contents import contents_of
from .mixes import mixes_of
from .plan import Plan
from .plans import read_plan
from .sweeps import Sweep

TAKEN = "take_briefing"
MOST_COPIES = 50


class Medium(Choice):
    WORD = "word", say("Word 文档")
    MAP = "map", say("地图")


@dataclass(frozen=True)
class Part:
    """A team's part: `said` is what its packet says (`contents.contents_of`)."""

    view: TeamView
    said: dict[str, Any]


@dataclass(frozen=True)
class Briefing:
    """`only` is the number of the team that it is for, None for command. `mark` stands on every page."""

    sweep: Sweep
    plan: Plan
    parts: tuple[Part, ...]
    only: int | None
    mark: str


@dataclass(frozen=True)
class Copy:
    """A copy that was given to somebody. `team` is a number, None for command's."""

    code: str
    at: datetime
    name: str
    medium: Medium
    team: int | None
    revision: int


def take(
    session: Session,
    person: Person,
    keys: Sequence[bytes],
    sweep_id: UUID,
    medium: Medium,
    now: datetime,
    team_id: UUID | None = None,
) -> Briefing:
    """A numbered copy for this reader, logged. Raises NotFound for who is not on the need-to-know list and for a
    team that is not of the sweep, Conflict for a plan without routes.
    """
    require(person, "sweep.plan")
    sweep = known_sweep(session, person, sweep_id)
    plan = read_plan(session, person, keys, sweep)
    views = [each for each in teams_of(session, sweep) if team_id in (None, each.team.id)]
    if team_id is not None and not views:
        raise NotFound
    parts = tuple(Part(view, contents_of(session, sweep, view.team, plan)) for view in views)
    if not any(part.said["stops"] for part in parts):
        raise Conflict(say("方案里还没有路线，排好小组和路线以后才有简报"))
    only = views[0].team.number if team_id is not None else None
    code = secrets.token_hex(3).upper()
    events.record(
        session, person, TAKEN, sweep, code=code, medium=medium.value, team=only, revision=sweep.plan_revision
    )
    mark = f"内部资料　注意保密　{person.name}　{local(now):%Y-%m-%d %H:%M}　副本 {code}"
    return Briefing(sweep, plan, parts, only, mark)


def copies(session: Session, person: Person, sweep: Sweep) -> list[Copy]:
    """Who was given what, the latest first."""
    query = (
        select(Event.at, Event.detail, Person.name)
        .join(Person, (Person.county == Event.county) & (Person.id == Event.person_id))
        .where(Event.county == sweep.county, Event.subject_id == sweep.id, Event.verb == TAKEN)
        .order_by(Event.at.desc())
        .limit(MOST_COPIES)
    )
    media = {each.value: each for each in Medium}
    return [
        Copy(detail["code"], at, name, media[detail["medium"]], detail["team"], detail["revision"])
        for at, detail, name in session.execute(query)
    ]


def content_of(session: Session, briefing: Briefing, now: datetime) -> dict[str, Any]:
    """What the Word paper says: plain data, Chinese, for `kinds_sweeps`. It is never stored."""
    sweep, home = briefing.sweep, find_county(session, briefing.sweep.county)
    mixes = mixes_of(session, sweep.county)
    names = {stop["id"]: stop["site"]["name"] for part in briefing.parts for stop in part.said["stops"]}
    linked = {stop.id: stop.link for stop in briefing.plan.stops if stop.link}

    def together(stop_id: UUID) -> list[str]:
        link = linked.get(stop_id)
        return [name for other, name in names.items() if link and other != stop_id and linked.get(other) == link]

    return {
        "bureau": home.bureau if home else "",
        "sweep": sweep.name,
        "purpose": sweep.purpose,
        "whom": "指挥部" if briefing.only is None else f"第{briefing.only}组",
        "meets": _moment(sweep.meets_at),
        "meeting_point": sweep.meeting_point,
        "hours": f"{_moment(sweep.starts_at)}至{local(sweep.ends_at):%H:%M}",
        "revision": sweep.plan_revision,
        "teams": [
            _team(part, {code: mix.name for code, mix in mixes.items()}, together) for part in briefing.parts
        ],
        "contacts": [[each["name"], each["phone"] or ""] for each in briefing.parts[0].said["contacts"]],
        "issued_on": day_of(now).isoformat(),
    }


def _team(part: Part, mixes: dict[str, str], together: Any) -> dict[str, Any]:
    team, said = part.view.team, part.said
    return {
        "name": team.name,
        "number": team.number,
        "leader": next((each["name"] for each in said["members"] if each["is_leader"]), ""),
        "members": "、".join(_member(each) for each in said["members"]),
        "vehicle": team.vehicle,
        "start": team.start_name,
        "hours": f"{local(team.from_at):%H:%M}–{local(team.until_at):%H:%M}",
        "count": len(said["stops"]),
        "stops": [
            {
                "badge": f"{team.number}-{stop['position']}",
                "enters": f"{local(stop['enters_at']):%H:%M}",
                "name": stop["site"]["name"],
                "address": stop["site"].get("address") or "",
                "mix": mixes.get(stop["mix"], ""),
                "approach": stop["approach"],
                "together": "、".join(together(stop["id"])),
                "known": "；".join(stop["known"]),
            }
            for stop in said["stops"]
        ],
    }


def _member(member: dict[str, Any]) -> str:
    about = "，".join(each for each in (member["department"], member["certificate"]) if each)
    return f"{member['name']}（{about}）" if about else str(member["name"])


def _moment(moment: datetime) -> str:
    at = local(moment)
    return f"{at.year}年{at.month}月{at.day}日{at:%H:%M}"
