"""Draws as pages show them: to the office with names, to the public as far as it may know."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...access import get, require
from ...days import day_of
from ...errors import Message, NotFound, say
from ...field.checks import CheckKind
from ...field.tasks import Task, TaskState, assign
from ...registry.people import Person
from ...registry.sites import Site, SiteKind
from .draws import Draw, DrawOutcome, DrawTask, DrawTurn, Outcome, Stage
from .making import turns_of
from .plans import Plan
from .pool import Pool, Stratum, is_certified
from .publishing import outcomes_of
from .sampling import VISIT


class Officer(NamedTuple):
    """`task` is the one that was made for this visit; `has_certificate` is as of today."""

    id: UUID
    code: str
    name: str
    department: str
    task: TaskState | None
    has_certificate: bool


class DrawnVisit(NamedTuple):
    site_id: UUID
    name: str
    stratum: Message
    state: str
    officers: list[Officer]
    outcome: DrawOutcome | None


class DrawFile(NamedTuple):
    """A draw with all that the office's page shows. `left_out`: how many sites and officers, by why."""

    draw: Draw
    plan: Plan
    strata: list[tuple[Message, Stratum]]
    officers: int
    left_out: dict[str, int]
    visits: list[DrawnVisit]
    turns: Sequence[DrawTurn]
    names: dict[UUID, str]
    before: Draw | None
    after: Draw | None


def list_draws(session: Session, person: Person) -> Sequence[Draw]:
    require(person, "draw.see")
    return session.scalars(select(Draw).where(Draw.county == person.county).order_by(Draw.number.desc())).all()


def count_of_year(draws: Sequence[Draw], today: date) -> int:
    """How many were drawn this year and stand."""
    return sum(
        1 for each in draws if each.drawn_at and not each.ended_at and day_of(each.drawn_at).year == today.year
    )


def read_draw(session: Session, person: Person, draw_id: UUID, today: date) -> DrawFile:
    require(person, "draw.see")
    draw = get(session, person, Draw, draw_id)
    pool = Pool(json.loads(draw.pool), draw.codes or {}) if draw.pool else None
    turns = turns_of(session, draw)
    people = {each.id: each for each in session.scalars(_people(draw, turns))}
    names = {key: each.name for key, each in people.items()}
    return DrawFile(
        draw,
        Plan.of(draw.plan),
        [(stratum_words(each.name), each) for each in pool.strata] if pool else [],
        len(pool.tree["officers"]) if pool else 0,
        _left_out(pool),
        _visits(session, draw, pool, turns, people, today) if pool and turns else [],
        turns[1:],
        names | _site_names(pool),
        session.get(Draw, (draw.county, draw.supersedes_id)) if draw.supersedes_id else None,
        session.scalars(select(Draw).where(Draw.county == draw.county, Draw.supersedes_id == draw.id)).first(),
    )


def stratum_words(name: str) -> Message:
    """`institution|A|陈营镇` as a person says it."""
    kind, grade, *township = name.split("|")
    words = {"kind": SiteKind[kind.upper()].label, "grade": grade}
    if not township:
        return say("{kind} · {grade} 级", **words)
    place: Any = say("未划入镇街") if township[0] == "-" else township[0]
    return say("{kind} · {grade} 级 · {township}", township=place, **words)


def assign_tasks(session: Session, person: Person, draw_id: UUID, now: datetime) -> int:
    """Send every drawn officer to the drawn sites who has no task there yet; how many tasks were made.

    Who was replaced loses the task that is still open. An officer whose certificate ran out since is left alone:
    the page asks for a replacement.
    """
    require(person, "draw.make")
    draw = get(session, person, Draw, draw_id)
    session.refresh(draw, with_for_update=True)
    file = read_draw(session, person, draw_id, day_of(now))
    if draw.stage is not Stage.DRAWN or draw.ended_at:
        return 0
    _cancel_replaced(session, file)
    made = 0
    for visit in file.visits:
        site = session.get(Site, (draw.county, visit.site_id))
        for officer in visit.officers:
            if visit.state == VISIT and officer.task is None and officer.has_certificate and site:
                _send(session, person, draw, site, officer, now)
                made += 1
    return made


