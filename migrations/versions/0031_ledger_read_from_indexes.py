"""what a page of the ledger counts, and its order by site, are read from indexes alone"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_ledger_items_packed", "ledger_items", ["county"], postgresql_include=["packed"])
    op.create_index("ix_ledger_items_county_site_name", "ledger_items", ["county", "site_name", "id"])


def downgrade() -> None:
    op.drop_index("ix_ledger_items_county_site_name", table_name="ledger_items")
    op.drop_index("ix_ledger_items_packed", table_name="ledger_items")
