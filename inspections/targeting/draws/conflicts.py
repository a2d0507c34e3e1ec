"""Conflicts of interest: whom an officer may not inspect, declared by the officer or entered by the office."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Index, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ... import events
from ...access import get, require, visible
from ...db import CountyRow, Model, in_county
from ...errors import Conflict, Invalid, Message, say
from ...registry.imports.tables import clean
from ...registry.people import Person, PersonRole, Role
from ...registry.site_facts import plain_text, word_of
from ...registry.sites import Site, SiteKind
from ...vocabulary import Choice, choice

LONGEST_NOTE = 200
MOST_FOUND = 50


class Ground(Choice):
    RELATIVE = "relative", say("近亲属在该单位")
    EMPLOYED = "employed", say("曾在该单位任职")
    CHILD = "child", say("子女在该单位就读")
    MONEY = "money", say("有投资或借贷往来")
    OTHER = "other", say("其他可能影响公正的关系")


class OfficerConflict(CountyRow, Model):
    """Holds from `declared_at` until `ended_at`. `note` is for the office alone."""

    __tablename__ = "officer_conflicts"
    __table_args__ = (
        in_county("person_id", "people"),
        in_county("site_id", "sites"),
        in_county("declared_by_id", "people"),
        in_county("ended_by_id", "people"),
        Index(
            "uq_officer_conflicts_standing",
            "county",
            "person_id",
            "site_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )

    person_id: Mapped[UUID]
    site_id: Mapped[UUID]
    ground: Mapped[Ground] = mapped_column(choice(Ground, "ground"))
    note: Mapped[str] = mapped_column(server_default="")
    declared_at: Mapped[datetime]
    declared_by_id: Mapped[UUID]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None]


class ConflictRow(NamedTuple):
    conflict: OfficerConflict
    person: str
    site: str


def declare(session: Session, person: Person, form: Mapping[str, Any], now: datetime) -> OfficerConflict:
    """Keep an officer (`person_id`) out of a site (`site_id`). Raises Invalid, and Conflict where it stands."""
    require(person, "draw.make")
    problems: dict[str, Message] = {}
    officer = _found(session, person, Person, form.get("person_id"))
    site = _found(session, person, Site, form.get("site_id"))
    ground = word_of(Ground, str(form.get("ground", "")))
    if officer is None:
        problems["person_id"] = say("请选择人员")
    if site is None:
        problems["site_id"] = say("请选择点位")
    if ground is None:
        problems["ground"] = say("请选择是什么关系")
    note = plain_text(str(form.get("note", ""))[: LONGEST_NOTE * 2], LONGEST_NOTE)
    if problems or officer is None or site is None or ground is None:
        raise Invalid(problems)
    known = select(OfficerConflict.id).where(
        OfficerConflict.county == person.county,
        OfficerConflict.person_id == officer.id,
        OfficerConflict.site_id == site.id,
        OfficerConflict.ended_at.is_(None),
    )
    if session.scalars(known).first():
        raise Conflict(say("这一条已经登记过了"))
    row = OfficerConflict(
        county=person.county, person_id=officer.id, site_id=site.id, ground=ground, note=note, declared_at=now,
        declared_by_id=person.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    events.record(session, person, "declare", row, site_id=str(site.id), person_id=str(officer.id))
    return row


def end_conflict(session: Session, person: Person, conflict_id: UUID, now: datetime) -> None:
    require(person, "draw.make")
    row = get(session, person, OfficerConflict, conflict_id)
    session.refresh(row, with_for_update=True)
    if row.ended_at:
        raise Conflict(say("这一条已经解除"))
    row.ended_at, row.ended_by_id = now, person.id
    session.flush()
    events.record(session, person, "end", row)


def list_conflicts(session: Session, person: Person) -> Sequence[ConflictRow]:
    """Those that stand, the newest first."""
    require(person, "draw.see")
    query = (
        select(OfficerConflict, Person.name, Site.name)
        .join(Person, (Person.county == OfficerConflict.county) & (Person.id == OfficerConflict.person_id))
        .join(Site, (Site.county == OfficerConflict.county) & (Site.id == OfficerConflict.site_id))
        .where(OfficerConflict.county == person.county, OfficerConflict.ended_at.is_(None))
        .order_by(OfficerConflict.declared_at.desc(), OfficerConflict.id)
    )
    return [ConflictRow(*row) for row in session.execute(query)]


def list_officers(session: Session, person: Person) -> Sequence[Person]:
    """Active people who can be drawn, by name."""
    require(person, "draw.see")
    able = select(PersonRole.person_id).where(
        PersonRole.county == person.county, PersonRole.role.in_((Role.INSPECTOR, Role.ENFORCER))
    )
    query = select(Person).where(Person.county == person.county, Person.is_active, Person.id.in_(able))
    return session.scalars(query.order_by(Person.name, Person.id)).all()


def find_sites(session: Session, person: Person, words: str) -> Sequence[Site]:
    """Sites that have the words in their names; none for no words."""
    require(person, "draw.see")
    if not words:
        return []
    query = visible(person, Site).where(Site.kind != SiteKind.SUSPECTED)
    for word in clean(words)[:60].split():
        query = query.where(func.strpos(Site.name, word) > 0)
    return session.scalars(query.order_by(Site.name, Site.id).limit(MOST_FOUND)).all()


def _found(session: Session, person: Person, model: Any, given: Any) -> Any:
    try:
        return session.get(model, (person.county, UUID(str(given))))
    except ValueError:
        return None
