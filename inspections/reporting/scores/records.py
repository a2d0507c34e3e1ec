"""The records behind a number of a bulletin or a score, by names that a person can follow."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, null, select
from sqlalchemy.orm import Session

from ...access import own_township, require
from ...casework.findings import Finding
from ...casework.orders import Order
from ...casework.penalties import Penalty
from ...casework.steps import Step
from ...errors import NotFound
from ...field.checks import Check
from ...intake.tips import Tip
from ...registry.people import Person
from ...registry.sites import Site
from ..figures import Cell, Selection
from ..figures.work import CELLS, records_of

MOST_SHOWN = 500


class Named(NamedTuple):
    """One record. `site_id` leads to its file, where it has one."""

    id: UUID
    text: str
    site: str | None
    site_id: UUID | None
    n: int


class Records(NamedTuple):
    """The records of a cell, the first of them by name; `total` is what the cell says."""

    cell: Cell
    selection: Selection
    total: int
    shown: list[Named]
    more: int


def read_records(session: Session, person: Person, text: str, key: str) -> Records:
    """What is behind a cell of a question as an address has it. Raises NotFound for a question of others."""
    require(person, "score.see")
    try:
        selection = Selection.parse(text)
    except ValueError:
        raise NotFound from None
    own = own_township(person)
    if selection.county != person.county or key not in CELLS:
        raise NotFound
    if own is not None and str(selection.township_id) not in own:
        raise NotFound
    behind = {each.id: each.n for each in records_of(session, selection, key)}
    ids = sorted(behind)[:MOST_SHOWN]
    cell = CELLS[key]
    shown = [
        each._replace(n=behind[each.id]) for each in named_of(session, selection.county, cell.figure.listed, ids)
    ]
    return Records(cell, selection, sum(behind.values()), shown, len(behind) - len(ids))


_TABLES: dict[str, tuple[Any, Any]] = {
    "checks": (Check, Check.summary),
    "findings": (Finding, Finding.text),
    "orders": (Order, Order.number_text),
    "tips": (Tip, Tip.code),
    "penalties": (Penalty, Penalty.reference),
}


def named_of(
    session: Session, county: str, listed: str, ids: list[UUID], townships: list[str] | None = None
) -> list[Named]:
    """Records of a list by name; where `townships` are given, those at sites of theirs alone."""
    query = _query(listed, county, ids)
    if townships is not None:
        query = query.where(Site.township_id.in_([UUID(each) for each in townships]))
    rows = session.execute(query).all()
    return [Named(number, str(text or "—"), site, site_id, 1) for number, text, site, site_id in rows]


def _query(listed: str, county: str, ids: list[UUID]) -> Any:
    """Id, words, site and its id of some records."""
    if listed == "sites":
        sites = select(Site.id, Site.name, null(), Site.id.label("site_id"))
        return sites.where(Site.county == county, Site.id.in_(ids)).order_by(Site.name)
    if listed == "steps":
        steps = select(Step.id, Finding.text, Site.name, Site.id.label("site_id"))
        steps = steps.join(Finding, and_(Finding.county == Step.county, Finding.id == Step.finding_id))
        steps = steps.join(Site, and_(Site.county == Finding.county, Site.id == Finding.site_id))
        return steps.where(Step.county == county, Step.id.in_(ids)).order_by(Site.name)
    table, words = _TABLES[listed]
    query = select(table.id, words, Site.name, table.site_id).outerjoin(
        Site, and_(Site.county == table.county, Site.id == table.site_id)
    )
    return query.where(table.county == county, table.id.in_(ids)).order_by(Site.name, table.id)
