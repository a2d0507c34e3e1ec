"""Whistles as they are read: one with its departments, all of a county, and the calls to a department."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from geo.times import china_day

from ..access import get, require, visible
from ..registry.areas import Area
from ..registry.departments import Department
from ..registry.people import Person, Role
from ..registry.sites import Site
from .tips import Tip
from .whistles import AnswerState, Whistle, WhistleDepartment, WhistleState

MOST = 200

Comer = aliased(Person)


class Call(NamedTuple):
    """A department that was called, with who comes for it."""

    call: WhistleDepartment
    department: str
    comer: str
    is_late: bool


class WhistleFile(NamedTuple):
    whistle: Whistle
    site: Site
    tip: Tip | None
    township: str
    blown_by: str
    calls: list[Call]


class WhistleRow(NamedTuple):
    whistle: Whistle
    site: str
    township: str
    blown_by: str
    asked: int
    arrived: int
    refused: int
    late: int


class OwnCall(NamedTuple):
    """A call as the department reads it: the meeting point, and the site only for who has arrived there."""

    call: WhistleDepartment
    whistle: Whistle
    department: str
    township: str
    blown_by: str
    site: Site | None
    comers: Sequence[Person]
    comer: str
    is_late: bool
    may_arrive: bool


def read_whistle(session: Session, person: Person, whistle_id: UUID, now: datetime) -> WhistleFile:
    """A whistle that the person may see, for those at the desk. Raises NotFound."""
    require(person, "desk.open")
    whistle = get(session, person, Whistle, whistle_id)
    query = (
        select(WhistleDepartment, Department.name, Comer.name)
        .join(
            Department, and_(Department.county == whistle.county, Department.id == WhistleDepartment.department_id)
        )
        .outerjoin(Comer, _is_of(Comer, WhistleDepartment.person_id))
        .where(WhistleDepartment.county == whistle.county, WhistleDepartment.whistle_id == whistle.id)
        .order_by(Department.name)
    )
    seen = visible(person, Tip).where(Tip.id == whistle.tip_id)
    return WhistleFile(
        whistle,
        session.get_one(Site, (whistle.county, whistle.site_id)),
        session.scalars(seen).one_or_none() if whistle.tip_id else None,
        _names(session, Area, whistle.county, [whistle.township_id]).get(whistle.township_id, ""),
        _names(session, Person, whistle.county, [whistle.blown_by_id]).get(whistle.blown_by_id, ""),
        [
            Call(call, department, comer or "", call.is_late(whistle, now))
            for call, department, comer in session.execute(query)
        ],
    )


def list_whistles(session: Session, person: Person, now: datetime) -> list[WhistleRow]:
    """Those that the person may see: what is open first, then the newest."""
    waits = and_(
        WhistleDepartment.state == AnswerState.WAITING,
        Whistle.state == WhistleState.CALLED,
        Whistle.answer_by < now,
    )
    counted = [
        func.count(WhistleDepartment.id),
        func.count().filter(WhistleDepartment.state == AnswerState.ARRIVED),
        func.count().filter(WhistleDepartment.state == AnswerState.REFUSED),
        func.count().filter(waits),
    ]
    query = (
        visible(person, Whistle)
        .join(Site, and_(Site.county == Whistle.county, Site.id == Whistle.site_id))
        .join(Person, and_(Person.county == Whistle.county, Person.id == Whistle.blown_by_id))
        .outerjoin(Area, and_(Area.county == Whistle.county, Area.id == Whistle.township_id))
        .outerjoin(
            WhistleDepartment,
            and_(WhistleDepartment.county == Whistle.county, WhistleDepartment.whistle_id == Whistle.id),
        )
        .group_by(Whistle.county, Whistle.id, Site.name, Area.name, Person.name)
        .order_by(case((Whistle.state == WhistleState.CALLED, 0), else_=1), Whistle.starts_at.desc(), Whistle.id)
        .limit(MOST)
        .with_only_columns(Whistle, Site.name, func.coalesce(Area.name, ""), Person.name, *counted)
    )
    return [WhistleRow._make(row) for row in session.execute(query)]


def own_calls(session: Session, person: Person, now: datetime) -> list[OwnCall]:
    """The calls of the person's department, of all for a dispatcher; those that wait first."""
    require(person, "whistle.answer")
    from .whistling import comers  # whistling fetches by this module's tables

    query = visible(person, WhistleDepartment)
    if not person.has(Role.DISPATCHER):
        query = query.where(WhistleDepartment.department_id == person.department_id)
    rows = session.execute(
        query.join(
            Whistle, and_(Whistle.county == WhistleDepartment.county, Whistle.id == WhistleDepartment.whistle_id)
        )
        .join(
            Department,
            and_(Department.county == Whistle.county, Department.id == WhistleDepartment.department_id),
        )
        .order_by(case((Whistle.state == WhistleState.CALLED, 0), else_=1), Whistle.starts_at.desc())
        .limit(MOST)
        .with_only_columns(WhistleDepartment, Whistle, Department.name)
    ).all()
    areas = _names(session, Area, person.county, (whistle.township_id for _, whistle, _ in rows))
    acting = [each for call, whistle, _ in rows for each in (whistle.blown_by_id, call.person_id)]
    people = _names(session, Person, person.county, acting)

    def own(call: WhistleDepartment, whistle: Whistle, department: str) -> OwnCall:
        has_arrived = call.state is AnswerState.ARRIVED
        is_open = whistle.state is WhistleState.CALLED
        return OwnCall(
            call,
            whistle,
            department,
            areas.get(whistle.township_id, ""),
            people.get(whistle.blown_by_id, ""),
            session.get(Site, (call.county, whistle.site_id)) if has_arrived else None,
            comers(session, call.county, call.department_id) if is_open and not has_arrived else [],
            people.get(call.person_id, ""),
            call.is_late(whistle, now),
            is_open and call.state is AnswerState.ACCEPTED and china_day(whistle.starts_at) <= china_day(now),
        )

    return [own(*row) for row in rows]


def _is_of(model: Any, column: Any) -> Any:
    return and_(model.county == WhistleDepartment.county, model.id == column)


def _names(
    session: Session, model: type[Area] | type[Person], county: str, ids: Iterable[UUID | None]
) -> dict[UUID | None, str]:
    wanted = {each for each in ids if each}
    query = select(model.id, model.name).where(model.county == county, model.id.in_(wanted))
    return {row.id: row.name for row in session.execute(query)} if wanted else {}
