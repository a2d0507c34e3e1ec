"""Snapshots: a table as it stood, with the records behind each cell, under one hash.

Nothing of it changes afterwards: the app may add snapshots and read them, and no more.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ...db import CountyRow, Model, in_county
from ...evidence.keys import canonical
from . import annex5, identities
from .entries import Words
from .figure import Behind, sums
from .identities import Broken
from .selection import Selection

FORMAT = "annex5/1"


class FigureSnapshot(CountyRow, Model):
    """`content` holds the selection, the cells, the records behind them and the words; `sha256` is over its
    canonical JSON.
    """

    __tablename__ = "figure_snapshots"
    __table_args__ = (
        in_county("township_id", "areas"),
        in_county("zone_id", "zones"),
        in_county("frozen_by_id", "people"),
        CheckConstraint("first_day <= last_day", name="days"),
        Index("ix_figure_snapshots_county_frozen_at", "county", "frozen_at"),
    )

    first_day: Mapped[date]
    last_day: Mapped[date]
    as_of: Mapped[datetime]
    township_id: Mapped[UUID | None]
    zone_id: Mapped[UUID | None]
    frozen_by_id: Mapped[UUID]
    frozen_at: Mapped[datetime]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(CHAR(64))

    @property
    def selection(self) -> Selection:
        return Selection.parse(self.content["selection"])

    @property
    def cells(self) -> dict[str, int]:
        return dict(self.content["cells"])

    @property
    def words(self) -> Words:
        words = self.content["words"]
        return Words(words["unit"], words["filled_by"], words["telephone"], tuple(words["main_problems"]))

    @property
    def place(self) -> str:
        """The name of the township or zone at that time; empty for the county."""
        return str(self.content["place"])

    @property
    def title(self) -> str:
        return str(self.content["title"])

    @property
    def county_name(self) -> str:
        return str(self.content["county"])

    def records(self, key: str) -> list[Behind]:
        return [Behind(UUID(number), n) for number, n in self.content["records"].get(key, [])]

    def recount(self) -> dict[str, int]:
        """The cells once more, from the records that are kept."""
        return sums({key: self.records(key) for key in self.content["records"]})

    def broken(self) -> list[Broken]:
        return identities.check(self.cells)

    def is_whole(self) -> bool:
        """Whether it is still what was frozen: the hash fits, and its records make its cells."""
        return digest(self.content) == self.sha256 and self.recount() == self.cells


class Change(NamedTuple):
    """A cell in two tables, and how many of the records behind it came and went from one to the other."""

    key: str
    before: int
    after: int
    came: int
    went: int


def digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def compare(before: FigureSnapshot, after: FigureSnapshot) -> list[Change]:
    """Each cell that both tables have, in the order of the form."""
    return [
        _change(key, before, after)
        for key in annex5.CELLS
        if key in before.content["cells"] and key in after.content["cells"]
    ]


def _change(key: str, before: FigureSnapshot, after: FigureSnapshot) -> Change:
    was, now = ({each.id for each in snapshot.records(key)} for snapshot in (before, after))
    return Change(key, before.cells[key], after.cells[key], len(now - was), len(was - now))
