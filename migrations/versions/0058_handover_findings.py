"""one hand-over for all problems that a department has at a site"""

import sqlalchemy as sa
from alembic import op

from migrations.security import secure

revision = "0058"
down_revision = "0053"
branch_labels = None
depends_on = None

TABLE = "handover_findings"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{TABLE}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{TABLE}_county")),
        *(
            sa.ForeignKeyConstraint(
                ["county", column], [f"{other}.county", f"{other}.id"], name=op.f(f"fk_{TABLE}_county_{column}")
            )
            for column, other in (("handover_id", "handovers"), ("finding_id", "findings"))
        ),
        sa.UniqueConstraint(
            "county", "handover_id", "finding_id", name=op.f(f"uq_{TABLE}_county_handover_id_finding_id")
        ),
    )
    op.create_index(f"ix_{TABLE}_county_finding_id", TABLE, ["county", "finding_id"])
    secure(TABLE, "select, insert")


def downgrade() -> None:
    op.drop_table(TABLE)
