"""documents whose words are frozen when they are made, since their record has none"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("documents", sa.Column("content", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    op.drop_column("documents", "content")
