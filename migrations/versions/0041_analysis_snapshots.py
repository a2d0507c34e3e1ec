"""what analyses were computed from"""

import sqlalchemy as sa
from alembic import op

from migrations.security import secure

revision = "0041"
down_revision = "0039"
branch_labels = None
depends_on = None

SNAPSHOTS = "analysis_snapshots"


def upgrade() -> None:
    op.create_table(
        SNAPSHOTS,
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("until", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("taken_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{SNAPSHOTS}")),
        sa.UniqueConstraint("county", "sha256", name=op.f(f"uq_{SNAPSHOTS}_county_sha256")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{SNAPSHOTS}_county")),
    )
    # deleting is for old versions that no analysis stands on any more
    secure(SNAPSHOTS, "select, insert, delete")


def downgrade() -> None:
    op.drop_table(SNAPSHOTS)
