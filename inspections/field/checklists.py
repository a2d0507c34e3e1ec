"""Checklists and their items, in versions. A version that was published never changes; a draft is no list yet."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import (
    ARRAY,
    CHAR,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..db import Model
from ..errors import say
from ..registry.departments import DepartmentKind
from ..vocabulary import Choice, choice

OWN_CODE = re.compile(r"(\d{6})-")
NAMESPACE = UUID("6f0a2c1e-5d0b-5a53-9c0e-6b1d2f7a4c31")


class ListState(Choice):
    """A withdrawn version without `valid_from` is a draft that was given up and can be fetched back."""

    DRAFT = "draft", say("草稿")
    PUBLISHED = "published", say("已发布")
    WITHDRAWN = "withdrawn", say("已停用")


class Checklist(Model):
    """One version of a numbered list of what a check looks at.

    A national list has no `county` and is the same for all; a county's own carries the county in its code too
    ("361129-fire"), so that no code means two lists. New checks use the version that is published and in force:
    from `valid_from` until the day before `valid_to`. `site_kinds` and `check_kinds` say where a phone proposes
    it; empty is everywhere.
    """

    __tablename__ = "checklists"
    __table_args__ = (
        CheckConstraint("county is not distinct from substring(code from '^([0-9]{6})-')", name="own_code"),
        CheckConstraint("state <> 'published' or valid_from is not null", name="published_from"),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index("uq_checklists_draft", "code", unique=True, postgresql_where=text("state = 'draft'")),
        Index(
            "uq_checklists_open_ended",
            "code",
            unique=True,
            postgresql_where=text("state = 'published' and valid_to is null"),
        ),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    county: Mapped[str | None] = mapped_column(CHAR(6), ForeignKey("counties.code"))
    state: Mapped[ListState] = mapped_column(choice(ListState, "state"), server_default="published")
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str] = mapped_column(server_default="")
    site_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    check_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    edited_at: Mapped[datetime] = mapped_column(server_default=func.now())

    items: Mapped[list["ChecklistItem"]] = relationship(
        order_by="ChecklistItem.position", lazy="selectin", cascade="all, delete-orphan"
    )

    @property
    def id(self) -> UUID:
        """Of the list, whatever the version: what is done to it is found under this in the history."""
        return uuid5(NAMESPACE, self.code)

    @property
    def is_national(self) -> bool:
        return self.county is None

    @property
    def short_code(self) -> str:
        """The code as people of the county say it."""
        return OWN_CODE.sub("", self.code, count=1)

    @property
    def is_settled(self) -> bool:
        """Whether it was ever published: such a version can be answered for ever, and never changes."""
        return self.state is not ListState.DRAFT and self.valid_from is not None

    def is_in_force(self, day: date) -> bool:
        return (
            self.state is ListState.PUBLISHED
            and self.valid_from is not None
            and self.valid_from <= day
            and (self.valid_to is None or day < self.valid_to)
        )


class ChecklistItem(Model):
    """One item of a version of a checklist; answers name its `code`, and later versions keep it.

    It is asked at sites of its `kinds` (empty: of all); `proof` says what to bring along where it is not met.
    `department` is whose matter it is on a joint sheet 综合查一次; none on a list for one department.
    """

    __tablename__ = "checklist_items"
    __table_args__ = (
        ForeignKeyConstraint(["checklist_code", "checklist_version"], ["checklists.code", "checklists.version"]),
        CheckConstraint(
            "county is not distinct from substring(checklist_code from '^([0-9]{6})-')", name="own_code"
        ),
    )

    checklist_code: Mapped[str] = mapped_column(primary_key=True)
    checklist_version: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    county: Mapped[str | None] = mapped_column(CHAR(6), ForeignKey("counties.code"))
    position: Mapped[int]
    section: Mapped[str]
    section_en: Mapped[str] = mapped_column(server_default="")
    text: Mapped[str]
    text_en: Mapped[str] = mapped_column(server_default="")
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    department: Mapped[DepartmentKind | None] = mapped_column(choice(DepartmentKind, "department"))
    proof: Mapped[str] = mapped_column(server_default="")
    proof_en: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str] = mapped_column(server_default="")


def county_of(code: str) -> str | None:
    """Whose list a code names; None for a national one."""
    found = OWN_CODE.match(code)
    return found[1] if found else None


def list_checklists(session: Session, county: str, day: date) -> Sequence[Checklist]:
    """What new checks of a day may use, with items: national lists first, and of each kind the most general."""
    bounds = func.cardinality(Checklist.site_kinds) + func.cardinality(Checklist.check_kinds)
    return session.scalars(
        select(Checklist)
        .where(
            _readable(county),
            Checklist.state == ListState.PUBLISHED,
            Checklist.valid_from <= day,
            or_(Checklist.valid_to.is_(None), Checklist.valid_to > day),
        )
        .order_by(Checklist.county.nulls_first(), bounds, Checklist.code)
    ).all()


def find_checklist(session: Session, code: str, version: int) -> Checklist | None:
    return session.get(Checklist, (code, version))


class ItemWords(NamedTuple):
    """What a finding takes from the item that was not met."""

    text: str
    department: DepartmentKind | None


_words: dict[tuple[str, int], dict[str, ItemWords]] = {}


def item_words(session: Session, county: str, code: str, version: int) -> dict[str, ItemWords] | None:
    """The words and the department of each item by its code, None where the county has no such list or it is a
    draft.

    Read once: a version that was published never changes.
    """
    if county_of(code) not in (None, county):
        return None
    if (code, version) not in _words:
        found = find_checklist(session, code, version)
        if found is None or not found.is_settled:
            return None
        words = {item.code: ItemWords(item.text, item.department) for item in found.items}
        _words[code, version] = words
    return _words[code, version]


def _readable(county: str) -> ColumnElement[bool]:
    return or_(Checklist.county.is_(None), Checklist.county == county)
