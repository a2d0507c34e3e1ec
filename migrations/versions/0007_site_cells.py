"""site cells: a row a cell with its counts; the log of changes holds the finest level alone"""

from importlib import import_module

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import APP_ROLE, secure

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

before = import_module("migrations.versions.0005_site_counts")


def upgrade() -> None:
    before.downgrade()
    op.create_table(
        "site_counts",
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_site_counts_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_site_counts")),
    )
    op.create_index("ix_site_counts_county_cell", "site_counts", ["county", "cell"])
    op.create_table(
        "site_cells",
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), sum_of(range(1, 22)), nullable=False),
        sa.Column("school", sa.Integer(), sum_of(range(1, 8)), nullable=False),
        sa.Column("institution", sa.Integer(), sum_of(range(8, 15)), nullable=False),
        sa.Column("suspected", sa.Integer(), sum_of(range(15, 22)), nullable=False),
        sa.Column("open", sa.Integer(), sum_of([1, 2, 4, 5, 8, 9, 11, 12, 15, 16, 18, 19]), nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_site_cells_county")),
        sa.PrimaryKeyConstraint("county", "level", "cell", name=op.f("pk_site_cells")),
    )
    for table in ("site_counts", "site_cells"):
        secure(table)
    op.execute(f"grant usage on sequence site_counts_id_seq to {APP_ROLE}")
    op.execute(LOG_CHANGES_SQL)
    op.execute(COUNT_ALL_SQL)


def downgrade() -> None:
    before.downgrade()
    op.drop_table("site_cells")
    before.upgrade()


def sum_of(places: object) -> sa.Computed:
    return sa.Computed(" + ".join(f"counts[{place}]" for place in places), persisted=True)  # type: ignore[attr-defined]


LOG_CHANGES_SQL = """
create function count_sites() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        insert into site_counts (county, cell, kind, state, n)
        select county, tile_key >> 18, kind, state, count(*)
        from come where tile_key is not null group by 1, 2, 3, 4;
    elsif tg_op = 'DELETE' then
        insert into site_counts (county, cell, kind, state, n)
        select county, tile_key >> 18, kind, state, -count(*)
        from gone where tile_key is not null group by 1, 2, 3, 4;
    else
        insert into site_counts (county, cell, kind, state, n)
        select county, tile_key >> 18, kind, state, sum(n) from (
            select county, tile_key, kind, state, -1 as n from gone
            union all select county, tile_key, kind, state, 1 from come
        ) change
        where tile_key is not null group by 1, 2, 3, 4 having sum(n) <> 0;
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

COUNT_ALL_SQL = """
insert into site_counts (county, cell, kind, state, n)
select county, tile_key >> 18, kind, state, count(*) from sites
where tile_key is not null group by 1, 2, 3, 4
"""
