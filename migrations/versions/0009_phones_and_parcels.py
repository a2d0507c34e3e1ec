"""phones and parcels

What phones hold, parcels of records that someone brought, edits of sites and what they disagree about.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parcels",
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "taken", "held", "rejected", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "doubt",
            sa.Enum(
                "unknown_device",
                "bad_signature",
                "inactive",
                "sealed_elsewhere",
                name="doubt",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("carried_by_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("records", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("results", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "author_id"], ["people.county", "people.id"], name=op.f("fk_parcels_county_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "carried_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_parcels_county_carried_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "decided_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_parcels_county_decided_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_parcels_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_parcels")),
        sa.UniqueConstraint("county", "sha256", name=op.f("uq_parcels_county_sha256")),
    )
    op.create_index("ix_parcels_county_author_id", "parcels", ["county", "author_id"], unique=False)
    op.create_table(
        "phones",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("signing_key", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("is_rekeyed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("app_version", sa.Text(), nullable=True),
        sa.Column("first_seen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("seen_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("is_persistent", sa.Boolean(), nullable=True),
        sa.Column("usage_bytes", sa.BigInteger(), nullable=True),
        sa.Column("quota_bytes", sa.BigInteger(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_phones_county_person_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_phones_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_phones")),
        sa.UniqueConstraint(
            "county",
            "person_id",
            "device_id",
            "key_id",
            name=op.f("uq_phones_county_person_id_device_id_key_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "phone_items",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "draft",
                "check",
                "site",
                "site-edit",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("files_missing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gone_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["county", "phone_id"],
            ["phones.county", "phones.id"],
            name=op.f("fk_phone_items_county_phone_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_phone_items_county")),
        sa.PrimaryKeyConstraint("county", "phone_id", "id", name=op.f("pk_phone_items")),
    )
    op.create_index("ix_phone_items_county_id", "phone_items", ["county", "id"], unique=False)
    op.create_table(
        "site_edits",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("device_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("content_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("base", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("outcome", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "check_id"], ["checks.county", "checks.id"], name=op.f("fk_site_edits_county_check_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_site_edits_county_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_site_edits_county_site_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_site_edits_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_site_edits")),
        sa.UniqueConstraint("county", "check_id", name=op.f("uq_site_edits_county_check_id")),
    )
    op.create_index("ix_site_edits_county_site_id", "site_edits", ["county", "site_id"], unique=False)
    op.create_table(
        "site_conflicts",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("edit_id", sa.Uuid(), nullable=False),
        sa.Column(
            "field",
            sa.Enum(
                "name",
                "address",
                "person_in_charge",
                "phone",
                "category",
                "ownership",
                "premises",
                "pupils",
                "staff",
                "remark",
                name="field",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("base", sa.Text(), nullable=True),
        sa.Column("current", sa.Text(), nullable=False),
        sa.Column("current_event_id", sa.Uuid(), nullable=True),
        sa.Column("offered", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "settlement",
            sa.Enum(
                "current",
                "offered",
                "other",
                name="settlement",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("settled_value", sa.Text(), nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "current_event_id"],
            ["events.county", "events.id"],
            name=op.f("fk_site_conflicts_county_current_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "edit_id"],
            ["site_edits.county", "site_edits.id"],
            name=op.f("fk_site_conflicts_county_edit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "settled_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_site_conflicts_county_settled_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_site_conflicts_county_site_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_site_conflicts_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_site_conflicts")),
        sa.UniqueConstraint("county", "edit_id", "field", name=op.f("uq_site_conflicts_county_edit_id_field")),
    )
    op.create_index("ix_site_conflicts_county_site_id", "site_conflicts", ["county", "site_id"], unique=False)
    op.add_column(
        "check_conflicts",
        sa.Column(
            "stands",
            sa.Enum("first", "second", name="stands", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
    )
    op.add_column("check_conflicts", sa.Column("settled_by_id", sa.Uuid(), nullable=True))
    op.add_column("check_conflicts", sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=True))
    op.add_column("check_conflicts", sa.Column("reason", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_check_conflicts_county_settled_by_id"),
        "check_conflicts",
        "people",
        ["county", "settled_by_id"],
        ["county", "id"],
    )
    op.add_column("checks", sa.Column("carried_by_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_checks_county_carried_by_id"), "checks", "people", ["county", "carried_by_id"], ["county", "id"]
    )

    secure("parcels", "select, insert, update")
    secure("phones")
    secure("phone_items")
    secure("site_edits", "select, insert")
    secure("site_conflicts", "select, insert, update")


def downgrade() -> None:

    op.drop_constraint(op.f("fk_checks_county_carried_by_id"), "checks")
    op.drop_constraint(op.f("fk_check_conflicts_county_settled_by_id"), "check_conflicts")
    op.drop_column("checks", "carried_by_id")
    op.drop_column("check_conflicts", "reason")
    op.drop_column("check_conflicts", "settled_at")
    op.drop_column("check_conflicts", "settled_by_id")
    op.drop_column("check_conflicts", "stands")
    op.drop_table("site_conflicts")
    op.drop_table("site_edits")
    op.drop_table("phone_items")
    op.drop_table("phones")
    op.drop_table("parcels")
