"""intake: files on their way, and what an account sent on a day"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_blobs_county_received_from_id_received_at", "blobs", ["county", "received_from_id", "received_at"]
    )
    create_uploads()
    secure("uploads")


def downgrade() -> None:
    op.drop_table("uploads")
    op.drop_index("ix_blobs_county_received_from_id_received_at", "blobs")


def create_uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("pieces", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("started_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("received between 0 and size", name=op.f("ck_uploads_received")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_uploads_sha256")),
        sa.ForeignKeyConstraint(
            ["county", "person_id"],
            ["people.county", "people.id"],
            name=op.f("fk_uploads_county_person_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_uploads_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("county", "person_id", "sha256", name=op.f("uq_uploads_county_person_id_sha256")),
    )
    op.create_index("ix_uploads_county_expires_at", "uploads", ["county", "expires_at"])
