"""back-tests of past periods, and the report of each quarter"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0046"
down_revision = "0043"
branch_labels = None
depends_on = None

TABLE = "backtests"
STATES = ("waiting", "running", "done", "failed")
MOMENT = sa.TIMESTAMP(timezone=True)
DONE = "state <> 'done' or (result is not null and visits_id is not null and cells_id is not null)"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Text()),
        sa.Column("asked_by_id", sa.Uuid()),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("computed_at", MOMENT),
        sa.Column("result", postgresql.JSONB()),
        sa.Column("visits_id", sa.Uuid()),
        sa.Column("cells_id", sa.Uuid()),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{TABLE}_county")),
        _to("asked_by_id", "people"),
        _to("visits_id", "analysis_snapshots"),
        _to("cells_id", "analysis_snapshots"),
        sa.CheckConstraint("first_day <= last_day", name=op.f(f"ck_{TABLE}_days")),
        sa.CheckConstraint(DONE, name=op.f(f"ck_{TABLE}_done")),
    )
    op.create_index(f"ix_{TABLE}_county_asked_at", TABLE, ["county", "asked_at"])
    kept = sa.text("quarter is not null")
    op.create_index(f"uq_{TABLE}_quarter", TABLE, ["county", "quarter"], unique=True, postgresql_where=kept)
    secure(TABLE, "select, insert, update")


def downgrade() -> None:
    op.drop_table(TABLE)


def _to(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county", column], [f"{target}.county", f"{target}.id"], name=op.f(f"fk_{TABLE}_county_{column}")
    )
