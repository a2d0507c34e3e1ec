"""Conflicts about a site: two people changed one field to different values. A person chooses; both are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, and_, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..db import CountyRow, Model, in_county
from ..errors import Conflict, Invalid, say
from ..events import Event
from ..vocabulary import Choice, choice
from .people import Person
from .site_facts import as_text, read_changes
from .sites import Site

if TYPE_CHECKING:
    from .site_edits import SiteEdit

LONGEST_REASON = 500


class SiteField(Choice):
    """What of a site can be edited by several people at once."""

    NAME = "name", say("名称")
    ADDRESS = "address", say("地址")
    PERSON_IN_CHARGE = "person_in_charge", say("负责人")
    PHONE = "phone", say("电话")
    CATEGORY = "category", say("类别")
    OWNERSHIP = "ownership", say("办学性质")
    PREMISES = "premises", say("处所")
    PUPILS = "pupils", say("学生数")
    STAFF = "staff", say("教职工数")
    REMARK = "remark", say("备注")


class Settlement(Choice):
    CURRENT = "current", say("保留原来的")
    OFFERED = "offered", say("改用新的")
    OTHER = "other", say("两个都不对，另填")


class SiteConflict(CountyRow, Model):
    """One field of one edit. `current` stood there when the edit came, by `current_event_id` if known; `offered`
    is the edit's value, `base` what its author had seen. Values are as a form shows them.
    """

    __tablename__ = "site_conflicts"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("edit_id", "site_edits"),
        in_county("current_event_id", "events"),
        in_county("settled_by_id", "people"),
        UniqueConstraint("county", "edit_id", "field"),
        Index("ix_site_conflicts_county_site_id", "county", "site_id"),
    )

    site_id: Mapped[UUID]
    edit_id: Mapped[UUID]
    field: Mapped[SiteField] = mapped_column(choice(SiteField, "field"))
    base: Mapped[str | None]
    current: Mapped[str]
    current_event_id: Mapped[UUID | None]
    offered: Mapped[str]
    raised_at: Mapped[datetime]
    settlement: Mapped[Settlement | None] = mapped_column(choice(Settlement, "settlement"))
    settled_value: Mapped[str | None]
    settled_by_id: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class Deed(NamedTuple):
    """Who gave a field the value that it had, when, and in which check."""

    id: UUID
    at: datetime
    person: str | None
    check_id: UUID | None


@dataclass(frozen=True)
class ConflictPage:
    """`now` is the field's value today; it may have moved on since the conflict arose."""

    conflict: SiteConflict
    site: Site
    edit: "SiteEdit"
    author: Person
    deed: Deed | None
    now: str
    settled_by: Person | None


def last_deed(session: Session, site: Site, name: str, event_id: UUID | None = None) -> Deed | None:
    """What last changed a field, else what put the site on the map; or the deed of a given event."""
    changed = and_(Event.verb.in_(("edit", "settle")), Event.detail["now"].has_key(name))
    made = Event.verb.in_(("add", "report"))
    query = (
        select(Event, Person.name)
        .outerjoin(Person, (Person.county == Event.county) & (Person.id == Event.person_id))
        .where(Event.county == site.county, Event.subject_id == site.id, or_(changed, made))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(1)
    )
    if event_id is not None:
        query = query.where(Event.id == event_id)
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    event, person = row
    check = event.detail.get("check")
    return Deed(event.id, event.at, person, UUID(check) if check else None)


def read_conflict(session: Session, person: Person, conflict_id: UUID) -> ConflictPage:
    """A conflict at a site that the person may see, else `NotFound`."""
    from ..access import get  # access knows this module's table
    from .site_edits import SiteEdit

    conflict = get(session, person, SiteConflict, conflict_id)
    site = session.get_one(Site, (conflict.county, conflict.site_id))
    edit = session.get_one(SiteEdit, (conflict.county, conflict.edit_id))
    event_id, settled_by = conflict.current_event_id, conflict.settled_by_id
    return ConflictPage(
        conflict,
        site,
        edit,
        session.get_one(Person, (conflict.county, edit.person_id)),
        last_deed(session, site, conflict.field.value, event_id) if event_id else None,
        as_text(getattr(site, conflict.field.value)),
        session.get(Person, (conflict.county, settled_by)) if settled_by else None,
    )


def settle(
    session: Session,
    person: Person,
    conflict_id: UUID,
    settlement: str,
    *,
    seen: str,
    value: str = "",
    reason: str = "",
    now: datetime,
) -> SiteConflict:
    """Choose a value, with a reason. `seen` is the site's value that the person was shown.

    Raises `Invalid`, `Forbidden`, `NotFound`, and `Conflict` where the value has changed since or all is settled.
    """
    from ..access import get, require

    require(person, "conflict.decide")
    conflict = get(session, person, SiteConflict, conflict_id)
    site = session.get_one(Site, (conflict.county, conflict.site_id), with_for_update=True, populate_existing=True)
    name = conflict.field.value
    if conflict.settlement is not None:
        raise Conflict(say("这一处已经有人决定了，请刷新页面"))
    if as_text(getattr(site, name)) != seen:
        raise Conflict(say("这一项刚才又有人改过，请刷新页面再决定"))
    chosen = next((each for each in Settlement if each == settlement), None)
    if chosen is None:
        raise Invalid({"settlement": say("请选择用哪一个值")})
    if not reason.strip():
        raise Invalid({"reason": say("请写明理由，会记入这个点位的历史")})
    text = {Settlement.CURRENT: seen, Settlement.OFFERED: conflict.offered, Settlement.OTHER: value}[chosen]
    parsed = _parsed(site, name, text)
    setattr(site, name, parsed)
    conflict.settlement, conflict.settled_value = chosen, as_text(parsed)
    conflict.settled_by_id, conflict.settled_at = person.id, now
    conflict.reason = reason.strip()[:LONGEST_REASON]
    events.record(
        session,
        person,
        "settle",
        site,
        was={name: seen},
        now={name: conflict.settled_value},
        conflict=str(conflict.id),
        reason=conflict.reason,
    )
    session.flush()
    return conflict


def _parsed(site: Site, name: str, text: str) -> object:
    try:
        return read_changes(site.kind, {name: text})[name]
    except Invalid as error:
        raise Invalid({"value": error.fields.get(name, error.message)}) from None
