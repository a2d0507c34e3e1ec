"""To whom a task can be given."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ..access import FIELD, require
from ..errors import Invalid, say
from ..registry.people import Person, PersonRole, Role


def list_assignees(session: Session, person: Person) -> Sequence[Person]:
    """Active people of the county who go out, by name. Who answers for one township sees its people only."""
    require(person, "task.assign")
    return session.scalars(_assignable(person).order_by(Person.name, Person.id)).unique().all()


def find_assignee(session: Session, person: Person, person_id: str) -> Person:
    """The person a form named. Raises Invalid for one whom this person can't send."""
    require(person, "task.assign")
    wrong = Invalid({"assignee_id": say("请选择承办人")})
    try:
        wanted = UUID(person_id)
    except ValueError:
        raise wrong from None
    found = session.scalars(_assignable(person).where(Person.id == wanted)).unique().one_or_none()
    if found is None:
        raise wrong
    return found


def _assignable(person: Person) -> Select[Person]:
    going_out = select(PersonRole.person_id).where(PersonRole.county == person.county, PersonRole.role.in_(FIELD))
    query = select(Person).where(Person.county == person.county, Person.is_active, Person.id.in_(going_out))
    if person.roles == {Role.TOWNSHIP_ADMIN}:
        query = query.where(Person.township_id == person.township_id)
    return query
