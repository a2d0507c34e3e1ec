"""Cells and drafts as GeoJSON for the maps of the desk. Names travel as text and are shown as text."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2.shape import to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo.geojson import feature, feature_collection
from geo.patchwork import Findings
from geo.planes import Plane

from ...access import own_township, visible
from ..areas import Area
from ..grid_cells import GridCell
from ..people import Person
from .drafts import Piece
from .land import Land

DIGITS = 6
# A county that nothing is known of yet: the whole country
NOWHERE = (73.5, 18.0, 135.1, 53.6)


def cells_as_geojson(session: Session, person: Person, township_id: UUID | None) -> str:
    """The live cells that a person may change or look at, of one township if it is given."""
    query = (
        visible(person, GridCell)
        .with_only_columns(
            GridCell.id, GridCell.code, GridCell.name, GridCell.worker_id, Person.name,
            func.ST_AsGeoJSON(GridCell.boundary, DIGITS),
        )
        .outerjoin(Person, (Person.county == GridCell.county) & (Person.id == GridCell.worker_id))
        .where(GridCell.retired_at.is_(None))
        .order_by(GridCell.code)
    )  # fmt: skip
    own = own_township(person)
    if own is not None:
        query = query.where(GridCell.township_id.in_([UUID(each) for each in own]))
    if township_id is not None:
        query = query.where(GridCell.township_id == township_id)
    features = [
        f'{{"type":"Feature","geometry":{shape},"properties":'
        + json.dumps({"id": str(cell_id), "code": code, "name": name or code, "worker": worker or ""},
                     ensure_ascii=False) + "}"
        for cell_id, code, name, _, worker, shape in session.execute(query)
    ]  # fmt: skip
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def draft_as_geojson(land: Land, pieces: Sequence[Piece], found: Findings) -> str:
    """The township, the pieces of a draft by their number, and what is to be mended, each with its number."""
    plane = land.plane
    features = [feature(land.outline, {"kind": "land"})]
    for number, piece in enumerate(pieces, start=1):
        about = {"kind": "piece", "key": piece.key, "number": number, "name": piece.name or piece.code,
                 "is_new": piece.cell_id is None}  # fmt: skip
        features.append(feature(piece.shape, about))
    for kind, shapes in _amiss(found):
        for number, shape in enumerate(shapes):
            features.append(feature(plane.round(shape), {"kind": kind, "number": number}))
    return json.dumps(feature_collection(features), ensure_ascii=False)


def _amiss(found: Findings) -> list[tuple[str, list[BaseGeometry]]]:
    return [
        ("overlap", [each.shape for each in found.overlaps]),
        ("gap", [each.shape for each in found.gaps]),
        ("stray", [each.shape for each in found.strays]),
    ]


def box_of(shape: BaseGeometry) -> list[float]:
    return [round(float(side), 6) for side in shapely.bounds(shape)]


def sizes_of(pieces: Sequence[Piece], plane: Plane) -> list[float]:
    """Square metres of each."""
    return [float(plane.flat(each.shape).area) for each in pieces]


def count_of(session: Session, county: str, township_id: UUID | None = None) -> tuple[int, int]:
    """How many live cells there are, and how many of them nobody has."""
    query = select(func.count(), func.count().filter(GridCell.worker_id.is_(None))).where(
        GridCell.county == county, GridCell.retired_at.is_(None)
    )
    if township_id is not None:
        query = query.where(GridCell.township_id == township_id)
    count, free = session.execute(query).one()
    return count, free


def box_of_grid(session: Session, township: Area | None) -> list[float]:
    """The box around the cells of a township, else around itself, else the whole country."""
    if township is None:
        return list(NOWHERE)
    own = GridCell.county == township.county, GridCell.township_id == township.id, GridCell.retired_at.is_(None)
    found = _box(session, *own)
    if found is None and township.boundary is not None:
        return box_of(to_shape(township.boundary))
    return found or list(NOWHERE)


def box_of_cells(session: Session, county: str, cell_ids: Sequence[UUID]) -> list[float]:
    """The box around some cells, else the whole country."""
    return _box(session, GridCell.county == county, GridCell.id.in_(list(cell_ids))) or list(NOWHERE)


def _box(session: Session, *conditions: Any) -> list[float] | None:
    box = select(func.ST_Extent(GridCell.boundary).label("box")).where(*conditions).subquery()
    sides = (func.ST_XMin, func.ST_YMin, func.ST_XMax, func.ST_YMax)
    found = session.execute(select(*(side(box.c.box) for side in sides))).one()
    return None if found[0] is None else [round(float(side), 6) for side in found]
