"""target lists"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0044"
down_revision = "0048"
branch_labels = None
depends_on = None

LISTS, ENTRIES, SETTINGS = "target_lists", "target_entries", "target_settings"
MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        SETTINGS,
        sa.Column("county", sa.CHAR(6), sa.ForeignKey("counties.code"), nullable=False),
        sa.Column("exploration_percent", sa.SmallInteger(), nullable=False),
        sa.Column("institution_cap", sa.SmallInteger(), nullable=True),
        sa.Column("cap_basis", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        *_recorded(),
        sa.PrimaryKeyConstraint("county", name=op.f(f"pk_{SETTINGS}")),
        _in_county(SETTINGS, "set_by_id", "people"),
        sa.CheckConstraint(
            "exploration_percent between 5 and 50", name=op.f(f"ck_{SETTINGS}_exploration_percent")
        ),
        sa.CheckConstraint("institution_cap between 1 and 52", name=op.f(f"ck_{SETTINGS}_institution_cap")),
        sa.CheckConstraint("btrim(cap_basis) <> ''", name=op.f(f"ck_{SETTINGS}_cap_basis")),
    )
    secure(SETTINGS, "select, insert, update")
    op.create_table(
        LISTS,
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("computed_at", MOMENT, nullable=False),
        sa.Column("summary", postgresql.JSONB(), nullable=False),
        *_row(LISTS),
        *_recorded(),
        _in_county(LISTS, "snapshot_id", "analysis_snapshots"),
        _in_county(LISTS, "made_by_id", "people"),
        sa.CheckConstraint("last_day >= first_day", name=op.f(f"ck_{LISTS}_days")),
    )
    op.create_index(f"ix_{LISTS}_county_first_day", LISTS, ["county", "first_day"])
    secure(LISTS, "select, insert, update")
    _create_entries()
    secure(ENTRIES, "select, insert, update")


def _create_entries() -> None:
    op.create_table(
        ENTRIES,
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        _word("part", "recheck", "risk", "exploration"),
        _word("state", "proposed", "tasked", "refused", "dropped", default="proposed"),
        sa.Column("is_pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("severity", sa.Float(), nullable=False),
        sa.Column("inclusion_probability", sa.Float(), nullable=True),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("exempt_from_cap", sa.Text(), server_default="", nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("team", sa.SmallInteger(), nullable=True),
        sa.Column("stop", sa.SmallInteger(), nullable=True),
        sa.Column("travel_minutes", sa.Float(), nullable=True),
        sa.Column("window", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        _word("refusal", "just_seen", "wrong_data", "another_case", "event", "other", is_optional=True),
        sa.Column("refused_words", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        *_row(ENTRIES),
        *_recorded(),
        _in_county(ENTRIES, "list_id", LISTS, "CASCADE"),
        _in_county(ENTRIES, "site_id", "sites", "CASCADE"),
        _in_county(ENTRIES, "replaces_id", ENTRIES, "SET NULL (replaces_id)"),
        _in_county(ENTRIES, "decided_by_id", "people"),
        _in_county(ENTRIES, "task_id", "tasks"),
        sa.CheckConstraint("(state = 'tasked') = (task_id is not null)", name=op.f(f"ck_{ENTRIES}_task")),
        sa.CheckConstraint("(state = 'refused') = (refusal is not null)", name=op.f(f"ck_{ENTRIES}_refused")),
        sa.CheckConstraint("severity between 1 and 3", name=op.f(f"ck_{ENTRIES}_severity")),
    )
    op.create_index(
        f"uq_{ENTRIES}_live",
        ENTRIES,
        ["county", "list_id", "site_id"],
        unique=True,
        postgresql_where=sa.text("state in ('proposed', 'tasked')"),
    )
    for column in ("site_id", "task_id", "replaces_id"):
        op.create_index(f"ix_{ENTRIES}_county_{column}", ENTRIES, ["county", column])


def _word(name: str, *values: str, default: str | None = None, is_optional: bool = False) -> sa.Column[str]:
    words = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, words, nullable=is_optional, server_default=default)


def _row(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{table}_county")),
    )


def _recorded() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
    )


def _in_county(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county", column],
        [f"{other}.county", f"{other}.id"],
        name=op.f(f"fk_{table}_county_{column}"),
        ondelete=ondelete,
    )


def downgrade() -> None:
    for table in (ENTRIES, LISTS, SETTINGS):
        op.drop_table(table)
