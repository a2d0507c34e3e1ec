"""The townships of a county as shapes of a small drawing, north at the top."""

import math
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from ..registry.areas import Outline, list_outlines
from ..registry.people import Person

WIDTH = 600.0  # units of the drawing


class Shape(NamedTuple):
    """A township: `path` in the words of SVG, and where its name stands."""

    id: UUID
    name: str
    path: str
    x: float
    y: float


class Drawing(NamedTuple):
    width: float
    height: float
    shapes: list[Shape]


def draw_townships(session: Session, person: Person) -> Drawing | None:
    """None where no boundary is known."""
    outlines = [each for each in list_outlines(session, person.county) if each.boundary]
    points = [point for each in outlines for ring in _rings(each) for point in ring]
    if not points:
        return None
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    # Degrees of longitude are shorter than those of latitude by the cosine of the latitude
    squeeze = math.cos(math.radians((south + north) / 2))
    unit = WIDTH / max((east - west) * squeeze, 1e-6)

    def place(lon: float, lat: float) -> tuple[float, float]:
        return round((lon - west) * squeeze * unit, 1), round((north - lat) * unit, 1)

    return Drawing(WIDTH, round((north - south) * unit, 1), [_shape(each, place) for each in outlines])


def _shape(outline: Outline, place: Any) -> Shape:
    rings = [[place(*point) for point in ring] for ring in _rings(outline)]
    path = " ".join("M" + "L".join(f"{x},{y}" for x, y in ring) + "Z" for ring in rings)
    largest = max(rings, key=lambda ring: abs(_area(ring)))
    x = (min(x for x, _ in largest) + max(x for x, _ in largest)) / 2
    y = (min(y for _, y in largest) + max(y for _, y in largest)) / 2
    return Shape(outline.id, outline.name, path, round(x, 1), round(y, 1))


def _rings(outline: Outline) -> list[list[tuple[float, float]]]:
    shape = outline.boundary or {"type": "MultiPolygon", "coordinates": []}
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return [[(lon, lat) for lon, lat in ring] for polygon in polygons for ring in polygon]


def _area(ring: list[tuple[float, float]]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2
