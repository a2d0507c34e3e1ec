"""corrections of the records of interviews, each a further version"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NAME = "interview_corrections"


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("step_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("held_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint("county", "step_id", "version", name=op.f(f"uq_{NAME}_county_step_id_version")),
        sa.CheckConstraint("version >= 2", name=op.f(f"ck_{NAME}_version")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f(f"ck_{NAME}_reason")),
        sa.CheckConstraint("headcount between 1 and 1000", name=op.f(f"ck_{NAME}_headcount")),
        sa.ForeignKeyConstraint(
            ["county", "step_id"], ["steps.county", "steps.id"], name=op.f(f"fk_{NAME}_county_step_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "author_id"], ["people.county", "people.id"], name=op.f(f"fk_{NAME}_county_author_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{NAME}_county")),
    )
    secure(NAME, "select, insert")


def downgrade() -> None:
    op.drop_table(NAME)
