"""phones and parcels

What phones hold, parcels of records that someone brought, edits of sites and what they disagree about.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0009"
down_revision = "0007"
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
    op.add_column("checks", sa.Column("carried_by_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_checks_county_carried_by_id"), "checks", "people", ["county", "carried_by_id"], ["county", "id"]
    )

    secure("parcels", "select, insert, update")
    secure("phones")
    secure("phone_items")


def downgrade() -> None:

    op.drop_constraint(op.f("fk_checks_county_carried_by_id"), "checks")
    op.drop_column("checks", "carried_by_id")
    op.drop_table("phone_items")
    op.drop_table("phones")
    op.drop_table("parcels")
