"""site counts: pre-aggregated cells for tiles at low zooms, kept by triggers on sites"""

import sqlalchemy as sa
from alembic import op

from migrations.security import APP_ROLE, secure

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site_counts",
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_site_counts_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_site_counts")),
    )
    op.create_index("ix_site_counts_county_level_cell", "site_counts", ["county", "level", "cell"])
    secure("site_counts")
    op.execute(f"grant usage on sequence site_counts_id_seq to {APP_ROLE}")
    op.execute(COUNT_CHANGES_SQL)
    op.execute("update sites set name = name")  # counts what was there before


def downgrade() -> None:
    for trigger in ("count_inserted", "count_updated", "count_deleted"):
        op.execute(f"drop trigger {trigger} on sites")
    op.execute("drop function count_sites()")
    op.drop_table("site_counts")


COUNT_CHANGES_SQL = """
create function count_sites() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into site_counts (county, level, cell, kind, state, n)
        select county, level, tile_key >> (2 * (26 - level)), kind, state, -count(*)
        from gone, generate_series(5, 17) as level
        where tile_key is not null group by 1, 2, 3, 4, 5;
    end if;
    if tg_op <> 'DELETE' then
        insert into site_counts (county, level, cell, kind, state, n)
        select county, level, tile_key >> (2 * (26 - level)), kind, state, count(*)
        from come, generate_series(5, 17) as level
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
