"""The ground of a county that maps are drawn on: its townships and its larger roads."""

from collections.abc import Sequence

import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select
from sqlalchemy.orm import Session

from .areas import Area, AreaLevel
from .map_features import FeatureKind, MapFeature

ROAD_RANKS = 3


def townships(session: Session, county: str) -> list[tuple[str, BaseGeometry]]:
    """Name and boundary (WGS-84) of those whose boundary is known."""
    query = select(Area.name, Area.boundary).where(
        Area.county == county, Area.level == AreaLevel.TOWNSHIP, Area.boundary.is_not(None)
    )
    return [(name, to_shape(shape)) for name, shape in session.execute(query.order_by(Area.name)) if shape]


def roads(session: Session, county: str) -> Sequence[BaseGeometry]:
    query = select(MapFeature.geometry).where(
        MapFeature.county == county, MapFeature.kind == FeatureKind.ROAD, MapFeature.rank <= ROAD_RANKS
    )
    return [part for line in session.scalars(query) for part in shapely.get_parts(to_shape(line)).tolist()]
