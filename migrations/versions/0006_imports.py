"""imports

Runs of imports with what they changed, and one more kind of licence.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LICENCE_KINDS = ("permit", "business", "civil", "public_body")
RUN_STATES = ("waiting", "examining", "examined", "queued", "running", "done", "failed", "undone")


def upgrade() -> None:
    allow_licence_kinds(LICENCE_KINDS)
    create_runs()
    create_changes()
    for table in ("import_runs", "import_changes"):
        secure(table)


def downgrade() -> None:
    op.drop_table("import_changes")
    op.drop_table("import_runs")
    op.execute("delete from licences where kind = 'public_body'")
    allow_licence_kinds(LICENCE_KINDS[:3])


def allow_licence_kinds(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_licences_kind"), "licences", type_="check")
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_licences_kind"), "licences", f"kind in ({words})")


def create_runs() -> None:
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "import_runs",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*RUN_STATES, name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("problems_sha256", sa.CHAR(length=64), nullable=True),
        sa.Column("options", json, server_default="{}", nullable=False),
        sa.Column("preview", json, server_default="{}", nullable=False),
        sa.Column("counts", json, server_default="{}", nullable=False),
        sa.Column("messages", json, server_default="[]", nullable=False),
        sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_by_id", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "started_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_import_runs_county_started_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_import_runs_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_import_runs")),
    )
    op.create_index("ix_import_runs_county_created_at", "import_runs", ["county", "created_at"])


def create_changes() -> None:
    op.create_table(
        "import_changes",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "run_id"],
            ["import_runs.county", "import_runs.id"],
            name=op.f("fk_import_changes_county_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_import_changes_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_import_changes")),
    )
    op.create_index("ix_import_changes_county_run_id", "import_changes", ["county", "run_id"])
