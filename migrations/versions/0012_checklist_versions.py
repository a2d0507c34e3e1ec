"""checklists in versions, a county's own lists, and the lists of five managements, school safety and premises"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from inspections.field.checklist_data import read_checklist
from migrations.security import APP_ROLE, OWN_COUNTY

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CARRIED_OVER = ("five_managements", "school_safety", "institution_premises")
CODES = "('wxgl', 'xxaq', 'pxcs')"
TABLES = ("checklists", "checklist_items")
LEFT_EMPTY = (
    ("checklists", "title_en"),
    ("checklists", "source"),
    ("checklist_items", "section_en"),
    ("checklist_items", "text_en"),
)
WORDS = sa.ARRAY(sa.Text())


def upgrade() -> None:
    add_columns()
    add_constraints()
    for table in TABLES:
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"create policy everyones on {table} for select using (county is null or {OWN_COUNTY})")
        op.execute(f"grant insert, update, delete on {table} to {APP_ROLE}")
    op.execute(f"create policy own_county on checklists using ({OWN_COUNTY}) with check ({OWN_COUNTY})")
    op.execute(f"create policy own_drafts on checklist_items using ({IN_A_DRAFT}) with check ({IN_A_DRAFT})")
    for name in CARRIED_OVER:
        publish(read_checklist(name))


# Items can be written while their list is a draft: what was published never changes, whatever the app tries.
IN_A_DRAFT = (
    f"{OWN_COUNTY} and exists (select from checklists where code = checklist_code and version = checklist_version"
    " and state = 'draft')"
)


def add_columns() -> None:
    state = sa.Enum(
        "draft", "published", "withdrawn", name="state", native_enum=False, create_constraint=True, length=32
    )
    columns: dict[str, list[sa.Column[Any]]] = {
        "checklists": [
            sa.Column("county", sa.CHAR(length=6), nullable=True),
            sa.Column("state", state, server_default="published", nullable=False),
            sa.Column("site_kinds", WORDS, server_default="{}", nullable=False),
            sa.Column("check_kinds", WORDS, server_default="{}", nullable=False),
            sa.Column("valid_to", sa.Date(), nullable=True),
            sa.Column("edited_at", sa.TIMESTAMP(timezone=True), server_default=sa.func.now(), nullable=False),
        ],
        "checklist_items": [
            sa.Column("county", sa.CHAR(length=6), nullable=True),
            sa.Column("kinds", WORDS, server_default="{}", nullable=False),
            *(
                sa.Column(name, sa.Text(), server_default="", nullable=False)
                for name in ("proof", "proof_en", "source")
            ),
        ],
    }
    for table, added in columns.items():
        for column in added:
            op.add_column(table, column)
        op.create_foreign_key(op.f(f"fk_{table}_county"), table, "counties", ["county"], ["code"])
    op.alter_column("checklists", "valid_from", nullable=True)
    for table, name in LEFT_EMPTY:
        op.alter_column(table, name, server_default="")


def add_constraints() -> None:
    own = "county is not distinct from substring({} from '^([0-9]{{6}})-')"
    op.create_check_constraint(op.f("ck_checklists_own_code"), "checklists", own.format("code"))
    op.create_check_constraint(
        op.f("ck_checklist_items_own_code"), "checklist_items", own.format("checklist_code")
    )
    op.create_check_constraint(
        op.f("ck_checklists_published_from"), "checklists", "state <> 'published' or valid_from is not null"
    )
    op.create_check_constraint(op.f("ck_checklists_validity"), "checklists", "valid_to >= valid_from")
    op.create_check_constraint(
        op.f("ck_checks_own_checklist"),
        "checks",
        "coalesce(substring(checklist_code from '^([0-9]{6})-'), county) = county",
    )
    draft, open_ended = sa.text("state = 'draft'"), sa.text("state = 'published' and valid_to is null")
    op.create_index("uq_checklists_draft", "checklists", ["code"], unique=True, postgresql_where=draft)
    op.create_index("uq_checklists_open_ended", "checklists", ["code"], unique=True, postgresql_where=open_ended)


def publish(checklist: dict[str, Any]) -> None:
    items = checklist.pop("items")
    key = {"checklist_code": checklist["code"], "checklist_version": checklist["version"]}
    op.bulk_insert(table("checklists", checklist), [checklist])
    rows = [key | item | {"position": position} for position, item in enumerate(items, 1)]
    op.bulk_insert(table("checklist_items", rows[0]), rows)


def table(name: str, row: dict[str, Any]) -> sa.TableClause:
    return sa.table(name, *(sa.column(key, WORDS if isinstance(row[key], list) else None) for key in row))


def downgrade() -> None:
    """Lists of counties go, and with them what old checks answered; the checks keep their records."""
    op.drop_constraint("ck_checks_own_checklist", "checks")
    op.execute(f"update checks set checklist_code = null, checklist_version = null where {GOING}")
    op.execute(f"delete from checklist_items where {GOING}")
    op.execute(f"delete from checklists where {GOING.replace('checklist_code', 'code')}")
    for name in TABLES:
        op.execute(f"drop policy everyones on {name}")
    op.execute("drop policy own_drafts on checklist_items")
    op.execute("drop policy own_county on checklists")
    for name in TABLES:
        op.execute(f"revoke insert, update, delete on {name} from {APP_ROLE}")
        op.execute(f"alter table {name} disable row level security")
    op.alter_column("checklists", "valid_from", nullable=False)
    for table, name in LEFT_EMPTY:
        op.alter_column(table, name, server_default=None)
    for name in ("site_kinds", "check_kinds", "valid_to", "edited_at", "county", "state"):
        op.execute(f"alter table checklists drop column {name} cascade")
    for name in ("kinds", "proof", "proof_en", "source", "county"):
        op.execute(f"alter table checklist_items drop column {name} cascade")
    op.execute("drop index if exists uq_checklists_draft, uq_checklists_open_ended")


GOING = f"(checklist_code ~ '^[0-9]{{6}}-' or checklist_code in {CODES})"
