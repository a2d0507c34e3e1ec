"""Pieces that together should be one piece of land: where two lie over each other or none lies, and the
mending.

Everything is in metres on a plane (`geo.planes`). A piece is a single polygon. What is narrower than half a
metre or smaller than a square metre is the width of a pencil, not land.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

__all__ = ["Findings", "Gap", "Overlap", "Stray", "absorb", "borders", "examine", "fill", "give", "joined", "tidy"]

Shapes = NDArray[np.object_]
NARROW_M = 0.5
SMALL_M2 = 1.0
# A millimetre: lines that were meant to be one are
SNAP_M = 1e-3
NOBODY = -1


@dataclass(frozen=True)
class Overlap:
    """Land that two pieces claim, by their places in the list."""

    first: int
    second: int
    shape: BaseGeometry
    area_m2: float


@dataclass(frozen=True)
class Gap:
    """Land that no piece claims; `beside` are the pieces along it, the longest common border first."""

    shape: Polygon
    area_m2: float
    beside: tuple[int, ...]


@dataclass(frozen=True)
class Stray:
    """What of a piece lies outside the land."""

    piece: int
    shape: BaseGeometry
    area_m2: float


@dataclass(frozen=True)
class Findings:
    overlaps: tuple[Overlap, ...] = ()
    gaps: tuple[Gap, ...] = ()
    strays: tuple[Stray, ...] = ()

    @property
    def is_clean(self) -> bool:
        return not (self.overlaps or self.gaps or self.strays)


def examine(land: BaseGeometry, pieces: Sequence[Polygon] | Shapes) -> Findings:
    """Everything that keeps valid pieces from being the land, the largest first."""
    shapes = np.array(list(pieces), dtype=object)
    if not len(shapes):
        return Findings(gaps=tuple(Gap(part, part.area, ()) for part in _land_in(land)))
    return Findings(_overlaps(shapes), _gaps(land, shapes), _strays(land, shapes))


def _overlaps(shapes: Shapes) -> tuple[Overlap, ...]:
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pair = first < second
    first, second = first[pair], second[pair]
    common = shapely.intersection(shapes[first], shapes[second])
    area = shapely.area(common)
    found = []
    for i in np.flatnonzero(area > SMALL_M2).tolist():
        parts = _land_in(common[i])
        if parts:
            shape = parts[0] if len(parts) == 1 else MultiPolygon(parts)
            found.append(Overlap(int(first[i]), int(second[i]), shape, shape.area))
    return tuple(sorted(found, key=lambda each: (-each.area_m2, each.first, each.second)))


def _gaps(land: BaseGeometry, shapes: Shapes) -> tuple[Gap, ...]:
    parts = _land_in(shapely.difference(land, shapely.union_all(shapes)))
    tree = shapely.STRtree(shapes)
    found = []
    for part in parts:
        near = tree.query(part, predicate="dwithin", distance=NARROW_M)
        along = shapely.length(shapely.intersection(shapely.buffer(part, NARROW_M), shapes[near].tolist()))
        order = sorted(zip((-along).tolist(), near.tolist(), strict=True))
        found.append(Gap(part, part.area, tuple(piece for _, piece in order)))
    return tuple(sorted(found, key=lambda gap: (-gap.area_m2, gap.shape.bounds)))


def _strays(land: BaseGeometry, shapes: Shapes) -> tuple[Stray, ...]:
    shapely.prepare(land)
    crossing = np.flatnonzero(~shapely.covers(land, shapes))
    outside = shapely.difference(shapes[crossing], land)
    found = []
    for piece, shape in zip(crossing.tolist(), outside.tolist(), strict=True):
        parts = _land_in(shape)
        if parts:
            left = parts[0] if len(parts) == 1 else MultiPolygon(parts)
            found.append(Stray(piece, left, left.area))
    return tuple(sorted(found, key=lambda each: (-each.area_m2, each.piece)))


def give(pieces: Sequence[Polygon], keeper: int, other: int) -> list[Polygon]:
    """The land that two pieces claim stays with `keeper`. If that cuts the other apart, its largest part
    remains it, and the keeper has the rest. A piece that lay inside the keeper is empty then.
    """
    result = list(pieces)
    left = _polygons(shapely.difference(result[other], result[keeper], grid_size=SNAP_M))
    left.sort(key=lambda part: -part.area)
    result[other] = left[0] if left else Polygon()
    cut = [part for part in left[1:] if not _is_trifle(part)]
    if cut:
        result[keeper] = _largest(shapely.union_all([result[keeper], *cut], grid_size=SNAP_M))
    return result


def fill(pieces: Sequence[Polygon], gap: Polygon, piece: int) -> list[Polygon]:
    """A gap goes to one of the pieces beside it. Raises ValueError if they have no border in common."""
    result = list(pieces)
    # As wide as a pencil line may part the two
    bridge = shapely.buffer(gap, NARROW_M, join_style="mitre")
    together = [result[piece], gap, shapely.intersection(bridge, result[piece])]
    whole = shapely.union_all(together, grid_size=SNAP_M)
    if not isinstance(whole, Polygon):
        near = shapely.buffer(whole, NARROW_M, join_style="mitre")
        near = shapely.buffer(near, -NARROW_M, join_style="mitre")
        others = [each for i, each in enumerate(result) if i != piece and each.intersects(near)]
        whole = shapely.difference(near, shapely.union_all(others), grid_size=SNAP_M) if others else near
    parts = [part for part in _polygons(whole) if not _is_trifle(part)]
    if len(parts) != 1:
        raise ValueError("the gap does not touch the piece")
    result[piece] = parts[0]
    return result


def tidy(land: BaseGeometry, pieces: Sequence[Polygon], width_m: float = 0.0) -> list[Polygon]:
    """The same pieces with common borders that are the same line, cut at the edge of the land.

    Overlaps go to the neighbour with the longest border, gaps narrower than `width_m` are closed. A piece
    that falls apart keeps its largest part, and the others go to their neighbours. Pieces stay in order; one
    of which nothing is left is empty.
    """
    cut = shapely.intersection(np.array(list(pieces), dtype=object), land)
    whole = [_areal(each) for each in cut.tolist()]
    filled = [i for i, each in enumerate(whole) if not each.is_empty]
    if not filled:
        return [Polygon() for _ in whole]
    narrow = _narrow_gaps(land, [whole[i] for i in filled], width_m) if width_m else []
    clean = _apart([*(whole[i] for i in filled), *narrow])
    parts: list[Polygon] = []
    owner: list[int] = []
    for i, shape in zip([*filled, *[NOBODY] * len(narrow)], clean.tolist(), strict=True):
        mine = sorted(_polygons(shape), key=lambda part: -part.area)
        parts += mine
        owner += [i] * len(mine)
    return _gathered(len(whole), parts, owner)


def _apart(shapes: list[BaseGeometry]) -> Shapes:
    """Shapes without overlaps, whose common borders are the same lines."""
    given = np.array(shapes, dtype=object)
    for snap_m in (SNAP_M, 10 * SNAP_M, 100 * SNAP_M):
        try:
            return np.asarray(shapely.coverage_clean(given, snapping_distance=snap_m), dtype=object)
        except shapely.errors.GEOSException:
            # Its union of what was cut is strict about lines that all but touch: cut in turn, then once more
            given = _cut_in_turn(given)
    return given


def _cut_in_turn(shapes: Shapes) -> Shapes:
    """Each shape without those before it, on a grid of millimetres."""
    left = shapely.set_precision(shapes, SNAP_M)
    tree = shapely.STRtree(left)
    for i in range(1, len(left)):
        before = [j for j in tree.query(shapes[i]).tolist() if j < i and not left[j].is_empty]
        if before:
            left[i] = _areal(shapely.difference(left[i], shapely.union_all(left[before]), grid_size=SNAP_M))
    return left


def _narrow_gaps(land: BaseGeometry, pieces: list[BaseGeometry], width_m: float) -> list[Polygon]:
    gaps = _polygons(shapely.difference(land, shapely.union_all(pieces)))
    return [gap for gap in gaps if shapely.buffer(gap, -width_m / 2).is_empty]


def _gathered(count: int, parts: list[Polygon], owner: list[int]) -> list[Polygon]:
    """One polygon for each piece: its largest part, with the parts that others lost to it."""
    main: dict[int, int] = {}
    for place, piece in enumerate(owner):
        if piece != NOBODY:
            main.setdefault(piece, place)
    loose = [place for place in range(len(parts)) if main.get(owner[place]) != place]
    groups = absorb(parts, loose)
    result: list[Polygon] = [Polygon() for _ in range(count)]
    for piece, place in main.items():
        mine = [parts[i] for i in range(len(parts)) if groups[i] == place]
        if groups[place] == place:
            result[piece] = _largest(joined(mine))
    return result


def absorb(pieces: Sequence[Polygon], small: Sequence[int]) -> list[int]:
    """Into which piece each one goes, if the `small` ones join the neighbour with the longest common border.

    Borders must be the same line (`tidy`). The smallest goes first; one without a neighbour stays itself.
    """
    shapes = np.array(list(pieces), dtype=object)
    area = shapely.area(shapes)
    along: list[dict[int, float]] = [{} for _ in range(len(shapes))]
    for i, j, length in zip(*borders(shapes), strict=True):
        along[int(i)][int(j)] = float(length)
    goes = list(range(len(shapes)))
    waiting = [(float(area[i]), i) for i in small]
    heapq.heapify(waiting)
    while waiting:
        _, i = heapq.heappop(waiting)
        near = [(length, -j) for j, length in along[i].items() if length > SNAP_M]
        if not near:
            continue
        to = -max(near)[1]
        goes[i] = to
        for j, length in along[i].items():
            along[j].pop(i, None)
            if j != to:
                along[j][to] = along[to][j] = along[to].get(j, 0.0) + length
        along[i] = {}
    return [_end(goes, i) for i in range(len(goes))]


def _end(goes: list[int], i: int) -> int:
    while goes[i] != i:
        i = goes[i]
    return i


def joined(pieces: Sequence[BaseGeometry]) -> BaseGeometry:
    """Pieces whose common borders are the same lines, as one; the lines that stay are not moved."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        return shapely.coverage_union_all(np.array(list(pieces), dtype=object))
    except shapely.errors.GEOSException:
        return shapely.union_all(list(pieces))


