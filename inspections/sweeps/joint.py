"""The joint sheet 综合查一次: one visit, every department's items, one record.

It is a checklist whose items name the department that they are the matter of: a national one, or the county's own
instead of it. What is found under an item goes to the item's department.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..days import day_of
from ..field.checklists import Checklist, ChecklistItem, list_checklists
from ..field.checks import CheckKind
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Person
from ..registry.sites import Site, SiteKind

# As departments are named in the joint notices: education convenes, the others follow
ORDER = (
    DepartmentKind.EDUCATION,
    DepartmentKind.MARKET,
    DepartmentKind.CIVIL_AFFAIRS,
    DepartmentKind.POLICE,
    DepartmentKind.FIRE,
    DepartmentKind.URBAN,
    DepartmentKind.CULTURE,
    DepartmentKind.TOWNSHIP,
    DepartmentKind.DISCIPLINE,
    DepartmentKind.SCHOOL,
)


def is_joint(checklist: Checklist) -> bool:
    """Whether its items are of more than one department."""
    return len({item.department for item in checklist.items if item.department}) > 1


def sheet_for(
    session: Session,
    county: str,
    site: Site,
    departments: Collection[DepartmentKind],
    *,
    day: date | None = None,
) -> dict[str, Any] | None:
    """What a visit to a site asks, for a packet or a page; None where no joint sheet is in force for its kind."""
    return sheet_of_kind(session, county, site.kind, departments, day=day)


def sheet_of_kind(
    session: Session,
    county: str,
    kind: SiteKind,
    departments: Collection[DepartmentKind],
    *,
    day: date | None = None,
) -> dict[str, Any] | None:
    """The same for a kind of site, so that many stops ask only once.

    `departments` are those of the team that goes: what a department that isn't there finds, the others write
    down for it, so its items stay, with `on_team` false. `items` are codes, in their order on the sheet; their
    words are in the checklist that phones have. `day` is today in China, unless said otherwise.
    """
    checklist = joint_list(session, county, kind, day or day_of(datetime.now(UTC)))
    if checklist is None:
        return None
    items = items_for(checklist, kind)
    names = department_names(session, county)
    return {
        "code": checklist.code,
        "version": checklist.version,
        "title": checklist.title,
        "departments": [
            {
                "kind": each.value,
                "name": names.get(each, ""),
                "on_team": each in departments,
                "items": [item.code for item in items if item.department is each],
            }
            for each in ORDER
            if any(item.department is each for item in items)
        ],
    }


def joint_list(session: Session, county: str, kind: SiteKind, day: date) -> Checklist | None:
    """The joint sheet in force for a kind of site: the county's own before the national one."""
    return next(
        (
            each
            for each in reversed(list_checklists(session, county, day))
            if _is_for(each.site_kinds, kind) and _is_for(each.check_kinds, CheckKind.SWEEP) and is_joint(each)
        ),
        None,
    )


def items_for(checklist: Checklist, kind: SiteKind) -> Sequence[ChecklistItem]:
    """The items that a kind of site is asked."""
    return [item for item in checklist.items if _is_for(item.kinds, kind)]


def department_names(session: Session, county: str) -> dict[DepartmentKind, str]:
    """What the county's departments are called, one of a kind; offices of townships are many and left out."""
    query = (
        select(Department.kind, Department.name)
        .where(Department.county == county, Department.kind != DepartmentKind.TOWNSHIP)
        .order_by(Department.created_at.desc(), Department.id.desc())
    )
    return {row[0]: row[1] for row in session.execute(query)}


def departments_of(session: Session, county: str, people: Collection[UUID]) -> set[DepartmentKind]:
    """The kinds of departments that people belong to."""
    query = (
        select(Department.kind)
        .join(Person, (Person.county == Department.county) & (Person.department_id == Department.id))
        .where(Person.county == county, Person.id.in_(people))
    )
    return set(session.scalars(query))


def _is_for(kinds: Collection[str], kind: str) -> bool:
    return not kinds or kind in kinds
