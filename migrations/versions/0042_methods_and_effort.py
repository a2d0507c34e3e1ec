"""runs of any method, with effort, that can be computed again; refreshes of a county"""

import sqlalchemy as sa
from alembic import op

from migrations.security import secure

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

SNAPSHOTS = ("events_id", "exposure_id", "outline_id")
CLUSTERS, REFRESHES = "hotspot_clusters", "county_refreshes"
RUNS, CELLS = "hotspot_runs", "hotspot_cells"
OF_RUNS = {
    "since": sa.TIMESTAMP(timezone=True),
    "until": sa.TIMESTAMP(timezone=True),
    "version": sa.SmallInteger(),
    "seed": sa.BigInteger(),
    **dict.fromkeys(SNAPSHOTS, sa.Uuid()),
    "sha256": sa.CHAR(64),
    "took_ms": sa.Integer(),
    "cited_at": sa.TIMESTAMP(timezone=True),
}
OF_CELLS = {
    **dict.fromkeys(("value", "q", "visits", "hits", "rate", "rate_low", "rate_high"), sa.Double()),
    "heat": sa.Enum("hot", "cold", "undecided", name="heat", native_enum=False, create_constraint=True, length=32),
    "visits_to_settle": sa.Integer(),
    "emerging": sa.Text(),
    "quadrant": sa.Text(),
    "cluster": sa.SmallInteger(),
}


STATES = ("waiting", "done")


def upgrade() -> None:
    _states((*STATES, "failed"))
    for name, kind in OF_RUNS.items():
        op.add_column(RUNS, sa.Column(name, kind, nullable=True))
    for name in SNAPSHOTS:
        key = op.f(f"fk_{RUNS}_county_{name}")
        op.create_foreign_key(key, RUNS, "analysis_snapshots", ["county", name], ["county", "id"])
    for name, kind in OF_CELLS.items():
        op.add_column(CELLS, sa.Column(name, kind, nullable=True))
    _clusters()
    _refreshes()


def _clusters() -> None:
    op.create_table(
        CLUSTERS,
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("lon", "lat", "radius_m", "observed")),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("expected", "likelihood_ratio", "p")),
        sa.Column("relative_risk", sa.Double(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("county", "run_id", "rank", name=op.f(f"pk_{CLUSTERS}")),
        sa.ForeignKeyConstraint(
            ["county", "run_id"],
            ["hotspot_runs.county", "hotspot_runs.id"],
            name=op.f(f"fk_{CLUSTERS}_county_run_id"),
            ondelete="CASCADE",
        ),
    )
    secure(CLUSTERS, "select, insert, delete")


def _refreshes() -> None:
    op.create_table(
        REFRESHES,
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("rows_since", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("rows_seen", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.dialects.postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{REFRESHES}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{REFRESHES}_county")),
    )
    op.create_index(op.f(f"ix_{REFRESHES}_county_began_at"), REFRESHES, ["county", "began_at"])
    secure(REFRESHES, "select, insert, delete")


def _states(words: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(f"ck_{RUNS}_state"), RUNS, type_="check")
    listed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f(f"ck_{RUNS}_state"), RUNS, f"state in ({listed})")


def downgrade() -> None:
    op.execute(f"delete from {RUNS} where state = 'failed'")
    _states(STATES)
    op.drop_table(REFRESHES)
    op.drop_table(CLUSTERS)
    for name in OF_CELLS:
        op.drop_column(CELLS, name)
    for name in OF_RUNS:
        op.drop_column(RUNS, name)
