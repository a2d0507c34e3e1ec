"""A figure: what is counted, in which columns, and one query for the number and for the records behind it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import Session

from ...errors import Message
from .selection import Selection

Conditions = tuple[Any, ...]


@dataclass(frozen=True)
class Split:
    """A column of a figure: those of its records that meet the conditions."""

    key: str
    label: Message
    only: Conditions = ()


@dataclass(frozen=True)
class Figure:
    """One row of a table.

    `found` gives the records of a selection that meet further conditions, as a query of `id` and `n`: what each
    counts for. A cell is the sum of `n` over that query and its list is that query, so the two can't differ.
    `listed` is the name of the list that shows the records.
    """

    key: str
    label: Message
    unit: Message
    listed: str
    found: Callable[[Selection, Conditions], Select[Any]]
    splits: tuple[Split, ...]

    @property
    def cells(self) -> "list[Cell]":
        return [Cell(self, split) for split in self.splits]


class Cell(NamedTuple):
    figure: Figure
    split: Split

    @property
    def key(self) -> str:
        return f"{self.figure.key}.{self.split.key}"

    def found(self, selection: Selection) -> Select[Any]:
        return self.figure.found(selection, self.split.only)


class Behind(NamedTuple):
    """A record behind a cell and what it counts for."""

    id: UUID
    n: int


def cells_of(figures: Iterable[Figure]) -> list[Cell]:
    return [cell for figure in figures for cell in figure.cells]


def count(session: Session, selection: Selection, figures: Sequence[Figure]) -> dict[str, int]:
    """Each cell of some figures, by its key. One statement, so that all see the same state of the county."""
    numbers = []
    for cell in cells_of(figures):
        found = cell.found(selection).subquery()
        total = select(func.coalesce(func.sum(found.c.n), 0)).scalar_subquery()
        numbers.append(total.label(cell.key))
    row = session.execute(select(*numbers)).one()
    return {key: int(value) for key, value in row._mapping.items()}


def behind(session: Session, selection: Selection, figures: Sequence[Figure]) -> dict[str, list[Behind]]:
    """The records of each cell, by its key and in the order of their ids; one statement as well."""
    lists = []
    for cell in cells_of(figures):
        found = cell.found(selection).subquery()
        record = func.jsonb_build_array(found.c.id, found.c.n)
        every = func.jsonb_agg(aggregate_order_by(record, found.c.id))
        lists.append(select(func.coalesce(every, cast([], JSONB))).scalar_subquery().label(cell.key))
    row = session.execute(select(*lists)).one()
    return {key: [Behind(UUID(number), n) for number, n in found] for key, found in row._mapping.items()}


def sums(records: Mapping[str, Sequence[Behind]]) -> dict[str, int]:
    """The cells that some records make."""
    return {key: sum(each.n for each in found) for key, found in records.items()}
