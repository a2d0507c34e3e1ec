"""models of risk, which was in force when, and the newest scores"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0043"
down_revision = "0045"
branch_labels = None
depends_on = None

MODELS, TERMS, SCORINGS, RISKS = "risk_models", "risk_terms", "risk_scorings", "site_risks"
MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    _models()
    _terms()
    _scores()


def _models() -> None:
    states = sa.Enum(
        "waiting", "ready", "refused", name="state", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        MODELS,
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", states, nullable=False),
        sa.Column("ordered_at", MOMENT, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("trained_at", MOMENT, nullable=True),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("snapshot_id", sa.Uuid(), nullable=True),
        sa.Column("rows", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("quality", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{MODELS}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{MODELS}_county")),
        _key(MODELS, "person_id", "people"),
        _key(MODELS, "snapshot_id", "analysis_snapshots"),
        sa.CheckConstraint("(state = 'ready') = (snapshot_id is not null)", name=op.f(f"ck_{MODELS}_kept")),
    )
    op.create_index(f"uq_{MODELS}_county_number", MODELS, ["county", "number"], unique=True)
    secure(MODELS, "select, insert, update")


def _terms() -> None:
    op.create_table(
        TERMS,
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{TERMS}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{TERMS}_county")),
        _key(TERMS, "model_id", MODELS),
        _key(TERMS, "person_id", "people"),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f(f"ck_{TERMS}_reason")),
    )
    op.create_index(f"ix_{TERMS}_county_since", TERMS, ["county", "since"])
    # who put what in force is never changed or taken out
    secure(TERMS, "select, insert")


def _scores() -> None:
    op.create_table(
        SCORINGS,
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("as_of", MOMENT, nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("sites", sa.Integer(), nullable=False),
        sa.Column("drift", postgresql.JSONB(), nullable=False),
        sa.Column("profiles", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("county", name=op.f(f"pk_{SCORINGS}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{SCORINGS}_county")),
    )
    op.create_table(
        RISKS,
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("rates", sa.LargeBinary(), nullable=False),
        sa.Column("own", sa.Double(), nullable=False),
        sa.Column("near", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("county", "site_id", name=op.f(f"pk_{RISKS}")),
        _key(RISKS, "site_id", "sites", "CASCADE"),
    )
    op.create_index(f"ix_{RISKS}_county_position", RISKS, ["county", "position"])
    secure(SCORINGS, "select, insert, update")
    secure(RISKS, "select, insert, delete")


def _key(table: str, column: str, of: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_county_{column}")
    return sa.ForeignKeyConstraint(["county", column], [f"{of}.county", f"{of}.id"], name=name, ondelete=ondelete)


def downgrade() -> None:
    for table in (RISKS, SCORINGS, TERMS, MODELS):
        op.drop_table(table)
