"""first checklist, and what a check says beyond its answers

A device that was restored from a backup counts its records again: its sequence orders them, but no longer
forbids a second one.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from inspections.field.checklist_data import read_checklist

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DEVICE = ["county", "device_id", "device_sequence"]


def upgrade() -> None:
    op.add_column("checks", sa.Column("facts", JSONB(), server_default="{}", nullable=False))
    op.add_column("checks", sa.Column("last_outdoor_fix", JSONB(), nullable=True))
    op.drop_constraint("uq_checks_county_device_id_device_sequence", "checks")
    op.create_index("ix_checks_county_device_id_device_sequence", "checks", DEVICE)
    publish(read_checklist("zd_25"))


def publish(checklist: dict) -> None:
    items = checklist.pop("items")
    key = {"checklist_code": checklist["code"], "checklist_version": checklist["version"]}
    op.bulk_insert(table("checklists", checklist), [checklist])
    rows = [key | item | {"position": position} for position, item in enumerate(items, 1)]
    op.bulk_insert(table("checklist_items", rows[0]), rows)


def table(name: str, row: dict) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in row))


def downgrade() -> None:
    op.execute("delete from checklist_items where checklist_code = 'zd-25' and checklist_version = 1")
    op.execute("delete from checklists where code = 'zd-25' and version = 1")
    op.drop_index("ix_checks_county_device_id_device_sequence", "checks")
    op.create_unique_constraint("uq_checks_county_device_id_device_sequence", "checks", DEVICE)
    op.drop_column("checks", "last_outdoor_fix")
    op.drop_column("checks", "facts")
