"""Areas, zones, grid cells and the map's background, as rows made from the drawn land."""

import math
from collections.abc import Callable
from uuid import UUID

import shapely
from shapely.geometry import box

from ..registry.areas import Area, AreaLevel
from ..registry.grid_cells import CellOrigin, GridCell
from ..registry.map_features import FeatureKind, MapFeature
from ..registry.people import Role
from ..registry.zones import Zone
from . import names, plane
from .book import Book
from .land import SETBACK_M, Land, Village
from .people import Staff, Worker
from .spots import Ground

SOURCE = "演示数据生成器"
ZONE_NAMES = ("县城南片", "县城北片", "第三片", "第四片", "第五片", "第六片", "第七片")
RURAL_ZONES = len(ZONE_NAMES) - 2
GRIDDED = 6  # townships beside the county town that have a grid


def survey(book: Book, land: Land) -> tuple[list[UUID], dict[str, UUID]]:
    """The administrative tree: ids of the townships in order, and of the villages by name."""
    county = None
    for level, name, code, boundary in (
        (AreaLevel.PROVINCE, names.PROVINCE, "990000", None),
        (AreaLevel.PREFECTURE, names.PREFECTURE, "990100", None),
        (AreaLevel.COUNTY, names.COUNTY, names.COUNTY_CODE, plane.multi(land.outline)),
    ):
        county = _area(book, level, name, code, county, boundary)
    townships = [
        _area(book, AreaLevel.TOWNSHIP, name, f"{names.COUNTY_CODE}{100 + i:03}", county, plane.multi(cell))
        for i, (name, cell) in enumerate(zip(names.TOWNSHIPS, land.townships, strict=True))
    ]
    villages = {}
    for village in land.villages:
        code = village_code(land, village)
        parent, boundary = townships[village.township], plane.multi(village.outline)
        villages[village.name] = _area(book, AreaLevel.VILLAGE, village.name, code, parent, boundary)
    return townships, villages


def village_code(land: Land, village: Village) -> str:
    """Division codes of 12 digits; the villages are numbered through the county."""
    return f"{names.COUNTY_CODE}{100 + village.township:03}{200 + land.villages.index(village):03}"


def _area(book: Book, level: AreaLevel, name: str, code: str, parent: UUID | None, boundary: str | None) -> UUID:
    made = book.new_id(book.days_ago(381))
    book.add(Area, id=made, level=level, name=name, code=code, parent_id=parent, boundary=boundary, source=SOURCE)
    return made


def organise(
    book: Book, land: Land, township_ids: list[UUID], village_ids: dict[str, UUID], staff: Staff
) -> tuple[Ground, dict[UUID, Worker]]:
    """Zones with their inspectors and grid cells with their workers; also who inspects each zone."""
    zone_of_township = _rural_zones(land)
    inspectors: dict[UUID, Worker] = {}
    zone_ids = []
    for i, name in enumerate(ZONE_NAMES):
        made, inspector = book.new_id(book.days_ago(381)), staff.of(Role.INSPECTOR)[i]
        shape = _zone_shape(land, i, zone_of_township)
        book.add(Zone, id=made, name=f"督学责任区{name}", inspector_id=inspector.id, boundary=plane.multi(shape))
        inspectors[made] = inspector
        zone_ids.append(made)
    cell_at = _grid(book, land, township_ids, village_ids, staff.of(Role.GRID_WORKER))
    return Ground(land, township_ids, village_ids, zone_ids, zone_of_township, cell_at), inspectors


def _rural_zones(land: Land) -> list[int]:
    """The zone of each township: neighbours around the county town go together. The town's own entry is unused."""
    around = sorted(range(1, len(land.seats)), key=lambda i: math.atan2(land.seats[i][1], land.seats[i][0]))
    zones = [0] * len(land.seats)
    for place, township in enumerate(around):
        zones[township] = 2 + min(place // 2, RURAL_ZONES - 1)
    return zones


def _zone_shape(land: Land, zone: int, zone_of_township: list[int]) -> shapely.Geometry:
    if zone < 2:
        far = 60_000
        half = box(-far, -far, far, 0) if zone == 0 else box(-far, 0, far, far)
        return land.townships[0].intersection(half)
    own = [cell for i, cell in enumerate(land.townships) if i and zone_of_township[i] == zone]
    return shapely.union_all(own)


def _grid(
    book: Book, land: Land, township_ids: list[UUID], village_ids: dict[str, UUID], workers: list[Worker]
) -> Callable[[plane.Point], UUID | None]:
    """A cell for each block of the county town, streets included, which three workers share from west to east;
    in the other townships that have a grid, one for each village. Codes are counted in the village.
    """
    shapes: list[shapely.Geometry] = []
    ids: list[UUID] = []
    serials: dict[str, int] = {}

    def add(
        shape: shapely.Geometry, village: Village, name: str, origin: CellOrigin, worker: Worker | None
    ) -> None:
        code = village_code(land, village)
        serials[code] = serials.get(code, 0) + 1
        shapes.append(shape)
        ids.append(book.new_id(book.days_ago(381)))
        book.add(
            GridCell,
            id=ids[-1],
            code=f"{code}{serials[code]:03}",
            name=name,
            origin=origin,
            boundary=plane.ewkt(shape),
            township_id=township_ids[village.township],
            village_id=village_ids[village.name],
            worker_id=worker.id if worker else None,
        )

    for i, block in enumerate(land.blocks, start=1):
        shape = block.buffer(SETBACK_M, join_style="mitre")
        east = shape.centroid.x
        worker = workers[0 if east < -600 else 1 if east < 700 else 2]
        at = (shape.centroid.x, shape.centroid.y)
        add(shape, land.village_at(at), f"县城第{i}网格", CellOrigin.COMPOUNDS, worker)
    for village in land.villages:
        if 0 < village.township <= GRIDDED and village.outline.geom_type == "Polygon":
            # The last of them has cells that nobody was given yet
            walker = workers[village.township + 2] if village.township < GRIDDED else None
            add(village.outline, village, f"{village.name}网格", CellOrigin.DRAWN, walker)
    tree = shapely.STRtree(shapes)

    def cell_at(at: plane.Point) -> UUID | None:
        found = tree.query(shapely.Point(at), predicate="intersects")
        return ids[min(found)] if len(found) else None

    return cell_at


def draw_background(book: Book, land: Land) -> None:
    """Roads and water, and compounds with their buildings."""
    for line in land.lines:
        _feature(book, line.kind, line.name, line.rank, line.shape)
    for compound in land.compounds:
        _feature(book, FeatureKind.COMPOUND, compound.name, 4, compound.outline)
        for number, building in enumerate(compound.buildings, start=1):
            _feature(book, FeatureKind.BUILDING, f"{number}栋", 5, building)


def _feature(book: Book, kind: FeatureKind, name: str | None, rank: int, shape: shapely.Geometry) -> None:
    made = book.new_id(book.days_ago(381))
    book.add(MapFeature, id=made, kind=kind, name=name, rank=rank, geometry=plane.ewkt(shape))
