"""walks whose cell is not ours any more, what is odd about them, and second records of one walk"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0039"
down_revision = "0036"
branch_labels = None
depends_on = None

VISITS, CONFLICTS = "canvass_visits", "canvass_visit_conflicts"
ITEMS = ("draft", "check", "site", "site-edit")
MORE_ITEMS = (*ITEMS, "visit", "tip")
CHANNELS = ("web", "hotline", "mailbox", "volunteer", "school", "department", "higher")
MORE_CHANNELS = (*CHANNELS, "field")
SEQUENCE = "ix_canvass_visits_county_device_id_device_sequence"
CARRIER = op.f("fk_canvass_visits_county_carried_by_id")


def upgrade() -> None:
    _words("phone_items", "kind", MORE_ITEMS)
    _words("tips", "channel", MORE_CHANNELS)
    op.alter_column(VISITS, "cell_id", nullable=True)
    op.add_column(VISITS, sa.Column("carried_by_id", sa.Uuid()))
    op.add_column(VISITS, sa.Column("flags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_foreign_key(CARRIER, VISITS, "people", ["county", "carried_by_id"], ["county", "id"])
    op.create_index(SEQUENCE, VISITS, ["county", "device_id", "device_sequence"])
    _conflicts()


def _conflicts() -> None:
    op.create_table(
        CONFLICTS,
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("record_sha256", sa.CHAR(64), nullable=False),
        sa.Column("received_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{CONFLICTS}")),
        sa.UniqueConstraint(
            "county", "visit_id", "record_sha256", name=op.f(f"uq_{CONFLICTS}_county_visit_id_record_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["county", "visit_id"],
            [f"{VISITS}.county", f"{VISITS}.id"],
            name=op.f(f"fk_{CONFLICTS}_county_visit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f(f"fk_{CONFLICTS}_county_person_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{CONFLICTS}_county")),
    )
    secure(CONFLICTS, "select, insert")


def _words(table: str, column: str, words: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{column}"), table, type_="check")
    listed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} in ({listed})")


def downgrade() -> None:
    op.drop_table(CONFLICTS)
    op.drop_index(SEQUENCE, VISITS)
    op.drop_constraint(CARRIER, VISITS, type_="foreignkey")
    op.drop_column(VISITS, "flags")
    op.drop_column(VISITS, "carried_by_id")
    op.execute(f"delete from {VISITS} where cell_id is null")
    op.alter_column(VISITS, "cell_id", nullable=False)
    op.execute("update tips set channel = 'department' where channel = 'field'")
    _words("tips", "channel", CHANNELS)
    op.execute("delete from phone_items where kind in ('visit', 'tip')")
    _words("phone_items", "kind", ITEMS)
