"""extensions that a school or institution asks for: the form by which it asked"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("approvals", sa.Column("form_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(
        op.f("uq_approvals_county_form_id_finding_id"), "approvals", ["county", "form_id", "finding_id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("uq_approvals_county_form_id_finding_id"), "approvals")
    op.drop_column("approvals", "form_id")
