"""Checklists and their items. A published version never changes."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ForeignKeyConstraint, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..db import Model


class Checklist(Model):
    """A numbered list of what a check looks at. Reference data: the same for every county."""

    __tablename__ = "checklists"

    code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    title_en: Mapped[str]
    source: Mapped[str]
    valid_from: Mapped[date]

    items: Mapped[list["ChecklistItem"]] = relationship(order_by="ChecklistItem.position", lazy="selectin")


class ChecklistItem(Model):
    """One item of a version of a checklist; answers name its `code`."""

    __tablename__ = "checklist_items"
    __table_args__ = (
        ForeignKeyConstraint(["checklist_code", "checklist_version"], ["checklists.code", "checklists.version"]),
    )

    checklist_code: Mapped[str] = mapped_column(primary_key=True)
    checklist_version: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    section: Mapped[str]
    section_en: Mapped[str]
    text: Mapped[str]
    text_en: Mapped[str]


def list_checklists(session: Session) -> Sequence[Checklist]:
    """The newest version of each list, with its items."""
    newest = select(Checklist).ext(distinct_on(Checklist.code))
    return session.scalars(newest.order_by(Checklist.code, Checklist.version.desc())).all()


_texts: dict[tuple[str, int], dict[str, str]] = {}


def item_texts(session: Session, code: str, version: int) -> dict[str, str] | None:
    """The words of each item by its code, None where there is no such list. Read once: a version never changes."""
    if (code, version) not in _texts:
        found = find_checklist(session, code, version)
        if found is None:
            return None
        _texts[code, version] = {item.code: item.text for item in found.items}
    return _texts[code, version]


def find_checklist(session: Session, code: str, version: int) -> Checklist | None:
    return session.get(Checklist, (code, version))
