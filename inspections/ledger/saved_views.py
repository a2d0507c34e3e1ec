"""Saved views: a question to the ledger under a name, for oneself or for everyone in the county."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..access import require
from ..casework.drafting import CONTROLS
from ..db import CountyRow, Model, Recorded, in_county
from ..errors import Forbidden, Invalid, NotFound, say
from ..registry.people import Person

LONGEST_NAME = 40
MOST_VIEWS = 50
# What a question may hold besides filters; the page isn't kept, it means something else tomorrow
KEPT = ("q", "sort", "group")


class SavedView(CountyRow, Recorded, Model):
    """`question` is the address's parameters, each a list of texts. Whoever removes a view can have it back."""

    __tablename__ = "saved_views"
    __table_args__ = (
        in_county("person_id", "people"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint("not (is_default and is_shared)", name="own_default"),
        Index("ix_saved_views_county_person_id", "county", "person_id"),
        Index(
            "uq_saved_views_default",
            "county",
            "person_id",
            unique=True,
            postgresql_where=text("is_default and removed_at is null"),
        ),
    )

    person_id: Mapped[UUID]
    name: Mapped[str]
    question: Mapped[dict[str, Any]]
    is_shared: Mapped[bool] = mapped_column(server_default="false")
    is_default: Mapped[bool] = mapped_column(server_default="false")
    removed_at: Mapped[datetime | None]


class Opened(NamedTuple):
    """A view's question as it can be asked today, and the names of conditions that are known no longer."""

    view: SavedView
    question: dict[str, list[str]]
    unknown: list[str]


def list_views(session: Session, person: Person) -> Sequence[SavedView]:
    """One's own and the county's shared ones, by name."""
    query = select(SavedView).where(
        SavedView.county == person.county,
        SavedView.removed_at.is_(None),
        or_(SavedView.person_id == person.id, SavedView.is_shared),
    )
    return session.scalars(query.order_by(SavedView.is_shared, SavedView.name, SavedView.id)).all()


def default_view(session: Session, person: Person) -> SavedView | None:
    """What the person's ledger begins with, if something else than all that is open."""
    return next((view for view in list_views(session, person) if view.is_default), None)


def open_view(session: Session, person: Person, view_id: UUID, known: Sequence[str]) -> Opened:
    """The question of a view. Conditions that aren't `known` are left out and named."""
    view = next((each for each in list_views(session, person) if each.id == view_id), None)
    if view is None:
        raise NotFound
    asked = {key: [str(value) for value in values] for key, values in view.question.items()}
    usable = {key: values for key, values in asked.items() if key in (*KEPT, *known)}
    return Opened(view, usable, sorted(asked.keys() - usable.keys()))


def save_view(
    session: Session,
    person: Person,
    name: str,
    question: Mapping[str, list[str]],
    known: Sequence[str],
    *,
    is_shared: bool = False,
) -> SavedView:
    """Keep a question. Raises Invalid for a name that is empty, too long or taken by another of the person's."""
    if is_shared:
        require(person, "view.share")
    own = [view for view in list_views(session, person) if view.person_id == person.id]
    if len(own) >= MOST_VIEWS:
        raise Invalid({"name": say("最多保存 {n} 个视图，请先删去不用的", n=MOST_VIEWS)})
    kept = {key: list(values)[:100] for key, values in question.items() if key in (*KEPT, *known) and any(values)}
    view = SavedView(
        county=person.county, person_id=person.id, name=_name(name, own), question=kept, is_shared=is_shared
    )
    session.add(view)
    session.flush()
    if is_shared:
        events.record(session, person, "share", view, name=view.name)
    return view


def rename_view(session: Session, person: Person, view_id: UUID, name: str) -> SavedView:
    """Only by who made it. Raises Invalid as `save_view`."""
    view = _own(session, person, view_id)
    others = [each for each in list_views(session, person) if each.person_id == person.id and each.id != view.id]
    view.name = _name(name, others)
    return view


def begin_with(session: Session, person: Person, view_id: UUID | None) -> None:
    """Let the person's ledger begin with a view of one's own, or with all that is open."""
    session.execute(
        update(SavedView)
        .where(SavedView.county == person.county, SavedView.person_id == person.id, SavedView.is_default)
        .values(is_default=False)
    )
    if view_id is None:
        return
    view = _own(session, person, view_id)
    if view.is_shared:
        raise Invalid({"view": say("共享的视图不能设为默认，请先另存为自己的")})
    view.is_default = True
    session.flush()


def remove_view(session: Session, person: Person, view_id: UUID, now: datetime) -> SavedView:
    view = _own(session, person, view_id)
    view.removed_at, view.is_default = now, False
    session.flush()
    return view


def restore_view(session: Session, person: Person, view_id: UUID) -> SavedView:
    """Take a removal back."""
    query = select(SavedView).where(
        SavedView.county == person.county, SavedView.person_id == person.id, SavedView.id == view_id
    )
    view = session.scalars(query).one_or_none()
    if view is None:
        raise NotFound
    view.removed_at = None
    session.flush()
    return view


def _own(session: Session, person: Person, view_id: UUID) -> SavedView:
    view = next((each for each in list_views(session, person) if each.id == view_id), None)
    if view is None:
        raise NotFound
    if view.person_id != person.id:
        raise Forbidden(say("这是别人共享的视图，只能由保存的人修改"))
    return view


def _name(text: str, others: Sequence[SavedView]) -> str:
    name = CONTROLS.sub("", text).replace("\n", " ").strip()
    if not name:
        raise Invalid({"name": say("请给视图起个名字")})
    if len(name) > LONGEST_NAME:
        raise Invalid({"name": say("最多 {n} 字，现在 {m} 字", n=LONGEST_NAME, m=len(name))})
    if any(each.name == name for each in others):
        raise Invalid({"name": say("您已有同名的视图，请换一个名字")})
    return name
