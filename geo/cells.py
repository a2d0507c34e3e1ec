"""Grids that cover a county: squares of N metres and H3 hexagons, clipped to its outline.

Squares live in the 3-degree Gauss-Krüger plane (GRS 80, k = 1, false easting 500 km), the plane of Chinese
survey maps, on lines that are whole multiples of the cell size. A cell's code therefore depends on its
place alone: a moved boundary or a neighbouring county never renumbers it. Scale differs from true metres by
less than 1 : 2,900 within a zone.

Codes
    `squares()` and `hexagons()` give *analysis* cells, with codes made from their position
    (`G117-500-6300-0912`) or by H3. They are not administered unit grids 单元网格. Those carry 15 digits:
    county (6, GB/T 2260), town (3, GB/T 10114), community (3) and a serial number (3), counted inside one
    community from west to east and from north to south; `unit_grid_codes()` follows that rule. It was taken
    from the published text of the Beijing standard 网格化城市管理系统 单元网格划分 (5.2-5.4); GB/T 30428.1
    itself could not be read, and older city systems under CJ/T 213 use other lengths: keep an office's own
    codes where it has them.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

import h3
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy import sparse
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from .errors import GeoError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_CELLS = 250_000
# A cell with less than a millionth of its square inside the outline is rounding, not land.
SLIVER = 1e-6
QUEEN = [(dr, dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1) if (dr, dc) != (0, 0)]


class InvalidGrid(GeoError):
    """A grid that cannot be made: `no_area`, `invalid_outline` (`reason`), `size` (`size_m`), `resolution`,
    `too_fine` (`cells`, `most`).
    """


@dataclass(frozen=True)
class Grid(ABC):
    """Cells in a fixed order: row i of every array is the same cell.

    `polygons` are clipped to the outline, WGS-84 (lon, lat); `share` is the part of the whole cell that
    lies inside it, in (0, 1]; `neighbours` is a symmetric 0/1 matrix without a diagonal.
    """

    codes: NDArray[np.str_]
    polygons: NDArray[np.object_]
    share: Floats
    neighbours: sparse.csr_array

    def __len__(self) -> int:
        return len(self.codes)

    @abstractmethod
    def assign(self, lon: Floats, lat: Floats) -> Ints:
        """The cell index of each point, -1 where this grid has no cell. An edge cell takes points of its
        whole shape.
        """

    def totals(self, lon: Floats, lat: Floats, weights: Floats | None = None) -> Floats:
        """Sum of weights (or the count of points) in each cell; points outside the grid are left out."""
        cell = self.assign(lon, lat)
        inside = cell >= 0
        kept = None if weights is None else np.asarray(weights, dtype=float)[inside]
        return np.bincount(cell[inside], weights=kept, minlength=len(self)).astype(float)


@dataclass(frozen=True)
class SquareGrid(Grid):
    size_m: float
    meridian: int
    first_row: int
    first_column: int
    index: Ints = field(repr=False)

    def assign(self, lon: Floats, lat: Floats) -> Ints:
        easting, northing = plane(self.meridian)(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        finite = np.isfinite(easting) & np.isfinite(northing)
        column = np.floor(np.where(finite, easting, -1e12) / self.size_m).astype(np.int64) - self.first_column
        row = np.floor(np.where(finite, northing, -1e12) / self.size_m).astype(np.int64) - self.first_row
        rows, columns = self.index.shape
        within = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        found = np.full(row.shape, -1, dtype=np.int64)
        found[within] = self.index[row[within], column[within]]
        return found


@dataclass(frozen=True)
class HexagonGrid(Grid):
    resolution: int

    def assign(self, lon: Floats, lat: Floats) -> Ints:
        position = {code: i for i, code in enumerate(self.codes.tolist())}
        pairs = zip(np.asarray(lat, dtype=float).tolist(), np.asarray(lon, dtype=float).tolist(), strict=True)
        cells = (h3.latlng_to_cell(la, lo, self.resolution) if _on_earth(la, lo) else "" for la, lo in pairs)
        return np.fromiter((position.get(cell, -1) for cell in cells), dtype=np.int64)


def squares(outline: BaseGeometry, size_m: float, meridian: int | None = None) -> SquareGrid:
    """Squares of `size_m` metres over the outline (WGS-84), from south-west to north-east.

    `meridian` is the zone's central meridian (a multiple of 3); left out, it is the one nearest the
    outline's centre. Pass the county's own to keep codes when an outline is redrawn near a zone border.
    Raises InvalidGrid.
    """
    _check(outline, size_m)
    meridian = round(outline.centroid.x / 3) * 3 if meridian is None else meridian
    land = _projected(outline, plane(meridian))
    west, south, east, north = land.bounds
    columns = np.arange(np.floor(west / size_m), np.ceil(east / size_m), dtype=np.int64)
    rows = np.arange(np.floor(south / size_m), np.ceil(north / size_m), dtype=np.int64)
    if len(rows) * len(columns) > MOST_CELLS:
        raise InvalidGrid("too_fine", cells=len(rows) * len(columns), most=MOST_CELLS)
    row, column = (axis.ravel() for axis in np.meshgrid(rows, columns, indexing="ij"))
    shapes, share = _clip(land, row, column, size_m)
    kept = np.flatnonzero(share > SLIVER)
    index = np.full((len(rows), len(columns)), -1, dtype=np.int64)
    index.ravel()[kept] = np.arange(len(kept))
    return SquareGrid(
        codes=np.array(
            [f"G{meridian}-{size_m:g}-{r}-{c}" for r, c in zip(row[kept], column[kept], strict=True)],
            dtype=str,
        ),
        polygons=_unprojected(shapes[kept], plane(meridian)),
        share=share[kept],
        neighbours=_queen(index, len(kept)),
        size_m=size_m,
        meridian=meridian,
        first_row=int(rows[0]),
        first_column=int(columns[0]),
        index=index,
    )


def hexagons(outline: BaseGeometry, resolution: int) -> HexagonGrid:
    """H3 cells of one resolution (8: about 0.7 km², 9: about 0.1 km²) that touch the outline, in code
    order.
    """
    _check(outline, 1.0)
    if not 0 <= resolution <= 12:
        raise InvalidGrid("resolution", resolution=resolution)
    cells = round(outline_km2(outline) / h3.average_hexagon_area(resolution, "km^2"))
    if cells > MOST_CELLS:
        raise InvalidGrid("too_fine", cells=cells, most=MOST_CELLS)
    shape = h3.geo_to_h3shape(outline)
    codes = sorted(h3.h3shape_to_cells_experimental(shape, resolution, contain="overlap"))
    rings = [[(lon, lat) for lat, lon in h3.cell_to_boundary(code)] for code in codes]
    whole = shapely.polygons([[*ring, ring[0]] for ring in rings]) if all(len(r) == 6 for r in rings) else None
    whole = np.array([Polygon(ring) for ring in rings], dtype=object) if whole is None else whole
    clipped, share = _clipped(outline, whole)
    kept = np.flatnonzero(share > SLIVER)
    chosen = np.array(codes, dtype=str)[kept]
    return HexagonGrid(
        codes=chosen,
        polygons=clipped[kept],
        share=share[kept],
        neighbours=_ring(chosen.tolist()),
        resolution=resolution,
    )


def unit_grid_codes(communities: Sequence[str], lon: Floats, lat: Floats) -> list[str]:
    """15-digit unit grid codes for cells that each lie in one community, given its 12-digit code and the
    cell's centre.

    The serial runs inside a community by rows of about 100 m from north to south, from west to east in a
    row. It is given once and stored: a cell added later shifts the numbers of a second count. Raises
    ValueError for a code that isn't 12 digits or a community with more than 999 cells.
    """
    codes = [""] * len(communities)
    for community in sorted(set(communities)):
        if not (len(community) == 12 and community.isascii() and community.isdigit()):
            raise ValueError(f"{community!r} is not a 12-digit community code")
        members = [i for i, own in enumerate(communities) if own == community]
        if len(members) > 999:
            raise ValueError(f"{community} has {len(members)} cells: the code has room for 999")
        members.sort(key=lambda i: (-round(float(lat[i]), 3), float(lon[i])))
        for serial, i in enumerate(members, start=1):
            codes[i] = f"{community}{serial:03d}"
    return codes


def plane(meridian: int) -> pyproj.Proj:
    """The 3-degree Gauss-Krüger plane of a central meridian: metres east (false 500,000) and north.

    CGCS2000 and WGS-84 differ by centimetres, so no datum shift is applied.
    """
    return pyproj.Proj(proj="tmerc", lat_0=0, lon_0=meridian, k=1, x_0=500_000, y_0=0, ellps="GRS80")


def outline_km2(outline: BaseGeometry) -> float:
    """Geodesic area in square kilometres."""
    area, _ = pyproj.Geod(ellps="GRS80").geometry_area_perimeter(shapely.orient_polygons(outline))
    return abs(float(area)) / 1e6


def _check(outline: BaseGeometry, size_m: float) -> None:
    if not isinstance(outline, Polygon | MultiPolygon) or outline.is_empty or outline.area == 0:
        raise InvalidGrid("no_area")
    if not outline.is_valid:
        raise InvalidGrid("invalid_outline", reason=shapely.is_valid_reason(outline))
    if not (np.isfinite(size_m) and size_m > 0):
        raise InvalidGrid("size", size_m=size_m)


def _clip(land: BaseGeometry, row: Ints, column: Ints, size_m: float) -> tuple[NDArray[np.object_], Floats]:
    boxes = shapely.box(column * size_m, row * size_m, (column + 1) * size_m, (row + 1) * size_m)
    return _clipped(land, boxes)


def _clipped(land: BaseGeometry, whole: NDArray[np.object_]) -> tuple[NDArray[np.object_], Floats]:
    """Each cell's part inside the land, and its share. Only cells that the boundary crosses are cut."""
    shapely.prepare(land)
    inside = shapely.contains_properly(land, whole)
    edge = np.flatnonzero(~inside & shapely.intersects(land, whole))
    parts = np.array(whole, dtype=object)
    share = inside.astype(float)
    _cut(parts, edge, land)
    share[edge] = shapely.area(parts[edge]) / shapely.area(whole[edge])
    return parts, np.minimum(share, 1.0)


