"""How many sites of each kind and state stand in each cell, for tiles at low zooms.

A trigger on `sites` writes what changes into a log, `site_counts`: `+1` where a site came, `-1` where it left.
A job adds the log up into `site_cells`. Whoever reads takes both, so no count is ever late, and two writers
never wait for each other over a coarse cell that both touched.
"""

from itertools import product

from sqlalchemy import ARRAY, CHAR, BigInteger, Computed, ForeignKey, Identity, Index, Integer, SmallInteger, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo.tiles import KEY_ZOOM

from ..db import Model
from ..jobs import Work, job
from .sites import SiteKind, SiteState

LEVELS = range(5, 18)  # zooms at which a cell is a tile
CELL_BITS = 5  # a tile is 32 × 32 cells
FINEST = LEVELS[-1]
FOLD_ABOVE = 500  # changes in the log before they are worth adding up

OPEN_STATES = (SiteState.REPORTED, SiteState.VERIFIED, SiteState.RECTIFYING, SiteState.SUSPENDED)
# What the places of `counts` mean, from 1. A new kind or state needs a migration.
PARTS = tuple((kind.value, state.value) for kind, state in product(SiteKind, SiteState))


def counted(kinds: set[str] | None = None, states: set[str] | None = None) -> str:
    """SQL for the number of sites of these kinds and states in a row of `site_cells`."""
    places = [
        f"counts[{place}]"
        for place, (kind, state) in enumerate(PARTS, 1)
        if (kinds is None or kind in kinds) and (states is None or state in states)
    ]
    return " + ".join(places) or "0"


class SiteCount(Model):
    """A change of the number of sites of a kind and state in one cell of the finest level.

    `cell` is the Z-order number of a tile of zoom 17.
    """

    __tablename__ = "site_counts"
    __table_args__ = (Index("ix_site_counts_county_cell", "county", "cell"),)

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    cell: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    state: Mapped[str]
    n: Mapped[int]


# A cell's place inside a tile: the even bits of its number are its column, the odd bits its row.
CELL_COLUMN = " | ".join(f"((cell >> {bit}) & {1 << bit})" for bit in range(CELL_BITS))
CELL_ROW = " | ".join(f"((cell >> {bit + 1}) & {1 << bit})" for bit in range(CELL_BITS))


def _sum(kind: SiteKind | None = None, states: tuple[SiteState, ...] | None = None) -> Computed:
    return Computed(counted({kind.value} if kind else None, {*states} if states else None), persisted=True)


class SiteCell(Model):
    """Sites in one cell, as of the last time the log was added up.

    `level` is the zoom at which the cell is a tile, `cell` that tile's Z-order number. `counts` has a place for
    each kind and state; the sums beside it are what an unfiltered map shows, `open` those whose state asks for
    action. `tile_column` and `tile_row` are the cell's place, 0 to 31, in the tile five levels above.
    """

    __tablename__ = "site_cells"

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    cell: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    tile_column: Mapped[int] = mapped_column(SmallInteger, Computed(f"({CELL_COLUMN})::smallint", persisted=True))
    tile_row: Mapped[int] = mapped_column(SmallInteger, Computed(f"({CELL_ROW})::smallint", persisted=True))
    n: Mapped[int] = mapped_column(_sum())
    school: Mapped[int] = mapped_column(_sum(SiteKind.SCHOOL))
    institution: Mapped[int] = mapped_column(_sum(SiteKind.INSTITUTION))
    suspected: Mapped[int] = mapped_column(_sum(SiteKind.SUSPECTED))
    open: Mapped[int] = mapped_column(_sum(states=OPEN_STATES))
    counts: Mapped[list[int]] = mapped_column(ARRAY(Integer))


@job("site_counts.fold")
def fold(work: Work) -> None:
    """Add the log up into the cells and empty it."""
    work.session.execute(FOLD, {"county": work.county})
    work.session.execute(DROP_EMPTY, {"county": work.county})


@job("site_counts.fold_when_long", every="* * * * *")
def fold_when_long(work: Work) -> None:
    """Fold once reading the log would cost more than reading the cells."""
    if work.session.scalar(WAITING, {"county": work.county, "enough": FOLD_ABOVE}) == FOLD_ABOVE:
        fold(work)


def recount(session: Session, county: str) -> None:
    """Forget every count of the county and count its sites anew."""
    for table in ("site_cells", "site_counts"):
        session.execute(text(f"delete from {table} where county = :county"), {"county": county})
    session.execute(COUNT_ALL, {"county": county})


WAITING = text("select count(*) from (select from site_counts where county = :county limit :enough) waiting")

FOLD = text(
    f"""
    with taken as (
        delete from site_counts where county = :county returning cell, kind, state, n
    ), fine as materialized (
        select cell, {
        ", ".join(
            f"coalesce(sum(n) filter (where kind = '{kind}' and state = '{state}'), 0) as n{place}"
            for place, (kind, state) in enumerate(PARTS, 1)
        )
    }
        from taken group by cell
    ), coarse as (
        select level, cell >> (2 * ({FINEST} - level)) as cell,
            array[{", ".join(f"sum(n{place})" for place in range(1, len(PARTS) + 1))}]::integer[] as counts
        from fine, generate_series({LEVELS[0]}, {FINEST}) as level group by 1, 2
    )
    insert into site_cells (county, level, cell, counts)
    select :county, level, cell, counts from coarse order by level, cell
    on conflict (county, level, cell) do update set counts = array[{
        ", ".join(f"site_cells.counts[{place}] + excluded.counts[{place}]" for place in range(1, len(PARTS) + 1))
    }]
    """
)

DROP_EMPTY = text("delete from site_cells where county = :county and n = 0")

COUNT_ALL = text(
    f"""
    insert into site_counts (county, cell, kind, state, n)
    select county, tile_key >> {2 * (KEY_ZOOM - FINEST)}, kind, state, count(*) from sites
    where county = :county and tile_key is not null group by 1, 2, 3, 4
    """
)
