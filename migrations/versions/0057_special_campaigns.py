"""special campaigns: schedule, daily reports, daily dispatch with instructions and receipts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import APP_ROLE, secure

revision = "0057"
down_revision = "0054"
branch_labels = None
depends_on = None

GRANTS = {
    "special_campaign_canvasses": "select, insert, delete",
    "special_campaign_dispatches": "select, insert",
    "special_campaign_items": "select, insert, update, delete",
    "special_campaign_reports": "select, insert",
    "special_campaign_instructions": "select, insert",
    "special_campaign_receipts": "select, insert",
}


def upgrade() -> None:
    _canvasses()
    _dispatches()
    _items()
    _reports()
    _instructions()
    _receipts()
    for table, grants in GRANTS.items():
        secure(table, grants)
    # What was said stays; only the minutes are added to, and how far an instruction is
    op.execute(f"grant update (words, updated_at) on special_campaign_dispatches to {APP_ROLE}")
    op.execute(f"grant update (state, updated_at) on special_campaign_instructions to {APP_ROLE}")


def _canvasses() -> None:
    op.create_table(
        "special_campaign_canvasses",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("canvass_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "campaign_id"],
            ["special_campaigns.county", "special_campaigns.id"],
            name=op.f("fk_special_campaign_canvasses_county_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "canvass_id"],
            ["canvass_campaigns.county", "canvass_campaigns.id"],
            name=op.f("fk_special_campaign_canvasses_county_canvass_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("county", "canvass_id", name=op.f("pk_special_campaign_canvasses")),
    )
    op.create_index(
        "ix_special_campaign_canvasses_county_campaign_id",
        "special_campaign_canvasses",
        ["county", "campaign_id"],
        unique=False,
    )


def _dispatches() -> None:
    op.create_table(
        "special_campaign_dispatches",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("held_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("held_by_id", sa.Uuid(), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "campaign_id"],
            ["special_campaigns.county", "special_campaigns.id"],
            name=op.f("fk_special_campaign_dispatches_county_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "held_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_special_campaign_dispatches_county_held_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_special_campaign_dispatches_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_special_campaign_dispatches")),
        sa.UniqueConstraint(
            "county", "campaign_id", "day", name=op.f("uq_special_campaign_dispatches_county_campaign_id_day")
        ),
    )


def _items() -> None:
    op.create_table(
        "special_campaign_items",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("edited_by_id", sa.Uuid(), nullable=False),
        sa.Column("edited_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("done_by_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(done_on is null) = (done_by_id is null)", name=op.f("ck_special_campaign_items_done")
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_special_campaign_items_days")),
        sa.ForeignKeyConstraint(
            ["county", "campaign_id"],
            ["special_campaigns.county", "special_campaigns.id"],
            name=op.f("fk_special_campaign_items_county_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "done_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_special_campaign_items_county_done_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "edited_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_special_campaign_items_county_edited_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_special_campaign_items_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_special_campaign_items")),
    )
    op.create_index(
        "ix_special_campaign_items_county_campaign_id",
        "special_campaign_items",
        ["county", "campaign_id", "position"],
        unique=False,
    )


def _reports() -> None:
    op.create_table(
        "special_campaign_reports",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "version >= 1 and (version > 1 or reason = '')", name=op.f("ck_special_campaign_reports_version")
        ),
        sa.ForeignKeyConstraint(
            ["county", "campaign_id"],
            ["special_campaigns.county", "special_campaigns.id"],
            name=op.f("fk_special_campaign_reports_county_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "made_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_special_campaign_reports_county_made_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_special_campaign_reports_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_special_campaign_reports")),
        sa.UniqueConstraint(
            "county",
            "campaign_id",
            "day",
            "version",
            name=op.f("uq_special_campaign_reports_county_campaign_id_day_version"),
        ),
    )


def _instructions() -> None:
    op.create_table(
        "special_campaign_instructions",
        sa.Column("dispatch_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("township_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("given_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("given_by_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "received",
                "done",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="sent",
            nullable=False,
        ),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "num_nonnulls(township_id, department_id, person_id) = 1",
            name=op.f("ck_special_campaign_instructions_one_addressee"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "department_id"],
            ["departments.county", "departments.id"],
            name=op.f("fk_special_campaign_instructions_county_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "dispatch_id"],
            ["special_campaign_dispatches.county", "special_campaign_dispatches.id"],
            name=op.f("fk_special_campaign_instructions_county_dispatch_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "given_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_special_campaign_instructions_county_given_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"],
            ["people.county", "people.id"],
            name=op.f("fk_special_campaign_instructions_county_person_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "township_id"],
            ["areas.county", "areas.id"],
            name=op.f("fk_special_campaign_instructions_county_township_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county"], ["counties.code"], name=op.f("fk_special_campaign_instructions_county")
        ),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_special_campaign_instructions")),
    )
    op.create_index(
        "ix_special_campaign_instructions_county_dispatch_id",
        "special_campaign_instructions",
        ["county", "dispatch_id"],
        unique=False,
    )
    op.create_index(
        "ix_special_campaign_instructions_county_state",
        "special_campaign_instructions",
        ["county", "state"],
        unique=False,
    )


def _receipts() -> None:
    op.create_table(
        "special_campaign_receipts",
        sa.Column("instruction_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "received",
                "progress",
                "done",
                "reopened",
                "withdrawn",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("heard_from", sa.Text(), server_default="", nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "instruction_id"],
            ["special_campaign_instructions.county", "special_campaign_instructions.id"],
            name=op.f("fk_special_campaign_receipts_county_instruction_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"],
            ["people.county", "people.id"],
            name=op.f("fk_special_campaign_receipts_county_person_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_special_campaign_receipts_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_special_campaign_receipts")),
    )
    op.create_index(
        "ix_special_campaign_receipts_county_instruction_id",
        "special_campaign_receipts",
        ["county", "instruction_id"],
        unique=False,
    )


def downgrade() -> None:
    for table in reversed(GRANTS):
        op.drop_table(table)
