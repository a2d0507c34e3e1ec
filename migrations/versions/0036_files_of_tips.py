"""what the public sends: files of tips, lanes that they wait in, the telephone that people are told"""

import sqlalchemy as sa
from alembic import op

from migrations.security import secure

revision = "0036"
down_revision = "0040"
branch_labels = None
depends_on = None

LANES = "lane in ('proven', 'unproven', 'flood')"


def upgrade() -> None:
    op.add_column("tips", sa.Column("lane", sa.String(32), nullable=True))
    op.create_check_constraint(op.f("ck_tips_lane"), "tips", LANES)
    op.create_index("ix_tips_county_lane_received_at", "tips", ["county", "lane", "received_at"])
    op.add_column("counties", sa.Column("hotline", sa.Text(), server_default="12345", nullable=False))
    op.create_table(
        "tip_files",
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.CHAR(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_tip_files")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_tip_files_county")),
        sa.ForeignKeyConstraint(
            ["county", "tip_id"], ["tips.county", "tips.id"], name=op.f("fk_tip_files_county_tip_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "added_by_id"], ["people.county", "people.id"], name=op.f("fk_tip_files_county_added_by_id")
        ),
        sa.UniqueConstraint("county", "tip_id", "sha256", name=op.f("uq_tip_files_county_tip_id_sha256")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_tip_files_sha256")),
        sa.CheckConstraint("size > 0", name=op.f("ck_tip_files_size")),
    )
    op.create_index("ix_tip_files_county_sha256", "tip_files", ["county", "sha256"])
    op.create_index("ix_tip_files_county_received_at", "tip_files", ["county", "received_at"])
    secure("tip_files", grants="select, insert")


def downgrade() -> None:
    op.drop_table("tip_files")
    op.drop_column("counties", "hotline")
    op.drop_index("ix_tips_county_lane_received_at", table_name="tips")
    op.drop_constraint(op.f("ck_tips_lane"), "tips", type_="check")
    op.drop_column("tips", "lane")
