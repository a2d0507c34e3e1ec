"""sweep mixes: whom a stop requires; and when people are away"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import secure

revision = "0051"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sweep_mixes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("certified", sa.SmallInteger(), nullable=False),
        sa.Column("departments", JSONB(), nullable=False),
        sa.Column("basis", sa.Text(), server_default="", nullable=False),
        sa.Column("is_used", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("edited_by_id", sa.Uuid(), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("certified between 2 and 9", name=op.f("ck_sweep_mixes_certified")),
        sa.ForeignKeyConstraint(
            ["county", "edited_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_sweep_mixes_county_edited_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_mixes_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_mixes")),
        sa.UniqueConstraint("county", "code", name=op.f("uq_sweep_mixes_county_code")),
    )
    op.create_table(
        "away_times",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("from_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("until_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_away_times_hours")),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_away_times_county_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "entered_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_away_times_county_entered_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_away_times_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_away_times")),
    )
    op.create_index("ix_away_times_county_person_id", "away_times", ["county", "person_id"], unique=False)
    secure("sweep_mixes", "select, insert, update")
    secure("away_times", "select, insert, delete")


def downgrade() -> None:
    op.drop_table("away_times")
    op.drop_table("sweep_mixes")
