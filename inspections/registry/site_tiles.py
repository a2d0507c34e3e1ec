"""Vector tiles of sites: cells with counts at low zooms, the sites themselves from `POINT_ZOOM` on.

Counts are kept as a log of changes, written by a trigger on `sites` (`+1` where a site came, `-1` where it
left), summed by whoever reads and folded together by a job: two writers never wait for each other over a
coarse cell that both touched.
"""

from typing import Any

from sqlalchemy import CHAR, BigInteger, ForeignKey, Identity, Index, Row, SmallInteger, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo.tiles import EXTENT, KEY_ZOOM, Tile

from ..access import own_township
from ..db import Model
from ..jobs import Work, job
from .people import Person

POINT_ZOOM = 13  # from here on a tile holds sites, below it cells
CELL_BITS = 5  # a tile is 32 × 32 cells
LEVELS = range(5, POINT_ZOOM + CELL_BITS)  # zooms of cells: tiles of zoom 0 to 12
FOLD_ABOVE = 50_000  # changes in the log before it is worth folding


class SiteCount(Model):
    """A change of the number of sites of a kind and state in one cell.

    `level` is the zoom at which the cell is a tile; `cell` is the Z-order number of that tile.
    """

    __tablename__ = "site_counts"
    __table_args__ = (Index("ix_site_counts_county_level_cell", "county", "level", "cell"),)

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger)
    cell: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    state: Mapped[str]
    n: Mapped[int]


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

OPEN = "state in ('reported', 'verified', 'rectifying', 'suspended')"

SUMS = f"""
    sum(n)::int as n,
    coalesce(sum(n) filter (where kind = 'school'), 0)::int as school,
    coalesce(sum(n) filter (where kind = 'institution'), 0)::int as institution,
    coalesce(sum(n) filter (where kind = 'suspected'), 0)::int as suspected,
    coalesce(sum(n) filter (where {OPEN}), 0)::int as open
"""

# A cell's place inside the tile: the even bits of its number are its column, the odd bits its row.
CELL_PLACE = " | ".join(f"((cell >> {bit}) & {1 << bit})" for bit in range(CELL_BITS))
CELL_ROW = " | ".join(f"((cell >> {bit + 1}) & {1 << bit})" for bit in range(CELL_BITS))
SIDE = EXTENT >> CELL_BITS

AS_TILE = f"""
    select st_asmvt(tile, 'cells', {EXTENT}, 'geom') from (
        select st_makepoint(({CELL_PLACE}) * {SIDE} + {SIDE // 2}, ({CELL_ROW}) * {SIDE} + {SIDE // 2}) as geom,
            n, school, institution, suspected, open
        from counted where n > 0
    ) tile
"""


def _counted(session: Session, person: Person, tile: Tile, filters: dict[str, list[str]]) -> bytes:
    first, last = tile.keys
    shift = 2 * (KEY_ZOOM - tile.z - CELL_BITS)
    query = f"""
        with counted as (
            select cell, {SUMS} from site_counts
            where county = :county and level = :level and cell between :first and :last {_where(filters)}
            group by cell
        ) {AS_TILE}
    """
    values = {"level": tile.z + CELL_BITS, "first": first >> shift, "last": last >> shift}
    return _run(session, person, query, values | filters)


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
            join sites on county = :county and tile_key between first and last {_where(filters)}
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
    found: Row[Any] = session.execute(text(query), values | {"county": person.county}).one()
    return bytes(found[0])


@job("site_counts.fold")
def fold(work: Work) -> None:
    """Replace the log of changes by one row for each cell, kind and state that still has sites."""
    work.session.execute(FOLD, {"county": work.county})


FOLD = text(
    """
    with taken as (delete from site_counts where county = :county returning level, cell, kind, state, n)
    insert into site_counts (county, level, cell, kind, state, n)
    select :county, level, cell, kind, state, sum(n) from taken
    group by level, cell, kind, state having sum(n) <> 0
    """
)

COUNT_CHANGES_SQL = f"""
create function count_sites() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into site_counts (county, level, cell, kind, state, n)
        select county, level, tile_key >> (2 * ({KEY_ZOOM} - level)), kind, state, -count(*)
        from gone, generate_series({LEVELS.start}, {LEVELS.stop - 1}) as level
        where tile_key is not null group by 1, 2, 3, 4, 5;
    end if;
    if tg_op <> 'DELETE' then
        insert into site_counts (county, level, cell, kind, state, n)
        select county, level, tile_key >> (2 * ({KEY_ZOOM} - level)), kind, state, count(*)
        from come, generate_series({LEVELS.start}, {LEVELS.stop - 1}) as level
        where tile_key is not null group by 1, 2, 3, 4, 5;
    end if;
    return null;
end
$$;
create trigger count_inserted after insert on sites
    referencing new table as come for each statement execute function count_sites();
create trigger count_updated after update on sites
    referencing old table as gone new table as come for each statement execute function count_sites();
create trigger count_deleted after delete on sites
    referencing old table as gone for each statement execute function count_sites()
"""
