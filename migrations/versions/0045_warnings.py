"""early warnings and the thresholds of a county"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

DETECTORS = (
    "fees",
    "reopened",
    "spread",
    "shared",
    "near_repeat",
    "season",
    "ears_c3",
    "ears_c2",
    "ears_c1",
    "cusum",
)
STATES = ("new", "acknowledged", "handling", "confirmed", "false_alarm", "merged")
MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    _create_settings()
    _create_warnings()


def downgrade() -> None:
    op.drop_table("warnings")
    op.drop_table("warning_settings")


def _create_settings() -> None:
    table = "warning_settings"
    op.create_table(
        table,
        sa.Column("detector", _words(DETECTORS, "detector"), nullable=False),
        sa.Column("thresholds", postgresql.JSONB(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("trial", postgresql.JSONB(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        *_key(table),
        _to(table, "set_by_id", "people"),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f(f"ck_{table}_reason")),
    )
    op.create_index(f"ix_{table}_county_detector_set_at", table, ["county", "detector", "set_at"])
    # A threshold is dated: it is replaced by a newer one, never changed
    secure(table, "select, insert")


def _create_warnings() -> None:
    table = "warnings"
    closed = "(state in ('confirmed', 'false_alarm', 'merged')) = (closed_at is not null)"
    op.create_table(
        table,
        sa.Column("detector", _words(DETECTORS, "detector"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("severity", _words(("red", "orange", "yellow"), "severity"), nullable=False),
        sa.Column("state", _words(STATES, "state"), nullable=False),
        sa.Column("title", postgresql.JSONB(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("last_signal_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("due_at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Uuid()) for name in ("township_id", "department_id", "person_id")),
        sa.Column("outcome_note", sa.Text()),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_by_id", sa.Uuid()),
        sa.Column("merged_into_id", sa.Uuid()),
        sa.Column("sent_at", MOMENT),
        sa.Column("content", postgresql.JSONB()),
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        *_key(table),
        _to(table, "township_id", "areas"),
        _to(table, "department_id", "departments"),
        _to(table, "person_id", "people"),
        _to(table, "closed_by_id", "people"),
        _to(table, "merged_into_id", "warnings"),
        _to(table, "snapshot_id", "analysis_snapshots"),
        sa.CheckConstraint("merged_into_id <> id", name=op.f(f"ck_{table}_merged")),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into_id is not null)", name=op.f(f"ck_{table}_merged_into")
        ),
        sa.CheckConstraint(closed, name=op.f(f"ck_{table}_closed")),
    )
    live = sa.text("ended_at is null")
    op.create_index("uq_warnings_live", table, ["county", "key"], unique=True, postgresql_where=live)
    op.create_index("ix_warnings_county_raised_at", table, ["county", "raised_at"])
    op.create_index("ix_warnings_county_township_id", table, ["county", "township_id"])
    secure(table, "select, insert, update")


def _words(words: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _key(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{table}_county")),
    ]


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county", column], [f"{target}.county", f"{target}.id"], name=op.f(f"fk_{table}_county_{column}")
    )
