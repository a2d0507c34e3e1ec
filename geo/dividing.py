"""Land divided into pieces to walk: squares, hexagons, or the ground around compounds, between roads if
wished.

Outlines and seeds are WGS-84 (lon, lat). Every piece is one polygon, and the pieces together are the outline:
what an edge of the outline cuts off too small joins a neighbour.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from .cells import InvalidGrid, hexagons, squares
from .patchwork import absorb, joined, tidy
from .planes import Plane

__all__ = ["around", "in_hexagons", "in_squares"]

Shapes = NDArray[np.object_]
# A piece below this share of a usual one joins a neighbour
SMALL_SHARE = 0.35
# Seeds' outlines are walked in steps of so many metres; the border between two seeds is true to half a step
STEP_M = 10.0
MOST_POINTS = 400_000


def in_squares(outline: BaseGeometry, size_m: float) -> list[Polygon]:
    """Squares of about `size_m` metres, from north to south and west to east. Raises InvalidGrid."""
    return _joined(outline, squares(outline, size_m).polygons, size_m * size_m)


def in_hexagons(outline: BaseGeometry, resolution: int) -> list[Polygon]:
    """H3 hexagons of a resolution, in the same order. Raises InvalidGrid."""
    grid = hexagons(outline, resolution)
    whole = Plane.around(outline).flat(grid.polygons)
    usual = float(np.median(shapely.area(whole) / grid.share))
    return _joined(outline, grid.polygons, usual)


def around(
    outline: BaseGeometry, seeds: Sequence[BaseGeometry], lines: Sequence[BaseGeometry] = ()
) -> tuple[list[Polygon], list[int]]:
    """The ground nearest each seed (polygons such as compounds); also the seed of each piece.

    With `lines` (roads) no piece crosses one that closes a block, as far as the block has a seed of its own.
    Seeds that overlap so much that one is left with nothing have no piece. Raises InvalidGrid: `no_area`,
    `no_seeds`, `too_fine`.
    """
    if outline.is_empty or outline.area == 0:
        raise InvalidGrid("no_area")
    plane = Plane.around(outline)
    land = plane.flat(outline)
    flat = [plane.flat(seed) for seed in seeds]
    inside = [i for i, seed in enumerate(flat) if seed.intersects(land) and not seed.is_empty]
    if not inside:
        raise InvalidGrid("no_seeds")
    pieces, owner = [], []
    for block, members in _blocks(land, [flat[i] for i in inside], [plane.flat(line) for line in lines]):
        for part, member in _nearest_ground(block, [flat[inside[i]] for i in members]):
            pieces.append(part)
            owner.append(-1 if member < 0 else inside[members[member]])
    return _owned(plane, land, pieces, owner)


def _blocks(
    land: BaseGeometry, seeds: list[BaseGeometry], lines: list[BaseGeometry]
) -> list[tuple[Polygon, list[int]]]:
    """The land cut by the lines, and the seeds whose middle lies in each part."""
    if lines:
        drawn = shapely.union_all([*(shapely.boundary(part) for part in shapely.get_parts(land)), *lines])
        closed = shapely.get_parts(shapely.polygonize([drawn]))
        faces = [face for face in closed if _middle(face).within(land)]
        faces += _leftover(land, faces)
    else:
        faces = shapely.get_parts(land).tolist()
    middles = np.array([_middle(shapely.intersection(seed, land)) for seed in seeds], dtype=object)
    face, seed = shapely.STRtree(middles).query(np.array(faces, dtype=object), predicate="intersects")
    taken: dict[int, list[int]] = {}
    seen: set[int] = set()
    for f, s in sorted(zip(face.tolist(), seed.tolist(), strict=True)):
        if s not in seen:
            seen.add(s)
            taken.setdefault(f, []).append(s)
    return [(each, taken.get(i, [])) for i, each in enumerate(faces)]


def _leftover(land: BaseGeometry, faces: list[Polygon]) -> list[Polygon]:
    rest = shapely.difference(land, shapely.union_all(faces)) if faces else land
    return [part for part in shapely.get_parts(rest).tolist() if isinstance(part, Polygon) and part.area > 1]


def _nearest_ground(block: Polygon, seeds: list[BaseGeometry]) -> list[tuple[BaseGeometry, int]]:
    if not seeds:
        return [(block, -1)]
    if len(seeds) == 1:
        return [(block, 0)]
    edges = [shapely.segmentize(shapely.boundary(seed), STEP_M) for seed in seeds]
    at, of = shapely.get_coordinates(np.array(edges, dtype=object), return_index=True)
    at, first = np.unique(np.round(at, 2), axis=0, return_index=True)
    if len(at) > MOST_POINTS:
        raise InvalidGrid("too_fine", cells=len(at), most=MOST_POINTS)
    found = shapely.voronoi_polygons(MultiPoint(at), extend_to=block, ordered=True)
    cells, owner = np.array(shapely.get_parts(found), dtype=object), of[first]
    if len(cells) == 1:  # all their points are one
        return [(block, int(owner[0]))]
    grounds = [shapely.union_all(cells[owner == i]) for i in range(len(seeds))]
    return [(shapely.intersection(ground, block), i) for i, ground in enumerate(grounds) if not ground.is_empty]


def _owned(
    plane: Plane, land: BaseGeometry, pieces: list[BaseGeometry], owner: list[int]
) -> tuple[list[Polygon], list[int]]:
    whole = tidy(land, pieces, 1.0)
    kept = [i for i, piece in enumerate(whole) if not piece.is_empty]
    parts = [whole[i] for i in kept]
    goes = absorb(parts, [i for i, k in enumerate(kept) if owner[k] < 0])
    groups: dict[int, list[Polygon]] = {}
    for i, to in enumerate(goes):
        groups.setdefault(to, []).append(parts[i])
    made = {to: joined(mine) for to, mine in groups.items()}
    order = _order(list(made.values()))
    keys = list(made)
    ground = tidy(land, [made[keys[i]] for i in order], 1.0)
    owners = [owner[kept[keys[i]]] for i in order]
    pairs = [(plane.round(g), o) for g, o in zip(ground, owners, strict=True) if not g.is_empty]
    return [g for g, _ in pairs], [o for _, o in pairs]


def _joined(outline: BaseGeometry, polygons: Shapes, usual_m2: float) -> list[Polygon]:
    plane = Plane.around(outline)
    land = plane.flat(outline)
    parts = shapely.get_parts(plane.flat(polygons))
    pieces = [piece for piece in tidy(land, parts.tolist(), 1.0) if not piece.is_empty]
    small = [i for i, piece in enumerate(pieces) if piece.area < SMALL_SHARE * usual_m2]
    groups: dict[int, list[Polygon]] = {}
    for i, to in enumerate(_absorbed(pieces, small)):
        groups.setdefault(to, []).append(pieces[i])
    made = [joined(mine) for mine in groups.values()]
    return [plane.round(made[i]) for i in _order(made)]


def _absorbed(pieces: list[Polygon], small: list[int]) -> list[int]:
    return absorb(pieces, small) if len(small) < len(pieces) else list(range(len(pieces)))


def _order(shapes: Sequence[BaseGeometry]) -> list[int]:
    """From north to south by rows as high as a usual piece, from west to east in a row."""
    middles = shapely.get_coordinates(shapely.centroid(np.array(list(shapes), dtype=object)))
    height = float(np.sqrt(np.median(shapely.area(np.array(list(shapes), dtype=object))))) or 1.0
    row = np.floor((middles[:, 1].max() - middles[:, 1]) / height + 0.5)
    return [int(i) for i in np.lexsort((middles[:, 0], row))]


def _middle(shape: BaseGeometry) -> BaseGeometry:
    return shapely.point_on_surface(shape)
