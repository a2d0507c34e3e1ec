"""Vector tiles of sites: cells with counts at low zooms, the sites themselves from `POINT_ZOOM` on."""

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from geo.tiles import EXTENT, KEY_ZOOM, Tile

from ..access import own_township
from .people import Person
from .site_counts import CELL_BITS, CELL_COLUMN, CELL_ROW, FINEST, LEVELS, OPEN_STATES, counted
from .sites import SiteKind

POINT_ZOOM = LEVELS.stop - CELL_BITS  # from here on a tile holds sites, below it cells


def tile_of_sites(session: Session, person: Person, tile: Tile, filters: dict[str, list[str]]) -> bytes:
    """A Mapbox vector tile with one layer: `cells` below `POINT_ZOOM`, `sites` from there on.

    `filters` maps kind, state, category, licence_state or township_id to the values wanted. A cell has
    `n` and, of these, `school`, `institution`, `suspected`, and `open`: those whose state asks for action.
    Who sees one township only gets that one's sites.
    """
    unknown = filters.keys() - FILTERS.keys()
    if unknown:
        raise KeyError(unknown)
    if (own := own_township(person)) is not None:
        filters = {**filters, "township_id": [each for each in filters.get("township_id", own) if each in own]}
    if tile.z >= POINT_ZOOM:
        return _points(session, person, tile, filters)
    if filters.keys() <= {"kind", "state"}:
        return _counted(session, person, tile, filters)
    return _counted_live(session, person, tile, filters)


FILTERS = {
    "kind": "kind = any(:kind)",
    "state": "state = any(:state)",
    "category": "category = any(:category)",
    "licence_state": "licence_state = any(:licence_state)",
    "township_id": "township_id = any(cast(:township_id as uuid[]))",
}

KINDS = tuple(kind.value for kind in SiteKind)
OPEN = ", ".join(f"'{state}'" for state in OPEN_STATES)

SUMS = ", ".join(
    [
        "sum(n)::int as n",
        *(f"coalesce(sum(n) filter (where kind = '{kind}'), 0)::int as {kind}" for kind in KINDS),
        f"coalesce(sum(n) filter (where state in ({OPEN})), 0)::int as open",
    ]
)
FIGURES = ("n", *KINDS, "open")
BOTH = ", ".join(f"coalesce(kept.{each}, 0) + coalesce(changed.{each}, 0) as {each}" for each in FIGURES)

SIDE = EXTENT >> CELL_BITS


def _as_tile(column: str, row: str) -> str:
    """What was `counted`, in order of the cells, so that the same sites give the same bytes."""
    return f"""
        select st_asmvt(tile, 'cells', {EXTENT}, 'geom') from (
            select st_makepoint(({column}) * {SIDE} + {SIDE // 2}, ({row}) * {SIDE} + {SIDE // 2}) as geom,
                n, school, institution, suspected, open
            from counted where n > 0 order by cell
        ) tile
    """


AS_TILE = _as_tile(CELL_COLUMN, CELL_ROW)
KEPT_AS_TILE = _as_tile(
    "tile_column", "tile_row"
)  # a tile has up to 1,024 cells, and the bits of each take a while


def _counted(session: Session, person: Person, tile: Tile, filters: dict[str, list[str]]) -> bytes:
    """The counts that are kept; with what has changed since only where the log has something for this tile.

    The log is folded every few seconds, and joining nothing to the counts would cost as much as reading them.
    The statement is the same at every zoom, so that PostgreSQL has soon read and planned it once and for all.
    """
    first, last = tile.keys
    level = tile.z + CELL_BITS
    shift, fine = 2 * (KEY_ZOOM - level), 2 * (KEY_ZOOM - FINEST)
    kept = f"""
        select cell, tile_column, tile_row, {_kept_figures(filters)} from site_cells
        where county = :county and level = :level and cell between :first and :last
    """
    log = "site_counts where county = :county and cell between :fine_first and :fine_last"
    changed = f"select cell >> :coarser as cell, {SUMS} from {log} {_where(filters)} group by 1"
    both = f"select cell, {BOTH} from ({kept}) kept full join ({changed}) changed using (cell)"
    values = filters | {
        "level": level,
        "coarser": shift - fine,
        "first": first >> shift,
        "last": last >> shift,
        "fine_first": first >> fine,
        "fine_last": last >> fine,
    }
    unless_changed = f"with counted as ({kept}) {KEPT_AS_TILE} where not exists (select from {log})"
    found = _run(session, person, unless_changed, values)
    return found or _run(session, person, f"with counted as ({both}) {AS_TILE}", values)


def _kept_figures(filters: dict[str, list[str]]) -> str:
    if not filters:
        return ", ".join(FIGURES)
    kinds = {*filters.get("kind", KINDS)}
    states = {*filters["state"]} if "state" in filters else None
    sums = {"n": counted(kinds, states), "open": counted(kinds, (states or {*OPEN_STATES}) & {*OPEN_STATES})}
    sums |= {kind: counted(kinds & {kind}, states) for kind in KINDS}
    return ", ".join(f"{sums[each]} as {each}" for each in FIGURES)


def _counted_live(session: Session, person: Person, tile: Tile, filters: dict[str, list[str]]) -> bytes:
    first, last = tile.keys
    query = f"""
        with found as (
            select tile_key >> :shift as cell, kind, state, 1 as n from sites
            where county = :county and tile_key between :first and :last {_where(filters)}
        ), counted as (select cell, {SUMS} from found group by cell)
        {AS_TILE}
    """
    values = {"shift": 2 * (KEY_ZOOM - tile.z - CELL_BITS), "first": first, "last": last}
    return _run(session, person, query, values | filters)


def _points(session: Session, person: Person, tile: Tile, filters: dict[str, list[str]]) -> bytes:
    """The sites of a tile and of an eighth around it, so that no symbol is cut at an edge."""
    ranges = tile.key_ranges(margin=1)
    column, row = tile.corner
    units = KEY_ZOOM - tile.z
    query = f"""
        select st_asmvt(tile, 'sites', {EXTENT}, 'geom') from (
            select st_makepoint(
                    (tile_column - :column) * {EXTENT}.0 / (1 << :units),
                    (tile_row - :row) * {EXTENT}.0 / (1 << :units)
                ) as geom,
                id::text as id, name, kind, category, state, licence_state
            from unnest(cast(:firsts as bigint[]), cast(:lasts as bigint[])) as range(first, last)
            cross join lateral (
                select tile_column, tile_row, id, name, kind, category, state, licence_state
                from sites where county = :county and tile_key between first and last {_where(filters)}
                offset 0 -- else a plan that reads the whole county once can look cheaper than the index
            ) here
        ) tile
    """
    values = {
        "firsts": [first for first, _ in ranges],
        "lasts": [last for _, last in ranges],
        "column": column,
        "row": row,
        "units": units,
    }
    return _run(session, person, query, values | filters)


def _where(filters: dict[str, list[str]]) -> str:
    return "".join(f" and {FILTERS[name]}" for name in filters)


def _run(session: Session, person: Person, query: str, values: dict[str, Any]) -> bytes:
    """By the driver itself: a map asks for dozens of tiles, and SQLAlchemy's part would cost as much as one."""
    connection = session.connection()
    found: Row[Any] = connection.exec_driver_sql(_for_driver(query), values | {"county": person.county}).one()
    return bytes(found[0])


@lru_cache(maxsize=256)
def _for_driver(query: str) -> str:
    """`:name` as psycopg's `%(name)s`."""
    return re.sub(r"(?<!:):(\w+)", r"%(\1)s", query.replace("%", "%%"))
