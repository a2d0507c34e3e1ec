"""The need-to-know list: who on it puts others on it or takes them off, each change in the history."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from .. import events
from ..access import can, require, visible
from ..db import new_id
from ..errors import Conflict, Invalid, NotFound, say
from ..registry.departments import Department
from ..registry.people import Person
from .plans import knows
from .sweeps import Sweep, SweepMember


class Knowing(NamedTuple):
    """Somebody who knows, or knew: who is taken off has still seen what was there to see."""

    member: SweepMember
    person: Person
    department: str | None
    added_by: str | None


def known_sweep(session: Session, person: Person, sweep_id: UUID) -> Sweep:
    """A sweep whose secret the person is in. Raises NotFound for everybody else."""
    sweep = session.scalars(select(Sweep).where(Sweep.county == person.county, Sweep.id == sweep_id)).one_or_none()
    if sweep is None or not knows(session, person, sweep):
        raise NotFound
    return sweep


def list_knowing(session: Session, sweep: Sweep) -> list[Knowing]:
    """Those on the list in the order they came, then those who were taken off."""
    adder = aliased(Person)
    query = (
        select(SweepMember, Person, Department.name, adder.name)
        .join(Person, (Person.county == SweepMember.county) & (Person.id == SweepMember.person_id))
        .outerjoin(Department, (Department.county == Person.county) & (Department.id == Person.department_id))
        .outerjoin(adder, (adder.county == SweepMember.county) & (adder.id == SweepMember.added_by_id))
        .where(SweepMember.county == sweep.county, SweepMember.sweep_id == sweep.id)
        .order_by(SweepMember.removed_at.nulls_first(), SweepMember.created_at, SweepMember.id)
    )
    return [Knowing(*row) for row in session.execute(query)]


def may_be_told(session: Session, person: Person, sweep: Sweep) -> list[Person]:
    """Who could be put on the list: active people who can do something with the plan."""
    on_it = select(SweepMember.person_id).where(
        SweepMember.county == sweep.county, SweepMember.sweep_id == sweep.id, SweepMember.removed_at.is_(None)
    )
    query = visible(person, Person).where(Person.is_active, Person.id.not_in(on_it))
    found = session.scalars(query.order_by(Person.name, Person.id))
    return [each for each in found if can(each, "sweep.see")]


def let_know(session: Session, person: Person, sweep_id: UUID, person_id: UUID, now: datetime) -> SweepMember:
    """Put somebody on the list. Raises Invalid at `person_id` for who can't be, Conflict for who is on it."""
    require(person, "sweep.command")
    sweep = known_sweep(session, person, sweep_id)
    other = session.get(Person, (person.county, person_id))
    if other is None or not other.is_active or not can(other, "sweep.see"):
        raise Invalid({"person_id": say("请选择一名在岗的执法或专班人员")})
    if knows(session, other, sweep):
        raise Conflict(say("这个人已经在知密名单上，请刷新后再看"))
    member = SweepMember(
        county=sweep.county, id=new_id(), sweep_id=sweep.id, person_id=other.id, added_by_id=person.id
    )
    session.add(member)
    session.flush()
    events.record(session, person, "let_know", sweep, person_id=str(other.id))
    return member


def take_off(session: Session, person: Person, sweep_id: UUID, member_id: UUID, now: datetime) -> SweepMember:
    """Take somebody off. The last one who can command stays, or nobody could open the plan any more."""
    require(person, "sweep.command")
    sweep = known_sweep(session, person, sweep_id)
    session.refresh(sweep, with_for_update=True)
    standing = [each for each in list_knowing(session, sweep) if each.member.removed_at is None]
    leaving = next((each for each in standing if each.member.id == member_id), None)
    if leaving is None:
        raise Conflict(say("这个人已经不在知密名单上，请刷新后再看"))
    if not any(can(each.person, "sweep.command") for each in standing if each is not leaving):
        raise Invalid(message=say("名单上至少要留一名能指挥的人，请先加入另一人"))
    leaving.member.removed_at = now
    session.flush()
    events.record(session, person, "stop_knowing", sweep, person_id=str(leaving.person.id))
    return leaving.member
