"""whom an officer may not inspect"""

import sqlalchemy as sa
from alembic import op

from migrations.security import APP_ROLE, secure

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

TABLE = "officer_conflicts"
GROUNDS = ("relative", "employed", "child", "money", "other")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(*GROUNDS, name="ground", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("declared_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("declared_by_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{TABLE}_county")),
        *(
            sa.ForeignKeyConstraint(
                ["county", column], [f"{other}.county", f"{other}.id"], name=op.f(f"fk_{TABLE}_county_{column}")
            )
            for column, other in (
                ("person_id", "people"),
                ("site_id", "sites"),
                ("declared_by_id", "people"),
                ("ended_by_id", "people"),
            )
        ),
    )
    op.create_index(
        "uq_officer_conflicts_standing",
        TABLE,
        ["county", "person_id", "site_id"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    secure(TABLE, "select, insert")
    op.execute(f"grant update (ended_at, ended_by_id) on {TABLE} to {APP_ROLE}")


def downgrade() -> None:
    op.drop_table(TABLE)
