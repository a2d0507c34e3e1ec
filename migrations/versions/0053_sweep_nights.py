"""sweep nights: positions while on duty, second lines under one id"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import secure

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sweep_entry_conflicts",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("line", JSONB(), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("heard_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "author_id"],
            ["people.county", "people.id"],
            name=op.f("fk_sweep_entry_conflicts_county_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "entry_id"],
            ["sweep_entries.county", "sweep_entries.id"],
            name=op.f("fk_sweep_entry_conflicts_county_entry_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_entry_conflicts_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_entry_conflicts")),
        sa.UniqueConstraint(
            "county", "entry_id", "sha256", name=op.f("uq_sweep_entry_conflicts_county_entry_id_sha256")
        ),
    )
    op.create_table(
        "sweep_positions",
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("heard_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("place", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("accuracy_m", sa.SmallInteger(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "person_id"],
            ["people.county", "people.id"],
            name=op.f("fk_sweep_positions_county_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "sweep_id"],
            ["sweeps.county", "sweeps.id"],
            name=op.f("fk_sweep_positions_county_sweep_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "team_id"],
            ["sweep_teams.county", "sweep_teams.id"],
            name=op.f("fk_sweep_positions_county_team_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_positions_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_positions")),
        sa.UniqueConstraint(
            "county",
            "sweep_id",
            "person_id",
            "at",
            name=op.f("uq_sweep_positions_county_sweep_id_person_id_at"),
        ),
    )
    secure("sweep_entry_conflicts", "select, insert")
    secure("sweep_positions", "select, insert, delete")


def downgrade() -> None:
    op.drop_table("sweep_positions")
    op.drop_table("sweep_entry_conflicts")
