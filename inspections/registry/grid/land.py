"""The ground that a grid divides: a township's outline, and what lies in it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.planes import Plane

from ...access import get, own_township, require
from ...errors import Invalid, NotFound, say
from ..areas import Area, AreaLevel
from ..map_features import FeatureKind, MapFeature
from ..people import Person

# Lanes within a compound divide nothing
DIVIDING_RANKS = 3


@dataclass(frozen=True)
class Land:
    """A township with its outline in WGS-84, and the plane in which it is measured."""

    township: Area
    outline: BaseGeometry
    plane: Plane

    @property
    def flat(self) -> BaseGeometry:
        return self.plane.flat(self.outline)


def townships_to_divide(session: Session, person: Person) -> list[Area]:
    """The townships whose grid a person may see, in the order of their codes."""
    query = select(Area).where(Area.county == person.county, Area.level == AreaLevel.TOWNSHIP)
    own = own_township(person)
    if own is not None:
        query = query.where(Area.id.in_([UUID(each) for each in own]))
    return list(session.scalars(query.order_by(Area.code, Area.name)))


def township_of(session: Session, person: Person, township_id: UUID | None) -> Area:
    """A township that the person answers for or may choose. Raises NotFound."""
    found = get(session, person, Area, township_id) if township_id else None
    own = own_township(person)
    if found is None or found.level is not AreaLevel.TOWNSHIP or (own is not None and str(found.id) not in own):
        raise NotFound
    return found


def may_divide(session: Session, person: Person, township_id: UUID | None) -> Area:
    """The township, if the person may change its grid; none is not found. Raises Forbidden, NotFound."""
    require(person, "cell.edit")
    return township_of(session, person, township_id)


def land_of(session: Session, township: Area) -> Land:
    """Raises Invalid for a township without an outline."""
    if township.boundary is None:
        raise Invalid({"township": say("{name}还没有边界，请先在“导入”里导入行政区划", name=township.name)})
    outline = to_shape(township.boundary)
    return Land(township, outline, Plane.around(outline))


def compounds_in(session: Session, land: Land) -> list[tuple[str, BaseGeometry]]:
    """Compounds 小区 that lie in the township for the most part, with their names, in a fixed order."""
    rows = session.execute(
        _features(land, FeatureKind.COMPOUND)
        .where(func.ST_Covers(_outline(land), func.ST_PointOnSurface(MapFeature.geometry)))
        .order_by(MapFeature.id)
    )
    return [(name or "", to_shape(shape)) for name, shape in rows]


def roads_in(session: Session, land: Land) -> list[BaseGeometry]:
    rows = session.execute(
        _features(land, FeatureKind.ROAD).where(MapFeature.rank <= DIVIDING_RANKS).order_by(MapFeature.id)
    )
    return [to_shape(shape) for _, shape in rows]


def _features(land: Land, kind: FeatureKind) -> Any:
    return select(MapFeature.name, MapFeature.geometry).where(
        MapFeature.county == land.township.county,
        MapFeature.kind == kind,
        func.ST_Intersects(MapFeature.geometry, _outline(land)),
    )


def _outline(land: Land) -> Any:
    query = select(Area.boundary).where(Area.county == land.township.county, Area.id == land.township.id)
    return query.scalar_subquery()
