"""Web-Mercator tiles and the Z-order key by which points are found in them.

PostGIS's box operators are not leakproof, so behind row-level security PostgreSQL may not use a spatial index
for them. Comparing whole numbers is leakproof: a point's key interleaves the bits of its tile column and row at
zoom 26 (Morton 1966), and every tile is then one unbroken range of keys. At zoom 26 a tile is 0.6 m wide at the
equator, so column and row are also the point's place inside any tile, without a projection at query time.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

KEY_ZOOM = 26
EXTENT = 4096  # units along the side of a vector tile
MAX_LATITUDE = 85.0511287798066  # where Web Mercator ends its square


@dataclass(frozen=True, order=True)
class Tile:
    """Tile `x`, `y` (from the north-west) of zoom `z`."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 0 <= self.z <= KEY_ZOOM or not (0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z):
            raise ValueError(f"no such tile: {self.z}/{self.x}/{self.y}")

    @classmethod
    def at(cls, z: int, lon: float, lat: float) -> "Tile":
        """The tile of zoom `z` that holds a position in degrees."""
        n = 1 << z
        lat = max(-MAX_LATITUDE, min(MAX_LATITUDE, lat))
        x = (lon + 180) / 360 * n
        y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
        return cls(z, min(max(int(x), 0), n - 1), min(max(int(y), 0), n - 1))

    @property
    def corner(self) -> tuple[int, int]:
        """Column and row of the north-west corner at the zoom of the keys."""
        shift = KEY_ZOOM - self.z
        return self.x << shift, self.y << shift

    @property
    def keys(self) -> tuple[int, int]:
        """First and last key of the points inside, both included."""
        shift = 2 * (KEY_ZOOM - self.z)
        first = interleave(self.x, self.y) << shift
        return first, first + (1 << shift) - 1

    def key_ranges(self, margin: int = 0) -> list[tuple[int, int]]:
        """Ranges of keys of the tile and of `margin` eighths of its width around it."""
        if margin == 0 or self.z + 3 > KEY_ZOOM:
            return [self.keys]
        z, last = self.z + 3, (1 << self.z + 3) - 1
        columns = range(max(self.x * 8 - margin, 0), min(self.x * 8 + 7 + margin, last) + 1)
        rows = range(max(self.y * 8 - margin, 0), min(self.y * 8 + 7 + margin, last) + 1)
        return _joined(sorted(Tile(z, x, y).keys for x in columns for y in rows))


def interleave(x: int, y: int) -> int:
    """Z-order of a column and row: bits of `x` at even places, of `y` at odd ones."""
    return _spread(x) | _spread(y) << 1


def key_of(lon: float, lat: float) -> int:
    """Key of a position; equals the SQL function `tile_key`."""
    return Tile.at(KEY_ZOOM, lon, lat).keys[0]


def _spread(bits: int) -> int:
    for shift, mask in _SPREAD:
        bits = (bits | bits << shift) & mask
    return bits


_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


def key_ranges(west: float, south: float, east: float, north: float, *, tiles: int = 64) -> list[tuple[int, int]]:
    """Ranges of keys that together cover a box in degrees, joined where they touch.

    The zoom is the finest at which the box takes at most `tiles` tiles, so the cover is a little larger than the
    box: compare positions afterwards.
    """
    for z in range(KEY_ZOOM, -1, -1):
        north_west, south_east = Tile.at(z, west, north), Tile.at(z, east, south)
        columns = south_east.x - north_west.x + 1
        rows = south_east.y - north_west.y + 1
        if columns * rows <= tiles:
            break
    found = (
        Tile(z, x, y) for x in range(north_west.x, south_east.x + 1) for y in range(north_west.y, south_east.y + 1)
    )
    return _joined(sorted(tile.keys for tile in found))


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in ranges:
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


TILE_FUNCTIONS_SQL = """
create function tile_column(place geometry) returns integer
language sql immutable strict parallel safe as $$
    select least(greatest(floor((st_x(place) + 180) / 360 * 67108864), 0), 67108863)::integer
$$;
create function tile_row(place geometry) returns integer
language sql immutable strict parallel safe as $$
    select least(greatest(floor((1 - asinh(tan(radians(
        greatest(-85.0511287798066, least(85.0511287798066, st_y(place)))
    ))) / pi()) / 2 * 67108864), 0), 67108863)::integer
$$;
create function tile_key(place geometry) returns bigint
language plpgsql immutable strict parallel safe as $$
declare
    x bigint := public.tile_column(place);
    y bigint := public.tile_row(place);
begin
    x := (x | (x << 16)) & 281470681808895;
    x := (x | (x << 8)) & 71777214294589695;
    x := (x | (x << 4)) & 1085102592571150095;
    x := (x | (x << 2)) & 3689348814741910323;
    x := (x | (x << 1)) & 6148914691236517205;
    y := (y | (y << 16)) & 281470681808895;
    y := (y | (y << 8)) & 71777214294589695;
    y := (y | (y << 4)) & 1085102592571150095;
    y := (y | (y << 2)) & 3689348814741910323;
    y := (y | (y << 1)) & 6148914691236517205;
    return x | (y << 1);
end
$$
"""
