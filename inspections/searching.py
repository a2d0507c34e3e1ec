"""The palette's search: a few of everything that a person may see and whose words match."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from .access import visible
from .intake.tips import Tip
from .registry.areas import Area, AreaLevel
from .registry.licences import Licence
from .registry.people import Person
from .registry.site_file import may_see_tips
from .registry.sites import Site, SiteKind

SITES_FOUND, OTHERS_FOUND = 12, 5
LONGEST_SEARCH = 60


class FoundSite(NamedTuple):
    id: UUID
    name: str
    kind: SiteKind
    address: str | None
    township: str | None


class FoundTip(NamedTuple):
    id: UUID
    code: str
    text: str


class FoundTownship(NamedTuple):
    """A township and the box around it, west to north, where its boundary is known."""

    id: UUID
    name: str
    box: tuple[float, float, float, float] | None


class Found(NamedTuple):
    sites: list[FoundSite]
    tips: list[FoundTip]
    townships: list[FoundTownship]


def search(session: Session, person: Person, words: str) -> Found:
    """Sites by name, address, licence number or credit code, tips by code, townships by name.

    Every word must occur; `%` and `_` are letters like any other.
    """
    parts = words.replace("\x00", "").strip()[:LONGEST_SEARCH].split()
    if not parts:
        return Found([], [], [])
    return Found(_sites(session, person, parts), _tips(session, person, parts), _townships(session, person, parts))


def _sites(session: Session, person: Person, parts: list[str]) -> list[FoundSite]:
    columns: tuple[Any, ...] = (Site.id, Site.name, Site.kind, Site.address, Area.name)
    query = (
        visible(person, Site)
        .with_only_columns(*columns)
        .outerjoin(Area, and_(Area.county == Site.county, Area.id == Site.township_id))
    )
    for part in parts:
        query = query.where(or_(_holds(Site.name, part), _holds(Site.address, part), _has_licence(person, part)))
    nearest = case((Site.name.istartswith(parts[0], autoescape=True), 0), else_=1)
    query = query.order_by(nearest, func.length(Site.name), Site.name, Site.id).limit(SITES_FOUND)
    return [FoundSite(*row) for row in session.execute(query)]


def _has_licence(person: Person, part: str) -> Any:
    holding = select(Licence.site_id).where(
        Licence.county == person.county, or_(_holds(Licence.number, part), _holds(Licence.credit_code, part))
    )
    return Site.id.in_(holding)


def _tips(session: Session, person: Person, parts: list[str]) -> list[FoundTip]:
    if not may_see_tips(person):
        return []
    query = visible(person, Tip).with_only_columns(Tip.id, Tip.code, Tip.text)
    for part in parts:
        query = query.where(_holds(Tip.code, part))
    return [FoundTip(*row) for row in session.execute(query.order_by(Tip.received_at.desc()).limit(OTHERS_FOUND))]


def _townships(session: Session, person: Person, parts: list[str]) -> list[FoundTownship]:
    sides = [side(Area.boundary) for side in (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)]
    query = select(Area.id, Area.name, *sides).where(
        Area.county == person.county,
        Area.level == AreaLevel.TOWNSHIP,
        *(_holds(Area.name, part) for part in parts),
    )
    rows = session.execute(query.order_by(Area.name).limit(OTHERS_FOUND))
    return [
        FoundTownship(area_id, name, None if box[0] is None else (box[0], box[1], box[2], box[3]))
        for area_id, name, *box in rows
    ]


def _holds(column: Any, part: str) -> Any:
    return column.icontains(part, autoescape=True)
