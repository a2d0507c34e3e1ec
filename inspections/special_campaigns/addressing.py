"""Whom an instruction may go to, and whom it went to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import can
from ..registry.areas import Area, AreaLevel
from ..registry.departments import Department
from ..registry.people import Person, Role
from .dispatches import Instruction


def addressees(session: Session, person: Person) -> list[tuple[str, str]]:
    """Whom an instruction may go to, as the value and the words of a choice."""
    county = person.county
    areas = select(Area.id, Area.name).where(Area.county == county, Area.level == AreaLevel.TOWNSHIP)
    offices = select(Department.id, Department.name).where(
        Department.county == county, Department.township_id.is_(None)
    )
    found = [(f"township:{key}", name) for key, name in session.execute(areas.order_by(Area.code, Area.name))]
    found += [(f"department:{key}", name) for key, name in session.execute(offices.order_by(Department.name))]
    people = session.scalars(
        select(Person).where(Person.county == county, Person.is_active, Person.account_id.is_not(None))
    )
    able = sorted((each for each in people if can(each, "sweep.see")), key=lambda each: (each.name, each.id))
    return found + [(f"person:{each.id}", each.name) for each in able]


def name_of(session: Session, instruction: Instruction) -> str:
    """The name of whom an instruction went to."""
    county = instruction.county
    if instruction.township_id is not None:
        return session.get_one(Area, (county, instruction.township_id)).name
    if instruction.department_id is not None:
        return session.get_one(Department, (county, instruction.department_id)).name
    return session.get_one(Person, (county, instruction.person_id)).name


def is_own(person: Person, instruction: Instruction) -> bool:
    """Whether it went to the person, or to the township or department that the person speaks for."""
    if instruction.person_id == person.id:
        return True
    if instruction.township_id is not None:
        return person.has(Role.TOWNSHIP_ADMIN) and instruction.township_id == person.township_id
    is_of = instruction.department_id is not None and instruction.department_id == person.department_id
    return is_of and person.has(Role.ENFORCER)