def borders(pieces: Shapes) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Pairs of pieces that touch, both ways round, and the metres of border they have in common."""
    first, second = shapely.STRtree(pieces).query(pieces, predicate="intersects")
    pair = first < second
    first, second = first[pair], second[pair]
    edges = shapely.boundary(pieces)
    length = shapely.length(shapely.intersection(edges[first], edges[second]))
    kept = length > SNAP_M
    first, second, length = first[kept], second[kept], length[kept]
    return np.concatenate([first, second]), np.concatenate([second, first]), np.concatenate([length, length])


def _land_in(shape: BaseGeometry) -> list[Polygon]:
    return sorted((part for part in _polygons(shape) if not _is_trifle(part)), key=lambda part: -part.area)


def _is_trifle(part: Polygon) -> bool:
    return bool(part.area < SMALL_M2 or 2 * part.area < NARROW_M * part.length)


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    found: list[Polygon] = []
    for part in shapely.get_parts(shape).tolist():
        if isinstance(part, Polygon):
            if not part.is_empty:
                found.append(part)
        elif shapely.get_type_id(part) >= 4:
            found += _polygons(part)
    return found


def _areal(shape: BaseGeometry) -> BaseGeometry:
    parts = _polygons(shape)
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _largest(shape: BaseGeometry) -> Polygon:
    return max(_polygons(shape), key=lambda part: part.area, default=Polygon())
