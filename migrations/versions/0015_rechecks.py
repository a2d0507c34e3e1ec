"""rechecks of known findings, closures, steps of escalation, and photos taken again from the same spot"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rechecks",
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "fixed",
                "partly",
                "not_fixed",
                "unseen",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "check_id"], ["checks.county", "checks.id"], name=op.f("fk_rechecks_county_check_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"],
            ["findings.county", "findings.id"],
            name=op.f("fk_rechecks_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_rechecks_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_rechecks")),
        sa.UniqueConstraint(
            "county", "check_id", "finding_id", name=op.f("uq_rechecks_county_check_id_finding_id")
        ),
        sa.UniqueConstraint("county", "id", "finding_id", name=op.f("uq_rechecks_county_id_finding_id")),
    )
    op.create_index("ix_rechecks_county_finding_id", "rechecks", ["county", "finding_id"], unique=False)
    op.create_table(
        "steps",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "due_soon",
                "reminder",
                "overdue",
                "supervision",
                "interview",
                "notice",
                "accountability",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "origin",
            sa.Enum("clock", "person", name="origin", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "proposed", "done", "skipped", name="state", native_enum=False, create_constraint=True, length=32
            ),
            server_default="proposed",
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("proposed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("headcount", sa.Integer(), server_default="1", nullable=False),
        sa.Column("by_inspectorate", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("number_text", sa.Text(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(state = 'proposed') = (decided_at is null)", name=op.f("ck_steps_decided")),
        sa.CheckConstraint("origin <> 'person' or proposed_by_id is not null", name=op.f("ck_steps_who_proposed")),
        sa.CheckConstraint("state <> 'skipped' or reason <> ''", name=op.f("ck_steps_why_skipped")),
        sa.CheckConstraint("headcount between 1 and 1000", name=op.f("ck_steps_headcount")),
        sa.ForeignKeyConstraint(
            ["county", "decided_by_id"], ["people.county", "people.id"], name=op.f("fk_steps_county_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"], ["findings.county", "findings.id"], name=op.f("fk_steps_county_finding_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "order_id"], ["orders.county", "orders.id"], name=op.f("fk_steps_county_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "proposed_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_steps_county_proposed_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_steps_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_steps")),
        sa.UniqueConstraint("county", "number_text", name=op.f("uq_steps_county_number_text")),
    )
    op.create_index("ix_steps_county_finding_id", "steps", ["county", "finding_id"], unique=False)
    op.create_index("ix_steps_county_kind_decided_at", "steps", ["county", "kind", "decided_at"], unique=False)
    op.create_table(
        "closures",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("recheck_id", sa.Uuid(), nullable=False),
        sa.Column("closed_by_id", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("reopened_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reopened_by_id", sa.Uuid(), nullable=True),
        sa.Column("reopened_reason", sa.Text(), nullable=True),
        sa.Column("reopened_check_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "num_nulls(reopened_at, reopened_by_id, reopened_reason) in (0, 3)",
            name=op.f("ck_closures_reopening_whole"),
        ),
        sa.CheckConstraint("reopened_at > closed_at", name=op.f("ck_closures_reopened_later")),
        sa.ForeignKeyConstraint(
            ["county", "closed_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_closures_county_closed_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"],
            ["findings.county", "findings.id"],
            name=op.f("fk_closures_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "recheck_id", "finding_id"],
            ["rechecks.county", "rechecks.id", "rechecks.finding_id"],
            name=op.f("fk_closures_county_recheck_id_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "reopened_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_closures_county_reopened_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "reopened_check_id"],
            ["checks.county", "checks.id"],
            name=op.f("fk_closures_county_reopened_check_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_closures_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_closures")),
    )
    op.create_index("ix_closures_county_closed_at", "closures", ["county", "closed_at"], unique=False)
    op.create_index(
        "uq_closures_standing",
        "closures",
        ["county", "finding_id"],
        unique=True,
        postgresql_where=sa.text("reopened_at is null"),
    )
    op.add_column("findings", sa.Column("suspended_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("photos", sa.Column("finding_id", sa.Uuid(), nullable=True))
    op.add_column("photos", sa.Column("before_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_photos_county_finding_id",
        "photos",
        ["county", "finding_id"],
        unique=False,
        postgresql_where=sa.text("finding_id is not null"),
    )
    op.create_foreign_key(
        op.f("fk_photos_county_finding_id"), "photos", "findings", ["county", "finding_id"], ["county", "id"]
    )
    op.create_foreign_key(
        op.f("fk_photos_county_before_id"), "photos", "photos", ["county", "before_id"], ["county", "id"]
    )
    secure("rechecks", "select, insert")
    for table in ("closures", "steps"):
        secure(table, "select, insert, update")


def downgrade() -> None:
    op.drop_constraint(op.f("fk_photos_county_before_id"), "photos", type_="foreignkey")
    op.drop_constraint(op.f("fk_photos_county_finding_id"), "photos", type_="foreignkey")
    op.drop_index(
        "ix_photos_county_finding_id", table_name="photos", postgresql_where=sa.text("finding_id is not null")
    )
    op.drop_column("photos", "before_id")
    op.drop_column("photos", "finding_id")
    op.drop_column("findings", "suspended_at")
    op.drop_index("uq_closures_standing", table_name="closures", postgresql_where=sa.text("reopened_at is null"))
    op.drop_index("ix_closures_county_closed_at", table_name="closures")
    op.drop_table("closures")
    op.drop_index("ix_steps_county_kind_decided_at", table_name="steps")
    op.drop_index("ix_steps_county_finding_id", table_name="steps")
    op.drop_table("steps")
    op.drop_index("ix_rechecks_county_finding_id", table_name="rechecks")
    op.drop_table("rechecks")
