"""what phones hold before a sweep starts, and what became of it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.security import APP_ROLE, secure

revision = "0052"
down_revision = "0057"
branch_labels = None
depends_on = None

REVOKED = ("replanned", "team_changed", "unsealed", "lost")
DEEDS = ("fetched", "key_given", "code_shown", "opened_by_key", "opened_by_code", "wrong_code", "tampered")


def upgrade() -> None:
    _packets()
    _openings()
    secure("sweep_packets", "select, insert")
    op.execute(f"grant update (revoked_at, revoked_for, updated_at) on sweep_packets to {APP_ROLE}")
    secure("sweep_openings", "select, insert")


def _packets() -> None:
    op.create_table(
        "sweep_packets",
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("holders", JSONB(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "revoked_for",
            sa.Enum(*REVOKED, name="revoked_for", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(revoked_at is null) = (revoked_for is null)", name=op.f("ck_sweep_packets_revoked")),
        _in_county("sweep_packets", "sweep_id", "sweeps", ondelete="CASCADE"),
        _in_county("sweep_packets", "team_id", "sweep_teams", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_packets_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_packets")),
    )
    op.create_index("ix_sweep_packets_county_sweep_id", "sweep_packets", ["county", "sweep_id"])
    op.create_index(
        "uq_sweep_packets_live",
        "sweep_packets",
        ["county", "team_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at is null"),
    )


def _openings() -> None:
    op.create_table(
        "sweep_openings",
        sa.Column("packet_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "deed",
            sa.Enum(*DEEDS, name="deed", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("heard_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("skew_s", sa.Integer(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _in_county("sweep_openings", "packet_id", "sweep_packets", ondelete="CASCADE"),
        _in_county("sweep_openings", "person_id", "people"),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_sweep_openings_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_sweep_openings")),
    )
    op.create_index("ix_sweep_openings_county_packet_id", "sweep_openings", ["county", "packet_id"])


def _in_county(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county", column],
        [f"{target}.county", f"{target}.id"],
        name=op.f(f"fk_{table}_county_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    op.drop_table("sweep_openings")
    op.drop_table("sweep_packets")
