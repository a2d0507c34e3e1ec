"""What a county tells everybody: who may teach, who was caught, and what became of what people reported.

Numbers of a township that are so small that they might point at who reported are not told, nor one that could be
worked out from the others.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..days import CHINA, day_of
from ..intake.tips import Tip, TipState
from ..registry.areas import Area, AreaLevel
from ..registry.imports.tables import clean
from ..registry.public_listings import PublicListing
from ..registry.sites import PublicList, Site, SiteCategory, SiteKind, SiteState

FEWEST = 5  # a township's number below it isn't told
PAGE = 20
LONGEST_SEARCH = 60
SETTLED = (TipState.CONFIRMED, TipState.UNFOUNDED, TipState.TRANSFERRED, TipState.INVALID)


class Counts(NamedTuple):
    """Tips `received` this year, of them `settled` and `confirmed`; and the sites that stand `closed`."""

    year: int
    received: int
    settled: int
    confirmed: int
    closed: int


class TownshipCount(NamedTuple):
    """`received` and `settled` are None where they aren't told."""

    name: str
    received: int | None
    settled: int | None


class Township(NamedTuple):
    id: UUID
    name: str


class Listed(NamedTuple):
    name: str
    category: SiteCategory | None
    township: str
    address: str
    listed_on: date | None


class Page(NamedTuple):
    rows: list[Listed]
    total: int
    number: int

    @property
    def has_next(self) -> bool:
        return self.number * PAGE < self.total


def count_up(session: Session, county: str, now: datetime) -> Counts:
    year, first = _year(now)
    settled, confirmed = _outcome_in(SETTLED), _outcome_in((TipState.CONFIRMED,))
    received, done, true = session.execute(
        _of_year(
            first,
            county,
            func.count(),
            func.count().filter(settled),
            func.count().filter(confirmed),
        )
    ).one()
    closed = select(func.count()).where(
        Site.county == county, Site.kind == SiteKind.SUSPECTED, Site.state == SiteState.CLOSED
    )
    return Counts(year, received, done, true, session.scalar(closed) or 0)


def count_townships(session: Session, county: str, now: datetime) -> list[TownshipCount]:
    """The townships by name, with small numbers left out."""
    _, first = _year(now)
    rows = session.execute(
        _of_year(first, county, Tip.township_id, func.count(), func.count().filter(_outcome_in(SETTLED))).group_by(
            Tip.township_id
        )
    )
    by_township = {township: (received, settled) for township, received, settled in rows}
    names, has_rest = townships(session, county), None in by_township
    counts = {each.id: by_township.get(each.id, (0, 0)) for each in names}
    received = told({key: n for key, (n, _) in counts.items()}, has_rest=has_rest)
    settled = _without_the_last(
        {key: _settled_told(received[key], done) for key, (_, done) in counts.items()}, has_rest=has_rest
    )
    return [TownshipCount(each.name, received[each.id], settled[each.id]) for each in names]


def told(numbers: Mapping[UUID, int], *, has_rest: bool = False) -> dict[UUID, int | None]:
    """The numbers without the small ones. One alone could be worked out from the sum, so a second goes with it.

    `has_rest` says that the sum holds more than these numbers.
    """
    return _without_the_last({key: n if n >= FEWEST else None for key, n in numbers.items()}, has_rest=has_rest)


def _without_the_last(shown: dict[UUID, int | None], *, has_rest: bool) -> dict[UUID, int | None]:
    hidden = [key for key, n in shown.items() if n is None]
    others = [(n, str(key), key) for key, n in shown.items() if n is not None]
    if len(hidden) == 1 and others and not has_rest:
        shown[min(others)[2]] = None
    return shown


def townships(session: Session, county: str) -> list[Township]:
    query = select(Area.id, Area.name).where(Area.county == county, Area.level == AreaLevel.TOWNSHIP)
    return [Township(*row) for row in session.execute(query.order_by(Area.name, Area.id))]


def count_lists(session: Session, county: str) -> dict[PublicList, int]:
    query = select(Site.public_list, func.count()).where(Site.county == county, Site.public_list.is_not(None))
    found = {row[0]: row[1] for row in session.execute(query.group_by(Site.public_list))}
    return {name: found.get(name, 0) for name in PublicList}


def list_sites(
    session: Session,
    county: str,
    which: PublicList,
    words: str = "",
    township_id: UUID | None = None,
    number: int = 1,
) -> Page:
    """A page of one list, the latest first; `words` stand in the name or the address."""
    query: Select = select(Site).where(Site.county == county, Site.public_list == which)
    for word in clean(words)[:LONGEST_SEARCH].split():
        query = query.where(or_(func.strpos(Site.name, word) > 0, func.strpos(Site.address, word) > 0))
    if township_id:
        query = query.where(Site.township_id == township_id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    listing = aliased(PublicListing)
    rows = (
        query.with_only_columns(
            Site.name,
            Site.category,
            func.coalesce(Area.name, ""),
            func.coalesce(Site.address, ""),
            listing.listed_at,
        )
        .outerjoin(Area, (Area.county == Site.county) & (Area.id == Site.township_id))
        .outerjoin(
            listing,
            (listing.county == Site.county) & (listing.site_id == Site.id) & listing.removed_at.is_(None),
        )
        .order_by(listing.listed_at.desc().nulls_last(), Site.name, Site.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    )
    return Page([_listed(*row) for row in session.execute(rows)], total, number)


def _listed(
    name: str, category: SiteCategory | None, township: str, address: str, listed_at: datetime | None
) -> Listed:
    return Listed(name, category, township, address, listed_at and day_of(listed_at))


def _of_year(first: datetime, county: str, *columns: object) -> Select:
    """Tips received since; with what became of the one that each was merged into, as far as it was."""
    master = _MASTER
    return (
        select(*columns)  # type: ignore[call-overload]
        .select_from(Tip)
        .outerjoin(master, (master.county == Tip.county) & (master.id == Tip.master_id))
        .where(Tip.county == county, Tip.received_at >= first)
    )


_MASTER = aliased(Tip)


def _outcome_in(states: Sequence[TipState]) -> ColumnElement[bool]:
    return case((Tip.master_id.is_not(None), _MASTER.state), else_=Tip.state).in_(states)


def _settled_told(received: int | None, settled: int) -> int | None:
    """What is left over may be as telling as what was done."""
    if received is None:
        return None
    return settled if settled >= FEWEST and (received == settled or received - settled >= FEWEST) else None


def _year(now: datetime) -> tuple[int, datetime]:
    year = day_of(now).year
    return year, datetime.combine(date(year, 1, 1), time(), CHINA).astimezone(UTC)
