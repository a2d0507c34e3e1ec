"""The sites in a phone's bundle: all of them, or those that changed since the phone last asked.

What changed is read from the database itself: every row carries the number of the transaction that wrote it, and a
phone brings back the number below which all were over when it asked. So nothing has to be logged when a site is
written, and no way of writing one can be forgotten (decision 0073).
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
    union,
)
from sqlalchemy.orm import Session

from ..access import own_township, visible
from ..casework.findings import OPEN_STATES, Finding
from ..registry.people import Person
from ..registry.sites import Site
from .checks import Check

SITE_COLUMNS = (
    "id",
    "kind",
    "category",
    "state",
    "name",
    "address",
    "lon",
    "lat",
    "township_id",
    "licence_state",
    "last_visit",
    "open_problems",
    "person_in_charge",
)
TOO_OLD = 1_000_000_000  # transactions; the numbers in rows begin anew after four times as many


class Mark(NamedTuple):
    """Up to where a phone knows the sites. `sites` is how many it then has."""

    database: str
    sees: str
    transaction: int
    sites: int

    def __str__(self) -> str:
        return f"{self.database}.{self.sees}.{self.transaction}.{self.sites}"


class SiteChanges(NamedTuple):
    """`removed` is None where `rows` are all sites. A phone that has not `mark.sites` afterwards asks for all."""

    mark: Mark
    rows: list[list[Any]]
    removed: list[UUID] | None


def read_mark(given: str | None) -> Mark | None:
    parts = (given or "").split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts[2:]):
        return None
    return Mark(parts[0], parts[1], int(parts[2]), int(parts[3]))


def site_changes(session: Session, person: Person, known: Mark | None) -> SiteChanges | None:
    """What the phone that stands at `known` lacks; None where that is nothing."""
    mark = _mark(session, person)  # before the rows are read: what is written meanwhile comes once more next time
    if known is None or not _leads_to(known, mark):
        return SiteChanges(mark, site_rows(session, person), None)
    rows = site_rows(session, person, _changed(person, known))
    removed = list(session.scalars(_out_of_sight(person, known)))
    if rows or removed:
        return SiteChanges(mark, rows, removed)
    # Fewer, and no row to tell which: they were deleted
    return None if known.sites == mark.sites else SiteChanges(mark, site_rows(session, person), None)


def site_rows(session: Session, person: Person, *conditions: ColumnElement[bool]) -> list[list[Any]]:
    """The sites that the person may see, in the order of `SITE_COLUMNS`; positions to 0.1 m, moments in UTC.

    The database writes ids, words and moments as text: for thousands of rows that is half the time.
    """
    return _rows(session, person.county, visible(person, Site).where(*conditions))


def rows_of_sites(session: Session, county: str, site_ids: Sequence[UUID]) -> list[list[Any]]:
    """The same of some sites, for what is sealed for somebody (`sweeps.contents`)."""
    return _rows(session, county, select(Site).where(Site.county == county, Site.id.in_(site_ids)))


def _rows(session: Session, county: str, sites: Select[Site]) -> list[list[Any]]:
    visits = _by_site(Check, func.max(func.least(Check.device_finished_at, Check.received_at)), county)
    problems = _by_site(Finding, func.count(), county, Finding.state.in_(OPEN_STATES))
    rows = session.execute(
        sites.with_only_columns(
            cast(Site.id, Text),
            type_coerce(Site.kind, Text),
            type_coerce(Site.category, Text),
            type_coerce(Site.state, Text),
            Site.name,
            Site.address,
            func.ST_X(Site.location),
            func.ST_Y(Site.location),
            cast(Site.township_id, Text),
            type_coerce(Site.licence_state, Text),
            func.to_char(func.timezone("UTC", visits.c.value), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            func.coalesce(problems.c.value, 0),
            Site.person_in_charge,
        )
        .outerjoin(visits, visits.c.site_id == Site.id)
        .outerjoin(problems, problems.c.site_id == Site.id)
        .order_by(Site.id)
    )
    return [[*row[:6], _degrees(row[6]), _degrees(row[7]), *row[8:]] for row in rows]


def _changed(person: Person, known: Mark) -> ColumnElement[bool]:
    """Written since, or visited since, or with a finding that was written since."""
    beside: Iterable[Any] = (
        select(model.site_id).where(model.county == person.county, _written_since(model, known))
        for model in (Check, Finding)
    )
    return or_(_written_since(Site, known), Site.id.in_(union(*beside)))


def _out_of_sight(person: Person, known: Mark) -> Any:
    seen = visible(person, Site).with_only_columns(Site.id)
    return select(Site.id).where(Site.county == person.county, _written_since(Site, known), Site.id.not_in(seen))


def _written_since(model: Any, known: Mark) -> ColumnElement[bool]:
    wrote: ColumnElement[Any] = literal_column(f"{model.__tablename__}.xmin")
    return func.age(wrote) <= func.age(literal_column(f"'{int(known.transaction)}'::xid8::xid"))


MARK = text(
    "select (pg_control_system()).system_identifier, (pg_control_checkpoint()).timeline_id, "
    "(select oid from pg_database where datname = current_database()), "
    "pg_snapshot_xmin(pg_current_snapshot())::text"
)


def _mark(session: Session, person: Person) -> Mark:
    """A restored or moved database numbers its transactions anew; its phones begin anew as well."""
    *database, transaction = session.execute(MARK).one()
    count = session.scalar(visible(person, Site).with_only_columns(func.count()))
    return Mark(_short(database), _short([own_township(person), person.site_id]), int(transaction), count or 0)


def _leads_to(known: Mark, mark: Mark) -> bool:
    is_near = 0 <= mark.transaction - known.transaction < TOO_OLD
    return is_near and (known.database, known.sees) == (mark.database, mark.sees)


def _short(values: list[Any]) -> str:
    return hashlib.blake2b(repr(values).encode(), digest_size=6).hexdigest()


def _by_site(model: Any, value: ColumnElement[Any], county: str, *conditions: ColumnElement[bool]) -> Any:
    """One value for each site, from rows that point at it."""
    query = select(model.site_id, value.label("value")).where(model.county == county, *conditions)
    return query.group_by(model.site_id).subquery()


def _degrees(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
