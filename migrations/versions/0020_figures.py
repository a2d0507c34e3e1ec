"""figures: snapshots, the words of tables, model cases and the schedule of the year"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedule_items",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("time", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("edited_by_id", sa.Uuid(), nullable=True),
        sa.Column("edited_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_schedule_items_days")),
        sa.CheckConstraint("year between 2000 and 2100", name=op.f("ck_schedule_items_year")),
        sa.ForeignKeyConstraint(
            ["county", "edited_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_schedule_items_county_edited_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_schedule_items_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_schedule_items")),
    )
    op.create_index(
        "ix_schedule_items_county_year_position", "schedule_items", ["county", "year", "position"], unique=False
    )
    op.create_table(
        "figure_entries",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("zone_id", sa.Uuid(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("filled_by", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("main_problems", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("edited_by_id", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "edited_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_figure_entries_county_edited_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "township_id"],
            ["areas.county", "areas.id"],
            name=op.f("fk_figure_entries_county_township_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "zone_id"], ["zones.county", "zones.id"], name=op.f("fk_figure_entries_county_zone_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_figure_entries_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_figure_entries")),
        sa.UniqueConstraint(
            "county",
            "first_day",
            "last_day",
            "township_id",
            "zone_id",
            name=op.f("uq_figure_entries_county_first_day_last_day_township_id_zone_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "figure_snapshots",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("as_of", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("zone_id", sa.Uuid(), nullable=True),
        sa.Column("frozen_by_id", sa.Uuid(), nullable=False),
        sa.Column("frozen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_figure_snapshots_days")),
        sa.ForeignKeyConstraint(
            ["county", "frozen_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_figure_snapshots_county_frozen_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "township_id"],
            ["areas.county", "areas.id"],
            name=op.f("fk_figure_snapshots_county_township_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "zone_id"], ["zones.county", "zones.id"], name=op.f("fk_figure_snapshots_county_zone_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_figure_snapshots_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_figure_snapshots")),
    )
    op.create_index(
        "ix_figure_snapshots_county_frozen_at", "figure_snapshots", ["county", "frozen_at"], unique=False
    )
    op.create_table(
        "model_cases",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_by_id is null)", name=op.f("ck_model_cases_withdrawn")
        ),
        sa.ForeignKeyConstraint(
            ["county", "recorded_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_model_cases_county_recorded_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_model_cases_county_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "withdrawn_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_model_cases_county_withdrawn_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_model_cases_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_model_cases")),
    )
    op.create_index("ix_model_cases_county_found_on", "model_cases", ["county", "found_on"], unique=False)
    secure("schedule_items")
    secure("figure_entries", "select, insert, update")
    secure("model_cases", "select, insert, update")
    secure("figure_snapshots", "select, insert")  # what was frozen stays as it is


def downgrade() -> None:
    op.drop_index("ix_model_cases_county_found_on", table_name="model_cases")
    op.drop_table("model_cases")
    op.drop_index("ix_figure_snapshots_county_frozen_at", table_name="figure_snapshots")
    op.drop_table("figure_snapshots")
    op.drop_table("figure_entries")
    op.drop_index("ix_schedule_items_county_year_position", table_name="schedule_items")
    op.drop_table("schedule_items")