def _cut(cells: NDArray[np.object_], chosen: Ints, land: BaseGeometry) -> None:
    """Cut the chosen cells by the land, halving both until few cells meet a short piece of boundary."""
    if len(chosen) <= 8:
        cells[chosen] = [_areal(part) for part in shapely.intersection(cells[chosen], land)]
        return
    boxes = shapely.bounds(cells[chosen])
    (west, south), (east, north) = boxes[:, :2].min(axis=0).tolist(), boxes[:, 2:].max(axis=0).tolist()
    along = boxes[:, 0] if east - west > north - south else boxes[:, 1]
    order = np.argsort(along, kind="stable")
    near = _areal(shapely.intersection(land, shapely.box(west, south, east, north)))
    for half in np.array_split(chosen[order], 2):
        _cut(cells, half, near)


def _areal(part: BaseGeometry) -> BaseGeometry:
    if isinstance(part, Polygon | MultiPolygon):
        return part
    return MultiPolygon([p for p in shapely.get_parts(part) if isinstance(p, Polygon)])


def _queen(index: Ints, n: int) -> sparse.csr_array:
    rows, columns = index.shape
    framed = np.full((rows + 2, columns + 2), -1, dtype=np.int64)
    framed[1:-1, 1:-1] = index
    own, other = [], []
    for dr, dc in QUEEN:
        shifted = framed[1 + dr : 1 + dr + rows, 1 + dc : 1 + dc + columns]
        pair = (index >= 0) & (shifted >= 0)
        own.append(index[pair])
        other.append(shifted[pair])
    return _matrix(np.concatenate(own), np.concatenate(other), n)


def _ring(codes: list[str]) -> sparse.csr_array:
    position = {code: i for i, code in enumerate(codes)}
    pairs = [
        (i, position[near]) for code, i in position.items() for near in h3.grid_ring(code, 1) if near in position
    ]
    own, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return _matrix(own, other, len(codes))


def _matrix(own: Ints, other: Ints, n: int) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(own)), (own, other)), shape=(n, n))


def _on_earth(lat: float, lon: float) -> bool:
    return -90 <= lat <= 90 and -180 <= lon <= 180


def _projected(shape: BaseGeometry, to_plane: pyproj.Proj) -> BaseGeometry:
    moved = shapely.transform(shape, lambda xy: np.column_stack(to_plane(xy[:, 0], xy[:, 1])))
    return moved if moved.is_valid else shapely.make_valid(moved, method="structure", keep_collapsed=False)


def _unprojected(shapes: NDArray[np.object_], from_plane: pyproj.Proj) -> NDArray[np.object_]:
    lonlat = shapely.transform(
        shapes, lambda xy: np.column_stack(from_plane(xy[:, 0], xy[:, 1], inverse=True)), include_z=False
    )
    return np.asarray(lonlat, dtype=object)
