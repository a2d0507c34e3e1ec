"""Where everything is: townships, villages, the county town's blocks and compounds, roads and water.

The land depends on the seed alone; the date changes only what happens on it.
"""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import shapely
from shapely.affinity import rotate, translate
from shapely.geometry import LineString, Point, Polygon, box

from ..registry.map_features import FeatureKind
from . import names, plane, terrain
from .chance import Chance

TILT_DEG = 7.0  # the street grid of the county town against north
COLUMNS_M = [-2050, -1690, -1330, -960, -600, -240, 130, 500, 880, 1250, 1630, 2010]
ROWS_M = [-1650, -1280, -910, -540, -170, 200, 570, 940, 1320]
SETBACK_M = 22.0
# Quarters of the county town: metres along and across its streets. A school stands in the middle of each.
QUARTERS = {"老城南": (-60, -730), "西关": (-1700, 400), "新城": (1450, 0)}
FREE_BLOCKS = 30  # of the county town: for schools, markets and parks


@dataclass
class Compound:
    """A walled housing estate 小区 with its buildings."""

    name: str
    outline: Polygon
    buildings: list[Polygon]
    township: int

    @property
    def middle(self) -> plane.Point:
        return self.outline.centroid.x, self.outline.centroid.y


@dataclass
class Village:
    name: str
    seat: plane.Point
    outline: Polygon
    township: int


@dataclass
class Line:
    kind: FeatureKind
    name: str | None
    rank: int
    shape: shapely.Geometry


@dataclass
class Land:
    """`townships`, `seats` and `names.TOWNSHIPS` have one order; the first holds the county town."""

    outline: Polygon
    seats: list[plane.Point]
    townships: list[Polygon]
    villages: list[Village] = field(default_factory=list)
    blocks: list[Polygon] = field(default_factory=list)
    compounds: list[Compound] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def township_at(self, at: plane.Point) -> int:
        """The township that holds a point of the county."""
        return next(i for i, cell in enumerate(self.townships) if shapely.intersects_xy(cell, *at))

    def village_at(self, at: plane.Point) -> Village:
        return next(each for each in self.villages if shapely.intersects_xy(each.outline, *at))

    def inside(self, at: plane.Point) -> bool:
        return bool(shapely.contains_xy(self.outline, *at))


def draw(chance: Chance) -> Land:
    outline = terrain.outline(chance.stream("outline"))
    seats = _seats(outline, chance.stream("seats"))
    townships = terrain.divide(outline, seats, chance.stream("townships"))
    land = Land(shapely.union_all(townships), seats, townships)
    _settle_villages(land, chance.stream("villages"))
    _build_town(land, chance.stream("town"))
    _build_seats(land, chance.stream("seat streets"))
    _lay_roads(land, chance.stream("roads"))
    land.lines.append(Line(FeatureKind.WATER, "青岚河", 1, terrain.river(outline, chance.stream("river"))))
    land.lines.append(
        Line(
            FeatureKind.WATER,
            "望湖",
            1,
            terrain.lake(seats[names.TOWNSHIPS.index("望湖镇")], chance.stream("lake")),
        )
    )
    return land


def tilted(shape: Polygon) -> Polygon:
    """From the town's own street grid to the board."""
    return rotate(shape, TILT_DEG, origin=(0, 0))


def town_point(east_m: float, north_m: float) -> plane.Point:
    moved = tilted(Point(east_m, north_m))
    return moved.x, moved.y


def _seats(outline: Polygon, chance: Chance) -> list[plane.Point]:
    """The county town in the middle, four townships around it, seven further out."""
    seats = [(0.0, 0.0)]
    for count, share, turn in ((4, 0.45, 0.75), (7, 0.76, 0.2)):
        for step in range(count):
            angle = turn + math.tau * step / count + chance.uniform(-0.1, 0.1)
            ray = LineString([(0, 0), (40_000 * math.cos(angle), 40_000 * math.sin(angle))])
            reach = ray.intersection(outline).length * share * chance.uniform(0.95, 1.05)
            seats.append((reach * math.cos(angle), reach * math.sin(angle)))
    return seats


def _settle_villages(land: Land, chance: Chance) -> None:
    """The ground of each village, and of each community around the county town."""
    named = names.Unique()
    communities = chance.some(names.COMMUNITIES, len(names.COMMUNITIES))
    for i, (township, seat) in enumerate(zip(land.townships, land.seats, strict=True)):
        others = terrain.spread(township, chance.randint(6, 8), 1_900, chance, margin_m=900)
        spots = [seat, *(spot for spot in others if plane.away(spot, seat) > 1_600)]
        cells = terrain.divide(township, spots, chance, wander=0.08)
        for spot, cell in zip(spots, cells, strict=True):
            name = _village_name(named, chance)
            if spot is seat:
                name = f"{names.TOWNSHIPS[i][:-1]}社区"
            elif i == 0:
                name = f"{communities.pop()}社区"
            land.villages.append(Village(name, spot, cell, i))


def _village_name(named: names.Unique, chance: Chance) -> str:
    while True:
        name = chance.choice(names.VILLAGE_HEADS) + chance.choice(names.VILLAGE_TAILS) + "村"
        if named.free(name):
            return named(name)


