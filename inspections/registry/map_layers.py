"""The ground under the sites: outlines of areas and grid cells, and tiles of roads, water and compounds."""

import json
from typing import Any

from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.orm import Session

from geo.boxes import BoundingBox
from geo.tiles import EXTENT, Tile

from ..events import Actor
from .areas import Area, AreaLevel
from .grid_cells import GridCell
from .people import Person

MAX_ZOOM = 18
# Half a pixel of a 256-pixel tile at the equator: finer is not seen
HALF_PIXEL_AT_ZOOM_0_DEG = 360 / 256 / 2
DIGITS = 6


def outlines(session: Session, person: Actor, level: AreaLevel, zoom: int) -> str:
    """A GeoJSON FeatureCollection of the areas of a level, no finer than the zoom can show.

    Each is simplified by itself, so neighbours may part by less than half a pixel.
    """
    query = (
        select(Area.id, Area.name, Area.code, _drawn(Area.boundary, zoom), *_label_place(Area.boundary))
        .where(Area.county == person.county, Area.level == level, Area.boundary.is_not(None))
        .order_by(Area.name, Area.id)
    )
    return _collection(
        (shape, {"id": str(area_id), "name": name, "code": code, "at": [round(lon, DIGITS), round(lat, DIGITS)]})
        for area_id, name, code, shape, lon, lat in session.execute(query)
    )


def grid_outlines(session: Session, person: Person, zoom: int) -> str:
    """A GeoJSON FeatureCollection of the grid cells with the person who walks each."""
    query = (
        select(GridCell.id, GridCell.code, GridCell.name, Person.name, _drawn(GridCell.boundary, zoom))
        .outerjoin(Person, (Person.county == GridCell.county) & (Person.id == GridCell.worker_id))
        .where(GridCell.county == person.county, GridCell.retired_at.is_(None))
        .order_by(GridCell.code)
    )
    return _collection(
        (shape, {"id": str(cell_id), "code": code, "name": name or code, "worker": worker})
        for cell_id, code, name, worker, shape in session.execute(query)
    )


def county_box(session: Session, person: Person) -> BoundingBox | None:
    """The box around all that is drawn of the county, else around its sites."""
    for extent in EXTENTS:
        sides = session.execute(extent, {"county": person.county}).one()
        if sides[0] is not None:
            return BoundingBox(*sides)
    return None


EXTENTS = (
    text(
        """
        select st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)
        from (select st_extent(boundary) as box from areas where county = :county) whole
        """
    ),
    text(
        """
        select st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)
        from (select st_extent(location) as box from sites where county = :county) whole
        """
    ),
)


def tile_of_land(session: Session, person: Actor, tile: Tile) -> bytes:
    """A Mapbox vector tile with a layer each for `water`, `compound`, `building` and `road`: `name` and `rank`."""
    values = {
        "county": person.county,
        "z": tile.z,
        "x": tile.x,
        "y": tile.y,
        "extent": EXTENT,
        "rank": next(rank for zoom, rank in RANKS if tile.z >= zoom),
    }
    return bytes(session.execute(LAND, values).scalar_one() or b"")


# From this zoom on, shapes up to that rank are drawn
RANKS = ((16, 5), (14, 4), (13, 3), (11, 2), (0, 1))

LAND = text(
    """
    with box as (
        select st_tileenvelope(:z, :x, :y) as tile,
            st_transform(st_tileenvelope(:z, :x, :y, margin => 0.0625), 4326) as around
    ), found as (
        select kind, name, rank,
            st_asmvtgeom(st_transform(geometry, 3857), tile, :extent, :extent / 16, true) as geom
        from map_features, box
        where county = :county and rank <= :rank and geometry && around
    )
    select string_agg(layer, ''::bytea order by place) from (
        select 1 as place, st_asmvt(found, 'water', :extent, 'geom') as layer from found where kind = 'water'
        union all
        select 2, st_asmvt(found, 'compound', :extent, 'geom') from found where kind = 'compound'
        union all
        select 3, st_asmvt(found, 'building', :extent, 'geom') from found where kind = 'building'
        union all
        select 4, st_asmvt(found, 'road', :extent, 'geom') from found where kind = 'road'
    ) layers
    """
)


def _drawn(shape: Any, zoom: int) -> ColumnElement[str]:
    tolerance = HALF_PIXEL_AT_ZOOM_0_DEG / (1 << zoom)
    return func.ST_AsGeoJSON(func.ST_SimplifyPreserveTopology(shape, tolerance), DIGITS)


def _label_place(shape: Any) -> tuple[Any, Any]:
    """Where a name stands inside its area."""
    inside = func.ST_PointOnSurface(shape)
    return func.ST_X(inside), func.ST_Y(inside)


def _collection(rows: Any) -> str:
    features = [
        f'{{"type":"Feature","geometry":{shape},"properties":{json.dumps(about, ensure_ascii=False)}}}'
        for shape, about in rows
    ]
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'
