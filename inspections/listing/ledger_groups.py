"""The ledger in groups with subtotals, counted in the same pass as the filters beside the list."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from ..errors import Message
from ..ledger.tally import DAY_ZERO, Mask, Tally, tally
from ..registry.people import Person
from .ledger import LEDGER
from .listing import TODAY, Filter, Question, fitting

# By filter, the field it counts. The figures of a group are lists of the same filters.
GROUPS = {
    "township": "township",
    "department": "department",
    "lead": "lead",
    "officer": "officer",
    "state": "state",
    "kind": "site_kind",
    "source": "check_kind",
    "item": "item",
}
# Each figure of a group and the conditions that its list adds to the group's own
FIGURES: dict[str, Mapping[str, str]] = {
    "all": {},
    "overdue": {"urgency": "overdue"},
    "week": {"urgency": "week"},
    "undated": {"urgency": "undated"},
    "suspended": {"urgency": "suspended"},
}


class Group(NamedTuple):
    """`value` chooses it in its filter. `oldest` is the age in days of its oldest open item."""

    value: str
    label: Message | str
    figures: dict[str, int]
    oldest: int | None


class Grouped(NamedTuple):
    key: str
    label: Message
    groups: list[Group]
    total: Group


def grouped(session: Session, person: Person, question: Question, key: str) -> Grouped:
    """All that a question finds, by the values of one filter; the largest group first."""
    each = next(each for each in LEDGER.filters if each.key == key)
    counted = tally(session, fitting(person, LEDGER, question), TODAY)
    groups = _groups(counted, GROUPS[key], _names(session, person, each))
    whole = np.ones(counted.total, dtype=bool)
    total = Group("", "", _figures(counted, whole), _oldest(counted, whole))
    return Grouped(key, each.label, groups, total)


def _names(session: Session, person: Person, each: Filter) -> dict[str, Message | str]:
    pairs: Any = each.words or (each.options(session, person) if each.options else ())
    return dict(pairs)


def _groups(counted: Tally, field: str, names: Mapping[str, Message | str]) -> list[Group]:
    column = counted.column(field)
    values = {counted.word(field, no): column == no for no in np.unique(column).tolist()}
    made = [
        Group(value, names.get(value, value), _figures(counted, among), _oldest(counted, among))
        for value, among in values.items()
    ]
    return sorted(made, key=lambda group: (-group.figures["all"], str(group.label)))


def _figures(counted: Tally, among: Mask) -> dict[str, int]:
    marks = {name: int((counted.urgency[name] & among).sum()) for name in FIGURES if name != "all"}
    return {"all": int(among.sum()), **marks}


def _oldest(counted: Tally, among: Mask) -> int | None:
    days = counted.column("found")[counted.is_open & among]
    return int((counted.today - DAY_ZERO).days - days.min()) if len(days) else None
