"""Who can be drawn at a moment: the sites by strata, the officers, and whom each must stay away from."""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ...casework.recusals import Recusal, RecusalState
from ...days import CHINA, day_of
from ...field.tasks import Task, TaskState
from ...registry.areas import Area
from ...registry.departments import Department
from ...registry.people import Person, PersonRole, Role
from ...registry.sites import Site, SiteState
from ..target_lists.caps import counted_since
from ..target_lists.county_settings import rules_of
from .conflicts import OfficerConflict
from .grades import grades_of
from .plans import LEAST_SHARE, Plan
from .sampling import code_of, number_of

OFFICERS = (Role.INSPECTOR, Role.ENFORCER)
MOST_OPEN_TASKS = 20  # who has more waits for the next draw
STANDING = (SiteState.VERIFIED, SiteState.RECTIFYING, SiteState.LICENSED)


class Stratum(NamedTuple):
    name: str
    size: int
    number: int


class Pool(NamedTuple):
    """`tree` is what is frozen; `codes` says whose a code in it is."""

    tree: dict[str, Any]
    codes: dict[str, str]

    @property
    def strata(self) -> list[Stratum]:
        size = Counter(each["stratum"] for each in self.tree["sites"])
        return [
            Stratum(
                each["name"], size[each["name"]], number_of(size[each["name"]], each["percent"], each["least"])
            )
            for each in self.tree["strata"]
        ]

    @property
    def is_enough(self) -> bool:
        drawn = sum(each.number for each in self.strata)
        return drawn * 100 >= len(self.tree["sites"]) * LEAST_SHARE


def make_pool(session: Session, county: str, plan: Plan, salt: str, now: datetime) -> Pool:
    """The pool as it is at a moment. The caller may be anyone: it is secret until it is published."""
    sites, capped = _sites(session, county, plan, now)
    officers, left_out = _officers(session, county, plan)
    codes = {code_of(salt, str(each.id)): str(each.id) for each in officers}
    code = {UUID(person_id): name for name, person_id in codes.items()}
    barred = _barred(session, county)
    rows = [
        {"id": str(site.id), "name": site.name, "stratum": stratum, "barred": sorted(
            code[each] for each in barred[site.id] if each in code)}
        for site, stratum in sites
    ]  # fmt: skip
    names = sorted({stratum for _, stratum in sites})
    tree = {
        "salt": salt,
        "plan": plan.as_json(),
        "strata": [{"name": n, "percent": plan.percent[n.split("|")[1]], "least": plan.least} for n in names],
        "sites": sorted(rows, key=lambda each: str(each["id"])),
        "officers": sorted(_rows(session, county, officers, code), key=lambda each: each["id"]),
        "left_out": {
            "sites": [{"id": str(each.id), "name": each.name, "why": "cap"} for each in capped],
            "officers": sorted(
                ({"id": code_of(salt, str(each.id)), "why": why} for each, why in left_out),
                key=lambda each: each["id"],
            ),
        },
    }
    return Pool(tree, codes)


def _sites(session: Session, county: str, plan: Plan, now: datetime) -> tuple[list[tuple[Site, str]], list[Site]]:
    """Those that can be drawn, with their strata; and those that were inspected often enough this year."""
    query = select(Site).where(Site.county == county, Site.kind.in_(plan.kinds), Site.state.in_(STANDING))
    sites = list(session.scalars(query.order_by(Site.id)))
    visits = counted_since(session, county, _new_year(now), now)
    caps = rules_of(session, county).caps
    capped = {each.id for each in sites if visits.get(each.id, 0) >= caps.get(each.kind, 10**6)}
    grades = grades_of(session, county, sites, now)
    townships = {
        row.id: row.name for row in session.execute(select(Area.id, Area.name).where(Area.county == county))
    }
    # A county without boundaries has sites without a township: they are a stratum of their own
    strata = [
        (each, "|".join([each.kind.value, grades[each.id], *_township(each, plan, townships)]))
        for each in sites
        if each.id not in capped
    ]
    return strata, [each for each in sites if each.id in capped]


def _new_year(now: datetime) -> datetime:
    """Caps are counted by the calendar year, as China has it."""
    return datetime.combine(date(day_of(now).year, 1, 1), time(), CHINA)


def _township(site: Site, plan: Plan, names: dict[UUID, str]) -> list[str]:
    if not plan.by_township:
        return []
    name = names.get(site.township_id, "") if site.township_id else ""
    letters = "".join(each if each.isprintable() and each != "|" else " " for each in name)
    return [" ".join(letters.split())[:100] or "-"]


def _officers(session: Session, county: str, plan: Plan) -> tuple[list[Person], list[tuple[Person, str]]]:
    """Active officers whose certificate is valid on every day of the window; and who is left out, and why."""
    able = select(PersonRole.person_id).where(PersonRole.county == county, PersonRole.role.in_(OFFICERS))
    query = select(Person).where(Person.county == county, Person.is_active, Person.id.in_(able))
    busy = open_tasks(session, county)
    kept, left_out = [], []
    for person in session.scalars(query.order_by(Person.id)):
        if not is_certified(person, plan.first_day, plan.last_day):
            left_out.append((person, "certificate"))
        elif busy.get(person.id, 0) > MOST_OPEN_TASKS:
            left_out.append((person, "workload"))
        else:
            kept.append(person)
    return kept, left_out


def is_certified(person: Person, first: date, last: date) -> bool:
    """Whether a certificate is valid on every day; one may follow another."""
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return all(person.certificate_on(day) for day in days)


def open_tasks(session: Session, county: str) -> dict[UUID, int]:
    query = select(Task.assignee_id, func.count()).where(Task.county == county, Task.state == TaskState.OPEN)
    return {row[0]: row[1] for row in session.execute(query.group_by(Task.assignee_id))}


def _rows(session: Session, county: str, officers: list[Person], code: dict[UUID, str]) -> list[dict[str, Any]]:
    query = select(Department.id, Department.name).where(Department.county == county)
    departments = {row.id: row.name for row in session.execute(query)}
    busy = open_tasks(session, county)
    return [
        {
            "id": code[each.id],
            "department": departments.get(each.department_id, "") if each.department_id else "",
            "open_tasks": busy.get(each.id, 0),
        }
        for each in officers
    ]


def _barred(session: Session, county: str) -> dict[UUID, set[UUID]]:
    """By site, who stays away: recusals granted, conflicts declared, and one's own school or institution."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    recused = select(Recusal.site_id, Recusal.person_id).where(
        Recusal.county == county, Recusal.state == RecusalState.GRANTED
    )
    declared = select(OfficerConflict.site_id, OfficerConflict.person_id).where(
        OfficerConflict.county == county, OfficerConflict.ended_at.is_(None)
    )
    own = select(Person.site_id, Person.id).where(Person.county == county, Person.site_id.is_not(None))
    queries: tuple[Any, ...] = (recused, declared, own)
    for query in queries:
        for site_id, person_id in session.execute(query):
            found[site_id].add(person_id)
    return found