def _build_town(land: Land, chance: Chance) -> None:
    """A grid of streets whose corners are cut off; a block is a compound or stays free for schools and shops."""
    named = names.Unique()
    plots = [
        box(west, south, east, north).buffer(-SETBACK_M, join_style="mitre")
        for west, east in pairwise(COLUMNS_M)
        for south, north in pairwise(ROWS_M)
        if math.hypot((west + east) / 2 / 2150, (south + north) / 2 / 1750) <= 1
    ]
    middles = [min(range(len(plots)), key=lambda i: plots[i].distance(Point(at))) for at in QUARTERS.values()]
    free = {*middles, *chance.some(range(len(plots)), FREE_BLOCKS - len(middles))}
    for i, block in enumerate(plots):
        land.blocks.append(tilted(block))
        if i not in free:
            land.compounds.append(_compound(block, _compound_name(named, chance), 0, chance, turn=TILT_DEG))
    _streets(land)


def _compound_name(named: names.Unique, chance: Chance) -> str:
    while True:
        name = chance.choice(names.COMPOUND_HEADS) + chance.choice(names.COMPOUND_TAILS)
        if named.free(name):
            return named(name)


def _compound(block: Polygon, name: str, township: int, chance: Chance, turn: float) -> Compound:
    west, south, east, north = block.bounds
    shape = box(west + 8, south + 8, east - 8, north - chance.uniform(8, (north - south) / 3))
    west, south, east, north = shape.bounds
    rows, columns = chance.choice([(2, 2), (3, 2), (3, 3)])
    length, depth = min(84, (east - west) / columns * 0.8), min(16, (north - south) / rows * 0.5)
    house = box(-length / 2, -depth / 2, length / 2, depth / 2)
    buildings = []
    for row in range(rows):
        for column in range(columns):
            middle = (
                west + (column + 0.5) * (east - west) / columns,
                south + (row + 0.5) * (north - south) / rows,
            )
            buildings.append(translate(house, *middle))
    return Compound(
        name,
        rotate(shape, turn, origin=(0, 0)),
        [rotate(building, turn, origin=(0, 0)) for building in buildings],
        township,
    )


def _streets(land: Land) -> None:
    town = shapely.union_all(land.blocks).buffer(SETBACK_M + 10)
    for names_of, ways in (
        (names.STREETS_EAST, [[(-2100, row), (2100, row)] for row in ROWS_M]),
        (names.STREETS_NORTH, [[(column, -1700), (column, 1400)] for column in COLUMNS_M]),
    ):
        for name, way in zip([*names_of, *names_of[:1]], ways, strict=False):
            rank = 2 if name in ("迎春大道", "青岚大道", "人民路", "新城大道") else 4
            line = rotate(LineString(way), TILT_DEG, origin=(0, 0)).intersection(town)
            land.lines.append(Line(FeatureKind.ROAD, name, rank, line))


def _build_seats(land: Land, chance: Chance) -> None:
    """A main street, a crossing one and two compounds in each township seat."""
    for i, (x, y) in list(enumerate(land.seats))[1:]:
        turn = chance.uniform(0, 90)
        name = names.TOWNSHIPS[i][:-1]
        for end, street, length in ((0, f"{name}大街", 620), (90, f"{name}横街", 380)):
            line = rotate(LineString([(-length, 0), (length, 0)]), turn + end, origin=(0, 0))
            land.lines.append(Line(FeatureKind.ROAD, street, 4, translate(line, x, y)))
        for side, label in ((1, "东"), (-1, "西")):
            block = box(side * 210 - 110, side * 130 - 80, side * 210 + 110, side * 130 + 80)
            made = _compound(block, f"{name}{label}苑小区", i, chance, turn)
            made.outline = translate(made.outline, x, y)
            made.buildings = [translate(building, x, y) for building in made.buildings]
            land.compounds.append(made)


def _lay_roads(land: Land, chance: Chance) -> None:
    """County roads between neighbouring seats, and a road to each village from the seat of its township."""
    open_land = land.outline.difference(shapely.union_all(land.blocks).buffer(SETBACK_M).buffer(-2))
    for a, b in _neighbours(land.seats):
        name = f"{names.TOWNSHIPS[a][0]}{names.TOWNSHIPS[b][0]}公路"
        line = _road(land.seats[a], land.seats[b], chance).intersection(open_land)
        land.lines.append(Line(FeatureKind.ROAD, name, 1 if a == 0 else 2, line))
    for village in land.villages:
        seat = land.seats[village.township]
        if village.seat != seat:
            line = _road(seat, village.seat, chance).intersection(open_land)
            if not line.is_empty:
                land.lines.append(Line(FeatureKind.ROAD, f"{village.name[:-1]}路", 3, line))


def _road(start: plane.Point, end: plane.Point, chance: Chance) -> LineString:
    return LineString(terrain.wandering(start, end, chance, wander=0.07, finest_m=300))


def _neighbours(seats: list[plane.Point]) -> list[tuple[int, int]]:
    """Pairs with no third seat in the circle between them (Gabriel graph): roads join them all."""
    pairs = []
    for a in range(len(seats)):
        for b in range(a + 1, len(seats)):
            middle = ((seats[a][0] + seats[b][0]) / 2, (seats[a][1] + seats[b][1]) / 2)
            reach = plane.away(seats[a], seats[b]) / 2
            if all(plane.away(middle, other) >= reach for k, other in enumerate(seats) if k not in (a, b)):
                pairs.append((a, b))
    return pairs
