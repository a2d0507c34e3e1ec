"""The ground: an outline with organic edges, its division into cells that tile it exactly, and water."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely
from scipy.spatial import Voronoi
from shapely.geometry import LineString, Polygon, box

from .chance import Chance
from .plane import Point

RADIUS_M = 19_500.0
FINEST_M = 450.0  # border pieces are broken until shorter than this


def outline(chance: Chance) -> Polygon:
    """A rounded shape of about 20 km radius: low waves give the form, broken edges the look of a border."""
    waves = [(k, chance.uniform(0.15, 0.35) / k, chance.uniform(0, math.tau)) for k in range(2, 7)]
    corners = []
    for step in range(28):
        angle = math.tau * step / 28
        radius = RADIUS_M * (1 + sum(size * math.cos(k * angle + phase) for k, size, phase in waves) / 1.5)
        corners.append((radius * math.cos(angle) * 1.08, radius * math.sin(angle) * 0.94))
    ring: list[Point] = []
    for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
        ring += wandering(start, end, chance, wander=0.09)[:-1]
    return Polygon(ring)


def wandering(start: Point, end: Point, chance: Chance, wander: float, finest_m: float = FINEST_M) -> list[Point]:
    """A line broken again and again at its middle, each time moved aside by `wander` of its length."""
    length = math.dist(start, end)
    if length < finest_m:
        return [start, end]
    aside = max(-2.0, min(2.0, chance.gauss(0, 1))) * wander
    middle = (
        (start[0] + end[0]) / 2 - (end[1] - start[1]) * aside,
        (start[1] + end[1]) / 2 + (end[0] - start[0]) * aside,
    )
    before = wandering(start, middle, chance, wander, finest_m)
    return before[:-1] + wandering(middle, end, chance, wander, finest_m)


def divide(land: Polygon, seats: Sequence[Point], chance: Chance, wander: float = 0.11) -> list[Polygon]:
    """One cell for each seat: together they are the land, with no gap and no overlap.

    The borders of Voronoi cells are made to wander, then noded with the outline and each other at once, so that
    neighbours share the very same corners.
    """
    ridges = _ridges(land, seats)
    while True:
        borders = [LineString(wandering(*ends, chance, wander)) for ends in ridges]
        faces = shapely.polygonize([shapely.union_all([*borders, land.exterior])]).geoms
        cells: list[list[Polygon]] = [[] for _ in seats]
        for face in faces:
            if land.contains(face.representative_point()):
                cells[_seat_of(face, seats)].append(face)
        if all(any(_holds(face, seat) for face in cell) for cell, seat in zip(cells, seats, strict=True)):
            return _joined(cells)
        wander *= 0.8  # a border had wandered past a seat


def _ridges(land: Polygon, seats: Sequence[Point]) -> list[tuple[Point, Point]]:
    """Straight borders between seats, cut off a little outside the land."""
    west, south, east, north = land.bounds
    far = 6 * max(east - west, north - south)
    middle = ((west + east) / 2, (south + north) / 2)
    ring = [(middle[0] + far * math.cos(k), middle[1] + far * math.sin(k)) for k in np.arange(8) * math.tau / 8]
    diagram = Voronoi(np.array([*seats, *ring]))
    frame = box(west, south, east, north).buffer(500, join_style="mitre")
    ridges = []
    for pair in diagram.ridge_vertices:
        if min(pair) < 0:
            continue
        line = LineString(diagram.vertices[pair]).intersection(frame)
        if line.geom_type == "LineString" and not line.is_empty:
            ridges.append((line.coords[0], line.coords[-1]))
    return ridges


def _seat_of(face: Polygon, seats: Sequence[Point]) -> int:
    """The seat that stands in the face; else the nearest, for a piece that a wandering border cut off."""
    holding = [i for i, seat in enumerate(seats) if _holds(face, seat)]
    spot = face.representative_point()
    return holding[0] if holding else min(range(len(seats)), key=lambda i: spot.distance(shapely.Point(seats[i])))


def _holds(face: Polygon, seat: Point) -> bool:
    return bool(shapely.contains_xy(face, *seat))


def _joined(cells: list[list[Polygon]]) -> list[Polygon]:
    """Each cell's pieces as one polygon; a piece that doesn't touch the rest goes to the cell it borders on."""
    whole: list[Polygon] = [max(faces, key=lambda face: face.area) for faces in cells]
    loose = [face for cell, faces in zip(whole, cells, strict=True) for face in faces if face is not cell]
    for face in sorted(loose, key=lambda face: -face.area):
        border = [face.intersection(cell).length for cell in whole]
        at = border.index(max(border))
        whole[at] = shapely.union_all([whole[at], face])
    return whole


def spread(land: Polygon, count: int, apart_m: float, chance: Chance, margin_m: float = 600) -> list[Point]:
    """Points in the land, kept apart from each other and from its edge; the demand yields where it's too tight."""
    found: list[Point] = []
    while len(found) < count:
        inner = land.buffer(-margin_m)
        inner = inner if inner.area > land.area / 4 else land
        for _ in range(200):
            spot = within(inner, chance)
            if all(math.dist(spot, other) >= apart_m for other in found):
                found.append(spot)
                break
        else:
            apart_m *= 0.8
    return found


def within(land: Polygon, chance: Chance) -> Point:
    """A point anywhere in the land."""
    west, south, east, north = land.bounds
    while True:
        spot = (chance.uniform(west, east), chance.uniform(south, north))
        if shapely.contains_xy(land, *spot):
            return spot


def river(land: Polygon, chance: Chance) -> LineString:
    """From the north-western hills past the county town to the south-east, inside the county."""
    west, south, east, north = land.bounds
    bends = [(west, north * 0.7), (-6500, 5200), (-2600, 2650), (2650, 2550), (7000, -3500), (east, south * 0.75)]
    path: list[Point] = []
    for start, end in pairwise(bends):
        path += wandering(start, end, chance, wander=0.13, finest_m=180)[:-1]
    inside = LineString([*path, bends[-1]]).intersection(land.buffer(-30))
    return max(getattr(inside, "geoms", [inside]), key=lambda part: part.length)


def lake(seat: Point, chance: Chance) -> Polygon:
    """A lake of about 2 km across beside a township seat, on the side away from the county town."""
    outward = math.atan2(seat[1], seat[0]) + 0.9
    middle = (seat[0] + 2_100 * math.cos(outward), seat[1] + 2_100 * math.sin(outward))
    shore = []
    for angle in np.arange(48) * math.tau / 48:
        reach = 1 + 0.16 * math.sin(3 * angle) + chance.uniform(-0.05, 0.05)
        shore.append((middle[0] + 1150 * reach * math.cos(angle), middle[1] + 800 * reach * math.sin(angle)))
    return Polygon(shore)
