"""Areas: province → prefecture → county → township → village, each county with its own chain of ancestors."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Index, Text, UniqueConstraint, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo import columns
from geo.boxes import BoundingBox
from geo.coordinates import LonLat

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class AreaLevel(Choice):
    PROVINCE = "province", say("省")
    PREFECTURE = "prefecture", say("地市")
    COUNTY = "county", say("区县")
    TOWNSHIP = "township", say("镇街")
    VILLAGE = "village", say("社区/村")


class Area(CountyRow, Recorded, Model):
    """A node of the administrative tree, with its boundary where one is known.

    Division codes differ between sources, so an area is matched on level, parent and name; `aliases` keeps the
    other codes and names it goes by.
    """

    __tablename__ = "areas"
    __table_args__ = (
        in_county("parent_id", "areas"),
        UniqueConstraint("county", "level", "parent_id", "name", postgresql_nulls_not_distinct=True),
        Index("ix_areas_county_code", "county", "code"),
    )

    level: Mapped[AreaLevel] = mapped_column(choice(AreaLevel, "level"))
    code: Mapped[str | None]
    name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    parent_id: Mapped[UUID | None]
    boundary: Mapped[Any | None] = mapped_column(columns.multipolygon())
    source: Mapped[str | None]


class Outline(NamedTuple):
    """A township as a small map shows it; `boundary` is simplified GeoJSON, None where it isn't known."""

    id: UUID
    name: str
    boundary: dict[str, Any] | None


# About 30 m: finer is not seen on a phone
OUTLINE_TOLERANCE_DEG = 0.0003


def township_at(session: Session, county: str, place: LonLat) -> UUID | None:
    """The township that covers a place; the first by name where two borders overlap."""
    return session.scalars(
        select(Area.id)
        .where(Area.county == county, Area.level == AreaLevel.TOWNSHIP, _covers(place))
        .order_by(Area.name)
        .limit(1)
    ).one_or_none()


def is_outside(session: Session, county: str, place: LonLat) -> bool:
    """Whether a place is surely outside the county: something of it is drawn, and nothing drawn covers it."""
    known, covering = session.execute(
        select(func.count(), func.count().filter(_covers(place))).where(
            Area.county == county,
            Area.level.in_([AreaLevel.COUNTY, AreaLevel.TOWNSHIP]),
            Area.boundary.is_not(None),
        )
    ).one()
    return bool(known) and not covering


DRAWN = """
    select from areas
    where county = :county and level in ('county', 'township') and boundary is not null
"""
# Which of the places `:place_ids`, `:lons`, `:lats` are surely outside the county, as `is_outside` says of one
OUTSIDE = f"""
    select given.id
    from unnest(
        cast(:place_ids as uuid[]), cast(:lons as float8[]), cast(:lats as float8[])) as given(id, lon, lat)
    where exists ({DRAWN})
    and not exists (
        {DRAWN} and st_covers(boundary, st_setsrid(st_makepoint(given.lon, given.lat), {columns.SRID})))
"""  # noqa: S608 - constants


def county_box(session: Session, county: str) -> BoundingBox | None:
    """The box around everything that is drawn of a county."""
    box = select(func.ST_Extent(Area.boundary).label("box")).where(Area.county == county).subquery()
    sides = session.execute(
        select(*(side(box.c.box) for side in (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)))
    ).one()
    return None if sides[0] is None else BoundingBox(*sides)


def list_outlines(session: Session, county: str) -> list[Outline]:
    """The townships of a county, by name."""
    shape = func.ST_AsGeoJSON(func.ST_SimplifyPreserveTopology(Area.boundary, OUTLINE_TOLERANCE_DEG), 5)
    rows = session.execute(
        select(Area.id, Area.name, shape.cast(JSONB))
        .where(Area.county == county, Area.level == AreaLevel.TOWNSHIP)
        .order_by(Area.name)
    )
    return [Outline(*row) for row in rows]


def _covers(place: LonLat) -> Any:
    return func.ST_Covers(Area.boundary, columns.lonlat(*place))
