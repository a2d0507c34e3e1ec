"""steps that wait have an index of their own, and none leads astray who looks for those of one finding"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Where the clock takes a hundred thousand steps at once, nobody has counted the table yet, and the planner would
    # look through all that are done for those of one finding
    op.drop_index("ix_steps_county_state_kind", table_name="steps")
    op.create_index(
        "ix_steps_waiting", "steps", ["county", "kind"], postgresql_where=sa.text("state = 'proposed'")
    )


def downgrade() -> None:
    op.drop_index("ix_steps_waiting", table_name="steps")
    op.create_index("ix_steps_county_state_kind", "steps", ["county", "state", "kind"])