def _send(session: Session, person: Person, draw: Draw, site: Site, officer: Officer, now: datetime) -> None:
    assignee = session.get_one(Person, (draw.county, officer.id))
    if not assignee.is_active:
        return
    due = max(draw.last_day, day_of(now))
    reason = f"双随机抽查第 {draw.number} 次，{draw.first_day} 至 {draw.last_day}，两人同行"
    task = assign(session, person, site, assignee, CheckKind.RANDOM, due, today=day_of(now), reason=reason)
    session.add(
        DrawTask(county=draw.county, draw_id=draw.id, site_id=site.id, person_id=assignee.id, task_id=task.id)
    )
    session.flush()


def _cancel_replaced(session: Session, file: DrawFile) -> None:
    standing = {(each.site_id, one.id) for each in file.visits if each.state == VISIT for one in each.officers}
    for row, task in _tasks(session, file.draw):
        if (row.site_id, row.person_id) not in standing and task.state is TaskState.OPEN:
            task.state = TaskState.CANCELLED
    session.flush()


def _tasks(session: Session, draw: Draw) -> list[tuple[DrawTask, Task]]:
    query = (
        select(DrawTask, Task)
        .join(Task, (Task.county == DrawTask.county) & (Task.id == DrawTask.task_id))
        .where(DrawTask.county == draw.county, DrawTask.draw_id == draw.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _people(draw: Draw, turns: Sequence[DrawTurn]) -> Any:
    named = {UUID(each) for each in (draw.codes or {}).values()} | {each.by_id for each in turns}
    steps = (
        draw.committed_by_id, draw.frozen_by_id, draw.drawn_by_id, draw.published_by_id, draw.ended_by_id,
    )  # fmt: skip
    named |= {each for each in steps if each}
    return select(Person).where(Person.county == draw.county, Person.id.in_(named))


def _left_out(pool: Pool | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in [*pool.tree["left_out"]["sites"], *pool.tree["left_out"]["officers"]] if pool else []:
        found[each["why"]] = found.get(each["why"], 0) + 1
    return found


def _site_names(pool: Pool | None) -> dict[UUID, str]:
    return {UUID(each["id"]): each["name"] for each in pool.tree["sites"]} if pool else {}


def _visits(
    session: Session, draw: Draw, pool: Pool, turns: Sequence[DrawTurn], people: dict[UUID, Person], today: date
) -> list[DrawnVisit]:
    names, outcomes = _site_names(pool), outcomes_of(session, draw)
    departments = {each["id"]: each["department"] for each in pool.tree["officers"]}
    tasks = {(row.site_id, row.person_id): task.state for row, task in _tasks(session, draw)}

    def officer(site: UUID, code: str) -> Officer:
        person = people[UUID(pool.codes[code])]
        valid = is_certified(person, min(max(today, draw.first_day), draw.last_day), draw.last_day)
        return Officer(person.id, code, person.name, departments[code], tasks.get((site, person.id)), valid)

    return [
        DrawnVisit(
            site := UUID(each["site"]),
            names[site],
            stratum_words(each["stratum"]),
            each["state"],
            [officer(site, code) for code in each["officers"]],
            outcomes.get(site),
        )
        for each in turns[-1].result
    ]


class PublicVisit(NamedTuple):
    name: str
    stratum: Message
    state: str
    officers: list[str]
    outcome: Outcome | None
    note: str


def list_public_draws(session: Session, county: str) -> Sequence[Draw]:
    """All of them: those that were ended too. The caller has scoped the session."""
    return session.scalars(select(Draw).where(Draw.county == county).order_by(Draw.number.desc())).all()


def public_draw(session: Session, county: str, draw_id: UUID) -> Draw:
    draw = session.get(Draw, (county, draw_id))
    if draw is None:
        raise NotFound
    return draw


def public_visits(session: Session, draw: Draw) -> list[PublicVisit]:
    """What the published file says, with what came of it; nothing before it is published."""
    if not draw.file:
        return []
    tree = json.loads(draw.file)
    if tree["result"] is None:
        return []
    names = {each["id"]: each["name"] for each in tree["pool"]["sites"]}
    outcomes = outcomes_of(session, draw)
    found = []
    for each in tree["result"]:
        said = outcomes.get(UUID(each["site"]))
        words = stratum_words(each["stratum"])
        found.append(
            PublicVisit(
                names[each["site"]],
                words,
                each["state"],
                each["officers"],
                said.outcome if said else None,
                said.note if said else "",
            )
        )
    return found
