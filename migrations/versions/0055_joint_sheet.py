"""the joint sheet 综合查一次: whose matter an item and a finding are, and the national sheet"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from inspections.field.checklist_data import read_checklist

revision = "0055"
down_revision = "0051"
branch_labels = None
depends_on = None

KINDS = (
    "education", "market", "civil_affairs", "police", "urban", "fire", "culture", "township", "discipline",
    "school",
)  # fmt: skip
TABLES = ("checklist_items", "findings")
WORDS = sa.ARRAY(sa.Text())
GOING = "checklist_code = 'lhjc'"


def upgrade() -> None:
    for name in TABLES:
        kind = sa.Enum(*KINDS, name="department", native_enum=False, create_constraint=True, length=32)
        op.add_column(name, sa.Column("department", kind, nullable=True))
    publish(read_checklist("joint_sheet"))


def publish(checklist: dict[str, Any]) -> None:
    items = checklist.pop("items")
    key = {"checklist_code": checklist["code"], "checklist_version": checklist["version"]}
    op.bulk_insert(table("checklists", checklist), [checklist])
    rows = [key | item | {"position": position} for position, item in enumerate(items, 1)]
    op.bulk_insert(table("checklist_items", rows[0]), rows)


def table(name: str, row: dict[str, Any]) -> sa.TableClause:
    return sa.table(name, *(sa.column(key, WORDS if isinstance(row[key], list) else None) for key in row))


def downgrade() -> None:
    """What checks answered on the sheet stays in their records."""
    op.execute(f"update checks set checklist_code = null, checklist_version = null where {GOING}")
    op.execute(f"delete from checklist_items where {GOING}")
    op.execute("delete from checklists where code = 'lhjc'")
    for name in TABLES:
        op.drop_column(name, "department")
