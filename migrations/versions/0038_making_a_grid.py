"""drafts of grids, who had which cell, and how often cells are walked"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0038"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cell_holders",
        sa.Column("cell_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("until", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("given_by_id", sa.Uuid(), nullable=True),
        *_row("cell_holders"),
        *_recorded(),
        _in_county("cell_holders", "cell_id", "grid_cells"),
        _in_county("cell_holders", "person_id", "people"),
        _in_county("cell_holders", "given_by_id", "people"),
        sa.CheckConstraint("until >= since", name=op.f("ck_cell_holders_order")),
    )
    op.create_index(
        "uq_cell_holders_county_cell_id",
        "cell_holders",
        ["county", "cell_id"],
        unique=True,
        postgresql_where=sa.text("until is null"),
    )
    # Who has a cell now has had it at least since the cell was last written
    op.execute(
        "insert into cell_holders (county, id, cell_id, person_id, since) "
        "select county, gen_random_uuid(), id, worker_id, updated_at from grid_cells where worker_id is not null"
    )
    secure("cell_holders")

    op.create_table(
        "cell_drafts",
        sa.Column("township_id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("cells", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("notes", postgresql.JSONB(), server_default="[]", nullable=False),
        *_row("cell_drafts"),
        *_recorded(),
        _in_county("cell_drafts", "township_id", "areas"),
        _in_county("cell_drafts", "made_by_id", "people"),
        sa.UniqueConstraint("county", "township_id", name=op.f("uq_cell_drafts_county_township_id")),
    )
    secure("cell_drafts")

    op.create_table(
        "coverage_intervals",
        sa.Column("county", sa.CHAR(6), sa.ForeignKey("counties.code"), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("holiday_days", sa.Integer(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        *_recorded(),
        sa.PrimaryKeyConstraint("county", name=op.f("pk_coverage_intervals")),
        _in_county("coverage_intervals", "set_by_id", "people"),
        sa.CheckConstraint("days between 1 and 400", name=op.f("ck_coverage_intervals_days")),
        sa.CheckConstraint("holiday_days between 1 and 400", name=op.f("ck_coverage_intervals_holiday_days")),
    )
    secure("coverage_intervals")


def _row(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{table}_county")),
    )


def _recorded() -> tuple[sa.schema.SchemaItem, ...]:
    moment = sa.TIMESTAMP(timezone=True)
    return (
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", moment, server_default=sa.text("now()"), nullable=False),
    )


def _in_county(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county", column],
        [f"{other}.county", f"{other}.id"],
        name=op.f(f"fk_{table}_county_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    for table in ("coverage_intervals", "cell_drafts", "cell_holders"):
        op.drop_table(table)
